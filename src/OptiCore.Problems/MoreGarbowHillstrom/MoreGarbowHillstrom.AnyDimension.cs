namespace OptiCore.Problems;

// Problems 20 to 35, whose dimension is free.
public static partial class MoreGarbowHillstrom
{
    private const double PenaltyWeight = 1e-5;

    private static void Watson(ReadOnlySpan<double> x, Span<double> r, Span<double> jacobian)
    {
        int n = x.Length;
        for (int i = 0; i < 29; i++)
        {
            double t = (i + 1) / 29.0, derivative = 0, value = 0, power = 1, previous = 0;
            for (int j = 0; j < n; j++)
            {
                derivative += j * x[j] * previous;
                value += x[j] * power;
                previous = power;
                power *= t;
            }

            r[i] = derivative - (value * value) - 1;
            if (jacobian.IsEmpty)
                continue;
            power = 1;
            previous = 0;
            for (int j = 0; j < n; j++)
            {
                jacobian[(i * n) + j] = (j * previous) - (2 * value * power);
                previous = power;
                power *= t;
            }
        }

        r[29] = x[0];
        r[30] = x[1] - (x[0] * x[0]) - 1;
        if (jacobian.IsEmpty)
            return;
        jacobian[29 * n] = 1;
        jacobian[30 * n] = -2 * x[0];
        jacobian[(30 * n) + 1] = 1;
    }

    private static void ExtendedRosenbrock(ReadOnlySpan<double> x, Span<double> r, Span<double> jacobian)
    {
        int n = x.Length;
        for (int k = 0; k < n; k += 2)
        {
            r[k] = 10 * (x[k + 1] - (x[k] * x[k]));
            r[k + 1] = 1 - x[k];
            if (jacobian.IsEmpty)
                continue;
            jacobian[(k * n) + k] = -20 * x[k];
            jacobian[(k * n) + k + 1] = 10;
            jacobian[((k + 1) * n) + k] = -1;
        }
    }

    private static void PenaltyOne(ReadOnlySpan<double> x, Span<double> r, Span<double> jacobian)
    {
        int n = x.Length;
        double root = Math.Sqrt(PenaltyWeight), square = 0;
        for (int i = 0; i < n; i++)
        {
            r[i] = root * (x[i] - 1);
            square += x[i] * x[i];
            if (jacobian.IsEmpty)
                continue;
            jacobian[(i * n) + i] = root;
            jacobian[(n * n) + i] = 2 * x[i];
        }

        r[n] = square - 0.25;
    }

    private static void PenaltyTwo(ReadOnlySpan<double> x, Span<double> r, Span<double> jacobian)
    {
        int n = x.Length;
        double root = Math.Sqrt(PenaltyWeight), sum = n * x[0] * x[0];
        r[0] = x[0] - 0.2;
        if (!jacobian.IsEmpty)
        {
            jacobian[0] = 1;
            jacobian[((2 * n) - 1) * n] = 2 * n * x[0];
        }

        for (int i = 1; i < n; i++)
        {
            double e = Math.Exp(x[i] / 10), before = Math.Exp(x[i - 1] / 10);
            double y = Math.Exp((i + 1) / 10.0) + Math.Exp(i / 10.0);
            r[i] = root * (e + before - y);
            r[n + i - 1] = root * (e - Math.Exp(-0.1));
            sum += (n - i) * x[i] * x[i];
            if (jacobian.IsEmpty)
                continue;
            jacobian[(i * n) + i] = root * e / 10;
            jacobian[(i * n) + i - 1] = root * before / 10;
            jacobian[((n + i - 1) * n) + i] = root * e / 10;
            jacobian[(((2 * n) - 1) * n) + i] = 2 * (n - i) * x[i];
        }

        r[(2 * n) - 1] = sum - 1;
    }

