namespace OptiCore.Dynamics;

/// <summary>
/// The exponential Rosenbrock-Euler method for y' = f(t, y), by steps of one size: the equation is linearised anew in every step, y(t + h) = y + h phi[1](h J) f(t, y) + h^2 phi[2](h J) df/dt with J = df/dy at (t, y), and what is linear is solved
/// exactly. Order 2, without a bound on the step by stiffness, and no equations to solve.
/// </summary>
/// <remarks>
/// <para>For systems whose stiff part isn't a constant matrix, as <see cref="ExponentialIntegrator"/> needs it. Exact where f is linear in y and t. The Jacobian is the system's own (<see cref="IOdeJacobian"/>) or by differences; the functions are computed
/// by <see cref="PhiFunctions"/>: a step costs one Jacobian, an evaluation, and about 20 (3 n)^3 operations, so n is some dozens. The error isn't estimated: the tolerances have no effect but on the increments of differences.</para>
/// <para>The dense output is a step of a part of the size, with the same Jacobian. D. A. Pope (1963), An exponential method of numerical integration of ordinary differential equations; M. Hochbruck, A. Ostermann, J. Schweitzer (2009), Exponential
/// Rosenbrock-type methods.</para>
/// </remarks>
[Algorithm("Exponential Rosenbrock-Euler", "Exponential integrators", "M. Hochbruck, A. Ostermann, J. Schweitzer (2009), Exponential Rosenbrock-type methods", Capabilities = "order 2, fixed step, any right-hand side")]
public sealed record ExponentialRosenbrockEuler : OdeMethod
{
    /// <summary>The size h of every step; only the last may be shorter.</summary>
    public required double FixedStep { get; init => field = Require.Positive(value); }

    /// <inheritdoc/>
    protected internal override double? StepSize => FixedStep;

    /// <inheritdoc/>
    protected internal override OdeStepper CreateStepper(IOdeSystem system, OdeVectors vectors) => new ExponentialRosenbrockStepper(this, system, vectors);
}
