namespace OptiCore.Problems;

// Problems 1 to 12. Every formula writes the residuals and, where it is asked for, the non-zero part of a cleared Jacobian.
public static partial class MoreGarbowHillstrom
{
    private static readonly double[] BealeY = [1.5, 2.25, 2.625];

    private static readonly double[] BardY = [0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.1, 4.39];

    private static readonly double[] GaussianY = [0.0009, 0.0044, 0.0175, 0.054, 0.1295, 0.242, 0.3521, 0.3989, 0.3521, 0.242, 0.1295, 0.054, 0.0175, 0.0044, 0.0009];

    private static readonly double[] MeyerY = [34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030, 6005, 5147, 4427, 3820, 3307, 2872];

    private static void Rosenbrock(ReadOnlySpan<double> x, Span<double> r, Span<double> jacobian)
    {
        r[0] = 10 * (x[1] - (x[0] * x[0]));
        r[1] = 1 - x[0];
        if (jacobian.IsEmpty)
            return;
        jacobian[0] = -20 * x[0];
        jacobian[1] = 10;
        jacobian[2] = -1;
    }

    private static void FreudensteinRoth(ReadOnlySpan<double> x, Span<double> r, Span<double> jacobian)
    {
        double b = x[1];
        r[0] = -13 + x[0] + ((((5 - b) * b) - 2) * b);
        r[1] = -29 + x[0] + ((((b + 1) * b) - 14) * b);
        if (jacobian.IsEmpty)
            return;
        jacobian[0] = 1;
        jacobian[1] = (((10 - (3 * b)) * b) - 2);
        jacobian[2] = 1;
        jacobian[3] = (((3 * b) + 2) * b) - 14;
    }

    private static void PowellBadlyScaled(ReadOnlySpan<double> x, Span<double> r, Span<double> jacobian)
    {
        double e0 = Math.Exp(-x[0]), e1 = Math.Exp(-x[1]);
        r[0] = (1e4 * x[0] * x[1]) - 1;
        r[1] = e0 + e1 - 1.0001;
        if (jacobian.IsEmpty)
            return;
        jacobian[0] = 1e4 * x[1];
        jacobian[1] = 1e4 * x[0];
        jacobian[2] = -e0;
        jacobian[3] = -e1;
    }

    private static void BrownBadlyScaled(ReadOnlySpan<double> x, Span<double> r, Span<double> jacobian)
    {
        r[0] = x[0] - 1e6;
        r[1] = x[1] - 2e-6;
        r[2] = (x[0] * x[1]) - 2;
        if (jacobian.IsEmpty)
            return;
        jacobian[0] = 1;
        jacobian[3] = 1;
        jacobian[4] = x[1];
        jacobian[5] = x[0];
    }

    private static void Beale(ReadOnlySpan<double> x, Span<double> r, Span<double> jacobian)
    {
        double power = 1;
        for (int i = 0; i < 3; i++)
        {
            double derivative = (i + 1) * power;
            power *= x[1];
            r[i] = BealeY[i] - (x[0] * (1 - power));
            if (jacobian.IsEmpty)
                continue;
            jacobian[2 * i] = power - 1;
            jacobian[(2 * i) + 1] = x[0] * derivative;
        }
    }

    private static void JennrichSampson(ReadOnlySpan<double> x, Span<double> r, Span<double> jacobian)
    {
        for (int i = 1; i <= r.Length; i++)
        {
            double e0 = Math.Exp(i * x[0]), e1 = Math.Exp(i * x[1]);
            r[i - 1] = 2 + (2 * i) - (e0 + e1);
            if (jacobian.IsEmpty)
                continue;
            jacobian[2 * (i - 1)] = -i * e0;
            jacobian[(2 * (i - 1)) + 1] = -i * e1;
        }
    }

