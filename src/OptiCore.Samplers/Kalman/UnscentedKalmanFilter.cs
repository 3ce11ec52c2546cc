using OptiCore.LinearAlgebra;
using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>
/// The unscented Kalman filter: means and covariances through a function f are those of 2 n + 1 weighted points m, m +- sqrt(n + lambda) L_i with P = L L' and lambda = alpha^2 (n + kappa) - n, which is exact to second order without
/// derivatives.
/// </summary>
/// <remarks>
/// <para>Weights of the mean: lambda / (n + lambda) for the centre, 1 / (2 (n + lambda)) for the others; the centre's weight of the covariance is larger by 1 - alpha^2 + beta. The form for additive noise, with points drawn anew from the predicted law
/// before the observation. Sums are taken of differences from the centre, so that small alpha costs no digits. Exact for linear models. Costs 2 n + 1 evaluations of transition and observation and O(n^3) a step.</para>
/// <para>S. J. Julier, J. K. Uhlmann (1997), A new extension of the Kalman filter to nonlinear systems; the scaled form E. A. Wan, R. van der Merwe (2000), The unscented Kalman filter for nonlinear estimation; the square-root form R. van der Merwe,
/// E. A. Wan (2001), The square-root unscented Kalman filter for state and parameter-estimation.</para>
/// </remarks>
[Algorithm("Unscented Kalman filter", "Filtering", "Wan, van der Merwe (2000), The unscented Kalman filter for nonlinear estimation", Capabilities = "no derivatives, scaled points, missing observations, square-root form")]
public sealed record UnscentedKalmanFilter : IGaussianFilter<IGaussianModel>
{
    /// <summary>The spread alpha of the points, positive. Default: 1e-3.</summary>
    public double Alpha { get; init => field = Require.Positive(value); } = 1e-3;

    /// <summary>What is known of the fourth moments; 2 is best for Gaussian laws. Default: 2.</summary>
    public double Beta { get; init => field = Require.Finite(value); } = 2;

    /// <summary>The secondary spread kappa, above -n. Default: 0.</summary>
    public double Kappa { get; init => field = Require.Finite(value); }

    /// <summary>How covariances are carried. Default: full matrices.</summary>
    public CovarianceForm Form { get; init => field = Require.Defined(value); }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException"><see cref="Kappa"/> isn't above -n.</exception>
    public GaussianFilterState Start(IGaussianModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.StateCount + Kappa > 0 ? new State(this, model) : throw new ArgumentException($"{nameof(Kappa)} is {Kappa} but must be above -{model.StateCount}, the negative number of state variables.", nameof(model));
    }

    private sealed class State : GaussianFilterState
    {
        private readonly UnscentedKalmanFilter _options;
        private readonly IGaussianModel _model;
        private readonly double _spread, _weight, _centreWeight;
        private readonly double[] _root, _predictedRoot, _noise, _y, _innovation, _crossObservation, _gain, _point, _deviations, _array, _triangle;
        private readonly Qr<double> _predictQr, _correctQr;

        public State(UnscentedKalmanFilter options, IGaussianModel model) : base(model)
        {
            (_options, _model) = (options, model);
            int n = StateCount, p = ObservationCount, most = Math.Max(n, p);
            double scale = options.Alpha * options.Alpha * (n + options.Kappa);
            (_spread, _weight) = (Math.Sqrt(scale), 0.5 / scale);
            _centreWeight = ((scale - n) / scale) + 1 - (options.Alpha * options.Alpha) + options.Beta;
            (_root, _predictedRoot, _noise, _y, _innovation) = (new double[n * n], new double[n * n], new double[p * p], new double[p], new double[p * p]);
            (_crossObservation, _gain, _point) = (new double[n * p], new double[p * n], new double[n]);
            (_deviations, _array, _triangle) = (new double[((2 * n) + 1) * most], new double[((2 * n) + most) * most], new double[most * most]);
            (_predictQr, _correctQr) = (new Qr<double>(3 * n, n), new Qr<double>((2 * n) + p, p));
            model.InitialCovariance.CopyTo(_predictedRoot);
            GaussianRoot.TryFactor(_predictedRoot, n, out _);
        }

