using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Dynamics;

/// <summary>
/// A run along one Brownian path under way: everything of it that changes. It can be stopped, saved and loaded after any step and goes on to the same bits.
/// </summary>
/// <remarks>A step is taken completely or not at all: when the system throws, the state is where it was, and may be stepped again.</remarks>
public sealed class SdeState : IPersistent
{
    // What is left after a step may be this much longer than the step and still be its last, so that rounding leaves no sliver.
    private const double LastStepStretch = 1 + 1e-9;

    // Without a scale to begin with: a first step that moves the state by about this many tolerances.
    private const double FirstMove = 10;

    private readonly SdeWork _work;
    private readonly SdeStepper _stepper;
    private readonly SdeSteps _steps;
    private double[] _y;
    private double[] _trial;
    private double _time;
    private double _previousTime;
    private double _from;
    private double _stop;
    private long _divisions;
    private long _division;
    private double _step;
    private double _lastError;
    private long _accepted;
    private long _rejected;
    private OdeStopReason _reason;

    internal SdeState(SdeSteps steps, SdeStepper stepper, ReadOnlySpan<double> state)
    {
        _stepper = stepper;
        _work = stepper.Work;
        _steps = steps;
        if (steps.FixedStep is null && stepper.ErrorExponent == 0)
            throw new InvalidOperationException($"The method has no error estimate to choose steps by: give {nameof(SdeSteps)} a {nameof(SdeSteps.FixedStep)}.");
        _y = new double[_work.N];
        _trial = new double[_work.N];
        Restart(_work.Path, state);
    }

    /// <summary>The number n of state variables.</summary>
    public int Dimension => _work.N;

    /// <summary>The Brownian path.</summary>
    public BrownianPath Path => _work.Path;

    /// <summary>Where the run is.</summary>
    public double Time => _time;

    /// <summary>The state at <see cref="Time"/>, n elements; always finite. The span is valid until the next step.</summary>
    public ReadOnlySpan<double> State => _y;

    /// <summary>Where the last step began.</summary>
    public double PreviousTime => _previousTime;

    /// <summary>Where the run ends; see <see cref="ContinueTo"/>.</summary>
    public double End { get; private set; }

    /// <summary>Why the run is over, or <see cref="OdeStopReason.None"/>.</summary>
    public OdeStopReason Reason => _reason;

    /// <summary>Why the run is over, in one sentence.</summary>
    public string Message => Describe(_reason);

    /// <summary>What it has cost so far.</summary>
    public SdeCounts Counts => new(_work.Drifts, _work.Diffusions, _accepted, _rejected);

    /// <summary>Takes one step; with error control tries shorter ones until one is within the tolerance.</summary>
    /// <returns>True when a step was taken; false when the run is over, with the reason in <see cref="Reason"/>.</returns>
    public bool Step()
    {
        if (_reason.Status() == RunStatus.Failed)
            return false;
        _reason = OdeStopReason.None;
        if (_time == End)
            return Over(OdeStopReason.ReachedEnd);
        if (_accepted + _rejected >= _steps.MaxSteps)
            return Over(OdeStopReason.MaxSteps);
        if (_time == _stop)
            Divide(End);
        return _steps.FixedStep is null ? StepByError() : StepByDivision();
    }

    /// <summary>Steps to the end, one element for each step. Leaving the loop leaves the run where it is; another loop goes on from there.</summary>
    /// <param name="cancellationToken">Ends the enumeration between two steps; never throws.</param>
    public IEnumerable<SdeStep> Iterate(CancellationToken cancellationToken = default)
    {
        while (!cancellationToken.IsCancellationRequested && Step())
            yield return new SdeStep(_previousTime, _time, _lastError);
    }

