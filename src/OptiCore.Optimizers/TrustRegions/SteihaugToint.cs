using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// Truncated conjugate gradients: minimises the model by conjugate gradients from 0 until the residual is small, and goes to the border where an iterate leaves the region or the curvature isn't
/// positive.
/// </summary>
/// <remarks>
/// <para>T. Steihaug (1983), The conjugate gradient method and trust regions in large scale optimization, SIAM J. Numer. Anal. 20, 626-637; Ph. L. Toint (1981), Towards an efficient
/// sparsity exploiting Newton method for minimization. Tolerance min(1/2, |g|^1/2) |g|: superlinear convergence (Nocedal and Wright (2006), algorithm 7.2).</para>
/// <para>One product with the Hessian an iteration and five vectors: for many variables. On the border the step isn't exact; <see cref="GeneralizedLanczos"/> goes on there.</para>
/// </remarks>
public sealed record SteihaugToint : ITrustRegionSubproblem
{
    /// <summary>The largest residual |Hp + g| relative to |g|. Default: 0.5; the square root of |g| is used where it is smaller.</summary>
    public double Forcing { get; init => field = Require.InOpen(value, 0, 1); } = 0.5;

    /// <summary>The largest number of products for one step; 0 (the default) for 2 n.</summary>
    public int MaxIterations { get; init => field = Require.NonNegative(value); }

    /// <inheritdoc/>
    public TrustRegionSubproblemState Start(int n) => new State(this, n);

    private sealed class State(SteihaugToint options, int n) : TrustRegionSubproblemState
    {
        private readonly double[] _step = new double[n];
        private readonly double[] _residual = new double[n];
        private readonly double[] _direction = new double[n];
        private double _radius, _tolerance, _square;
        private int _iterations;
        private bool _done;

        public override ReadOnlySpan<double> Step => _step;

        public override void Begin(ReadOnlySpan<double> gradient, double radius)
        {
            Array.Clear(_step);
            gradient.CopyTo(_residual);
            Vectors.Scale(-1, gradient, _direction);
            _square = Reduce.SumOfSquares(gradient);
            double norm = Math.Sqrt(_square);
            _tolerance = Math.Min(options.Forcing, Math.Sqrt(norm)) * norm;
            _radius = radius;
            (_iterations, _done, IsOnBorder, PredictedReduction) = (0, !(norm > 0), false, 0);
        }

        // The iterates are those of before, up to the border that they meet earlier.
        public override void Shrink(ReadOnlySpan<double> gradient, double radius) => Begin(gradient, radius);

        public override bool TryAsk(Span<double> direction)
        {
            if (_done)
                return false;
            _direction.CopyTo(direction);
            return true;
        }

        public override void Tell(ReadOnlySpan<double> product)
        {
            double curvature = Reduce.Dot(_direction, product), alpha = _square / curvature;
            double a = Reduce.SumOfSquares<double>(_direction), b = Reduce.Dot<double>(_step, _direction), c = Reduce.SumOfSquares<double>(_step) - (_radius * _radius);

            // The length to the border: the positive root of a t^2 + 2 b t + c.
            double root = Math.Sqrt(Math.Max(0, (b * b) - (a * c))), border = b > 0 ? -c / (b + root) : (root - b) / a;
            if (!(curvature > 0) || !(alpha < border))
            {
                Move(border, curvature);
                (_done, IsOnBorder) = (true, true);
                return;
            }

            Move(alpha, curvature);
            Vectors.AddScaled(_residual, alpha, product, _residual);
            double square = Reduce.SumOfSquares<double>(_residual);
            _iterations++;
            if (Math.Sqrt(square) <= _tolerance || _iterations >= (options.MaxIterations > 0 ? options.MaxIterations : 2 * n))
            {
                _done = true;
                return;
            }

            Vectors.Scale(square / _square, _direction, _direction);
            Vectors.Subtract(_direction, _residual, _direction);
            _square = square;
        }

        /// <summary>p += t d. The residual is orthogonal to all directions but the last, so that d.r = -r.r.</summary>
        private void Move(double t, double curvature)
        {
            Vectors.AddScaled(_step, t, _direction, _step);
            PredictedReduction += (t * _square) - (0.5 * t * t * curvature);
        }

        public override void Persist(StateArchive archive)
        {
            PersistOutcome(archive);
            archive.Transfer<double>(_step);
            archive.Transfer<double>(_residual);
            archive.Transfer<double>(_direction);
            archive.Transfer(ref _radius);
            archive.Transfer(ref _tolerance);
            archive.Transfer(ref _square);
            archive.Transfer(ref _iterations);
            archive.Transfer(ref _done);
        }
    }
}