        public override void Persist(StateArchive archive)
        {
            base.Persist(archive);
            archive.Transfer<double>(_root);
            archive.Transfer<double>(_predictedRoot);
        }

        protected override bool Predict(int step, Moments moments)
        {
            int n = StateCount;
            if (_options.Form == CovarianceForm.Full)
            {
                moments.Covariance.CopyTo(_root);
                if (!GaussianRoot.TryFactor(_root, n, out _))
                    return false;
            }

            Transform(step, moments.Mean, _root, observe: false, moments.PredictedMean, moments.Cross);
            return TryCovariance(_model.TransitionCovariance(step), n, _predictQr, _predictedRoot, moments.PredictedCovariance);
        }

        protected override bool Correct(int step, ReadOnlySpan<double> observation, Moments moments, out double logLikelihood)
        {
            int n = StateCount, p = ObservationCount;
            logLikelihood = 0;
            if (_options.Form == CovarianceForm.Full)
            {
                moments.PredictedCovariance.CopyTo(_predictedRoot);
                if (!GaussianRoot.TryFactor(_predictedRoot, n, out _))
                    return false;
            }

            Transform(step, moments.PredictedMean, _predictedRoot, observe: true, _y, _crossObservation);
            _model.ObservationCovariance(step).CopyTo(_noise);
            int present = Missing.Mask(observation, _noise);
            for (int j = 0; j < p; j++)
            {
                bool missing = double.IsNaN(observation[j]);
                _y[j] = missing ? 0 : observation[j] - _y[j];
                for (int i = 0; missing && i <= 2 * n; i++)
                    _deviations[(i * p) + j] = 0;
                for (int i = 0; missing && i < n; i++)
                    _crossObservation[(i * p) + j] = 0;
            }

            // Both forms leave the lower root of S in _innovation.
            if (!TryCovariance(_noise, p, _correctQr, _innovation, default))
                return false;
            for (int j = 0; j < p; j++)
            {
                if (_innovation[(j * p) + j] <= 0)
                    return false;
            }

            // U' = L^-1 C', with which K = U L^-1 and K S K' = U U'.
            SmallMatrix.Transpose(_crossObservation, n, p, _gain);
            Blas.Trsm<double>(Side.Left, Triangle.Lower, false, Diagonal.Stored, p, n, 1, _innovation, p, _gain, n);
            logLikelihood = SmallMatrix.LogDensity(_innovation, p, _y, present);
            moments.PredictedMean.CopyTo(moments.Mean);
            Blas.Gemv<double>(true, p, n, 1, _gain, n, _y, 1, moments.Mean);
            if (_options.Form == CovarianceForm.Full)
            {
                moments.PredictedCovariance.CopyTo(moments.Covariance);
                Blas.Gemm<double>(true, false, n, n, p, -1, _gain, n, _gain, n, 1, moments.Covariance, n);
                SmallMatrix.Symmetrize(moments.Covariance, n);
                return true;
            }

            _predictedRoot.CopyTo(_root, 0);
            if (!CholeskyUpdate.TrySubtract<double>(_root, n, n, _gain, p, out _))
                return false;
            Blas.Gemm<double>(false, true, n, n, n, 1, _root, n, _root, n, 0, moments.Covariance, n);
            return true;
        }

        protected override void KeepPrediction(Moments moments)
        {
            base.KeepPrediction(moments);
            _predictedRoot.CopyTo(_root, 0);
        }

