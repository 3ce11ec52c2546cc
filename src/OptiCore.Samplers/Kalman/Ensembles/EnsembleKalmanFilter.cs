using System.Numerics.Tensors;
using OptiCore.LinearAlgebra;
using OptiCore.Numerics;

namespace OptiCore.Samplers;

/// <summary>
/// The stochastic ensemble Kalman filter: N members are carried forward with noise and corrected by X + K (y + e - h(X)) with e ~ N(0, R) of their own and the Kalman gain of the ensemble's covariances, so that no n x n matrix is needed.
/// </summary>
/// <remarks>
/// <para>K = (rho o A B') (rho' o B B' + (N - 1) R)^-1 with the deviations A of the members and B of their observations, and weights rho of <see cref="Localization"/>. The perturbations e are centred, so that the mean is corrected by y itself. Deviations
/// of the forecast are multiplied by <see cref="Inflation"/>. Converges to the Kalman filter as 1/sqrt(N) on linear models. Costs N transitions and observations and O(N (n + p) p + p^3) a step: for many states and few observations; with
/// many observations or few members take <see cref="EnsembleTransformKalmanFilter"/>.</para>
/// <para>G. Evensen (1994), Sequential data assimilation with a nonlinear quasi-geostrophic model using Monte Carlo methods to forecast error statistics; G. Burgers, P. J. van Leeuwen, G. Evensen (1998), Analysis scheme in the ensemble Kalman filter;
/// localization in P. L. Houtekamer, H. L. Mitchell (2001), A sequential ensemble Kalman filter for atmospheric data assimilation.</para>
/// </remarks>
[Algorithm("Ensemble Kalman filter", "Filtering", "Burgers, van Leeuwen, Evensen (1998), Analysis scheme in the ensemble Kalman filter", Capabilities = "perturbed observations, inflation, covariance localization")]
public sealed record EnsembleKalmanFilter : IEnsembleFilter
{
    /// <summary>The number N of members. Default: 100.</summary>
    public int Members { get; init => field = Require.AtLeast(value, 2); } = 100;

    /// <summary>The factor of the forecast's deviations. Default: 1.</summary>
    public double Inflation { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The weights of covariances by distance; null, the default, believes all of them.</summary>
    public ILocalization? Localization { get; init; }

    /// <inheritdoc/>
    public EnsembleFilterState Start(IGaussianModel model, RandomKey key, IWorkers? workers = null) => new State(this, model, key, workers);

    private sealed class State : EnsembleFilterState
    {
        private readonly ILocalization? _localization;
        private readonly double[] _innovations, _s, _gain, _noise, _mean;

        public State(EnsembleKalmanFilter options, IGaussianModel model, RandomKey key, IWorkers? workers) : base(model, options.Members, options.Inflation, key, workers)
        {
            _localization = options.Localization;
            int n = model.StateCount, p = model.ObservationCount;
            if (_localization is { } l && (l.StateCount != n || l.ObservationCount != p))
                throw new ArgumentException($"The localization has {l.StateCount} states and {l.ObservationCount} observations, the model {n} and {p}.", nameof(model));
            (_innovations, _s, _gain, _noise, _mean) = (new double[p * Size], new double[p * p], new double[p * n], new double[p * p], new double[p]);
        }

        private protected override bool Analyse(int step, ReadOnlySpan<double> observation, ReadOnlySpan<double> observedMean, RandomKey key, out double logLikelihood)
        {
            int n = Model.StateCount, p = Model.ObservationCount, size = Size;
            Model.ObservationCovariance(step).CopyTo(_noise);
            int present = Missing.Mask(observation, _noise);
            double scale = 1.0 / (size - 1);
            Blas.Gemm<double>(false, true, p, p, size, scale, ObservedAnomalies, size, ObservedAnomalies, size, 0, _s, p);
            Blas.Gemm<double>(false, true, p, n, size, scale, ObservedAnomalies, size, Anomalies, size, 0, _gain, n);
            if (_localization is { } localization)
            {
                for (int i = 0; i < p; i++)
                {
                    for (int j = 0; j < p; j++)
                        _s[(i * p) + j] *= localization.OfObservations(i, j);
                    for (int j = 0; j < n; j++)
                        _gain[(i * n) + j] *= localization.OfState(j, i);
                }
            }

            TensorPrimitives.Add<double>(_s, _noise, _s);
            SmallMatrix.Symmetrize(_s, p);
            logLikelihood = 0;
            if (!GaussianRoot.TryFactor(_s, p, out bool definite) || !definite || !GaussianRoot.TryFactor(_noise, p, out _))
                return false;

            // Perturbations L_R z, centred; then y + e - h(X), 0 where y is missing.
            ParticleBlock innovations = new(_innovations, p, size, size);
            for (int i = 0; i < p; i++)
                Randomness.RandomFill.Normal(key.Fold(i), innovations[i]);
            for (int i = p - 1; i >= 0; i--)
            {
                Span<double> row = innovations[i];
                TensorPrimitives.Multiply(row, _noise[(i * p) + i], row);
                for (int k = 0; k < i; k++)
                    TensorPrimitives.MultiplyAdd(innovations[k], _noise[(i * p) + k], row, row);
            }

            Span<double> mean = _mean;
            for (int i = 0; i < p; i++)
            {
                Span<double> row = innovations[i];
                mean[i] = double.IsNaN(observation[i]) ? 0 : observation[i] - observedMean[i];
                TensorPrimitives.Subtract(row, Reduce.Mean<double>(row) - mean[i], row);
                TensorPrimitives.Subtract(row, ObservedAnomalies.Slice(i * size, size), row);
                if (double.IsNaN(observation[i]))
                    row.Clear();
            }

            logLikelihood = SmallMatrix.LogDensity(_s, p, mean, present);
            Cholesky.Solve<double>(_s, p, p, _innovations, size, size);
            for (int j = 0; j < n; j++)
            {
                Span<double> row = WritableMembers[j];
                for (int i = 0; i < p; i++)
                    TensorPrimitives.MultiplyAdd(innovations[i], _gain[(i * n) + j], row, row);
            }

            return true;
        }
    }
}
