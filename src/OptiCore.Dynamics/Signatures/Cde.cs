namespace OptiCore.Dynamics;

/// <summary>Writes the vector fields of a controlled differential equation dz = f(z) dX.</summary>
/// <param name="z">The state, n elements.</param>
/// <param name="f">Receives f(z), n x d, row-major: column i belongs to component i of the control.</param>
public delegate void ControlledField(ReadOnlySpan<double> z, Span<double> f);

/// <summary>
/// Solves controlled differential equations dz = f(z) dX:
/// <code>
/// ControlPath control = ControlPath.Hermite(times, observations);
/// OdeResult one = Cde.Solve(new ExplicitRungeKutta(), (z, f) => { f[0] = Math.Cos(z[0]); f[1] = z[0]; }, control, [0.1]);
/// LieField field = LieField.Trace(z => Operations.Tanh(Operations.MatMul(a, z)), stateDimension: 3, controlDimension: 2, depth: 3);
/// OdeResult two = Cde.SolveByLogSignature(field, control, [0, 0, 0], piecesPerStep: 16);
/// </code>
/// </summary>
/// <remarks>Hitting a limit, a cancellation or a field that isn't finite never throws: the result says what happened and keeps what was reached.</remarks>
public static class Cde
{
    /// <summary>Solves dz/dt = f(z) dX/dt by a Runge-Kutta method, piece by piece of the control.</summary>
    /// <param name="method">The method.</param>
    /// <param name="field">Writes f(z), n x d.</param>
    /// <param name="control">The control X.</param>
    /// <param name="state">The state at the control's first time, n finite elements.</param>
    /// <param name="saveAt">The times to save, ascending within the control's. If empty, the states at the observations are saved.</param>
    /// <param name="cancellationToken">Ends the integration between two steps; what was reached is kept.</param>
    /// <exception cref="ArgumentException">A number isn't finite, or the times aren't ordered inside the interval.</exception>
    /// <remarks>No step crosses an observation, so that the order isn't lost where a derivative of the control jumps.</remarks>
    public static OdeResult Solve(
        ExplicitRungeKutta method,
        ControlledField field,
        ControlPath control,
        ReadOnlySpan<double> state,
        ReadOnlySpan<double> saveAt = default,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(field);
        ArgumentNullException.ThrowIfNull(control);
        ReadOnlySpan<double> knots = control.Times, wanted = saveAt.IsEmpty ? knots : saveAt;
        SaveTimes.Check(wanted, knots[0], knots[^1]);
        var system = new PieceSystem(field, control, state.Length);
        OdeState run = method.Start(system, knots[0], state, knots[1]);
        int n = state.Length, next = 0;
        double[] times = wanted.ToArray(), states = new double[wanted.Length * n];
        OdeStopReason reason = OdeStopReason.None;
        while (next < times.Length && times[next] == knots[0])
            run.State.CopyTo(states.AsSpan(n * next++));
        for (int piece = 0; piece < control.Pieces && reason == OdeStopReason.None; piece++)
        {
            system.Piece = piece;
            if (piece > 0)
            {
                run.ContinueTo(knots[piece + 1]);
                if (!control.IsSmooth)
                    run.Restart(run.Time, run.State.ToArray());
            }

            while (run.Time != knots[piece + 1] && reason == OdeStopReason.None)
            {
                if (cancellationToken.IsCancellationRequested)
                    reason = OdeStopReason.Cancelled;
                else if (!run.Step())
                    reason = run.Reason;
                else
                {
                    while (next < times.Length && times[next] <= run.Time)
                    {
                        run.Interpolate(times[next], states.AsSpan(n * next, n));
                        next++;
                    }
                }
            }
        }

        return Result(reason, run.Time, run.State, times.AsSpan(0, next), states.AsSpan(0, next * n), run.Counts, knots[^1]);
    }

