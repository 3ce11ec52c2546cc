using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>What the options of the strategies that share <see cref="EvolutionState"/> have in common.</summary>
/// <param name="Population">The points of a generation; 0 for the default.</param>
/// <param name="InitialStep">The first standard deviation.</param>
/// <param name="PointTolerance">The standard deviation of convergence, relative to the first one.</param>
/// <param name="ValueTolerance">The range of values of convergence.</param>
/// <param name="Bounds">The bounds of the points, or null.</param>
internal readonly record struct EvolutionSettings(int Population, double InitialStep, double PointTolerance, double ValueTolerance, Bounds? Bounds)
{
    /// <summary>The points of a generation for so many variables.</summary>
    public int PopulationFor(int dimension) => Population > 0 ? Population : CmaStrategy.DefaultPopulation(dimension);
}

/// <summary>What distinguishes the evolution strategies that share <see cref="EvolutionState"/>: how their distribution is drawn from and what it learns.</summary>
internal interface ISearchDistribution : IPersistent
{
    /// <summary>The mean, in the coordinates without bounds; the run writes the start into it.</summary>
    Span<double> Mean { get; }

    /// <summary>The standard deviation of a coordinate.</summary>
    double Deviation(int i);

    /// <summary>Draws a generation into the points of the question, in the coordinates without bounds.</summary>
    void Sample(RandomKey key, Query<double> query);

    /// <summary>Learns from the generation drawn last, of which a point was finite at least. False if nothing more can be learnt.</summary>
    bool Learn(Ranking ranking);
}

/// <summary>A run of an evolution strategy: draws a generation, ranks the answers, lets the distribution learn and looks whether it is the end.</summary>
internal sealed class EvolutionState : SolverState<double>
{
    private const double LargestGrowth = 1e4;

    private readonly ISearchDistribution _distribution;
    private readonly EvolutionSettings _settings;
    private readonly RandomKey _key;
    private readonly BoxTransform? _box;
    private readonly Leader _leader;
    private readonly Ranking _ranking;
    private readonly FitnessHistory _history;
    private long _samples;
    private EvolutionStop _stop;

    public EvolutionState(ISearchDistribution distribution, in EvolutionSettings settings, ProblemShape shape, ReadOnlySpan<double> start, RandomKey key)
        : base(new Query<double>(shape, Oracle.Value, settings.PopulationFor(shape.Dimension)))
    {
        _distribution = distribution;
        _settings = settings;
        _key = key;
        _box = BoxTransform.Of(settings.Bounds, start.Length);
        start.CopyTo(distribution.Mean);
        _box?.Unmap(start, distribution.Mean);
        _leader = new Leader(start);
        _ranking = new Ranking(Query.Capacity);
        _history = new FitnessHistory(start.Length, Query.Capacity);
        Ask();
    }

    private double SmallestDeviation => _settings.PointTolerance * _settings.InitialStep;

    public override ReadOnlySpan<double> Point => _leader.Point;

    public override double Value => _leader.Value;

    public override double ValueChange => _leader.Change;

    public override string? Describe(StopReason reason) => reason switch
    {
        StopReason.NonFiniteStart => "The function is not finite at any point of the first generation.",
        StopReason.StepTolerance or StopReason.ValueTolerance or StopReason.NoProgress => _stop.Describe(SmallestDeviation, _settings.ValueTolerance),
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

        if (!_distribution.Learn(_ranking))
            return Advance.Stop(StopReason.NoProgress);
        _stop = Check();
        if (_stop != EvolutionStop.None)
            return Advance.Stop(_stop.Reason(), iterated: true);
        Ask();
        return Advance.Iteration;
    }

    private void Ask()
    {
        Query.Count = Query.Capacity;
        _distribution.Sample(_key.Fold(_samples++), Query);
        for (int i = 0; _box is not null && i < Query.Count; i++)
            _box.Map(Query.Point(i), Query.Point(i));
    }

    private EvolutionStop Check()
    {
        EvolutionStop stop = _history.Record(_ranking, _settings.ValueTolerance);
        if (stop != EvolutionStop.None)
            return stop;
        ReadOnlySpan<double> mean = _distribution.Mean;
        double largest = 0;
        for (int i = 0; i < mean.Length; i++)
        {
            double deviation = _distribution.Deviation(i);
            if (mean[i] == mean[i] + (0.2 * deviation))
                return EvolutionStop.NoEffectCoord;
            largest = Math.Max(largest, deviation);
        }

        return largest < SmallestDeviation ? EvolutionStop.TolX : largest > LargestGrowth * _settings.InitialStep ? EvolutionStop.TolXUp : EvolutionStop.None;
    }

    public override void Persist(StateArchive archive)
    {
        archive.Transfer(_distribution);
        archive.Transfer(ref _samples);
        archive.Transfer(ref _stop);
        archive.Transfer(_leader);
        archive.Transfer(_history);
    }
}
