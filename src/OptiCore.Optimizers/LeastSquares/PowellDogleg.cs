using OptiCore.LinearAlgebra;
using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// Powell's dogleg method for nonlinear least squares: in an ellipsoid |D p| &lt;= Delta the step follows the broken line from the point over the minimiser along the scaled gradient (the Cauchy
/// step) to the Gauss-Newton step, up to the border. One triangular solve replaces the search for the damping of <see cref="LevenbergMarquardt"/>, so that rejected trials cost nothing but the residuals.
/// </summary>
/// <remarks>
/// <para>M. J. D. Powell (1970), A hybrid method for nonlinear equations, in: Numerical methods for nonlinear algebraic equations; J. Nocedal and S. Wright (2006), Numerical optimization, section 4.1. D
/// holds the largest column norms seen. Where J has no full rank the Gauss-Newton step is the basic solution of the pivoted QR factorization.</para>
/// <para>Without bounds; losses enter by the correction described at <see cref="RobustLoss"/>. A trial costs one evaluation of the residuals, a successful one a Jacobian and 2 m n^2 operations as well.
/// Convergence: see <see cref="TrustRegionReflective"/>, which also takes bounds. From far starts the path may lead into another minimum than that of damped steps: of the 36 runs on NIST's sets it
/// does so for two, MGH09 and MGH17 from the first start.</para>
/// </remarks>
[Algorithm("Powell's dogleg", "Least squares", "Powell (1970), A hybrid method for nonlinear equations", Capabilities = "residuals and Jacobian, robust losses")]
public sealed record PowellDogleg : ISolver<double, IDifferentiableResidualFunction<double>>
{
    /// <summary>The loss. Default: least squares.</summary>
    public RobustLoss Loss { get; init => field = Require.NotNull(value, nameof(Loss)); } = RobustLoss.Squares;

    /// <summary>The first Delta as a multiple of |D x|, or its value where x is 0. Default: 1.</summary>
    public double InitialRegion { get; init => field = Require.Positive(value); } = 1;

    /// <summary>Converged when actual and predicted relative reductions are at most this. Default: 1e-10.</summary>
    public double ValueTolerance { get; init => field = Require.NonNegative(value); } = 1e-10;

    /// <summary>Converged when a step is at most this times |x|. Default: 1e-12.</summary>
    public double StepTolerance { get; init => field = Require.NonNegative(value); } = 1e-12;

    /// <summary>Further criteria, tested after each successful step. Default: an exact zero of the gradient only.</summary>
    public StoppingRules Stopping { get; init => field = Require.NotNull(value, nameof(Stopping)); } = StoppingRules.Never;

    /// <inheritdoc/>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key) =>
        new LeastSquaresState(new DoglegRule(shape, InitialRegion), Loss, ValueTolerance, StepTolerance, new Query<double>(shape, Oracle.Residuals | Oracle.Jacobian), start);

    private sealed class DoglegRule : ILeastSquaresRule
    {
        private readonly int _m, _n;
        private readonly PivotedQr<double> _qr;
        private readonly double[] _scale, _newton, _cauchy, _step, _image;
        private readonly double _initialRegion;
        private double _region, _length, _newtonNorm, _cauchyNorm, _normOfX;
        private bool _started;

        public DoglegRule(ProblemShape shape, double initialRegion)
        {
            (_m, _n) = (shape.ResidualCount, shape.Dimension);
            _initialRegion = initialRegion;
            _qr = new PivotedQr<double>(_m, _n);
            _scale = new double[_n];
            _newton = new double[_n];
            _cauchy = new double[_n];
            _step = new double[_n];
            _image = new double[_m];
        }

        public double GradientNorm { get; private set; }

        public double Optimality { get; private set; }

        public double Promise { get; private set; }

        public double Cosine { get; private set; }

