using System.Text.Json;
using OptiCore.LinearAlgebra;
using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests;

/// <summary>The linear policies against mabwiser: coefficients, inverses, scores, choices and a whole play, to 1e-12.</summary>
public class GoldenLinearTests
{
    private const string File = "golden/09_bandit_scores.json";

    private static JsonElement History => Reference.Json(File).GetProperty("history");

    public static TheoryData<string> ScoreIds =>
    [
        .. Reference.Cases(File).Values.Where(c => c.GetProperty("kind").GetString() == "scores" && c.GetProperty("policy").GetString() is "LinUCB" or "LinGreedy").Select(c => c.GetProperty("id").GetString()!),
    ];

    [Fact]
    public void AllLinearCasesOfTheFileAreTested()
    {
        Assert.Equal(5, ScoreIds.Count);
        Assert.Equal(
            ["lints/alpha=0.5,l2=2", "lints/alpha=1,l2=1", "play_linucb/alpha=1"],
            Reference.Cases(File).Keys.Where(id => id.StartsWith("lints", StringComparison.Ordinal) || id.StartsWith("play_lin", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(ScoreIds))]
    public void ScoresAfterAHistoryAgree(string id)
    {
        JsonElement golden = Reference.Cases(File)[id], hyper = golden.GetProperty("hyper");
        bool isScaled = hyper.TryGetProperty("scale", out JsonElement scale) && scale.GetBoolean();
        double[] decisions = History.Numbers("decisions"), rewards = History.Numbers(golden.GetProperty("rewards").GetString()!), cuts = History.Numbers("cuts");
        double[][] contexts = Rows(History, "contexts"), tests = Rows(History, "test_contexts");
        int arms = History.GetProperty("arms").GetArrayLength(), d = contexts[0].Length;

        // Standardised contexts differ from arm to arm: features of actions.
        ModelSharing sharing = isScaled ? ModelSharing.DisjointActions : ModelSharing.Disjoint;
        LinearState state = golden.GetProperty("policy").GetString() == "LinUCB"
            ? new LinUcb { Alpha = hyper.Number("alpha"), Regularization = hyper.Number("l2_lambda"), Sharing = sharing }.Start(arms, d, RandomKey.FromSeed(1))
            : new LinGreedy { Epsilon = hyper.Number("epsilon"), Regularization = hyper.Number("l2_lambda"), Sharing = sharing }.Start(arms, d, RandomKey.FromSeed(1));
        Scaler[] scalers = [.. Enumerable.Range(0, arms).Select(_ => new Scaler(d))];

        int next = 0;
        for (int c = 0; c < cuts.Length; c++)
        {
            for (int i = next; i < (int)cuts[c]; i++)
                scalers[(int)decisions[i]].Add(contexts[i]);
            for (; next < (int)cuts[c]; next++)
                state.Update(Shown(contexts[next]), (int)decisions[next], rewards[next]);

            JsonElement expected = golden.GetProperty("after_each_cut")[c];
            string what = $"{id} after {cuts[c]}";
            for (int arm = 0; arm < arms; arm++)
            {
                Near(expected.GetProperty("beta")[arm].Numbers(), state.Coefficients(arm).ToArray(), $"{what}: coefficients {arm}");
                if (expected.TryGetProperty("A_inverse", out JsonElement inverses))
                    Near([.. inverses[arm].EnumerateArray().SelectMany(r => r.Numbers())], state.InversePrecision(arm).ToArray(), $"{what}: inverse {arm}");
            }

            double[] actual = new double[arms];
            for (int t = 0; t < tests.Length; t++)
            {
                double[] shown = Shown(tests[t]);
                state.Scores(shown, actual);
                Near(expected.GetProperty("score")[t].Numbers(), actual, $"{what}: score {t}");
                Assert.Equal(expected.GetProperty("chosen")[t].GetInt32(), state.Choose(shown));
            }
        }

        double[] Shown(double[] context) => isScaled ? [.. scalers.SelectMany(s => s.Apply(context))] : context;
    }

    [Theory]
    [InlineData("lints/alpha=1,l2=1")]
    [InlineData("lints/alpha=0.5,l2=2")]
    public void PosteriorsOfThompsonSamplingAgree(string id)
    {
        JsonElement golden = Reference.Cases(File)[id], hyper = golden.GetProperty("hyper");
        double[] decisions = History.Numbers("decisions"), rewards = History.Numbers(golden.GetProperty("rewards").GetString()!);
        double[][] contexts = Rows(History, "contexts"), tests = Rows(History, "test_contexts");
        int arms = History.GetProperty("arms").GetArrayLength(), d = contexts[0].Length;
        double alpha = hyper.Number("alpha");
        LinearState state = new LinearThompsonSampling { Alpha = alpha, Regularization = hyper.Number("l2_lambda") }.Start(arms, d, RandomKey.FromSeed(1));
        for (int i = 0; i < decisions.Length; i++)
            state.Update(contexts[i], (int)decisions[i], rewards[i]);

        for (int arm = 0; arm < arms; arm++)
        {
            Near(golden.GetProperty("beta")[arm].Numbers(), state.Coefficients(arm).ToArray(), $"{id}: coefficients {arm}");
            Near([.. golden.GetProperty("A_inverse")[arm].EnumerateArray().SelectMany(r => r.Numbers())], state.InversePrecision(arm).ToArray(), $"{id}: inverse {arm}");

            // The reference's draws, made from our posterior with its normal numbers.
            double[] factor = state.InversePrecision(arm).ToArray();
            Assert.True(Cholesky.TryFactor<double>(factor, d));
            for (int t = 0; t < tests.Length; t++)
            {
                double[] z = golden.GetProperty("z")[arm][t].Numbers();
                double score = 0;
                for (int i = 0; i < d; i++)
                {
                    double draw = state.Coefficients(arm)[i];
                    for (int j = 0; j <= i; j++)
                        draw += alpha * factor[(i * d) + j] * z[j];
                    score += tests[t][i] * draw;
                }

                Near([golden.GetProperty("score")[t][arm].Number()], [score], $"{id}: score {t} of arm {arm}");
            }
        }
    }

    [Fact]
    public void APlayIsReproducedArmForArm()
    {
        JsonElement golden = Reference.Cases(File)["play_linucb/alpha=1"], hyper = golden.GetProperty("hyper"), root = Reference.Json(File);
        double[] expected = golden.Numbers("arms_played");
        double[][] contexts = Rows(root, "contexts"), table = Rows(root, golden.GetProperty("table").GetString()!);
        int arms = table[0].Length;
        LinearState state = new LinUcb { Alpha = hyper.Number("alpha"), Regularization = hyper.Number("l2_lambda") }.Start(arms, contexts[0].Length, RandomKey.FromSeed(1));
        double total = 0;
        for (int t = 0; t < expected.Length; t++)
        {
            // The reference begins with each arm once.
            int arm = t < arms ? t : state.Choose(contexts[t]);
            Assert.True(arm == (int)expected[t], $"round {t} played {arm}, the reference {expected[t]}");
            state.Update(contexts[t], arm, table[t][arm]);
            total += table[t][arm];
        }

        Promises.Close(golden.Number("total_reward"), total, 1e-12, 0, "total reward");
    }

    private static double[][] Rows(JsonElement element, string property) => [.. element.GetProperty(property).EnumerateArray().Select(r => r.Numbers())];

    private static void Near(double[] expected, double[] actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Promises.Close(expected[i], actual[i], 1e-12, 1e-12, $"{what}[{i}]");
    }

    /// <summary>Running means and variances with divisor n; a variance of 0 scales by 1.</summary>
    private sealed class Scaler(int d)
    {
        private readonly List<double[]> _seen = [];

        public void Add(double[] x) => _seen.Add(x);

        public double[] Apply(double[] x)
        {
            double[] result = new double[d];
            for (int j = 0; j < d; j++)
            {
                if (_seen.Count == 0)
                {
                    result[j] = x[j];
                    continue;
                }

                double mean = _seen.Average(s => s[j]), variance = _seen.Average(s => (s[j] - mean) * (s[j] - mean));
                result[j] = (x[j] - mean) / (variance > 0 ? Math.Sqrt(variance) : 1);
            }

            return result;
        }
    }
}
