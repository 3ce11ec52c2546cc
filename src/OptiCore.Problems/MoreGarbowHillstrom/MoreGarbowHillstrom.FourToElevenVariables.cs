namespace OptiCore.Problems;

// Problems 13 to 19; Extended Powell singular (22) shares the formula of 13 and is here, too.
public static partial class MoreGarbowHillstrom
{
    private static readonly double[] KowalikOsborneY = [0.1957, 0.1947, 0.1735, 0.16, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246];

    private static readonly double[] KowalikOsborneU = [4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625];

    private static readonly double[] Osborne1Y =
    [
        0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.85, 0.818, 0.784, 0.751, 0.718, 0.685, 0.658, 0.628, 0.603, 0.58,
        0.558, 0.538, 0.522, 0.506, 0.49, 0.478, 0.467, 0.457, 0.448, 0.438, 0.431, 0.424, 0.42, 0.414, 0.411, 0.406,
    ];

    private static readonly double[] Osborne2Y =
    [
        1.366, 1.191, 1.112, 1.013, 0.991, 0.885, 0.831, 0.847, 0.786, 0.725, 0.746, 0.679, 0.608, 0.655, 0.616, 0.606, 0.602,
        0.626, 0.651, 0.724, 0.649, 0.649, 0.694, 0.644, 0.624, 0.661, 0.612, 0.558, 0.533, 0.495, 0.5, 0.423, 0.395, 0.375,
        0.372, 0.391, 0.396, 0.405, 0.428, 0.429, 0.523, 0.562, 0.607, 0.653, 0.672, 0.708, 0.633, 0.668, 0.645, 0.632, 0.591,
        0.559, 0.597, 0.625, 0.739, 0.71, 0.729, 0.72, 0.636, 0.581, 0.428, 0.292, 0.162, 0.098, 0.054,
    ];

    private static void PowellSingular(ReadOnlySpan<double> x, Span<double> r, Span<double> jacobian)
    {
        int n = x.Length;
        double root5 = Math.Sqrt(5), root10 = Math.Sqrt(10);
        for (int k = 0; k < n; k += 4)
        {
            double p = x[k + 1] - (2 * x[k + 2]), q = x[k] - x[k + 3];
            r[k] = x[k] + (10 * x[k + 1]);
            r[k + 1] = root5 * (x[k + 2] - x[k + 3]);
            r[k + 2] = p * p;
            r[k + 3] = root10 * q * q;
            if (jacobian.IsEmpty)
                continue;
            Span<double> row = jacobian.Slice(k * n, 4 * n);
            row[k] = 1;
            row[k + 1] = 10;
            row[n + k + 2] = root5;
            row[n + k + 3] = -root5;
            row[(2 * n) + k + 1] = 2 * p;
            row[(2 * n) + k + 2] = -4 * p;
            row[(3 * n) + k] = 2 * root10 * q;
            row[(3 * n) + k + 3] = -2 * root10 * q;
        }
    }

    private static void Wood(ReadOnlySpan<double> x, Span<double> r, Span<double> jacobian)
    {
        double root10 = Math.Sqrt(10), root90 = Math.Sqrt(90);
        r[0] = 10 * (x[1] - (x[0] * x[0]));
        r[1] = 1 - x[0];
        r[2] = root90 * (x[3] - (x[2] * x[2]));
        r[3] = 1 - x[2];
        r[4] = root10 * (x[1] + x[3] - 2);
        r[5] = (x[1] - x[3]) / root10;
        if (jacobian.IsEmpty)
            return;
        jacobian[0] = -20 * x[0];
        jacobian[1] = 10;
        jacobian[4] = -1;
        jacobian[10] = -2 * root90 * x[2];
        jacobian[11] = root90;
        jacobian[14] = -1;
        jacobian[17] = root10;
        jacobian[19] = root10;
        jacobian[21] = 1 / root10;
        jacobian[23] = -1 / root10;
    }

