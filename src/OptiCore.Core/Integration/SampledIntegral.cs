namespace OptiCore.Integration;

/// <summary>Integrals of functions that are known at given points only. All cost a few operations per sample and allocate nothing.</summary>
public static class SampledIntegral
{
    /// <summary>The trapezoidal rule on equidistant samples: the integral of the linear interpolant.</summary>
    /// <param name="y">The samples; fewer than two give 0.</param>
    /// <param name="spacing">The distance between samples; its sign is that of the integral.</param>
    public static double Trapezoid(ReadOnlySpan<double> y, double spacing)
    {
        if (y.Length < 2)
            return 0;
        double sum = 0.5 * (y[0] + y[^1]);
        for (int i = 1; i + 1 < y.Length; i++)
            sum += y[i];
        return sum * spacing;
    }

    /// <summary>The trapezoidal rule on samples at given points.</summary>
    /// <param name="x">The points, in the order of integration.</param>
    /// <param name="y">The samples.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double Trapezoid(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        Require.Length(y.Length, x.Length, nameof(y));
        double sum = 0;
        for (int i = 1; i < x.Length; i++)
            sum += 0.5 * (x[i] - x[i - 1]) * (y[i] + y[i - 1]);
        return sum;
    }

    /// <summary>The integrals from the first sample to each one by the trapezoidal rule; the first is 0.</summary>
    /// <param name="x">The points.</param>
    /// <param name="y">The samples.</param>
    /// <param name="integral">Receives one number per sample.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void CumulativeTrapezoid(ReadOnlySpan<double> x, ReadOnlySpan<double> y, Span<double> integral)
    {
        Require.Length(y.Length, x.Length, nameof(y));
        Require.Length(integral.Length, x.Length, nameof(integral));
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            if (i > 0)
                sum += 0.5 * (x[i] - x[i - 1]) * (y[i] + y[i - 1]);
            integral[i] = sum;
        }
    }

    /// <summary>
    /// Simpson's rule on equidistant samples, exact for cubics where the number of panels is even. With an odd number the last panel is integrated over the
    /// parabola through the last three samples, exact for parabolas.
    /// </summary>
    /// <remarks>Cartwright (2017), Simpson's rule cumulative integration with MS Excel and irregularly-spaced data (the last panel).</remarks>
    /// <param name="y">The samples; one gives 0, two the trapezoidal rule.</param>
    /// <param name="spacing">The distance between samples.</param>
    public static double Simpson(ReadOnlySpan<double> y, double spacing)
    {
        int n = y.Length;
        if (n < 3)
            return Trapezoid(y, spacing);
        double odd = 0, even = 0;
        int last = n % 2 == 1 ? n - 1 : n - 2;
        for (int i = 1; i < last; i += 2)
            odd += y[i];
        for (int i = 2; i < last; i += 2)
            even += y[i];
        double sum = (y[0] + y[last] + (4 * odd) + (2 * even)) / 3;
        return spacing * (last == n - 1 ? sum : sum + (((5 * y[n - 1]) + (8 * y[n - 2]) - y[n - 3]) / 12));
    }

    /// <summary>Simpson's rule on samples at given points: parabolas through three samples each; an odd last panel as in the equidistant case.</summary>
    /// <param name="x">The points, strictly increasing or strictly decreasing.</param>
    /// <param name="y">The samples; one gives 0, two the trapezoidal rule.</param>
    /// <exception cref="ArgumentException">The lengths differ, or two neighbouring points are the same.</exception>
    public static double Simpson(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        Require.Length(y.Length, x.Length, nameof(y));
        int n = x.Length;
        for (int i = 1; i < n; i++)
        {
            if (x[i] == x[i - 1])
                throw new ArgumentException($"x[{i - 1}] and x[{i}] are both {x[i]}; points must differ.", nameof(x));
        }

        if (n < 3)
            return Trapezoid(x, y);
        double sum = 0;
        int last = n % 2 == 1 ? n - 1 : n - 2;
        for (int i = 0; i < last; i += 2)
        {
            double h = x[i + 1] - x[i], k = x[i + 2] - x[i + 1], s = h + k;
            sum += s / 6 * (((2 - (k / h)) * y[i]) + (s / h * (s / k) * y[i + 1]) + ((2 - (h / k)) * y[i + 2]));
        }

        if (last == n - 1)
            return sum;
        double u = x[n - 2] - x[n - 3], v = x[n - 1] - x[n - 2];
        return sum
            + (v * ((2 * v) + (3 * u)) / (6 * (u + v)) * y[n - 1])
            + (v * (v + (3 * u)) / (6 * u) * y[n - 2])
            - (v * v / (6 * u) * (v / (u + v)) * y[n - 3]);
    }

    /// <summary>Romberg's method on 2^k + 1 equidistant samples.</summary>
    /// <param name="y">The samples.</param>
    /// <param name="spacing">The distance between samples.</param>
    /// <exception cref="ArgumentException">The number of samples isn't a power of two plus one.</exception>
    public static double Romberg(ReadOnlySpan<double> y, double spacing)
    {
        int panels = y.Length - 1;
        if (panels < 1 || !System.Numerics.BitOperations.IsPow2(panels))
            throw new ArgumentException($"y has {y.Length} elements, expected 2^k + 1.", nameof(y));
        Span<double> row = stackalloc double[32];
        double trapezoid = 0.5 * (y[0] + y[panels]);
        row[0] = trapezoid * panels * spacing;
        int level = 0;
        for (int stride = panels / 2; stride >= 1; stride /= 2)
        {
            level++;
            for (int i = stride; i < panels; i += 2 * stride)
                trapezoid += y[i];
            double value = trapezoid * stride * spacing, factor = 1;
            for (int j = 0; j < level; j++)
            {
                factor *= 4;
                double next = value + ((value - row[j]) / (factor - 1));
                (row[j], value) = (value, next);
            }

            row[level] = value;
        }

        return row[level];
    }
}
