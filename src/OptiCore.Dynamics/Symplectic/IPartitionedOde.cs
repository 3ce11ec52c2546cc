namespace OptiCore.Dynamics;

/// <summary>
/// A separable Hamiltonian system, H(t, q, p) = T(p) + V(t, q): q' = dT/dp = velocity(p) and p' = -dV/dq = force(t, q). The state is [q, p], m positions and
/// then m momenta. A second-order system q'' = M^-1 F(t, q) is one with p = M q'.
/// </summary>
/// <remarks>
/// What is needed is that the velocity depends on the momenta alone and the force on time and positions alone; a method is symplectic where both are gradients. Every method for
/// <see cref="IOdeSystem"/> takes the system too.
/// </remarks>
public interface IPartitionedOde : IOdeSystem
{
    /// <summary>The number m of positions, and of momenta.</summary>
    int Positions { get; }

    /// <summary>
    /// True when velocity(p) = M^-1 p with a constant M: T is quadratic. Methods of the Runge-Kutta-Nyström kind (<see cref="SplittingScheme.NeedsLinearVelocity"/>) have
    /// their order only then. Default: false.
    /// </summary>
    bool IsVelocityLinear => false;

    /// <inheritdoc/>
    int IOdeSystem.Dimension => 2 * Positions;

    /// <summary>Writes q' = dT/dp.</summary>
    /// <param name="p">The momenta, m elements.</param>
    /// <param name="dq">Receives the velocities, m elements; every one is written.</param>
    void Velocity(ReadOnlySpan<double> p, Span<double> dq);

    /// <summary>Writes p' = -dV/dq.</summary>
    /// <param name="t">The time.</param>
    /// <param name="q">The positions, m elements.</param>
    /// <param name="dp">Receives the forces, m elements; every one is written.</param>
    void Force(double t, ReadOnlySpan<double> q, Span<double> dp);

    /// <inheritdoc/>
    void IOdeSystem.Derivative(double t, ReadOnlySpan<double> y, Span<double> dy)
    {
        int m = Positions;
        Velocity(y[m..], dy[..m]);
        Force(t, y[..m], dy[m..]);
    }
}
