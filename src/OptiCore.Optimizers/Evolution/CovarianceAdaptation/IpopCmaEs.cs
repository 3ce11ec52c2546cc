using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>CMA-ES that starts again, with a population twice as large, whenever it has ended: for functions with several minima, above all those with a global structure.</summary>
/// <remarks>
/// A. Auger and N. Hansen (2005), A restart CMA evolution strategy with increasing population size, CEC. A restart begins at a uniform point of <see cref="StartBox"/>, or of the bounds where
/// these are finite, else where the first run did. It ends by the run's limits or its target, or as converged after <see cref="MaxRestarts"/>. Each restart allocates its population. See also <see cref="BipopCmaEs"/>.
/// </remarks>
[Algorithm("IPOP-CMA-ES", "Evolution strategies", "Auger, Hansen (2005), A restart CMA evolution strategy with increasing population size", Capabilities = "values, bounds, restarts")]
public sealed record IpopCmaEs : ISolver<double, IFunction<double>>, IBoundedSolver
{
    /// <summary>The strategy of each run; its population is that of the first.</summary>
    public CmaEs Inner { get; init => field = Require.NotNull(value, nameof(Inner)); } = new();

    /// <summary>The number of restarts. Default: 9.</summary>
    public int MaxRestarts { get; init => field = Require.NonNegative(value); } = 9;

    /// <summary>How many times larger each population is than the one before. Default: 2, as in the paper.</summary>
    public int PopulationFactor { get; init => field = Require.Positive(value); } = 2;

    /// <summary>Where restarts begin; finite. Default: null, the bounds or the start.</summary>
    public Bounds? StartBox { get; init => field = value is null or { AreFinite: true } ? value : throw new ArgumentOutOfRangeException(nameof(StartBox), value, $"{nameof(StartBox)} must be finite."); }

    /// <inheritdoc/>
    public Bounds? Bounds => Inner.Bounds;

    /// <summary>None: an evolution strategy has its own criteria.</summary>
    public StoppingRules Stopping => StoppingRules.Never;

    /// <inheritdoc/>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key) =>
        new RestartState(Inner, StartBox, new Policy(this), shape, start, key);

    private sealed class Policy(IpopCmaEs options) : IRestartPolicy
    {
        private int _restarts;

        public bool TryNext(RandomKey key, Restart ended, long evaluations, out Restart next)
        {
            next = ended with { Population = checked(ended.Population * options.PopulationFactor) };
            return _restarts++ < options.MaxRestarts;
        }

        public void Persist(StateArchive archive) => archive.Transfer(ref _restarts);
    }
}
