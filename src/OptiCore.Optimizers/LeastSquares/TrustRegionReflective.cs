using OptiCore.LinearAlgebra;
using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// The trust-region reflective method for nonlinear least squares within bounds and with robust losses, min 1/2 sum C^2 rho(r_i(x)^2 / C^2). Iterates stay strictly between the bounds: the trust region is
/// shaped by the distances to the bounds that the gradient points at (the scaling of Coleman and Li), and a step that would leave is cut off, reflected at the bound, or replaced by the scaled
/// gradient, whichever the model likes best.
/// </summary>
/// <remarks>
/// <para>M. A. Branch, T. F. Coleman and Y. Li (1999), A subspace, interior, and conjugate gradient method for large-scale bound-constrained minimization problems, SIAM J. Sci. Comput. 21, 1-23. The
/// step in the region is exact, from a QR factorization with Levenberg-Marquardt damping as in <see cref="LevenbergMarquardt"/>, in place of the paper's two-dimensional subspace. Losses enter by the correction
/// described at <see cref="RobustLoss"/>.</para>
/// <para>A trial costs one evaluation of the residuals, a successful one a Jacobian and 2 (m + n) n^2 operations as well. Values of runs are those of the robust objective;
/// <see cref="SolverState{T}.GradientNorm"/> is the largest element of the gradient times the distance to the bound that descent leads to, at most 1, which vanishes at minima on bounds as
/// well. Parameters at a bound in the solution come near it but never reach it; a start on a bound is moved inside by 1e-10 of its size. Variables whose bounds are equal stay.</para>
/// <para>Converges when actual and predicted relative reductions are within <see cref="ValueTolerance"/> and, while steps are undamped, no step shortens the scaled gradient by a tenth; or when a
/// step is shorter than <see cref="StepTolerance"/> times |x|. Without bounds and losses <see cref="LevenbergMarquardt"/> needs a little less work.</para>
/// </remarks>
[Algorithm("Trust-region reflective", "Least squares", "Branch, Coleman, Li (1999), A subspace, interior, and conjugate gradient method for large-scale bound-constrained minimization problems", Capabilities = "residuals and Jacobian, bounds, robust losses")]
public sealed record TrustRegionReflective : ISolver<double, IDifferentiableResidualFunction<double>>, IBoundedSolver
{
    /// <summary>The bounds; null for none. Default: null.</summary>
    public Bounds? Bounds { get; init; }

    /// <summary>The loss. Default: least squares.</summary>
    public RobustLoss Loss { get; init => field = Require.NotNull(value, nameof(Loss)); } = RobustLoss.Squares;

    /// <summary>Converged when actual and predicted relative reductions are at most this. Default: 1e-10.</summary>
    public double ValueTolerance { get; init => field = Require.NonNegative(value); } = 1e-10;

    /// <summary>Converged when a step is at most this times |x|. Default: 1e-12.</summary>
    public double StepTolerance { get; init => field = Require.NonNegative(value); } = 1e-12;

    /// <summary>Further criteria, tested after each successful step. Default: an exact zero of the gradient only.</summary>
    public StoppingRules Stopping { get; init => field = Require.NotNull(value, nameof(Stopping)); } = StoppingRules.Never;

    /// <inheritdoc/>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key)
    {
        int n = start.Length;
        double[] lower = new double[n], upper = new double[n], inside = start.ToArray();
        lower.AsSpan().Fill(double.NegativeInfinity);
        upper.AsSpan().Fill(double.PositiveInfinity);
        Bounds?.CopyTo<double>(lower, upper);
        ReflectiveRule.MoveInside(inside, lower, upper, 1e-10);
        return new LeastSquaresState(
            new ReflectiveRule(shape, lower, upper), Loss, ValueTolerance, StepTolerance, new Query<double>(shape, Oracle.Residuals | Oracle.Jacobian), inside);
    }

    private sealed class ReflectiveRule : ILeastSquaresRule
    {
        // The part of the way to a bound that a step may go; tends to 1 with the gradient.
        private const double LeastFraction = 0.995;

