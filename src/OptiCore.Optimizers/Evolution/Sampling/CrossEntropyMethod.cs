using System.Globalization;
using OptiCore.Persistence;
using OptiCore.Randomness;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// The cross-entropy method: fits a normal distribution with independent coordinates to the best part of its own samples, again and again. Simple and robust to noise; used much in control
/// and planning.
/// </summary>
/// <remarks>
/// <para>D. P. Kroese, S. Porotsky, R. Y. Rubinstein (2006), The cross-entropy method for continuous multi-extremal optimization, Methodol. Comput. Appl. Probab. 8, 383-407. With mean m and deviation s of the elite:
/// mu := alpha m + (1 - alpha) mu, and with dynamic smoothing sigma := beta_t s + (1 - beta_t) sigma, beta_t = beta - beta (1 - 1/t)^q, which keeps the distribution from degenerating too soon.</para>
/// <para>Asks for a whole generation at once; O(n) a point beside the function. Doesn't learn correlations: prefer <see cref="CmaEs"/> for minima to many digits. Converged when every deviation is
/// below <see cref="PointTolerance"/>. Bounds as in <see cref="CmaEs"/>.</para>
/// </remarks>
[Algorithm("Cross-entropy method", "Random search", "Kroese, Porotsky, Rubinstein (2006), The cross-entropy method for continuous multi-extremal optimization", Capabilities = "values, bounds")]
public sealed record CrossEntropyMethod : ISolver<double, IFunction<double>>, IBoundedSolver
{
    /// <summary>The points of a generation; 0 for 20 n, but at least 100. Default: 0.</summary>
    public int Population { get; init => field = value == 0 ? 0 : Require.AtLeast(value, 2); }

    /// <summary>The part of a generation that is the elite; at least two points are. Default: 0.1.</summary>
    public double EliteFraction { get; init => field = Require.InOpenClosed(value, 0, 1); } = 0.1;

    /// <summary>The first standard deviation of every coordinate. Default: 2.</summary>
    public double InitialStep { get; init => field = Require.Positive(value); } = 2;

    /// <summary>The smoothing alpha of the mean. Default: 0.8.</summary>
    public double MeanSmoothing { get; init => field = Require.InOpenClosed(value, 0, 1); } = 0.8;

    /// <summary>The smoothing beta of the deviation. Default: 0.7.</summary>
    public double DeviationSmoothing { get; init => field = Require.InOpenClosed(value, 0, 1); } = 0.7;

    /// <summary>The exponent q of dynamic smoothing, 5 to 10 in the paper; 0 for the constant beta. Default: 5.</summary>
    public double SmoothingExponent { get; init => field = Require.NonNegative(value); } = 5;

    /// <summary>Converged when every deviation is below this. Default: 1e-6.</summary>
    public double PointTolerance { get; init => field = Require.Positive(value); } = 1e-6;

    /// <inheritdoc/>
    public Bounds? Bounds { get; init; }

    /// <summary>None: the distribution has a criterion of its own.</summary>
    public StoppingRules Stopping => StoppingRules.Never;

    /// <inheritdoc/>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key) => new State(this, shape, start, key);

    private sealed class State : SolverState<double>
    {
        private readonly CrossEntropyMethod _options;
        private readonly RandomKey _key;
        private readonly int _n, _count, _elite;
        private readonly double[] _mean, _deviation, _x;
        private readonly BoxTransform? _box;
        private readonly Leader _leader;
        private readonly Ranking _ranking;
        private long _samples, _generation;

        public State(CrossEntropyMethod options, ProblemShape shape, ReadOnlySpan<double> start, RandomKey key)
            : base(new Query<double>(shape, Oracle.Value, options.Population > 0 ? options.Population : Math.Max(100, 20 * shape.Dimension)))
        {
            _options = options;
            _key = key;
            _n = start.Length;
            _count = Query.Capacity;
            _elite = Math.Clamp((int)Math.Round(options.EliteFraction * _count), 2, _count);
            _box = BoxTransform.Of(options.Bounds, _n);
            _mean = start.ToArray();
            _box?.Unmap(start, _mean);
            _deviation = new double[_n];
            _deviation.AsSpan().Fill(options.InitialStep);
            _x = new double[_count * _n];
            _leader = new Leader(start);
            _ranking = new Ranking(_count);
            Ask();
        }

        public override ReadOnlySpan<double> Point => _leader.Point;

        public override double Value => _leader.Value;

        public override double ValueChange => _leader.Change;

        public override string? Describe(StopReason reason) => reason switch
        {
            StopReason.StepTolerance => string.Create(CultureInfo.InvariantCulture, $"The standard deviation in every coordinate is below {_options.PointTolerance:g3}."),
            StopReason.NonFiniteStart => "The function is not finite at any point of the first generation.",
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

            // A point that isn't defined is never one of the elite; a single one says nothing of the spread.
            _generation++;
            int elite = Math.Min(_elite, _ranking.FiniteCount);
            double beta = _options.DeviationSmoothing * (_options.SmoothingExponent == 0 ? 1 : 1 - Math.Pow(1 - (1.0 / _generation), _options.SmoothingExponent));
            double largest = 0;
            for (int j = 0; j < _n; j++)
            {
                double mean = 0, square = 0;
                for (int k = 0; k < elite; k++)
                    mean += _x[(_ranking.Order[k] * _n) + j] / elite;
                for (int k = 0; k < elite; k++)
                {
                    double d = _x[(_ranking.Order[k] * _n) + j] - mean;
                    square += d * d / elite;
                }

                _mean[j] = (_options.MeanSmoothing * mean) + ((1 - _options.MeanSmoothing) * _mean[j]);
                if (elite > 1)
                    _deviation[j] = (beta * Math.Sqrt(square)) + ((1 - beta) * _deviation[j]);
                largest = Math.Max(largest, _deviation[j]);
            }

            if (largest < _options.PointTolerance)
                return Advance.Stop(StopReason.StepTolerance, iterated: true);
            Ask();
            return Advance.Iteration;
        }

        private void Ask()
        {
            RandomFill.Normal(_key.Fold(_samples++), _x);
            for (int i = 0; i < _x.Length; i++)
                _x[i] = _mean[i % _n] + (_deviation[i % _n] * _x[i]);
            Query.Count = _count;
            for (int i = 0; i < _count; i++)
            {
                _x.AsSpan(i * _n, _n).CopyTo(Query.Point(i));
                _box?.Map(Query.Point(i), Query.Point(i));
            }
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_mean);
            archive.Transfer<double>(_deviation);
            archive.Transfer<double>(_x);
            archive.Transfer(ref _samples);
            archive.Transfer(ref _generation);
            archive.Transfer(_leader);
        }
    }
}
