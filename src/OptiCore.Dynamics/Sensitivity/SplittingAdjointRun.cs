using System.Runtime.InteropServices;
using OptiCore.Persistence;

namespace OptiCore.Dynamics;

/// <summary>The transposed derivatives of the flows of a splitting, in reverse order: the exact gradient of the computed steps and of their dense output.</summary>
internal sealed class SplittingAdjointRun : AdjointRun
{
    private readonly Splitting _method;
    private readonly IAdjointSplitOde _system;
    private readonly List<(int Part, double Coefficient)> _flows;
    private readonly bool _isHermite;

    // Where steps start: all of them, or those of the stretch that is worked on.
    private readonly List<double> _states = [];
    private readonly List<byte[]> _checkpoints = [];
    private readonly List<double> _times = [];

    // The states between the flows of a step, the adjoint (of the state and of the parameters) and what a product receives.
    private readonly double[] _between, _adjoint, _atStart, _product, _slope;
    private long _evaluations;

    public SplittingAdjointRun(OdeAdjoint options, Splitting method, IAdjointSplitOde system, ReadOnlySpan<double> parameters, double start, ReadOnlySpan<double> state, ReadOnlySpan<double> times, OdeLoss loss, CancellationToken cancellationToken)
        : base(options, method, system, parameters, start, state, times, loss, cancellationToken)
    {
        (_method, _system) = (method, system);
        _flows = SplittingStepper.Flows(method.Scheme, system.Parts);
        _isHermite = SplittingStepper.IsHermite(method.Scheme);
        (_between, _adjoint, _atStart, _product, _slope) = (new double[(_flows.Count + 1) * N], new double[N + M], new double[N], new double[N + M], new double[N]);
    }

    protected override void Keep()
    {
        _times.Add(Forward.Time);
        switch (Options.Trajectory)
        {
            case AdjointTrajectory.Interpolating:
                _states.AddRange(Forward.State);
                break;
            case AdjointTrajectory.Checkpointed when (_times.Count - 1) % Options.StepsBetweenCheckpoints == 0:
                _checkpoints.Add(StateArchive.Save(Forward));
                break;
        }
    }

    protected override OdeAdjointResult RunBackward(double loss)
    {
        int term = Times.Length - 1, last = _times.Count - 1;
        double[] current = Forward.State.ToArray(), previous = new double[N];
        for (int step = last; ; step--)
        {
            // A term at the end of a step belongs to it; the last one belongs to the start.
            for (; term >= 0 && Times[term] == _times[step]; term--)
                Add(1, TermGradients.AsSpan(term * N, N), _adjoint.AsSpan(0, N));
            if (step == 0)
                break;
            if (CancellationToken.IsCancellationRequested)
                return Result(OdeStopReason.Cancelled, "On the way back: the work was cancelled.", loss, [], Counts(last - step));
            double h = FixedSizeStepper.ExactSize(_method.FixedStep, _times[step - 1], _times[step]);
            switch (Options.Trajectory)
            {
                case AdjointTrajectory.Backsolve:
                    current.CopyTo(_between, _flows.Count * N);
                    for (int k = _flows.Count - 1; k >= 0; k--)
                    {
                        Between(k + 1).CopyTo(Between(k));
                        _system.Flow(_flows[k].Part, -_flows[k].Coefficient * h, At, Between(k));
                    }

                    Between(0).CopyTo(previous);
                    break;
                case AdjointTrajectory.Checkpointed:
                    if ((step % Options.StepsBetweenCheckpoints) == 0 || step == last)
                        Repeat((step - 1) / Options.StepsBetweenCheckpoints, step);
                    Kept((step - 1) % Options.StepsBetweenCheckpoints).CopyTo(previous);
                    break;
                default:
                    Kept(step - 1).CopyTo(previous);
                    break;
            }

            // Terms within the step act on both its ends.
            _atStart.AsSpan().Clear();
            for (; term >= 0 && (h > 0 ? Times[term] > _times[step - 1] : Times[term] < _times[step - 1]); term--)
                Within((Times[term] - _times[step - 1]) / (_times[step] - _times[step - 1]), h, step, previous, current, TermGradients.AsSpan(term * N, N));
            Follow(h, previous);
            Pull(h, _adjoint.AsSpan(0, N));
            Add(1, _atStart, _adjoint.AsSpan(0, N));
            (current, previous) = (previous, current);
        }

        return StageKernels.AllFinite(_adjoint)
            ? Result(OdeStopReason.ReachedEnd, Message, loss, _adjoint, Counts(last))
            : Result(OdeStopReason.NonFinite, "On the way back: a derivative of a flow is not finite.", loss, [], Counts(last));
    }