    private static void VariablyDimensioned(ReadOnlySpan<double> x, Span<double> r, Span<double> jacobian)
    {
        int n = x.Length;
        double s = 0;
        for (int j = 0; j < n; j++)
        {
            r[j] = x[j] - 1;
            s += (j + 1) * (x[j] - 1);
        }

        r[n] = s;
        r[n + 1] = s * s;
        if (jacobian.IsEmpty)
            return;
        for (int j = 0; j < n; j++)
        {
            jacobian[(j * n) + j] = 1;
            jacobian[(n * n) + j] = j + 1;
            jacobian[((n + 1) * n) + j] = 2 * s * (j + 1);
        }
    }

    private static void Trigonometric(ReadOnlySpan<double> x, Span<double> r, Span<double> jacobian)
    {
        int n = x.Length;
        double cosines = 0;
        foreach (double v in x)
            cosines += Math.Cos(v);
        for (int i = 0; i < n; i++)
        {
            (double sine, double cosine) = Math.SinCos(x[i]);
            r[i] = n - cosines + ((i + 1) * (1 - cosine)) - sine;
            if (jacobian.IsEmpty)
                continue;
            for (int j = 0; j < n; j++)
                jacobian[(i * n) + j] = Math.Sin(x[j]);
            jacobian[(i * n) + i] += ((i + 1) * sine) - cosine;
        }
    }

    private static void BrownAlmostLinear(ReadOnlySpan<double> x, Span<double> r, Span<double> jacobian)
    {
        int n = x.Length;
        double sum = 0, product = 1;
        foreach (double v in x)
        {
            sum += v;
            product *= v;
        }

        for (int i = 0; i < n - 1; i++)
            r[i] = x[i] + sum - (n + 1);
        r[n - 1] = product - 1;
        if (jacobian.IsEmpty)
            return;
        for (int i = 0; i < n - 1; i++)
        {
            jacobian.Slice(i * n, n).Fill(1);
            jacobian[(i * n) + i] = 2;
        }

        // The product of the others is formed anew, because an element may be 0.
        for (int j = 0; j < n; j++)
        {
            double others = 1;
            for (int k = 0; k < n; k++)
                others *= k == j ? 1 : x[k];
            jacobian[((n - 1) * n) + j] = others;
        }
    }

    private static void DiscreteBoundaryValue(ReadOnlySpan<double> x, Span<double> r, Span<double> jacobian)
    {
        int n = x.Length;
        double h = 1.0 / (n + 1);
        for (int i = 0; i < n; i++)
        {
            double left = i == 0 ? 0 : x[i - 1], right = i == n - 1 ? 0 : x[i + 1], u = x[i] + ((i + 1) * h) + 1;
            r[i] = (2 * x[i]) - left - right + (h * h * u * u * u / 2);
            if (jacobian.IsEmpty)
                continue;
            jacobian[(i * n) + i] = 2 + (1.5 * h * h * u * u);
            if (i > 0)
                jacobian[(i * n) + i - 1] = -1;
            if (i < n - 1)
                jacobian[(i * n) + i + 1] = -1;
        }
    }

    private static void DiscreteIntegralEquation(ReadOnlySpan<double> x, Span<double> r, Span<double> jacobian)
    {
        int n = x.Length;
        double h = 1.0 / (n + 1);
        for (int i = 0; i < n; i++)
        {
            double ti = (i + 1) * h, sum = 0;
            for (int j = 0; j < n; j++)
            {
                double tj = (j + 1) * h, u = x[j] + tj + 1, weight = j <= i ? (1 - ti) * tj : ti * (1 - tj);
                sum += weight * u * u * u;
                if (!jacobian.IsEmpty)
                    jacobian[(i * n) + j] = 1.5 * h * weight * u * u;
            }

            r[i] = x[i] + (h * sum / 2);
            if (!jacobian.IsEmpty)
                jacobian[(i * n) + i] += 1;
        }
    }

