namespace OptiCore.Dynamics;

/// <summary>A right-hand side with parameters: y'(t) = f(t, y, p) with y in R^n and p in R^m.</summary>
/// <remarks>What <see cref="IOdeSystem"/> says of components that aren't finite and of exceptions holds here too.</remarks>
public interface IParametricOde
{
    /// <summary>The number n of state variables.</summary>
    int Dimension { get; }

    /// <summary>The number m of parameters.</summary>
    int ParameterCount { get; }

    /// <summary>Writes f(t, y, p).</summary>
    /// <param name="t">The time.</param>
    /// <param name="y">The state, n elements.</param>
    /// <param name="p">The parameters, m elements.</param>
    /// <param name="dy">Receives dy/dt, n elements; every one is written.</param>
    void Derivative(double t, ReadOnlySpan<double> y, ReadOnlySpan<double> p, Span<double> dy);
}

/// <summary>A right-hand side whose derivatives in state and parameters are known as matrices: what forward sensitivities need.</summary>
public interface IJacobianOde : IParametricOde
{
    /// <summary>Writes df/dy and df/dp.</summary>
    /// <param name="t">The time.</param>
    /// <param name="y">The state, n elements.</param>
    /// <param name="p">The parameters, m elements.</param>
    /// <param name="dfdy">Receives df/dy, n x n, row-major.</param>
    /// <param name="dfdp">Receives df/dp, n x m, row-major.</param>
    void Jacobians(double t, ReadOnlySpan<double> y, ReadOnlySpan<double> p, Span<double> dfdy, Span<double> dfdp);
}

/// <summary>A right-hand side that multiplies a vector by its derivatives from the left, without forming them: what adjoint sensitivities need.</summary>
public interface IAdjointOde : IParametricOde
{
    /// <summary>Writes v' df/dy and v' df/dp.</summary>
    /// <param name="t">The time.</param>
    /// <param name="y">The state, n elements.</param>
    /// <param name="p">The parameters, m elements.</param>
    /// <param name="v">The vector, n elements.</param>
    /// <param name="vy">Receives v' df/dy, n elements.</param>
    /// <param name="vp">Receives v' df/dp, m elements.</param>
    void VectorJacobian(double t, ReadOnlySpan<double> y, ReadOnlySpan<double> p, ReadOnlySpan<double> v, Span<double> vy, Span<double> vp);
}

/// <summary>A system with parameters that is a sum of parts with exact flows, each of which multiplies a vector by its derivatives from the left: what adjoint sensitivities over a <see cref="Splitting"/> need.</summary>
/// <remarks>The right-hand side, which is autonomous, and its products are for the dense output.</remarks>
public interface IAdjointSplitOde : IAdjointOde
{
    /// <summary>The number N of parts, at least 1.</summary>
    int Parts { get; }

    /// <summary>Follows the exact solution of y' = f_part(y, p).</summary>
    /// <param name="part">The part, from 0.</param>
    /// <param name="duration">For how long; may be negative.</param>
    /// <param name="p">The parameters, m elements.</param>
    /// <param name="y">The state, n elements; changed in place.</param>
    void Flow(int part, double duration, ReadOnlySpan<double> p, Span<double> y);

    /// <summary>Writes v' dF/dy and v' dF/dp of the flow F of a part.</summary>
    /// <param name="part">The part, from 0.</param>
    /// <param name="duration">For how long; may be negative.</param>
    /// <param name="y">The state before the flow, n elements.</param>
    /// <param name="p">The parameters, m elements.</param>
    /// <param name="v">The vector, n elements.</param>
    /// <param name="vy">Receives v' dF/dy, n elements.</param>
    /// <param name="vp">Receives v' dF/dp, m elements.</param>
    void FlowVectorJacobian(int part, double duration, ReadOnlySpan<double> y, ReadOnlySpan<double> p, ReadOnlySpan<double> v, Span<double> vy, Span<double> vp);
}
