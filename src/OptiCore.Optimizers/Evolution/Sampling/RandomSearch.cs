using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// Pure random search: independent uniform points of a box, of which the best is kept. The yardstick of every other method, and hard to beat where a few of many variables matter.
/// </summary>
/// <remarks>
/// R. L. Anderson (1953), Recent advances in finding best operating conditions, J. Am. Stat. Assoc. 48, 789-798; for hyperparameters J. Bergstra and Y. Bengio (2012), Random search for
/// hyper-parameter optimization, JMLR 13, 281-305. After N points the best lies within the best part q of the box with probability 1 - (1 - q)^N. There is no criterion of convergence: the run ends
/// by its limits. <see cref="SobolSearch"/> covers the box more evenly.
/// </remarks>
[Algorithm("Random search", "Random search", "Anderson (1953), Recent advances in finding best operating conditions", Capabilities = "values, finite bounds")]
public sealed record RandomSearch : ISolver<double, IFunction<double>>, IBoundedSolver
{
    /// <summary>The points asked for at once. Default: 64.</summary>
    public int Batch { get; init => field = Require.Positive(value); } = 64;

    /// <summary>The box that is searched; finite.</summary>
    public required Bounds Bounds { get; init => field = Require.NotNull(value, nameof(Bounds)); }

    /// <inheritdoc/>
    Bounds? IBoundedSolver.Bounds => Bounds;

    /// <summary>None: the run ends by its limits.</summary>
    public StoppingRules Stopping => StoppingRules.Never;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A bound is infinite.</exception>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key) =>
        new BoxSearchState(Box.Finite(Bounds, shape.Dimension, nameof(RandomSearch)), null, Batch, shape, start, key);
}
