using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests.Evaluation;

/// <summary>The estimates of the obp library on the logs of the Open Bandit Dataset, from outside the project.</summary>
public class OpenBanditEstimateTests
{
    private static readonly string[] Names = ["ipw", "snipw", "dm", "dr", "sndr", "switch-dr (lambda=1.5)", "dr-os (lambda=1)"];

    public static TheoryData<string, string> Evaluations => new() { { "men", "random" }, { "men", "bts" }, { "women", "random" }, { "women", "bts" } };

    [Theory]
    [MemberData(nameof(Evaluations))]
    public void EstimatesWithTheTabularRewardModelAreThose(string campaign, string behaviour)
    {
        JsonElement reference = Evaluation(campaign, behaviour, out int actions, out double[] distribution);
        using FileStream file = File.OpenRead(LogPath(campaign, behaviour));
        DecisionLog log = DecisionLog.From(OpenBanditLog.Read(file), actions);
        TargetPolicy target = Target(log, behaviour, distribution);
        OffPolicyReport report = OffPolicy.Evaluate(log, target, Options(new TabularRewardModel { PriorMean = 1.0 / 200, PriorCount = 200 }));
        Compare(reference, "values_with_tabular_reward_model", report, 1e-12);

        OffPolicyEstimate ipw = report.Of<InversePropensity>();
        Promises.Close(reference.Number("max_weight"), ipw.LargestWeight, 1e-12, 0, "largest weight");
        Promises.Close(reference.Number("effective_sample_size"), ipw.EffectiveSampleSize, 1e-10, 0, "effective sample size");
        Promises.Close(reference.Number("mean_weight"), new OffPolicyData(log, target).Weights.ToArray().Average(), 1e-12, 0, "mean weight");
    }

    [Theory]
    [MemberData(nameof(Evaluations))]
    public void EstimatesWithTheLogisticRewardModelAreThose(string campaign, string behaviour)
    {
        JsonElement reference = Evaluation(campaign, behaviour, out int actions, out double[] distribution);
        string[][] rows = Lines(LogPath(campaign, behaviour));
        string[][] users = [.. Enumerable.Range(6, 4).Select(column => rows.Select(r => r[column]).Distinct().Order(StringComparer.Ordinal).Skip(1).ToArray())];
        double[] items = ItemFeatures(campaign, behaviour);

        // The context is the position and the indicator columns of the user features; one logistic regression a position is one with a block of coefficients a position.
        int indicators = users.Sum(u => u.Length), width = 1 + indicators + 4;
        var log = new DecisionLog(new DecisionShape(actions, 1 + indicators));
        double[] context = new double[1 + indicators];
        foreach (string[] row in rows)
        {
            context[0] = int.Parse(row[3], CultureInfo.InvariantCulture) - 1;
            int next = 1;
            for (int f = 0; f < 4; f++)
            {
                foreach (string category in users[f])
                    context[next++] = row[6 + f] == category ? 1 : 0;
            }

            log.Add(context, int.Parse(row[2], CultureInfo.InvariantCulture), double.Parse(row[5], CultureInfo.InvariantCulture), double.Parse(row[4], CultureInfo.InvariantCulture));
        }

        // The three constants come first and are free.
        var map = new FeatureMap(3 * width, (x, action, features) =>
        {
            int position = (int)x[0];
            features[position] = 1;
            Span<double> block = features.Slice(3 + (position * (width - 1)), width - 1);
            x[1..].CopyTo(block);
            items.AsSpan(action * 4, 4).CopyTo(block[indicators..]);
        });
        OffPolicyReport report = OffPolicy.Evaluate(log, Target(log, behaviour, distribution, first: 0), Options(new LogisticRewardModel { Features = map, FreeFeatures = 3, Penalty = 1 }));

        // The minimiser, computed in plain Python without any library (README.md beside the values).
        JsonElement minimiser = Reference.Json("open-bandit/logistic-minimiser.json").GetProperty($"{campaign} {behaviour}");
        foreach (JsonProperty value in minimiser.EnumerateObject())
            Promises.Close(value.Value.GetDouble(), report.Estimates[Array.IndexOf(Names, value.Name)].Value, 1e-11, 0, value.Name);

        // The library's own regression stops short of its minimum: its values lie up to 9e-5 from those at the minimiser, and 2.5e-4 where two decisions carry all the weight (women by bts).
        Compare(reference, "values_with_logistic_reward_model", report, 3e-4);
    }

