using System.Text.Json;
using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests;

/// <summary>Scores, indices and whole plays against mabwiser and direct formulas, exactly or to 1e-12.</summary>
public class GoldenScoreTests
{
    private const string File = "golden/09_bandit_scores.json";

    private static JsonElement History => Reference.Json(File).GetProperty("history");

    public static TheoryData<string> ScoreIds => Ids("scores", "UCB1", "EpsilonGreedy", "Softmax", "ThompsonSampling");

    public static TheoryData<string> PlayIds => Ids("play", "UCB1");

    [Theory]
    [MemberData(nameof(ScoreIds))]
    public void ScoresAfterAHistoryAgree(string id)
    {
        JsonElement golden = Reference.Cases(File)[id];
        double[] decisions = History.Numbers("decisions");
        double[] rewards = History.Numbers(golden.GetProperty("rewards").GetString()!);
        double[] cuts = History.Numbers("cuts");
        int arms = History.GetProperty("arms").GetArrayLength();
        BanditState state = PolicyOf(golden).Start(arms, RandomKey.FromSeed(1));

        int next = 0;
        for (int c = 0; c < cuts.Length; c++)
        {
            for (; next < (int)cuts[c]; next++)
                state.Update((int)decisions[next], rewards[next]);

            JsonElement expected = golden.GetProperty("after_each_cut")[c];
            string what = $"{id} after {cuts[c]}";
            if (expected.TryGetProperty("score", out JsonElement scores))
            {
                double[] actual = new double[arms];
                state.Scores(actual);
                Near(scores.Numbers(), actual, what + ": score");
            }

            if (expected.TryGetProperty("probability", out JsonElement probability))
            {
                double[] actual = new double[arms];
                state.Probabilities(actual);
                Near(probability.Numbers(), actual, what + ": probability");
            }

            if (expected.TryGetProperty("mean", out JsonElement means))
                Near(means.Numbers(), state.Means.ToArray(), what + ": mean");
            if (expected.TryGetProperty("count", out JsonElement counts))
                Promises.SameBits(counts.Numbers(), state.Pulls.ToArray().Select(n => (double)n).ToArray(), what + ": count");
            if (expected.TryGetProperty("chosen", out JsonElement chosen))
                Assert.Equal(chosen.GetInt32(), state.Choose());
            if (expected.TryGetProperty("alpha", out JsonElement alpha))
            {
                var posterior = (BetaPosteriorState)state;
                Promises.SameBits(alpha.Numbers(), (double[])[.. Enumerable.Range(0, arms).Select(a => posterior.Posterior(a).Alpha)], what + ": alpha");
                Promises.SameBits(expected.Numbers("beta"), (double[])[.. Enumerable.Range(0, arms).Select(a => posterior.Posterior(a).Beta)], what + ": beta");
            }
        }
    }

    [Theory]
    [MemberData(nameof(PlayIds))]
    public void PlaysAreReproducedArmForArm(string id)
    {
        JsonElement golden = Reference.Cases(File)[id];
        JsonElement table = Reference.Json(File).GetProperty(golden.GetProperty("table").GetString()!);
        double[] expected = golden.Numbers("arms_played");
        BanditState state = PolicyOf(golden).Start(table[0].GetArrayLength(), RandomKey.FromSeed(1));
        double total = 0;
        for (int t = 0; t < expected.Length; t++)
        {
            int arm = state.Choose();
            Assert.True(arm == (int)expected[t], $"{id}: round {t} played {arm}, the reference {expected[t]}");
            double reward = table[t][arm].Number();
            state.Update(arm, reward);
            total += reward;
        }

        Assert.Equal(golden.Number("total_reward"), total);
    }

