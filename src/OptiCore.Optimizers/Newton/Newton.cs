using OptiCore.LinearAlgebra;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// Newton's method with a line search: direction -(H + E)^-1 g, where E is 0 if the Hessian is positive definite, and else makes it so by a modified Cholesky factorization.
/// </summary>
/// <remarks>
/// <para>P. E. Gill, W. Murray, M. H. Wright (1981), Practical optimization, sections 4.4.2 and 4.5; J. Nocedal, S. J. Wright (2006), Numerical optimization, section 3.4.</para>
/// <para>n products with the Hessian for each point, n^3 / 3 operations and mostly one value and gradient. Converges quadratically near a minimum with a positive definite
/// Hessian. Where the Hessian is indefinite for long, <see cref="TrustRegion"/> makes better use of it; with many variables <see cref="TruncatedNewton"/>.</para>
/// </remarks>
[Algorithm("Newton", "Second order", "Gill, Murray, Wright (1981), Practical optimization", Capabilities = "gradient, Hessian products")]
public sealed record Newton : ISolver<double, ITwiceDifferentiableFunction<double>>
{
    /// <summary>The line search, whose first step is 1. Default: <see cref="MoreThuente"/> with its own defaults.</summary>
    public ILineSearch LineSearch { get; init => field = Require.NotNull(value, nameof(LineSearch)); } = new MoreThuente();

    /// <summary>When an iterate is good enough. Default: no gradient component larger than 1e-6.</summary>
    public StoppingRules Stopping { get; init => field = Require.NotNull(value, nameof(Stopping)); } = new() { GradientTolerance = 1e-6 };

    /// <inheritdoc/>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key) =>
        new NewtonState(new Factorization(start.Length), LineSearch, Stopping, shape, start);

    /// <summary>The whole Hessian, column by column, and its factorization.</summary>
    private sealed class Factorization(int n) : INewtonDirection
    {
        private readonly DenseHessian _hessian = new(n);
        private readonly ModifiedCholesky _modified = new(n);
        private readonly double[] _factor = new double[checked(n * n)];

        public void Begin(LineSearchStep line, Span<double> vector)
        {
            _hessian.Begin();
            _hessian.TryAsk(vector);
        }

        public bool Tell(ReadOnlySpan<double> product, LineSearchStep line, Span<double> vector)
        {
            _hessian.Tell(product);
            if (_hessian.TryAsk(vector))
                return true;
            Vectors.Scale(-1, line.Gradient, line.Direction);
            if (_hessian.TryCholesky(0, _factor))
            {
                Cholesky.Solve<double>(_factor, n, n, line.Direction);
            }
            else
            {
                _modified.Factor(_hessian.Matrix);
                _modified.Solve(line.Direction);
            }

            return false;
        }

        public void Persist(StateArchive archive) => archive.Transfer(_hessian);
    }
}
