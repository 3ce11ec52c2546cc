using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Randomness;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>A run of CMA-ES: samples a generation, ranks the answers, updates the distribution and looks whether it is the end.</summary>
internal sealed class CmaState : SolverState<double>
{
    private const double LargestCondition = 1e14;
    private const double LargestGrowth = 1e4;

    private readonly CmaSettings _settings;
    private readonly RandomKey _key;
    private readonly int _n, _lambda;
    private readonly BoxTransform? _box;
    private readonly IntegerMargin? _margin;
    private readonly Leader _leader;
    private readonly Ranking _ranking;
    private readonly FitnessHistory _history;
    private readonly double[] _z, _y, _ranked, _squares, _work;
    private long _samples;
    private EvolutionStop _stop;

    public CmaState(in CmaSettings settings, ProblemShape shape, ReadOnlySpan<double> start, RandomKey key)
        : base(new Query<double>(shape, Oracle.Value, settings.Population > 0 ? settings.Population : CmaStrategy.DefaultPopulation(shape.Dimension)))
    {
        _settings = settings;
        _key = key;
        _n = start.Length;
        _lambda = Query.Capacity;
        _box = BoxTransform.Of(settings.Bounds, _n);
        if (settings.Integers is not null)
            _margin = new IntegerMargin(settings.Integers.Mask(_n), new Box(settings.Bounds, _n), _lambda);
        var strategy = new CmaStrategy(_n, _lambda, settings.Active, settings.Separable);

        // A decomposition costs O(n^3): with this distance between two of them, that of Hansen's programs, it is O(n^2) a generation and C has hardly changed.
        long interval = Math.Max(1, (long)Math.Round(0.5 / (_n * (strategy.C1 + strategy.CMu))));
        double[] mean = start.ToArray();
        _box?.Unmap(start, mean);
        for (int i = 0; _margin is not null && i < _n; i++)
            mean[i] = _margin.IsInteger(i) ? start[i] : mean[i];
        Distribution = new CmaDistribution(strategy, settings.Separable ? new DiagonalCovariance(_n) : new FullCovariance(_n, interval), mean, settings.InitialStep);
        _leader = new Leader(start);
        _ranking = new Ranking(_lambda);
        _history = new FitnessHistory(_n, _lambda);
        _z = new double[_lambda * _n];
        _y = new double[_lambda * _n];
        _ranked = new double[_lambda * _n];
        _squares = new double[_lambda];
        _work = new double[_n];
        Ask();
    }

    /// <summary>The distribution.</summary>
    public CmaDistribution Distribution { get; }

    public override ReadOnlySpan<double> Point => _leader.Point;

    public override double Value => _leader.Value;

    public override double ValueChange => _leader.Change;

    public override string? Describe(StopReason reason) => reason switch
    {
        StopReason.NonFiniteStart => "The function is not finite at any point of the first generation.",
        StopReason.StepTolerance or StopReason.ValueTolerance or StopReason.NoProgress =>
            _stop.Describe(_settings.PointTolerance * _settings.InitialStep, _settings.ValueTolerance),
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

        ReadOnlySpan<int> order = _ranking.Order;
        for (int rank = 0; rank < _lambda; rank++)
        {
            // A point that isn't defined may repel but not attract.
            Span<double> row = _ranked.AsSpan(rank * _n, _n);
            ReadOnlySpan<double> z = _z.AsSpan(order[rank] * _n, _n);
            if (rank < _ranking.FiniteCount || rank >= _lambda / 2)
                _y.AsSpan(order[rank] * _n, _n).CopyTo(row);
            else
                row.Clear();
            _squares[rank] = Reduce.SumOfSquares(z);
        }

        Distribution.Update(_ranked, _squares, _margin is null ? default : _margin.Scale);
        _margin?.Correct(Distribution.Mean, Distribution.Sigma, Distribution.Covariance);
        _stop = Check();
        if (_stop != EvolutionStop.None)
            return Advance.Stop(_stop.Reason(), iterated: true);
        Ask();
        return Advance.Iteration;
    }

    private void Ask()
    {
        RandomFill.Normal(_key.Fold(_samples++), _z);
        Distribution.Covariance.Sample(_z, _y, _lambda);
        ReadOnlySpan<double> mean = Distribution.Mean;
        Query.Count = _lambda;
        for (int i = 0; i < _lambda; i++)
        {
            Span<double> point = Query.Point(i);
            ReadOnlySpan<double> y = _y.AsSpan(i * _n, _n);
            if (_margin is null)
            {
                Vectors.AddScaled(mean, Distribution.Sigma, y, point);
                _box?.Map(point, point);
                continue;
            }

            for (int j = 0; j < _n; j++)
                _work[j] = mean[j] + (Distribution.Sigma * _margin.Scale[j] * y[j]);
            _work.CopyTo(point);
            _box?.Map(_work, point);
            for (int j = 0; j < _n; j++)
                point[j] = _margin.IsInteger(j) ? _margin.Encode(j, _work[j]) : point[j];
        }
    }

    private EvolutionStop Check()
    {
        EvolutionStop stop = _history.Record(_ranking, _settings.ValueTolerance);
        if (stop != EvolutionStop.None)
            return stop;
        double sigma = Distribution.Sigma, tolerance = _settings.PointTolerance * _settings.InitialStep;
        CovarianceModel c = Distribution.Covariance;
        ReadOnlySpan<double> mean = Distribution.Mean, path = Distribution.Path;
        bool small = true;
        for (int i = 0; i < _n; i++)
        {
            double scale = _margin is null ? sigma : sigma * _margin.Scale[i], deviation = scale * Math.Sqrt(c.Variance(i));
            if (mean[i] == mean[i] + (0.2 * deviation))
                return EvolutionStop.NoEffectCoord;

            // The margin keeps integers from ever having small steps; they are settled when their neighbours are only drawn because of it.
            bool integer = _margin is not null && _margin.IsInteger(i);
            small &= integer ? sigma * Math.Sqrt(c.Variance(i)) < tolerance : deviation < tolerance && sigma * Math.Abs(path[i]) < tolerance;
        }

        if (small)
            return EvolutionStop.TolX;
        if (sigma * c.LongestAxis > LargestGrowth * _settings.InitialStep)
            return EvolutionStop.TolXUp;
        if (c.Condition > LargestCondition)
            return EvolutionStop.ConditionCov;
        if (_margin is null)
        {
            c.Axis((int)(Distribution.Generation % _n), _work);
            bool moves = false;
            for (int i = 0; i < _n && !moves; i++)
                moves = mean[i] != mean[i] + (0.1 * sigma * _work[i]);
            if (!moves)
                return EvolutionStop.NoEffectAxis;
        }

        return EvolutionStop.None;
    }

    public override void Persist(StateArchive archive)
    {
        archive.Transfer<double>(_z);
        archive.Transfer<double>(_y);
        archive.Transfer(ref _samples);
        archive.Transfer(ref _stop);
        archive.Transfer(Distribution);
        archive.Transfer(_leader);
        archive.Transfer(_history);
        if (_margin is not null)
            archive.Transfer(_margin);
    }
}
