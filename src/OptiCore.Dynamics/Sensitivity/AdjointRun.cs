using OptiCore.Persistence;

namespace OptiCore.Dynamics;

/// <summary>One computation of <see cref="OdeAdjoint"/>: forward with the terms of the loss, then backward stretch by stretch between kept states.</summary>
internal sealed class AdjointRun
{
    private readonly OdeAdjoint _options;
    private readonly OdeMethod _method;
    private readonly IAdjointOde _system;
    private readonly double[] _parameters;
    private readonly double _start;
    private readonly double[] _times;
    private readonly OdeLoss _loss;
    private readonly CancellationToken _cancellationToken;
    private readonly int _n;
    private readonly int _m;

    private readonly OdeState _forward;
    private readonly OdeTrajectory _trajectory;
    private readonly double[] _termGradients;
    private readonly List<(double Time, byte[] Saved)> _checkpoints = [];

    public AdjointRun(
        OdeAdjoint options,
        OdeMethod method,
        IAdjointOde system,
        ReadOnlySpan<double> parameters,
        double start,
        ReadOnlySpan<double> state,
        ReadOnlySpan<double> times,
        OdeLoss loss,
        CancellationToken cancellationToken)
    {
        _options = options;
        _method = method;
        _system = system;
        _parameters = parameters.ToArray();
        _start = start;
        _times = times.ToArray();
        _loss = loss;
        _cancellationToken = cancellationToken;
        _n = system.Dimension;
        _m = system.ParameterCount;
        _forward = method.Start(system.At(parameters), start, state, _times[^1]);
        _trajectory = new OdeTrajectory(_n);
        _termGradients = new double[checked(_times.Length * _n)];
    }

    public OdeAdjointResult Solve()
    {
        double loss = RunForward();
        OdeStopReason reason = _cancellationToken.IsCancellationRequested ? OdeStopReason.Cancelled : _forward.Reason;
        if (reason != OdeStopReason.ReachedEnd)
            return Result(reason, _forward.Describe(reason), double.NaN, null, default);
        if (!StageKernels.AllFinite(_termGradients))
            return Result(OdeStopReason.NonFinite, "A derivative of the loss is not finite.", loss, null, default);

        int extra = _options.Trajectory == AdjointTrajectory.Backsolve ? _n : 0;
        double[] adjoint = new double[_n + _m + extra];
        if (extra > 0)
            _forward.State.CopyTo(adjoint.AsSpan(_n + _m));
        OdeState backward = Backward().Start(new AdjointSystem(this, extra > 0), _times[^1], adjoint, _start);
        int term = _times.Length - 1;
        for (int stretch = _checkpoints.Count - 1; stretch >= 0; stretch--)
        {
            if (_options.Trajectory == AdjointTrajectory.Checkpointed)
                Repeat(stretch);
            double begin = _checkpoints[stretch].Time;
            while (true)
            {
                while (term >= 0 && _times[term] == backward.Time)
                {
                    backward.State.CopyTo(adjoint);
                    for (int i = 0; i < _n; i++)
                        adjoint[i] += _termGradients[(term * _n) + i];
                    backward.Restart(backward.Time, adjoint);
                    term--;
                }

                if (backward.Time == begin)
                    break;
                bool stopsAtTerm = term >= 0 && (_times[^1] >= _start ? _times[term] > begin : _times[term] < begin);
                backward.ContinueTo(stopsAtTerm ? _times[term] : begin);
                while (!_cancellationToken.IsCancellationRequested && backward.Step())
                {
                }

                if (backward.Time != backward.End)
                {
                    OdeStopReason why = _cancellationToken.IsCancellationRequested ? OdeStopReason.Cancelled : backward.Reason;
                    return Result(why, "On the way back: " + backward.Describe(why), loss, null, backward.Counts);
                }
            }
        }

        return Result(OdeStopReason.ReachedEnd, _forward.Message, loss, backward.State.ToArray(), backward.Counts);
    }

