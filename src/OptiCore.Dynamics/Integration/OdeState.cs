using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Dynamics;

/// <summary>
/// An integration under way: everything of it that changes. <see cref="Step"/> takes one step; between the last two times
/// <see cref="Interpolate"/> gives the solution anywhere. It can be saved and loaded after any step and goes on to the same bits.
/// </summary>
/// <remarks>A step is taken completely or not at all: when the system throws, the state is where it was, and may be stepped again.</remarks>
public sealed partial class OdeState : IPersistent
{
    // A step that is shorter than this many spacings of floating-point numbers at t can't be told from rounding.
    private const double SmallestStepInSpacings = 10;

    // What is left after a step may be this much longer than the step and still be its last, so that rounding leaves no sliver.
    private const double LastStepStretch = 1 + 1e-9;

    private readonly OdeMethod _method;
    private readonly OdeVectors _vectors;
    private readonly OdeStepper _stepper;

    private double _time;
    private double _previousTime;
    private double _interpolated;
    private double _step;
    private double _lastError;
    private long _accepted;
    private long _rejected;
    private bool _hasStep;
    private bool _hasDense;
    private bool _afterRejection;
    private OdeStopReason _reason;

    internal OdeState(OdeMethod method, IOdeSystem system, double time, ReadOnlySpan<double> state, double end, ReadOnlySpan<OdeEvent> events)
    {
        _method = method;
        _vectors = new OdeVectors(method, system.Dimension);
        _events = events.ToArray();
        foreach (OdeEvent item in _events)
            ArgumentNullException.ThrowIfNull(item, nameof(events));
        _eventValues = new double[_events.Length];
        _newEventValues = new double[_events.Length];
        _lastChanges = new double[_events.Length];
        _hits = new OdeEventHit[_events.Length];
        _stepper = method.CreateStepper(system, _vectors);
        ContinueTo(end);
        Restart(time, state);
    }

    /// <summary>The number n of state variables.</summary>
    public int Dimension => _vectors.Dimension;

    /// <summary>Where the integration is.</summary>
    public double Time => _time;

    /// <summary>The state at <see cref="Time"/>, n elements; always finite. The span is valid until the next step.</summary>
    public ReadOnlySpan<double> State => _vectors.Point.AsSpan(0, Dimension);

    /// <summary>Where the last step began.</summary>
    public double PreviousTime => _previousTime;

    /// <summary>Where the integration ends; see <see cref="ContinueTo"/>.</summary>
    public double End { get; private set; }

    /// <summary>The size that the next step will have if nothing limits it; 0 before the first.</summary>
    public double NextStep => _step;

    /// <summary>Why the integration is over, or <see cref="OdeStopReason.None"/>.</summary>
    public OdeStopReason Reason => _reason;

    /// <summary>Why the integration is over, in one sentence.</summary>
    public string Message => Describe(_reason);

    /// <summary>The method that takes the next step: the one that was started, or the active one of those that it switches between.</summary>
    public OdeMethod CurrentMethod => _stepper.ActiveMethod;

    /// <summary>What it has cost so far.</summary>
    public OdeCounts Counts => new(_stepper.Evaluations, _accepted, _rejected, _stepper.JacobianEvaluations, _stepper.Factorizations);

    /// <summary>The events of the last step, in the order in which they happened. The span is valid until the next step.</summary>
    public ReadOnlySpan<OdeEventHit> StepEvents => _hits.AsSpan(0, _hitCount);

