using System.Globalization;
using System.Text;
using System.Text.Json;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests;

public class SimulationTests
{
    private static readonly BernoulliBandit Bandit = new(0.3, 0.6);

    [Fact]
    public void RegretIsTheSumOfGapsOfThePulls()
    {
        RegretReport report = BanditSimulator.Run([new Ucb1(), new ThompsonSampling()], Bandit, new SimulationOptions { Rounds = 123, Replications = 17 });
        Assert.Equal(RunStatus.Completed, report.Status);
        Assert.Equal([1, 2, 5, 10, 20, 50, 100, 123], report.Checkpoints);
        foreach (PolicyRegret policy in report.Policies)
        {
            Assert.Equal(17, policy.Replications);
            Promises.Close(123, policy.MeanPulls[0] + policy.MeanPulls[1], 1e-14, 0, "pulls");
            Promises.Close(0.3 * policy.MeanPulls[0], policy.MeanRegret[^1], 1e-12, 0, "regret");
        }

        // Ucb1 plays both arms once at first, whatever happens.
        Assert.Equal(0.3, report.Policies[0].MeanRegret[0], 12);
        Assert.Equal(0.3, report.Policies[0].MeanRegret[1], 12);
        Assert.Equal(0, report.Policies[0].StandardErrors[1], 12);
    }

    [Fact]
    public void APolicysResultDoesNotDependOnItsRivals()
    {
        var options = new SimulationOptions { Rounds = 100, Replications = 10 };
        PolicyRegret alone = BanditSimulator.Run([new ThompsonSampling()], Bandit, options).Policies[0];
        PolicyRegret among = BanditSimulator.Run([new Ucb1(), new ThompsonSampling()], Bandit, options).Policies[1];
        Promises.SameBits(alone.MeanRegret, among.MeanRegret, "regret");
    }

    [Fact]
    public void CancellationKeepsCompleteReplications()
    {
        using var source = new CancellationTokenSource();
        var progress = new CancelAfter(source, 20);
        var options = new SimulationOptions { Rounds = 50, Replications = 100, Key = RandomKey.FromSeed(3), Progress = progress };
        RegretReport report = BanditSimulator.Run([new ThompsonSampling(), new Ucb1()], Bandit, options, source.Token);

        Assert.Equal(RunStatus.Stopped, report.Status);
        PolicyRegret cut = report.Policies[0];
        Assert.InRange(cut.Replications, 20, 99);
        Assert.Equal($"Cancelled: {cut.Replications} of 200 replications of 50 rounds.", report.Message);
        Assert.Equal(0, report.Policies[1].Replications);
        Assert.True(double.IsNaN(report.Policies[1].MeanRegret[0]));

        // The kept ones are those of an uncancelled simulation of that length.
        RegretReport same = BanditSimulator.Run([new ThompsonSampling()], Bandit, options with { Replications = cut.Replications, Progress = null });
        Promises.SameBits(same.Policies[0].MeanRegret, cut.MeanRegret, "kept replications");
    }

    [Fact]
    public void ProgressCountsToTheEnd()
    {
        var progress = new Collect();
        BanditSimulator.Run([new Ucb1(), new UcbTuned()], Bandit, new SimulationOptions { Rounds = 5, Replications = 30, Progress = progress, Workers = Workers.Threads(3) });
        Assert.Equal(progress.Reports.Select(r => r.Completed).Order(), progress.Reports.Select(r => r.Completed));
        Assert.Equal(new SimulationProgress(60, 60), progress.Reports[^1]);
    }

