using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Dynamics;

/// <summary>
/// An integration of a delay differential equation under way: everything of it that changes. It can be stopped, saved and loaded after any step and goes on to the same bits.
/// </summary>
/// <remarks>A step is taken completely or not at all: when the system throws, the state is where it was, and may be stepped again.</remarks>
public sealed partial class DdeState : IPersistent
{
    // A step that is shorter than this many spacings of floating-point numbers at t can't be told from rounding.
    private const double SmallestStepInSpacings = 10;

    // What is left after a step may be this much longer than the step and still be its last.
    private const double LastStepStretch = 1 + 1e-9;

    // An iterated step has settled when the next iterate would change it by less than this part of the tolerance.
    private const double Settled = 0.1;

    // Times that differ by less than this part of the interval are one: sums of delays carry rounding.
    private const double SameTime = 1e-12;

    private readonly MethodOfSteps _method;
    private readonly IDdeSystem _system;
    private readonly ButcherTableau _tableau = DormandPrince.Tableau;
    private readonly HistoryDelegate _before;
    private readonly DdeHistory _history;
    private readonly int _n;
    private readonly int _delays;
    private readonly bool _constant;
    private readonly double _start;
    private readonly double _longest;
    private readonly bool _jump;
    private readonly double[] _k;
    private readonly double[] _lags;
    private readonly double[] _delayed;
    private readonly double[] _stage;
    private readonly double[] _quartic;
    private readonly double[] _iterate;
    private double[] _y;
    private double[] _trial;
    private double[] _breaks = [];
    private double _time;
    private double _previousTime;
    private double _step;
    private double _lastError;
    private long _evaluations;
    private long _accepted;
    private long _rejected;
    private bool _begun;
    private bool _inside;
    private bool _hasIterate;
    private bool _left;
    private bool _stale;
    private double _trialTime;
    private OdeStopReason _reason;

    internal DdeState(MethodOfSteps method, IDdeSystem system, double time, HistoryDelegate history, double end, ReadOnlySpan<double> state)
    {
        _method = method;
        _system = Require.NotNull(system);
        _before = Require.NotNull(history);
        _n = Require.Positive(system.Dimension, nameof(system));
        _delays = Require.Positive(system.DelayCount, nameof(system));
        ReadOnlySpan<double> constant = system.ConstantDelays;
        _constant = !constant.IsEmpty;
        _lags = new double[_delays];
        if (_constant)
        {
            Require.Length(constant.Length, _delays, nameof(system));
            constant.CopyTo(_lags);
            foreach (double lag in constant)
                _longest = Math.Max(_longest, lag > 0 && double.IsFinite(lag) ? lag : throw new ArgumentException(FormattableString.Invariant($"A constant delay is {lag} but must be positive and finite."), nameof(system)));
        }

        _start = _time = _previousTime = Require.Finite(time, nameof(time));
        foreach (double discontinuity in method.Discontinuities.Span)
        {
            if (discontinuity > time)
                throw new ArgumentException(FormattableString.Invariant($"A discontinuity of the history lies at {discontinuity}, after the start {time}."), nameof(method));
        }

        _k = new double[_tableau.StageCount * _n];
        _delayed = new double[_delays * _n];
        _stage = new double[_n];
        _quartic = new double[_n];
        _iterate = new double[_n];
        _y = new double[_n];
        _trial = new double[_n];
        _history = new DdeHistory(_n);
        _before(time, _y);
        if (!state.IsEmpty)
        {
            Require.Length(state.Length, _n, nameof(state));
            Require.AllFinite(state, nameof(state));
            _jump = !state.SequenceEqual(_y);
            state.CopyTo(_y);
        }

        Require.AllFinite<double>(_y, nameof(history));
        ContinueTo(end);
    }

    /// <summary>The number n of state variables.</summary>
    public int Dimension => _n;

    /// <summary>Where the integration is.</summary>
    public double Time => _time;

    /// <summary>The state at <see cref="Time"/>, n elements; always finite. The span is valid until the next step.</summary>
    public ReadOnlySpan<double> State => _y;

    /// <summary>Where the last step began.</summary>
    public double PreviousTime => _previousTime;

    /// <summary>Where the integration ends; see <see cref="ContinueTo"/>.</summary>
    public double End { get; private set; }

    /// <summary>Why the integration is over, or <see cref="OdeStopReason.None"/>.</summary>
    public OdeStopReason Reason => _reason;

    /// <summary>Why the integration is over, in one sentence.</summary>
    public string Message => Describe(_reason);

    /// <summary>What it has cost so far.</summary>
    public OdeCounts Counts => new(_evaluations, _accepted, _rejected);

    /// <summary>Where steps will end because the solution isn't smooth there, ascending; the end is among them.</summary>
    public ReadOnlySpan<double> Breaks => _breaks;

