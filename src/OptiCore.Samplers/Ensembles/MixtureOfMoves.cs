using System.Globalization;

namespace OptiCore.Samplers;

/// <summary>
/// Several moves as one ensemble rule: each transition draws one of them by its weight, for all walkers.
/// <code>new MixtureOfMoves { Moves = [new(new DifferentialEvolutionMove(), 0.9), new(new SnookerMove(), 0.1)] }</code>
/// </summary>
/// <remarks>
/// Each move leaves the target invariant, so that their mixture does. The default is the differential evolution Markov chain with snooker updates of ter Braak, Vrugt (2008), which crosses between modes
/// that single moves don't leave; emcee offers the same choice.
/// </remarks>
[Algorithm("Mixture of moves", "Ensembles of walkers", "ter Braak, Vrugt (2008), Differential evolution Markov chain with snooker updater and fewer chains; Foreman-Mackey et al. (2019), emcee v3")]
public sealed record MixtureOfMoves : IEnsembleSampler<IFunction<double>>
{
    /// <summary>The moves with their weights, at least one.</summary>
    public IReadOnlyList<WeightedMove> Moves
    {
        get;
        init => field = Require.NotNull(value).Count > 0 ? [.. value] : throw new ArgumentOutOfRangeException(nameof(Moves), 0, $"{nameof(Moves)} is empty but must have at least one move.");
    } = [new(new DifferentialEvolutionMove(), 0.9), new(new SnookerMove(), 0.1)];

    /// <inheritdoc/>
    public EnsembleState Start(IFunction<double> target, int chains, int warmUp) => WalkerEnsemble.Start(target, chains, Moves);

    /// <summary>The moves and their weights, which a checkpoint compares.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{nameof(MixtureOfMoves)} {{ {string.Join(", ", Moves)} }}");

    /// <summary>Whether both mix equal moves with equal weights, in the same order.</summary>
    /// <param name="other">The other mixture.</param>
    public bool Equals(MixtureOfMoves? other)
    {
        if (other is null || other.Moves.Count != Moves.Count)
            return false;
        for (int i = 0; i < Moves.Count; i++)
        {
            if (Moves[i] != other.Moves[i])
                return false;
        }

        return true;
    }

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (WeightedMove move in Moves)
            hash.Add(move);
        return hash.ToHashCode();
    }
}

/// <summary>A move of a mixture.</summary>
/// <param name="Move">The move.</param>
/// <param name="Weight">How often it is drawn, relative to the others; positive.</param>
public sealed record WeightedMove(IWalkerMove Move, double Weight = 1)
{
    /// <summary>The move.</summary>
    public IWalkerMove Move { get; init => field = Require.NotNull(value); } = Require.NotNull(Move);

    /// <summary>How often it is drawn, relative to the others; positive.</summary>
    public double Weight { get; init => field = Require.Positive(value); } = Require.Positive(Weight);
}
