namespace OptiCore.RootFinding;

/// <summary>How a search for a root ended.</summary>
public enum RootStatus
{
    /// <summary>The root is known to the tolerance asked for, or the function is exactly zero there.</summary>
    Converged,

    /// <summary>The largest number of iterations was done; the best point is returned.</summary>
    IterationLimit,

    /// <summary>The function was NaN where the method needed its value; the best point before is returned.</summary>
    NotANumber,

    /// <summary>An open method has no next point: a zero derivative, or two equal values of a secant.</summary>
    Stalled,
}

/// <summary>A root of a function of one variable, or how far the search came.</summary>
/// <param name="Root">The point x, the best one found.</param>
/// <param name="Value">The value f(x).</param>
/// <param name="Iterations">The iterations done.</param>
/// <param name="Evaluations">The evaluations done, of f and of its derivatives together.</param>
/// <param name="Status">How the search ended.</param>
public readonly record struct RootResult(double Root, double Value, int Iterations, int Evaluations, RootStatus Status)
{
    /// <summary>Whether the root is known to the tolerance asked for.</summary>
    public bool Converged => Status == RootStatus.Converged;
}

/// <summary>The accuracy asked of a root, and the limit of the effort.</summary>
public sealed record RootOptions
{
    /// <summary>The defaults.</summary>
    public static RootOptions Default { get; } = new();

    /// <summary>The absolute part of the tolerance in x; zero is allowed where the root isn't zero. Default: 2e-12.</summary>
    public double AbsoluteTolerance { get; init => field = Require.NonNegative(value); } = 2e-12;

    /// <summary>
    /// The relative part of the tolerance in x: a bracket that is narrower than <see cref="AbsoluteTolerance"/> plus this times |x| is a root. At least
    /// 4 units of rounding (8.9e-16), which is the default: below it no bracket of doubles need exist.
    /// </summary>
    public double RelativeTolerance { get; init => field = Require.InClosed(value, 4 * Roots.Epsilon * 0.999, 1); } = 4 * Roots.Epsilon;

    /// <summary>The largest number of iterations. Default: 200.</summary>
    public int MaxIterations { get; init => field = Require.Positive(value); } = 200;

    /// <summary>The tolerance at a point.</summary>
    internal double At(double x) => AbsoluteTolerance + (RelativeTolerance * Math.Abs(x));
}
