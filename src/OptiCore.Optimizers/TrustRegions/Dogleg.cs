using OptiCore.LinearAlgebra;
using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// Powell's dogleg: the step to the border along the path from the iterate to the model's minimiser along the gradient and from there to Newton's point; Newton's step itself where it lies inside.
/// </summary>
/// <remarks>
/// <para>M. J. D. Powell (1970), A new algorithm for unconstrained optimization, in: Nonlinear programming, 31-65; J. Nocedal, S. J. Wright (2006), Numerical optimization, section 4.1.</para>
/// <para>The path needs a positive definite matrix. Where the Hessian isn't, H + lambda I takes its place, with the first lambda of a sequence that grows tenfold that has a Cholesky factorization (Nocedal and
/// Wright, algorithm 3.3, from 1e-8 of the largest element on); the decrease of the model itself is then larger still, by 1/2 lambda |p|^2. n products with the Hessian for each point and one factorization, n^3 / 3 operations.</para>
/// </remarks>
public sealed record Dogleg : ITrustRegionSubproblem
{
    /// <inheritdoc/>
    public TrustRegionSubproblemState Start(int n) => new State(n);

    private sealed class State(int n) : TrustRegionSubproblemState
    {
        private readonly DenseHessian _hessian = new(n);
        private readonly double[] _factor = new double[checked(n * n)];
        private readonly double[] _step = new double[n];
        private readonly double[] _newton = new double[n];
        private readonly double[] _cauchy = new double[n];
        private readonly double[] _gradient = new double[n];
        private double _radius;
        private bool _factored;

        public override ReadOnlySpan<double> Step => _step;

        public override void Begin(ReadOnlySpan<double> gradient, double radius)
        {
            _hessian.Begin();
            _factored = false;
            Shrink(gradient, radius);
        }

        public override void Shrink(ReadOnlySpan<double> gradient, double radius)
        {
            gradient.CopyTo(_gradient);
            _radius = radius;
        }

        public override bool TryAsk(Span<double> direction)
        {
            if (_hessian.TryAsk(direction))
                return true;
            if (!_factored)
                Factor();
            _factored = true;
            Walk();
            PredictedReduction = _hessian.Reduction(_gradient, _step);
            return false;
        }

        public override void Tell(ReadOnlySpan<double> product) => _hessian.Tell(product);

        private void Factor()
        {
            ReadOnlySpan<double> h = _hessian.Matrix;
            double smallest = double.PositiveInfinity, scale = 0;
            for (int i = 0; i < n; i++)
                smallest = Math.Min(smallest, h[(i * n) + i]);
            foreach (double v in h)
                scale = Math.Max(scale, Math.Abs(v));
            double unit = scale > 0 ? 1e-8 * scale : 1, shift = smallest > 0 ? 0 : unit - smallest;
            while (!_hessian.TryCholesky(shift, _factor))
            {
                shift = Math.Max(10 * shift, unit);
                if (!double.IsFinite(shift))
                    break;
            }

            Vectors.Scale(-1, _gradient, _newton);
            Cholesky.Solve<double>(_factor, n, n, _newton);
            _hessian.Multiply(_gradient, _cauchy);
            double square = Reduce.SumOfSquares<double>(_gradient), curvature = Reduce.Dot<double>(_gradient, _cauchy) + (shift * square);
            Vectors.Scale(-square / curvature, _gradient, _cauchy);
        }

        private void Walk()
        {
            double newton = Reduce.Norm<double>(_newton), cauchy = Reduce.Norm<double>(_cauchy);
            IsOnBorder = !(newton <= _radius);
            if (!IsOnBorder)
            {
                _newton.CopyTo(_step, 0);
                return;
            }

            if (!(cauchy < _radius))
            {
                Vectors.Scale(-_radius / Reduce.Norm<double>(_gradient), _gradient, _step);
                return;
            }

            Vectors.Subtract(_newton, _cauchy, _step);
            double a = Reduce.SumOfSquares<double>(_step), b = Reduce.Dot<double>(_step, _cauchy), c = (cauchy - _radius) * (cauchy + _radius);
            Vectors.AddScaled(_cauchy, Border(a, b, c), _step, _step);
        }

        /// <summary>The positive root of a t^2 + 2 b t + c with c negative.</summary>
        private static double Border(double a, double b, double c)
        {
            double root = Math.Sqrt((b * b) - (a * c));
            return b > 0 ? -c / (b + root) : (root - b) / a;
        }

        public override void Persist(StateArchive archive)
        {
            PersistOutcome(archive);
            archive.Transfer(_hessian);
            archive.Transfer<double>(_step);
            archive.Transfer<double>(_newton);
            archive.Transfer<double>(_cauchy);
            archive.Transfer<double>(_gradient);
            archive.Transfer(ref _radius);
            archive.Transfer(ref _factored);
        }
    }
}
