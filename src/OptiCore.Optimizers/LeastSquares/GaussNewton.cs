using OptiCore.LinearAlgebra;
using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// The damped Gauss-Newton method for nonlinear least squares: the step p that minimises |r + J p|, shortened by halves until the sum of squares falls by a part of the slope (Armijo's rule).
/// </summary>
/// <remarks>
/// <para>J. Nocedal and S. Wright (2006), Numerical optimization, section 10.3; A. Bjorck (1996), Numerical methods for least squares problems, section 9.2. Where J has no full rank p is the basic solution
/// of its pivoted QR factorization.</para>
/// <para>A trial costs one evaluation of the residuals, a successful one a Jacobian and 2 m n^2 operations as well. Fast where residuals are small or models mildly curved; where J is nearly singular on
/// the way, steps become long and nearly orthogonal to the gradient, and the search fails or crawls, as from the far starts of three of NIST's 18 sets: prefer <see cref="LevenbergMarquardt"/> or <see cref="TrustRegionReflective"/> then. Losses enter by the
/// correction described at <see cref="RobustLoss"/>; for convergence see <see cref="TrustRegionReflective"/>.</para>
/// </remarks>
[Algorithm("Gauss-Newton", "Least squares", "Bjorck (1996), Numerical methods for least squares problems", Capabilities = "residuals and Jacobian, robust losses")]
public sealed record GaussNewton : ISolver<double, IDifferentiableResidualFunction<double>>
{
    /// <summary>The loss. Default: least squares.</summary>
    public RobustLoss Loss { get; init => field = Require.NotNull(value, nameof(Loss)); } = RobustLoss.Squares;

    /// <summary>The part of the slope that a step must fall, in (0, 1/2). Default: 1e-4.</summary>
    public double SufficientDecrease { get; init => field = Require.InOpen(value, 0, 0.5); } = 1e-4;

    /// <summary>Converged when actual and predicted relative reductions are at most this. Default: 1e-10.</summary>
    public double ValueTolerance { get; init => field = Require.NonNegative(value); } = 1e-10;

    /// <summary>Converged when a step is at most this times |x|. Default: 1e-12.</summary>
    public double StepTolerance { get; init => field = Require.NonNegative(value); } = 1e-12;

    /// <summary>Further criteria, tested after each successful step. Default: an exact zero of the gradient only.</summary>
    public StoppingRules Stopping { get; init => field = Require.NotNull(value, nameof(Stopping)); } = StoppingRules.Never;

    /// <inheritdoc/>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key) =>
        new LeastSquaresState(new SearchRule(shape, SufficientDecrease), Loss, ValueTolerance, StepTolerance, new Query<double>(shape, Oracle.Residuals | Oracle.Jacobian), start);

    private sealed class SearchRule(ProblemShape shape, double sufficientDecrease) : ILeastSquaresRule
    {
        private readonly int _m = shape.ResidualCount, _n = shape.Dimension;
        private readonly PivotedQr<double> _qr = new(shape.ResidualCount, shape.Dimension);
        private readonly double[] _step = new double[shape.Dimension], _image = new double[shape.ResidualCount];
        private double _alpha = 1, _slope;

        public double GradientNorm { get; private set; }

        public double Optimality { get; private set; }

        public double Promise { get; private set; }

        public double Cosine { get; private set; }

        public void Model(ResidualPoint point)
        {
            _qr.Factor(point.Jacobian);
            _ = _qr.Solve(point.Residuals, _step);
            Vectors.Scale(-1, _step, _step);
            Blas.Gemv(false, _m, _n, 1, point.Jacobian, _n, _step, 0, _image);
            _slope = Reduce.Dot(point.Gradient, _step);
            double square = Reduce.SumOfSquares<double>(_image);
            GradientNorm = Reduce.MaxNorm(point.Gradient);
            Cosine = point.LargestCosine(_qr.ColumnNorms);
            Optimality = Math.Sqrt(square);
            Promise = point.Value == 0 ? 0 : 0.5 * square / point.Value;
            _alpha = 1;
        }

        public bool Propose(ResidualPoint point, Span<double> trial, out StepForecast forecast)
        {
            forecast = default;
            double length = _alpha * Reduce.Norm<double>(_step);
            if (!(_slope < 0) || !double.IsFinite(length) || length <= 1e-16 * point.Size)
                return false;
            Vectors.AddScaled(point.X, _alpha, _step, trial);

            // Armijo's bound as a reduction that the ratio is taken to: a ratio of the engine's 1e-4 is a fall of the wanted part of the slope.
            forecast = new StepForecast(-_alpha * _slope * (sufficientDecrease / 1e-4), length, _alpha == 1);
            return true;
        }

        public void Judge(double ratio)
        {
            if (!(ratio > 1e-4))
                _alpha *= 0.5;
        }

        public void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_step);
            archive.Transfer(ref _alpha);
            archive.Transfer(ref _slope);
            double gradient = GradientNorm, optimality = Optimality, promise = Promise, cosine = Cosine;
            archive.Transfer(ref gradient);
            archive.Transfer(ref optimality);
            archive.Transfer(ref promise);
            archive.Transfer(ref cosine);
            (GradientNorm, Optimality, Promise, Cosine) = (gradient, optimality, promise, cosine);
        }
    }
}
