namespace OptiCore.Neighbors;

/// <summary>
/// The distance (sum_j |x_j - y_j|^p)^(1/p) of two points, with its limit max_j |x_j - y_j| for infinite p. A metric for every p of at least 1.
/// </summary>
/// <remarks>
/// Searches compare the power sums sum_j |x_j - y_j|^p and take the root of the results only, so that two different sums never become equal by rounding.
/// p = 1, 2 and infinity use vector registers and no elementary function; other powers cost a logarithm and an exponential for each coordinate.
/// </remarks>
public sealed record Minkowski
{
    /// <summary>p = 1: sum_j |x_j - y_j|.</summary>
    public static Minkowski Manhattan { get; } = new() { Power = 1 };

    /// <summary>p = 2: the length of the straight line.</summary>
    public static Minkowski Euclidean { get; } = new();

    /// <summary>p = infinity: max_j |x_j - y_j|.</summary>
    public static Minkowski Chebyshev { get; } = new() { Power = double.PositiveInfinity };

    /// <summary>The power p, at least 1; infinity for the largest difference.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1 or NaN.</exception>
    public double Power { get; init => field = Require.InClosed(value, 1, double.PositiveInfinity); } = 2;
}