    [Fact]
    public void AFailureOfTheEnvironmentSurfacesUnwrapped()
    {
        Assert.Throws<TimeoutException>(() => BanditSimulator.Run([new Ucb1()], new Broken(), new SimulationOptions { Workers = Workers.Threads(2) }));
        ArgumentOutOfRangeException range = Assert.Throws<ArgumentOutOfRangeException>(
            () => BanditSimulator.Run([new KlUcb()], new GaussianBandit([5, 6], [1, 1]), new SimulationOptions()));
        Assert.Contains("must lie in [0, 1] for KlUcb", range.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void InvalidOptionsThrowNamingTheMember()
    {
        Assert.Contains("Rounds", Assert.Throws<ArgumentOutOfRangeException>(() => new SimulationOptions { Rounds = 0 }).Message, StringComparison.Ordinal);
        Assert.Contains("Replications", Assert.Throws<ArgumentOutOfRangeException>(() => new SimulationOptions { Replications = 0 }).Message, StringComparison.Ordinal);
        Assert.Contains("Checkpoints[1] is 5", Assert.Throws<ArgumentException>(() => new SimulationOptions { Checkpoints = [5, 5] }).Message, StringComparison.Ordinal);
        Assert.Contains("Quantiles", Assert.Throws<ArgumentOutOfRangeException>(() => new SimulationOptions { Quantiles = [1.1] }).Message, StringComparison.Ordinal);
        Assert.Contains("Checkpoints has 11", Assert.Throws<ArgumentOutOfRangeException>(
            () => BanditSimulator.Run([new Ucb1()], Bandit, new SimulationOptions { Rounds = 10, Checkpoints = [11] })).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => BanditSimulator.Run([], Bandit));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BernoulliBandit());
        Assert.Throws<ArgumentOutOfRangeException>(() => new BernoulliBandit(0.5, 1.5));
        Assert.Throws<ArgumentException>(() => new GaussianBandit([1], [1, 1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new GaussianBandit([1], [-1]));
    }

    [Fact]
    public void CsvAndJsonLinesHoldTheReport()
    {
        RegretReport report = BanditSimulator.Run(
            [new EpsilonGreedy { Epsilon = 0.25 }, new Ucb1()], Bandit, new SimulationOptions { Rounds = 20, Replications = 5, Checkpoints = [10, 20], Quantiles = [0.5] });

        using var csv = new StringWriter(CultureInfo.InvariantCulture);
        report.WriteCsv(csv);
        string[] lines = csv.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("policy,round,replications,mean_regret,standard_error,q0.5", lines[0]);
        Assert.Equal(1 + 4, lines.Length);
        Assert.StartsWith("\"EpsilonGreedy { Epsilon = 0.25, Decay = Infinity }\",10,5,", lines[1], StringComparison.Ordinal);
        string[] last = lines[4].Split("\",")[1].Split(',');
        Assert.Equal(report.Policies[1].MeanRegret[1], double.Parse(last[2], CultureInfo.InvariantCulture));
        Assert.Equal(report.Policies[1].Quantile(1, 0), double.Parse(last[4], CultureInfo.InvariantCulture));

        using var stream = new MemoryStream();
        report.WriteJsonLines(stream);
        string[] objects = Encoding.UTF8.GetString(stream.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, objects.Length);
        using JsonDocument first = JsonDocument.Parse(objects[0]);
        Promises.SameBits(report.Policies[0].MeanRegret, first.RootElement.Numbers("mean_regret"), "mean_regret");
        Promises.SameBits(report.Policies[0].MeanPulls, first.RootElement.Numbers("mean_pulls"), "mean_pulls");
        Assert.Equal(2, first.RootElement.GetProperty("quantiles").Numbers("0.5").Length);
        Assert.Contains("Completed", report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void TextDoesNotDependOnTheCulture()
    {
        // InvariantGlobalization knows no other culture's data, so the decimal comma is made by hand.
        CultureInfo before = CultureInfo.CurrentCulture;
        var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        comma.NumberFormat.NumberDecimalSeparator = ",";
        using var stream = new MemoryStream();
        new Ucb1 { Alpha = 0.5 }.Start(2, RandomKey.FromSeed(1)).Save(stream);
        stream.Position = 0;
        try
        {
            CultureInfo.CurrentCulture = comma;
            new Ucb1 { Alpha = 0.5 }.Start(2, RandomKey.FromSeed(1)).Load(stream);
            Assert.Same(comma, CultureInfo.CurrentCulture);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void GaussianRewardsHaveTheirMoments()
    {
        var bandit = new GaussianBandit([2, -1], [0.5, 3]);
        Assert.Equal(3, bandit.Gap(1, 0));
        for (int arm = 0; arm < 2; arm++)
        {
            const int count = 20_000;
            double sum = 0, squares = 0;
            for (int round = 0; round < count; round++)
            {
                double reward = bandit.Reward(new Pull { Arm = arm, Round = round, Key = RandomKey.FromSeed(5).Fold((2 * round) + arm) });
                sum += reward;
                squares += reward * reward;
            }

            // 4.5 standard errors: sd/sqrt(n) of the mean, sd^2 sqrt(2/n) of the variance.
            double mean = sum / count, variance = (squares / count) - (mean * mean), sd = bandit.StandardDeviations[arm];
            Promises.Close(bandit.Means[arm], mean, 0, 4.5 * sd / Math.Sqrt(count), "mean");
            Promises.Close(sd * sd, variance, 0, 4.5 * sd * sd * Math.Sqrt(2.0 / count), "variance");
        }
    }

    [Fact]
    public void TheOpenBanditLogReproducesThePublishedClickRate()
    {
        string path = Path.Combine(Reference.Repository, "samples", "data", "open-bandit", "men", "random.csv.gz");
        using FileStream file = File.OpenRead(path);
        OpenBanditLog log = OpenBanditLog.Read(file);
        JsonElement reference = Reference.Json("open-bandit/reference-estimates.json").GetProperty("campaigns").GetProperty("men");
        Assert.Equal(reference.GetProperty("rounds_per_log").GetInt32(), log.Count);
        Assert.Equal(reference.GetProperty("actions").GetInt32(), log.ItemCount);
        Promises.Close(reference.GetProperty("on_policy_value").Number("random"), log.Clicks.ToArray().Average(), 1e-12, 0, "click rate");
        Assert.All(log.Propensities.ToArray(), p => Promises.Close(1.0 / 34, p, 1e-12, 0, "propensity"));
        Assert.All(log.Positions.ToArray(), p => Assert.InRange(p, 1, 3));
        Assert.Equal(log.Count, log.ItemImpressions.ToArray().Sum());
        Assert.Equal(log.Clicks.ToArray().Sum(), log.ItemClicks.ToArray().Sum());

        BernoulliBandit bandit = log.ToBandit();
        Assert.Equal(34, bandit.Arms);
        Assert.Equal(log.ItemClicks[13] / (double)log.ItemImpressions[13], bandit.Means[13]);
    }

    [Fact]
    public void ADamagedLogNamesLineAndColumn()
    {
        const string header = "item_id,position,click,propensity_score\n";
        Fails("", "no header");
        Fails("item_id,position,click\n", "no column 'propensity_score'");
        Fails(header + "0,1,0,0.5\n1,1,2,0.5\n", "Line 3 of the log has click '2'");
        Fails(header + "x,1,0,0.5\n", "Line 2 of the log has item_id 'x'");
        Fails(header + "0,1,0,0\n", "Line 2 of the log has propensity_score '0'");
        Fails(header + "0,1\n", "Line 2 of the log has 2 columns");
        using var notGzip = new MemoryStream(Encoding.UTF8.GetBytes(header));
        Assert.Throws<InvalidDataException>(() => OpenBanditLog.Read(notGzip));
        OpenBanditLog gap = OpenBanditLog.Read(new StringReader(header + "1,1,1,0.5\n"));
        Assert.Contains("Item 0 has no impressions", Assert.Throws<InvalidOperationException>(gap.ToBandit).Message, StringComparison.Ordinal);

        static void Fails(string text, string expected) =>
            Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => OpenBanditLog.Read(new StringReader(text))).Message, StringComparison.Ordinal);
    }

    private sealed class CancelAfter(CancellationTokenSource source, long replications) : IProgress<SimulationProgress>
    {
        public void Report(SimulationProgress value)
        {
            if (value.Completed >= replications)
                source.Cancel();
        }
    }

    private sealed class Collect : IProgress<SimulationProgress>
    {
        public List<SimulationProgress> Reports { get; } = [];

        public void Report(SimulationProgress value) => Reports.Add(value);
    }

    private sealed class Broken : IBanditEnvironment
    {
        public int Arms => 2;

        public double Mean(int arm, long round) => 0;

        public double Gap(int arm, long round) => 0;

        public double Reward(in Pull pull) => throw new TimeoutException();
    }

    [Fact]
    public void RegretIsDrawnWithItsBands()
    {
        RegretReport report = BanditSimulator.Run([new Ucb1(), new ThompsonSampling()], new BernoulliBandit(0.9, 0.6, 0.4), new SimulationOptions { Rounds = 500, Replications = 40 });
        string path = Path.Combine(Path.GetTempPath(), $"opticore-regret-{Environment.ProcessId}.html");
        report.ToReport("Three <arms>").Save(path);
        string page = File.ReadAllText(path);
        File.Delete(path);
        Assert.Contains("Three &lt;arms&gt;", page, StringComparison.Ordinal);
        Assert.Equal(2, page.Split("<svg").Length - 1);
        Assert.Contains("After 500 rounds", page, StringComparison.Ordinal);
        Assert.Contains("5 to the 95 % quantile", page, StringComparison.Ordinal);
        foreach (PolicyRegret policy in report.Policies)
            Assert.True(page.Split(policy.Name).Length >= 4, policy.Name);
    }
}
