using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// Success-history based adaptive differential evolution with linear population size reduction: searches widely with many members first and ends with four. The strongest of the
/// differential evolutions here when a budget of evaluations is given.
/// </summary>
/// <remarks>
/// <para>R. Tanabe and A. S. Fukunaga (2014), Improving the search performance of SHADE using linear population size reduction, CEC: trials by current-to-pbest/1 with an archive; F and CR are drawn around a
/// random place of a history of weighted Lehmer means of the successful ones. Population 18 n, p = 0.11, archive 2.6 times the population, 6 places, as in the paper.</para>
/// <para>The population has shrunk when <see cref="Budget"/> evaluations are spent; the run goes on with four members then, until it converges or meets its limits. The first population, repair of
/// bounds and convergence are those of <see cref="DifferentialEvolution"/>.</para>
/// </remarks>
[Algorithm("L-SHADE", "Differential evolution", "Tanabe, Fukunaga (2014), Improving the search performance of SHADE using linear population size reduction", Capabilities = "values, bounds")]
public sealed record Lshade : ISolver<double, IFunction<double>>, IBoundedSolver
{
    /// <summary>The first members, at least 4; 0 for 18 n, but at least 36. Default: 0.</summary>
    public int Population { get; init => field = value == 0 ? 0 : Require.AtLeast(value, 4); }

    /// <summary>The last members, at least 4 and at most the first. Default: 4.</summary>
    public int LastPopulation { get; init => field = Require.AtLeast(value, 4); } = 4;

    /// <summary>The evaluations over which the population shrinks; 0 for 10,000 n, as in the paper's contest. Give what the run may spend. Default: 0.</summary>
    public long Budget { get; init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(Budget), value, $"{nameof(Budget)} is {value} but must be at least 0."); }

    /// <summary>The places of the history. Default: 6.</summary>
    public int HistorySize { get; init => field = Require.Positive(value); } = 6;

    /// <summary>The part p of the population that counts as best. Default: 0.11.</summary>
    public double BestFraction { get; init => field = Require.InOpenClosed(value, 0, 1); } = 0.11;

    /// <summary>The archive's size relative to the population; 0 for none. Default: 2.6.</summary>
    public double ArchiveFraction { get; init => field = Require.NonNegative(value); } = 2.6;

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
        int population = Population > 0 ? Population : Math.Max(36, 18 * shape.Dimension);
        return new AdaptiveState(
            new AdaptiveSettings
            {
                UsesHistory = true,
                HistorySize = HistorySize,
                Population = population,
                LastPopulation = Math.Min(population, LastPopulation),
                Budget = Budget > 0 ? Budget : 10_000L * shape.Dimension,
                BestFraction = BestFraction,
                ArchiveFraction = ArchiveFraction,
                AdaptationRate = 0,
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
