namespace OptiCore.Problems;

/// <summary>Checks of observed times and positive quantities.</summary>
internal static class Observations
{
    /// <summary>Copies times that must increase from after the start.</summary>
    public static double[] Times(ReadOnlySpan<double> times, double start)
    {
        Require.Positive(times.Length, nameof(times));
        double before = start;
        for (int i = 0; i < times.Length; i++)
        {
            if (!(times[i] > before) || double.IsInfinity(times[i]))
                throw new ArgumentException($"times[{i}] is {times[i]}; times must be finite and increase from after {start}.", nameof(times));
            before = times[i];
        }

        return times.ToArray();
    }

    /// <summary>The logarithms of positive quantities.</summary>
    public static double[] Logarithms(ReadOnlySpan<double> values, string name)
    {
        double[] logs = new double[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            if (!(values[i] > 0) || double.IsInfinity(values[i]))
                throw new ArgumentException($"{name}[{i}] is {values[i]}; it must be finite and positive.", name);
            logs[i] = Math.Log(values[i]);
        }

        return logs;
    }
}
