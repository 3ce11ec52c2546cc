using OptiCore.LinearAlgebra;
using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// BFGS with the dense inverse Hessian H: direction -H g and, after a step s that changes the gradient by y, the update
/// H = (I - s y^T / s.y) H (I - y s^T / s.y) + s s^T / s.y of Broyden, Fletcher, Goldfarb and Shanno.
/// </summary>
/// <remarks>
/// <para>R. Fletcher (1970), A new approach to variable metric algorithms, Comput. J. 13, 317-322; J. Nocedal, S. J. Wright (2006), Numerical optimization, algorithm 6.1
/// and, for the first scaling (s.y / y.y) I, equation 6.20.</para>
/// <para>One value and gradient for most iterations, 6 n^2 operations and two passes over n^2 numbers: the update is symmetric of rank two, done row by row together with the
/// next direction. Up to some hundreds of variables; beyond that <see cref="Lbfgs"/>.</para>
/// <para>The first step has length 1. A pair without curvature, s.y &lt;= eps |s| |y|, is skipped. When a search fails, H becomes the identity and one search along the steepest descent is
/// tried; when that fails too, the run ends as Failed.</para>
/// </remarks>
[Algorithm("BFGS", "Quasi-Newton", "Fletcher (1970), A new approach to variable metric algorithms", Capabilities = "gradient")]
public sealed record Bfgs : ISolver<double, IDifferentiableFunction<double>>
{
    /// <summary>The line search. Default: <see cref="MoreThuente"/> with its own defaults.</summary>
    public ILineSearch LineSearch { get; init => field = Require.NotNull(value, nameof(LineSearch)); } = new MoreThuente();

    /// <summary>Whether the first H is scaled by the first pair's curvature before its update. Default: true.</summary>
    public bool ScaleInitialHessian { get; init; } = true;

    /// <summary>When an iterate is good enough. Default: no gradient component larger than 1e-6.</summary>
    public StoppingRules Stopping { get; init => field = Require.NotNull(value, nameof(Stopping)); } = new() { GradientTolerance = 1e-6 };

    /// <inheritdoc/>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key) =>
        new State(this, new Query<double>(shape, Oracle.Value | Oracle.Gradient), start);

    private sealed class State(Bfgs options, Query<double> query, ReadOnlySpan<double> start) : SolverState<double>(query)
    {
        private const double MachineEpsilon = 2.220446049250313e-16;

        private readonly LineSearchStep _line = new(query, options.LineSearch, start);
        private readonly double[] _inverse = new double[checked(start.Length * start.Length)];
        private readonly double[] _s = new double[start.Length];
        private readonly double[] _y = new double[start.Length];
        private readonly double[] _w = new double[start.Length];
        private bool _started, _learned;

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
                return SteepestDescent() ? Advance.Continue : Stop(iterated: false);
            }

            switch (_line.Tell(_s, _y))
            {
                case LineSearchOutcome.Continue:
                    return Advance.Continue;
                case LineSearchOutcome.Accepted when _line.IsStalled:
                    return Stop(iterated: true);
                case LineSearchOutcome.Accepted:
                    Update();
                    return (_learned && _line.Begin(1)) || SteepestDescent() ? Advance.Iteration : Stop(iterated: true);
                default:
                    if (!_learned)
                        return Advance.Stop(_line.FailureReason);
                    return SteepestDescent() ? Advance.Continue : Stop(iterated: false);
            }
        }

        private Advance Stop(bool iterated) => Advance.Stop(
            GradientNorm <= options.Stopping.GradientTolerance ? StopReason.GradientTolerance : StopReason.NoProgress, iterated);

        private bool SteepestDescent()
        {
            _learned = false;
            Vectors.Scale(-1, _line.Gradient, _line.Direction);
            return _line.Begin(1 / Math.Sqrt(_line.GradientSquare));
        }

        /// <summary>Updates H and writes the direction -H g.</summary>
        private void Update()
        {
            int n = _s.Length;
            double curvature = _line.Curvature;
            bool hasCurvature = curvature > MachineEpsilon * Math.Sqrt(_line.StepSquare * _line.ChangeSquare) && double.IsFinite(_line.ChangeSquare);
            if (hasCurvature)
            {
                if (!_learned)
                {
                    Array.Clear(_inverse);
                    double scale = options.ScaleInitialHessian ? curvature / _line.ChangeSquare : 1;
                    for (int i = 0; i < n; i++)
                        _inverse[(i * n) + i] = scale;
                    _learned = true;
                }

                // H + s w^T + w s^T with w = ((1 + y.Hy / s.y) s / 2 - Hy) / s.y.
                Blas.Gemv<double>(false, n, n, 1, _inverse, n, _y, 0, _w);
                double half = (1 + (Reduce.Dot<double>(_y, _w) / curvature)) / 2;
                for (int i = 0; i < n; i++)
                    _w[i] = ((half * _s[i]) - _w[i]) / curvature;
            }

            if (!_learned)
                return;
            for (int i = 0; i < n; i++)
            {
                Span<double> row = _inverse.AsSpan(i * n, n);
                if (hasCurvature)
                    Vectors.AddPair(_s[i], _w, _w[i], _s, row);
                _line.Direction[i] = -Reduce.Dot(row, _line.Gradient);
            }
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer(_line);
            archive.Transfer<double>(_inverse);
            archive.Transfer(ref _started);
            archive.Transfer(ref _learned);
        }
    }
}
