using OptiCore.LinearAlgebra;
using OptiCore.Persistence;

namespace OptiCore.Dynamics;

/// <summary>
/// The linear-quadratic-Gaussian controller: the regulator of the estimate of the steady-state Kalman filter, which is the best controller of a linear plant with Gaussian noise (separation).
/// </summary>
/// <remarks>
/// <para>The poles of the closed loop are those of the regulator and those of the filter. There is no guaranteed margin of stability: J. C. Doyle (1978), Guaranteed margins for LQG regulators.</para>
/// <para>W. M. Wonham (1968), On the separation theorem of stochastic control.</para>
/// </remarks>
[Algorithm("LQG", "Linear control", "Wonham (1968), On the separation theorem of stochastic control", Capabilities = "output feedback")]
public sealed class Lqg
{
    private Lqg(RegulatorDesign regulator, KalmanDesign filter) => (Regulator, Filter) = (regulator, filter);

    /// <summary>The regulator.</summary>
    public RegulatorDesign Regulator { get; }

    /// <summary>The filter.</summary>
    public KalmanDesign Filter { get; }

    /// <summary>True when both are solved.</summary>
    public bool IsSolved => Regulator.IsSolved && Filter.IsSolved;

    /// <summary>Designs both parts.</summary>
    /// <param name="plant">The plant with its outputs.</param>
    /// <param name="q">The symmetric weight Q of the state, n x n.</param>
    /// <param name="r">The symmetric positive definite weight R of the control, m x m.</param>
    /// <param name="process">The covariance W of the process noise, n x n.</param>
    /// <param name="measurement">The positive definite covariance V of the measurement noise, p x p.</param>
    /// <exception cref="ArgumentException">A size doesn't fit, an element isn't finite, or a matrix isn't symmetric.</exception>
    public static Lqg Design(LinearPlant plant, ReadOnlySpan<double> q, ReadOnlySpan<double> r, ReadOnlySpan<double> process, ReadOnlySpan<double> measurement) =>
        new(Lqr.Design(plant, q, r), KalmanDesign.Design(plant, process, measurement));

    /// <summary>This design if both parts are solved.</summary>
    /// <exception cref="Solving.SolverException">One isn't; the message says why.</exception>
    public Lqg EnsureSolved()
    {
        Regulator.EnsureSolved();
        Filter.EnsureSolved();
        return this;
    }

    /// <summary>
    /// The controller as a plant with the measurement as control and u as output: z' = (A - B K - L C) z + L y, u = -K z; in discrete time the one that knows measurements up to the step before.
    /// </summary>
    public LinearPlant ToCompensator()
    {
        LinearPlant plant = Regulator.Plant;
        int n = plant.StateCount, m = plant.ControlCount, p = plant.OutputCount;
        double[] a = plant.A.ToArray(), c = new double[m * n];
        Blas.Gemm(false, false, n, n, m, -1.0, plant.B, m, Regulator.Gain, n, 1.0, a, n);
        Blas.Gemm(false, false, n, n, p, -1.0, Filter.Gain, p, plant.C, n, 1.0, a, n);
        for (int i = 0; i < c.Length; i++)
            c[i] = -Regulator.Gain[i];
        return plant.IsDiscrete ? LinearPlant.Discrete(a, Filter.Gain, c, plant.Step) : LinearPlant.Continuous(a, Filter.Gain, c);
    }

    /// <summary>Starts the controller of a plant in discrete time.</summary>
    /// <param name="estimate">The first prediction of the state, n elements; empty for 0.</param>
    /// <exception cref="InvalidOperationException">The plant is in continuous time; discretize it, or use <see cref="ToCompensator"/>.</exception>
    public LqgController Start(ReadOnlySpan<double> estimate = default) => Regulator.Plant.IsDiscrete
        ? new LqgController(this, estimate)
        : throw new InvalidOperationException($"The plant is in continuous time: discretize it, or use {nameof(ToCompensator)}.");
}

/// <summary>A running controller of <see cref="Lqg"/> in discrete time; allocates nothing.</summary>
public sealed class LqgController : IPersistent
{
    private readonly Lqg _design;
    private readonly double[] _prediction, _estimate, _innovation, _control;

    internal LqgController(Lqg design, ReadOnlySpan<double> estimate)
    {
        _design = design.EnsureSolved();
        LinearPlant plant = design.Regulator.Plant;
        _prediction = estimate.IsEmpty ? new double[plant.StateCount] : Matrices.Finite(estimate, plant.StateCount, nameof(estimate));
        (_estimate, _innovation, _control) = ([.. _prediction], new double[plant.OutputCount], new double[plant.ControlCount]);
    }

    /// <summary>The estimate of the state with the last measurement.</summary>
    public ReadOnlySpan<double> Estimate => _estimate;

    /// <summary>The prediction of the state before the next measurement.</summary>
    public ReadOnlySpan<double> Prediction => _prediction;

    /// <summary>Corrects the prediction by a measurement, writes the control, and predicts the next state with it.</summary>
    /// <param name="y">The measurement, p elements.</param>
    /// <param name="u">Receives the control, m elements.</param>
    public void Step(ReadOnlySpan<double> y, Span<double> u)
    {
        LinearPlant plant = _design.Regulator.Plant;
        int n = plant.StateCount, m = plant.ControlCount, p = plant.OutputCount;
        Require.Length(y.Length, p, nameof(y));
        Require.Length(u.Length, m, nameof(u));
        y.CopyTo(_innovation);
        Blas.Gemv(false, p, n, -1.0, plant.C, n, _prediction, 1.0, _innovation);
        _prediction.CopyTo(_estimate, 0);
        Blas.Gemv(false, n, p, 1.0, _design.Filter.CorrectionGain, p, _innovation, 1.0, _estimate);
        _design.Regulator.Control(_estimate, _control);
        _control.CopyTo(u);
        Blas.Gemv(false, n, n, 1.0, plant.A, n, _estimate, 0.0, _prediction);
        Blas.Gemv(false, n, m, 1.0, plant.B, m, _control, 1.0, _prediction);
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer<double>(_prediction);
        archive.Transfer<double>(_estimate);
    }
}