    /// <summary>Takes one step; tries shorter ones until one is within the tolerance.</summary>
    /// <returns>True when a step was taken; false when the integration is over, with the reason in <see cref="Reason"/>.</returns>
    public bool Step()
    {
        if (_reason == OdeStopReason.TerminalEvent || _reason.Status() == RunStatus.Failed)
            return false;
        _reason = OdeStopReason.None;
        if (_time == End)
            return Over(OdeStopReason.ReachedEnd);
        if (_accepted + _rejected >= _method.MaxSteps)
            return Over(OdeStopReason.MaxSteps);
        _hasDense = false;
        _hitCount = 0;
        if (!_stepper.Prepare(_time))
            return Over(OdeStopReason.NonFiniteStart);
        if (!_hasStep)
        {
            MeasureEvents(_time, _vectors.Point, _eventValues);
            _step = _method.StepSize ?? _method.InitialStep ?? _stepper.ChooseStep(_time, End - _time);
            _hasStep = true;
        }

        bool adaptive = _method.StepSize is null;
        while (true)
        {
            double size = Math.Min(_step, _method.MaxStep);
            double remaining = End - _time;
            bool last = Math.Abs(remaining) <= size * LastStepStretch;
            double newTime = last ? End : _time + Math.CopySign(size, remaining);
            double h = newTime - _time;
            if (h == 0)
                return Over(OdeStopReason.StepTooSmall);
            double error = _stepper.Try(_time, h, newTime);
            if (error <= 1)
            {
                LocateEvents(h, newTime);
                double next = size * _stepper.NextFactor(h, error, _afterRejection);
                Commit(h, newTime, error);

                // A step that was cut short to meet the end says nothing against the size that was planned here.
                if (adaptive && _hasStep)
                    _step = last ? Math.Max(next, _step) : next;
                _afterRejection = false;
                if (_reason == OdeStopReason.None && _time == End)
                    _reason = OdeStopReason.ReachedEnd;
                return true;
            }

            _rejected++;
            _afterRejection = true;
            OdeStopReason failure = double.IsNaN(error) ? OdeStopReason.NonFinite : double.IsInfinity(error) ? OdeStopReason.NoConvergence : OdeStopReason.StepTooSmall;
            if (!adaptive)
                return Over(failure);
            _step = Math.Abs(h) * _stepper.RetryFactor(error);
            if (_step <= SmallestStep(_time))
                return Over(failure);
            if (_accepted + _rejected >= _method.MaxSteps)
                return Over(OdeStopReason.MaxSteps);
        }
    }

    /// <summary>Steps to the end, one element for each step. Leaving the loop leaves the integration where it is; another loop goes on from there.</summary>
    /// <param name="cancellationToken">Ends the enumeration between two steps; never throws.</param>
    public IEnumerable<OdeStep> Iterate(CancellationToken cancellationToken = default)
    {
        while (!cancellationToken.IsCancellationRequested && Step())
            yield return new OdeStep(_previousTime, _time, _lastError, _hitCount);
    }

    /// <summary>Writes the solution at a time within the last step: the dense output of the method.</summary>
    /// <param name="time">The time, from <see cref="PreviousTime"/> to <see cref="Time"/>.</param>
    /// <param name="destination">Receives n elements.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time isn't within the last step, or there is none.</exception>
    /// <remarks>Cost: one pass over the stages. Methods of high order compute their additional stages once a step, when this is first called for it.</remarks>
    public void Interpolate(double time, Span<double> destination)
    {
        Require.Length(destination.Length, Dimension, nameof(destination));
        bool inside = _time >= _previousTime ? time >= _previousTime && time <= _time : time <= _previousTime && time >= _time;
        if (time == _time)
        {
            State.CopyTo(destination);
            return;
        }

        if (!_hasDense || !inside)
        {
            throw new ArgumentOutOfRangeException(nameof(time), time, _hasDense
                ? FormattableString.Invariant($"time is {time} but must lie within the last step, from {_previousTime} to {_time}.")
                : FormattableString.Invariant($"time is {time} but there is no last step to interpolate: only time = {_time} is known."));
        }

        Within(time, destination);
    }

    /// <summary>The last step's solution, before what an event changed at its end.</summary>
    internal void Within(double time, Span<double> destination)
    {
        _stepper.Dense((time - _previousTime) / _interpolated, _vectors.Previous, _vectors.Scratch);
        _vectors.Scratch.AsSpan(0, Dimension).CopyTo(destination);
    }

    /// <summary>Goes on from another point, for example behind an impact. The end, the events and the counts stay.</summary>
    /// <param name="time">The time to go on from.</param>
    /// <param name="state">The state there, n finite elements.</param>
    /// <exception cref="ArgumentException">The length differs, or a number isn't finite.</exception>
    public void Restart(double time, ReadOnlySpan<double> state)
    {
        Require.Length(state.Length, Dimension, nameof(state));
        Require.AllFinite(state, nameof(state));
        _time = _previousTime = Require.Finite(time, nameof(time));
        state.CopyTo(_vectors.Point);
        _stepper.Forget();
        _hasStep = _hasDense = _afterRejection = false;
        _step = 0;
        _lastError = 0;
        _hitCount = 0;
        _lastChanges.AsSpan().Fill(double.NaN);
        _reason = OdeStopReason.None;
    }