        public void Model(ResidualPoint point)
        {
            _qr.Factor(point.Jacobian);
            for (int j = 0; j < _n; j++)
                _scale[j] = Math.Max(_scale[j], _qr.ColumnNorms[j] == 0 ? 1e-300 : _qr.ColumnNorms[j]);
            _ = _qr.Solve(point.Residuals, _newton);
            Vectors.Scale(-1, _newton, _newton);
            _newtonNorm = ScaledNorm(_newton);

            // Along -D^-2 g, to the minimum of the model.
            GradientNorm = Reduce.MaxNorm(point.Gradient);
            Cosine = point.LargestCosine(_qr.ColumnNorms);
            double slope = 0, size = 0;
            for (int j = 0; j < _n; j++)
            {
                double scaled = point.Gradient[j] / _scale[j];
                slope += scaled * scaled;
                _cauchy[j] = -scaled / _scale[j];
                double w = _scale[j] * point.X[j];
                size += w * w;
            }

            Optimality = Math.Sqrt(slope);
            Image(point, _cauchy);
            double curvature = Reduce.SumOfSquares<double>(_image);
            Vectors.Scale(curvature > 0 ? slope / curvature : 0, _cauchy, _cauchy);
            _cauchyNorm = ScaledNorm(_cauchy);
            Image(point, _newton);
            Promise = point.Value == 0 ? 0 : 0.5 * Reduce.SumOfSquares<double>(_image) / point.Value;
            _normOfX = Math.Sqrt(size);
            if (!_started)
            {
                _started = true;
                _region = _initialRegion * (_normOfX == 0 ? 1 : _normOfX);
            }
        }

        public bool Propose(ResidualPoint point, Span<double> trial, out StepForecast forecast)
        {
            forecast = default;
            if (!(_region > 1e-300) || _region <= 1e-16 * _normOfX || !double.IsFinite(_newtonNorm))
                return false;
            bool full = _newtonNorm <= _region;
            if (full)
            {
                _newton.CopyTo(_step, 0);
            }
            else if (_cauchyNorm >= _region)
            {
                Vectors.Scale(_region / _cauchyNorm, _cauchy, _step);
            }
            else
            {
                // |D (c + t (p - c))| = Delta
                double a = 0, b = 0, c = (_cauchyNorm * _cauchyNorm) - (_region * _region);
                for (int j = 0; j < _n; j++)
                {
                    double from = _scale[j] * _cauchy[j], along = _scale[j] * (_newton[j] - _cauchy[j]);
                    a += along * along;
                    b += from * along;
                }

                double root = Math.Sqrt(Math.Max(0, (b * b) - (a * c))), t = b > 0 ? -c / (b + root) : (root - b) / a;
                for (int j = 0; j < _n; j++)
                    _step[j] = _cauchy[j] + (t * (_newton[j] - _cauchy[j]));
            }

            _length = ScaledNorm(_step);
            Image(point, _step);
            double reduction = -Reduce.Dot(point.Gradient, _step) - (0.5 * Reduce.SumOfSquares<double>(_image));
            Vectors.AddScaled(point.X, 1, _step, trial);
            forecast = new StepForecast(reduction, Reduce.Norm<double>(_step), full);
            return true;
        }

        public void Judge(double ratio)
        {
            if (double.IsNaN(ratio) || ratio < 0.25)
                _region = 0.25 * Math.Min(_region, _length);
            else if (ratio > 0.75 && _length > 0.9 * _region)
                _region *= 2;
        }

        private void Image(ResidualPoint point, ReadOnlySpan<double> p) => Blas.Gemv(false, _m, _n, 1, point.Jacobian, _n, p, 0, _image);

        private double ScaledNorm(ReadOnlySpan<double> p)
        {
            double sum = 0;
            for (int j = 0; j < p.Length; j++)
                sum += _scale[j] * p[j] * (_scale[j] * p[j]);
            return Math.Sqrt(sum);
        }

        public void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_scale);
            archive.Transfer<double>(_newton);
            archive.Transfer<double>(_cauchy);
            archive.Transfer<double>(_step);
            archive.Transfer(ref _region);
            archive.Transfer(ref _length);
            archive.Transfer(ref _newtonNorm);
            archive.Transfer(ref _cauchyNorm);
            archive.Transfer(ref _normOfX);
            archive.Transfer(ref _started);
            double gradient = GradientNorm, optimality = Optimality, promise = Promise, cosine = Cosine;
            archive.Transfer(ref gradient);
            archive.Transfer(ref optimality);
            archive.Transfer(ref promise);
            archive.Transfer(ref cosine);
            (GradientNorm, Optimality, Promise, Cosine) = (gradient, optimality, promise, cosine);
        }
    }
}
