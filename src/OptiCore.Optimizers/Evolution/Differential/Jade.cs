using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// Adaptive differential evolution with an archive: trials by current-to-pbest/1, whose factor F and crossover rate CR are drawn around means that follow the successful ones.
/// </summary>
/// <remarks>
/// J. Zhang and A. C. Sanderson (2009), JADE: adaptive differential evolution with optional external archive, IEEE Trans. Evol. Comput. 13, 945-958, with p = 0.05, c = 0.1 and an
/// archive as large as the population. The first population, repair of bounds and convergence are those of <see cref="DifferentialEvolution"/>. <see cref="Lshade"/> is its successor.
/// </remarks>
[Algorithm("JADE", "Differential evolution", "Zhang, Sanderson (2009), JADE: adaptive differential evolution with optional external archive", Capabilities = "values, bounds")]
public sealed record Jade : ISolver<double, IFunction<double>>, IBoundedSolver
{
    /// <summary>The members, at least 4; 0 for 5 n, but at least 30, as small as in the paper. Default: 0.</summary>
    public int Population { get; init => field = value == 0 ? 0 : Require.AtLeast(value, 4); }

    /// <summary>The part p of the population that counts as best. Default: 0.05.</summary>
    public double BestFraction { get; init => field = Require.InOpenClosed(value, 0, 1); } = 0.05;

    /// <summary>The rate c at which the means follow the successes. Default: 0.1.</summary>
    public double AdaptationRate { get; init => field = Require.InClosed(value, 0, 1); } = 0.1;

    /// <summary>The archive's size relative to the population; 0 for none. Default: 1.</summary>
    public double ArchiveFraction { get; init => field = Require.NonNegative(value); } = 1;

    /// <summary>The half-width of the first population around the start, in variables without bounds. Default: 2.</summary>
    public double InitialSpread { get; init => field = Require.Positive(value); } = 2;

    /// <summary>Converged when no member is further from the best, in any coordinate, than this times max(1, |x|), and the values agree. Default: 1e-6.</summary>
    public double PointTolerance { get; init => field = Require.Positive(value); } = 1e-6;

    /// <summary>Converged when the values differ by no more than this times max(1, |f|), and the points agree. Default: 1e-10.</summary>
    public double ValueTolerance { get; init => field = Require.Positive(value); } = 1e-10;

    /// <inheritdoc/>
    public Bounds? Bounds { get; init; }

    /// <summary>None: a population has its own criteria.</summary>
    public StoppingRules Stopping => StoppingRules.Never;

    /// <inheritdoc/>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key)
    {
        int population = Population > 0 ? Population : Math.Max(30, 5 * shape.Dimension);
        return new AdaptiveState(
            new AdaptiveSettings
            {
                UsesHistory = false,
                HistorySize = 1,
                Population = population,
                LastPopulation = population,
                Budget = long.MaxValue,
                BestFraction = BestFraction,
                ArchiveFraction = ArchiveFraction,
                AdaptationRate = AdaptationRate,
                InitialSpread = InitialSpread,
                PointTolerance = PointTolerance,
                ValueTolerance = ValueTolerance,
                Bounds = Bounds,
            },
            shape,
            start,
            key);
    }
}