    /// <summary>
    /// Solves by the log-ODE method: over some pieces at a time, the control is replaced by its log-signature λ, and the equation by du/ds = sum over Lyndon words w of λ_w f_[w](u) over s from 0 to 1, with the Lie brackets f_[w]
    /// of the vector fields. Of the control only its values at observations count, joined by straight lines.
    /// </summary>
    /// <param name="field">The vector fields with their Lie brackets.</param>
    /// <param name="control">The control X.</param>
    /// <param name="state">The state at the control's first time, n finite elements.</param>
    /// <param name="piecesPerStep">How many pieces of the control a step covers, at least 1; the last may cover fewer.</param>
    /// <param name="cancellationToken">Ends the integration between two steps; what was reached is kept.</param>
    /// <returns>The states at the ends of the steps.</returns>
    /// <exception cref="ArgumentException">A dimension differs, a number isn't finite, or the number of pieces isn't positive.</exception>
    /// <remarks>
    /// With N levels the error of a step is of the order of the N + 1st power of the control's variation over it. Longer steps on a rough control cost the accuracy of the higher levels, not a step for each observation. T. Lyons (2014), Rough paths,
    /// signatures and the modelling of functions on streams; J. Morrill, C. Salvi, P. Kidger, J. Foster (2021), Neural rough differential equations for long time series.
    /// </remarks>
    public static OdeResult SolveByLogSignature(LieField field, ControlPath control, ReadOnlySpan<double> state, int piecesPerStep, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(field);
        ArgumentNullException.ThrowIfNull(control);
        Require.Positive(piecesPerStep, nameof(piecesPerStep));
        Require.Length(state.Length, field.StateDimension, nameof(state));
        Require.AllFinite(state, nameof(state));
        Require.Length(control.Dimension, field.ControlDimension, nameof(control));
        int d = control.Dimension;
        double[] z = state.ToArray(), coordinates = new double[field.Basis.Length];
        var times = new List<double> { control.Times[0] };
        var states = new List<double>(z);
        OdeStopReason reason = OdeStopReason.None;
        for (int from = 0; from < control.Pieces && reason == OdeStopReason.None; from += piecesPerStep)
        {
            int to = Math.Min(from + piecesPerStep, control.Pieces);
            if (cancellationToken.IsCancellationRequested)
            {
                reason = OdeStopReason.Cancelled;
                break;
            }

            field.Basis.Compute(control.Values[(from * d)..((to + 1) * d)], coordinates);
            OdeStopReason step = field.Flow(coordinates, z);
            if (step != OdeStopReason.ReachedEnd)
            {
                reason = step;
                break;
            }

            times.Add(control.Times[to]);
            states.AddRange(z);
        }

        double[] reached = [.. states];
        long steps = times.Count - 1;
        return Result(reason, times[^1], reached.AsSpan(reached.Length - z.Length), [.. times], reached, new OdeCounts(steps, steps, 0), control.Times[^1]);
    }

    private static OdeResult Result(OdeStopReason reason, double time, ReadOnlySpan<double> state, ReadOnlySpan<double> times, ReadOnlySpan<double> states, OdeCounts counts, double end)
    {
        if (reason == OdeStopReason.None)
            reason = OdeStopReason.ReachedEnd;
        return new OdeResult
        {
            Status = reason.Status(),
            Reason = reason,
            Message = reason == OdeStopReason.ReachedEnd
                ? FormattableString.Invariant($"The end t = {end} was reached.")
                : FormattableString.Invariant($"The integration ended at t = {time}, before the end {end}: {reason}."),
            Dimension = state.Length,
            Times = times.ToArray(),
            States = states.ToArray(),
            FinalTime = time,
            FinalState = state.ToArray(),
            Events = [],
            Counts = counts,
        };
    }

    private sealed class PieceSystem(ControlledField field, ControlPath control, int dimension) : IOdeSystem
    {
        private readonly double[] _slope = new double[control.Dimension];
        private readonly double[] _field = new double[dimension * control.Dimension];

        public int Piece { get; set; }

        public int Dimension => dimension;

        public void Derivative(double t, ReadOnlySpan<double> y, Span<double> dy)
        {
            control.Derivative(Piece, t, _slope);
            field(y, _field);
            int d = _slope.Length;
            for (int i = 0; i < dy.Length; i++)
            {
                double sum = 0;
                for (int c = 0; c < d; c++)
                    sum += _field[(i * d) + c] * _slope[c];
                dy[i] = sum;
            }
        }
    }
}
