using System.Text.Json;
using OptiCore.RL.Environments;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests;

/// <summary>Gymnasium's Blackjack: recorded hands, and the exact facts of its rules.</summary>
public class BlackjackTests
{
    private const string File = "golden/05_gym_toy_text.json";

    [Fact]
    public void Recorded_hands_are_replayed_card_by_card()
    {
        int hands = 0;
        foreach (JsonElement hand in Reference.Cases(File)["Blackjack/stacked-deck"].GetProperty("hands").EnumerateArray())
        {
            var environment = new Blackjack { SuttonBarto = hand.GetProperty("sab").GetBoolean(), NaturalPaysMore = hand.GetProperty("natural").GetBoolean() };
            StepBuffers<int> buffers = environment.CreateBuffers();
            environment.StackDeck(0, Integers(hand, "cards"));
            environment.Reset(RandomKey.FromSeed(1), buffers);
            int[][] observations = [.. hand.GetProperty("observation").EnumerateArray().Select(o => o.EnumerateArray().Select(x => x.GetInt32()).ToArray())];
            double[] rewards = hand.Numbers("reward");
            int[] actions = Integers(hand, "actions");
            Assert.Equal(observations[0], buffers.Observations);
            for (int t = 0; t < actions.Length; t++)
            {
                environment.Step([actions[t]], buffers);
                Assert.Equal(t == actions.Length - 1, buffers.Terminated[0]);
                Assert.Equal(observations[t + 1], buffers.Terminated[0] ? buffers.FinalObservations : buffers.Observations);
                Assert.Equal(rewards[t], buffers.Rewards[0]);
            }

            hands++;
        }

        Assert.Equal(180, hands);
    }

    [Fact]
    public void The_dealers_outcomes_are_the_exact_ones()
    {
        JsonElement[] rows = [.. Reference.Cases(File)["Blackjack/dealer-distribution"].GetProperty("distribution").EnumerateArray()];
        for (int card = 1; card <= 10; card++)
        {
            double[] expected = rows[card - 1].Numbers(), actual = BlackjackModel.DealerOutcomes(default(BlackjackHand).With(card));
            for (int k = 0; k < expected.Length; k++)
                Promises.Close(expected[k], actual[k], 1e-13, 1e-15, $"card {card}, outcome {k}");
        }
    }

    [Fact]
    public void The_model_has_the_exact_values_of_sticking_and_of_the_best_play()
    {
        TabularModel model = Blackjack.Model();
        TabularSolution solution = new ValueIteration { Discount = 1, Tolerance = 1e-15 }.Solve(model);
        JsonElement stick = Reference.Cases(File)["Blackjack/stick-value"].GetProperty("value"), optimal = Reference.Cases(File)["Blackjack/optimal"];
        for (int card = 1; card <= 10; card++)
        {
            for (int sum = 4; sum <= 21; sum++)
                Promises.Close(stick[sum - 4][card - 1].GetDouble(), solution.ActionValues[2 * State(sum, card, 0)], 1e-12, 1e-14, $"sticking at {sum} against {card}");
            for (int sum = 12; sum <= 21; sum++)
            {
                foreach ((string kind, int ace) in new[] { ("hard", 0), ("soft", 1) })
                {
                    int state = State(sum, card, ace);
                    Promises.Close(optimal.GetProperty(kind + "_value")[sum - 12][card - 1].GetDouble(), solution.Values[state], 1e-12, 1e-14, $"{kind} {sum} against {card}");
                    Assert.Equal(optimal.GetProperty(kind + "_policy")[sum - 12][card - 1].GetInt32(), solution.Policy.Actions[state]);
                }
            }
        }
    }

    [Fact]
    public void Played_games_have_the_models_frequencies()
    {
        // Sticking at once: rewards and open cards over 200,000 games, against the model's values (naturals count no more than others with this option).
        TabularModel model = Blackjack.Model();
        double exact = 0;
        for (int state = 0; state < model.States; state++)
        {
            foreach (TabularOutcome outcome in model.Outcomes(state, 0))
                exact += model.InitialProbabilities[state] * outcome.Probability * outcome.Reward;
        }

        const int Count = 1000, Rounds = 200;
        var environment = new Blackjack(Count) { SuttonBarto = false };
        StepBuffers<int> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(8), buffers);
        double sum = 0, squares = 0;
        int aces = 0;
        for (int round = 0; round < Rounds; round++)
        {
            environment.Step(new int[Count], buffers);
            foreach (double reward in buffers.Rewards)
                (sum, squares) = (sum + reward, squares + (reward * reward));
            for (int i = 0; i < Count; i++)
                aces += buffers.FinalObservation(i)[1] == 1 ? 1 : 0;
        }

        double n = Count * Rounds, mean = sum / n, error = Math.Sqrt(((squares / n) - (mean * mean)) / n);
        Assert.InRange(mean, exact - (4 * error), exact + (4 * error));
        Assert.InRange(aces / n, (1.0 / 13) - (4 * Math.Sqrt(12.0 / 169 / n)), (1.0 / 13) + (4 * Math.Sqrt(12.0 / 169 / n)));
    }

    [Fact]
    public void A_card_that_no_deck_has_is_refused() =>
        Assert.Contains("Card 1 is 11", Assert.Throws<ArgumentException>(() => new Blackjack().StackDeck(0, 3, 11)).Message, StringComparison.Ordinal);

    private static int State(int sum, int card, int ace) => (((sum * 11) + card) * 2) + ace;

    private static int[] Integers(JsonElement element, string property) => [.. element.GetProperty(property).EnumerateArray().Select(x => x.GetInt32())];
}
