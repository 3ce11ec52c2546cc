using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Dynamics;

/// <summary>A simulation of a jump process under way: everything of it that changes. It can be stopped, saved and loaded after any step and goes on to the same bits.</summary>
public abstract class JumpState : IPersistent
{
    private readonly long[] _counts;
    private readonly double[] _propensities;
    private readonly long _maxSteps;
    private RandomKey _key;
    private double _time;
    private double _end;
    private double _stop;
    private long _steps;
    private long _events;
    private long _leaps;
    private bool _known;
    private OdeStopReason _reason;

    private protected JumpState(ReactionNetwork network, double time, ReadOnlySpan<long> counts, double end, RandomKey key, long maxSteps)
    {
        Network = Require.NotNull(network);
        _counts = new long[network.Species.Length];
        _propensities = new double[network.Reactions.Length];
        _maxSteps = maxSteps;
        Begin(time, counts, end, key);
    }

    /// <summary>The reactions.</summary>
    public ReactionNetwork Network { get; }

    /// <summary>Where the simulation is.</summary>
    public double Time => _time;

    /// <summary>Where it ends.</summary>
    public double End => _end;

    /// <summary>The numbers of molecules at <see cref="Time"/>. The span is valid until the next step.</summary>
    public ReadOnlySpan<long> Counts => _counts;

    /// <summary>The reaction of the last step, from 0; -1 for a leap, or when nothing happened before the end.</summary>
    public int LastReaction { get; private set; } = -1;

    /// <summary>What was done so far.</summary>
    public JumpCounts Work => new(_steps, _events, _leaps);

    /// <summary>Why the simulation is over, or <see cref="OdeStopReason.None"/>.</summary>
    public OdeStopReason Reason => _reason;

    /// <summary>Why the simulation is over, in one sentence.</summary>
    public string Message => Describe(_reason);

    internal ReadOnlySpan<double> Propensities => _propensities;

    /// <summary>The random words of the run.</summary>
    private protected RandomStream Random;

    /// <summary>Simulates the next event or leap, or what is left of the time when nothing more happens.</summary>
    /// <returns>True when time has moved on; false when the simulation is over, with the reason in <see cref="Reason"/>.</returns>
    public bool Step()
    {
        if (_reason.Status() == RunStatus.Failed)
            return false;
        _reason = OdeStopReason.None;
        if (_time == _end)
            return Over(OdeStopReason.ReachedEnd);
        if (_steps >= _maxSteps)
            return Over(OdeStopReason.MaxSteps);
        if (!_known)
        {
            for (int j = 0; j < _propensities.Length; j++)
            {
                if (!Measure(j))
                    return Over(OdeStopReason.NonFinite);
            }

            _known = true;
            Prepare();
        }

        if (_time == _stop)
            _stop = _end;
        LastReaction = -1;
        if (!Advance(_stop))
            return Over(OdeStopReason.NonFinite);
        if (_time == _end)
            _reason = OdeStopReason.ReachedEnd;
        return true;
    }

    /// <summary>Steps to the end, one element for each step. Leaving the loop leaves the simulation where it is; another loop goes on from there.</summary>
    /// <param name="cancellationToken">Ends the enumeration between two steps; never throws.</param>
    public IEnumerable<JumpStep> Iterate(CancellationToken cancellationToken = default)
    {
        while (!cancellationToken.IsCancellationRequested && Step())
            yield return new JumpStep(_time, LastReaction);
    }

    /// <summary>Makes a step end exactly at a time on the way. An exact method's events stay what they are; a leap is cut short.</summary>
    /// <param name="time">The time, between where the simulation is and its end.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time lies outside.</exception>
    public void StopAt(double time) =>
        _stop = time >= _time && time <= _end ? time : throw new ArgumentOutOfRangeException(nameof(time), time, FormattableString.Invariant($"time is {time} but must lie between {_time} and the end {_end}."));

    /// <summary>Moves the end.</summary>
    /// <param name="end">The new end, not before the time that was reached.</param>
    /// <exception cref="ArgumentOutOfRangeException">The end lies before it or isn't finite.</exception>
    public void ContinueTo(double end)
    {
        if (!(end >= _time && double.IsFinite(end)))
            throw new ArgumentOutOfRangeException(nameof(end), end, FormattableString.Invariant($"end is {end} but must be finite and not before the time {_time}."));
        _end = _stop = end;
        if (_reason == OdeStopReason.ReachedEnd)
            _reason = OdeStopReason.None;
    }