    private static void KowalikOsborne(ReadOnlySpan<double> x, Span<double> r, Span<double> jacobian)
    {
        for (int i = 0; i < 11; i++)
        {
            double u = KowalikOsborneU[i], p = (u * u) + (u * x[1]), q = (u * u) + (u * x[2]) + x[3];
            r[i] = KowalikOsborneY[i] - (x[0] * p / q);
            if (jacobian.IsEmpty)
                continue;
            jacobian[4 * i] = -p / q;
            jacobian[(4 * i) + 1] = -x[0] * u / q;
            jacobian[(4 * i) + 2] = x[0] * p * u / (q * q);
            jacobian[(4 * i) + 3] = x[0] * p / (q * q);
        }
    }

    private static void BrownDennis(ReadOnlySpan<double> x, Span<double> r, Span<double> jacobian)
    {
        for (int i = 0; i < r.Length; i++)
        {
            double t = (i + 1) / 5.0, sine = Math.Sin(t);
            double a = x[0] + (t * x[1]) - Math.Exp(t), b = x[2] + (x[3] * sine) - Math.Cos(t);
            r[i] = (a * a) + (b * b);
            if (jacobian.IsEmpty)
                continue;
            jacobian[4 * i] = 2 * a;
            jacobian[(4 * i) + 1] = 2 * a * t;
            jacobian[(4 * i) + 2] = 2 * b;
            jacobian[(4 * i) + 3] = 2 * b * sine;
        }
    }

    private static void Osborne1(ReadOnlySpan<double> x, Span<double> r, Span<double> jacobian)
    {
        for (int i = 0; i < 33; i++)
        {
            double t = 10 * i, e3 = Math.Exp(-t * x[3]), e4 = Math.Exp(-t * x[4]);
            r[i] = Osborne1Y[i] - (x[0] + (x[1] * e3) + (x[2] * e4));
            if (jacobian.IsEmpty)
                continue;
            Span<double> row = jacobian.Slice(5 * i, 5);
            row[0] = -1;
            row[1] = -e3;
            row[2] = -e4;
            row[3] = t * x[1] * e3;
            row[4] = t * x[2] * e4;
        }
    }

    private static void BiggsExp6(ReadOnlySpan<double> x, Span<double> r, Span<double> jacobian)
    {
        for (int i = 0; i < r.Length; i++)
        {
            double t = (i + 1) / 10.0, y = Math.Exp(-t) - (5 * Math.Exp(-10 * t)) + (3 * Math.Exp(-4 * t));
            double e0 = Math.Exp(-t * x[0]), e1 = Math.Exp(-t * x[1]), e4 = Math.Exp(-t * x[4]);
            r[i] = (x[2] * e0) - (x[3] * e1) + (x[5] * e4) - y;
            if (jacobian.IsEmpty)
                continue;
            Span<double> row = jacobian.Slice(6 * i, 6);
            row[0] = -t * x[2] * e0;
            row[1] = t * x[3] * e1;
            row[2] = e0;
            row[3] = -e1;
            row[4] = -t * x[5] * e4;
            row[5] = e4;
        }
    }

    private static void Osborne2(ReadOnlySpan<double> x, Span<double> r, Span<double> jacobian)
    {
        for (int i = 0; i < 65; i++)
        {
            double t = i / 10.0, e0 = Math.Exp(-t * x[4]);
            r[i] = Osborne2Y[i] - (x[0] * e0);
            if (!jacobian.IsEmpty)
            {
                jacobian[11 * i] = -e0;
                jacobian[(11 * i) + 4] = t * x[0] * e0;
            }

            // Three bells with heights x2..x4, widths x6..x8 and centres x9..x11.
            for (int k = 1; k <= 3; k++)
            {
                double d = t - x[7 + k], e = Math.Exp(-d * d * x[4 + k]);
                r[i] -= x[k] * e;
                if (jacobian.IsEmpty)
                    continue;
                jacobian[(11 * i) + k] = -e;
                jacobian[(11 * i) + 4 + k] = x[k] * e * d * d;
                jacobian[(11 * i) + 7 + k] = -2 * x[k] * e * d * x[4 + k];
            }
        }
    }
}