        private readonly int _m, _n;
        private readonly double[] _lower, _upper, _ones, _scale, _d, _scaledGradient, _augmented, _rightSide, _diagonal;
        private readonly double[] _step, _full, _reflected, _scaledReflected, _antigradient, _image, _otherImage, _point;
        private readonly TrustRegionStep _model;
        private double _region, _length, _normOfX;
        private bool _started;

        public ReflectiveRule(ProblemShape shape, double[] lower, double[] upper)
        {
            (_m, _n) = (shape.ResidualCount, shape.Dimension);
            (_lower, _upper) = (lower, upper);
            _ones = new double[_n];
            _ones.AsSpan().Fill(1);
            _scale = new double[_n];
            _d = new double[_n];
            _diagonal = new double[_n];
            _scaledGradient = new double[_n];
            _augmented = new double[(_m + _n) * _n];
            _rightSide = new double[_m + _n];
            _step = new double[_n];
            _full = new double[_n];
            _reflected = new double[_n];
            _scaledReflected = new double[_n];
            _antigradient = new double[_n];
            _image = new double[_m + _n];
            _otherImage = new double[_m + _n];
            _point = new double[_n];
            _model = new TrustRegionStep(_m + _n, _n);
        }

        public double GradientNorm { get; private set; }

        public double Optimality { get; private set; }

        public double Promise { get; private set; }

        public double Cosine { get; private set; }

        public static void MoveInside(Span<double> x, double[] lower, double[] upper, double relative)
        {
            for (int i = 0; i < x.Length; i++)
            {
                if (lower[i] == upper[i])
                {
                    x[i] = lower[i];
                    continue;
                }

                double middle = 0.5 * (upper[i] - lower[i]);
                if (x[i] <= lower[i])
                    x[i] = Math.Max(lower[i] + Math.Min(relative * Math.Max(1, Math.Abs(lower[i])), middle), Math.BitIncrement(lower[i]));
                else if (x[i] >= upper[i])
                    x[i] = Math.Min(upper[i] - Math.Min(relative * Math.Max(1, Math.Abs(upper[i])), middle), Math.BitDecrement(upper[i]));

                // Neighbouring numbers have no inside.
                x[i] = Math.Clamp(x[i], lower[i], upper[i]);
            }
        }

        public void Model(ResidualPoint point)
        {
            ReadOnlySpan<double> x = point.X, gradient = point.Gradient, jacobian = point.Jacobian;
            (GradientNorm, Optimality, Cosine) = (0, 0, 0);
            double residual = Reduce.Norm(point.Residuals);
            for (int j = 0; j < _n; j++)
            {
                double square = 0;
                for (int i = 0; i < _m; i++)
                    square += jacobian[(i * _n) + j] * jacobian[(i * _n) + j];

                // Columns are scaled by the largest norms seen, as in the method without bounds.
                _scale[j] = Math.Max(_scale[j], Math.Sqrt(square));
                double unit = _scale[j] == 0 ? 1 : 1 / _scale[j];
                double distance = gradient[j] < 0 ? _upper[j] - x[j] : gradient[j] > 0 ? x[j] - _lower[j] : double.PositiveInfinity;
                bool bounded = double.IsFinite(distance);
                bool isFixed = _lower[j] == _upper[j];
                _d[j] = isFixed ? 0 : bounded ? Math.Sqrt(distance * unit) : unit;
                _diagonal[j] = isFixed || !bounded ? 0 : Math.Abs(gradient[j]) * unit;
                _scaledGradient[j] = _d[j] * gradient[j];
                GradientNorm = Math.Max(GradientNorm, isFixed ? 0 : Math.Abs(gradient[j]) * (bounded ? Math.Min(distance, 1) : 1));
                if (!isFixed && square > 0 && residual > 0)
                {
                    // Towards a bound no more can be gained than slope times distance.
                    double cosine = Math.Abs(gradient[j]) / (Math.Sqrt(square) * residual);
                    Cosine = Math.Max(Cosine, bounded ? Math.Min(cosine, Math.Sqrt(Math.Abs(gradient[j]) * distance) / residual) : cosine);
                }

                Optimality += _scaledGradient[j] * _scaledGradient[j];
            }

            Optimality = Math.Sqrt(Optimality);

            // The rows of J D, then the square root of the diagonal that the scaling's derivative adds to the Hessian.
            for (int i = 0; i < _m; i++)
            {
                for (int j = 0; j < _n; j++)
                    _augmented[(i * _n) + j] = jacobian[(i * _n) + j] * _d[j];
            }

            _augmented.AsSpan(_m * _n).Clear();
            for (int j = 0; j < _n; j++)
                _augmented[((_m + j) * _n) + j] = Math.Sqrt(_diagonal[j]);
            _rightSide.AsSpan().Clear();
            point.Residuals.CopyTo(_rightSide);
            _model.Factor(_augmented, _rightSide);
            double norm = Math.Sqrt(2 * point.Value);
            Promise = norm == 0 ? 0 : _model.PromisedNorm / norm * (_model.PromisedNorm / norm);
            _normOfX = 0;
            for (int j = 0; j < _n; j++)
            {
                double scaled = _d[j] == 0 ? 0 : x[j] / _d[j];
                _normOfX += scaled * scaled;
            }

            _normOfX = Math.Sqrt(_normOfX);
            if (!_started)
            {
                _started = true;
                _region = _normOfX == 0 ? 1 : _normOfX;
            }
        }

