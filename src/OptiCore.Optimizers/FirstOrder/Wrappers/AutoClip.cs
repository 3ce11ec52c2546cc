namespace OptiCore.Optimizers;

/// <summary>
/// AutoClip: limits the norm of the gradient to a percentile of the norms seen so far. With the norm of this step added to the history first, and q_p the percentile with linear interpolation between order statistics,
/// <code>
/// u := g min(1, q_p / |g|)
/// </code>
/// </summary>
/// <remarks>
/// Adapts the limit of <see cref="ClipByNorm"/> to the loss at hand. The history is kept sorted, exact for the last <see cref="History"/> steps (the paper's is the whole run, which is the same until then), so that a step
/// allocates nothing; it costs the order of <see cref="History"/> in moved bytes at worst, and one more reading of the gradient for its norm. Put it first in a chain. A norm that isn't finite isn't added.
/// </remarks>
[Algorithm("AutoClip", "First-order", "Seetharaman, Wichern, Pardo, Le Roux (2020), AutoClip: adaptive gradient clipping for source separation networks")]
public sealed record AutoClip : IUpdateRule<ScaleLane<double>, ScaleLane<float>>
{
    /// <summary>The percentile p, from 0 to 100. Default: 10, the paper's.</summary>
    public double Percentile { get; init => field = Require.InClosed(value, 0, 100); } = 10;

    /// <summary>The number of norms that are remembered, two doubles each. Default: 10,000.</summary>
    public int History { get; init => field = Require.Positive(value); } = 10_000;

    /// <inheritdoc/>
    public bool NeedsUpdateNorm => true;

    /// <inheritdoc/>
    public int ScalarCount => checked((2 * History) + 1);

    /// <inheritdoc/>
    public ScaleLane<double> Prepare(in StepContext<double> step) => new(Factor(step.UpdateNorm, step.Scalars));

    /// <inheritdoc/>
    public ScaleLane<float> Prepare(in StepContext<float> step) => new(Factor(step.UpdateNorm, step.Scalars));

    private double Factor(double norm, Span<double> scalars)
    {
        Span<double> ring = scalars[..History], sorted = scalars.Slice(History, History);
        ref double seen = ref scalars[2 * History];
        if (double.IsFinite(norm))
        {
            int kept = (int)Math.Min(seen, History), place = (int)(seen % History);
            if (kept == History)
            {
                int old = sorted.BinarySearch(ring[place]);
                sorted[(old + 1)..].CopyTo(sorted[old..]);
                kept--;
            }

            ring[place] = norm;
            int at = sorted[..kept].BinarySearch(norm);
            at = at < 0 ? ~at : at;
            sorted[at..kept].CopyTo(sorted[(at + 1)..]);
            sorted[at] = norm;
            seen++;
        }

        int count = (int)Math.Min(seen, History);
        if (count == 0)
            return 1;
        double position = Percentile / 100 * (count - 1);
        int below = Math.Min((int)position, count - 1), above = Math.Min(below + 1, count - 1);
        double limit = sorted[below] + ((position - below) * (sorted[above] - sorted[below]));
        return norm > limit ? limit / norm : 1;
    }
}