    /// <summary>Begins again with other numbers and another key.</summary>
    /// <param name="time">Where the run starts.</param>
    /// <param name="counts">The numbers of molecules there, one for each species, at least 0.</param>
    /// <param name="end">Where it ends, not before the start.</param>
    /// <param name="key">The key of the run.</param>
    /// <exception cref="ArgumentException">A length differs, a count is negative, or a time isn't finite or in order.</exception>
    public void Restart(double time, ReadOnlySpan<long> counts, double end, RandomKey key) => Begin(time, counts, end, key);

    /// <inheritdoc/>
    public virtual void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Expect(_propensities.Length, "number of reactions");
        archive.Transfer<long>(_counts);
        archive.Transfer<double>(_propensities);
        archive.Transfer(ref _time);
        archive.Transfer(ref _end);
        archive.Transfer(ref _stop);
        archive.Transfer(ref _steps);
        archive.Transfer(ref _events);
        archive.Transfer(ref _leaps);
        archive.Transfer(ref _known);
        archive.Transfer(ref _reason);
        int last = LastReaction;
        archive.Transfer(ref last);
        LastReaction = last;
        archive.Transfer(ref _key);
        ulong position = Random.Position;
        archive.Transfer(ref position);
        if (!archive.IsLoading)
            return;
        Random = RandomStream.At(_key, position);
        foreach (long count in _counts)
        {
            if (count < 0)
                throw new CheckpointException("The saved state is damaged: a number of molecules is negative.");
        }
    }

    internal string Describe(OdeStopReason reason) => reason switch
    {
        OdeStopReason.None => FormattableString.Invariant($"The simulation is at t = {_time} on its way to {_end}."),
        OdeStopReason.ReachedEnd => FormattableString.Invariant($"The end t = {_end} was reached."),
        OdeStopReason.MaxSteps => FormattableString.Invariant($"The limit of {_maxSteps} steps was met at t = {_time}, before the end {_end}."),
        OdeStopReason.Cancelled => FormattableString.Invariant($"The caller cancelled at t = {_time}, before the end {_end}."),
        OdeStopReason.NonFinite => FormattableString.Invariant($"A propensity at t = {_time} is negative or not finite, or a reaction has used more than there is."),
        _ => reason.ToString(),
    };

    /// <summary>The propensities are known for the first time.</summary>
    private protected abstract void Prepare();

    /// <summary>Goes to the next event or over a leap, but not beyond the stop.</summary>
    /// <returns>False when a propensity isn't valid.</returns>
    private protected abstract bool Advance(double stop);

    /// <summary>Nothing happens up to a time.</summary>
    private protected void Wait(double time) => _time = time;

    /// <summary>Computes the propensity of a reaction anew.</summary>
    private protected bool Measure(int reaction)
    {
        double a = Network.Reactions[reaction].At(_counts);
        _propensities[reaction] = a;
        return a >= 0 && double.IsFinite(a);
    }

    /// <summary>One reaction happens; propensities aren't computed anew yet.</summary>
    /// <returns>False when there isn't enough of a species; then nothing has changed.</returns>
    private protected bool Fire(int reaction, double time)
    {
        (int Species, long By)[] changes = Network.Changes[reaction];
        foreach ((int species, long by) in changes)
        {
            if (_counts[species] + by < 0)
                return false;
        }

        foreach ((int species, long by) in changes)
            _counts[species] += by;
        _time = time;
        LastReaction = reaction;
        _steps++;
        _events++;
        return true;
    }

    /// <summary>Many reactions happen at once.</summary>
    private protected void Leap(ReadOnlySpan<long> counts, long events, double time)
    {
        counts.CopyTo(_counts);
        _time = time;
        _steps++;
        _leaps++;
        _events += events;
    }

    private void Begin(double time, ReadOnlySpan<long> counts, double end, RandomKey key)
    {
        Require.Length(counts.Length, _counts.Length, nameof(counts));
        for (int i = 0; i < counts.Length; i++)
        {
            if (counts[i] < 0)
                throw new ArgumentException(FormattableString.Invariant($"counts[{i}] is {counts[i]} but must be at least 0."), nameof(counts));
        }

        _time = Require.Finite(time, nameof(time));
        counts.CopyTo(_counts);
        _key = key;
        Random = key.Stream();
        _steps = _events = _leaps = 0;
        _known = false;
        _reason = OdeStopReason.None;
        LastReaction = -1;
        ContinueTo(end);
    }

    private bool Over(OdeStopReason reason)
    {
        _reason = reason;
        return false;
    }
}
