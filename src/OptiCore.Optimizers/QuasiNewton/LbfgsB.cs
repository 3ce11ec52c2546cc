using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// L-BFGS-B: limited-memory BFGS for smooth functions of many variables within bounds. An iteration finds the generalized Cauchy point of the quadratic model along the projected gradient,
/// minimises the model over the variables that are free there, and searches along the line to the point so found.
/// </summary>
/// <remarks>
/// <para>R. H. Byrd, P. Lu, J. Nocedal, C. Zhu (1995), A limited memory algorithm for bound constrained optimization, SIAM J. Sci. Comput. 16, 1190-1208 (the direct primal method of section
/// 5.1); J. L. Morales, J. Nocedal (2011), Remark on "Algorithm 778: L-BFGS-B", ACM TOMS 38, 7: the minimiser in the subspace is projected onto the bounds, and only where
/// that doesn't lead downhill the step to it is cut.</para>
/// <para>Without <see cref="Bounds"/> it is <see cref="Lbfgs"/> by another formula; prefer that one then. Costs one value and gradient for most iterations and
/// about 16 n <see cref="Memory"/> operations beside it, plus O(<see cref="Memory"/>^2) for each bound passed and each variable at a bound (or free, if those are fewer).</para>
/// <para><see cref="SolverState{T}.GradientNorm"/> is that of the projected gradient, max_i |P(x - g)_i - x_i|, which is 0 exactly where the first-order conditions hold.</para>
/// <para>A pair with s.y &lt;= eps |d.g| t is skipped. When a search fails or a small matrix is singular, the pairs are dropped and one search along the projected gradient is tried.</para>
/// </remarks>
[Algorithm("L-BFGS-B", "Quasi-Newton", "Byrd, Lu, Nocedal, Zhu (1995), A limited memory algorithm for bound constrained optimization", Capabilities = "gradient, bounds")]
public sealed record LbfgsB : ISolver<double, IDifferentiableFunction<double>>, IBoundedSolver
{
    /// <summary>The number of pairs. Default: 10.</summary>
    public int Memory { get; init => field = Require.Positive(value); } = 10;

    /// <inheritdoc/>
    public Bounds? Bounds { get; init; }

    /// <summary>The line search. Default: <see cref="MoreThuente"/> with a sufficient decrease of 1e-3, as in the authors' program.</summary>
    public ILineSearch LineSearch { get; init => field = Require.NotNull(value, nameof(LineSearch)); } = new MoreThuente { SufficientDecrease = 1e-3 };

    /// <summary>When an iterate is good enough. Default: no component of the projected gradient larger than 1e-6.</summary>
    public StoppingRules Stopping { get; init => field = Require.NotNull(value, nameof(Stopping)); } = new() { GradientTolerance = 1e-6 };

    /// <inheritdoc/>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key) =>
        new State(this, new Query<double>(shape, Oracle.Value | Oracle.Gradient), start);

    private sealed class State : SolverState<double>
    {
        private const double MachineEpsilon = 2.220446049250313e-16;

        private readonly LbfgsB _options;
        private readonly LineSearchStep _line;
        private readonly CompactBfgs _matrix;
        private readonly CauchyPoint _cauchy;
        private readonly double[] _residual, _small, _row;
        private readonly bool[] _isFree;
        private readonly bool _isConstrained, _isBoxed;
        private double _projectedNorm = double.NaN;
        private bool _started, _stepped;

        public State(LbfgsB options, Query<double> query, ReadOnlySpan<double> start)
            : base(query)
        {
            int n = start.Length;
            _options = options;
            Bounds bounds = options.Bounds ?? Bounds.All(double.NegativeInfinity, double.PositiveInfinity);
            _line = new LineSearchStep(query, options.LineSearch, start, bounds);
            _matrix = new CompactBfgs(n, options.Memory);
            _cauchy = new CauchyPoint(n, _matrix);
            _residual = new double[n];
            _isFree = new bool[n];
            _small = new double[_matrix.Order];
            _row = new double[_matrix.Order];
            _isBoxed = bounds.AreFinite;
            for (int i = 0; i < n; i++)
                _isConstrained |= double.IsFinite(bounds.Lower(i)) || double.IsFinite(bounds.Upper(i));
        }

        public override ReadOnlySpan<double> Point => _line.Point;

        public override double Value => _line.Value;

        public override double GradientNorm => _projectedNorm;

        public override double ValueChange => _line.ValueChange;

        public override double StepNorm => _line.StepNorm;

        public override Advance Tell()
        {
            if (!_started)
            {
                _started = true;
                _line.TakeStart();
                MeasureGradient();
                return BeginSearch() ? Advance.Continue : Stop(iterated: false);
            }

            switch (_line.Tell(_matrix.NextStep, _matrix.NextChange))
            {
                case LineSearchOutcome.Continue:
                    return Advance.Continue;
                case LineSearchOutcome.Accepted:
                    _stepped = true;
                    MeasureGradient();
                    if (_line.IsStalled)
                        return Stop(iterated: true);
                    if (_line.Curvature > MachineEpsilon * -_line.StartSlope * _line.Length && double.IsFinite(_line.ChangeSquare))
                        _matrix.Add(_line.Curvature, _line.ChangeSquare);
                    return BeginSearch() ? Advance.Iteration : Stop(iterated: true);
                default:
                    if (_matrix.Count == 0)
                        return Advance.Stop(_line.FailureReason);
                    _matrix.Clear();
                    return BeginSearch() ? Advance.Continue : Stop(iterated: false);
            }
        }

