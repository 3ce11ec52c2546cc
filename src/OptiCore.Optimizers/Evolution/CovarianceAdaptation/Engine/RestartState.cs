using OptiCore.Persistence;
using OptiCore.Randomness;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>What a restart begins with.</summary>
/// <param name="Population">The points of a generation.</param>
/// <param name="Step">The first standard deviation.</param>
/// <param name="Evaluations">The most points that the run may ask for.</param>
internal readonly record struct Restart(int Population, double Step, long Evaluations);

/// <summary>Decides how a run of CMA-ES that has ended is followed by the next.</summary>
internal interface IRestartPolicy : IPersistent
{
    /// <summary>The next run.</summary>
    /// <param name="key">The randomness of this decision.</param>
    /// <param name="ended">The run that has ended.</param>
    /// <param name="evaluations">The points that it asked for.</param>
    /// <param name="next">Receives the next run.</param>
    /// <returns>False when there is none.</returns>
    bool TryNext(RandomKey key, Restart ended, long evaluations, out Restart next);
}

/// <summary>Runs of CMA-ES one after the other. The run inside asks; its questions are passed on.</summary>
internal sealed class RestartState : SolverState<double>
{
    private readonly CmaEs _options;
    private readonly Bounds? _startBox;
    private readonly IRestartPolicy _policy;
    private readonly RandomKey _key;
    private readonly double[] _start, _from;
    private SolverState<double> _inner;
    private Restart _restart;
    private int _number;
    private long _evaluations;

    // The best value of this run, the best of all runs that have ended, and how that one ended: its end is that of the whole.
    private double _runValue = double.PositiveInfinity, _bestValue = double.PositiveInfinity;
    private StopReason _bestReason;

    public RestartState(CmaEs options, Bounds? startBox, IRestartPolicy policy, ProblemShape shape, ReadOnlySpan<double> start, RandomKey key)
        : base(new Query<double>(shape, Oracle.Value, First(options, shape)))
    {
        _options = options;
        _startBox = startBox ?? (options.Bounds is { AreFinite: true } bounds ? bounds : null);
        _policy = policy;
        _key = key;
        _start = start.ToArray();
        _from = start.ToArray();
        _restart = new Restart(First(options, shape), options.InitialStep, long.MaxValue);
        _inner = Begin();
        PassOn();
    }

    public override ReadOnlySpan<double> Point => _inner.Point;

    public override double Value => _inner.Value;

    public override double ValueChange => _inner.ValueChange;

    public override string? Describe(StopReason reason) => reason switch
    {
        StopReason.StepTolerance or StopReason.ValueTolerance => "All restarts are done, and the best run had converged.",
        StopReason.NoProgress => "All restarts are done, but the best run had not converged.",
        _ => _inner.Describe(reason),
    };

    public override Advance Tell()
    {
        Query.Values.CopyTo(_inner.Query.Values);
        _inner.Query.Complete();
        _evaluations += Query.Count;
        Advance advance = _inner.Tell();
        _runValue = Math.Min(_runValue, double.IsNaN(_inner.Value) ? double.PositiveInfinity : _inner.Value);
        bool spent = _evaluations + _inner.Query.Count > _restart.Evaluations;
        if (advance.Reason == StopReason.None && !spent)
        {
            PassOn();
            return advance;
        }

        // A function that is nowhere defined any more doesn't get better by starting anew.
        if (advance.Reason is StopReason.NonFiniteStart or StopReason.NonFinite)
            return Advance.Stop(_number == 0 ? advance.Reason : StopReason.NonFinite, advance.IsIteration);
        if (_runValue < _bestValue || _number == 0)
        {
            _bestValue = _runValue;
            _bestReason = advance.Reason == StopReason.None ? StopReason.NoProgress : advance.Reason;
        }

        if (!_policy.TryNext(_key.Fold("policy").Fold(_number), _restart, _evaluations, out Restart next))
            return Advance.Stop(_bestReason, advance.IsIteration);
        _runValue = double.PositiveInfinity;
        _restart = next;
        _number++;
        _evaluations = 0;
        Place();
        _inner = Begin();
        PassOn();
        return advance.IsIteration ? Advance.Iteration : Advance.Continue;
    }

    public override void Persist(StateArchive archive)
    {
        archive.Transfer(ref _number);
        (int population, double step, long evaluations) = _restart;
        archive.Transfer(ref population);
        archive.Transfer(ref step);
        archive.Transfer(ref evaluations);
        _restart = new Restart(population, step, evaluations);
        archive.Transfer(ref _evaluations);
        archive.Transfer(ref _runValue);
        archive.Transfer(ref _bestValue);
        archive.Transfer(ref _bestReason);
        archive.Transfer<double>(_from);
        if (archive.IsLoading)
            _inner = Begin();
        archive.Transfer(_inner.Query);
        archive.Transfer(_inner);
        archive.Transfer(_policy);
    }

    private static int First(CmaEs options, ProblemShape shape) => options.Population > 0 ? options.Population : CmaStrategy.DefaultPopulation(shape.Dimension);

    /// <summary>Where the next run starts: anywhere in the box, or where the first did.</summary>
    private void Place()
    {
        if (_startBox is null)
        {
            _start.CopyTo(_from, 0);
            return;
        }

        RandomFill.Uniform(_key.Fold("start").Fold(_number), _from);
        for (int i = 0; i < _from.Length; i++)
        {
            double low = _startBox.Lower(i), high = _startBox.Upper(i);
            _from[i] = Math.Clamp(low + ((high - low) * _from[i]), low, high);
        }
    }

    private SolverState<double> Begin() =>
        (_options with { Population = _restart.Population, InitialStep = _restart.Step }).Start(Query.Shape, _from, _key.Fold(_number));

    private void PassOn()
    {
        Query.EnsureCapacity(_inner.Query.Count);
        Query.Count = _inner.Query.Count;
        _inner.Query.Points.CopyTo(Query.Points);
    }
}
