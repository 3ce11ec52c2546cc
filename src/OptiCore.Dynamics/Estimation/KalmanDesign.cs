using System.Numerics;
using OptiCore.LinearAlgebra;
using OptiCore.Solving;

namespace OptiCore.Dynamics;

/// <summary>
/// The steady-state Kalman filter (in continuous time the Kalman-Bucy filter) of a <see cref="LinearPlant"/> with process noise of covariance W and measurement noise of covariance V: the dual of the regulator.
/// </summary>
/// <remarks>
/// <para>Continuous time, with intensities W and V: the estimate follows x' = A x + B u + L (y - C x) with L = P C'V^-1 and P the error's covariance, A P + P A' - P C'V^-1 C P + W = 0. Discrete time: P is the covariance of the prediction,
/// the correction is x + M (y - C x) with M = P C'(C P C' + V)^-1, and L = A M takes one prediction to the next.</para>
/// <para>R. E. Kalman (1960), A new approach to linear filtering and prediction problems; R. E. Kalman, R. S. Bucy (1961), New results in linear filtering and prediction theory.</para>
/// </remarks>
[Algorithm("Steady-state Kalman filter", "Linear control", "Kalman, Bucy (1961), New results in linear filtering and prediction theory", Capabilities = "continuous and discrete time, by duality")]
public sealed class KalmanDesign
{
    private readonly double[] _gain, _correction, _covariance;

    private KalmanDesign(LinearPlant plant, RegulatorDesign dual, double[] gain, double[] correction, string message)
    {
        (Plant, Reason, Message, Poles) = (plant, dual.Reason, message, dual.Poles);
        (_gain, _correction, _covariance) = (gain, correction, dual.CostMatrix.ToArray());
    }

    /// <summary>The plant.</summary>
    public LinearPlant Plant { get; }

    /// <summary>Whether there is a design, and why not.</summary>
    public DesignReason Reason { get; }

    /// <summary>True when there is a design.</summary>
    public bool IsSolved => Reason == DesignReason.Solved;

    /// <summary>The reason in one sentence.</summary>
    public string Message { get; }

    /// <summary>The gain L, n x p, for which A - L C is stable.</summary>
    public ReadOnlySpan<double> Gain => _gain;

    /// <summary>The gain M of the correction of a prediction, n x p; in continuous time that of <see cref="Gain"/>.</summary>
    public ReadOnlySpan<double> CorrectionGain => _correction;

    /// <summary>The covariance P of the error, in discrete time of the prediction's, n x n.</summary>
    public ReadOnlySpan<double> Covariance => _covariance;

    /// <summary>The eigenvalues of A - L C.</summary>
    public IReadOnlyList<Complex> Poles { get; }

    /// <summary>Designs the filter.</summary>
    /// <param name="plant">The plant with its outputs.</param>
    /// <param name="process">The symmetric matrix W, n x n.</param>
    /// <param name="measurement">The symmetric positive definite matrix V, p x p.</param>
    /// <exception cref="ArgumentException">A size doesn't fit, an element isn't finite, or a matrix isn't symmetric.</exception>
    public static KalmanDesign Design(LinearPlant plant, ReadOnlySpan<double> process, ReadOnlySpan<double> measurement)
    {
        ArgumentNullException.ThrowIfNull(plant);
        RegulatorDesign dual = Lqr.Design(plant.Dual(), process, measurement);
        int n = plant.StateCount, p = plant.OutputCount;
        double[] gain = Matrices.Transpose(dual.Gain, p, n), correction = [.. gain];
        if (dual.IsSolved && plant.IsDiscrete)
        {
            // M' = (V + C P C')^-1 C P.
            double[] cp = Matrices.Product(plant.C, dual.CostMatrix, p, n, n), innovation = Matrices.Symmetric(measurement, p, nameof(measurement));
            Blas.Gemm(false, true, p, p, n, 1.0, cp, n, plant.C, n, 1.0, innovation, p);
            Matrices.Symmetrize(innovation, p);
            Matrices.TrySolve(innovation, p, cp, n);
            correction = Matrices.Transpose(cp, p, n);
        }

        return new KalmanDesign(plant, dual, gain, correction, dual.Reason switch
        {
            DesignReason.Solved => "The error decays.",
            DesignReason.NotStabilizable => "The plant isn't detectable: the outputs don't show an unstable pole.",
            DesignReason.ControlWeightNotPositive => "V isn't positive definite: some measurement would be exact.",
            _ => "The Riccati equation has no stabilising solution: no noise drives a mode on the stability boundary.",
        });
    }

    /// <summary>This design if there is one.</summary>
    /// <exception cref="SolverException">There is none; the message says why.</exception>
    public KalmanDesign EnsureSolved() => IsSolved ? this : throw new SolverException(Message);
}
