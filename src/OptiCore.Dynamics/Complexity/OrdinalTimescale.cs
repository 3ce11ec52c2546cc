namespace OptiCore.Dynamics;

/// <summary>
/// Chooses the delay of ordinal patterns by timescales: a pattern of order d with delay tau spans (d - 1) tau samples, which should be a part of the natural timescale of the motion, and the whole
/// series should be longer than that timescale. A pattern much shorter sees only straight lines, one much longer sees noise.
/// </summary>
/// <remarks>
/// The natural timescale is twice the mean time between two crossings of the mean value. Between the bounds of a periodic series, log 2 / log d! for patterns so short that nearly all rise or fall and
/// log(2 (2 d - 3)) / log d! for longer ones below the half of a period, lies what regular motion shows; a much larger entropy says that it isn't regular.
/// </remarks>
[Algorithm("Ordinal patterns by timescale", "Complexity", "S. Ó. Hyman, K. J. Daniel, D. A. Schaffner (2025), PECCARY: a novel approach for characterizing orbital complexity, stochasticity, and regularity")]
public sealed record OrdinalTimescale
{
    /// <summary>The order d of the patterns, from 2 to 9. Default: 5.</summary>
    public int Order { get; init => field = OrdinalPatterns.RequireOrder(value); } = 5;

    /// <summary>The time that a pattern spans, in natural timescales. Default: 0.4.</summary>
    public double PatternShare { get; init => field = Require.Positive(value); } = 0.4;

    /// <summary>The least length of the series in natural timescales. Default: 1.5.</summary>
    public double MinDuration { get; init => field = Require.Positive(value); } = 1.5;

    /// <summary>The largest entropy of a periodic series whose patterns are shorter than half its period: 2 (2 d - 3) patterns, equally often.</summary>
    public double LargestPeriodicEntropy => Math.Log(2 * ((2 * Order) - 3)) / Math.Log(OrdinalPatterns.Number(Order));

    /// <summary>The least entropy of a periodic series that rises as long as it falls: two patterns.</summary>
    public double LeastPeriodicEntropy => Math.Log(2) / Math.Log(OrdinalPatterns.Number(Order));

    /// <summary>The natural timescale in samples: the length over half the number of crossings of the mean; infinite without a crossing.</summary>
    /// <param name="series">The observations, finite.</param>
    /// <exception cref="ArgumentException">A number isn't finite, or there are fewer than two.</exception>
    public static double NaturalTimescale(ReadOnlySpan<double> series)
    {
        if (series.Length < 2)
            throw new ArgumentException(FormattableString.Invariant($"series has {series.Length} elements but must have at least 2."), nameof(series));
        Require.AllFinite(series, nameof(series));
        double mean = 0;
        foreach (double value in series)
            mean += value / series.Length;
        int crossings = 0;
        for (int i = 1; i < series.Length; i++)
            crossings += series[i] >= mean != series[i - 1] >= mean ? 1 : 0;
        return (series.Length - 1) / (0.5 * crossings);
    }

    /// <summary>The delay for a natural timescale, at least 1.</summary>
    /// <param name="naturalTimescale">The natural timescale in samples.</param>
    public int Delay(double naturalTimescale) =>
        Math.Max(1, (int)Math.Round(Math.Min(int.MaxValue / (double)Order, PatternShare * Require.Positive(naturalTimescale, nameof(naturalTimescale)) / (Order - 1))));

    /// <summary>Entropy and complexity of a series with the delay that its natural timescale asks for.</summary>
    /// <param name="series">The observations, finite.</param>
    /// <param name="delay">The delay that was chosen.</param>
    /// <exception cref="ArgumentException">A number isn't finite, or the series is shorter than <see cref="MinDuration"/> natural timescales.</exception>
    public ComplexityPoint Of(ReadOnlySpan<double> series, out int delay)
    {
        double natural = NaturalTimescale(series);
        if (!(series.Length - 1 >= MinDuration * natural))
            throw new ArgumentException(FormattableString.Invariant($"The series has {series.Length} samples; its natural timescale is {natural}, and at least {MinDuration} times that is needed."), nameof(series));
        delay = Delay(natural);
        return new PermutationEntropy { Order = Order, Delay = delay }.Of(series);
    }

    /// <summary>Entropy and complexity for several delays: the curves H(tau) and C(tau).</summary>
    /// <param name="series">The observations, finite.</param>
    /// <param name="delays">The delays in samples.</param>
    /// <param name="points">Receives as many places in the plane.</param>
    /// <exception cref="ArgumentException">The series is too short for a delay, a number isn't finite, or the lengths differ.</exception>
    public void Curve(ReadOnlySpan<double> series, ReadOnlySpan<int> delays, Span<ComplexityPoint> points)
    {
        Require.Length(points.Length, delays.Length, nameof(points));
        for (int i = 0; i < delays.Length; i++)
            points[i] = new PermutationEntropy { Order = Order, Delay = delays[i] }.Of(series);
    }
}
