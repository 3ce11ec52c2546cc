using OptiCore.Persistence;
using OptiCore.Randomness;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// Separable natural evolution strategy: the natural gradient for a normal distribution with a standard deviation of its own for each coordinate. Linear in n, for many variables or
/// nearly separable functions.
/// </summary>
/// <remarks>
/// D. Wierstra, T. Schaul, T. Glasmachers, Y. Sun, J. Peters, J. Schmidhuber (2014), Natural evolution strategies, JMLR 15, 949-980, algorithm 6. With x = mu + sigma s and utilities u:
/// mu += eta_mu sigma sum u s, sigma *= exp(eta_sigma/2 sum u (s^2 - 1)), eta_mu = 1, eta_sigma = (3 + ln n)/(5 sqrt(n)). Bounds and criteria as in <see cref="Xnes"/>; compare <see cref="SeparableCmaEs"/>.
/// </remarks>
[Algorithm("SNES", "Evolution strategies", "Schaul, Glasmachers, Schmidhuber (2011), High dimensions and heavy tails for natural evolution strategies", Capabilities = "values, bounds, linear cost")]
public sealed record Snes : ISolver<double, IFunction<double>>, IBoundedSolver
{
    /// <summary>The first standard deviation of every coordinate. Default: 0.5.</summary>
    public double InitialStep { get; init => field = Require.Positive(value); } = 0.5;

    /// <summary>The points of a generation, at least 2; 0 for 4 + floor(3 ln n). Default: 0.</summary>
    public int Population { get; init => field = value == 0 ? 0 : Require.AtLeast(value, 2); }

    /// <summary>The rate of the mean, eta_mu. Default: 1.</summary>
    public double MeanRate { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The rate of the standard deviations, eta_sigma; 0 for (3 + ln n)/(5 sqrt(n)). Default: 0.</summary>
    public double ShapeRate { get; init => field = Require.NonNegative(value); }

    /// <summary>Converged when every standard deviation is below this times <see cref="InitialStep"/>. Default: 1e-12.</summary>
    public double PointTolerance { get; init => field = Require.NonNegative(value); } = 1e-12;

    /// <summary>Converged when the values of the last generations differ by less than this. Default: 1e-12.</summary>
    public double ValueTolerance { get; init => field = Require.NonNegative(value); } = 1e-12;

    /// <inheritdoc/>
    public Bounds? Bounds { get; init; }

    /// <summary>None: an evolution strategy has its own criteria.</summary>
    public StoppingRules Stopping => StoppingRules.Never;

    /// <inheritdoc/>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key) => new State(this, shape, start, key);

    private sealed class State : SolverState<double>
    {
        private readonly Snes _options;
        private readonly RandomKey _key;
        private readonly int _n, _lambda;
        private readonly double _shapeRate;
        private readonly double[] _utilities, _mean, _sigma, _s, _first, _second;
        private readonly BoxTransform? _box;
        private readonly Leader _leader;
        private readonly Ranking _ranking;
        private readonly FitnessHistory _history;
        private long _samples;
        private EvolutionStop _stop;

        public State(Snes options, ProblemShape shape, ReadOnlySpan<double> start, RandomKey key)
            : base(new Query<double>(shape, Oracle.Value, options.Population > 0 ? options.Population : CmaStrategy.DefaultPopulation(shape.Dimension)))
        {
            _options = options;
            _key = key;
            _n = start.Length;
            _lambda = Query.Capacity;
            _shapeRate = options.ShapeRate > 0 ? options.ShapeRate : (3 + Math.Log(_n)) / (5 * Math.Sqrt(_n));
            _utilities = NesRates.Utilities(_lambda);
            _box = BoxTransform.Of(options.Bounds, _n);
            _mean = start.ToArray();
            _box?.Unmap(start, _mean);
            _sigma = new double[_n];
            _sigma.AsSpan().Fill(options.InitialStep);
            _s = new double[_lambda * _n];
            _first = new double[_n];
            _second = new double[_n];
            _leader = new Leader(start);
            _ranking = new Ranking(_lambda);
            _history = new FitnessHistory(_n, _lambda);
            Ask();
        }

        public override ReadOnlySpan<double> Point => _leader.Point;

        public override double Value => _leader.Value;

        public override double ValueChange => _leader.Change;

        public override string? Describe(StopReason reason) => reason switch
        {
            StopReason.NonFiniteStart => "The function is not finite at any point of the first generation.",
            StopReason.StepTolerance or StopReason.ValueTolerance or StopReason.NoProgress =>
                _stop.Describe(_options.PointTolerance * _options.InitialStep, _options.ValueTolerance),
            _ => null,
        };

        public override Advance Tell()
        {
            _ranking.Rank(Query);
            if (!_leader.Follow(Query, _ranking))
            {
                Advance lost = _leader.Lost();
                if (lost.Reason == StopReason.None)
                    Ask();
                return lost;
            }

            _first.AsSpan().Clear();
            _second.AsSpan().Clear();
            for (int rank = 0; rank < _lambda; rank++)
            {
                // A point that isn't defined may repel but not attract.
                ReadOnlySpan<double> s = _s.AsSpan(_ranking.Order[rank] * _n, _n);
                double u = rank < _ranking.FiniteCount ? _utilities[rank] : Math.Min(0, _utilities[rank]);
                for (int j = 0; j < _n; j++)
                {
                    _first[j] += u * s[j];
                    _second[j] += u * ((s[j] * s[j]) - 1);
                }
            }

            for (int j = 0; j < _n; j++)
            {
                _mean[j] += _options.MeanRate * _sigma[j] * _first[j];
                _sigma[j] *= Math.Exp(_shapeRate / 2 * _second[j]);
            }

            _stop = Check();
            if (_stop != EvolutionStop.None)
                return Advance.Stop(_stop.Reason(), iterated: true);
            Ask();
            return Advance.Iteration;
        }

        private void Ask()
        {
            RandomFill.Normal(_key.Fold(_samples++), _s);
            Query.Count = _lambda;
            for (int i = 0; i < _lambda; i++)
            {
                Span<double> point = Query.Point(i);
                for (int j = 0; j < _n; j++)
                    point[j] = _mean[j] + (_sigma[j] * _s[(i * _n) + j]);
                _box?.Map(point, point);
            }
        }

        private EvolutionStop Check()
        {
            EvolutionStop stop = _history.Record(_ranking, _options.ValueTolerance);
            if (stop != EvolutionStop.None)
                return stop;
            bool small = true, large = false;
            for (int i = 0; i < _n; i++)
            {
                if (_mean[i] == _mean[i] + (0.2 * _sigma[i]))
                    return EvolutionStop.NoEffectCoord;
                small &= _sigma[i] < _options.PointTolerance * _options.InitialStep;
                large |= _sigma[i] > 1e4 * _options.InitialStep;
            }

            return small ? EvolutionStop.TolX : large ? EvolutionStop.TolXUp : EvolutionStop.None;
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_mean);
            archive.Transfer<double>(_sigma);
            archive.Transfer<double>(_s);
            archive.Transfer(ref _samples);
            archive.Transfer(ref _stop);
            archive.Transfer(_leader);
            archive.Transfer(_history);
        }
    }
}
