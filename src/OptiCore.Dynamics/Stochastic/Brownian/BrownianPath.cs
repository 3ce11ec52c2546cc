namespace OptiCore.Dynamics;

/// <summary>
/// One path of an m-dimensional Brownian motion over an interval, as a pure function of a key and of time: the virtual Brownian tree. The same key gives
/// the same path whatever is asked of it, in whatever order, so that a step can be rejected and tried again shorter, or a path be solved with another
/// method, without storing anything.
/// <code>
/// BrownianReader reader = new BrownianPath(RandomKey.FromSeed(1), 2, 0, 1, resolution: 1e-6).Reader();
/// reader.Increment(0.25, 0.5, w, h);
/// </code>
/// </summary>
/// <remarks>
/// <para>Besides the increment W(s,t) the path gives the space-time Lévy area H(s,t) = 1/(t - s) times the integral over r from s to t of
/// W(s,r) - (r - s)/(t - s) W(s,t), independent of W(s,t) and normal with variance (t - s)/12. Solvers of strong order 1.5 need it, and it makes the
/// tree exact: an interval is halved by the law of both halves' increments and areas given the whole's.</para>
/// <para>Intervals are halved down to the <see cref="Resolution"/>, and a time within the last is drawn by the law given that interval. So the joint law
/// of everything that is asked is exact as long as no two times lie in the same last interval, in particular when they are further apart than the
/// resolution; nearer ones are still additive and continuous.</para>
/// <para>P. Kidger, J. Foster, X. Li, T. Lyons (2021), Efficient and accurate gradients for neural SDEs; A. Jelinčič, J. Foster, P. Kidger (2024),
/// Single-seed generation of Brownian paths and integrals for adaptive and high order SDE solvers.</para>
/// </remarks>
public sealed class BrownianPath
{
    // Below this the times of neighbouring last intervals of [0, 1] would be rounding.
    private const int MaxDepth = 48;

    /// <summary>Names a path.</summary>
    /// <param name="key">The key of the path.</param>
    /// <param name="dimension">The number m of independent motions, at least 1.</param>
    /// <param name="start">Where the path begins.</param>
    /// <param name="end">Where it ends, after the start.</param>
    /// <param name="resolution">The smallest distance between two times that will be asked; the tree's last intervals aren't longer. At most 48 halvings are made.</param>
    /// <exception cref="ArgumentException">The dimension or the resolution isn't positive, or the interval is empty or not finite.</exception>
    public BrownianPath(RandomKey key, int dimension, double start, double end, double resolution)
    {
        Key = key;
        Dimension = Require.Positive(dimension, nameof(dimension));
        Start = Require.Finite(start, nameof(start));
        End = Require.Finite(end, nameof(end));
        if (!(end > start) || !double.IsFinite(end - start))
            throw new ArgumentException(FormattableString.Invariant($"end is {end} but must lie after start = {start}."), nameof(end));
        Require.Positive(resolution, nameof(resolution));
        int depth = 0;
        while (depth < MaxDepth && Math.ScaleB(end - start, -depth) > resolution)
            depth++;
        Depth = depth;
    }

    /// <summary>The key of the path.</summary>
    public RandomKey Key { get; }

    /// <summary>The number m of independent motions.</summary>
    public int Dimension { get; }

    /// <summary>Where the path begins.</summary>
    public double Start { get; }

    /// <summary>Where the path ends.</summary>
    public double End { get; }

    /// <summary>How often the interval is halved.</summary>
    public int Depth { get; }

    /// <summary>The length of the last intervals.</summary>
    public double Resolution => Math.ScaleB(End - Start, -Depth);

    /// <summary>Allocates what reading needs. One reader serves one thread; any number of readers give the same path.</summary>
    public BrownianReader Reader() => new(this);
}
