using OptiCore.Randomness;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// The points of Sobol's sequence, scrambled by the run's key, one batch after the other: a random search without the clusters and gaps of independent points. For a first look at a function, or as many workers as there are points.
/// </summary>
/// <remarks>
/// I. M. Sobol' (1967), On the distribution of points in a cube and the approximate evaluation of integrals; as a search I. M. Sobol' (1979), On the systematic search in a hypercube, SIAM J.
/// Numer. Anal. 16, 790-793. The dispersion of the first 2^m points, how far any point of the box can be from all of them, falls as 2^(-m/n) up to logarithms. The start takes the place of the first point. Up to
/// 2^32 points in up to 21,201 variables. There is no criterion of convergence: the run ends by its limits.
/// </remarks>
[Algorithm("Sobol search", "Random search", "Sobol' (1979), On the systematic search in a hypercube", Capabilities = "values, finite bounds")]
public sealed record SobolSearch : ISolver<double, IFunction<double>>, IBoundedSolver
{
    /// <summary>The points asked for at once; powers of 2 keep the net. Default: 64.</summary>
    public int Batch { get; init => field = Require.Positive(value); } = 64;

    /// <summary>Whether the sequence is scrambled by the run's key; otherwise it is the same in every run. Default: on.</summary>
    public bool Scramble { get; init; } = true;

    /// <summary>The box that is searched; finite.</summary>
    public required Bounds Bounds { get; init => field = Require.NotNull(value, nameof(Bounds)); }

    /// <inheritdoc/>
    Bounds? IBoundedSolver.Bounds => Bounds;

    /// <summary>None: the run ends by its limits.</summary>
    public StoppingRules Stopping => StoppingRules.Never;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A bound is infinite.</exception>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key) => new BoxSearchState(
        Box.Finite(Bounds, shape.Dimension, nameof(SobolSearch)), new Sobol(shape.Dimension, Scramble ? key : null), Batch, shape, start, key);
}
