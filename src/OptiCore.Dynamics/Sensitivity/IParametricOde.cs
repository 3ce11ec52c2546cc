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
