using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// Nonlinear conjugate gradients: a line search along d, then d_new = -g_new + beta d. One engine; the method is the formula of <see cref="Beta"/>:
/// <see cref="PolakRibierePlus"/>, <see cref="FletcherReeves"/>, <see cref="HestenesStiefel"/>, <see cref="DaiYuan"/> or <see cref="HagerZhangBeta"/> (CG_DESCENT).
/// </summary>
/// <remarks>
/// <para>J. Nocedal, S. J. Wright (2006), Numerical optimization, section 5.2; W. W. Hager, H. Zhang (2006), A survey of nonlinear conjugate gradient methods, Pacific J. Optim. 2, 35-58.</para>
/// <para>Holds six vectors; about two values and gradients an iteration, because the search must be tight. For very many variables; where memory
/// allows, <see cref="Lbfgs"/> needs fewer evaluations.</para>
/// <para>The direction is -g again (a restart) every <see cref="RestartInterval"/> iterations, when successive gradients are far from orthogonal,
/// |g_new.g| &gt;= <see cref="RestartThreshold"/> |g_new|^2 (M. J. D. Powell (1977), Restart procedures for the conjugate gradient method), when the new one isn't one of descent,
/// d_new.g_new &gt; -0.01 |g_new|^2, and after a search that failed. The first step of a search is the one that would lower the parabola with the present slope as much as the last step did
/// (Nocedal and Wright, equation 3.60), at most <see cref="MaxGrowth"/> times the last; the first of all has length 1.</para>
/// </remarks>
[Algorithm("Nonlinear conjugate gradients", "Conjugate gradients", "Hager, Zhang (2006), A survey of nonlinear conjugate gradient methods", Capabilities = "gradient")]
public sealed record NonlinearConjugateGradient : ISolver<double, IDifferentiableFunction<double>>
{
    /// <summary>The formula for beta. Default: <see cref="PolakRibierePlus"/>.</summary>
    public IConjugateGradientBeta Beta { get; init => field = Require.NotNull(value, nameof(Beta)); } = new PolakRibierePlus();

    /// <summary>The line search. Default: <see cref="MoreThuente"/> with a curvature of 0.4.</summary>
    public ILineSearch LineSearch { get; init => field = Require.NotNull(value, nameof(LineSearch)); } = new MoreThuente { Curvature = 0.4 };

    /// <summary>The number of iterations after which the method restarts; 0 (the default) for none.</summary>
    public int RestartInterval { get; init => field = Require.NonNegative(value); }

    /// <summary>The share of |g_new|^2 that |g_new.g| may have before the method restarts. Default: none; Powell takes 0.2.</summary>
    public double RestartThreshold { get; init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(RestartThreshold), value, $"{nameof(RestartThreshold)} is {value} but must be positive."); } = double.PositiveInfinity;

    /// <summary>How many times longer than the last step the first step of a search may be. Default: 10.</summary>
    public double MaxGrowth { get; init => field = Require.Positive(value); } = 10;

    /// <summary>When an iterate is good enough. Default: no gradient component larger than 1e-6.</summary>
    public StoppingRules Stopping { get; init => field = Require.NotNull(value, nameof(Stopping)); } = new() { GradientTolerance = 1e-6 };

    /// <inheritdoc/>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key) =>
        new State(this, new Query<double>(shape, Oracle.Value | Oracle.Gradient), start);

    private sealed class State(NonlinearConjugateGradient options, Query<double> query, ReadOnlySpan<double> start) : SolverState<double>(query)
    {
        private const double LeastDescent = 0.01;

        private readonly LineSearchStep _line = new(query, options.LineSearch, start);
        private readonly double[] _s = new double[start.Length];
        private readonly double[] _y = new double[start.Length];
        private double _square;
        private int _sinceRestart;
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
                return SteepestDescent(1 / Math.Sqrt(_line.GradientSquare)) ? Advance.Continue : Stop(iterated: false);
            }

            switch (_line.Tell(_s, _y))
            {
                case LineSearchOutcome.Continue:
                    return Advance.Continue;
                case LineSearchOutcome.Accepted when _line.IsStalled:
                    return Stop(iterated: true);
                case LineSearchOutcome.Accepted:
                    return NextDirection() ? Advance.Iteration : Stop(iterated: true);
                default:
                    if (_sinceRestart == 0)
                        return Advance.Stop(_line.FailureReason);
                    return SteepestDescent(1 / Math.Sqrt(_line.GradientSquare)) ? Advance.Continue : Stop(iterated: false);
            }
        }

        private Advance Stop(bool iterated) => Advance.Stop(
            GradientNorm <= options.Stopping.GradientTolerance ? StopReason.GradientTolerance : StopReason.NoProgress, iterated);

        private bool SteepestDescent(double step)
        {
            _sinceRestart = 0;
            _square = _line.GradientSquare;
            Vectors.Scale(-1, _line.Gradient, _line.Direction);
            return _line.Begin(step);
        }

        private bool NextDirection()
        {
            _sinceRestart++;
            double length = _line.Length, changeNew = Reduce.Dot<double>(_y, _line.Gradient), square = _line.GradientSquare;
            var products = new ConjugateGradientProducts
            {
                OldSquare = _square,
                NewSquare = square,
                ChangeNew = changeNew,
                ChangeSquare = _line.ChangeSquare,
                DirectionChange = _line.Curvature / length,
                DirectionNew = _line.Slope,
                DirectionSquare = _line.StepSquare / (length * length),
            };
            double beta = options.Beta.Evaluate(products), newSlope = (beta * _line.Slope) - square;
            bool restarts = !double.IsFinite(beta) || !(newSlope <= -LeastDescent * square)
                || (options.RestartInterval > 0 && _sinceRestart >= options.RestartInterval) || Math.Abs(square - changeNew) >= options.RestartThreshold * square;
            if (restarts)
                return SteepestDescent(FirstStep(length, -square));
            _square = square;
            for (int from = 0; from < _s.Length; from += Vectors.Block)
            {
                int count = Math.Min(Vectors.Block, _s.Length - from);
                Span<double> d = _line.Direction.Slice(from, count);
                Vectors.Scale(beta, d, d);
                Vectors.Subtract(d, _line.Gradient.Slice(from, count), d);
            }

            return _line.Begin(FirstStep(length, newSlope)) || SteepestDescent(1 / Math.Sqrt(square));
        }

        private double FirstStep(double last, double slope)
        {
            double sameDecrease = -2 * _line.ValueChange / slope, sameLength = last * _line.StartSlope / slope;
            double step = sameDecrease > 0 ? 1.01 * sameDecrease : sameLength;
            return Math.Min(step, options.MaxGrowth * sameLength);
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer(_line);
            archive.Transfer(ref _square);
            archive.Transfer(ref _sinceRestart);
            archive.Transfer(ref _started);
        }
    }
}
