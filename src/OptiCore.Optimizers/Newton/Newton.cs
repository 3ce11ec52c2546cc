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
        new State(this, new Query<double>(shape, Oracle.Value | Oracle.Gradient | Oracle.HessianProduct), start);

    private sealed class State : SolverState<double>
    {
        private readonly Newton _options;
        private readonly LineSearchStep _line;
        private readonly DenseHessian _hessian;
        private readonly ModifiedCholesky _modified;
        private readonly double[] _factor, _s, _y;
        private Phase _phase;

        public State(Newton options, Query<double> query, ReadOnlySpan<double> start)
            : base(query)
        {
            int n = start.Length;
            _options = options;
            _line = new LineSearchStep(query, options.LineSearch, start);
            _hessian = new DenseHessian(n);
            _modified = new ModifiedCholesky(n);
            _factor = new double[checked(n * n)];
            _s = new double[n];
            _y = new double[n];
            query.Needs = Oracle.Value | Oracle.Gradient;
        }

        private enum Phase
        {
            Start,
            Hessian,
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
                    return BeginHessian(Advance.Continue);
                case Phase.Hessian:
                    if (!Query.IsFinite())
                        return Advance.Stop(StopReason.NonFinite);
                    _hessian.Tell(Query.HessianProduct);
                    if (_hessian.TryAsk(Query.Direction))
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
                    return BeginHessian(Advance.Iteration);
                default:
                    if (_phase == Phase.SteepestDescent)
                        return Advance.Stop(_line.FailureReason);
                    return BeginSteepestDescent() ? Advance.Continue : Stop(StopReason.NoProgress);
            }
        }

        private Advance Stop(StopReason reason, bool iterated = false) =>
            Advance.Stop(GradientNorm <= _options.Stopping.GradientTolerance ? StopReason.GradientTolerance : reason, iterated);

        private Advance BeginHessian(Advance advance)
        {
            _phase = Phase.Hessian;
            _hessian.Begin();
            Query.Needs = Oracle.HessianProduct;
            _line.Point.CopyTo(Query.Point());
            _hessian.TryAsk(Query.Direction);
            return advance;
        }

        private bool BeginSearch()
        {
            _phase = Phase.Search;
            Query.Needs = Oracle.Value | Oracle.Gradient;
            int n = _s.Length;
            Vectors.Scale(-1, _line.Gradient, _line.Direction);
            if (_hessian.TryCholesky(0, _factor))
            {
                Cholesky.Solve<double>(_factor, n, n, _line.Direction);
            }
            else
            {
                _modified.Factor(_hessian.Matrix);
                _modified.Solve(_line.Direction);
            }

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
            archive.Transfer(_hessian);
            archive.Transfer(ref _phase);
        }
    }
}
