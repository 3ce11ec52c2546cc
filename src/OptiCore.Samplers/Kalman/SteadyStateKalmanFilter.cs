using OptiCore.Dynamics;
using OptiCore.LinearAlgebra;
using OptiCore.Solving;

namespace OptiCore.Samplers;

/// <summary>
/// The Kalman filter with the gain and covariances of the limit t -> infinity from the first step on, which the discrete Riccati equation gives: no matrix is factored at an update, O(n^2 + n p) operations.
/// </summary>
/// <remarks>
/// For models that don't change, after their start has been forgotten: estimates and likelihood differ from the exact filter's until then. A missing element of an observation is taken as equal to its prediction, and counts nothing in the
/// likelihood if all of the observation is missing. B. D. O. Anderson, J. B. Moore (1979), Optimal filtering; the Riccati equation by <see cref="KalmanDesign"/>.
/// </remarks>
[Algorithm("Kalman filter with steady gain", "Filtering", "Anderson, Moore (1979), Optimal filtering", Capabilities = "O(n^2) a step, by the discrete Riccati equation")]
public sealed record SteadyStateKalmanFilter : IGaussianFilter<LinearGaussianModel>
{
    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The model changes in time.</exception>
    /// <exception cref="SolverException">There is no steady state: the model isn't detectable, R isn't definite, or a mode on the stability boundary is driven by no noise.</exception>
    public GaussianFilterState Start(LinearGaussianModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new State(model, Design(model));
    }

    /// <summary>The steady state of a model: the covariance of the prediction and the gain of the correction.</summary>
    /// <param name="model">A model that doesn't change in time.</param>
    /// <exception cref="ArgumentException">The model changes in time.</exception>
    /// <exception cref="SolverException">There is no steady state.</exception>
    public static KalmanDesign Design(LinearGaussianModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (!model.IsTimeInvariant)
            throw new ArgumentException("The model changes in time, so that its filter has no steady state.", nameof(model));
        LinearGaussianStep step = model.Step(0);
        return KalmanDesign.Design(LinearPlant.Discrete(step.A, new double[step.StateCount], step.H), step.Q, step.R).EnsureSolved();
    }

    private sealed class State : GaussianFilterState
    {
        private readonly LinearGaussianModel _model;
        private readonly double[] _gain, _predictedCovariance, _covariance, _cross, _innovationRoot, _residual;

        public State(LinearGaussianModel model, KalmanDesign design) : base(model)
        {
            int n = StateCount, p = ObservationCount;
            LinearGaussianStep step = model.Step(0);
            (_model, _residual) = (model, new double[p]);
            (_gain, _predictedCovariance) = (design.CorrectionGain.ToArray(), design.Covariance.ToArray());
            (_covariance, _cross, _innovationRoot) = ([.. _predictedCovariance], new double[n * n], step.R.ToArray());
            double[] hp = new double[p * n];
            Blas.Gemm<double>(false, false, p, n, n, 1, step.H, n, _predictedCovariance, n, 0, hp, n);
            Blas.Gemm(false, true, p, p, n, 1, hp, n, step.H, n, 1, _innovationRoot, p);
            SmallMatrix.Symmetrize(_innovationRoot, p);
            GaussianRoot.TryFactor(_innovationRoot, p, out _);
            Blas.Gemm<double>(false, false, n, n, p, -1, _gain, p, hp, n, 1, _covariance, n);
            SmallMatrix.Symmetrize(_covariance, n);
            Blas.Gemm(false, true, n, n, n, 1, _covariance, n, step.A, n, 0, _cross, n);
        }

        protected override bool Predict(int step, Moments moments)
        {
            _model.Transition(step, moments.Mean, moments.PredictedMean);
            _predictedCovariance.CopyTo(moments.PredictedCovariance);
            _cross.CopyTo(moments.Cross);
            return true;
        }

        protected override bool Correct(int step, ReadOnlySpan<double> observation, Moments moments, out double logLikelihood)
        {
            int n = StateCount, p = ObservationCount;
            _model.Observation(step, moments.PredictedMean, _residual);
            for (int i = 0; i < p; i++)
                _residual[i] = double.IsNaN(observation[i]) ? 0 : observation[i] - _residual[i];
            moments.PredictedMean.CopyTo(moments.Mean);
            Blas.Gemv<double>(false, n, p, 1, _gain, p, _residual, 1, moments.Mean);
            _covariance.CopyTo(moments.Covariance);
            logLikelihood = SmallMatrix.LogDensity(_innovationRoot, p, _residual, p);
            return true;
        }
    }
}
