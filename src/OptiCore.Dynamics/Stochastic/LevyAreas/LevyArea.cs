namespace OptiCore.Dynamics;

/// <summary>
/// How the Lévy areas A(j,k) = 1/2 ∫ (W_j dW_k - W_k dW_j) of a step are approximated, given what the path knows exactly. Up to dimension 1 there is none. The mean
/// square errors are per area, over a step of length h; the area's own variance is h^2 / 4.
/// </summary>
public abstract record LevyArea
{
    private protected LevyArea()
    {
    }

    /// <summary>No area at all, the mean given W: mean square error h^2 / 4.</summary>
    public static LevyArea None { get; } = new NoArea();

    /// <summary>The mean given W and H, H_j W_k - W_j H_k: the best that is a function of both, with mean square error h^2 / 12. J. Foster, T. Lyons, H. Oberhauser (2020), An optimal polynomial approximation of Brownian motion.</summary>
    public static LevyArea SpaceTime { get; } = new SpaceTimeArea();

    /// <summary>
    /// The mean given W and H plus a normal number of the right variance h^2 / 12: right in mean and covariance. A. M. Davie (2014), KMT theory applied to approximations of SDE.
    /// </summary>
    public static LevyArea Davie { get; } = new DavieArea();

    /// <summary>
    /// The mean given W and H plus a normal number of the right variance given W and H, h^2 / 20 + h (H_j^2 + H_k^2) / 5. J. Foster (2020), Numerical approximations for stochastic differential equations, chapter 7.
    /// </summary>
    public static LevyArea Foster { get; } = new FosterArea();

    /// <summary>
    /// The area along the very path: the mean given W and H of each of 2^levels parts of the step, put together by Chen's relation. Mean square error h^2 / (12 * 2^levels). The only one
    /// that is additive over steps up to this error, which comparing solutions on one path needs. Cost: 2^levels readings of the path.
    /// </summary>
    /// <param name="levels">How often the step is halved, 1 to 30.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number lies outside.</exception>
    public static LevyArea Refined(int levels) => new RefinedArea(Levels(levels));

    /// <summary>
    /// The first terms of the Fourier series of the Brownian bridge, and the rest by a normal vector of the right covariance given W: mean square error of all areas together at most
    /// 5 m^2 (m - 1) h^2 / (24 π^2 terms^2) in law.
    /// P. E. Kloeden, E. Platen, I. W. Wright (1992), The approximation of multiple stochastic integrals; M. Wiktorsson (2001), Joint characteristic function and simultaneous simulation of
    /// iterated Itô integrals for multiple independent Brownian motions.
    /// </summary>
    /// <param name="terms">The number of terms, at least 1. For strong order 1 of the order of h^(-1/2).</param>
    /// <param name="tail">False to drop the rest: then the mean square error is h^2 / (2 π^2 terms).</param>
    /// <exception cref="ArgumentOutOfRangeException">The number isn't positive.</exception>
    public static LevyArea Fourier(int terms, bool tail = true) => new FourierArea(Require.Positive(terms, nameof(terms)), tail);

    /// <summary>How often a step is halved when its area is read.</summary>
    internal virtual int Refinement => 0;

    internal abstract void Compute(LevyAreaReader work, BrownianReader reader, double s, double t, ReadOnlySpan<double> w, ReadOnlySpan<double> h);

    private static int Levels(int levels) => levels <= 30 ? Require.Positive(levels, nameof(levels)) : throw new ArgumentOutOfRangeException(nameof(levels), levels, FormattableString.Invariant($"levels is {levels} but must be at most 30."));

    private sealed record NoArea : LevyArea
    {
        internal override void Compute(LevyAreaReader work, BrownianReader reader, double s, double t, ReadOnlySpan<double> w, ReadOnlySpan<double> h) => work.Clear();
    }

    private sealed record SpaceTimeArea : LevyArea
    {
        internal override void Compute(LevyAreaReader work, BrownianReader reader, double s, double t, ReadOnlySpan<double> w, ReadOnlySpan<double> h)
        {
            work.Clear();
            work.AddMean(w, h);
        }
    }

    private sealed record DavieArea : LevyArea
    {
        internal override void Compute(LevyAreaReader work, BrownianReader reader, double s, double t, ReadOnlySpan<double> w, ReadOnlySpan<double> h)
        {
            work.Clear();
            work.AddMean(w, h);
            work.AddNormal(reader, s, t, h, 1.0 / 12, 0);
        }
    }

    private sealed record FosterArea : LevyArea
    {
        internal override void Compute(LevyAreaReader work, BrownianReader reader, double s, double t, ReadOnlySpan<double> w, ReadOnlySpan<double> h)
        {
            work.Clear();
            work.AddMean(w, h);
            work.AddNormal(reader, s, t, h, 1.0 / 20, 1.0 / 5);
        }
    }

    private sealed record RefinedArea(int Halvings) : LevyArea
    {
        internal override int Refinement => Halvings;

        internal override void Compute(LevyAreaReader work, BrownianReader reader, double s, double t, ReadOnlySpan<double> w, ReadOnlySpan<double> h) =>
            work.Refine(reader, s, t, Halvings);
    }

    private sealed record FourierArea(int Terms, bool Tail) : LevyArea
    {
        internal override void Compute(LevyAreaReader work, BrownianReader reader, double s, double t, ReadOnlySpan<double> w, ReadOnlySpan<double> h)
        {
            work.Clear();
            work.AddFourier(reader, s, t, w, Terms, Tail);
        }
    }
}