    /// <summary>Moves the end: steps will end exactly there. An earlier time turns the run around, which has a meaning for Stratonovich methods with fixed steps.</summary>
    /// <param name="end">The new end, within the path's interval.</param>
    /// <exception cref="ArgumentOutOfRangeException">The end lies outside the path's interval, or before the time that was reached where the method can't turn around.</exception>
    public void ContinueTo(double end)
    {
        if (!(end >= Path.Start && end <= Path.End))
            throw new ArgumentOutOfRangeException(nameof(end), end, FormattableString.Invariant($"end is {end} but the path lies between {Path.Start} and {Path.End}."));
        if (end < _time && (_steps.FixedStep is null || !_stepper.CanTurn))
            throw new ArgumentOutOfRangeException(nameof(end), end, FormattableString.Invariant($"end is {end}, before the time {_time} that was reached: only Stratonovich methods with fixed steps can go back."));
        End = end;
        Divide(end);
        if (_reason == OdeStopReason.ReachedEnd)
            _reason = OdeStopReason.None;
    }

    /// <summary>Makes a step end exactly at a time on the way; behind it the run goes on to its end. The stop that is already set keeps its division into steps.</summary>
    /// <param name="time">The time, between where the run is and its end.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time lies outside.</exception>
    public void StopAt(double time)
    {
        if (!(Math.Min(_time, End) <= time && time <= Math.Max(_time, End)))
            throw new ArgumentOutOfRangeException(nameof(time), time, FormattableString.Invariant($"time is {time} but must lie between {_time} and the end {End}."));
        if (time != _stop)
            Divide(time);
    }

    /// <summary>Begins again on another path, from its start to its end; counts begin again.</summary>
    /// <param name="path">The path.</param>
    /// <param name="state">The state at its start, n finite elements.</param>
    /// <exception cref="ArgumentException">A length or dimension differs, or a number isn't finite.</exception>
    public void Restart(BrownianPath path, ReadOnlySpan<double> state)
    {
        ArgumentNullException.ThrowIfNull(path);
        Require.Length(state.Length, _work.N, nameof(state));
        Require.AllFinite(state, nameof(state));
        _work.Read(path);
        state.CopyTo(_y);
        _time = _previousTime = path.Start;
        _step = _lastError = 0;
        _accepted = _rejected = 0;
        _reason = OdeStopReason.None;
        _stepper.Restart();
        ContinueTo(path.End);
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Expect(_work.N, "dimension");
        archive.Expect(_work.M, "number of Brownian motions");
        archive.Expect(Path.Key.High, "key of the Brownian path");
        archive.Expect(Path.Key.Low, "key of the Brownian path");
        archive.Expect(Path.Start, "start of the Brownian path");
        archive.Expect(Path.End, "end of the Brownian path");
        archive.Expect(Path.Depth, "depth of the Brownian path");
        archive.Transfer<double>(_y);
        archive.Transfer(ref _time);
        archive.Transfer(ref _previousTime);
        archive.Transfer(ref _from);
        archive.Transfer(ref _stop);
        archive.Transfer(ref _divisions);
        archive.Transfer(ref _division);
        archive.Transfer(ref _step);
        archive.Transfer(ref _lastError);
        archive.Transfer(ref _accepted);
        archive.Transfer(ref _rejected);
        archive.Transfer(ref _reason);
        double end = End;
        archive.Transfer(ref end);
        End = end;
        _work.Persist(archive);
        _stepper.Persist(archive);
        bool inside = _time >= Path.Start && _time <= Path.End && _stop >= Path.Start && _stop <= Path.End && End >= Path.Start && End <= Path.End;
        if (archive.IsLoading && (!inside || _division < 0 || _division > _divisions))
            throw new CheckpointException("The saved state is damaged: its times lie outside the path.");
    }

    internal string Describe(OdeStopReason reason) => reason switch
    {
        OdeStopReason.None => FormattableString.Invariant($"The run is at t = {_time} on its way to {End}."),
        OdeStopReason.ReachedEnd => FormattableString.Invariant($"The end t = {End} was reached."),
        OdeStopReason.MaxSteps => FormattableString.Invariant($"The limit of {_steps.MaxSteps} steps was met at t = {_time}, before the end {End}."),
        OdeStopReason.Cancelled => FormattableString.Invariant($"The caller cancelled at t = {_time}, before the end {End}."),
        OdeStopReason.NonFiniteStart => FormattableString.Invariant($"Drift or diffusion is not finite at the start, t = {_time}."),
        OdeStopReason.NonFinite => FormattableString.Invariant($"States or coefficients behind t = {_time} are not finite."),
        OdeStopReason.StepTooSmall => FormattableString.Invariant($"The tolerance cannot be met at t = {_time}: the step fell to {_step:g3}, below the smallest, {SmallestStep:g3}."),
        _ => reason.ToString(),
    };

