using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Dynamics;

/// <summary>
/// An integration under way: everything of it that changes. <see cref="Step"/> takes one step; between the last two times
/// <see cref="Interpolate"/> gives the solution anywhere. It can be saved and loaded after any step and goes on to the same bits.
/// </summary>
/// <remarks>A step is taken completely or not at all: when the system throws, the state is where it was, and may be stepped again.</remarks>
public sealed partial class RungeKuttaState : IPersistent
{
    // A step that is shorter than this many spacings of floating-point numbers at t can't be told from rounding.
    private const double SmallestStepInSpacings = 10;

    // What is left after a step may be this much longer than the step and still be its last, so that rounding leaves no sliver.
    private const double LastStepStretch = 1 + 1e-9;

    // The smallest error that is remembered: one lucky step doesn't count for more. Hairer, Nørsett and Wanner's DOPRI5 has the same.
    private const double SmallestRememberedError = 1e-4;

    private readonly ExplicitRungeKutta _method;
    private readonly ButcherTableau _tableau;
    private readonly IOdeSystem _system;
    private readonly int _n;
    private readonly int _endStage;
    private readonly double _exponent;

    // The stages one after the other, each padded; the last holds f at the step's end. _offset says where each lies, so that rotating copies nothing.
    private readonly double[] _k;
    private readonly int[] _offset;
    private readonly double[] _denseCoefficients;
    private readonly int[] _denseStages;
    private double[] _y;
    private double[] _previous;
    private double[] _trial;
    private readonly double[] _scratch;

    private double _time;
    private double _previousTime;
    private double _interpolated;
    private double _step;
    private double _error1 = 1;
    private double _error2 = 1;
    private double _lastError;
    private long _evaluations;
    private long _accepted;
    private long _rejected;
    private bool _hasStep;
    private bool _hasDerivative;
    private bool _hasDense;
    private bool _afterRejection;
    private OdeStopReason _reason;

    internal RungeKuttaState(ExplicitRungeKutta method, IOdeSystem system, double time, ReadOnlySpan<double> state, double end, ReadOnlySpan<OdeEvent> events)
    {
        _method = method;
        _tableau = method.Tableau;
        _system = system;
        _n = system.Dimension;
        _endStage = _tableau.IsFirstSameAsLast ? _tableau.StageCount - 1 : _tableau.StageCount;
        _exponent = 1.0 / (Math.Min(_tableau.Order, _tableau.EmbeddedOrder) + 1);
        int padded = StageKernels.Padded(_n);
        _k = new double[checked(padded * (_endStage + 1))];
        _offset = new int[_endStage + 1];
        _denseStages = new int[_endStage + 1];
        for (int i = 0; i < _offset.Length; i++)
        {
            _offset[i] = i * padded;
            _denseStages[i] = i;
        }

        _denseCoefficients = new double[_endStage + 1];
        _y = new double[padded];
        _previous = new double[padded];
        _trial = new double[padded];
        _scratch = new double[padded];
        _events = events.ToArray();
        foreach (OdeEvent item in _events)
            ArgumentNullException.ThrowIfNull(item, nameof(events));
        _eventValues = new double[_events.Length];
        _newEventValues = new double[_events.Length];
        _hits = new OdeEventHit[_events.Length];
        ContinueTo(end);
        Restart(time, state);
    }

    /// <summary>The number n of state variables.</summary>
    public int Dimension => _n;

    /// <summary>Where the integration is.</summary>
    public double Time => _time;

    /// <summary>The state at <see cref="Time"/>, n elements; always finite. The span is valid until the next step.</summary>
    public ReadOnlySpan<double> State => _y.AsSpan(0, _n);

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

    /// <summary>What it has cost so far.</summary>
    public OdeCounts Counts => new(_evaluations, _accepted, _rejected);

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
        if (!Prepare())
            return Over(OdeStopReason.NonFiniteStart);

