namespace OptiCore.Dynamics;

/// <summary>The symplectic Euler method: p += h force(q), then q += h velocity(p), or the other way round. As a splitting of flows, Lie and Trotter's.</summary>
/// <remarks>Cost: one force a step. Order 1: for <see cref="StormerVerlet"/>, with the same cost, there is nearly always more reason.</remarks>
[Algorithm("Symplectic Euler", "Symplectic and splitting", "R. de Vogelaere (1956), Methods of integration which preserve the contact transformation property of the Hamilton equations", Capabilities = "order 1, fixed step, dense output of order 3")]
public static class SymplecticEuler
{
    /// <summary>The kick first.</summary>
    public static SplittingScheme Scheme { get; } = new([0, 1], [1, 0]) { Name = "Symplectic Euler", Order = 1 };

    /// <summary>The drift first: the adjoint of <see cref="Scheme"/>.</summary>
    public static SplittingScheme AdjointScheme { get; } = new([1], [1]) { Name = "Symplectic Euler", Order = 1 };
}
