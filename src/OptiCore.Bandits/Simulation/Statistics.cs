namespace OptiCore.Bandits;

/// <summary>Summaries of replications.</summary>
internal static class Statistics
{
    /// <summary>The mean and its standard error, sd / sqrt(count) with divisor count - 1; NaN where there are too few values.</summary>
    public static (double Mean, double StandardError) MeanAndStandardError(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values)
            sum += value;
        double mean = sum / values.Length;
        double squares = 0;
        foreach (double value in values)
            squares += (value - mean) * (value - mean);
        return (mean, values.Length < 2 ? double.NaN : Math.Sqrt(squares / (values.Length - 1) / values.Length));
    }

    /// <summary>The quantile of ascending values by linear interpolation of order statistics (type 7 of Hyndman and Fan); NaN of none.</summary>
    public static double Quantile(ReadOnlySpan<double> ascending, double probability)
    {
        if (ascending.IsEmpty)
            return double.NaN;
        double position = probability * (ascending.Length - 1);
        int below = (int)position;
        int above = Math.Min(below + 1, ascending.Length - 1);
        return ascending[below] + ((position - below) * (ascending[above] - ascending[below]));
    }
}
