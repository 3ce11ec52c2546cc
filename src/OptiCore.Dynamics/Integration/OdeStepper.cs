using OptiCore.Persistence;

namespace OptiCore.Dynamics;

/// <summary>
/// The arithmetic of a method for one integration: one step, its error, its dense output. The driver (<see cref="OdeState"/>) owns everything else: the
/// loop over step sizes, the end, limits, events, counts.
/// </summary>
/// <remarks>
/// The order of calls: <see cref="Prepare"/>; <see cref="Try"/>, again with shorter steps until it returns at most 1, with <see cref="Dense"/> of the trial
/// where there are events; <see cref="Accept"/>; <see cref="Dense"/> of the accepted step any number of times. <see cref="Forget"/> says that the point isn't the end
/// of the last step any more. When the system throws, nothing but buffers has changed.
/// </remarks>
public abstract class OdeStepper
{
    private readonly double _exponent;
    private double _error1 = 1, _error2 = 1;

    /// <summary>Creates the part that methods share.</summary>
    /// <param name="method">The method.</param>
    /// <param name="system">The right-hand side.</param>
    /// <param name="vectors">The vectors of the integration.</param>
    /// <param name="errorOrder">The power of the step size that the error estimate is proportional to.</param>
    protected OdeStepper(OdeMethod method, IOdeSystem system, OdeVectors vectors, int errorOrder)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(vectors);
        Method = method;
        System = system;
        Vectors = vectors;
        _exponent = 1.0 / Require.Positive(errorOrder);
    }

    /// <summary>How often the derivative was computed.</summary>
    public virtual long Evaluations { get; protected internal set; }

    /// <summary>How often the Jacobian was computed; the derivatives that differences cost are among the evaluations.</summary>
    public virtual long JacobianEvaluations { get; protected internal set; }

    /// <summary>How many matrices were factorised.</summary>
    public virtual long Factorizations { get; protected internal set; }

    /// <summary>The method.</summary>
    protected OdeMethod Method { get; }

    /// <summary>The right-hand side.</summary>
    protected IOdeSystem System { get; }

    /// <summary>The vectors of the integration.</summary>
    protected OdeVectors Vectors { get; }

    /// <summary>The number n of state variables.</summary>
    protected int Dimension => Vectors.Dimension;

    /// <summary>The method that takes the next step, where several take turns.</summary>
    protected internal virtual OdeMethod ActiveMethod => Method;

    /// <summary>How far the stability region reaches along the negative real axis; infinity for methods that are stable on all of it.</summary>
    protected internal virtual double StabilityLimit => double.PositiveInfinity;

    /// <summary>How step sizes follow from errors.</summary>
    protected virtual StepController Controller => StepController.Integral;

    /// <summary>Sees to it that whatever a step needs at the point is there: usually f(t, y).</summary>
    /// <param name="time">Where the integration is.</param>
    /// <returns>False when something isn't finite.</returns>
    protected internal abstract bool Prepare(double time);

    /// <summary>Computes a step into <see cref="OdeVectors.Trial"/>. Changes nothing but buffers.</summary>
    /// <param name="time">Where the step begins.</param>
    /// <param name="h">Its size, with sign.</param>
    /// <param name="newTime">Where it ends.</param>
    /// <returns>The error in units of the tolerance; NaN when something wasn't finite; positive infinity when equations weren't solved.</returns>
    protected internal abstract double Try(double time, double h, double newTime);

    /// <summary>The tried step was accepted, and the vectors were exchanged.</summary>
    /// <param name="h">The size of the step.</param>
    /// <param name="error">Its error.</param>
    protected internal abstract void Accept(double h, double error);

    /// <summary>An estimate of the largest modulus of the Jacobian's eigenvalues from what the accepted step has left; NaN when there is none.</summary>
    protected internal virtual double SpectralEstimate() => double.NaN;

    /// <summary>Writes the solution within the step that was last tried or accepted.</summary>
    /// <param name="theta">The part of the step, from 0 to 1.</param>
    /// <param name="start">The state where the step began, padded.</param>
    /// <param name="destination">Receives the solution, padded.</param>
    protected internal abstract void Dense(double theta, double[] start, double[] destination);

    /// <summary>The next step begins elsewhere than the last one ended: what was remembered of the solution no longer holds.</summary>
    protected internal virtual void Forget() => _error1 = _error2 = 1;

    /// <summary>The factor from the size of the accepted step to the next; called once for each, before <see cref="Accept"/>.</summary>
    /// <param name="h">The size of the step.</param>
    /// <param name="error">Its error, at most 1.</param>
    /// <param name="afterRejection">Whether a longer step was rejected before.</param>
    protected internal virtual double NextFactor(double h, double error, bool afterRejection)
    {
        // The smallest error that is remembered: one lucky step doesn't count for more. Hairer, Nørsett and Wanner's DOPRI5 has the same.
        const double SmallestRememberedError = 1e-4;
        double factor = Controller.Factor(error, _error1, _error2, _exponent);
        _error2 = _error1;
        _error1 = Math.Max(error, SmallestRememberedError);
        return afterRejection ? Math.Min(factor, 1) : factor;
    }

    /// <summary>The factor from the size of the rejected step to the one tried next, below 1.</summary>
    /// <param name="error">Its error: above 1, NaN or infinite.</param>
    protected internal virtual double RetryFactor(double error) => Controller.RetryFactor(error, _exponent);

    /// <summary>Hairer, Nørsett and Wanner (1993), section II.4, "starting step size": an explicit Euler step estimates the second derivative.</summary>
    /// <param name="time">Where the integration is.</param>
    /// <param name="distance">The way to the end, with sign.</param>
    protected internal abstract double ChooseStep(double time, double distance);

    /// <summary>Saves or loads everything that changes, but for the shared vectors.</summary>
    /// <param name="archive">The archive.</param>
    protected internal virtual void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(ref _error1);
        archive.Transfer(ref _error2);
        long evaluations = Evaluations, jacobians = JacobianEvaluations, factorizations = Factorizations;
        archive.Transfer(ref evaluations);
        archive.Transfer(ref jacobians);
        archive.Transfer(ref factorizations);
        (Evaluations, JacobianEvaluations, Factorizations) = (evaluations, jacobians, factorizations);
    }

    /// <summary>Computes f(t, y) and counts.</summary>
    /// <param name="time">The time.</param>
    /// <param name="y">The state, at least n elements.</param>
    /// <param name="dy">Receives f, n elements.</param>
    /// <returns>True when every element is finite.</returns>
    protected bool Evaluate(double time, double[] y, Span<double> dy)
    {
        Evaluations++;
        System.Derivative(time, y.AsSpan(0, Dimension), dy);
        return StageKernels.AllFinite(dy);
    }

    /// <summary>The root mean square of values over the tolerance at the current point.</summary>
    /// <param name="values">The values, n elements.</param>
    protected double ScaledNorm(ReadOnlySpan<double> values)
    {
        double sum = 0, relative = Method.RelativeTolerance;
        double[] y = Vectors.Point, absolute = Vectors.Absolute;
        for (int i = 0; i < values.Length; i++)
        {
            double ratio = values[i] / (absolute[i] + (relative * Math.Abs(y[i])));
            sum += ratio * ratio;
        }

        return Math.Sqrt(sum / values.Length);
    }

    /// <summary>The starting step size from f at the point, as Hairer, Nørsett and Wanner choose it.</summary>
    /// <param name="time">Where the integration is.</param>
    /// <param name="distance">The way to the end, with sign.</param>
    /// <param name="derivative">f at the point, n elements.</param>
    /// <param name="spare">Room for another derivative, n elements.</param>
    /// <param name="exponent">One over the power of the step size that the error is proportional to.</param>
    protected double ChooseStep(double time, double distance, ReadOnlySpan<double> derivative, Span<double> spare, double exponent)
    {
        double limit = Math.Min(Math.Abs(distance), Method.MaxStep), smallest = OdeState.SmallestStep(time);
        double[] y = Vectors.Point, trial = Vectors.Trial;
        double d0 = ScaledNorm(y.AsSpan(0, Dimension)), d1 = ScaledNorm(derivative);
        double h0 = Math.Min(d0 < 1e-5 || d1 < 1e-5 ? 1e-6 : 0.01 * (d0 / d1), limit);
        double signed = Math.CopySign(h0, distance);
        for (int i = 0; i < Dimension; i++)
            trial[i] = y[i] + (signed * derivative[i]);
        if (!StageKernels.AllFinite(trial) || !Evaluate(time + signed, trial, spare))
            return Math.Max(h0 * Controller.MinFactor, smallest);
        for (int i = 0; i < Dimension; i++)
            spare[i] -= derivative[i];
        double d2 = ScaledNorm(spare) / h0;
        double steepest = Math.Max(d1, d2);
        double h1 = steepest <= 1e-15 ? Math.Max(1e-6, h0 * 1e-3) : Math.Pow(0.01 / steepest, exponent);
        double chosen = Math.Min(Math.Min(100 * h0, h1), limit);

        // Not shorter than time can resolve; also where a huge derivative has made the norms overflow.
        return chosen >= smallest ? chosen : smallest;
    }
}
