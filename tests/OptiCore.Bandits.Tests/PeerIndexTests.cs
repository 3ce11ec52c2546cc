using System.Text.Json;
using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests;

/// <summary>Indices, weights and choices after fixed histories against SMPyBandits, and constants against their theorems.</summary>
public class PeerIndexTests
{
    private const string File = "bandit-indices/smpybandits.json";

    private static readonly Dictionary<string, IBanditPolicy> Policies = new()
    {
        ["ucb1"] = new Ucb1(),
        ["ucb_v"] = new UcbV { Zeta = 1 },
        ["moss"] = new Moss { Horizon = 3000 },
        ["moss_anytime"] = new AnytimeMoss(),
        ["kl_ucb"] = new KlUcb(),
        ["kl_ucb_gauss"] = new KlUcb { Family = RewardFamily.Gaussian(0.5) },
        ["kl_ucb_poisson"] = new KlUcb { Family = RewardFamily.Poisson },
        ["kl_ucb_exponential"] = new KlUcb { Family = RewardFamily.Exponential },
        ["kl_ucb_plus_plus"] = new KlUcbPlusPlus { Horizon = 3000 },
        ["imed"] = new Imed(),
        ["bayes_ucb"] = new BayesUcb(),
        ["sliding_window_ucb"] = new SlidingWindowUcb { Window = 50 },
        ["discounted_ucb"] = new DiscountedUcb { Discount = 0.97 },
        ["raw_ucb"] = new RawUcb { StandardDeviation = 0.5 },
        ["fewa"] = new Fewa { StandardDeviation = 0.5 },
        ["sliding_window_average"] = new SlidingWindowAverage { Horizon = 200, IsDoubling = false, StandardDeviation = 0.2 },
        ["discounted_thompson"] = new DiscountedThompsonSampling { Discount = 0.97 },
        ["exp3"] = new Exp3 { Gamma = 0.1 },
    };

    public static TheoryData<string> Names => [.. Policies.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void FixedHistoriesGiveThePeersNumbers(string name)
    {
        JsonElement file = Reference.Json(File), golden = file.GetProperty("cases").GetProperty(name);
        double[] decisions = file.Numbers("decisions"), rewards = file.Numbers(golden.GetProperty("history").GetString()!), cuts = file.Numbers("cuts");
        double tolerance = name.StartsWith("kl_ucb", StringComparison.Ordinal) ? 1e-8 : 1e-12;
        BanditState state = Policies[name].Start(file.GetProperty("arms").GetInt32(), RandomKey.FromSeed(1));
        double[] actual = new double[state.Arms];
        int t = 0;
        for (int c = 0; c < cuts.Length; c++)
        {
            for (; t < (int)cuts[c]; t++)
                state.Update((int)decisions[t], rewards[t]);
            double[] expected = golden.GetProperty("after_each_cut")[c].Numbers();
            if (name == "fewa")
            {
                Assert.Equal((int)expected[0], state.Choose());
                continue;
            }

            if (name == "exp3")
                state.Probabilities(actual);
            else
                state.Scores(actual);
            for (int arm = 0; arm < actual.Length; arm++)
                Promises.Close(expected[arm], actual[arm], tolerance, tolerance, $"{name}, arm {arm} after {t} rewards");
        }
    }

    [Fact]
    public void TheMixtureFunctionIsThePeers()
    {
        foreach (JsonElement row in Reference.Json(File).GetProperty("mixture_function").EnumerateArray())
            Promises.Close(row[1].Number(), MixtureThreshold.J(row[0].Number()), 1e-9, 0, $"J({row[0]})");
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.001)]
    public void KlLucbStopsAtItsTheoremsLevel(double delta)
    {
        // Arm 0 always pays 1, arm 1 never: the bounds exp(-level / n) and 1 - exp(-level / n) part when level <= n ln 2, in turn n.
        const double Alpha = 1.1;
        double least = (2 * Math.E) + 1 + (Math.E / (Alpha - 1)) + ((Math.E + 1) / ((Alpha - 1) * (Alpha - 1)));
        Assert.InRange(new KlLucb().Constant, least, least + 0.1);
        int n = 1;
        for (; ; n++)
        {
            double logarithm = Math.Log(405.5 * 2 * Math.Pow(n, Alpha) / delta);
            if (logarithm + Math.Log(logarithm) <= n * Math.Log(2))
                break;
        }

        PureExplorationState state = new KlLucb { ErrorProbability = delta }.Start(2, RandomKey.FromSeed(1));
        while (!state.HasStopped)
        {
            int arm = state.Choose();
            state.Update(arm, 1 - arm);
        }

        Assert.Equal(2 * n, state.Updates);
        Assert.Equal(0, state.Recommendation);
    }
}