        public bool Propose(ResidualPoint point, Span<double> trial, out StepForecast forecast)
        {
            forecast = default;
            if (!(_region > 1e-300) || _region <= 1e-16 * _normOfX)
                return false;
            double damping = _model.Solve(_ones, _region, 0, _step);
            double fraction = Math.Max(LeastFraction, 1 - GradientNorm), length = Reduce.Norm<double>(_step);
            Multiply(_d, _step, _full);
            bool whole = Inside(point.X, _full);
            double reduction;
            if (whole)
            {
                reduction = -Quadratic(_step);
            }
            else
            {
                reduction = Bend(point.X, fraction);
                length = Reduce.Norm<double>(_step);
                Multiply(_d, _step, _full);
            }

            _length = length;
            Vectors.AddScaled(point.X, 1, _full, trial);
            MoveInside(trial, _lower, _upper, 0);
            Vectors.Subtract(trial, point.X, _point);
            forecast = new StepForecast(reduction, Reduce.Norm<double>(_point), whole && damping == 0);
            return true;
        }

        public void Judge(double ratio)
        {
            if (double.IsNaN(ratio) || ratio < 0.25)
                _region = 0.25 * Math.Min(_region, _length);
            else if (ratio > 0.75 && _length > 0.9 * _region)
                _region *= 2;
        }

        /// <summary>The best of the step cut off inside its bound, its reflection there and the scaled antigradient; returns the reduction and leaves the step.</summary>
        private double Bend(ReadOnlySpan<double> x, double fraction)
        {
            double stride = Way(x, _full), value;
            Vectors.Scale(stride, _step, _step);
            Vectors.Scale(stride, _full, _full);

            // Reflect the elements that meet their bound first, and look along the reflection from there.
            for (int i = 0; i < _n; i++)
            {
                double left = _full[i] < 0 ? _lower[i] - x[i] : _upper[i] - x[i];
                bool hits = _full[i] != 0 && double.IsFinite(left) && Math.Abs(_full[i] - left) <= 1e-12 * Math.Abs(left);
                _scaledReflected[i] = (hits ? -1 : 1) * _step[i] / stride;
                _reflected[i] = _d[i] * _scaledReflected[i];
                _point[i] = hits ? (_full[i] < 0 ? _lower[i] : _upper[i]) : x[i] + _full[i];
            }

            double toRegion = ToRegion(_step, _scaledReflected, _region), toBound = Way(_point, _reflected);
            double longest = Math.Min(toRegion, toBound), reflectedValue = double.PositiveInfinity, reflectedStride = 0;
            if (longest > 0)
            {
                double shortest = (1 - fraction) * stride / longest;
                longest = longest == toBound ? fraction * toBound : toRegion;
                if (shortest <= longest)
                    (reflectedStride, reflectedValue) = MinimizeAlong(_scaledReflected, _step, shortest, longest);
            }

            // Strictly inside.
            Vectors.Scale(-1, _scaledGradient, _antigradient);
            Multiply(_d, _antigradient, _full);
            double gradientNorm = Reduce.Norm<double>(_antigradient), room = Way(x, _full);
            double most = gradientNorm == 0 ? 0 : _region / gradientNorm;
            most = room < most ? fraction * room : most;
            (double gradientStride, double gradientValue) = MinimizeAlong(_antigradient, [], 0, most);
            double cutValue = QuadraticOf(_step, fraction);
            if (cutValue <= reflectedValue && cutValue <= gradientValue)
            {
                Vectors.Scale(fraction, _step, _step);
                value = cutValue;
            }
            else if (reflectedValue <= gradientValue)
            {
                Vectors.AddScaled(_step, reflectedStride, _scaledReflected, _step);
                value = reflectedValue;
            }
            else
            {
                Vectors.Scale(gradientStride, _antigradient, _step);
                value = gradientValue;
            }

            return -value;
        }

