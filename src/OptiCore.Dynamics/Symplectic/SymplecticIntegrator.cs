namespace OptiCore.Dynamics;

/// <summary>
/// Symplectic integration of separable Hamiltonian systems (<see cref="IPartitionedOde"/>) by steps of one size: drifts q += a h dT/dp and kicks p -= b h dV/dq in turn. The method is the <see cref="Scheme"/>:
/// <code>
/// IPartitionedOde pendulum = PartitionedOde.SecondOrder(1, (t, q, dp) => dp[0] = -Math.Sin(q[0]));
/// OdeResult motion = Ode.Solve(new SymplecticIntegrator { FixedStep = 0.1, Scheme = BlanesMoan6.Scheme }, pendulum, (0, 1000), [1, 0]);
/// </code>
/// </summary>
/// <remarks>
/// <para>Every step is a symplectic map, which follows the exact flow of a Hamiltonian near to the given one: the energy's error stays bounded over exponentially long times, of the size h^p, and linear and angular momenta are kept to
/// rounding (Hairer, Lubich, Wanner (2006), Geometric Numerical Integration, chapters VI and IX). This needs steps of one size; only the last is cut to meet the end. Prefer an adaptive Runge-Kutta method for a short time, for
/// friction, or where close encounters need far shorter steps.</para>
/// <para>A force that depends on time is evaluated at the time that the drifts have come to: the time is a position whose velocity is 1.</para>
/// <para>The error isn't estimated: the tolerances have no effect. <see cref="OdeCounts.Evaluations"/> counts forces; a step has one for each kick, less one where it begins with the kick that the last step ended with. The dense output is the cubic Hermite
/// polynomial up to order 4, which costs two derivatives a step when first called for; beyond, it is the scheme itself with a part of the step, of full order, which costs as many forces a time as a step. No allocation after
/// <see cref="OdeMethod.Start"/>.</para>
/// </remarks>
public sealed record SymplecticIntegrator : OdeMethod
{
    /// <summary>The size h of every step; only the last may be shorter.</summary>
    public required double FixedStep { get; init => field = Require.Positive(value); }

    /// <summary>The method. Default: <see cref="BlanesMoan4"/>.</summary>
    public SplittingScheme Scheme { get; init => field = Require.NotNull(value, nameof(Scheme)); } = BlanesMoan4.Scheme;

    /// <inheritdoc/>
    protected internal override double? StepSize => FixedStep;

    internal override Type Structure => typeof(IPartitionedOde);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The system isn't partitioned, or its velocity isn't linear where the scheme needs it.</exception>
    protected internal override OdeStepper CreateStepper(IOdeSystem system, OdeVectors vectors)
    {
        if (system is not IPartitionedOde partitioned)
            throw new ArgumentException($"system is {system?.GetType().Name ?? "null"} but must be an {nameof(IPartitionedOde)}: a symplectic step evaluates velocity and force apart.", nameof(system));
        if (Scheme.NeedsLinearVelocity && !partitioned.IsVelocityLinear)
            throw new ArgumentException($"system has no linear velocity, without which {Scheme.Name} is not of order {Scheme.Order}: take another scheme.", nameof(system));
        if (partitioned.Dimension != 2 * partitioned.Positions)
            throw new ArgumentException(FormattableString.Invariant($"system has dimension {partitioned.Dimension} but must have two for each of its {partitioned.Positions} positions."), nameof(system));
        return new PartitionedStepper(this, partitioned, vectors);
    }
}
