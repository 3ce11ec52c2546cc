namespace OptiCore.RL.Games;

/// <summary>The state of Leduc poker. Ranks are 1 to 3, and 0 before a card is dealt.</summary>
/// <param name="Card0">The first player's rank.</param>
/// <param name="Card1">The second player's rank.</param>
/// <param name="Public">The public card's rank.</param>
/// <param name="Bets0">What the first player has put into the pot.</param>
/// <param name="Bets1">What the second player has put into the pot.</param>
/// <param name="Raises">The number of raises of the round.</param>
/// <param name="Turn">Who moves: 0 or 1, 2 for dealing, 3 when somebody has folded, 4 at the showdown.</param>
/// <param name="Moves">The number of moves of the round.</param>
/// <param name="History">The moves of both rounds: 1 followed by two bits for each.</param>
public readonly record struct LeducPokerState(int Card0, int Card1, int Public, int Bets0, int Bets1, int Raises, int Turn, int Moves, int History);

/// <summary>
/// Leduc poker: two players, six cards of three ranks in two suits, an ante of 1, a private card each, one round of bets of 2, a public card, one round of bets of 4; at most two raises a round. A pair with the public card wins, else the higher
/// rank; equal hands split. Actions: 0 fold (when there is a bet to call), 1 check or call, 2 bet or raise. The first player loses about 0.0856 a game when both play perfectly.
/// </summary>
/// <remarks>
/// F. Southey, M. Bowling, B. Larson, C. Piccione, N. Burch, D. Billings, C. Rayner (2005), "Bayes' bluff: opponent modelling in poker". Suits don't matter, so that chance deals ranks: 288 information sets.
/// The first player begins both rounds.
/// </remarks>
public sealed class LeducPoker : IExtensiveGame<LeducPokerState>
{
    private const int Fold = 0, Call = 1, Raise = 2;
    private const int Dealing = 2, Folded = 3, Showdown = 4;
    private const int MaxRaises = 2;

    /// <inheritdoc/>
    public int Players => 2;

    /// <inheritdoc/>
    public int MaxActions => 3;

    /// <inheritdoc/>
    public LeducPokerState Initial => new(0, 0, 0, 1, 1, 0, Dealing, 0, 1);

    /// <inheritdoc/>
    public int PlayerToMove(in LeducPokerState state) => state.Turn switch
    {
        0 or 1 => state.Turn,
        Dealing => GameTurn.Chance,
        _ => GameTurn.Over,
    };

    /// <inheritdoc/>
    public int LegalActions(in LeducPokerState state, Span<int> actions)
    {
        int count = 0;
        if (state.Turn == Dealing)
        {
            for (int rank = 1; rank <= 3; rank++)
            {
                if (Left(state, rank) > 0)
                    actions[count++] = rank;
            }

            return count;
        }

        if (state.Bets0 != state.Bets1)
            actions[count++] = Fold;
        actions[count++] = Call;
        if (state.Raises < MaxRaises)
            actions[count++] = Raise;
        return count;
    }

    /// <inheritdoc/>
    public void ChanceProbabilities(in LeducPokerState state, Span<double> probabilities)
    {
        int cards = 6 - (state.Card0 > 0 ? 1 : 0) - (state.Card1 > 0 ? 1 : 0), count = 0;
        for (int rank = 1; rank <= 3; rank++)
        {
            int left = Left(state, rank);
            if (left > 0)
                probabilities[count++] = (double)left / cards;
        }
    }

    /// <inheritdoc/>
    public LeducPokerState Next(in LeducPokerState state, int action)
    {
        if (state.Turn == Dealing)
        {
            if (state.Card0 == 0)
                return state with { Card0 = action };
            return state.Card1 == 0 ? state with { Card1 = action, Turn = 0 } : state with { Public = action, Turn = 0, Moves = 0, Raises = 0 };
        }

        int player = state.Turn, history = (state.History << 2) | action;
        if (action == Fold)
            return state with { Turn = Folded, History = history, Moves = state.Moves + 1 };
        int stake = Math.Max(state.Bets0, state.Bets1) + (action == Raise ? state.Public == 0 ? 2 : 4 : 0);
        LeducPokerState next = player == 0 ? state with { Bets0 = stake } : state with { Bets1 = stake };

        // A call ends the round, and so does a check after a check.
        bool ends = action == Call && state.Moves > 0;
        int turn = !ends ? 1 - player : state.Public == 0 ? Dealing : Showdown;
        return next with { Turn = turn, History = history, Moves = state.Moves + 1, Raises = state.Raises + (action == Raise ? 1 : 0) };
    }

    /// <inheritdoc/>
    public ulong InformationKey(in LeducPokerState state) =>
        ((ulong)(uint)state.History << 4) | (uint)(state.Public << 2) | (uint)(state.Turn == 0 ? state.Card0 : state.Card1);

    /// <inheritdoc/>
    public void Returns(in LeducPokerState state, Span<double> returns)
    {
        // Who folds has put in less: the other one has bet more.
        int winner = state.Turn == Folded
            ? (state.Bets0 > state.Bets1 ? 1 : -1)
            : Math.Sign(Strength(state.Card0, state.Public) - Strength(state.Card1, state.Public));
        returns[0] = winner * Math.Min(state.Bets0, state.Bets1);
        returns[1] = -returns[0];
    }

    private static int Left(in LeducPokerState state, int rank) => 2 - (state.Card0 == rank ? 1 : 0) - (state.Card1 == rank ? 1 : 0);

    private static int Strength(int card, int publicCard) => card == publicCard ? 10 : card;
}
