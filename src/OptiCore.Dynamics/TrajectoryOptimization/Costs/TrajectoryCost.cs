using System.Buffers;
using System.Runtime.Intrinsics;
using OptiCore.Differentiation;

namespace OptiCore.Dynamics;

/// <summary>Computes the cost of a step from dual numbers, so that its gradient comes with it.</summary>
/// <param name="t">The time; in discrete time the number of the step.</param>
/// <param name="x">The state.</param>
/// <param name="u">The control.</param>
public delegate Dual4 DualStageCost(double t, ReadOnlySpan<Dual4> x, ReadOnlySpan<Dual4> u);

/// <summary>Makes costs of formulas; <see cref="QuadraticCost"/> is the common case.</summary>
public static class TrajectoryCost
{
    /// <summary>A cost with exact gradients by dual numbers and Hessians by central differences of them (about 10 digits).</summary>
    /// <param name="states">The number n of state variables.</param>
    /// <param name="controls">The number m of controls.</param>
    /// <param name="stage">Computes the cost of a step by arithmetic and elementary functions.</param>
    /// <param name="terminal">Computes the cost of the end; null for none.</param>
    /// <remarks>A gradient costs ceil((n + m) / 4) evaluations, a Hessian 2 (n + m) times as many. Nothing is allocated after the first calls.</remarks>
    public static ITwiceDifferentiableTrajectoryCost From(int states, int controls, DualStageCost stage, DualDelegate? terminal = null) => new DualCost(states, controls, stage, terminal);

    /// <summary>A cost with exact gradients and Hessians, from expressions that are traced once.</summary>
    /// <param name="states">The number n of state variables.</param>
    /// <param name="controls">The number m of controls.</param>
    /// <param name="stage">Writes the cost l(x, u) of a step, a scalar, for vectors of n and m elements.</param>
    /// <param name="terminal">Writes the cost of the end, a scalar, for a vector of n elements; null for none.</param>
    /// <exception cref="ArgumentException">An expression isn't a scalar.</exception>
    public static ITwiceDifferentiableTrajectoryCost Trace(int states, int controls, Func<Variable, Variable, Variable> stage, Func<Variable, Variable>? terminal = null) =>
        new TracedCost(states, controls, stage, terminal);

    private sealed class DualCost(int states, int controls, DualStageCost stage, DualDelegate? terminal) : ITwiceDifferentiableTrajectoryCost
    {
        private static readonly double RelativeStep = DifferenceTransition.RelativeStep(FiniteDifference.Central);
        private readonly DualStageCost _stage = Require.NotNull(stage);

        public int StateCount { get; } = Require.Positive(states, nameof(states));

        public int ControlCount { get; } = Require.Positive(controls, nameof(controls));

        public double Stage(double t, ReadOnlySpan<double> x, ReadOnlySpan<double> u)
        {
            Dual4[] point = Constants(x, u);
            double value = Evaluate(t, point, isStage: true);
            ArrayPool<Dual4>.Shared.Return(point);
            return value;
        }

        public double Terminal(ReadOnlySpan<double> x)
        {
            Dual4[] point = Constants(x, default);
            double value = Evaluate(0, point, isStage: false);
            ArrayPool<Dual4>.Shared.Return(point);
            return value;
        }

        public double StageAndDerivatives(double t, ReadOnlySpan<double> x, ReadOnlySpan<double> u, in CostDerivatives derivatives)
        {
            int n = x.Length, m = u.Length, order = n + m;
            Dual4[] point = Constants(x, u);
            double[] rented = ArrayPool<double>.Shared.Rent((order * order) + order);
            Span<double> hessian = rented.AsSpan(0, order * order), gradient = rented.AsSpan(order * order, order);
            double value = Expand(t, point.AsSpan(0, order), gradient, hessian, isStage: true);
            gradient[..n].CopyTo(derivatives.X);
            gradient[n..].CopyTo(derivatives.U);
            for (int i = 0; i < n; i++)
                hessian.Slice(i * order, n).CopyTo(derivatives.XX[(i * n)..]);
            for (int i = 0; i < m; i++)
            {
                hessian.Slice((n + i) * order, n).CopyTo(derivatives.UX[(i * n)..]);
                hessian.Slice(((n + i) * order) + n, m).CopyTo(derivatives.UU[(i * m)..]);
            }

            ArrayPool<double>.Shared.Return(rented);
            ArrayPool<Dual4>.Shared.Return(point);
            return value;
        }

        public double TerminalAndDerivatives(ReadOnlySpan<double> x, Span<double> gradient, Span<double> hessian)
        {
            Dual4[] point = Constants(x, default);
            double value = Expand(0, point.AsSpan(0, x.Length), gradient, hessian, isStage: false);
            ArrayPool<Dual4>.Shared.Return(point);
            return value;
        }

        private double Evaluate(double t, ReadOnlySpan<Dual4> point, bool isStage) => Compute(t, point, isStage).Value;

        private Dual4 Compute(double t, ReadOnlySpan<Dual4> point, bool isStage) => isStage
            ? _stage(t, point[..StateCount], point.Slice(StateCount, ControlCount))
            : terminal is null ? default : terminal(point[..StateCount]);

