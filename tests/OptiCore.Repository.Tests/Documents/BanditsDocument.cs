using System.IO.Compression;
using OptiCore.Bandits;

namespace OptiCore.Repository.Tests.Documents;

/// <summary>The code of docs/bandits.md; that of the service is a sample.</summary>
public class BanditsDocument
{
    [Fact]
    public void FromLogs()
    {
        using FileStream file = File.OpenRead(Path.Combine(TestKit.Reference.Repository, "samples", "data", "open-bandit", "men", "random.csv.gz"));
        using var decompressed = new GZipStream(file, CompressionMode.Decompress);
        using var csv = new StreamReader(decompressed);

        DecisionLog log = DecisionLog.From(OpenBanditLog.Read(csv));
        TargetPolicy target = TargetPolicy.Uniform(log);
        OffPolicyReport report = OffPolicy.Evaluate(log, target, new OffPolicyOptions { RewardModel = new TabularRewardModel() });
        Console.WriteLine(report);

        // The policy that logged was the uniform one: the weighted mean is the mean of the clicks.
        Assert.Equal(report.LoggedValue, report.Of<InversePropensity>().Value, 12);
        Assert.Equal(8, report.Estimates.Count);
        Assert.Empty(report.Warnings);
    }
}
