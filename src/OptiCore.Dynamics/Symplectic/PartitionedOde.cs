namespace OptiCore.Dynamics;

/// <summary>Writes the velocities of a separable Hamiltonian system, q' = dT/dp.</summary>
/// <param name="p">The momenta.</param>
/// <param name="dq">Receives the velocities; every element is written.</param>
public delegate void VelocityDelegate(ReadOnlySpan<double> p, Span<double> dq);

/// <summary>Makes partitioned systems of delegates.</summary>
public static class PartitionedOde
{
    /// <summary>q'' = F(t, q): unit masses, so that p = q'.</summary>
    /// <param name="positions">The number m of positions.</param>
    /// <param name="force">Writes F(t, q), m elements.</param>
    public static IPartitionedOde SecondOrder(int positions, OdeDelegate force) => new DelegateSystem(positions, null, [], force);

    /// <summary>masses[i] q[i]'' = F(t, q)[i], with p[i] = masses[i] q[i]'.</summary>
    /// <param name="masses">The mass that belongs to each position, positive; their number is m.</param>
    /// <param name="force">Writes F(t, q), m elements.</param>
    /// <exception cref="ArgumentOutOfRangeException">A mass isn't positive, or there is none.</exception>
    public static IPartitionedOde SecondOrder(ReadOnlySpan<double> masses, OdeDelegate force)
    {
        double[] inverse = new double[masses.Length];
        for (int i = 0; i < inverse.Length; i++)
            inverse[i] = 1 / Require.Positive(masses[i], nameof(masses));
        return new DelegateSystem(Require.Positive(masses.Length, nameof(masses)), null, inverse, force);
    }

    /// <summary>q' = velocity(p), p' = force(t, q).</summary>
    /// <param name="positions">The number m of positions.</param>
    /// <param name="velocity">Writes dT/dp, m elements.</param>
    /// <param name="force">Writes -dV/dq, m elements.</param>
    public static IPartitionedOde Separable(int positions, VelocityDelegate velocity, OdeDelegate force) =>
        new DelegateSystem(positions, Require.NotNull(velocity), [], force);

    private sealed class DelegateSystem(int positions, VelocityDelegate? velocity, double[] inverseMasses, OdeDelegate force) : IPartitionedOde
    {
        private readonly OdeDelegate _force = Require.NotNull(force);

        public int Positions { get; } = Require.Positive(positions, nameof(positions));

        public bool IsVelocityLinear => velocity is null;

        public void Velocity(ReadOnlySpan<double> p, Span<double> dq)
        {
            if (velocity is not null)
            {
                velocity(p, dq);
                return;
            }

            p.CopyTo(dq);
            for (int i = 0; i < inverseMasses.Length; i++)
                dq[i] *= inverseMasses[i];
        }

        public void Force(double t, ReadOnlySpan<double> q, Span<double> dp) => _force(t, q, dp);
    }
}