        private Advance Stop(bool iterated) => Advance.Stop(
            GradientNorm <= _options.Stopping.GradientTolerance ? StopReason.GradientTolerance : StopReason.NoProgress, iterated);

        private void MeasureGradient()
        {
            ReadOnlySpan<double> x = _line.Point, g = _line.Gradient, lower = _line.Lower, upper = _line.Upper;
            double norm = 0;
            for (int i = 0; i < x.Length; i++)
            {
                double most = g[i] < 0 ? upper[i] - x[i] : x[i] - lower[i];
                norm = Math.Max(norm, Math.Min(Math.Abs(g[i]), most));
            }

            _projectedNorm = norm;
        }

        private bool BeginSearch()
        {
            if (TryDirection() && _line.Begin(FirstStep(out double longest), longest))
                return true;
            if (_matrix.Count == 0)
                return false;
            _matrix.Clear();
            return TryDirection() && _line.Begin(FirstStep(out longest), longest);
        }

        /// <summary>Writes the direction and the point that step 1 leads to.</summary>
        private bool TryDirection()
        {
            ReadOnlySpan<double> x = _line.Point, g = _line.Gradient;
            Span<double> target = _line.UnitPoint;
            if (!_isConstrained && _matrix.Count > 0)
            {
                x.CopyTo(target);
                Array.Fill(_isFree, true);
                Vectors.Scale(-1, g, _residual);
                if (!TryMinimize(target, x.Length))
                    return false;
            }
            else
            {
                _cauchy.Find(x, g, _line.Lower, _line.Upper);
                _cauchy.Point.CopyTo(target);
                if (_matrix.Count > 0 && !TrySubspace(target))
                    return false;
            }

            Vectors.Subtract(target, x, _line.Direction);
            return true;
        }

        /// <summary>Moves from the Cauchy point to the minimiser of the model over the free variables.</summary>
        private bool TrySubspace(Span<double> target)
        {
            ReadOnlySpan<double> x = _line.Point, g = _line.Gradient, lower = _line.Lower, upper = _line.Upper;
            int free = 0;
            for (int i = 0; i < x.Length; i++)
            {
                _isFree[i] = target[i] > lower[i] && target[i] < upper[i];
                free += _isFree[i] ? 1 : 0;
            }

            if (free == 0)
                return true;

            // r = -(g + theta (x^c - x) - W M c) on the free variables.
            _matrix.MultiplyMiddle(_cauchy.Shift, _small);
            _matrix.Combine(-1, g, 1, _small, _residual);
            for (int i = 0; i < x.Length; i++)
                _residual[i] = _isFree[i] ? _residual[i] - (_matrix.Scale * (target[i] - x[i])) : 0;
            return TryMinimize(target, free);
        }

        /// <summary>Adds B_F^-1 r to the free variables of the target, within the bounds. Direction is workspace.</summary>
        private bool TryMinimize(Span<double> target, int free)
        {
            ReadOnlySpan<double> x = _line.Point, g = _line.Gradient, lower = _line.Lower, upper = _line.Upper;
            Span<double> step = _line.Direction;
            if (!_matrix.TryFactorSubspace(_isFree, free, _row))
                return false;
            double inverse = 1 / _matrix.Scale;
            _matrix.MultiplyTransposed(_residual, _small);
            _matrix.SolveSubspace(_small, _small);
            _matrix.Combine(inverse, _residual, inverse * inverse, _small, step);

            // The projection, if it leads downhill; else the longest feasible part of the step.
            double slope = 0, longest = 1;
            for (int i = 0; i < x.Length; i++)
            {
                double moved = target[i];
                if (_isFree[i])
                {
                    moved = Math.Min(Math.Max(target[i] + step[i], lower[i]), upper[i]);
                    double room = step[i] > 0 ? upper[i] - target[i] : target[i] - lower[i];
                    if (Math.Abs(step[i]) > room)
                        longest = Math.Min(longest, room / Math.Abs(step[i]));
                }

                slope += (moved - x[i]) * g[i];
            }

            double part = slope > 0 ? longest : 1;
            for (int i = 0; i < x.Length; i++)
            {
                if (_isFree[i])
                    target[i] = Math.Min(Math.Max(target[i] + (part * step[i]), lower[i]), upper[i]);
            }

            return true;
        }

        private double FirstStep(out double longest)
        {
            longest = 1e10;
            Span<double> d = _line.Direction;
            if (_isConstrained && !_stepped)
            {
                longest = 1;
            }
            else if (_isConstrained)
            {
                ReadOnlySpan<double> x = _line.Point, lower = _line.Lower, upper = _line.Upper;
                for (int i = 0; i < d.Length; i++)
                {
                    if (d[i] != 0)
                        longest = Math.Min(longest, (d[i] > 0 ? upper[i] - x[i] : x[i] - lower[i]) / Math.Abs(d[i]));
                }

                longest = Math.Max(longest, 1);
            }

            return _matrix.Count == 0 && !_isBoxed ? Math.Min(1 / Reduce.Norm<double>(d), longest) : 1;
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer(_line);
            archive.Transfer(_matrix);
            archive.Transfer(ref _projectedNorm);
            archive.Transfer(ref _started);
            archive.Transfer(ref _stepped);
        }
    }
}
