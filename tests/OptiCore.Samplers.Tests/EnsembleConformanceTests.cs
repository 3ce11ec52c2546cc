using OptiCore.Problems;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Samplers.Tests;

/// <summary>What holds for every rule that moves chains together: one row in the table, every law for every row.</summary>
public class EnsembleConformanceTests
{
    private const int Walkers = 24;

    internal static readonly Dictionary<string, IEnsembleSampler<IDifferentiableFunction<double>>> Table = new()
    {
        ["Stretch move"] = new StretchMove(),
        ["Walk move"] = new WalkMove(),
        ["DE-MC"] = new DifferentialEvolutionMove(),
        ["Snooker"] = new SnookerMove(),
        ["Mixture of moves"] = new MixtureOfMoves { Moves = [new(new StretchMove { Scale = 2.5 }), new(new DifferentialEvolutionMove(), 0.5), new(new SnookerMove(), 0.5)] },
        ["ChEES-HMC"] = new CheesHmc(),
        ["MEADS"] = new Meads { Folds = 2 },
    };

    public static TheoryData<string> Rules => [.. Table.Keys];

    public static IEnumerable<TheoryDataRow<string, string>> RulesAndTargets =>
        from rule in Table.Keys from target in KnownTargets.Keys select new TheoryDataRow<string, string>(rule, target);

    private static Dictionary<string, IKnownMoments> KnownTargets { get; } = new()
    {
        ["standard normal"] = new StandardNormal(3),
        ["correlated normal"] = MultivariateNormal.Autoregressive(4, 0.8),
        ["skewed"] = new IndependentGamma(2, 5, 1.5),
    };

