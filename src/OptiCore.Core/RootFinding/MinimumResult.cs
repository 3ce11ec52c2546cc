namespace OptiCore.RootFinding;

/// <summary>How a search for a minimum ended.</summary>
public enum MinimumStatus
{
    /// <summary>The minimum is known to the tolerance asked for.</summary>
    Converged,

    /// <summary>The largest number of iterations was done; the best point is returned.</summary>
    IterationLimit,

    /// <summary>The function was NaN; the best point before is returned.</summary>
    NotANumber,
}

/// <summary>A local minimum of a function of one variable, or how far the search came.</summary>
/// <param name="X">The point.</param>
/// <param name="Value">The value f(x).</param>
/// <param name="Iterations">The iterations done.</param>
/// <param name="Evaluations">The evaluations done.</param>
/// <param name="Status">How the search ended.</param>
public readonly record struct MinimumResult(double X, double Value, int Iterations, int Evaluations, MinimumStatus Status)
{
    /// <summary>Whether the minimum is known to the tolerance asked for.</summary>
    public bool Converged => Status == MinimumStatus.Converged;
}

/// <summary>Three points, the middle one not above the others.</summary>
/// <param name="Found">Whether f(b) is at most f(a) and f(c), and below one of them.</param>
/// <param name="A">One end.</param>
/// <param name="ValueA">f there.</param>
/// <param name="B">The point between.</param>
/// <param name="ValueB">f there.</param>
/// <param name="C">The other end; may lie below a.</param>
/// <param name="ValueC">f there.</param>
/// <param name="Evaluations">The evaluations done.</param>
public readonly record struct MinimumBracket(bool Found, double A, double ValueA, double B, double ValueB, double C, double ValueC, int Evaluations);

/// <summary>The accuracy asked of a minimum, and the limit of the effort.</summary>
public sealed record MinimumOptions
{
    /// <summary>The defaults.</summary>
    public static MinimumOptions Default { get; } = new();

    /// <summary>
    /// The relative part of the tolerance in x. Near a smooth minimum f is flat, so that x is not known better than to the square root of the
    /// rounding; less than that is only of use at a kink or at 0. Default: 1.49e-8, the square root of 2^-52.
    /// </summary>
    public double RelativeTolerance { get; init => field = Require.InClosed(value, 4 * Roots.Epsilon * 0.999, 1); } = 1.4901161193847656e-8;

    /// <summary>The absolute part of the tolerance in x, positive. Default: 1e-11.</summary>
    public double AbsoluteTolerance { get; init => field = Require.Positive(value); } = 1e-11;

    /// <summary>The largest number of iterations. Default: 500.</summary>
    public int MaxIterations { get; init => field = Require.Positive(value); } = 500;

    internal double At(double x) => AbsoluteTolerance + (RelativeTolerance * Math.Abs(x));
}