        /// <summary>The points of N(centre, root root') through the model: their mean, the deviations from it, and their covariance with the points themselves.</summary>
        private void Transform(int step, ReadOnlySpan<double> centre, ReadOnlySpan<double> root, bool observe, Span<double> mean, Span<double> cross)
        {
            int n = StateCount, m = mean.Length;
            centre.CopyTo(_point);
            Evaluate(step, observe, Row(0, m));
            for (int k = 0; k < n; k++)
            {
                for (int sign = 1; sign >= -1; sign -= 2)
                {
                    for (int i = 0; i < n; i++)
                        _point[i] = centre[i] + (sign * _spread * root[(i * n) + k]);
                    Evaluate(step, observe, Row(1 + (2 * k) + (sign < 0 ? 1 : 0), m));
                }
            }

            // The centre is subtracted before anything is summed: weights of order 1 / alpha^2 would multiply its rounding otherwise.
            Span<double> first = Row(0, m), shift = _array.AsSpan(0, m);
            shift.Clear();
            for (int i = 1; i <= 2 * n; i++)
            {
                Span<double> row = Row(i, m);
                for (int j = 0; j < m; j++)
                {
                    row[j] -= first[j];
                    shift[j] += _weight * row[j];
                }
            }

            for (int j = 0; j < m; j++)
                mean[j] = first[j] + shift[j];
            first.Clear();
            for (int i = 0; i <= 2 * n; i++)
            {
                for (int j = 0; j < m; j++)
                    Row(i, m)[j] -= shift[j];
            }

            cross.Clear();
            for (int k = 0; k < n; k++)
            {
                ReadOnlySpan<double> plus = Row(1 + (2 * k), m), minus = Row(2 + (2 * k), m);
                for (int i = k; i < n; i++)
                {
                    double l = _weight * _spread * root[(i * n) + k];
                    for (int j = 0; j < m; j++)
                        cross[(i * m) + j] += l * (plus[j] - minus[j]);
                }
            }
        }

        private void Evaluate(int step, bool observe, Span<double> result)
        {
            if (observe)
                _model.Observation(step, _point, result);
            else
                _model.Transition(step, _point, result);
        }

        private Span<double> Row(int i, int m) => _deviations.AsSpan(i * m, m);

        /// <summary>The noise plus the weighted squares of the deviations; the full form writes the covariance (and, where that isn't wanted, its root), the other one the root (and the covariance).</summary>
        private bool TryCovariance(ReadOnlySpan<double> noise, int m, Qr<double> qr, Span<double> root, Span<double> covariance)
        {
            int n = StateCount;
            ReadOnlySpan<double> centre = Row(0, m);
            if (_options.Form == CovarianceForm.Full)
            {
                Span<double> sum = covariance.IsEmpty ? root : covariance;
                noise.CopyTo(sum);
                Blas.Gemm<double>(true, false, m, m, 2 * n, _weight, _deviations.AsSpan(m, 2 * n * m), m, _deviations.AsSpan(m, 2 * n * m), m, 1, sum, m);
                Blas.Ger(m, m, _centreWeight, centre, centre, sum, m);
                SmallMatrix.Symmetrize(sum, m);
                return !covariance.IsEmpty || GaussianRoot.TryFactor(root, m, out _);
            }

            noise.CopyTo(root);
            if (!GaussianRoot.TryFactor(root, m, out _))
                return false;
            Span<double> array = _array.AsSpan(0, ((2 * n) + m) * m);
            double scale = Math.Sqrt(_weight);
            for (int i = 0; i < 2 * n * m; i++)
                array[i] = scale * _deviations[m + i];
            SmallMatrix.Transpose(root, m, m, array[(2 * n * m)..]);
            qr.Factor(array);
            SmallMatrix.LowerRoot(qr, m, _triangle, root);
            Span<double> scaled = array[..m];
            for (int j = 0; j < m; j++)
                scaled[j] = Math.Sqrt(Math.Abs(_centreWeight)) * centre[j];
            if (_centreWeight < 0)
            {
                if (!CholeskyUpdate.TrySubtract<double>(root, m, m, scaled))
                    return false;
            }
            else
            {
                CholeskyUpdate.Add<double>(root, m, m, scaled);
            }

            if (!covariance.IsEmpty)
                Blas.Gemm<double>(false, true, m, m, m, 1, root, m, root, m, 0, covariance, m);
            return true;
        }
    }
}
