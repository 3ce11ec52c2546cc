namespace OptiCore.Dynamics;

/// <summary>The check of the times to save.</summary>
internal static class SaveTimes
{
    /// <summary>Accepts times that ascend within an interval.</summary>
    /// <exception cref="ArgumentException">One doesn't; the message names it and where it must lie.</exception>
    public static void Check(ReadOnlySpan<double> saveAt, double start, double end)
    {
        double previous = start;
        for (int i = 0; i < saveAt.Length; i++)
        {
            if (!(saveAt[i] >= previous && saveAt[i] <= end))
            {
                throw new ArgumentException(
                    FormattableString.Invariant($"saveAt[{i}] is {saveAt[i]} but must lie between {previous} and {end}: times are ascending inside the interval."),
                    nameof(saveAt));
            }

            previous = saveAt[i];
        }
    }
}