    /// <summary>Moves the end. A reached end is left for the new one; the new one may lie on the other side, which turns the integration around.</summary>
    /// <param name="end">The new end.</param>
    /// <exception cref="ArgumentOutOfRangeException">The end is NaN or infinite.</exception>
    public void ContinueTo(double end)
    {
        End = Require.Finite(end, nameof(end));
        if (_reason == OdeStopReason.ReachedEnd)
            _reason = OdeStopReason.None;
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Expect(Dimension, "dimension");
        archive.Transfer<double>(_vectors.Point);
        archive.Transfer<double>(_vectors.Previous);
        archive.Transfer(ref _time);
        archive.Transfer(ref _previousTime);
        archive.Transfer(ref _interpolated);
        archive.Transfer(ref _step);
        archive.Transfer(ref _lastError);
        archive.Transfer(ref _accepted);
        archive.Transfer(ref _rejected);
        archive.Transfer(ref _hasStep);
        archive.Transfer(ref _hasDense);
        archive.Transfer(ref _afterRejection);
        archive.Transfer(ref _reason);
        archive.Transfer<double>(_eventValues);
        archive.Transfer<double>(_lastChanges);
        archive.Transfer(ref _hitCount);
        foreach (ref OdeEventHit hit in _hits.AsSpan())
        {
            (int index, double time) = hit;
            archive.Transfer(ref index);
            archive.Transfer(ref time);
            hit = new OdeEventHit(index, time);
        }

        bool damaged = _hitCount < 0 || _hitCount > _hits.Length || (_hitCount == 0 && _reason == OdeStopReason.TerminalEvent);
        if (archive.IsLoading && damaged)
            throw new CheckpointException("The saved state is damaged: its events are numbered impossibly.");
        _stepper.Persist(archive);

        // The end belongs to the caller: a state that was saved at its end may be loaded to go further.
        if (_reason == OdeStopReason.ReachedEnd && _time != End)
            _reason = OdeStopReason.None;
    }

    internal static double SmallestStep(double time) => SmallestStepInSpacings * (Math.BitIncrement(Math.Abs(time)) - Math.Abs(time));

    internal string Describe(OdeStopReason reason) => reason switch
    {
        OdeStopReason.None => FormattableString.Invariant($"The integration is at t = {_time} on its way to {End}."),
        OdeStopReason.ReachedEnd => FormattableString.Invariant($"The end t = {End} was reached."),
        OdeStopReason.TerminalEvent => FormattableString.Invariant($"Event {_hits[_hitCount - 1].Index} ended the integration at t = {_time}."),
        OdeStopReason.MaxSteps => FormattableString.Invariant($"The limit of {_method.MaxSteps} steps was met at t = {_time}, before the end {End}."),
        OdeStopReason.Cancelled => FormattableString.Invariant($"The caller cancelled at t = {_time}, before the end {End}."),
        OdeStopReason.NonFiniteStart => FormattableString.Invariant($"The derivative is not finite at t = {_time}."),
        OdeStopReason.NonFinite => FormattableString.Invariant($"States or derivatives behind t = {_time} are not finite, with a step of {_step:g3} too."),
        OdeStopReason.StepTooSmall => FormattableString.Invariant($"The tolerance cannot be met at t = {_time}: the step fell to {_step:g3}, the spacing of floating-point numbers there."),
        OdeStopReason.NoConvergence => FormattableString.Invariant($"The equations of a step at t = {_time} have no solution that the method finds, with a step of {_step:g3} too."),
        OdeStopReason.EventsAccumulate => FormattableString.Invariant($"An event happens again and again at t = {_time}, without time going on: its change leaves the state where it happens."),
        _ => reason.ToString(),
    };

    private void Commit(double h, double newTime, double error)
    {
        _vectors.Accept();
        _previousTime = _time;
        _interpolated = h;
        _time = newTime;
        _lastError = error;
        _accepted++;
        _hasDense = true;
        _stepper.Accept(h, error);
        CommitEvents();
    }

    private bool Over(OdeStopReason reason)
    {
        _reason = reason;
        return false;
    }
}
