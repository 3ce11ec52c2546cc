using OptiCore.Differentiation;
using OptiCore.Distributions;
using OptiCore.Problems;
using OptiCore.Samplers;
using OptiCore.Solving;

namespace OptiCore.Repository.Tests.Documents;

/// <summary>The code of docs/samplers.md.</summary>
public class SamplersDocument
{
    [Fact]
    public void APage()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;

        double[] effects = [28, 8, -3, 7, -1, 1, 18, 12], errors = [15, 10, 16, 11, 9, 11, 10, 18];
        ParameterSpace space = new ParameterSpace().Real("mu").Positive("tau").Vector("z", 8);
        ILogDensity schools = LogDensity.Trace(space, p =>
        {
            Variable theta = p.Report("theta", p["mu"] + (p["tau"] * p["z"]));
            return LogProbability.Normal(p["mu"], 0, 5) + LogProbability.HalfCauchy(p["tau"], 5) + LogProbability.Normal(p["z"], 0, 1)
                + LogProbability.Normal(Variable.Constant<double>(effects, [8]), theta, Variable.Constant<double>(errors, [8]));
        });

        SamplingResult result = Sample.Run(schools, new SamplingOptions { Key = RandomKey.FromSeed(1), Workers = Workers.AllCores, Progress = new LiveProgress(Console.Out) });
        Console.WriteLine(result.Summary());
        result.ToReport().Save(Path.Combine(folder, "schools.html"));

        // The gold standard of posteriordb for this model: mu 4.4, tau 3.6.
        Assert.InRange(result.Summary()["mu"].Mean, 4.1, 4.7);
        Assert.InRange(result.Summary()["tau"].Mean, 3.3, 3.9);
        Assert.Contains("theta[8]", File.ReadAllText(Path.Combine(folder, "schools.html")), StringComparison.Ordinal);

        ILogDensity coin = LogDensity.From(new ParameterSpace().Probability("p"), p => (7 * Elementary.Log(p["p"])) + (3 * Elementary.Log(1 - p["p"])));
        ILogDensity sameCoin = LogDensity.WithGradient(new ParameterSpace().Probability("p"), (p, gradient) =>
        {
            gradient[0] = (7 / p[0]) - (3 / (1 - p[0]));
            return (7 * Math.Log(p[0])) + (3 * Math.Log(1 - p[0]));
        });

        Assert.InRange(Sample.Run(coin).Summary()["p"].Mean, 0.65, 0.69);
        Assert.InRange(Sample.Run(sameCoin).Summary()["p"].Mean, 0.65, 0.69);

        SamplingResult careful = Sample.Run(new NoUTurn { Adaptation = new WindowedAdaptation { TargetAcceptance = 0.95 } }, schools);

        Assert.Equal(0, careful.Divergences);

        var kernel = new NoUTurn { Metric = new LowRankMetric(), Integrator = SplittingIntegrator.TwoStage, MaxDepth = 8 };
        SamplingResult correlated = Sample.Run(kernel, OptiCore.Problems.MultivariateNormal.Autoregressive(50, 0.99), new SamplingOptions { WarmUp = 500, Draws = 500 });

        Assert.Empty(correlated.Summary().Warnings);

        SamplingRun run = SamplingRun.Start(new NoUTurn(), schools, new SamplingOptions { MaxTime = TimeSpan.FromMinutes(10) });
        for (int i = 0; i < 300; i++)
            run.Step();
        using (FileStream file = File.Create(Path.Combine(folder, "run.bin")))
            run.Save(file);

        SamplingRun resumed = SamplingRun.Start(new NoUTurn(), schools, new SamplingOptions { MaxTime = TimeSpan.FromMinutes(10) });
        using (FileStream file = File.OpenRead(Path.Combine(folder, "run.bin")))
            resumed.Load(file);
        SamplingResult rest = resumed.Complete();

        Assert.Equal(run.Complete().Values("mu"), rest.Values("mu"));

        double[] mu = result.Values("mu"), tau = result.Values("tau");
        double[] pointwise = new double[mu.Length * 8];
        for (int s = 0; s < mu.Length; s++)
        {
            for (int j = 0; j < 8; j++)
                pointwise[(8 * s) + j] = new Normal(mu[s], Math.Sqrt((tau[s] * tau[s]) + (errors[j] * errors[j]))).LogDensity(effects[j]);
        }

        LeaveOneOutEstimate leaveOneOut = LeaveOneOut.Estimate(pointwise, observations: 8);
        Console.WriteLine(leaveOneOut);

        Assert.InRange(leaveOneOut.Elpd, -32, -30);
        Assert.Equal(RunStatus.Completed, rest.Status);
        Directory.Delete(folder, recursive: true);
    }
}
