namespace OptiCore.Integration;

/// <summary>A subinterval with its integral, the estimate of its error, and how often it came from halving.</summary>
internal readonly record struct KronrodPanel(double A, double B, double Value, double Error, int Level)
{
    /// <summary>
    /// Integrates by a pair of rules. The error is that of QUADPACK: the difference of both rules, raised to the power 1.5 where it is small against
    /// the variation of f, and never below 50 units of rounding of the integral of |f|.
    /// </summary>
    public static KronrodPanel Of<TIntegrand>(ref TIntegrand f, double a, double b, int level, KronrodRule rule, out double absolute, out double variation)
        where TIntegrand : struct, IIntegrand
    {
        ReadOnlySpan<double> nodes = KronrodTables.Nodes(rule), kronrod = KronrodTables.KronrodWeights(rule), gauss = KronrodTables.GaussWeights(rule);
        int points = (int)rule, half = nodes.Length;
        Span<double> x = stackalloc double[points], y = stackalloc double[points];
        double centre = (0.5 * a) + (0.5 * b), radius = (0.5 * b) - (0.5 * a);
        x[half] = centre;
        for (int j = 0; j < half; j++)
        {
            x[j] = centre - (radius * nodes[j]);
            x[points - 1 - j] = centre + (radius * nodes[j]);
        }

        f.Evaluate(x, y);
        double central = y[half];
        double k = kronrod[half] * central, g = half % 2 == 1 ? gauss[^1] * central : 0, size = Math.Abs(k);
        for (int j = 0; j < half; j++)
        {
            double pair = y[j] + y[points - 1 - j];
            k += kronrod[j] * pair;
            size += kronrod[j] * (Math.Abs(y[j]) + Math.Abs(y[points - 1 - j]));
            if (j % 2 == 1)
                g += gauss[j / 2] * pair;
        }

        double mean = 0.5 * k, spread = kronrod[half] * Math.Abs(central - mean);
        for (int j = 0; j < half; j++)
            spread += kronrod[j] * (Math.Abs(y[j] - mean) + Math.Abs(y[points - 1 - j] - mean));
        double length = Math.Abs(radius), error = Math.Abs((k - g) * radius);
        absolute = size * length;
        variation = spread * length;
        if (variation != 0 && error != 0)
            error = variation * Math.Min(1, Math.Pow(200 * error / variation, 1.5));
        if (absolute > Quadrature.Tiny / (50 * Quadrature.Epsilon))
            error = Math.Max(50 * Quadrature.Epsilon * absolute, error);
        return new KronrodPanel(a, b, k * radius, error, level);
    }
}