    private static void BroydenTridiagonal(ReadOnlySpan<double> x, Span<double> r, Span<double> jacobian)
    {
        int n = x.Length;
        for (int i = 0; i < n; i++)
        {
            double left = i == 0 ? 0 : x[i - 1], right = i == n - 1 ? 0 : x[i + 1];
            r[i] = ((3 - (2 * x[i])) * x[i]) - left - (2 * right) + 1;
            if (jacobian.IsEmpty)
                continue;
            jacobian[(i * n) + i] = 3 - (4 * x[i]);
            if (i > 0)
                jacobian[(i * n) + i - 1] = -1;
            if (i < n - 1)
                jacobian[(i * n) + i + 1] = -2;
        }
    }

    private static void BroydenBanded(ReadOnlySpan<double> x, Span<double> r, Span<double> jacobian)
    {
        int n = x.Length;
        for (int i = 0; i < n; i++)
        {
            r[i] = (x[i] * (2 + (5 * x[i] * x[i]))) + 1;
            if (!jacobian.IsEmpty)
                jacobian[(i * n) + i] = 2 + (15 * x[i] * x[i]);
            for (int j = Math.Max(0, i - 5); j <= Math.Min(n - 1, i + 1); j++)
            {
                if (j == i)
                    continue;
                r[i] -= x[j] * (1 + x[j]);
                if (!jacobian.IsEmpty)
                    jacobian[(i * n) + j] = -1 - (2 * x[j]);
            }
        }
    }

    private static void LinearFullRank(ReadOnlySpan<double> x, Span<double> r, Span<double> jacobian)
    {
        int n = x.Length, m = r.Length;
        double sum = 0;
        foreach (double v in x)
            sum += v;
        for (int i = 0; i < m; i++)
        {
            r[i] = (i < n ? x[i] : 0) - (2 * sum / m) - 1;
            if (jacobian.IsEmpty)
                continue;
            jacobian.Slice(i * n, n).Fill(-2.0 / m);
            if (i < n)
                jacobian[(i * n) + i] += 1;
        }
    }

    private static void LinearRankOne(ReadOnlySpan<double> x, Span<double> r, Span<double> jacobian)
    {
        int n = x.Length;
        double sum = 0;
        for (int j = 0; j < n; j++)
            sum += (j + 1) * x[j];
        for (int i = 0; i < r.Length; i++)
        {
            r[i] = ((i + 1) * sum) - 1;
            for (int j = 0; j < n && !jacobian.IsEmpty; j++)
                jacobian[(i * n) + j] = (i + 1.0) * (j + 1);
        }
    }

    private static void LinearRankOneWithZeros(ReadOnlySpan<double> x, Span<double> r, Span<double> jacobian)
    {
        int n = x.Length, m = r.Length;
        double sum = 0;
        for (int j = 1; j < n - 1; j++)
            sum += (j + 1) * x[j];
        r[0] = -1;
        r[m - 1] = -1;
        for (int i = 1; i < m - 1; i++)
        {
            r[i] = (i * sum) - 1;
            for (int j = 1; j < n - 1 && !jacobian.IsEmpty; j++)
                jacobian[(i * n) + j] = i * (j + 1.0);
        }
    }

    private static void Chebyquad(ReadOnlySpan<double> x, Span<double> r, Span<double> jacobian)
    {
        int n = x.Length, m = r.Length;
        for (int i = 1; i <= m; i++)
            r[i - 1] = i % 2 == 0 ? 1.0 / (((double)i * i) - 1) : 0;
        for (int j = 0; j < n; j++)
        {
            // T and its derivative by the three-term recurrence, which holds outside [0, 1] as well.
            double u = (2 * x[j]) - 1, before = 1, t = u, beforeSlope = 0, slope = 2;
            for (int i = 0; i < m; i++)
            {
                r[i] += t / n;
                if (!jacobian.IsEmpty)
                    jacobian[(i * n) + j] = slope / n;
                (before, t, beforeSlope, slope) = (t, (2 * u * t) - before, slope, (4 * t) + (2 * u * slope) - beforeSlope);
            }
        }
    }
}
