namespace OptiCore.Samplers;

/// <summary>
/// How one walker of an ensemble proposes to move, in view of walkers that stay meanwhile. A move on its own is an ensemble rule; several make one by
/// <see cref="MixtureOfMoves"/>.
/// </summary>
/// <remarks>
/// A proposal y of a walker x may depend on x, on the companions and on randomness. It is accepted with probability min(1, exp(f) p(y) / p(x)), where
/// exp(f) = q(y -> x) / q(x -> y), Jacobian included, is the move's own factor. Implementations hold no run and are called from one thread at a time.
/// </remarks>
public interface IWalkerMove
{
    /// <summary>The least number of companions that a proposal needs.</summary>
    int LeastCompanions { get; }

    /// <summary>Writes a proposal.</summary>
    /// <param name="walker">The walker's position x, n elements.</param>
    /// <param name="companions">The walkers that stay, at least <see cref="LeastCompanions"/>.</param>
    /// <param name="stream">The randomness.</param>
    /// <param name="proposal">Receives y, n elements.</param>
    /// <returns>The logarithm f of the move's factor; negative infinity where there is nothing to propose, and any proposal.</returns>
    double Propose(ReadOnlySpan<double> walker, Companions companions, ref RandomStream stream, Span<double> proposal);
}

/// <summary>The walkers of an ensemble that stay while others move.</summary>
public readonly ref struct Companions
{
    private readonly ReadOnlySpan<double> _positions;
    private readonly ReadOnlySpan<int> _members;
    private readonly int _dimension;

    /// <summary>Selects walkers of an ensemble.</summary>
    /// <param name="positions">The positions of all walkers, n elements each, one after the other.</param>
    /// <param name="members">The numbers of the walkers that stay.</param>
    /// <param name="dimension">The number n of coordinates.</param>
    public Companions(ReadOnlySpan<double> positions, ReadOnlySpan<int> members, int dimension)
    {
        _positions = positions;
        _members = members;
        _dimension = dimension;
    }

    /// <summary>The number of companions.</summary>
    public int Count => _members.Length;

    /// <summary>The position of a companion, n elements.</summary>
    /// <param name="index">The companion, from 0.</param>
    public ReadOnlySpan<double> this[int index] => _positions.Slice(_members[index] * _dimension, _dimension);

    /// <summary>Two different companions, all pairs with the same probability.</summary>
    /// <param name="stream">The randomness.</param>
    public (int First, int Second) DrawPair(ref RandomStream stream)
    {
        int first = (int)stream.NextUInt32((uint)Count), second = (int)stream.NextUInt32((uint)Count - 1);
        return (first, second < first ? second : second + 1);
    }
}
