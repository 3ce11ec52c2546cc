namespace OptiCore.RL;

/// <content>Scaling of advantages.</content>
public static partial class Returns
{
    /// <summary>Shifts and scales numbers to mean 0 and deviation 1, x &lt;- (x - mean) / (deviation + 1e-8). Numbers without differences become zeros.</summary>
    /// <param name="values">The numbers.</param>
    public static void Standardize(Span<float> values)
    {
        double mean = 0, squares = 0;
        foreach (float value in values)
            mean += value;
        mean /= values.Length;
        foreach (float value in values)
            squares += (value - mean) * (value - mean);
        double scale = squares > 0 ? 1 / (Math.Sqrt(squares / values.Length) + 1e-8) : 0;
        foreach (ref float value in values)
            value = (float)((value - mean) * scale);
    }
}