    /// <summary>Integrates to the last time, measures the terms of the loss and keeps what the way back needs.</summary>
    private double RunForward()
    {
        double loss = 0;
        double[] point = new double[_n];
        int term = 0, steps = 0;
        bool forward = _times[^1] >= _start;
        Keep();
        while (true)
        {
            while (term < _times.Length && (_times[term] == _forward.Time || (_forward.Time != _forward.PreviousTime
                && (forward ? _times[term] < _forward.Time : _times[term] > _forward.Time))))
            {
                _forward.Interpolate(_times[term], point);
                loss += _loss(term, point, _termGradients.AsSpan(term * _n, _n));
                term++;
            }

            if (_cancellationToken.IsCancellationRequested || !_forward.Step())
                return loss;
            if (_options.Trajectory == AdjointTrajectory.Interpolating)
                _trajectory.Append(_forward);
            else if (_options.Trajectory == AdjointTrajectory.Checkpointed && ++steps % _options.StepsBetweenCheckpoints == 0 && _forward.Time != _forward.End)
                Keep();
        }
    }

    private void Keep() =>
        _checkpoints.Add((_forward.Time, _options.Trajectory == AdjointTrajectory.Checkpointed ? StateArchive.Save(_forward) : []));

    /// <summary>Integrates a stretch again, to the same bits, and keeps its dense output.</summary>
    private void Repeat(int stretch)
    {
        double end = stretch + 1 < _checkpoints.Count ? _checkpoints[stretch + 1].Time : _times[^1];
        StateArchive.Load(_forward, _checkpoints[stretch].Saved);
        _trajectory.Clear();
        while (_forward.Time != end && _forward.Step())
            _trajectory.Append(_forward);
    }

    /// <summary>The method with the state's tolerances for the adjoint and, where it is integrated too, the state; the usual one for the parameters.</summary>
    private OdeMethod Backward()
    {
        if (_method.AbsoluteTolerances.IsEmpty)
            return _method;
        double[] tolerances = new double[_n + _m + (_options.Trajectory == AdjointTrajectory.Backsolve ? _n : 0)];
        tolerances.AsSpan().Fill(_method.AbsoluteTolerance);
        _method.AbsoluteTolerances.CopyTo(tolerances);
        if (tolerances.Length > _n + _m)
            _method.AbsoluteTolerances.CopyTo(tolerances.AsMemory(_n + _m));
        return _method with { AbsoluteTolerances = tolerances };
    }

    private OdeAdjointResult Result(OdeStopReason reason, string message, double loss, double[]? adjoint, OdeCounts backward)
    {
        double[] parameters = new double[_m], start = new double[_n];
        parameters.AsSpan().Fill(double.NaN);
        start.AsSpan().Fill(double.NaN);
        if (adjoint is not null)
        {
            adjoint.AsSpan(0, _n).CopyTo(start);
            adjoint.AsSpan(_n, _m).CopyTo(parameters);
        }

        return new OdeAdjointResult
        {
            Status = reason.Status(),
            Message = message,
            Loss = loss,
            Parameters = parameters,
            Start = start,
            Forward = _forward.Counts,
            Backward = backward,
        };
    }

    /// <summary>lambda' = -(df/dy)' lambda, mu' = -(df/dp)' lambda, and for the backsolve y' = f.</summary>
    private sealed class AdjointSystem(AdjointRun run, bool carriesState) : IOdeSystem
    {
        private readonly double[] _y = new double[run._n];

        public int Dimension { get; } = run._n + run._m + (carriesState ? run._n : 0);

        public void Derivative(double t, ReadOnlySpan<double> z, Span<double> dz)
        {
            int n = run._n, m = run._m;
            ReadOnlySpan<double> y = z[(n + m)..];
            if (carriesState)
            {
                run._system.Derivative(t, y, run._parameters, dz[(n + m)..]);
            }
            else
            {
                run._trajectory.Interpolate(t, _y);
                y = _y;
            }

            run._system.VectorJacobian(t, y, run._parameters, z[..n], dz[..n], dz.Slice(n, m));
            foreach (ref double value in dz[..(n + m)])
                value = -value;
        }
    }
}