    private static void HelicalValley(ReadOnlySpan<double> x, Span<double> r, Span<double> jacobian)
    {
        // theta jumps where x1 = 0; the paper leaves the value there open, and a quarter turn is the limit from the right.
        double theta = x[0] == 0 ? Math.CopySign(0.25, x[1]) : (Math.Atan(x[1] / x[0]) / (2 * Math.PI)) + (x[0] < 0 ? 0.5 : 0);
        double square = (x[0] * x[0]) + (x[1] * x[1]), radius = Math.Sqrt(square);
        r[0] = 10 * (x[2] - (10 * theta));
        r[1] = 10 * (radius - 1);
        r[2] = x[2];
        if (jacobian.IsEmpty)
            return;
        jacobian[0] = 50 * x[1] / (Math.PI * square);
        jacobian[1] = -50 * x[0] / (Math.PI * square);
        jacobian[2] = 10;
        jacobian[3] = 10 * x[0] / radius;
        jacobian[4] = 10 * x[1] / radius;
        jacobian[8] = 1;
    }

    private static void Bard(ReadOnlySpan<double> x, Span<double> r, Span<double> jacobian)
    {
        for (int i = 0; i < 15; i++)
        {
            double u = i + 1, v = 15 - i, w = Math.Min(u, v), q = (v * x[1]) + (w * x[2]);
            r[i] = BardY[i] - (x[0] + (u / q));
            if (jacobian.IsEmpty)
                continue;
            jacobian[3 * i] = -1;
            jacobian[(3 * i) + 1] = u * v / (q * q);
            jacobian[(3 * i) + 2] = u * w / (q * q);
        }
    }

    private static void Gaussian(ReadOnlySpan<double> x, Span<double> r, Span<double> jacobian)
    {
        for (int i = 0; i < 15; i++)
        {
            double d = ((7 - i) / 2.0) - x[2], e = Math.Exp(-x[1] * d * d / 2);
            r[i] = (x[0] * e) - GaussianY[i];
            if (jacobian.IsEmpty)
                continue;
            jacobian[3 * i] = e;
            jacobian[(3 * i) + 1] = -x[0] * e * d * d / 2;
            jacobian[(3 * i) + 2] = x[0] * e * x[1] * d;
        }
    }

    private static void Meyer(ReadOnlySpan<double> x, Span<double> r, Span<double> jacobian)
    {
        for (int i = 0; i < 16; i++)
        {
            double q = 50 + (5 * i) + x[2], e = Math.Exp(x[1] / q);
            r[i] = (x[0] * e) - MeyerY[i];
            if (jacobian.IsEmpty)
                continue;
            jacobian[3 * i] = e;
            jacobian[(3 * i) + 1] = x[0] * e / q;
            jacobian[(3 * i) + 2] = -x[0] * e * x[1] / (q * q);
        }
    }

    private static void Gulf(ReadOnlySpan<double> x, Span<double> r, Span<double> jacobian)
    {
        for (int i = 0; i < r.Length; i++)
        {
            double t = (i + 1) / 100.0, y = 25 + Math.Pow(-50 * Math.Log(t), 2.0 / 3);
            double d = y - x[1], a = Math.Abs(d), p = Math.Pow(a, x[2]), e = Math.Exp(-p / x[0]);
            r[i] = e - t;
            if (jacobian.IsEmpty)
                continue;
            jacobian[3 * i] = e * p / (x[0] * x[0]);
            jacobian[(3 * i) + 1] = e * x[2] * Math.Pow(a, x[2] - 1) * Math.Sign(d) / x[0];
            jacobian[(3 * i) + 2] = a == 0 ? 0 : -e * p * Math.Log(a) / x[0];
        }
    }

    private static void Box(ReadOnlySpan<double> x, Span<double> r, Span<double> jacobian)
    {
        for (int i = 0; i < r.Length; i++)
        {
            double t = (i + 1) / 10.0, e0 = Math.Exp(-t * x[0]), e1 = Math.Exp(-t * x[1]), c = Math.Exp(-t) - Math.Exp(-10 * t);
            r[i] = e0 - e1 - (x[2] * c);
            if (jacobian.IsEmpty)
                continue;
            jacobian[3 * i] = -t * e0;
            jacobian[(3 * i) + 1] = t * e1;
            jacobian[(3 * i) + 2] = -c;
        }
    }
}
