namespace OptiCore.Integration;

/// <summary>How a numerical integration ended.</summary>
public enum QuadratureStatus
{
    /// <summary>The error estimate is within the tolerance.</summary>
    Converged,

    /// <summary>Rounding keeps the tolerance from being reached; the estimate is the best there is.</summary>
    Roundoff,

    /// <summary>The largest number of subdivisions, levels or evaluations was reached.</summary>
    LimitReached,

    /// <summary>The integral is probably divergent, or converges too slowly to be computed this way.</summary>
    Divergent,

    /// <summary>The integrand was NaN or infinite at an abscissa.</summary>
    NotFinite,
}

/// <summary>An integral, with what is known of its error.</summary>
/// <param name="Value">The estimate of the integral.</param>
/// <param name="ErrorEstimate">An estimate of its absolute error; in general far too large for smooth integrands.</param>
/// <param name="Evaluations">The evaluations of the integrand.</param>
/// <param name="Parts">The subintervals or boxes at the end, or the levels of a method without subdivision.</param>
/// <param name="Status">How the integration ended.</param>
public readonly record struct QuadratureResult(double Value, double ErrorEstimate, long Evaluations, int Parts, QuadratureStatus Status)
{
    /// <summary>Whether the error estimate is within the tolerance.</summary>
    public bool Converged => Status == QuadratureStatus.Converged;

    internal QuadratureResult Negate() => this with { Value = -Value };
}

/// <summary>The number of points of a pair of a Gauss rule and its Kronrod extension.</summary>
public enum KronrodRule
{
    /// <summary>7 points of Gauss in 15: for discontinuous or rough integrands.</summary>
    Points15 = 15,

    /// <summary>10 points of Gauss in 21: the general choice.</summary>
    Points21 = 21,

    /// <summary>15 points of Gauss in 31.</summary>
    Points31 = 31,

    /// <summary>20 points of Gauss in 41.</summary>
    Points41 = 41,

    /// <summary>25 points of Gauss in 51.</summary>
    Points51 = 51,

    /// <summary>30 points of Gauss in 61: for oscillating integrands.</summary>
    Points61 = 61,
}

/// <summary>The accuracy asked of an integral, and the limit of the effort. Converged means an error estimate of at most the larger tolerance.</summary>
public sealed record QuadratureOptions
{
    /// <summary>The defaults.</summary>
    public static QuadratureOptions Default { get; } = new();

    /// <summary>The absolute tolerance; zero asks for the relative one alone. Default: 1.49e-8.</summary>
    public double AbsoluteTolerance { get; init => field = Require.NonNegative(value); } = 1.49e-8;

    /// <summary>The tolerance relative to the integral. Default: 1.49e-8.</summary>
    public double RelativeTolerance { get; init => field = Require.InClosed(value, 0, 1); } = 1.49e-8;

    /// <summary>The largest number of subintervals of an adaptive rule, or a thousandth of the evaluations of a rule in several dimensions. Default: 200.</summary>
    public int MaxSubintervals { get; init => field = Require.Positive(value); } = 200;

    /// <summary>The pair of rules of the adaptive methods. Default (null): 21 points on finite, 15 on infinite intervals.</summary>
    public KronrodRule? Rule { get; init => field = value is { } rule ? Require.Defined(rule) : null; }

    internal double Bound(double value) => Math.Max(AbsoluteTolerance, RelativeTolerance * Math.Abs(value));
}

/// <summary>An integrand that is evaluated at many abscissae at once: writes y[i] = f(x[i]).</summary>
/// <param name="x">The abscissae.</param>
/// <param name="y">Receives the values; every element is written.</param>
public delegate void BatchIntegrand(ReadOnlySpan<double> x, Span<double> y);
