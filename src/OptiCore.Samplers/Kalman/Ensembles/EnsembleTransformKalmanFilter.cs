using System.Numerics.Tensors;
using OptiCore.LinearAlgebra;
using OptiCore.Numerics;

namespace OptiCore.Samplers;

/// <summary>
/// The ensemble transform Kalman filter: a deterministic analysis in the space of the N members, X = mean + A (w + W) with P~ = ((N - 1) I + B'R^-1 B)^-1, w = P~ B'R^-1 (y - mean of h) and W the symmetric root of (N - 1) P~. With
/// <see cref="Localization"/> it is the local filter (LETKF), one analysis for each state variable with observations weighted by distance.
/// </summary>
/// <remarks>
/// <para>No perturbed observations, so that small ensembles do better than under <see cref="EnsembleKalmanFilter"/>. The symmetric root keeps the ensemble's mean and changes members least. Localization multiplies element (j, k) of R^-1 by the root of the
/// weights of both observations. Costs N transitions and observations and O(N^2 (p + n) + N^3) a step; with localization that much for each state variable.</para>
/// <para>C. H. Bishop, B. J. Etherton, S. J. Majumdar (2001), Adaptive sampling with the ensemble transform Kalman filter; the form and the localization of B. R. Hunt, E. J. Kostelich, I. Szunyogh (2007), Efficient data assimilation for spatiotemporal chaos:
/// a local ensemble transform Kalman filter.</para>
/// </remarks>
[Algorithm("Ensemble transform Kalman filter", "Filtering", "Hunt, Kostelich, Szunyogh (2007), Efficient data assimilation for spatiotemporal chaos: a local ensemble transform Kalman filter", Capabilities = "deterministic, inflation, local analysis")]
public sealed record EnsembleTransformKalmanFilter : IEnsembleFilter
{
    /// <summary>The number N of members. Default: 40.</summary>
    public int Members { get; init => field = Require.AtLeast(value, 2); } = 40;

    /// <summary>The factor of the forecast's deviations. Default: 1.</summary>
    public double Inflation { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The weights of observations by distance; null, the default, for one analysis of the whole state.</summary>
    public ILocalization? Localization { get; init; }

    /// <inheritdoc/>
    public EnsembleFilterState Start(IGaussianModel model, RandomKey key, IWorkers? workers = null) => new State(this, model, key, workers);

    private sealed class State : EnsembleFilterState
    {
        private readonly ILocalization? _localization;
        private readonly double[] _noise, _precision, _weighted, _innovation, _scaled, _work, _space, _mean, _transform, _row, _s;
        private readonly SymmetricEigen<double> _eigen;

        public State(EnsembleTransformKalmanFilter options, IGaussianModel model, RandomKey key, IWorkers? workers) : base(model, options.Members, options.Inflation, key, workers)
        {
            _localization = options.Localization;
            int n = model.StateCount, p = model.ObservationCount;
            if (_localization is { } l && (l.StateCount != n || l.ObservationCount != p))
                throw new ArgumentException($"The localization has {l.StateCount} states and {l.ObservationCount} observations, the model {n} and {p}.", nameof(model));
            (_noise, _precision, _weighted, _s) = (new double[p * p], new double[p * p], new double[p * p], new double[p * p]);
            (_innovation, _scaled, _work, _row) = (new double[p], new double[p * Size], new double[p], new double[Size]);
            (_space, _mean, _transform) = (new double[Size * Size], new double[Size], new double[Size * Size]);
            _eigen = new SymmetricEigen<double>(Size);
        }

        private protected override bool Analyse(int step, ReadOnlySpan<double> observation, ReadOnlySpan<double> observedMean, RandomKey key, out double logLikelihood)
        {
            int n = Model.StateCount, p = Model.ObservationCount, size = Size;
            Model.ObservationCovariance(step).CopyTo(_noise);
            int present = Missing.Mask(observation, _noise);
            for (int i = 0; i < p; i++)
                _innovation[i] = double.IsNaN(observation[i]) ? 0 : observation[i] - observedMean[i];
            logLikelihood = 0;
            _noise.CopyTo(_s, 0);
            Blas.Gemm<double>(false, true, p, p, size, 1.0 / (size - 1), ObservedAnomalies, size, ObservedAnomalies, size, 1, _s, p);
            if (!GaussianRoot.TryFactor(_s, p, out bool definite) || !definite)
                return false;
            _innovation.CopyTo(_work, 0);
            logLikelihood = SmallMatrix.LogDensity(_s, p, _work, present);

            // R^-1.
            if (!GaussianRoot.TryFactor(_noise, p, out definite) || !definite)
                return false;
            _precision.AsSpan().Clear();
            for (int i = 0; i < p; i++)
                _precision[(i * p) + i] = 1;
            Cholesky.Solve<double>(_noise, p, p, _precision, p, p);
            if (_localization is null)
            {
                if (!TrySolve(_precision))
                    return false;
                for (int j = 0; j < n; j++)
                    Transform(j);
                return true;
            }

            for (int j = 0; j < n; j++)
            {
                for (int i = 0; i < p; i++)
                    _work[i] = Math.Sqrt(Math.Max(0, _localization.OfState(j, i)));
                for (int i = 0; i < p; i++)
                {
                    for (int k = 0; k < p; k++)
                        _weighted[(i * p) + k] = _precision[(i * p) + k] * _work[i] * _work[k];
                }

                if (!TrySolve(_weighted))
                    return false;
                Transform(j);
            }

            return true;
        }

        /// <summary>w and W from R^-1.</summary>
        private bool TrySolve(ReadOnlySpan<double> precision)
        {
            int p = _innovation.Length, size = Size;
            Blas.Gemm(false, false, p, size, p, 1, precision, p, ObservedAnomalies, size, 0, _scaled, size);
            _space.AsSpan().Clear();
            for (int i = 0; i < size; i++)
                _space[(i * size) + i] = size - 1;
            Blas.Gemm<double>(true, false, size, size, p, 1, ObservedAnomalies, size, _scaled, size, 1, _space, size);
            SmallMatrix.Symmetrize(_space, size);
            if (!_eigen.Factor(_space))
                return false;

            // With eigenvectors v and eigenvalues l: P~ = sum v v'/ l, W = sum v v' sqrt((N - 1) / l).
            Blas.Gemv<double>(true, p, size, 1, _scaled, size, _innovation, 0, _row);
            _mean.AsSpan().Clear();
            _transform.AsSpan().Clear();
            for (int k = 0; k < size; k++)
            {
                ReadOnlySpan<double> v = _eigen.Vector(k);
                double value = _eigen.Values[k];
                if (!(value > 0))
                    return false;
                TensorPrimitives.MultiplyAdd(v, Reduce.Dot<double>(v, _row) / value, _mean, _mean);
                Blas.Ger<double>(size, size, Math.Sqrt((size - 1) / value), v, v, _transform, size);
            }

            return true;
        }

        /// <summary>Row j of the members: mean + A_j (w + W).</summary>
        private void Transform(int j)
        {
            int size = Size;
            ReadOnlySpan<double> anomalies = Anomalies.Slice(j * size, size);
            double shift = WritableMean[j] + Reduce.Dot<double>(anomalies, _mean);
            Span<double> members = WritableMembers[j];
            Blas.Gemv<double>(true, size, size, 1, _transform, size, anomalies, 0, members);
            TensorPrimitives.Add(members, shift, members);
        }
    }
}