    private OdeCounts Counts(int steps) => new(_evaluations, steps, 0);

    private ReadOnlySpan<double> Kept(int step) => CollectionsMarshal.AsSpan(_states).Slice(step * N, N);

    private Span<double> Between(int k) => _between.AsSpan(k * N, N);

    /// <summary>The states between the flows of a step, from its start.</summary>
    private void Follow(double h, ReadOnlySpan<double> start)
    {
        start.CopyTo(Between(0));
        for (int k = 0; k < _flows.Count; k++)
        {
            Between(k).CopyTo(Between(k + 1));
            _system.Flow(_flows[k].Part, _flows[k].Coefficient * h, At, Between(k + 1));
        }
    }

    /// <summary>Replaces a derivative in the state behind the flows by that in the state before; what falls to the parameters is added to the adjoint.</summary>
    private void Pull(double h, Span<double> gradient)
    {
        for (int k = _flows.Count - 1; k >= 0; k--)
        {
            _system.FlowVectorJacobian(_flows[k].Part, _flows[k].Coefficient * h, Between(k), At, gradient, _product.AsSpan(0, N), _product.AsSpan(N));
            _product.AsSpan(0, N).CopyTo(gradient);
            Add(1, _product.AsSpan(N), _adjoint.AsSpan(N));
            _evaluations++;
        }
    }

    /// <summary>Adds a term of the loss inside a step, by the derivative of the dense output.</summary>
    private void Within(double theta, double h, int step, double[] start, double[] end, ReadOnlySpan<double> gradient)
    {
        if (!_isHermite)
        {
            // The dense output is a step of a part of the size.
            Follow(theta * h, start);
            gradient.CopyTo(_slope);
            Pull(theta * h, _slope);
            Add(1, _slope, _atStart);
            return;
        }

        double back = theta - 1, ends = theta * back, toEnd = theta + (ends * (1 - (2 * theta)));
        Add(1 - toEnd, gradient, _atStart);
        Slope(ends * h * back, _times[step - 1], start, gradient, _atStart);
        Slope(ends * h * theta, _times[step], end, gradient, _adjoint.AsSpan(0, N));
        Add(toEnd, gradient, _adjoint.AsSpan(0, N));
    }

    /// <summary>Adds scale g' df/dy and scale g' df/dp.</summary>
    private void Slope(double scale, double time, double[] state, ReadOnlySpan<double> gradient, Span<double> destination)
    {
        System.VectorJacobian(time, state, At, gradient, _product.AsSpan(0, N), _product.AsSpan(N));
        Add(scale, _product.AsSpan(0, N), destination);
        Add(scale, _product.AsSpan(N), _adjoint.AsSpan(N));
        _evaluations++;
    }

    /// <summary>Takes the steps of a stretch again, to the same bits, and keeps where they start.</summary>
    private void Repeat(int stretch, int end)
    {
        StateArchive.Load(Forward, _checkpoints[stretch]);
        _states.Clear();
        for (int step = stretch * Options.StepsBetweenCheckpoints; step < end; step++)
        {
            _states.AddRange(Forward.State);
            Forward.Step();
        }
    }

    private static void Add(double scale, ReadOnlySpan<double> x, Span<double> sum)
    {
        for (int i = 0; i < sum.Length; i++)
            sum[i] += scale * x[i];
    }
}
