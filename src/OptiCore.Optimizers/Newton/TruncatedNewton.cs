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
        new State(this, new Query<double>(shape, Oracle.Value | Oracle.Gradient | Oracle.HessianProduct), start);

    private sealed class State : SolverState<double>
    {
        private const double MachineEpsilon = 2.220446049250313e-16;

        private readonly TruncatedNewton _options;
        private readonly LineSearchStep _line;
        private readonly double[] _residual, _search, _s, _y;
        private double _square, _tolerance;
        private int _inner;
        private Phase _phase;

        public State(TruncatedNewton options, Query<double> query, ReadOnlySpan<double> start)
            : base(query)
        {
            int n = start.Length;
            _options = options;
            _line = new LineSearchStep(query, options.LineSearch, start);
            _residual = new double[n];
            _search = new double[n];
            _s = new double[n];
            _y = new double[n];
            query.Needs = Oracle.Value | Oracle.Gradient;
        }

        private enum Phase
        {
            Start,
            Inner,
            Search,
            SteepestDescent,
        }

        public override ReadOnlySpan<double> Point => _line.Point;

        public override double Value => _line.Value;

        public override double GradientNorm => _line.GradientNorm;

        public override double ValueChange => _line.ValueChange;

        public override double StepNorm => _line.StepNorm;

        public override Advance Tell()
        {
            switch (_phase)
            {
                case Phase.Start:
                    _line.TakeStart();
                    return BeginInner(Advance.Continue);
                case Phase.Inner:
                    if (!Query.IsFinite())
                        return Advance.Stop(StopReason.NonFinite);
                    if (Inner(Query.HessianProduct))
                        return Advance.Continue;
                    return BeginSearch() ? Advance.Continue : Stop(StopReason.NoProgress);
                default:
                    return Search();
            }
        }

        private Advance Search()
        {
            switch (_line.Tell(_s, _y))
            {
                case LineSearchOutcome.Continue:
                    return Advance.Continue;
                case LineSearchOutcome.Accepted when _line.IsStalled || _line.GradientNorm == 0:
                    return Stop(StopReason.NoProgress, iterated: true);
                case LineSearchOutcome.Accepted:
                    return BeginInner(Advance.Iteration);
                default:
                    if (_phase == Phase.SteepestDescent)
                        return Advance.Stop(_line.FailureReason);
                    return BeginSteepestDescent() ? Advance.Continue : Stop(StopReason.NoProgress);
            }
        }

        private Advance Stop(StopReason reason, bool iterated = false) =>
            Advance.Stop(GradientNorm <= _options.Stopping.GradientTolerance ? StopReason.GradientTolerance : reason, iterated);

        private Advance BeginInner(Advance advance)
        {
            _phase = Phase.Inner;
            _inner = 0;
            _line.Direction.Clear();
            _line.Gradient.CopyTo(_residual);
            Vectors.Scale(-1, _line.Gradient, _search);
            _square = _line.GradientSquare;
            double norm = Math.Sqrt(_square);
            _tolerance = Math.Min(_options.Forcing, Math.Sqrt(norm)) * norm;
            Query.Needs = Oracle.HessianProduct;
            _line.Point.CopyTo(Query.Point());
            _search.CopyTo(Query.Direction);
            return advance;
        }

        /// <summary>One conjugate gradient iteration; false when the direction is complete.</summary>
        private bool Inner(ReadOnlySpan<double> product)
        {
            Span<double> direction = _line.Direction;
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
            if (Math.Sqrt(square) <= _tolerance || _inner >= (_options.MaxInnerIterations > 0 ? _options.MaxInnerIterations : 2 * _search.Length))
                return false;
            Vectors.Scale(square / _square, _search, _search);
            Vectors.Subtract(_search, _residual, _search);
            _square = square;
            _search.CopyTo(Query.Direction);
            return true;
        }

        private bool BeginSearch()
        {
            _phase = Phase.Search;
            Query.Needs = Oracle.Value | Oracle.Gradient;
            return _line.Begin(1) || BeginSteepestDescent();
        }

        private bool BeginSteepestDescent()
        {
            _phase = Phase.SteepestDescent;
            Vectors.Scale(-1, _line.Gradient, _line.Direction);
            return _line.Begin(1 / Math.Sqrt(_line.GradientSquare));
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer(_line);
            archive.Transfer<double>(_residual);
            archive.Transfer<double>(_search);
            archive.Transfer(ref _square);
            archive.Transfer(ref _tolerance);
            archive.Transfer(ref _inner);
            archive.Transfer(ref _phase);
        }
    }
}
