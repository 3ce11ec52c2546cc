using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Randomness;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// The limited-memory matrix adaptation evolution strategy: in place of a covariance matrix it holds m = O(log n) direction vectors, each an average of the search over another length of time,
/// and a sample is stretched along them. For thousands of variables and more that depend on each other; time and memory are O(n log n) a point.
/// </summary>
/// <remarks>
/// <para>I. Loshchilov, T. Glasmachers, H.-G. Beyer (2019), Large scale black-box optimization by limited-memory matrix adaptation, IEEE Trans. Evol. Comput. 23, 353-358. With
/// d = z, d := (1 - c_d,i) d + c_d,i m_i (m_i' d) for each vector i that has been learnt, samples are x = y + sigma d; m_i := (1 - c_c,i) m_i + sqrt(mu_w c_c,i (2 - c_c,i)) sum w_j z_j, with
/// c_d,i = 1.5^(1-i)/n and c_c,i = lambda 4^(1-i)/n, and c_sigma = 2 lambda/n. The paper means n far above lambda; for smaller n the rates c_sigma and c_c are kept at most 1/2, a choice.</para>
/// <para>It replaces LM-CMA (Loshchilov 2014) by its author's later and simpler method. Below some hundred variables prefer <see cref="CmaEs"/>. Bounds as there, of its criteria those that need no
/// matrix.</para>
/// </remarks>
[Algorithm("LM-MA-ES", "Evolution strategies", "Loshchilov, Glasmachers, Beyer (2019), Large scale black-box optimization by limited-memory matrix adaptation", Capabilities = "values, bounds, large scale")]
public sealed record LmMaEs : ISolver<double, IFunction<double>>, IBoundedSolver
{
    /// <summary>The first standard deviation of every coordinate. Default: 0.5.</summary>
    public double InitialStep { get; init => field = Require.Positive(value); } = 0.5;

    /// <summary>The points of a generation, at least 2; 0 for 4 + floor(3 ln n). Default: 0.</summary>
    public int Population { get; init => field = value == 0 ? 0 : Require.AtLeast(value, 2); }

    /// <summary>The direction vectors; 0 for 4 + floor(3 ln n). Default: 0.</summary>
    public int Memory { get; init => field = Require.NonNegative(value); }

    /// <summary>Converged when the step size is below this times <see cref="InitialStep"/>. Default: 1e-12.</summary>
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
        private const double LargestRate = 0.5;

        private readonly LmMaEs _options;
        private readonly RandomKey _key;
        private readonly int _n, _lambda, _memory;
        private readonly double _sigmaRate, _muEff;
        private readonly double[] _weights, _shrinkRates, _pathRates, _mean, _sigmaPath, _directions, _z, _d, _step, _noise;
        private readonly BoxTransform? _box;
        private readonly Leader _leader;
        private readonly Ranking _ranking;
        private readonly FitnessHistory _history;
        private double _sigma;
        private long _samples, _generation;
        private EvolutionStop _stop;