    private static OffPolicyOptions Options(IRewardModel model) => new()
    {
        RewardModel = model,
        Estimators =
        [
            new InversePropensity(), new SelfNormalizedInversePropensity(), new DirectMethod(), new DoublyRobust(), new SelfNormalizedDoublyRobust(),
            new SwitchDoublyRobust { Lambda = 1.5 }, new ShrinkageDoublyRobust { Lambda = 1 },
        ],
    };

    private static void Compare(JsonElement reference, string property, OffPolicyReport report, double tolerance)
    {
        JsonElement values = reference.GetProperty(property);
        Assert.Equal(Names.Length, values.EnumerateObject().Count());
        double worst = 0;
        for (int e = 0; e < Names.Length; e++)
        {
            double expected = values.Number(Names[e]);
            worst = Math.Max(worst, Math.Abs(report.Estimates[e].Value / expected - 1));
            Promises.Close(expected, report.Estimates[e].Value, tolerance, 0, Names[e]);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"largest relative difference {worst:g3}");
    }

    private static JsonElement Evaluation(string campaign, string behaviour, out int actions, out double[] distribution)
    {
        JsonElement reference = Reference.Json("open-bandit/reference-estimates.json").GetProperty("campaigns").GetProperty(campaign);
        actions = reference.GetProperty("actions").GetInt32();
        distribution = reference.RowMajor("bts_action_distribution");
        return reference.GetProperty("evaluations").EnumerateArray().Single(e => e.GetProperty("behaviour_policy").GetString() == behaviour);
    }

    private static TargetPolicy Target(DecisionLog log, string behaviour, double[] distribution, int first = 1) => behaviour == "bts"
        ? TargetPolicy.Uniform(log)
        : TargetPolicy.From(log, (decision, _, probabilities) =>
        {
            for (int item = 0; item < probabilities.Length; item++)
                probabilities[item] = distribution[(item * 3) + (int)decision.Context[0] - first];
        });

    private static string LogPath(string campaign, string behaviour) => campaign == "men" && behaviour == "random"
        ? Path.Combine(Reference.Repository, "samples", "data", "open-bandit", "men", "random.csv.gz")
        : Reference.PathOf($"open-bandit/{campaign}/{behaviour}.csv.gz");

    private static string[][] Lines(string path)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.Split(','))];
    }

    /// <summary>Features 1, 2, 3 as their rank in sorted order, then feature 0 as it is.</summary>
    private static double[] ItemFeatures(string campaign, string behaviour)
    {
        string[][] rows = [.. File.ReadAllLines(Reference.PathOf($"open-bandit/{campaign}/item_context_{behaviour}.csv")).Skip(1).Where(l => l.Length > 0).Select(l => l.Split(','))];
        double[] features = new double[rows.Length * 4];
        for (int f = 1; f <= 3; f++)
        {
            string[] sorted = [.. rows.Select(r => r[2 + f]).Distinct().Order(StringComparer.Ordinal)];
            foreach (string[] row in rows)
                features[(int.Parse(row[1], CultureInfo.InvariantCulture) * 4) + f - 1] = Array.IndexOf(sorted, row[2 + f]);
        }

        foreach (string[] row in rows)
            features[(int.Parse(row[1], CultureInfo.InvariantCulture) * 4) + 3] = double.Parse(row[2], CultureInfo.InvariantCulture);
        return features;
    }
}