    private double SmallestStep => Math.Max(_steps.MinStep ?? 0, Path.Resolution);

    private void Divide(double stop)
    {
        _stop = stop;
        _from = _time;
        _division = 0;
        _divisions = _steps.FixedStep is null || stop == _time ? 0 : _steps.Division(stop - _time);
    }

    private bool StepByDivision()
    {
        double newTime = _division + 1 == _divisions ? _stop : _from + ((_stop - _from) * (_division + 1) / _divisions);
        if (newTime == _time)
            return Over(OdeStopReason.StepTooSmall);
        if (!_stepper.Try(_time, newTime, _y, _trial))
        {
            _rejected++;
            return Over(OdeStopReason.NonFinite);
        }

        Commit(newTime, 0);
        _division++;
        return true;
    }

    private bool StepByError()
    {
        if (_step == 0 && !ChooseFirstStep())
            return Over(OdeStopReason.NonFiniteStart);
        bool rejected = false;
        while (true)
        {
            double size = Math.Min(_step, _steps.MaxStep), remaining = _stop - _time;
            bool last = remaining <= size * LastStepStretch;
            double newTime = last ? _stop : _time + size;
            double h = newTime - _time;
            if (h == 0)
                return Over(OdeStopReason.StepTooSmall);
            double error = _stepper.Try(_time, newTime, _y, _trial) ? _work.ErrorNorm(_y, _trial, _steps) : double.NaN;
            if (error <= 1)
            {
                Commit(newTime, error);
                double factor = Factor(error);
                double next = h * (rejected ? Math.Min(factor, 1) : factor);

                // A step that was cut short to meet the end says nothing against the size that was planned here.
                _step = last ? Math.Max(next, _step) : next;
                return true;
            }

            _rejected++;
            rejected = true;
            bool finite = !double.IsNaN(error);
            _step = h * (finite ? Math.Min(Factor(error), _steps.Safety) : _steps.MinFactor);
            if (_step < SmallestStep)
                return Over(finite ? OdeStopReason.StepTooSmall : OdeStopReason.NonFinite);
            if (_accepted + _rejected >= _steps.MaxSteps)
                return Over(OdeStopReason.MaxSteps);
        }
    }

    private double Factor(double error) =>
        error == 0 ? _steps.MaxFactor : Math.Clamp(_steps.Safety * Math.Pow(error, -_stepper.ErrorExponent), _steps.MinFactor, _steps.MaxFactor);

    /// <summary>A step in which neither the drift nor the noise is likely to move the state by more than some tolerances.</summary>
    private bool ChooseFirstStep()
    {
        if (!_work.Drift(_time, _y, _work.F) || !_work.Diffusion(_time, _y, _work.G))
            return false;
        double limit = Math.Min(End - _time, _steps.MaxStep);
        (double drift, double noise) = _work.ScaledCoefficients(_y, _steps);
        double h = Math.Min(FirstMove / drift, FirstMove / noise * (FirstMove / noise));
        _step = Math.Clamp(_steps.InitialStep ?? h, Math.Min(SmallestStep, limit), limit);
        return true;
    }

    private void Commit(double newTime, double error)
    {
        (_y, _trial) = (_trial, _y);
        _previousTime = _time;
        _time = newTime;
        _lastError = error;
        _accepted++;
        _stepper.Commit();
        if (_time == End)
            _reason = OdeStopReason.ReachedEnd;
    }

    private bool Over(OdeStopReason reason)
    {
        _reason = reason;
        return false;
    }
}