        public State(LmMaEs options, ProblemShape shape, ReadOnlySpan<double> start, RandomKey key)
            : base(new Query<double>(shape, Oracle.Value, options.Population > 0 ? options.Population : CmaStrategy.DefaultPopulation(shape.Dimension)))
        {
            _options = options;
            _key = key;
            _n = start.Length;
            _lambda = Query.Capacity;
            _memory = options.Memory > 0 ? options.Memory : CmaStrategy.DefaultPopulation(_n);
            int mu = _lambda / 2;
            _weights = new double[mu];
            double sum = 0, squares = 0;
            for (int i = 0; i < mu; i++)
            {
                _weights[i] = Math.Log(mu + 0.5) - Math.Log(i + 1);
                sum += _weights[i];
            }

            foreach (ref double w in _weights.AsSpan())
            {
                w /= sum;
                squares += w * w;
            }

            _muEff = 1 / squares;
            _sigmaRate = Math.Min(LargestRate, 2.0 * _lambda / _n);
            _shrinkRates = new double[_memory];
            _pathRates = new double[_memory];
            for (int i = 0; i < _memory; i++)
            {
                _shrinkRates[i] = Math.Pow(1.5, -i) / _n;
                _pathRates[i] = Math.Min(LargestRate, _lambda * Math.Pow(4, -i) / _n);
            }

            _box = BoxTransform.Of(options.Bounds, _n);
            _mean = start.ToArray();
            _box?.Unmap(start, _mean);
            _sigma = options.InitialStep;
            _sigmaPath = new double[_n];
            _directions = new double[_memory * _n];
            _z = new double[_lambda * _n];
            _d = new double[_lambda * _n];
            _step = new double[_n];
            _noise = new double[_n];
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

            _generation++;
            _step.AsSpan().Clear();
            _noise.AsSpan().Clear();
            for (int rank = 0; rank < Math.Min(_weights.Length, _ranking.FiniteCount); rank++)
            {
                int i = _ranking.Order[rank];
                Vectors.AddScaled(_step, _weights[rank], _d.AsSpan(i * _n, _n), _step);
                Vectors.AddScaled(_noise, _weights[rank], _z.AsSpan(i * _n, _n), _noise);
            }

            Vectors.AddScaled(_mean, _sigma, _step, _mean);
            Accumulate(_sigmaPath, _sigmaRate);
            for (int i = 0; i < _memory; i++)
                Accumulate(_directions.AsSpan(i * _n, _n), _pathRates[i]);
            double square = Reduce.SumOfSquares<double>(_sigmaPath);
            _sigma *= Math.Exp(Math.Min(1, _sigmaRate / 2 * ((square / _n) - 1)));

            _stop = Check();
            if (_stop != EvolutionStop.None)
                return Advance.Stop(_stop.Reason(), iterated: true);
            Ask();
            return Advance.Iteration;
        }

        private void Accumulate(Span<double> path, double rate)
        {
            Vectors.Scale(1 - rate, path, path);
            Vectors.AddScaled(path, Math.Sqrt(_muEff * rate * (2 - rate)), _noise, path);
        }

        private void Ask()
        {
            RandomFill.Normal(_key.Fold(_samples++), _z);
            _z.CopyTo(_d, 0);
            int learnt = (int)Math.Min(_generation, _memory);
            Query.Count = _lambda;
            for (int k = 0; k < _lambda; k++)
            {
                Span<double> d = _d.AsSpan(k * _n, _n), point = Query.Point(k);
                for (int i = 0; i < learnt; i++)
                {
                    ReadOnlySpan<double> direction = _directions.AsSpan(i * _n, _n);
                    double along = Reduce.Dot(direction, d);
                    Vectors.Scale(1 - _shrinkRates[i], d, d);
                    Vectors.AddScaled(d, _shrinkRates[i] * along, direction, d);
                }

                Vectors.AddScaled(_mean, _sigma, d, point);
                _box?.Map(point, point);
            }
        }

        private EvolutionStop Check()
        {
            EvolutionStop stop = _history.Record(_ranking, _options.ValueTolerance);
            if (stop != EvolutionStop.None)
                return stop;
            if (_sigma < _options.PointTolerance * _options.InitialStep)
                return EvolutionStop.TolX;
            for (int i = 0; i < _n; i++)
            {
                if (_mean[i] == _mean[i] + (0.2 * _sigma))
                    return EvolutionStop.NoEffectCoord;
            }

            return _sigma > 1e4 * _options.InitialStep ? EvolutionStop.TolXUp : EvolutionStop.None;
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_mean);
            archive.Transfer<double>(_sigmaPath);
            archive.Transfer<double>(_directions);
            archive.Transfer<double>(_z);
            archive.Transfer<double>(_d);
            archive.Transfer(ref _sigma);
            archive.Transfer(ref _samples);
            archive.Transfer(ref _generation);
            archive.Transfer(ref _stop);
            archive.Transfer(_leader);
            archive.Transfer(_history);
        }
    }
}
