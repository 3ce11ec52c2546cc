using OptiCore.Differentiation;

namespace OptiCore.Dynamics;

/// <summary>Writes the derivative (or the next state) of a controlled system.</summary>
/// <param name="t">The time; in discrete time the number of the step.</param>
/// <param name="x">The state.</param>
/// <param name="u">The control.</param>
/// <param name="y">Receives dx/dt or the next state; every element is written.</param>
public delegate void ControlDelegate(double t, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> y);

/// <summary>Writes the derivative (or the next state) of a controlled system with dual numbers, so that Jacobians come with it.</summary>
/// <param name="t">The time; in discrete time the number of the step.</param>
/// <param name="x">The state.</param>
/// <param name="u">The control.</param>
/// <param name="y">Receives dx/dt or the next state; every element is written.</param>
public delegate void DualControlDelegate(double t, ReadOnlySpan<Dual4> x, ReadOnlySpan<Dual4> u, Span<Dual4> y);

/// <summary>
/// Makes controlled systems in continuous time of formulas:
/// <code>
/// IDifferentiableControlSystem pendulum = ControlSystem.From(2, 1, (t, x, u, dx) => { dx[0] = x[1]; dx[1] = (-9.81 * Sin(x[0])) + u[0]; });
/// </code>
/// with <c>using static OptiCore.Elementary</c>. Jacobians then are exact. <see cref="DiscreteSystem"/> does the same in discrete time.
/// </summary>
/// <remarks>Systems are as safe for several threads as their formulas, and allocate nothing after the first calls.</remarks>
public static partial class ControlSystem
{
    /// <summary>A system whose Jacobians come from dual numbers: ceil((n + m) / 4) evaluations of the formula for both.</summary>
    /// <param name="states">The number n of state variables.</param>
    /// <param name="controls">The number m of controls.</param>
    /// <param name="derivative">Writes f(t, x, u) by arithmetic and elementary functions.</param>
    public static IDifferentiableControlSystem From(int states, int controls, DualControlDelegate derivative) =>
        new DifferentiableContinuousSystem(new DualTransition(states, controls, derivative));

    /// <summary>A system without Jacobians; <see cref="WithFiniteDifferences(IControlSystem, FiniteDifference)"/> adds them.</summary>
    /// <param name="states">The number n of state variables.</param>
    /// <param name="controls">The number m of controls.</param>
    /// <param name="derivative">Writes f(t, x, u).</param>
    public static IControlSystem BlackBox(int states, int controls, ControlDelegate derivative) => new ContinuousSystem(new DelegateTransition(states, controls, derivative));

    /// <summary>A system whose Jacobians come from an expression that is traced once: <c>ControlSystem.Trace(2, 1, (x, u) => ...)</c> with <c>using static OptiCore.Differentiation.Operations</c>.</summary>
    /// <param name="states">The number n of state variables.</param>
    /// <param name="controls">The number m of controls.</param>
    /// <param name="derivative">Writes f(x, u), a vector of n elements, for vectors of n and m elements; called once.</param>
    /// <exception cref="ArgumentException">The expression isn't a vector of n elements.</exception>
    public static IDifferentiableControlSystem Trace(int states, int controls, Func<Variable, Variable, Variable> derivative)
    {
        ArgumentNullException.ThrowIfNull(derivative);
        return Trace(states, controls, (_, x, u) => derivative(x, u));
    }

    /// <summary>A time-dependent system whose Jacobians come from an expression that is traced once.</summary>
    /// <param name="states">The number n of state variables.</param>
    /// <param name="controls">The number m of controls.</param>
    /// <param name="derivative">Writes f(t, x, u), a vector of n elements, for a scalar and vectors of n and m elements; called once.</param>
    /// <exception cref="ArgumentException">The expression isn't a vector of n elements.</exception>
    public static IDifferentiableControlSystem Trace(int states, int controls, Func<Variable, Variable, Variable, Variable> derivative) =>
        new DifferentiableContinuousSystem(new TracedTransition(states, controls, derivative));

    /// <summary>The system with Jacobians by finite differences: n + m + 1 evaluations, or 2 (n + m) + 1 central ones.</summary>
    /// <param name="system">The system.</param>
    /// <param name="scheme">The scheme; its steps are those of <see cref="FiniteDifference"/>.</param>
    public static IDifferentiableControlSystem WithFiniteDifferences(this IControlSystem system, FiniteDifference scheme = FiniteDifference.Central) =>
        new DifferentiableContinuousSystem(new DifferenceTransition(new DerivativeTransition(Require.NotNull(system)), scheme));
}

/// <summary>
/// Makes controlled systems in discrete time of formulas:
/// <code>
/// IDifferentiableDiscreteSystem cart = DiscreteSystem.From(2, 1, (k, x, u, next) => { next[0] = x[0] + (0.1 * x[1]); next[1] = x[1] + (0.1 * u[0]); });
/// </code>
/// </summary>
/// <remarks>Systems are as safe for several threads as their formulas, and allocate nothing after the first calls.</remarks>
public static class DiscreteSystem
{
    /// <summary>A system whose Jacobians come from dual numbers: ceil((n + m) / 4) evaluations of the formula for both.</summary>
    /// <param name="states">The number n of state variables.</param>
    /// <param name="controls">The number m of controls.</param>
    /// <param name="next">Writes the next state by arithmetic and elementary functions; its first argument is the number of the step.</param>
    public static IDifferentiableDiscreteSystem From(int states, int controls, DualControlDelegate next) => new DifferentiableSteppedSystem(new DualTransition(states, controls, next));

    /// <summary>A system without Jacobians; <see cref="WithFiniteDifferences(IDiscreteSystem, FiniteDifference)"/> adds them.</summary>
    /// <param name="states">The number n of state variables.</param>
    /// <param name="controls">The number m of controls.</param>
    /// <param name="next">Writes the next state; its first argument is the number of the step.</param>
    public static IDiscreteSystem BlackBox(int states, int controls, ControlDelegate next) => new SteppedSystem(new DelegateTransition(states, controls, next));

    /// <summary>A system with exact Jacobians and curvature, from an expression that is traced once.</summary>
    /// <param name="states">The number n of state variables.</param>
    /// <param name="controls">The number m of controls.</param>
    /// <param name="next">Writes the next state, a vector of n elements, for vectors of n and m elements; called once.</param>
    /// <exception cref="ArgumentException">The expression isn't a vector of n elements.</exception>
    public static ITwiceDifferentiableDiscreteSystem Trace(int states, int controls, Func<Variable, Variable, Variable> next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return new TwiceDifferentiableSteppedSystem(new TracedTransition(states, controls, (_, x, u) => next(x, u)));
    }

    /// <summary>The system with Jacobians by finite differences: n + m + 1 evaluations, or 2 (n + m) + 1 central ones.</summary>
    /// <param name="system">The system.</param>
    /// <param name="scheme">The scheme; its steps are those of <see cref="FiniteDifference"/>.</param>
    public static IDifferentiableDiscreteSystem WithFiniteDifferences(this IDiscreteSystem system, FiniteDifference scheme = FiniteDifference.Central) =>
        new DifferentiableSteppedSystem(new DifferenceTransition(new NextTransition(Require.NotNull(system)), scheme));

    /// <summary>The system with curvature by central differences of its Jacobians: 2 (n + m) evaluations of them, about 10 digits.</summary>
    /// <param name="system">The system.</param>
    public static ITwiceDifferentiableDiscreteSystem WithCurvatureByDifferences(this IDifferentiableDiscreteSystem system) => new DifferenceCurvatureSystem(Require.NotNull(system));
}
