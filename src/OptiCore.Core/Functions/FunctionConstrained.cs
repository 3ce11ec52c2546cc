using System.Buffers;
using System.Globalization;
using System.Numerics;
using OptiCore.Differentiation;

namespace OptiCore;

/// <remarks>
/// A constrained function is an objective and a vector function of the same variables: whatever makes residuals (by hand, by dual numbers, by differences) makes constraints.
/// </remarks>
public static partial class Function
{
    /// <summary>
    /// A function subject to constraints, without derivatives:
    /// <c>Function.BlackBox(2, x => x[0] + x[1]).SubjectTo(Function.BlackBoxResiduals(2, 1, (x, c) => c[0] = (x[0] * x[0]) + (x[1] * x[1])), Bounds.All(0, 2))</c>.
    /// </summary>
    /// <typeparam name="T">The element type of points.</typeparam>
    /// <param name="objective">The function f to minimise.</param>
    /// <param name="constraints">The vector function c, of the same number of variables.</param>
    /// <param name="bounds">The interval of each constraint, or one for all.</param>
    /// <exception cref="ArgumentException">The numbers of variables differ, or there are bounds for another number of constraints.</exception>
    public static IConstrainedFunction<T> SubjectTo<T>(this IFunction<T> objective, IResidualFunction<T> constraints, Bounds bounds)
        where T : unmanaged, IFloatingPointIeee754<T> => new ConstrainedFunction<T>(objective, constraints, bounds);

    /// <summary>
    /// A function subject to constraints, with derivatives of both:
    /// <c>Function.From(2, x => x[0] + x[1]).SubjectTo(Function.FromResiduals(2, 1, (x, c) => c[0] = Sq(x[0]) + Sq(x[1])), Bounds.All(0, 2))</c>.
    /// </summary>
    /// <typeparam name="T">The element type of points.</typeparam>
    /// <param name="objective">The function f to minimise.</param>
    /// <param name="constraints">The vector function c, of the same number of variables.</param>
    /// <param name="bounds">The interval of each constraint, or one for all.</param>
    /// <exception cref="ArgumentException">The numbers of variables differ, or there are bounds for another number of constraints.</exception>
    public static IDifferentiableConstrainedFunction<T> SubjectTo<T>(this IDifferentiableFunction<T> objective, IDifferentiableResidualFunction<T> constraints, Bounds bounds)
        where T : unmanaged, IFloatingPointIeee754<T> => new DifferentiableConstrainedFunction<T>(objective, constraints, bounds);

    /// <summary>A function as a constrained one with no constraint, for algorithms that are used for their bounds only.</summary>
    /// <typeparam name="T">The element type of points.</typeparam>
    /// <param name="objective">The function to minimise.</param>
    public static IDifferentiableConstrainedFunction<T> WithoutConstraints<T>(this IDifferentiableFunction<T> objective)
        where T : unmanaged, IFloatingPointIeee754<T> => new UnconstrainedFunction<T>(objective);

    /// <summary>A constrained function with derivatives of both parts by finite differences: n + 1 or 2 n + 1 evaluations of each.</summary>
    /// <param name="function">The function and its constraints.</param>
    /// <param name="scheme">The scheme.</param>
    public static IDifferentiableConstrainedFunction<double> WithFiniteDifferences(this IConstrainedFunction<double> function, FiniteDifference scheme = FiniteDifference.Central)
    {
        ArgumentNullException.ThrowIfNull(function);
        IDifferentiableFunction<double> objective = new DifferenceFunction(function, scheme);
        return function.ConstraintCount == 0
            ? objective.WithoutConstraints()
            : objective.SubjectTo(new ConstraintsAsResiduals(function).WithFiniteDifferences(scheme), function.ConstraintBounds);
    }

    /// <summary>A constrained function with the Hessian of its Lagrangian by finite differences of gradients: n + 1 or 2 n gradients and Jacobians.</summary>
    /// <param name="function">The function and its constraints.</param>
    /// <param name="scheme">The scheme.</param>
    public static ITwiceDifferentiableConstrainedFunction<double> WithHessianByDifferences(
        this IDifferentiableConstrainedFunction<double> function, FiniteDifference scheme = FiniteDifference.Central) => new DifferenceLagrangianFunction(function, scheme);