    /// <summary>
    /// z-tests of mean and variance for each parameter. Walkers depend on each other: the error comes from the autocorrelation time of the ensemble's mean, by batches. |z| &lt; 5 with about thirty
    /// batches (Student) has a false alarm rate of 3e-5 for each of the hundred tests, and keys are fixed.
    /// </summary>
    [Theory]
    [MemberData(nameof(RulesAndTargets))]
    public void Moments_are_right(string rule, string target)
    {
        IKnownMoments density = KnownTargets[target];
        SamplingResult result = Sample.Run(Table[rule], density, new SamplingOptions { Chains = Walkers, WarmUp = 600, Draws = 3000, Key = RandomKey.FromSeed(11) });
        Assert.Equal(RunStatus.Completed, result.Status);
        for (int p = 0; p < density.ParameterCount; p++)
        {
            double mean = density.Mean(p), variance = density.Variance(p);
            double z = BatchZ(result, p, v => v - mean);
            Assert.True(Math.Abs(z) < 5, $"{density.ParameterNames[p]}: the mean is off by {z:f1} standard errors.");
            z = BatchZ(result, p, v => ((v - mean) * (v - mean)) - variance);
            Assert.True(Math.Abs(z) < 5, $"{density.ParameterNames[p]}: the variance is off by {z:f1} standard errors.");
        }
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Draws_depend_on_the_key_alone_not_on_the_workers_or_the_way_of_driving(string rule)
    {
        var options = new SamplingOptions { Chains = 8, WarmUp = 60, Draws = 30, Key = RandomKey.FromSeed(5) };
        IKnownMoments density = KnownTargets["correlated normal"];
        double[] serial = Targets.AllDraws(Sample.Run(Table[rule], density, options));
        double[] parallel = Targets.AllDraws(Sample.Run(Table[rule], density, options with { Workers = OptiCore.Workers.Threads(3) }));
        Promises.SameBits(serial, parallel, "three workers");

        SamplingRun run = SamplingRun.Start(Table[rule], density, options);
        while (run.Step())
        {
        }

        Promises.SameBits(serial, Targets.AllDraws(run.Result), "step by step");
        Assert.NotEqual(serial, Targets.AllDraws(Sample.Run(Table[rule], density, options with { Key = RandomKey.FromSeed(6) })));
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_run_that_is_saved_and_loaded_goes_on_as_if_uninterrupted(string rule)
    {
        var options = new SamplingOptions { Chains = 8, WarmUp = 150, Draws = 20, Key = RandomKey.FromSeed(8) };
        IKnownMoments density = KnownTargets["skewed"];
        double[] whole = Targets.AllDraws(Sample.Run(Table[rule], density, options));
        foreach (int at in (int[])[0, 30, 100, 101, 150, 163])
        {
            SamplingRun run = SamplingRun.Start(Table[rule], density, options);
            for (int i = 0; i < at; i++)
                run.Step();
            using var stream = new MemoryStream();
            run.Save(stream);
            stream.Position = 0;
            SamplingRun resumed = SamplingRun.Start(Table[rule], density, options);
            resumed.Load(stream);
            Assert.Equal(at, resumed.Iteration);
            Promises.SameBits(whole, Targets.AllDraws(resumed.Complete()), $"saved after {at}");
        }
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_transition_allocates_nothing(string rule)
    {
        SamplingRun run = SamplingRun.Start(Table[rule], KnownTargets["correlated normal"], new SamplingOptions { Chains = 8, WarmUp = 50, Draws = 20_000 });
        Promises.AllocatesNothing(() => run.Step(), rule);
        Assert.Equal(RunStatus.Running, run.Status);
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_density_that_is_not_a_number_is_never_a_draw(string rule)
    {
        SamplingResult result = Sample.Run(Table[rule], Targets.NaNBeyond(0.5), new SamplingOptions { Chains = 8, WarmUp = 100, Draws = 200, Key = RandomKey.FromSeed(3) });
        Assert.Equal(RunStatus.Completed, result.Status);
        foreach (ChainResult chain in result.Chains)
        {
            Assert.Equal(chain.Statistics.ToArray().Count(s => s.Divergent), chain.DivergenceCount);
            for (int i = 0; i < chain.Count; i++)
            {
                Assert.True(chain.Draw(i)[0] <= 0.5);
                Assert.True(double.IsFinite(chain.Statistics[i].LogDensity));
                Assert.InRange(chain.Statistics[i].AcceptStatistic, 0, 1);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void An_exception_of_the_density_reaches_the_caller_and_the_run_goes_on_afterwards(string rule)
    {
        var options = new SamplingOptions { Chains = 6, WarmUp = 60, Draws = 20, Key = RandomKey.FromSeed(4) };
        SamplingResult complete = Sample.Run(Table[rule], Targets.ThrowsAt(long.MaxValue), options);
        double[] whole = Targets.AllDraws(complete);
        double evaluations = complete.Chains.Sum(c => c.Evaluations);
        Assert.True(evaluations > 211);
        foreach (long at in (long[])[2, 9, 100, 211, 402])
        {
            if (at > evaluations)
                continue;
            SamplingRun run = SamplingRun.Start(Table[rule], Targets.ThrowsAt(at), options);
            var exception = Assert.Throws<InvalidTimeZoneException>(() => run.Complete());
            Assert.Equal("from the density", exception.Message);
            Promises.SameBits(whole, Targets.AllDraws(run.Complete()), $"threw at evaluation {at}");
        }
    }

    /// <summary>The mean of a function of a parameter over all walkers, divided by its standard error from thirty batches of transitions.</summary>
    internal static double BatchZ(SamplingResult result, int parameter, Func<double, double> function)
    {
        const int Batches = 30;
        double[] means = new double[Batches];
        int length = result.Draws / Batches;
        foreach (ChainResult chain in result.Chains)
        {
            for (int i = 0; i < Batches * length; i++)
                means[i / length] += function(chain.Draw(i)[parameter]) / (length * result.Chains.Count);
        }

        return means.Average() / (Diagnostics.StandardDeviation(means) / Math.Sqrt(Batches));
    }
}
