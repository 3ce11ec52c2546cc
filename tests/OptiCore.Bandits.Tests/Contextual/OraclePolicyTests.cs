using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests;

/// <summary>Policies upon regression oracles and expert advice, against their formulas.</summary>
public class OraclePolicyTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(67);

    [Fact]
    public void InverseGapWeightingHasItsProbabilities()
    {
        ContextualState state = new SquareCb { Scale = 3, Exponent = 0.5 }.Start(3, 2, Key);
        for (int t = 0; t < 49; t++)
            state.Update([1, t % 2], t % 3, (0.2 * (t % 3)) + (0.1 * (t % 2)));
        double[] scores = new double[3], probabilities = new double[3];
        state.Scores([1, 0], scores);
        state.Probabilities([1, 0], 49, probabilities);

        // gamma = 3 sqrt(49) = 21; arm 2 is the best.
        Assert.Equal(2, Array.IndexOf(scores, scores.Max()));
        double p0 = 1 / (3 + (21 * (scores[2] - scores[0]))), p1 = 1 / (3 + (21 * (scores[2] - scores[1])));
        Promises.Close(p0, probabilities[0], 1e-14, 0, "arm 0");
        Promises.Close(p1, probabilities[1], 1e-14, 0, "arm 1");
        Promises.Close(1 - p0 - p1, probabilities[2], 1e-14, 0, "arm 2");
    }

    [Fact]
    public void FalconChangesAtPowersOfTwoOnly()
    {
        ContextualState state = new Falcon { Scale = 2 }.Start(3, 2, Key);
        double[] before = new double[3], after = new double[3];
        var changes = new List<long>();
        state.Probabilities([1, 0.5], 0, before);
        Assert.All(before, p => Assert.Equal(1.0 / 3, p, 15));
        for (int t = 0; t < 130; t++)
        {
            state.Update([1, (t % 5) / 5.0], t % 3, 0.3 + (0.2 * (t % 3)));
            state.Probabilities([1, 0.5], 0, after);
            if (!before.AsSpan().SequenceEqual(after))
                changes.Add(state.Updates);
            after.CopyTo(before, 0);
        }

        Assert.Equal([1L, 2, 4, 8, 16, 32, 64, 128], changes);

        // gamma = 2 sqrt(K n / (p ln n + ln 20)) with K = 3, n = 128 and p = 3 times 2 coefficients.
        double[] scores = new double[3];
        state.Scores([1, 0.5], scores);
        double gamma = 2 * Math.Sqrt(3 * 128 / ((6 * Math.Log(128)) + Math.Log(20))), level = scores.Max();
        for (int arm = 0; arm < 3; arm++)
        {
            if (scores[arm] < level)
                Promises.Close(1 / (3 + (gamma * (level - scores[arm]))), after[arm], 1e-12, 0, $"arm {arm}");
        }
    }

    [Fact]
    public void BaggingFollowsItsReplicates()
    {
        // Probabilities are multiples of 1 / 8 and all mass lies on one arm once the data leave no doubt.
        ContextualState state = new BootstrapBagging { Replicates = 8 }.Start(3, 1, Key);
        double[] probabilities = new double[3];
        RandomStream stream = Key.Fold("bagging").Stream();
        bool hadDoubts = false;
        for (int t = 0; t < 300; t++)
        {
            state.Update([1], t % 3, (0.3 * (t % 3)) + stream.NextNormal());
            if (t < 3)
                continue;
            state.Probabilities([1], t, probabilities);
            Assert.All(probabilities, p => Assert.Equal(Math.Round(8 * p), 8 * p, 12));
            hadDoubts |= probabilities.Count(p => p > 0) > 1;
        }

        Assert.True(hadDoubts);
        for (int t = 0; t < 3000; t++)
            state.Update([1], t % 3, t % 3);
        state.Probabilities([1], 0, probabilities);
        Assert.Equal([0.0, 0, 1], probabilities);
    }

    [Fact]
    public void Exp4FollowsItsFormulas()
    {
        const double Gamma = 0.3;
        Exp4State state = new Exp4 { Gamma = Gamma }.Start(3, 2, Key);
        double[] w = [1, 1], p = new double[3];
        RandomStream stream = Key.Fold("advice").Stream();
        for (int t = 0; t < 50; t++)
        {
            // advice[arm, expert]
            double a = stream.NextDouble(), b = (1 - a) * stream.NextDouble();
            double[] advice = [a, 0.2, b, 0.5, 1 - a - b, 0.3];
            state.Probabilities(advice, t, p);
            int arm = t % 3;
            for (int k = 0; k < 3; k++)
                Promises.Close(((1 - Gamma) * ((w[0] * advice[2 * k]) + (w[1] * advice[(2 * k) + 1])) / (w[0] + w[1])) + (Gamma / 3), p[k], 1e-12, 0, $"probability {k} of round {t}");
            double reward = stream.NextDouble(), estimate = reward / p[arm];
            if (t % 2 == 0)
            {
                state.Update(advice, arm, reward);
            }
            else
            {
                // An arm that was chosen with another probability than it has now.
                estimate = reward / 0.4;
                state.Update(advice, arm, reward, 0.4);
            }

            for (int i = 0; i < 2; i++)
                w[i] *= Math.Exp(Gamma * advice[(2 * arm) + i] * estimate / 3);
            Promises.Close(w[0] / (w[0] + w[1]), state.Weights[0], 1e-12, 0, $"weight after round {t}");
        }
    }

    [Fact]
    public void Exp4KeepsUpWithTheBestExpert()
    {
        // The best of eight experts advises arm (t mod 4), which pays 1; the others advise one arm for ever, or nothing in particular. The bound holds for the expectation; the mean of 20 runs keeps it.
        const int Arms = 4, Experts = 8, Rounds = 2000;
        double total = 0, bound = 2.63 * Math.Sqrt(Rounds * Arms * Math.Log(Experts));
        double[] advice = new double[Arms * Experts];
        for (int run = 0; run < 20; run++)
        {
            Exp4State state = new Exp4 { Gamma = Exp4.GammaFor(Arms, Experts, Rounds) }.Start(Arms, Experts, Key.Fold(run));
            for (int t = 0; t < Rounds; t++)
            {
                for (int expert = 0; expert < Experts; expert++)
                {
                    for (int arm = 0; arm < Arms; arm++)
                        advice[(arm * Experts) + expert] = expert == 5 ? arm == t % 4 ? 1 : 0 : expert < 4 ? arm == expert ? 1 : 0 : 0.25;
                }

                int chosen = state.Choose(advice);
                double reward = chosen == t % 4 ? 1 : 0;
                total += reward;
                state.Update(advice, chosen, reward);
            }
        }

        double regret = Rounds - (total / 20);
        Assert.InRange(regret, 1, bound);
    }

    [Fact]
    public void Exp4RefusesAdviceThatIsNone()
    {
        Exp4State state = new Exp4().Start(2, 2, Key);
        Assert.Contains("all arms the probability 1.1 by expert 1", Assert.Throws<ArgumentException>(() => state.Choose([0.5, 0.6, 0.5, 0.5])).Message, StringComparison.Ordinal);
        Assert.Contains("arm 0 the probability -0.5 by expert 0", Assert.Throws<ArgumentException>(() => state.Update([-0.5, 0.5, 1.5, 0.5], 0, 1)).Message, StringComparison.Ordinal);
        Assert.Equal(0, state.Updates);
        Assert.Throws<ArgumentOutOfRangeException>(() => Exp4.GammaFor(3, 1, 100));
        Assert.Equal(1, Exp4.GammaFor(3, 4, 1));
    }
}