    [Theory]
    [InlineData("ucb1")]
    [InlineData("ucb_tuned")]
    [InlineData("moss_K5_T1e5")]
    [InlineData("kl_ucb_c0")]
    [InlineData("kl_ucb_c3")]
    [InlineData("ucb_v_z1.2_c1")]
    public void IndicesAgree(string index)
    {
        IBanditPolicy policy = index switch
        {
            "ucb1" => new Ucb1(),
            "ucb_tuned" => new UcbTuned(),
            "moss_K5_T1e5" => new Moss { Horizon = 100_000 },
            "kl_ucb_c0" => new KlUcb(),
            "ucb_v_z1.2_c1" => new UcbV { Zeta = 1.2, C = 1 },
            _ => new KlUcb { C = 3 },
        };
        int rows = 0;
        foreach (JsonElement row in Reference.Cases(File)["indices"].GetProperty("values").EnumerateArray())
        {
            int n = row.GetProperty("n").GetInt32(), successes = row.GetProperty("sum").GetInt32(), t = row.GetProperty("t").GetInt32();
            BanditState state = policy.Start(5, RandomKey.FromSeed(1));
            for (int i = 0; i < n; i++)
                state.Update(2, i < successes ? 1 : 0);
            for (int i = n; i < t; i++)
                state.Update(4, 0);
            double[] scores = new double[5];
            state.Scores(scores);
            Near([row.Number(index)], [scores[2]], $"{index}: n = {n}, sum = {successes}, t = {t}");
            rows++;
        }

        Assert.True(rows >= 10);
    }

    [Fact]
    public void ProbabilitiesOfExp3Agree()
    {
        JsonElement golden = Reference.Cases(File)["exp3"];
        JsonElement table = Reference.Json(File).GetProperty(golden.GetProperty("table").GetString()!);
        double[] plays = golden.Numbers("plays");
        int arms = table[0].GetArrayLength();
        double gamma = golden.GetProperty("hyper").Number("gamma");
        BanditState state = new Exp3 { Gamma = gamma }.Start(arms, RandomKey.FromSeed(1)), delayed = new Exp3 { Gamma = gamma }.Start(arms, RandomKey.FromSeed(1));
        double[] actual = new double[arms];
        for (int t = 0; t < plays.Length; t++)
        {
            state.Probabilities(actual);
            Near(golden.GetProperty("probabilities_before_each_play")[t].Numbers(), actual, $"exp3 before play {t}");
            int arm = (int)plays[t];
            state.Update(arm, table[t][arm].Number());
        }

        // Rewards in the reverse order with the propensities of their rounds give the same weights at the end.
        for (int t = plays.Length - 1; t >= 0; t--)
        {
            int arm = (int)plays[t];
            delayed.Update(arm, table[t][arm].Number(), golden.GetProperty("probabilities_before_each_play")[t][arm].Number());
        }

        double[] reversed = new double[arms];
        state.Probabilities(actual);
        delayed.Probabilities(reversed);
        Near(actual, reversed, "exp3 with delayed rewards");
    }

    private static IBanditPolicy PolicyOf(JsonElement golden)
    {
        JsonElement hyper = golden.GetProperty("hyper");
        return golden.GetProperty("policy").GetString() switch
        {
            "UCB1" => new Ucb1 { Alpha = hyper.Number("alpha") },
            "EpsilonGreedy" => new EpsilonGreedy { Epsilon = hyper.Number("epsilon") },
            "ThompsonSampling" => new ThompsonSampling(),
            "Softmax" => new Softmax { Temperature = hyper.Number("tau") },
            string other => throw new NotSupportedException(other),
            null => throw new NotSupportedException(),
        };
    }

    private static TheoryData<string> Ids(string kind, params string[] policies) =>
    [
        .. Reference.Cases(File).Values
            .Where(c => c.GetProperty("kind").GetString() == kind && policies.Contains(c.GetProperty("policy").GetString()))
            .Select(c => c.GetProperty("id").GetString()!),
    ];

    private static void Near(double[] expected, double[] actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Promises.Close(expected[i], actual[i], 1e-12, 1e-12, $"{what}[{i}]");
    }
}
