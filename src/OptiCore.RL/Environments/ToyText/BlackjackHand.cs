namespace OptiCore.RL.Environments;

/// <summary>The cards of one side: all that the rules of <see cref="Blackjack"/> need to know of them.</summary>
/// <param name="Hard">The sum with aces counted as 1.</param>
/// <param name="Aces">How many aces there are.</param>
/// <param name="Cards">How many cards there are.</param>
public readonly record struct BlackjackHand(int Hard, int Aces, int Cards)
{
    /// <summary>Whether an ace counts as 11 without going over 21.</summary>
    public bool HasUsableAce => Aces > 0 && Hard + 10 <= 21;

    /// <summary>The sum, with one ace as 11 where that doesn't go over 21.</summary>
    public int Sum => HasUsableAce ? Hard + 10 : Hard;

    /// <summary>Whether the sum is over 21.</summary>
    public bool IsBust => Sum > 21;

    /// <summary>Whether the hand is an ace and a ten and nothing else.</summary>
    public bool IsNatural => Cards == 2 && Aces == 1 && Hard == 11;

    /// <summary>The hand with one card more.</summary>
    /// <param name="card">1 for an ace to 10, which face cards count too.</param>
    public BlackjackHand With(int card) => new(Hard + card, Aces + (card == 1 ? 1 : 0), Cards + 1);
}
