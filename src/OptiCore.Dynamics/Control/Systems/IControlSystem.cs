namespace OptiCore.Dynamics;

/// <summary>A controlled system in continuous time: x'(t) = f(t, x, u) with n state variables and m controls.</summary>
/// <remarks>
/// <see cref="ControlSystem"/> makes them of formulas, with Jacobians by dual numbers, by tracing, by hand or by differences; <see cref="ControlSystem.Discretize(IDifferentiableControlSystem, double, ButcherTableau?, int)"/>
/// holds the control over a time step. A component that isn't finite says "not defined here".
/// </remarks>
public interface IControlSystem
{
    /// <summary>The number n of state variables.</summary>
    int StateCount { get; }

    /// <summary>The number m of controls.</summary>
    int ControlCount { get; }

    /// <summary>Writes f(t, x, u).</summary>
    /// <param name="t">The time.</param>
    /// <param name="x">The state, n elements.</param>
    /// <param name="u">The control, m elements.</param>
    /// <param name="dx">Receives dx/dt, n elements; every one is written.</param>
    void Derivative(double t, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> dx);
}

/// <summary>A controlled system in continuous time with its Jacobians.</summary>
public interface IDifferentiableControlSystem : IControlSystem
{
    /// <summary>Writes f(t, x, u) and its Jacobians A = df/dx and B = df/du.</summary>
    /// <param name="t">The time.</param>
    /// <param name="x">The state, n elements.</param>
    /// <param name="u">The control, m elements.</param>
    /// <param name="dx">Receives dx/dt, n elements.</param>
    /// <param name="a">Receives A, n x n, row-major.</param>
    /// <param name="b">Receives B, n x m, row-major.</param>
    void DerivativeAndJacobians(double t, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> dx, Span<double> a, Span<double> b);
}

/// <summary>A controlled system in discrete time: x(k+1) = f(k, x(k), u(k)) with n state variables and m controls.</summary>
/// <remarks>A component that isn't finite says "not defined here".</remarks>
public interface IDiscreteSystem
{
    /// <summary>The number n of state variables.</summary>
    int StateCount { get; }

    /// <summary>The number m of controls.</summary>
    int ControlCount { get; }

    /// <summary>Writes the next state f(k, x, u).</summary>
    /// <param name="step">The number k of the step.</param>
    /// <param name="x">The state, n elements.</param>
    /// <param name="u">The control, m elements.</param>
    /// <param name="next">Receives the next state, n elements; must not overlap <paramref name="x"/>.</param>
    void Next(int step, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> next);
}

/// <summary>A controlled system in discrete time with its Jacobians.</summary>
public interface IDifferentiableDiscreteSystem : IDiscreteSystem
{
    /// <summary>Writes the next state f(k, x, u) and its Jacobians A = df/dx and B = df/du.</summary>
    /// <param name="step">The number k of the step.</param>
    /// <param name="x">The state, n elements.</param>
    /// <param name="u">The control, m elements.</param>
    /// <param name="next">Receives the next state, n elements.</param>
    /// <param name="a">Receives A, n x n, row-major.</param>
    /// <param name="b">Receives B, n x m, row-major.</param>
    void NextAndJacobians(int step, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> next, Span<double> a, Span<double> b);
}

/// <summary>A controlled system in discrete time with Jacobians and curvature, for differential dynamic programming and Newton methods.</summary>
public interface ITwiceDifferentiableDiscreteSystem : IDifferentiableDiscreteSystem
{
    /// <summary>Writes the Hessian of y' f(k, x, u) in (x, u).</summary>
    /// <param name="step">The number k of the step.</param>
    /// <param name="x">The state, n elements.</param>
    /// <param name="u">The control, m elements.</param>
    /// <param name="multipliers">The weights y, n elements.</param>
    /// <param name="hessian">Receives the (n + m) x (n + m) matrix, both triangles, row-major.</param>
    void Curvature(int step, ReadOnlySpan<double> x, ReadOnlySpan<double> u, ReadOnlySpan<double> multipliers, Span<double> hessian);
}
