using OptiCore.Persistence;

namespace OptiCore.Dynamics;

/// <summary>The adjoint equation, integrated backward stretch by stretch between kept states.</summary>
internal sealed class ContinuousAdjointRun : AdjointRun
{
    private readonly OdeTrajectory _trajectory;
    private readonly List<(double Time, byte[] Saved)> _checkpoints = [];
    private int _steps = -1;

    public ContinuousAdjointRun(OdeAdjoint options, OdeMethod method, IAdjointOde system, ReadOnlySpan<double> parameters, double start, ReadOnlySpan<double> state, ReadOnlySpan<double> times, OdeLoss loss, CancellationToken cancellationToken)
        : base(options, method, system, parameters, start, state, times, loss, cancellationToken) => _trajectory = new OdeTrajectory(N);

    private bool RepeatsStretches => Options.Trajectory == AdjointTrajectory.Checkpointed;

    protected override void Keep()
    {
        _steps++;
        if (_steps == 0 || (RepeatsStretches && _steps % Options.StepsBetweenCheckpoints == 0 && Forward.Time != Forward.End))
            _checkpoints.Add((Forward.Time, RepeatsStretches ? StateArchive.Save(Forward) : []));
        if (_steps > 0 && Options.Trajectory == AdjointTrajectory.Interpolating)
            _trajectory.Append(Forward);
    }

    protected override OdeAdjointResult RunBackward(double loss)
    {
        int extra = Options.Trajectory == AdjointTrajectory.Backsolve ? N : 0;
        double[] adjoint = new double[N + M + extra];
        if (extra > 0)
            Forward.State.CopyTo(adjoint.AsSpan(N + M));
        OdeState backward = Backward().Start(new AdjointSystem(this, extra > 0), Times[^1], adjoint, StartTime);
        int term = Times.Length - 1;
        for (int stretch = _checkpoints.Count - 1; stretch >= 0; stretch--)
        {
            if (RepeatsStretches)
                Repeat(stretch);
            double begin = _checkpoints[stretch].Time;
            while (true)
            {
                while (term >= 0 && Times[term] == backward.Time)
                {
                    backward.State.CopyTo(adjoint);
                    for (int i = 0; i < N; i++)
                        adjoint[i] += TermGradients[(term * N) + i];
                    backward.Restart(backward.Time, adjoint);
                    term--;
                }

                if (backward.Time == begin)
                    break;
                bool stopsAtTerm = term >= 0 && (Times[^1] >= StartTime ? Times[term] > begin : Times[term] < begin);
                backward.ContinueTo(stopsAtTerm ? Times[term] : begin);
                while (!CancellationToken.IsCancellationRequested && backward.Step())
                {
                }

                if (backward.Time != backward.End)
                {
                    OdeStopReason why = CancellationToken.IsCancellationRequested ? OdeStopReason.Cancelled : backward.Reason;
                    return Result(why, "On the way back: " + backward.Describe(why), loss, [], backward.Counts);
                }
            }
        }

        return Result(OdeStopReason.ReachedEnd, Message, loss, backward.State, backward.Counts);
    }

    /// <summary>Integrates a stretch again, to the same bits, and keeps its dense output.</summary>
    private void Repeat(int stretch)
    {
        double end = stretch + 1 < _checkpoints.Count ? _checkpoints[stretch + 1].Time : Times[^1];
        StateArchive.Load(Forward, _checkpoints[stretch].Saved);
        _trajectory.Clear();
        while (Forward.Time != end && Forward.Step())
            _trajectory.Append(Forward);
    }

    /// <summary>The method with the state's tolerances for the adjoint and, where it is integrated too, the state; the usual one for the parameters.</summary>
    private OdeMethod Backward()
    {
        if (Method.AbsoluteTolerances.IsEmpty)
            return Method;
        double[] tolerances = new double[N + M + (Options.Trajectory == AdjointTrajectory.Backsolve ? N : 0)];
        tolerances.AsSpan().Fill(Method.AbsoluteTolerance);
        Method.AbsoluteTolerances.CopyTo(tolerances);
        if (tolerances.Length > N + M)
            Method.AbsoluteTolerances.CopyTo(tolerances.AsMemory(N + M));
        return Method with { AbsoluteTolerances = tolerances };
    }

    /// <summary>lambda' = -(df/dy)' lambda, mu' = -(df/dp)' lambda, and for the backsolve y' = f.</summary>
    private sealed class AdjointSystem(ContinuousAdjointRun run, bool carriesState) : IOdeSystem
    {
        private readonly double[] _y = new double[run.N];

        public int Dimension { get; } = run.N + run.M + (carriesState ? run.N : 0);

        public void Derivative(double t, ReadOnlySpan<double> z, Span<double> dz)
        {
            int n = run.N, m = run.M;
            ReadOnlySpan<double> y = z[(n + m)..];
            if (carriesState)
            {
                run.System.Derivative(t, y, run.At, dz[(n + m)..]);
            }
            else
            {
                run._trajectory.Interpolate(t, _y);
                y = _y;
            }

            run.System.VectorJacobian(t, y, run.At, z[..n], dz[..n], dz.Slice(n, m));
            foreach (ref double value in dz[..(n + m)])
                value = -value;
        }
    }
}