        bool adaptive = _method.FixedStep is null;
        while (true)
        {
            double size = Math.Min(_step, _method.MaxStep);
            double remaining = End - _time;
            bool last = Math.Abs(remaining) <= size * LastStepStretch;
            double newTime = last ? End : _time + Math.CopySign(size, remaining);
            double h = newTime - _time;
            if (h == 0)
                return Over(OdeStopReason.StepTooSmall);
            double error = Try(h, newTime);
            if (error <= 1)
            {
                Commit(h, newTime, error);
                double factor = Factor(error);
                double next = size * (_afterRejection ? Math.Min(factor, 1) : factor);

                // A step that was cut short to meet the end says nothing against the size that was planned here.
                if (adaptive)
                    _step = last ? Math.Max(next, _step) : next;
                _afterRejection = false;
                _error2 = _error1;
                _error1 = Math.Max(error, SmallestRememberedError);
                if (_reason == OdeStopReason.None && _time == End)
                    _reason = OdeStopReason.ReachedEnd;
                return true;
            }

            _rejected++;
            _afterRejection = true;
            bool finite = !double.IsNaN(error);
            OdeStopReason failure = finite ? OdeStopReason.StepTooSmall : OdeStopReason.NonFinite;
            if (!adaptive)
                return Over(failure);
            _step = Math.Abs(h) * (finite ? Math.Max(_method.MinFactor, _method.Safety * Math.Pow(error, -_exponent)) : _method.MinFactor);
            if (_step <= SmallestStep)
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
    /// <remarks>Cost: one pass over the stages, no evaluation.</remarks>
    public void Interpolate(double time, Span<double> destination)
    {
        Require.Length(destination.Length, _n, nameof(destination));
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

        Dense((time - _previousTime) / _interpolated, _interpolated, _previous);
        _scratch.AsSpan(0, _n).CopyTo(destination);
    }

    /// <summary>Goes on from another point, for example behind an impact. The end, the events and the counts stay.</summary>
    /// <param name="time">The time to go on from.</param>
    /// <param name="state">The state there, n finite elements.</param>
    /// <exception cref="ArgumentException">The length differs, or a number isn't finite.</exception>
    public void Restart(double time, ReadOnlySpan<double> state)
    {
        Require.Length(state.Length, _n, nameof(state));
        Require.AllFinite(state, nameof(state));
        _time = _previousTime = Require.Finite(time, nameof(time));
        state.CopyTo(_y);
        _hasStep = _hasDerivative = _hasDense = _afterRejection = false;
        _step = 0;
        _error1 = _error2 = 1;
        _lastError = 0;
        _hitCount = 0;
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
        archive.Expect(_n, "dimension");
        archive.Expect(_tableau.StageCount, "number of stages");
        archive.Transfer<double>(_k);
        archive.Transfer<int>(_offset);
        archive.Transfer<double>(_y);
        archive.Transfer<double>(_previous);
        archive.Transfer(ref _time);
        archive.Transfer(ref _previousTime);
        archive.Transfer(ref _interpolated);
        archive.Transfer(ref _step);
        archive.Transfer(ref _error1);
        archive.Transfer(ref _error2);
        archive.Transfer(ref _lastError);
        archive.Transfer(ref _evaluations);
        archive.Transfer(ref _accepted);
        archive.Transfer(ref _rejected);
        archive.Transfer(ref _hasStep);
        archive.Transfer(ref _hasDerivative);
        archive.Transfer(ref _hasDense);
        archive.Transfer(ref _afterRejection);
        archive.Transfer(ref _reason);
        archive.Transfer<double>(_eventValues);
        archive.Transfer(ref _hitCount);
        foreach (ref OdeEventHit hit in _hits.AsSpan())
        {
            (int index, double time) = hit;
            archive.Transfer(ref index);
            archive.Transfer(ref time);
            hit = new OdeEventHit(index, time);
        }

        if (archive.IsLoading && !IsConsistent())
            throw new CheckpointException("The saved state is damaged: its stages or events are numbered impossibly.");

        // The end belongs to the caller: a state that was saved at its end may be loaded to go further.
        if (_reason == OdeStopReason.ReachedEnd && _time != End)
            _reason = OdeStopReason.None;
    }

    private double SmallestStep => SmallestStepInSpacings * (Math.BitIncrement(Math.Abs(_time)) - Math.Abs(_time));

    /// <summary>The kernels trust the offsets, so that those from outside are looked at: stages lie in order, but for the first and the last.</summary>
    private bool IsConsistent()
    {
        int padded = _y.Length;
        for (int i = 0; i < _offset.Length; i++)
        {
            bool swapped = (i == 0 || i == _endStage) && _offset[0] != 0;
            if (_offset[i] != (swapped ? _endStage - i : i) * padded)
                return false;
        }

        return _hitCount >= 0 && _hitCount <= _hits.Length && (_hitCount > 0 || _reason != OdeStopReason.TerminalEvent);
    }

    internal string Describe(OdeStopReason reason) => reason switch
    {
        OdeStopReason.None => FormattableString.Invariant($"The integration is at t = {_time} on its way to {End}."),
        OdeStopReason.ReachedEnd => FormattableString.Invariant($"The end t = {End} was reached."),
        OdeStopReason.TerminalEvent => FormattableString.Invariant($"Event {_hits[_hitCount - 1].Index} ended the integration at t = {_time}."),
        OdeStopReason.MaxSteps => FormattableString.Invariant($"The limit of {_method.MaxSteps} steps was met at t = {_time}, before the end {End}."),
        OdeStopReason.Cancelled => FormattableString.Invariant($"The caller cancelled at t = {_time}, before the end {End}."),
        OdeStopReason.NonFiniteStart => FormattableString.Invariant($"The derivative is not finite at the start, t = {_time}."),
        OdeStopReason.NonFinite => FormattableString.Invariant($"States or derivatives behind t = {_time} are not finite, with a step of {_step:g3} too."),
        OdeStopReason.StepTooSmall => FormattableString.Invariant($"The tolerance cannot be met at t = {_time}: the step fell to {_step:g3}, the spacing of floating-point numbers there."),
        _ => reason.ToString(),
    };

    /// <summary>Sees to it that stage 0 is f(t, y) and that there is a step size.</summary>
    private bool Prepare()
    {
        if (_hasDense && !_hasDerivative)
        {
            (_offset[0], _offset[_endStage]) = (_offset[_endStage], _offset[0]);
            _hasDerivative = true;
        }

        _hasDense = false;
        _hitCount = 0;
        if (!_hasDerivative)
        {
            if (!Evaluate(_time, _y, 0))
                return false;
            _hasDerivative = true;
        }

        if (!_hasStep)
        {
            MeasureEvents(_time, _y, _eventValues);
            _step = _method.FixedStep ?? _method.InitialStep ?? ChooseInitialStep();
            _hasStep = true;
        }

        return true;
    }

    /// <summary>Computes the stages, the new point and its derivative, and locates events. Changes nothing but buffers.</summary>
    /// <returns>The error norm; NaN when something wasn't finite.</returns>
    private double Try(double h, double newTime)
    {
        for (int i = 1; i < _tableau.StageCount; i++)
        {
            StageTerms terms = _tableau.StageTerms[i];
            double c = _tableau.Nodes[i];
            if (!StageKernels.Combine(_n, _trial, _y, h, terms.Coefficients, terms.Stages, _offset, _k)
                || !Evaluate(c == 1 ? newTime : _time + (c * h), _trial, i))
            {
                return double.NaN;
            }
        }

        if (!_tableau.IsFirstSameAsLast)
        {
            StageTerms terms = _tableau.SolutionTerms;
            if (!StageKernels.Combine(_n, _trial, _y, h, terms.Coefficients, terms.Stages, _offset, _k))
                return double.NaN;
        }

        double error = 0;
        if (_method.FixedStep is null)
        {
            StageTerms terms = _tableau.ErrorTerms;
            error = StageKernels.ErrorNorm(
                _n, _y, _trial, h, _method.AbsoluteTolerance, _method.RelativeTolerance, terms.Coefficients, terms.Stages, _offset, _k);
            if (!(error <= 1))
                return double.IsNaN(error) ? double.PositiveInfinity : error;
        }

        if (!_tableau.IsFirstSameAsLast && !Evaluate(newTime, _trial, _endStage))
            return double.NaN;
        LocateEvents(h, newTime);
        return error;
    }

    private void Commit(double h, double newTime, double error)
    {
        (_previous, _y, _trial) = (_y, _trial, _previous);
        _previousTime = _time;
        _interpolated = h;
        _time = newTime;
        _lastError = error;
        _accepted++;
        _hasDense = true;
        _hasDerivative = false;
        CommitEvents();
    }

    private double Factor(double error)
    {
        StepController controller = _method.Controller;
        double factor = _method.Safety * Math.Pow(error, -controller.Beta1 * _exponent);
        if (controller.Beta2 != 0)
            factor *= Math.Pow(_error1, -controller.Beta2 * _exponent);
        if (controller.Beta3 != 0)
            factor *= Math.Pow(_error2, -controller.Beta3 * _exponent);
        return double.IsNaN(factor) ? _method.MaxFactor : Math.Clamp(factor, _method.MinFactor, _method.MaxFactor);
    }

    private bool Evaluate(double t, double[] y, int stage)
    {
        Span<double> dy = _k.AsSpan(_offset[stage], _n);
        _evaluations++;
        _system.Derivative(t, y.AsSpan(0, _n), dy);
        return StageKernels.AllFinite(dy);
    }

    /// <summary>Hairer, Nørsett and Wanner (1993), section II.4, "starting step size": an explicit Euler step estimates the second derivative.</summary>
    private double ChooseInitialStep()
    {
        double distance = End - _time;
        double limit = Math.Min(Math.Abs(distance), _method.MaxStep);
        double d0 = ScaledNorm(_y, 0, null, 0), d1 = ScaledNorm(_k, _offset[0], null, 0);
        double h0 = Math.Min(d0 < 1e-5 || d1 < 1e-5 ? 1e-6 : 0.01 * (d0 / d1), limit);
        double signed = Math.CopySign(h0, distance);
        if (!StageKernels.Combine(_n, _trial, _y, signed, [1.0], [0], _offset, _k) || !Evaluate(_time + signed, _trial, 1))
            return Math.Max(h0 * _method.MinFactor, SmallestStep);
        double d2 = ScaledNorm(_k, _offset[1], _k, _offset[0]) / h0;
        double steepest = Math.Max(d1, d2);
        double h1 = steepest <= 1e-15 ? Math.Max(1e-6, h0 * 1e-3) : Math.Pow(0.01 / steepest, _exponent);
        double chosen = Math.Min(Math.Min(100 * h0, h1), limit);

        // Not shorter than time can resolve; also where a huge derivative has made the norms overflow.
        return chosen >= SmallestStep ? chosen : SmallestStep;
    }

    /// <summary>The root mean square of (values - subtracted) over the tolerance at the current state.</summary>
    private double ScaledNorm(double[] values, int at, double[]? subtracted, int subtractedAt)
    {
        double sum = 0;
        for (int i = 0; i < _n; i++)
        {
            double value = values[at + i] - (subtracted is null ? 0 : subtracted[subtractedAt + i]);
            double ratio = value / (_method.AbsoluteTolerance + (_method.RelativeTolerance * Math.Abs(_y[i])));
            sum += ratio * ratio;
        }

        return Math.Sqrt(sum / _n);
    }

    /// <summary>Writes the solution at from + theta h into the scratch buffer; see <see cref="ButcherTableau"/> for the polynomial.</summary>
    private void Dense(double theta, double h, double[] from)
    {
        double rest = 1 - theta;
        ReadOnlySpan<double> quartic = _tableau.DenseWeights.Span;
        for (int i = 0; i < _tableau.StageCount; i++)
            _denseCoefficients[i] = theta * theta * (((3 - (2 * theta)) * _tableau.Weights[i]) + (quartic.IsEmpty ? 0 : rest * rest * quartic[i]));
        if (!_tableau.IsFirstSameAsLast)
            _denseCoefficients[_endStage] = 0;
        _denseCoefficients[0] += theta * rest * rest;
        _denseCoefficients[_endStage] -= theta * theta * rest;
        StageKernels.Combine(_n, _scratch, from, h, _denseCoefficients, _denseStages, _offset, _k);
    }

    private bool Over(OdeStopReason reason)
    {
        _reason = reason;
        return false;
    }
}
