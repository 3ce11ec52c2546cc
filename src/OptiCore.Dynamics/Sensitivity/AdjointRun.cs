namespace OptiCore.Dynamics;

/// <summary>One computation of <see cref="OdeAdjoint"/>: forward with the terms of the loss, then backward in a way of its own.</summary>
internal abstract class AdjointRun
{
    private readonly OdeLoss _loss;
    private OdeCounts _counts;

    protected AdjointRun(OdeAdjoint options, OdeMethod method, IAdjointOde system, ReadOnlySpan<double> parameters, double start, ReadOnlySpan<double> state, ReadOnlySpan<double> times, OdeLoss loss, CancellationToken cancellationToken)
    {
        Options = options;
        Method = method;
        System = system;
        At = parameters.ToArray();
        StartTime = start;
        Times = times.ToArray();
        _loss = loss;
        CancellationToken = cancellationToken;
        N = system.Dimension;
        M = system.ParameterCount;
        Forward = method.Start(system.At(parameters), start, state, Times[^1]);
        TermGradients = new double[checked(Times.Length * N)];
    }

    protected OdeAdjoint Options { get; }

    protected OdeMethod Method { get; }

    protected IAdjointOde System { get; }

    /// <summary>The parameters.</summary>
    protected double[] At { get; }

    protected double StartTime { get; }

    protected double[] Times { get; }

    protected CancellationToken CancellationToken { get; }

    /// <summary>The number of state variables.</summary>
    protected int N { get; }

    /// <summary>The number of parameters.</summary>
    protected int M { get; }

    protected OdeState Forward { get; }

    /// <summary>The derivatives of the terms of the loss, one row of n elements for each.</summary>
    protected double[] TermGradients { get; }

    /// <summary>Why the way forward ended, in one sentence.</summary>
    protected string Message { get; private set; } = "";

    public OdeAdjointResult Solve()
    {
        double loss = RunForward();

        // The way back may load an earlier state.
        (_counts, Message) = (Forward.Counts, Forward.Message);
        OdeStopReason reason = CancellationToken.IsCancellationRequested ? OdeStopReason.Cancelled : Forward.Reason;
        if (reason != OdeStopReason.ReachedEnd)
            return Result(reason, Forward.Describe(reason), double.NaN, [], default);
        return StageKernels.AllFinite(TermGradients) ? RunBackward(loss) : Result(OdeStopReason.NonFinite, "A derivative of the loss is not finite.", loss, [], default);
    }

    /// <summary>Keeps what the way back needs of a step that was taken, or of the start before any.</summary>
    protected abstract void Keep();

    protected abstract OdeAdjointResult RunBackward(double loss);

    /// <summary>What came out.</summary>
    /// <param name="reason">Why it ended.</param>
    /// <param name="message">The same in a sentence.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="adjoint">The derivatives in the start and in the parameters, one behind the other; empty where there are none.</param>
    /// <param name="backward">What the way back has cost.</param>
    protected OdeAdjointResult Result(OdeStopReason reason, string message, double loss, ReadOnlySpan<double> adjoint, OdeCounts backward)
    {
        double[] parameters = new double[M], start = new double[N];
        parameters.AsSpan().Fill(double.NaN);
        start.AsSpan().Fill(double.NaN);
        if (!adjoint.IsEmpty)
        {
            adjoint[..N].CopyTo(start);
            adjoint.Slice(N, M).CopyTo(parameters);
        }

        return new OdeAdjointResult
        {
            Status = reason.Status(),
            Message = message,
            Loss = loss,
            Parameters = parameters,
            Start = start,
            Forward = _counts,
            Backward = backward,
        };
    }

    /// <summary>Integrates to the last time, measures the terms of the loss and keeps what the way back needs.</summary>
    private double RunForward()
    {
        double loss = 0;
        double[] point = new double[N];
        int term = 0;
        bool forward = Times[^1] >= StartTime;
        Keep();
        while (true)
        {
            while (term < Times.Length && (Times[term] == Forward.Time || (Forward.Time != Forward.PreviousTime
                && (forward ? Times[term] < Forward.Time : Times[term] > Forward.Time))))
            {
                Forward.Interpolate(Times[term], point);
                loss += _loss(term, point, TermGradients.AsSpan(term * N, N));
                term++;
            }

            if (CancellationToken.IsCancellationRequested || !Forward.Step())
                return loss;
            Keep();
        }
    }
}