        private double Quadratic(ReadOnlySpan<double> s) => QuadraticOf(s, 1);

        /// <summary>g.(f s) + 1/2 |J f s|^2 in scaled variables.</summary>
        private double QuadraticOf(ReadOnlySpan<double> s, double factor)
        {
            Image(s, _image);
            return (factor * Reduce.Dot<double>(_scaledGradient, s)) + (0.5 * factor * factor * Reduce.SumOfSquares<double>(_image));
        }

        /// <summary>The least value of the quadratic on a segment of the line from + t direction.</summary>
        private (double Stride, double Value) MinimizeAlong(ReadOnlySpan<double> direction, ReadOnlySpan<double> from, double low, double high)
        {
            Image(direction, _image);
            double a = 0.5 * Reduce.SumOfSquares<double>(_image), b = Reduce.Dot<double>(_scaledGradient, direction), c = 0;
            if (!from.IsEmpty)
            {
                Image(from, _otherImage);
                b += Reduce.Dot<double>(_image, _otherImage);
                c = Reduce.Dot<double>(_scaledGradient, from) + (0.5 * Reduce.SumOfSquares<double>(_otherImage));
            }

            double best = Value(low) <= Value(high) ? low : high, free = -0.5 * b / a;
            if (a > 0 && free > low && free < high)
                best = free;
            return (best, Value(best));

            double Value(double t) => (((a * t) + b) * t) + c;
        }

        private void Image(ReadOnlySpan<double> s, Span<double> image) => Blas.Gemv(false, _m + _n, _n, 1, _augmented, _n, s, 0, image);

        private bool Inside(ReadOnlySpan<double> x, ReadOnlySpan<double> step)
        {
            for (int i = 0; i < x.Length; i++)
            {
                double v = x[i] + step[i];
                if (!(v >= _lower[i] && v <= _upper[i]))
                    return false;
            }

            return true;
        }

        /// <summary>The longest multiple of a step that stays within the bounds.</summary>
        private double Way(ReadOnlySpan<double> x, ReadOnlySpan<double> step)
        {
            double way = double.PositiveInfinity;
            for (int i = 0; i < x.Length; i++)
            {
                if (step[i] != 0)
                    way = Math.Min(way, Math.Max(0, ((step[i] > 0 ? _upper[i] : _lower[i]) - x[i]) / step[i]));
            }

            return way;
        }

        /// <summary>The positive t with |from + t direction| = region.</summary>
        private static double ToRegion(ReadOnlySpan<double> from, ReadOnlySpan<double> direction, double region)
        {
            double a = Reduce.SumOfSquares(direction), b = Reduce.Dot(from, direction), c = Reduce.SumOfSquares(from) - (region * region);
            if (a == 0 || c >= 0)
                return 0;
            double root = Math.Sqrt((b * b) - (a * c));
            return b > 0 ? -c / (b + root) : (root - b) / a;
        }

        private static void Multiply(ReadOnlySpan<double> a, ReadOnlySpan<double> b, Span<double> product)
        {
            for (int i = 0; i < a.Length; i++)
                product[i] = a[i] * b[i];
        }

        public void Persist(StateArchive archive)
        {
            archive.Transfer(_model);
            archive.Transfer<double>(_scale);
            archive.Transfer<double>(_d);
            archive.Transfer<double>(_diagonal);
            archive.Transfer<double>(_scaledGradient);
            archive.Transfer<double>(_augmented);
            archive.Transfer(ref _region);
            archive.Transfer(ref _length);
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
