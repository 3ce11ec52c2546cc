using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// GLTR: the exact minimiser of the model over the region intersected with the Krylov space of g, which grows by one Lanczos vector a product until the residual is small, on the border as well.
/// </summary>
/// <remarks>
/// <para>N. I. M. Gould, S. Lucidi, M. Roma, Ph. L. Toint (1999), Solving the trust-region subproblem using the Lanczos method, SIAM J. Optim. 9, 504-525. The
/// model in the space is tridiagonal; its subproblem is solved by Newton's method on the secular equation with L D L^T factorizations, O(k) operations each.</para>
/// <para>Lanczos vectors are kept, (<see cref="MaxIterations"/> + 1) n numbers, so that the step is a combination of them and a smaller region at the same point costs no further product.
/// Better steps than <see cref="SteihaugToint"/> on the border. The hard case, where g is orthogonal to the lowest eigenvector, isn't seen, as in the paper.</para>
/// </remarks>
public sealed record GeneralizedLanczos : ITrustRegionSubproblem
{
    /// <summary>The largest residual relative to |g|. Default: 0.5; the square root of |g| is used where it is smaller.</summary>
    public double Forcing { get; init => field = Require.InOpen(value, 0, 1); } = 0.5;

    /// <summary>The largest dimension of the space; at most n. Default: 100.</summary>
    public int MaxIterations { get; init => field = Require.Positive(value); } = 100;

    /// <inheritdoc/>
    public TrustRegionSubproblemState Start(int n) => new State(this, n);

    private sealed class State : TrustRegionSubproblemState
    {
        private readonly int _n, _most;
        private readonly double _forcing;
        private readonly double[] _basis, _step;
        private readonly TridiagonalRegion _small;
        private double _radius, _norm, _tolerance;
        private int _count;
        private bool _done;

        public State(GeneralizedLanczos options, int n)
        {
            (_n, _most, _forcing) = (n, Math.Min(n, options.MaxIterations), options.Forcing);
            _basis = new double[checked((_most + 1) * n)];
            _step = new double[n];
            _small = new TridiagonalRegion(_most);
        }

        public override ReadOnlySpan<double> Step => _step;

        public override void Begin(ReadOnlySpan<double> gradient, double radius)
        {
            _norm = Reduce.Norm(gradient);
            _tolerance = Math.Min(_forcing, Math.Sqrt(_norm)) * _norm;
            (_radius, _count, _done) = (radius, 0, !(_norm > 0));
            Vectors.Scale(1 / _norm, gradient, Basis(0));
        }

        public override void Shrink(ReadOnlySpan<double> gradient, double radius)
        {
            _radius = radius;
            _small.Solve(_count, _norm, radius);
        }

        public override bool TryAsk(Span<double> direction)
        {
            if (!_done)
            {
                Basis(_count).CopyTo(direction);
                return true;
            }

            Array.Clear(_step);
            for (int i = 0; i < _count; i++)
                Vectors.AddScaled(_step, _small.Solution[i], Basis(i), _step);
            PredictedReduction = _small.Reduction(_count, _norm);
            IsOnBorder = _small.IsOnBorder;
            return false;
        }

        public override void Tell(ReadOnlySpan<double> product)
        {
            int k = _count++;
            Span<double> q = Basis(k), next = Basis(k + 1);
            double diagonal = Reduce.Dot(q, product);
            Vectors.AddScaled(product, -diagonal, q, next);
            if (k > 0)
                Vectors.AddScaled(next, -_small.OffDiagonal[k - 1], Basis(k - 1), next);
            double off = Reduce.Norm(next);
            _small.Diagonal[k] = diagonal;
            _small.OffDiagonal[k] = off;
            _small.Solve(_count, _norm, _radius);

            // |(H + lambda I) p + g| is the part of H p that leaves the space. An invariant space has none.
            double residual = off * Math.Abs(_small.Solution[k]);
            _done = residual <= _tolerance || _count == _most || off <= 2.220446049250313e-16 * Math.Max(Math.Abs(diagonal), _norm);
            if (!_done)
                Vectors.Scale(1 / off, next, next);
        }

        private Span<double> Basis(int i) => _basis.AsSpan(i * _n, _n);

        public override void Persist(StateArchive archive)
        {
            PersistOutcome(archive);
            archive.Transfer<double>(_basis);
            archive.Transfer<double>(_step);
            archive.Transfer(_small);
            archive.Transfer(ref _radius);
            archive.Transfer(ref _norm);
            archive.Transfer(ref _tolerance);
            archive.Transfer(ref _count);
            archive.Transfer(ref _done);
        }
    }
}
