using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// CMA-ES with two kinds of restarts that share the budget: with populations that double, for functions with a global structure, and with small ones of random size and small first
/// steps, for functions where every minimum has to be visited. A good first choice for functions with several minima of which nothing is known.
/// </summary>
/// <remarks>
/// <para>N. Hansen (2009), Benchmarking a BI-population CMA-ES on the BBOB-2009 function testbed, GECCO. After the first run and the first large one, the kind that has used fewer evaluations so far comes next. Large: the population is
/// lambda_l = 2^k lambda with the step sigma_0. Small: floor(lambda (lambda_l/(2 lambda))^(u^2)) points and the step sigma_0 10^(-2 v) with u, v uniform in [0, 1], for at most half of the
/// evaluations of the last large run.</para>
/// <para>Starts and ends as <see cref="IpopCmaEs"/>; <see cref="MaxRestarts"/> counts the large ones.</para>
/// </remarks>
[Algorithm("BIPOP-CMA-ES", "Evolution strategies", "Hansen (2009), Benchmarking a BI-population CMA-ES on the BBOB-2009 function testbed", Capabilities = "values, bounds, restarts")]
public sealed record BipopCmaEs : ISolver<double, IFunction<double>>, IBoundedSolver
{
    /// <summary>The strategy of each run; its population is that of the first.</summary>
    public CmaEs Inner { get; init => field = Require.NotNull(value, nameof(Inner)); } = new();

    /// <summary>The number of restarts with a larger population. Default: 9.</summary>
    public int MaxRestarts { get; init => field = Require.NonNegative(value); } = 9;

    /// <summary>Where restarts begin; finite. Default: null, the bounds or the start.</summary>
    public Bounds? StartBox { get; init => field = value is null or { AreFinite: true } ? value : throw new ArgumentOutOfRangeException(nameof(StartBox), value, $"{nameof(StartBox)} must be finite."); }

    /// <inheritdoc/>
    public Bounds? Bounds => Inner.Bounds;

    /// <summary>None: an evolution strategy has its own criteria.</summary>
    public StoppingRules Stopping => StoppingRules.Never;

    /// <inheritdoc/>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key) =>
        new RestartState(Inner, StartBox, new Policy(this), shape, start, key);

    private sealed class Policy(BipopCmaEs options) : IRestartPolicy
    {
        private int _first, _largest, _large;
        private long _largeEvaluations, _smallEvaluations, _lastLarge;
        private bool _isSmall;

        public bool TryNext(RandomKey key, Restart ended, long evaluations, out Restart next)
        {
            // The first run belongs to neither kind.
            if (_first == 0)
            {
                _first = ended.Population;
                _largest = ended.Population;
            }
            else if (_isSmall)
            {
                _smallEvaluations += evaluations;
            }
            else
            {
                _largeEvaluations += evaluations;
                _lastLarge = evaluations;
            }

            _isSmall = _large > 0 && _smallEvaluations < _largeEvaluations;
            if (_isSmall)
            {
                RandomStream stream = key.Stream();
                double u = stream.NextDouble(), v = stream.NextDouble();
                int population = (int)(_first * Math.Pow(_largest / (2.0 * _first), u * u));
                next = new Restart(Math.Max(2, population), options.Inner.InitialStep * Math.Pow(10, -2 * v), Math.Max(population, _lastLarge / 2));
                return true;
            }

            _largest = checked(_largest * 2);
            next = new Restart(_largest, options.Inner.InitialStep, long.MaxValue);
            return _large++ < options.MaxRestarts;
        }

        public void Persist(StateArchive archive)
        {
            archive.Transfer(ref _first);
            archive.Transfer(ref _largest);
            archive.Transfer(ref _large);
            archive.Transfer(ref _largeEvaluations);
            archive.Transfer(ref _smallEvaluations);
            archive.Transfer(ref _lastLarge);
            archive.Transfer(ref _isSmall);
        }
    }
}
