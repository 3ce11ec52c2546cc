using System.Globalization;
using System.Text.Json;
using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests;

/// <summary>
/// Mean regret against an independent simulation (2,000 runs): at every listed time of every instance within 4 standard errors of the
/// difference. One comparison fails by chance with probability 6e-5; the key is fixed, so the outcome is too.
/// </summary>
public class GoldenRegretTests
{
    private const string File = "golden/09_bandit_regret.json";

    private static readonly Dictionary<string, IBanditPolicy> Policies = new()
    {
        ["ucb1"] = new Ucb1(),
        ["ucb_tuned"] = new UcbTuned(),
        ["kl_ucb"] = new KlUcb(),
        ["thompson_beta"] = new ThompsonSampling(),
        ["moss"] = new Moss { Horizon = 2000 },
        ["epsilon_greedy_0.1"] = new EpsilonGreedy { Epsilon = 0.1 },
        ["exp3"] = new Exp3 { Horizon = 2000 },
    };

    public static TheoryData<string> Ids => [.. Reference.Cases(File).Keys];

    [Theory]
    [MemberData(nameof(Ids))]
    public void RegretAgreesWithTheReference(string id)
    {
        JsonElement golden = Reference.Cases(File)[id];
        var times = golden.GetProperty("regret_at").EnumerateObject().ToDictionary(t => int.Parse(t.Name, CultureInfo.InvariantCulture), t => t.Value);
        int[] checkpoints = [.. times.Keys.Order()];
        var bandit = new BernoulliBandit(golden.Numbers("means"));
        RegretReport report = BanditSimulator.Run([Policies[PolicyOf(golden)]], bandit, new SimulationOptions
        {
            Rounds = (int)golden.Number("T"),
            Replications = 500,
            Checkpoints = checkpoints,
            Key = RandomKey.FromSeed(20),
            Workers = Workers.Threads(2),
        });

        PolicyRegret regret = report.Policies[0];
        Assert.Equal(500, regret.Replications);
        for (int c = 0; c < checkpoints.Length; c++)
        {
            double mean = times[checkpoints[c]].Number("mean"), error = times[checkpoints[c]].Number("se");
            double z = (regret.MeanRegret[c] - mean) / Math.Sqrt((error * error) + (regret.StandardErrors[c] * regret.StandardErrors[c]));
            Assert.True(Math.Abs(z) <= 4, $"{id} at {checkpoints[c]}: {regret.MeanRegret[c]} +- {regret.StandardErrors[c]}, reference {mean} +- {error} (z = {z:f2})");
        }

        Promises.Close(golden.Number("lai_robbins_constant"), bandit.LaiRobbinsConstant, 1e-12, 0, id + ": Lai-Robbins constant");
    }

    [Fact]
    public void QuantilesAgreeWithTheReference()
    {
        // The share of our runs below a reference quantile is binomial; so is the reference's own. 4.5 standard errors, plus the ties of a
        // discrete distribution: both the share below and the share at or below must allow it.
        JsonElement golden = Reference.Cases(File)["ucb1/instance2"];
        const int runs = 500;
        double[] probabilities = [0.05, 0.25, 0.5, 0.75, 0.95];
        double[] quantiles = golden.Numbers("final_quantiles_5_25_50_75_95");
        RegretReport report = BanditSimulator.Run([new Ucb1()], new BernoulliBandit(golden.Numbers("means")), new SimulationOptions
        {
            Rounds = 2000,
            Replications = runs,
            Key = RandomKey.FromSeed(21),
            Workers = Workers.Threads(2),
            Quantiles = [.. Enumerable.Range(0, 101).Select(i => i / 100.0)],
        });

        int last = report.Checkpoints.Count - 1;
        for (int i = 0; i < quantiles.Length; i++)
        {
            double error = 4.5 * Math.Sqrt(probabilities[i] * (1 - probabilities[i]) * ((1.0 / runs) + (1.0 / 2000)));
            double low = report.Policies[0].Quantile(last, (int)Math.Floor(100 * Math.Max(0, probabilities[i] - error)));
            double high = report.Policies[0].Quantile(last, (int)Math.Ceiling(100 * Math.Min(1, probabilities[i] + error)));
            Assert.InRange(quantiles[i], low - 1e-9, high + 1e-9);
        }
    }

    private static string PolicyOf(JsonElement golden) => golden.GetProperty("policy").GetString()!;
}