    /// <summary>A constrained function with exact derivatives of first and second order, from two expressions that are traced once.</summary>
    /// <param name="dimension">The number n of variables.</param>
    /// <param name="objective">Writes f(x), a scalar, for a vector x of n elements; called once.</param>
    /// <param name="constraints">Writes c(x), a vector of m elements, for the same x; called once.</param>
    /// <param name="bounds">The interval of each constraint, or one for all.</param>
    /// <exception cref="ArgumentException">The objective isn't a scalar, or there are bounds for another number of constraints.</exception>
    /// <inheritdoc cref="TraceConstrained{T}(int, Func{Variable, Variable}, Func{Variable, Variable}, Bounds)" path="/remarks"/>
    public static ITwiceDifferentiableConstrainedFunction<double> TraceConstrained(int dimension, Func<Variable, Variable> objective, Func<Variable, Variable> constraints, Bounds bounds) =>
        TraceConstrained<double>(dimension, objective, constraints, bounds);

    /// <summary>As <see cref="TraceConstrained(int, Func{Variable, Variable}, Func{Variable, Variable}, Bounds)"/>, for points of floats or doubles.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="dimension">The number n of variables.</param>
    /// <param name="objective">Writes f(x), a scalar, for a vector x of n elements; called once.</param>
    /// <param name="constraints">Writes c(x), a vector of m elements, for the same x; called once.</param>
    /// <param name="bounds">The interval of each constraint, or one for all.</param>
    /// <exception cref="ArgumentException">The objective isn't a scalar, or there are bounds for another number of constraints.</exception>
    /// <remarks>A Jacobian costs m backward passes, a Hessian of the Lagrangian n products of some two to three gradients each. Safe for several threads.</remarks>
    public static ITwiceDifferentiableConstrainedFunction<T> TraceConstrained<T>(int dimension, Func<Variable, Variable> objective, Func<Variable, Variable> constraints, Bounds bounds)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var x = Variable.Input("x", [Require.Positive(dimension, nameof(dimension))]);
        return new TracedConstrainedFunction<T>(x, Require.NotNull(objective)(x), Require.NotNull(constraints)(x), bounds);
    }

    private static Bounds CheckBounds(Bounds bounds, int count)
    {
        ArgumentNullException.ThrowIfNull(bounds);
        if (bounds.Dimension != 0 && bounds.Dimension != count)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"There are bounds for {bounds.Dimension} constraints, the constraints are {count}."), nameof(bounds));
        return bounds;
    }

    private class ConstrainedFunction<T> : IConstrainedFunction<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly IFunction<T> _objective;
        private readonly IResidualFunction<T> _constraints;

        public ConstrainedFunction(IFunction<T> objective, IResidualFunction<T> constraints, Bounds bounds)
        {
            _objective = Require.NotNull(objective);
            _constraints = Require.NotNull(constraints);
            ConstraintBounds = CheckBounds(bounds, constraints.ResidualCount);
            if (objective.Dimension != 0 && constraints.Dimension != 0 && objective.Dimension != constraints.Dimension)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The objective has {objective.Dimension} variables, the constraints have {constraints.Dimension}."), nameof(constraints));
            Dimension = objective.Dimension != 0 ? objective.Dimension : constraints.Dimension;
        }

        public int Dimension { get; }

        public int ConstraintCount => _constraints.ResidualCount;

        public Bounds ConstraintBounds { get; }

        public double Value(ReadOnlySpan<T> x) => _objective.Value(x);

        public void Constraints(ReadOnlySpan<T> x, Span<T> constraints) => _constraints.Residuals(x, constraints);
    }

    private sealed class DifferentiableConstrainedFunction<T>(IDifferentiableFunction<T> objective, IDifferentiableResidualFunction<T> constraints, Bounds bounds)
        : ConstrainedFunction<T>(objective, constraints, bounds), IDifferentiableConstrainedFunction<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly IDifferentiableFunction<T> _objective = objective;
        private readonly IDifferentiableResidualFunction<T> _constraints = constraints;

        public double ValueAndGradient(ReadOnlySpan<T> x, Span<T> gradient) => _objective.ValueAndGradient(x, gradient);

        public void ConstraintsAndJacobian(ReadOnlySpan<T> x, Span<T> constraints, Span<T> jacobian) => _constraints.ResidualsAndJacobian(x, constraints, jacobian);
    }

    private sealed class UnconstrainedFunction<T>(IDifferentiableFunction<T> objective) : IDifferentiableConstrainedFunction<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly IDifferentiableFunction<T> _objective = Require.NotNull(objective);

        public int Dimension => _objective.Dimension;

        public int ConstraintCount => 0;

        public Bounds ConstraintBounds { get; } = Bounds.All(double.NegativeInfinity, double.PositiveInfinity);

        public double Value(ReadOnlySpan<T> x) => _objective.Value(x);

        public double ValueAndGradient(ReadOnlySpan<T> x, Span<T> gradient) => _objective.ValueAndGradient(x, gradient);

        public void Constraints(ReadOnlySpan<T> x, Span<T> constraints) => Require.Length(constraints.Length, 0, nameof(constraints));

        public void ConstraintsAndJacobian(ReadOnlySpan<T> x, Span<T> constraints, Span<T> jacobian) => Require.Length(constraints.Length, 0, nameof(constraints));
    }

    private sealed class ConstraintsAsResiduals(IConstrainedFunction<double> function) : IResidualFunction<double>
    {
        public int Dimension => function.Dimension;

        public int ResidualCount => function.ConstraintCount;

        public void Residuals(ReadOnlySpan<double> x, Span<double> residuals) => function.Constraints(x, residuals);
    }

    private sealed class DifferenceLagrangianFunction(IDifferentiableConstrainedFunction<double> function, FiniteDifference scheme) : ITwiceDifferentiableConstrainedFunction<double>
    {
        private readonly IDifferentiableConstrainedFunction<double> _function = Require.NotNull(function);
        private readonly FiniteDifference _scheme = Require.Defined(scheme, nameof(scheme));
        private readonly double _step = RelativeStep(scheme);

        public int Dimension => _function.Dimension;

        public int ConstraintCount => _function.ConstraintCount;

        public Bounds ConstraintBounds => _function.ConstraintBounds;

        public double Value(ReadOnlySpan<double> x) => _function.Value(x);

        public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient) => _function.ValueAndGradient(x, gradient);

        public void Constraints(ReadOnlySpan<double> x, Span<double> constraints) => _function.Constraints(x, constraints);

        public void ConstraintsAndJacobian(ReadOnlySpan<double> x, Span<double> constraints, Span<double> jacobian) => _function.ConstraintsAndJacobian(x, constraints, jacobian);

        public void LagrangianHessian(ReadOnlySpan<double> x, ReadOnlySpan<double> multipliers, Span<double> hessian)
        {
            int n = x.Length, m = ConstraintCount;
            CheckPoint(n, Dimension);
            Require.Length(multipliers.Length, m, nameof(multipliers));
            Require.Length(hessian.Length, n * n, nameof(hessian));
            double[] rented = ArrayPool<double>.Shared.Rent((2 * n) + m + (m * n));
            Span<double> moved = rented.AsSpan(0, n), low = rented.AsSpan(n, n), values = rented.AsSpan(2 * n, m), jacobian = rented.AsSpan((2 * n) + m, m * n);
            x.CopyTo(moved);
            if (_scheme == FiniteDifference.Forward)
                Gradient(moved, multipliers, low, values, jacobian);
            for (int j = 0; j < n; j++)
            {
                double h = _step * Math.Max(1, Math.Abs(x[j]));
                double up = x[j] + h, down = _scheme == FiniteDifference.Forward ? x[j] : x[j] - h;
                Span<double> row = hessian.Slice(j * n, n);
                moved[j] = up;
                Gradient(moved, multipliers, row, values, jacobian);
                if (_scheme == FiniteDifference.Central)
                {
                    moved[j] = down;
                    Gradient(moved, multipliers, low, values, jacobian);
                }

                moved[j] = x[j];
                for (int i = 0; i < n; i++)
                    row[i] = (row[i] - low[i]) / (up - down);
            }

            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < i; j++)
                    hessian[(i * n) + j] = hessian[(j * n) + i] = 0.5 * (hessian[(i * n) + j] + hessian[(j * n) + i]);
            }

            ArrayPool<double>.Shared.Return(rented);
        }

        /// <summary>The gradient of the Lagrangian.</summary>
        private void Gradient(ReadOnlySpan<double> x, ReadOnlySpan<double> multipliers, Span<double> gradient, Span<double> values, Span<double> jacobian)
        {
            _ = _function.ValueAndGradient(x, gradient);
            if (multipliers.IsEmpty)
                return;
            _function.ConstraintsAndJacobian(x, values, jacobian);
            for (int i = 0; i < multipliers.Length; i++)
            {
                for (int j = 0; j < x.Length; j++)
                    gradient[j] += multipliers[i] * jacobian[(i * x.Length) + j];
            }
        }
    }

    private sealed class TracedConstrainedFunction<T> : ITwiceDifferentiableConstrainedFunction<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly TracedFunction<T> _objective;
        private readonly ReplayPool<T> _constraints, _row;
        private readonly Lazy<ReplayPool<T>> _product;

        public TracedConstrainedFunction(Variable x, Variable f, Variable c, Bounds bounds)
        {
            _objective = new TracedFunction<T>(x, f);
            ConstraintCount = c.Shape.ElementCount;
            ConstraintBounds = CheckBounds(bounds, ConstraintCount);
            Variable y = Variable.Input("y", c.Shape), weighted = Operations.Sum(c * y);
            Variable pullback = Derivative.Gradient(weighted, x);
            _constraints = new ReplayPool<T>(Computation.Compile<T>([x], c));
            _row = new ReplayPool<T>(Computation.Compile<T>([x, y], c, pullback));
            _product = new Lazy<ReplayPool<T>>(() =>
            {
                var v = Variable.Input("v", x.Shape);
                Variable gradient = Derivative.Gradient(f + weighted, x);
                return new ReplayPool<T>(Computation.Compile<T>([x, y, v], Derivative.JacobianVector(gradient, x, v)));
            });
        }

        public int Dimension => _objective.Dimension;

        public int ConstraintCount { get; }

        public Bounds ConstraintBounds { get; }

        public double Value(ReadOnlySpan<T> x) => _objective.Value(x);

        public double ValueAndGradient(ReadOnlySpan<T> x, Span<T> gradient) => _objective.ValueAndGradient(x, gradient);

        public void Constraints(ReadOnlySpan<T> x, Span<T> constraints)
        {
            CheckPoint(x.Length, Dimension);
            Require.Length(constraints.Length, ConstraintCount, nameof(constraints));
            Replay<T> replay = _constraints.Rent();
            x.CopyTo(replay.Input(0));
            replay.Run();
            replay.Output(0).CopyTo(constraints);
            _constraints.Return(replay);
        }

        public void ConstraintsAndJacobian(ReadOnlySpan<T> x, Span<T> constraints, Span<T> jacobian)
        {
            CheckPoint(x.Length, Dimension);
            Require.Length(constraints.Length, ConstraintCount, nameof(constraints));
            Require.Length(jacobian.Length, ConstraintCount * x.Length, nameof(jacobian));
            Replay<T> replay = _row.Rent();
            x.CopyTo(replay.Input(0));
            for (int i = 0; i < ConstraintCount; i++)
            {
                replay.Input(1).Clear();
                replay.Input(1)[i] = T.One;
                replay.Run();
                replay.Output(1).CopyTo(jacobian.Slice(i * x.Length, x.Length));
            }

            replay.Output(0).CopyTo(constraints);
            _row.Return(replay);
        }

        public void LagrangianHessian(ReadOnlySpan<T> x, ReadOnlySpan<T> multipliers, Span<T> hessian)
        {
            CheckPoint(x.Length, Dimension);
            Require.Length(multipliers.Length, ConstraintCount, nameof(multipliers));
            Require.Length(hessian.Length, x.Length * x.Length, nameof(hessian));
            Replay<T> replay = _product.Value.Rent();
            x.CopyTo(replay.Input(0));
            multipliers.CopyTo(replay.Input(1));
            for (int j = 0; j < x.Length; j++)
            {
                replay.Input(2).Clear();
                replay.Input(2)[j] = T.One;
                replay.Run();
                replay.Output(0).CopyTo(hessian.Slice(j * x.Length, x.Length));
            }

            _product.Value.Return(replay);
        }
    }
}
