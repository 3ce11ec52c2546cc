using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// Limited-memory BFGS: the quasi-Newton method for smooth functions of many variables. The inverse Hessian is a product of the last
/// <see cref="Memory"/> pairs s = x_new - x, y = g_new - g, applied to the gradient by the two-loop recursion, from the scaled identity
/// gamma I with gamma = s.y / y.y of the newest pair.
/// </summary>
/// <remarks>
/// <para>D. C. Liu and J. Nocedal (1989), On the limited memory BFGS method for large scale optimization, Math. Program. 45, 503-528.</para>
/// <para>Costs one value and gradient for most iterations and 4 n <see cref="Memory"/> operations beside it; holds 2 n <see cref="Memory"/> numbers.
/// The first step has length 1; later searches try the full step first. A pair with s.y &lt;= eps y.y (too little or negative curvature, which the
/// line search's conditions exclude but for rounding) is skipped. When a search fails, the pairs are dropped and one search along the steepest descent is
/// tried; when that fails too, the run ends as Failed, with <see cref="StopReason.NoProgress"/> if the values agreed to the last digits.</para>
/// <para>For sums of squares prefer <see cref="LevenbergMarquardt"/>; without derivatives <see cref="NelderMead"/>.</para>
/// </remarks>
[Algorithm("L-BFGS", "Quasi-Newton", "Liu, Nocedal (1989), On the limited memory BFGS method for large scale optimization", Capabilities = "gradient")]
public sealed record Lbfgs : ISolver<double, IDifferentiableFunction<double>>
{
    /// <summary>The number of pairs. Default: 10; the paper recommends 3 to 7, more help on ill-conditioned problems.</summary>
    public int Memory { get; init => field = Require.Positive(value); } = 10;

    /// <summary>The line search. Default: <see cref="MoreThuente"/> with its own defaults.</summary>
    public ILineSearch LineSearch { get; init => field = Require.NotNull(value, nameof(LineSearch)); } = new MoreThuente();

    /// <summary>When an iterate is good enough. Default: no gradient component larger than 1e-6.</summary>
    public StoppingRules Stopping { get; init => field = Require.NotNull(value, nameof(Stopping)); } = new() { GradientTolerance = 1e-6 };

    /// <inheritdoc/>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key) =>
        new State(this, new Query<double>(shape, Oracle.Value | Oracle.Gradient), start);

    private sealed class State(Lbfgs options, Query<double> query, ReadOnlySpan<double> start) : SolverState<double>(query)
    {
        private const double MachineEpsilon = 2.220446049250313e-16;

        private readonly LineSearchStep _line = new(query, options.LineSearch, start);
        private readonly double[] _s = new double[options.Memory * start.Length];
        private readonly double[] _y = new double[options.Memory * start.Length];
        private readonly double[] _inverseCurvature = new double[options.Memory];
        private readonly double[] _alpha = new double[options.Memory];
        private double _gamma = 1;
        private int _pairs, _newest = -1;
        private bool _started;

        public override ReadOnlySpan<double> Point => _line.Point;

        public override double Value => _line.Value;

        public override double GradientNorm => _line.GradientNorm;

        public override double ValueChange => _line.ValueChange;

        public override double StepNorm => _line.StepNorm;

        public override Advance Tell()
        {
            if (!_started)
            {
                _started = true;
                _line.TakeStart();
                return BeginSearch() ? Advance.Continue : Stop(iterated: false);
            }

            switch (_line.Tell())
            {
                case LineSearchOutcome.Continue:
                    return Advance.Continue;
                case LineSearchOutcome.Accepted:
                    Remember();
                    return BeginSearch() ? Advance.Iteration : Stop(iterated: true);
                default:
                    // Old pairs may mislead after a kink: forget them and try the steepest descent, once.
                    if (_pairs == 0)
                        return Advance.Stop(_line.FailureReason);
                    _pairs = 0;
                    return BeginSearch() ? Advance.Continue : Stop(iterated: false);
            }
        }

        /// <summary>A gradient so near to 0 or so large that no direction comes of it: a success only where the rules say so.</summary>
        private Advance Stop(bool iterated) => Advance.Stop(
            GradientNorm <= options.Stopping.GradientTolerance ? StopReason.GradientTolerance : StopReason.NoProgress, iterated);

        private bool BeginSearch()
        {
            if (_pairs > 0)
            {
                TwoLoopRecursion();
                if (_line.Begin(1))
                    return true;
                _pairs = 0;
            }

            Vectors.Scale(-1, _line.Gradient, _line.Direction);
            return _line.Begin(1 / Reduce.Norm(_line.Gradient));
        }

        /// <summary>direction = -H g.</summary>
        private void TwoLoopRecursion()
        {
            Span<double> q = _line.Direction;
            Vectors.Scale(-1, _line.Gradient, q);
            for (int k = 0, i = _newest; k < _pairs; k++, i = i == 0 ? options.Memory - 1 : i - 1)
            {
                _alpha[i] = _inverseCurvature[i] * Reduce.Dot(S(i), q);
                Vectors.AddScaled(q, -_alpha[i], Y(i), q);
            }

            Vectors.Scale(_gamma, q, q);
            int oldest = _newest - _pairs + 1;
            if (oldest < 0)
                oldest += options.Memory;
            for (int k = 0, i = oldest; k < _pairs; k++, i = i == options.Memory - 1 ? 0 : i + 1)
            {
                double beta = _inverseCurvature[i] * Reduce.Dot(Y(i), q);
                Vectors.AddScaled(q, _alpha[i] - beta, S(i), q);
            }
        }

        private void Remember()
        {
            double curvature = Reduce.Dot(_line.Step, _line.GradientChange);
            double square = Reduce.Dot(_line.GradientChange, _line.GradientChange);
            if (!(curvature > MachineEpsilon * square) || !double.IsFinite(square))
                return;
            _newest = _newest == options.Memory - 1 ? 0 : _newest + 1;
            _pairs = Math.Min(_pairs + 1, options.Memory);
            _line.Step.CopyTo(S(_newest));
            _line.GradientChange.CopyTo(Y(_newest));
            _inverseCurvature[_newest] = 1 / curvature;
            _gamma = curvature / square;
        }

        private Span<double> S(int i) => _s.AsSpan(i * Query.Dimension, Query.Dimension);

        private Span<double> Y(int i) => _y.AsSpan(i * Query.Dimension, Query.Dimension);

        public override void Persist(StateArchive archive)
        {
            archive.Transfer(_line);
            archive.Transfer<double>(_s);
            archive.Transfer<double>(_y);
            archive.Transfer<double>(_inverseCurvature);
            archive.Transfer(ref _gamma);
            archive.Transfer(ref _pairs);
            archive.Transfer(ref _newest);
            archive.Transfer(ref _started);
        }
    }
}
