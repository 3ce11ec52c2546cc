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
/// <para>Costs one value and gradient for most iterations and 12 n <see cref="Memory"/> operations beside it; holds 2 n <see cref="Memory"/> numbers and reads them twice: once for
/// the inner products of the new pair and of the gradient with all pairs, on which the recursion is done (W. Chen, Z. Wang, J. Zhou (2014), Large-scale L-BFGS using MapReduce), and once for the
/// direction. The loops over vectors that the recursion is usually written with read and write two and a half times as much.
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
        private readonly CurvaturePairs _pairs = new(start.Length, options.Memory);

        // The direction is -gamma g + sum_i (a_i s_i + b_i y_i).
        private readonly double[] _a = new double[options.Memory];
        private readonly double[] _b = new double[options.Memory];
        private double _gamma = 1;
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

            switch (_line.Tell(_pairs.NextStep, _pairs.NextChange))
            {
                case LineSearchOutcome.Continue:
                    return Advance.Continue;
                case LineSearchOutcome.Accepted when _line.IsStalled:
                    return Stop(iterated: true);
                case LineSearchOutcome.Accepted:
                    Remember();
                    return BeginSearch() ? Advance.Iteration : Stop(iterated: true);
                default:
                    // Old pairs may mislead after a kink: forget them and try the steepest descent, once.
                    if (_pairs.Count == 0)
                        return Advance.Stop(_line.FailureReason);
                    _pairs.Clear();
                    return BeginSearch() ? Advance.Continue : Stop(iterated: false);
            }
        }

        /// <summary>A gradient so near to 0 or so large that no direction comes of it: a success only where the rules say so.</summary>
        private Advance Stop(bool iterated) => Advance.Stop(
            GradientNorm <= options.Stopping.GradientTolerance ? StopReason.GradientTolerance : StopReason.NoProgress, iterated);

        private bool BeginSearch()
        {
            if (_pairs.Count > 0)
            {
                TwoLoopRecursion();
                if (_line.Begin(1))
                    return true;
                _pairs.Clear();
            }

            Vectors.Scale(-1, _line.Gradient, _line.Direction);
            return _line.Begin(1 / Reduce.Norm(_line.Gradient));
        }

        /// <summary>direction = -H g: the recursion on the coefficients, with the inner products in place of vectors.</summary>
        private void TwoLoopRecursion()
        {
            int count = _pairs.Count;
            ReadOnlySpan<double> sg = _pairs.StepProducts, yg = _pairs.ChangeProducts;
            for (int i = count - 1; i >= 0; i--)
            {
                double product = -sg[i];
                for (int j = i + 1; j < count; j++)
                    product += _b[j] * _pairs.SY(i, j);
                _b[i] = -product / _pairs.SY(i, i);
            }

            for (int i = 0; i < count; i++)
            {
                double product = -yg[i];
                for (int j = 0; j < count; j++)
                    product += _b[j] * _pairs.YY(i, j);
                product *= _gamma;
                for (int j = 0; j < i; j++)
                    product += _a[j] * _pairs.SY(j, i);
                _a[i] = -_b[i] - (product / _pairs.SY(i, i));
            }

            for (int i = 0; i < count; i++)
                _b[i] *= _gamma;
            _pairs.Combine(-_gamma, _line.Gradient, _a, _b, _line.Direction);
        }

        private void Remember()
        {
            double curvature = _line.Curvature, square = _line.ChangeSquare;
            if (!(curvature > MachineEpsilon * square) || !double.IsFinite(square))
            {
                _pairs.Multiply(_line.Gradient);
                return;
            }

            _pairs.Add(_line.Gradient, isStep: false);
            _gamma = curvature / square;
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer(_line);
            archive.Transfer(_pairs);
            archive.Transfer(ref _gamma);
            archive.Transfer(ref _started);
        }
    }
}