        private double Expand(double t, Span<Dual4> point, Span<double> gradient, Span<double> hessian, bool isStage)
        {
            int order = point.Length;
            double[] rented = ArrayPool<double>.Shared.Rent(order);
            Span<double> low = rented.AsSpan(0, order);
            for (int j = 0; j < order; j++)
            {
                double center = point[j].Value, h = RelativeStep * Math.Max(1, Math.Abs(center)), up = center + h, down = center - h;
                Span<double> row = hessian.Slice(j * order, order);
                point[j] = up;
                Gradient(t, point, row, isStage);
                point[j] = down;
                Gradient(t, point, low, isStage);
                point[j] = center;
                for (int i = 0; i < order; i++)
                    row[i] = (row[i] - low[i]) / (up - down);
            }

            Matrices.Symmetrize(hessian, order);
            ArrayPool<double>.Shared.Return(rented);
            return Gradient(t, point, gradient, isStage);
        }

        private double Gradient(double t, Span<Dual4> point, Span<double> gradient, bool isStage)
        {
            double value = 0;
            for (int first = 0; first < point.Length; first += 4)
            {
                int count = Math.Min(4, point.Length - first);
                for (int j = 0; j < count; j++)
                    point[first + j] = Dual4.Variable(point[first + j].Value, j);
                Dual4 result = Compute(t, point, isStage);
                value = result.Value;
                for (int j = 0; j < count; j++)
                {
                    gradient[first + j] = result.Derivatives.GetElement(j);
                    point[first + j] = point[first + j].Value;
                }
            }

            return value;
        }

        private static Dual4[] Constants(ReadOnlySpan<double> x, ReadOnlySpan<double> u)
        {
            Dual4[] point = ArrayPool<Dual4>.Shared.Rent(x.Length + u.Length);
            for (int i = 0; i < x.Length; i++)
                point[i] = x[i];
            for (int i = 0; i < u.Length; i++)
                point[x.Length + i] = u[i];
            return point;
        }
    }

    private sealed class TracedCost : ITwiceDifferentiableTrajectoryCost
    {
        private readonly ReplayStack _stage, _stageDerivatives;
        private readonly ReplayStack? _terminal, _terminalDerivatives;

        public TracedCost(int states, int controls, Func<Variable, Variable, Variable> stage, Func<Variable, Variable>? terminal)
        {
            StateCount = Require.Positive(states, nameof(states));
            ControlCount = Require.Positive(controls, nameof(controls));
            ArgumentNullException.ThrowIfNull(stage);
            Variable z = Variable.Input("z", [states + controls]), l = stage(z[..states], z[states..]);
            RequireScalar(l, nameof(stage));
            Variable gradient = Differentiation.Derivative.Gradient(l, z);
            _stage = new ReplayStack(Computation.Compile<double>([z], l));
            _stageDerivatives = new ReplayStack(Computation.Compile<double>([z], l, gradient, Differentiation.Derivative.Jacobian(gradient, z)));
            if (terminal is null)
                return;
            Variable x = Variable.Input("x", [states]), f = terminal(x);
            RequireScalar(f, nameof(terminal));
            Variable slope = Differentiation.Derivative.Gradient(f, x);
            _terminal = new ReplayStack(Computation.Compile<double>([x], f));
            _terminalDerivatives = new ReplayStack(Computation.Compile<double>([x], f, slope, Differentiation.Derivative.Jacobian(slope, x)));
        }

        public int StateCount { get; }

        public int ControlCount { get; }

        public double Stage(double t, ReadOnlySpan<double> x, ReadOnlySpan<double> u)
        {
            Replay<double> replay = Run(_stage, x, u);
            double value = replay.Output(0)[0];
            _stage.Return(replay);
            return value;
        }

        public double Terminal(ReadOnlySpan<double> x)
        {
            if (_terminal is null)
                return 0;
            Replay<double> replay = Run(_terminal, x, default);
            double value = replay.Output(0)[0];
            _terminal.Return(replay);
            return value;
        }

        public double StageAndDerivatives(double t, ReadOnlySpan<double> x, ReadOnlySpan<double> u, in CostDerivatives derivatives)
        {
            int n = x.Length, m = u.Length, order = n + m;
            Replay<double> replay = Run(_stageDerivatives, x, u);
            double value = replay.Output(0)[0];
            replay.Output(1)[..n].CopyTo(derivatives.X);
            replay.Output(1)[n..].CopyTo(derivatives.U);
            ReadOnlySpan<double> hessian = replay.Output(2);
            for (int i = 0; i < n; i++)
                hessian.Slice(i * order, n).CopyTo(derivatives.XX[(i * n)..]);
            for (int i = 0; i < m; i++)
            {
                hessian.Slice((n + i) * order, n).CopyTo(derivatives.UX[(i * n)..]);
                hessian.Slice(((n + i) * order) + n, m).CopyTo(derivatives.UU[(i * m)..]);
            }

            _stageDerivatives.Return(replay);
            return value;
        }

        public double TerminalAndDerivatives(ReadOnlySpan<double> x, Span<double> gradient, Span<double> hessian)
        {
            if (_terminalDerivatives is null)
            {
                gradient.Clear();
                hessian.Clear();
                return 0;
            }

            Replay<double> replay = Run(_terminalDerivatives, x, default);
            double value = replay.Output(0)[0];
            replay.Output(1).CopyTo(gradient);
            replay.Output(2).CopyTo(hessian);
            _terminalDerivatives.Return(replay);
            return value;
        }

        private static void RequireScalar(Variable y, string name)
        {
            if (y.Shape.ElementCount != 1)
                throw new ArgumentException($"The cost has the shape {y.Shape}; it must be a scalar.", name);
        }

        private static Replay<double> Run(ReplayStack stack, ReadOnlySpan<double> x, ReadOnlySpan<double> u)
        {
            Replay<double> replay = stack.Rent();
            x.CopyTo(replay.Input(0));
            u.CopyTo(replay.Input(0)[x.Length..]);
            replay.Run();
            return replay;
        }
    }
}
