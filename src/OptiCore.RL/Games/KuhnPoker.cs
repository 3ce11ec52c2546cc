namespace OptiCore.RL.Games;

/// <summary>The state of Kuhn's poker.</summary>
/// <param name="Card0">The first player's card plus 1, or 0 before it is dealt.</param>
/// <param name="Card1">The second player's card plus 1, or 0 before it is dealt.</param>
/// <param name="History">The moves: 1 followed by one bit for each, 0 a pass and 1 a bet.</param>
public readonly record struct KuhnPokerState(int Card0, int Card1, int History);

/// <summary>
/// Kuhn's poker: two players, three cards, an ante of 1 and one bet of 1. Action 0 passes (checks or folds), 1 bets (or calls). The first player loses 1/18 a game on average when both play perfectly.
/// </summary>
/// <remarks>
/// H. W. Kuhn (1950), "A simplified two-person poker". In equilibrium the first player bets the lowest card with a probability a of [0, 1/3], the highest with 3 a, never the middle one, and calls with the middle one with probability a + 1/3;
/// the second player's strategy is unique: bet the lowest card with probability 1/3 after a pass, call with the middle one with probability 1/3.
/// </remarks>
public sealed class KuhnPoker : IExtensiveGame<KuhnPokerState>
{
    /// <inheritdoc/>
    public int Players => 2;

    /// <inheritdoc/>
    public int MaxActions => 3;

    /// <inheritdoc/>
    public KuhnPokerState Initial => new(0, 0, 1);

    /// <inheritdoc/>
    public int PlayerToMove(in KuhnPokerState state)
    {
        if (state.Card0 == 0 || state.Card1 == 0)
            return GameTurn.Chance;
        return state.History switch
        {
            0b1 => 0,
            0b10 or 0b11 => 1,
            0b101 => 0,
            _ => GameTurn.Over,
        };
    }

    /// <inheritdoc/>
    public int LegalActions(in KuhnPokerState state, Span<int> actions)
    {
        int count = 0;
        if (state.Card0 != 0 && state.Card1 != 0)
        {
            actions[count++] = 0;
            actions[count++] = 1;
            return count;
        }

        for (int card = 0; card < 3; card++)
        {
            if (card + 1 != state.Card0)
                actions[count++] = card;
        }

        return count;
    }

    /// <inheritdoc/>
    public void ChanceProbabilities(in KuhnPokerState state, Span<double> probabilities)
    {
        int count = state.Card0 == 0 ? 3 : 2;
        probabilities[..count].Fill(1.0 / count);
    }

    /// <inheritdoc/>
    public KuhnPokerState Next(in KuhnPokerState state, int action)
    {
        if (state.Card0 == 0)
            return state with { Card0 = action + 1 };
        return state.Card1 == 0 ? state with { Card1 = action + 1 } : state with { History = (state.History << 1) | action };
    }

    /// <inheritdoc/>
    public ulong InformationKey(in KuhnPokerState state) =>
        ((ulong)state.History << 2) | (uint)(PlayerToMove(state) == 0 ? state.Card0 : state.Card1);

    /// <inheritdoc/>
    public void Returns(in KuhnPokerState state, Span<double> returns)
    {
        int higher = state.Card0 > state.Card1 ? 1 : -1;
        returns[0] = state.History switch
        {
            0b100 => higher,
            0b110 => 1,
            0b1010 => -1,
            _ => 2 * higher,
        };
        returns[1] = -returns[0];
    }
}
