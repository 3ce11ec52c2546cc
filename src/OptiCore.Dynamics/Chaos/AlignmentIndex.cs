namespace OptiCore.Dynamics;

/// <summary>
/// The generalized alignment index GALI(k): the volume of the parallelepiped of k tangent vectors of length 1 that follow a trajectory and are never made orthogonal. On a chaotic orbit it
/// falls as exp(-((lambda[1] - lambda[2]) + ... + (lambda[1] - lambda[k])) t); on a regular orbit of a Hamiltonian system it stays, or falls as a power of the time. So it tells chaos from order
/// long before an exponent has converged.
/// </summary>
/// <remarks>
/// The volume is the product of the diagonal of R in V = R Q. The smaller alignment index (Skokos 2001) is GALI(2) but for a factor near 1. Cost: n (k + 1) equations, as
/// <see cref="LyapunovSpectrum"/>.
/// </remarks>
[Algorithm("Generalized alignment index", "Chaos", "Ch. Skokos, T. C. Bountis, Ch. Antonopoulos (2007), Geometrical properties of local dynamics in Hamiltonian systems: the generalized alignment index (GALI) method")]
public sealed record AlignmentIndex
{
    /// <summary>The number k of vectors, at least 2. Default: 2.</summary>
    public int Count { get; init => field = Require.AtLeast(value, 2); } = 2;

    /// <summary>The time between two values. Default: 1.</summary>
    public double Interval { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The index at which the orbit counts as chaotic and the computation ends, below what rounding leaves of a volume. Default: 1e-12.</summary>
    public double Floor { get; init => field = Require.NonNegative(value); } = 1e-12;

    /// <summary>The integrator. Default: Dormand and Prince 5(4) at relative tolerance 1e-9, without a limit of steps.</summary>
    public ExplicitRungeKutta Method { get; init => field = Require.NotNull(value, nameof(Method)); } = new() { RelativeTolerance = 1e-9, AbsoluteTolerance = 1e-11, MaxSteps = long.MaxValue };

    /// <summary>Follows an orbit and writes the index after each interval.</summary>
    /// <param name="system">The right-hand side, n state variables.</param>
    /// <param name="jacobian">Its Jacobian, or null for differences.</param>
    /// <param name="start">The state at time 0, n finite elements.</param>
    /// <param name="indices">Receives the index at the times Interval, 2 Interval, ...</param>
    /// <returns>How many were written: fewer than asked for where the index fell to <see cref="Floor"/> or the integration couldn't go on.</returns>
    /// <exception cref="ArgumentException">A length differs, a number isn't finite, or there are more vectors than variables.</exception>
    public int Fill(IOdeSystem system, FlowJacobian? jacobian, ReadOnlySpan<double> start, Span<double> indices)
    {
        ArgumentNullException.ThrowIfNull(system);
        int n = system.Dimension;
        if (Count > n)
            throw new ArgumentException(FormattableString.Invariant($"{nameof(Count)} is {Count} but the state has only {n} variables."));
        var motion = new FlowMotion(Method, system, jacobian, start, Count, Interval, orthonormal: false);
        double[] growth = new double[Count], copy = new double[Count * n];
        for (int i = 0; i < indices.Length; i++)
        {
            if (motion.Advance(growth) is not null)
                return i;
            motion.Directions.CopyTo(copy);
            TangentVectors.Orthonormalize(copy, n, growth);
            double log = 0;
            foreach (double length in growth)
                log += length;
            indices[i] = Math.Exp(log);
            if (indices[i] <= Floor)
                return i + 1;
        }

        return indices.Length;
    }
}
