namespace OptiCore.RL.Games;

/// <summary>Who moves in a state of a game, where it isn't a player.</summary>
public static class GameTurn
{
    /// <summary>Chance: an outcome is drawn.</summary>
    public const int Chance = -1;

    /// <summary>Nobody: the game is over.</summary>
    public const int Over = -2;
}

/// <summary>
/// A finite game in extensive form: players and chance take turns, and a player may not see everything. The rules hold no game: a state is a small value, so that a copy of it is all that undoing a move or saving a game needs
/// (<see cref="Persistence.StateArchive.Transfer{T}(ref T)"/>), and playing allocates nothing.
/// </summary>
/// <typeparam name="TState">The state: a struct without references and without padding.</typeparam>
/// <remarks>
/// Whoever moves has the actions that <see cref="LegalActions"/> lists; chance draws one of its by <see cref="ChanceProbabilities"/>. States that the player to move can't tell apart have the same <see cref="InformationKey"/>
/// and the same legal actions. Players are assumed to remember what they saw and did (perfect recall); <see cref="GameTree"/> checks it. Games with moves at the same time let one player move first and hide the move.
/// </remarks>
public interface IExtensiveGame<TState> where TState : unmanaged
{
    /// <summary>The number of players.</summary>
    int Players { get; }

    /// <summary>The largest number of legal actions or outcomes of chance of a state.</summary>
    int MaxActions { get; }

    /// <summary>The state in which the game begins.</summary>
    TState Initial { get; }

    /// <summary>Who moves: a player from 0 on, <see cref="GameTurn.Chance"/> or <see cref="GameTurn.Over"/>.</summary>
    /// <param name="state">The state.</param>
    int PlayerToMove(in TState state);

    /// <summary>Lists the legal actions of a player, or the outcomes of chance, in ascending order.</summary>
    /// <param name="state">A state in which the game isn't over.</param>
    /// <param name="actions">Receives them; at least <see cref="MaxActions"/> elements.</param>
    /// <returns>How many there are, at least 1.</returns>
    int LegalActions(in TState state, Span<int> actions);

    /// <summary>The probabilities of chance, in the order of <see cref="LegalActions"/>.</summary>
    /// <param name="state">A state in which chance moves.</param>
    /// <param name="probabilities">Receives them; at least <see cref="MaxActions"/> elements.</param>
    void ChanceProbabilities(in TState state, Span<double> probabilities);

    /// <summary>The state after an action.</summary>
    /// <param name="state">A state in which the game isn't over.</param>
    /// <param name="action">A legal action.</param>
    TState Next(in TState state, int action);

    /// <summary>Names what the player to move knows: equal for states that this player can't tell apart. Keys of different players may be equal.</summary>
    /// <param name="state">A state in which a player moves.</param>
    ulong InformationKey(in TState state);

    /// <summary>What each player has won.</summary>
    /// <param name="state">A state in which the game is over.</param>
    /// <param name="returns">Receives one number for each player.</param>
    void Returns(in TState state, Span<double> returns);
}