    /// <summary>Takes one step; tries shorter ones until one is within the tolerance.</summary>
    /// <returns>True when a step was taken; false when the integration is over, with the reason in <see cref="Reason"/>.</returns>
    public bool Step()
    {
        if (_reason.Status() == RunStatus.Failed)
            return false;
        _reason = OdeStopReason.None;
        if (_time == End)
            return Over(OdeStopReason.ReachedEnd);
        if (_accepted + _rejected >= _method.MaxSteps)
            return Over(OdeStopReason.MaxSteps);
        if (!_begun)
        {
            _hasIterate = _left = false;
            _trialTime = _time;
            if (!Evaluate(_time, _y, Stage(0)))
                return Over(OdeStopReason.NonFiniteStart);
            _step = _method.InitialStep ?? FirstStep();
            _begun = true;
        }

        if (_stale)
        {
            // A delayed state jumps here: the derivative that the last step ended with isn't the one that the next begins with.
            _hasIterate = _left = false;
            if (!Evaluate(_time, _y, Stage(0)))
                return Over(OdeStopReason.NonFinite);
            _stale = false;
        }

        double stop = NextBreak();
        bool rejected = false;
        while (true)
        {
            double size = Math.Min(_step, _method.MaxStep), rest = stop - _time;
            bool last = rest <= size * LastStepStretch;
            double newTime = last ? stop : _time + size, h = newTime - _time;
            if (h == 0)
                return Over(OdeStopReason.StepTooSmall);
            double error = Try(h, newTime);
            if (error <= 1)
            {
                Commit(newTime, error);
                double factor = error == 0 ? _method.MaxFactor : Math.Clamp(_method.Safety * Math.Pow(error, -0.2), _method.MinFactor, _method.MaxFactor);
                double next = h * (rejected ? Math.Min(factor, 1) : factor);

                // A step that was cut short says nothing against the size that was planned here.
                _step = last ? Math.Max(next, _step) : next;
                return true;
            }

            _rejected++;
            rejected = true;
            bool finite = !double.IsNaN(error);
            _step = h * (finite ? Math.Max(_method.MinFactor, _method.Safety * Math.Pow(error, -0.2)) : _method.MinFactor);
            if (_step <= SmallestStepInSpacings * (Math.BitIncrement(Math.Abs(_time)) - Math.Abs(_time)))
                return Over(finite ? OdeStopReason.StepTooSmall : OdeStopReason.NonFinite);
            if (_accepted + _rejected >= _method.MaxSteps)
                return Over(OdeStopReason.MaxSteps);
        }
    }

    /// <summary>Steps to the end, one element for each step. Leaving the loop leaves the integration where it is; another loop goes on from there.</summary>
    /// <param name="cancellationToken">Ends the enumeration between two steps; never throws.</param>
    public IEnumerable<OdeStep> Iterate(CancellationToken cancellationToken = default)
    {
        while (!cancellationToken.IsCancellationRequested && Step())
            yield return new OdeStep(_previousTime, _time, _lastError, 0);
    }

    /// <summary>Writes the solution at a time that is still in store: back to the longest constant delay before the last step, or to the start where delays vary, and the history before the start.</summary>
    /// <param name="time">The time, at most <see cref="Time"/>.</param>
    /// <param name="destination">Receives n elements.</param>
    /// <exception cref="ArgumentException">The length differs, or the time isn't in store.</exception>
    public void Interpolate(double time, Span<double> destination)
    {
        Require.Length(destination.Length, _n, nameof(destination));
        bool known = time <= _time && (_history.Count == 0 || time >= _history.Start || (time < _start && _history.Start == _start));
        if (!known)
            throw new ArgumentOutOfRangeException(nameof(time), time, FormattableString.Invariant($"time is {time} but must lie between {(_history.Count == 0 ? _start : _history.Start)} and {_time}."));
        if (time == _time)
            _y.CopyTo(destination);
        else if (time < _start)
            _before(time, destination);
        else
            _history.Evaluate(time, destination);
    }

    /// <summary>Moves the end.</summary>
    /// <param name="end">The new end, not before the time that was reached.</param>
    /// <exception cref="ArgumentOutOfRangeException">The end lies before it or isn't finite.</exception>
    public void ContinueTo(double end)
    {
        if (!(end >= _time && double.IsFinite(end)))
            throw new ArgumentOutOfRangeException(nameof(end), end, FormattableString.Invariant($"end is {end} but must be finite and not before the time {_time}."));
        End = end;
        _breaks = FindBreaks();
        if (_reason == OdeStopReason.ReachedEnd)
            _reason = OdeStopReason.None;
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Expect(_n, "dimension");
        archive.Expect(_delays, "number of delays");
        archive.Expect(_start, "start");
        archive.Transfer<double>(_y);
        archive.Transfer<double>(Stage(0));
        archive.Transfer(ref _time);
        archive.Transfer(ref _previousTime);
        archive.Transfer(ref _step);
        archive.Transfer(ref _lastError);
        archive.Transfer(ref _evaluations);
        archive.Transfer(ref _accepted);
        archive.Transfer(ref _rejected);
        archive.Transfer(ref _begun);
        archive.Transfer(ref _stale);
        archive.Transfer(ref _reason);
        _history.Persist(archive);
        if (!archive.IsLoading)
            return;
        if (!(_time >= _start && _time <= End))
            throw new CheckpointException(FormattableString.Invariant($"The saved state is at {_time}, outside the interval from {_start} to {End}."));

        // The end belongs to the caller: a state that was saved at its end may be loaded to go further.
        if (_reason == OdeStopReason.ReachedEnd && _time != End)
            _reason = OdeStopReason.None;
    }

