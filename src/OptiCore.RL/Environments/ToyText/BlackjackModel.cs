namespace OptiCore.RL.Environments;

/// <summary>The exact probabilities of <see cref="Blackjack"/>, by following every card.</summary>
internal static class BlackjackModel
{
    private const int Sums = 32, Cards = 11;

    /// <summary>How likely the dealer ends with each sum of 17 to 21, and last how likely they go over 21, from the hand so far.</summary>
    public static double[] DealerOutcomes(BlackjackHand hand)
    {
        double[] outcomes = new double[6];
        Play(hand, 1);
        return outcomes;

        void Play(BlackjackHand dealer, double probability)
        {
            if (dealer.Sum >= 17)
            {
                outcomes[dealer.IsBust ? 5 : dealer.Sum - 17] += probability;
                return;
            }

            for (int card = 1; card <= 10; card++)
                Play(dealer.With(card), probability * Probability(card));
        }
    }

    public static TabularModel Create()
    {
        double[][] dealer = new double[Cards][];
        for (int card = 1; card < Cards; card++)
            dealer[card] = DealerOutcomes(default(BlackjackHand).With(card));

        return TabularModel.Create(Sums * Cards * 2, 2, Initial(), (state, action) =>
        {
            (int sum, int card, bool ace) = (state / (2 * Cards), state / 2 % Cards, state % 2 == 1);

            // Sums that no game shows, and those that ended it.
            if (card == 0 || sum < 4 || sum > 21 || (ace && sum < 12))
                return [new TabularOutcome(1, state, 0, true)];
            var player = new BlackjackHand(ace ? sum - 10 : sum, ace ? 1 : 0, 2);
            return action == 0 ? Stick(state, sum, dealer[card]) : Hit(player, card);
        });
    }

    private static double Probability(int card) => card == 10 ? 4.0 / 13 : 1.0 / 13;

    private static int State(BlackjackHand player, int card) => (((player.Sum * Cards) + card) * 2) + (player.HasUsableAce ? 1 : 0);

    private static TabularOutcome[] Hit(BlackjackHand player, int open)
    {
        TabularOutcome[] outcomes = new TabularOutcome[10];
        for (int card = 1; card <= 10; card++)
        {
            BlackjackHand next = player.With(card);
            outcomes[card - 1] = new TabularOutcome(Probability(card), State(next, open), next.IsBust ? -1 : 0, next.IsBust);
        }

        return outcomes;
    }

    private static TabularOutcome[] Stick(int state, int sum, double[] dealer)
    {
        double win = dealer[5], draw = 0, lose = 0;
        for (int k = 0; k < 5; k++)
        {
            win += sum > 17 + k ? dealer[k] : 0;
            draw += sum == 17 + k ? dealer[k] : 0;
            lose += sum < 17 + k ? dealer[k] : 0;
        }

        return [new TabularOutcome(win, state, 1, true), new TabularOutcome(draw, state, 0, true), new TabularOutcome(lose, state, -1, true)];
    }

    private static double[] Initial()
    {
        double[] initial = new double[Sums * Cards * 2];
        for (int open = 1; open <= 10; open++)
        {
            for (int first = 1; first <= 10; first++)
            {
                for (int second = 1; second <= 10; second++)
                    initial[State(default(BlackjackHand).With(first).With(second), open)] += Probability(open) * Probability(first) * Probability(second);
            }
        }

        return initial;
    }
}
