namespace OptiCore.RL;

/// <summary>The few statistics that evaluation reports.</summary>
internal static class Statistics
{
    public static double Mean(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values)
            sum += value;
        return sum / values.Length;
    }

    public static double StandardError(ReadOnlySpan<double> values)
    {
        double mean = Mean(values), squares = 0;
        foreach (double value in values)
            squares += (value - mean) * (value - mean);
        return values.Length > 1 ? Math.Sqrt(squares / (values.Length - 1) / values.Length) : double.NaN;
    }

    /// <summary>The mean without the lowest and the highest quarter, each rounded down to whole values.</summary>
    public static double InterquartileMean(ReadOnlySpan<double> values)
    {
        double[] sorted = values.ToArray();
        return InterquartileMeanInPlace(sorted);
    }

    public static (double Low, double High) BootstrapInterquartileMean(ReadOnlySpan<double> values, int resamples, double confidence, RandomKey key)
    {
        double[] means = new double[resamples];
        double[] sample = new double[values.Length];
        for (int b = 0; b < resamples; b++)
        {
            RandomStream stream = key.Fold(b).Stream();
            foreach (ref double value in sample.AsSpan())
                value = values[Draw.Below(ref stream, values.Length)];
            means[b] = InterquartileMeanInPlace(sample);
        }

        Array.Sort(means);
        return (Quantile(means, (1 - confidence) / 2), Quantile(means, (1 + confidence) / 2));
    }

    private static double InterquartileMeanInPlace(Span<double> values)
    {
        values.Sort();
        int cut = values.Length / 4;
        return Mean(values[cut..^cut]);
    }

    /// <summary>Linear interpolation between order statistics.</summary>
    private static double Quantile(double[] sorted, double probability)
    {
        double position = probability * (sorted.Length - 1);
        int below = (int)position;
        double weight = position - below;
        return weight == 0 ? sorted[below] : ((1 - weight) * sorted[below]) + (weight * sorted[below + 1]);
    }
}