    internal string Describe(OdeStopReason reason) => reason switch
    {
        OdeStopReason.None => FormattableString.Invariant($"The integration is at t = {_time} on its way to {End}."),
        OdeStopReason.ReachedEnd => FormattableString.Invariant($"The end t = {End} was reached."),
        OdeStopReason.MaxSteps => FormattableString.Invariant($"The limit of {_method.MaxSteps} steps was met at t = {_time}, before the end {End}."),
        OdeStopReason.Cancelled => FormattableString.Invariant($"The caller cancelled at t = {_time}, before the end {End}."),
        OdeStopReason.NonFiniteStart => FormattableString.Invariant($"The derivative or a delay is not valid at the start, t = {_time}."),
        OdeStopReason.NonFinite => FormattableString.Invariant($"States, derivatives or delays behind t = {_time} are not valid, or the step does not settle, with a step of {_step:g3} too."),
        OdeStopReason.StepTooSmall => FormattableString.Invariant($"The tolerance cannot be met at t = {_time}: the step fell to {_step:g3}, the spacing of floating-point numbers there."),
        _ => reason.ToString(),
    };

    private Span<double> Stage(int i) => _k.AsSpan(i * _n, _n);

    private double NextBreak()
    {
        int at = Array.BinarySearch(_breaks, Math.BitIncrement(_time));
        at = at >= 0 ? at : ~at;
        return at < _breaks.Length ? _breaks[at] : End;
    }

    /// <summary>
    /// The start and the history's discontinuities plus sums of delays: after each delay one more derivative is continuous, so that five levels reach what order 5 needs; six where the state itself jumps at the start.
    /// </summary>
    private double[] FindBreaks()
    {
        var all = new SortedSet<double> { End };
        if (_constant)
        {
            var level = new SortedSet<double> { _start };
            foreach (double discontinuity in _method.Discontinuities.Span)
                level.Add(discontinuity);
            for (int i = 0; i < _tableau.Order + (_jump ? 1 : 0); i++)
            {
                var next = new SortedSet<double>();
                foreach (double point in level)
                {
                    foreach (double lag in _lags)
                    {
                        if (point + lag <= End)
                            next.Add(point + lag);
                    }
                }

                foreach (double point in next)
                {
                    if (point > _start)
                        all.Add(point);
                }

                level = next;
            }
        }

        // Sums of the same delays in another order differ by rounding.
        var breaks = new List<double>();
        foreach (double point in all)
        {
            if (breaks.Count > 0 && point - breaks[^1] <= SameTime * Math.Max(Math.Abs(point), End - _start))
                breaks[^1] = point;
            else
                breaks.Add(point);
        }

        return [.. breaks];
    }

    private double FirstStep()
    {
        double size = 0, slope = 0;
        for (int i = 0; i < _n; i++)
        {
            double scale = _method.AbsoluteTolerance + (_method.RelativeTolerance * Math.Abs(_y[i]));
            size += _y[i] / scale * (_y[i] / scale);
            slope += _k[i] / scale * (_k[i] / scale);
        }

        // Hairer, Nørsett and Wanner (1993), section II.4: a hundredth of the state's own time.
        double h = size < 1e-10 || slope < 1e-10 ? 1e-6 : 0.01 * Math.Sqrt(size / slope);
        return Math.Min(h, Math.Min(End - _time, _method.MaxStep));
    }

    private void Commit(double newTime, double error)
    {
        int lastStage = _tableau.StageCount - 1;
        if (_constant)
            _history.Forget(_time - _longest);
        _history.Add(_time, newTime, _y, _trial, Stage(0), Stage(lastStage), _quartic);
        (_y, _trial) = (_trial, _y);
        Stage(lastStage).CopyTo(Stage(0));
        _previousTime = _time;
        _time = newTime;
        _lastError = error;
        _accepted++;
        _stale = (_jump || !_method.Discontinuities.IsEmpty) && Array.BinarySearch(_breaks, newTime) >= 0;
        if (_time == End)
            _reason = OdeStopReason.ReachedEnd;
    }

    private bool Over(OdeStopReason reason)
    {
        _reason = reason;
        return false;
    }
}
