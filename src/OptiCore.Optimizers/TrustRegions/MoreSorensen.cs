using OptiCore.LinearAlgebra;
using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// The exact step: p and lambda &gt;= 0 with (H + lambda I) p = -g, H + lambda I positive semidefinite and lambda (Delta - |p|) = 0, the hard case included.
/// </summary>
/// <remarks>
/// <para>J. J. Moré, D. C. Sorensen (1983), Computing a trust region step, SIAM J. Sci. Stat. Comput. 4, 553-572: Newton's method on 1 / |p(lambda)| - 1 / Delta with safeguards. The paper factors
/// H + lambda I by Cholesky for every lambda. Here the Cholesky factorization of H alone decides whether Newton's step lies inside; else one eigendecomposition
/// serves all lambda, all smaller regions at the same point, and gives the hard case its eigenvector.</para>
/// <para>n products with the Hessian for each point, n^3 / 3 operations where Newton's step lies inside and about 9 n^3 where not. The fewest steps of all subproblems; for up to some
/// hundreds of variables. Beyond that <see cref="SteihaugToint"/> or <see cref="GeneralizedLanczos"/>.</para>
/// </remarks>
public sealed record MoreSorensen : ITrustRegionSubproblem
{
    /// <summary>How near |p| must come to Delta, relative to it. Default: 1e-8.</summary>
    public double RadiusTolerance { get; init => field = Require.InOpen(value, 0, 1); } = 1e-8;

    /// <inheritdoc/>
    public TrustRegionSubproblemState Start(int n) => new State(this, n);

    private sealed class State(MoreSorensen options, int n) : TrustRegionSubproblemState
    {
        private const int MaxNewtonIterations = 100;

        private readonly DenseHessian _hessian = new(n);
        private readonly SymmetricEigen<double> _eigen = new(n);
        private readonly double[] _factor = new double[checked(n * n)];
        private readonly double[] _step = new double[n];
        private readonly double[] _gradient = new double[n];
        private readonly double[] _coefficients = new double[n];
        private double _radius;
        private bool _decomposed;

        public override ReadOnlySpan<double> Step => _step;

        public override void Begin(ReadOnlySpan<double> gradient, double radius)
        {
            _hessian.Begin();
            _decomposed = false;
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
            Solve();
            PredictedReduction = _hessian.Reduction(_gradient, _step);
            return false;
        }

        public override void Tell(ReadOnlySpan<double> product) => _hessian.Tell(product);

        private void Solve()
        {
            IsOnBorder = false;
            if (!_decomposed && _hessian.TryCholesky(0, _factor))
            {
                Vectors.Scale(-1, _gradient, _step);
                Cholesky.Solve<double>(_factor, n, n, _step);
                if (Reduce.Norm<double>(_step) <= _radius)
                    return;
            }

            if (!_decomposed)
                Decompose();
            IsOnBorder = true;
            ReadOnlySpan<double> values = _eigen.Values;
            double lowest = values[0], lower = Math.Max(0, -lowest), spread = Math.Max(Math.Abs(lowest), Math.Abs(values[n - 1]));

            // At lambda = -lowest: |p| without the part along the lowest eigenvectors, which decides whether the case is hard.
            double tiny = 2.220446049250313e-16 * spread, norm = Length(lower, tiny, out _, out double lowestPart);
            if (norm < _radius && lowestPart == 0)
            {
                WriteStep(lower, tiny, lowest > 0 ? 0 : Math.Sqrt((_radius - norm) * (_radius + norm)));
                IsOnBorder = lowest <= 0;
                return;
            }

            double gradientNorm = Reduce.Norm<double>(_coefficients), upper = (gradientNorm / _radius) + Math.Max(0, -lowest);
            double lambda = Math.Max(lower + (1e-3 * (upper - lower)), (gradientNorm / _radius) - spread);
            for (int iteration = 0; iteration < MaxNewtonIterations && upper > lower; iteration++)
            {
                norm = Length(lambda, 0, out double derivative, out _);
                if (Math.Abs(norm - _radius) <= options.RadiusTolerance * _radius)
                    break;
                if (norm > _radius)
                    lower = lambda;
                else
                    upper = lambda;
                double next = lambda + (norm * norm / derivative * ((norm - _radius) / _radius));
                lambda = next > lower && next < upper ? next : lower > 0 ? Math.Max(Math.Sqrt(lower * upper), lower + (0.01 * (upper - lower))) : 0.5 * (lower + upper);
                if (lambda <= lower || lambda >= upper)
                {
                    lambda = upper;
                    break;
                }
            }

            WriteStep(lambda, 0, 0);
        }

        private void Decompose()
        {
            _decomposed = true;
            _eigen.Factor(_hessian.Matrix);
            for (int j = 0; j < n; j++)
                _coefficients[j] = Reduce.Dot(_eigen.Vector(j), _gradient);

            // What is left of the gradient along the lowest eigenvector by rounding alone is none.
            double rounding = 2.220446049250313e-16 * n * Reduce.Norm<double>(_coefficients);
            for (int j = 0; j < n; j++)
            {
                if (Math.Abs(_coefficients[j]) <= rounding)
                    _coefficients[j] = 0;
            }
        }

        /// <summary>|p(lambda)| and sum c_j^2 / (lambda_j + lambda)^3; terms whose denominator is at most tiny are left out, their numerators summed.</summary>
        private double Length(double lambda, double tiny, out double derivative, out double leftOut)
        {
            double sum = 0;
            (derivative, leftOut) = (0, 0);
            for (int j = 0; j < n; j++)
            {
                double denominator = _eigen.Values[j] + lambda;
                if (denominator <= tiny)
                {
                    leftOut += Math.Abs(_coefficients[j]);
                    continue;
                }

                double q = _coefficients[j] / denominator;
                sum += q * q;
                derivative += q * q / denominator;
            }

            return Math.Sqrt(sum);
        }

        private void WriteStep(double lambda, double tiny, double alongLowest)
        {
            Array.Clear(_step);
            for (int j = 0; j < n; j++)
            {
                double denominator = _eigen.Values[j] + lambda;
                if (denominator > tiny)
                    Vectors.AddScaled(_step, -_coefficients[j] / denominator, _eigen.Vector(j), _step);
            }

            if (alongLowest > 0)
                Vectors.AddScaled(_step, alongLowest, _eigen.Vector(0), _step);
        }

        public override void Persist(StateArchive archive)
        {
            PersistOutcome(archive);
            archive.Transfer(_hessian);
            archive.Transfer<double>(_step);
            archive.Transfer<double>(_gradient);
            archive.Transfer(ref _radius);
            archive.Transfer(ref _decomposed);
            if (archive.IsLoading && _decomposed)
                Decompose();
        }
    }
}
