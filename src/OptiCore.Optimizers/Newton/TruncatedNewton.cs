using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// Truncated Newton (Newton-CG) with a line search: the direction is an approximate solution of H d = -g by conjugate gradients, which end when the residual is small enough for the point reached
/// or when a direction has no positive curvature.
/// </summary>
/// <remarks>
/// <para>R. S. Dembo, T. Steihaug (1983), Truncated-Newton algorithms for large-scale unconstrained optimization, Math. Program. 26, 190-212; J. Nocedal, S. J. Wright (2006), Numerical
/// optimization, algorithm 7.1. The residual must fall to min(<see cref="Forcing"/>, |g|^1/2) |g|: superlinear convergence.</para>
/// <para>Negative curvature at the first direction, -g, takes -g (g.g / |g.Hg|): the length of Newton's step for a curvature of the same size. At a later one the solution so far is taken.</para>
/// <para>Seven vectors; one product with the Hessian for each inner iteration and mostly one value and gradient for an outer one. For many variables with cheap products; beside it
/// <see cref="TrustRegion"/>, which follows negative curvature, and <see cref="Lbfgs"/>, which wants gradients only.</para>
/// </remarks>
[Algorithm("Truncated Newton", "Second order", "Dembo, Steihaug (1983), Truncated-Newton algorithms for large-scale unconstrained optimization", Capabilities = "gradient, Hessian products")]
public sealed record TruncatedNewton : ISolver<double, ITwiceDifferentiableFunction<double>>
{
    /// <summary>The largest residual |Hd + g| relative to |g|. Default: 0.5; the square root of |g| is used where it is smaller.</summary>
    public double Forcing { get; init => field = Require.InOpen(value, 0, 1); } = 0.5;

    /// <summary>The largest number of inner iterations; 0 (the default) for 2 n.</summary>
    public int MaxInnerIterations { get; init => field = Require.NonNegative(value); }

    /// <summary>The line search, whose first step is 1. Default: <see cref="MoreThuente"/> with its own defaults.</summary>
    public ILineSearch LineSearch { get; init => field = Require.NotNull(value, nameof(LineSearch)); } = new MoreThuente();

    /// <summary>When an iterate is good enough. Default: no gradient component larger than 1e-6.</summary>
    public StoppingRules Stopping { get; init => field = Require.NotNull(value, nameof(Stopping)); } = new() { GradientTolerance = 1e-6 };

    /// <inheritdoc/>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key) =>
        new NewtonState(new ConjugateGradients(this, start.Length), LineSearch, Stopping, shape, start);

    /// <summary>Conjugate gradients for H d = -g from d = 0.</summary>
    private sealed class ConjugateGradients(TruncatedNewton options, int n) : INewtonDirection
    {
        private const double MachineEpsilon = 2.220446049250313e-16;

        private readonly double[] _residual = new double[n];
        private readonly double[] _search = new double[n];
        private double _square, _tolerance;
        private int _inner;

        public void Begin(LineSearchStep line, Span<double> vector)
        {
            _inner = 0;
            line.Direction.Clear();
            line.Gradient.CopyTo(_residual);
            Vectors.Scale(-1, line.Gradient, _search);
            _square = line.GradientSquare;
            double norm = Math.Sqrt(_square);
            _tolerance = Math.Min(options.Forcing, Math.Sqrt(norm)) * norm;
            _search.CopyTo(vector);
        }

        public bool Tell(ReadOnlySpan<double> product, LineSearchStep line, Span<double> vector)
        {
            Span<double> direction = line.Direction;
            double curvature = Reduce.Dot(_search, product);
            if (!(curvature > MachineEpsilon * Reduce.SumOfSquares<double>(_search)))
            {
                if (_inner == 0)
                    Vectors.Scale(curvature < 0 ? _square / -curvature : 1 / Math.Sqrt(_square), _search, direction);
                return false;
            }

            double alpha = _square / curvature;
            Vectors.AddScaled(direction, alpha, _search, direction);
            Vectors.AddScaled(_residual, alpha, product, _residual);
            double square = Reduce.SumOfSquares<double>(_residual);
            _inner++;
            if (Math.Sqrt(square) <= _tolerance || _inner >= (options.MaxInnerIterations > 0 ? options.MaxInnerIterations : 2 * n))
                return false;
            Vectors.Scale(square / _square, _search, _search);
            Vectors.Subtract(_search, _residual, _search);
            _square = square;
            _search.CopyTo(vector);
            return true;
        }

        public void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_residual);
            archive.Transfer<double>(_search);
            archive.Transfer(ref _square);
            archive.Transfer(ref _tolerance);
            archive.Transfer(ref _inner);
        }
    }
}
