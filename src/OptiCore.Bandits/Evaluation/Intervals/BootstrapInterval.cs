using OptiCore.Randomness;

namespace OptiCore.Bandits;

/// <summary>Percentiles of the estimate over resamples of the decisions, drawn with replacement.</summary>
/// <remarks>
/// <para>B. Efron (1979), "Bootstrap methods: another look at the jackknife"; B. Efron, R. J. Tibshirani (1993), "An introduction to the bootstrap", chapter 13 (the percentile method). The reward
/// model isn't fitted again: it counts as given.</para>
/// <para>O(n) a resample. Resample b draws from <c>Key.Fold(b)</c>: the same bits on any number of workers.</para>
/// </remarks>
public sealed record BootstrapInterval : IConfidenceInterval
{
    private const int Block = 1024;

    /// <summary>The number of resamples, at least 1. Default: 1,000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public int Resamples { get; init => field = Require.Positive(value); } = 1000;

    /// <summary>The randomness. Default: that of seed 0.</summary>
    public RandomKey Key { get; init; } = RandomKey.FromSeed(0);

    /// <summary>Where resamples are computed. Default: the calling thread.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public IWorkers Workers { get; init => field = Require.NotNull(value); } = OptiCore.Workers.Serial;

    /// <inheritdoc/>
    public ConfidenceInterval Around(EstimatorTerms terms, double confidence)
    {
        ArgumentNullException.ThrowIfNull(terms);
        Require.InOpen(confidence, 0, 1, nameof(confidence));
        double[] estimates = new double[Resamples];
        Workers.ForEach(Resamples, b => estimates[b] = Resample(terms, Key.Fold(b)));

        // A resample without any weight has no estimate.
        int count = 0;
        foreach (double estimate in estimates)
        {
            if (!double.IsNaN(estimate))
                estimates[count++] = estimate;
        }

        Span<double> kept = estimates.AsSpan(0, count);
        kept.Sort();
        string note = count == Resamples ? "" : FormattableString.Invariant($"{Resamples - count} of {Resamples} resamples had no weight");
        return new ConfidenceInterval(Statistics.Quantile(kept, (1 - confidence) / 2), Statistics.Quantile(kept, (1 + confidence) / 2), note);
    }

    private static double Resample(EstimatorTerms terms, RandomKey key)
    {
        ReadOnlySpan<double> values = terms.Values, numerators = terms.Numerators, denominators = terms.Denominators;
        Span<int> indices = stackalloc int[Block];
        int n = values.Length;
        double value = 0, numerator = 0, denominator = 0;
        for (int done = 0; done < n; done += Block)
        {
            Span<int> block = indices[..Math.Min(Block, n - done)];
            RandomFill.Integers(key, n, block, (ulong)done);
            foreach (int index in block)
                value += values[index];
            if (!terms.IsRatio)
                continue;
            foreach (int index in block)
            {
                numerator += numerators[index];
                denominator += denominators[index];
            }
        }

        return (value / n) + (terms.IsRatio ? numerator / denominator : 0);
    }
}
