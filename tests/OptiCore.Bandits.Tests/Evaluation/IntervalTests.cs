using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests.Evaluation;

/// <summary>Intervals by their formulas, and how often they hold the truth.</summary>
public class IntervalTests
{
    private static readonly double[] Logging = [0.5, 0.3, 0.2];
    private static readonly double[] Wanted = [0.2, 0.3, 0.5];
    private static readonly double[] Rates = [0.3, 0.5, 0.7];
    private const double Truth = (0.2 * 0.3) + (0.3 * 0.5) + (0.5 * 0.7);

    [Fact]
    public void TheNormalIntervalIsThatOfTheStandardError()
    {
        EstimatorTerms terms = Terms(new InversePropensity(), 0, 200);
        ConfidenceInterval interval = new NormalInterval().Around(terms, 0.95);
        double mean = terms.Values.ToArray().Average(), variance = terms.Values.ToArray().Sum(v => (v - mean) * (v - mean)) / 199;

        // 1.959963984540054: the 97.5 % point of the normal law.
        Promises.Close(mean - (1.959963984540054 * Math.Sqrt(variance / 200)), interval.Low, 1e-13, 0, "low");
        Promises.Close(mean + (1.959963984540054 * Math.Sqrt(variance / 200)), interval.High, 1e-13, 0, "high");
        Assert.True(double.IsNaN(new NormalInterval().Around(Terms(new InversePropensity(), 0, 1), 0.95).Low));
    }

    [Fact]
    public void TheEmpiricalBernsteinIntervalIsThatOfMaurerAndPontil()
    {
        EstimatorTerms terms = Terms(new InversePropensity(), 0, 200);
        ConfidenceInterval interval = new EmpiricalBernsteinInterval { Range = 2.5 }.Around(terms, 0.9);
        double mean = terms.Values.ToArray().Average(), variance = terms.Values.ToArray().Sum(v => (v - mean) * (v - mean)) / 199;

        // ln(2 / 0.05) on each side.
        double half = Math.Sqrt(2 * variance * Math.Log(40) / 200) + (7 * 2.5 * Math.Log(40) / (3 * 199));
        Promises.Close(mean - half, interval.Low, 1e-12, 0, "low");
        Promises.Close(mean + half, interval.High, 1e-12, 0, "high");
        Assert.Equal("", interval.Note);

        Assert.Contains("sample", new EmpiricalBernsteinInterval().Around(terms, 0.9).Note, StringComparison.Ordinal);
        ConfidenceInterval ratio = new EmpiricalBernsteinInterval { Range = 2.5 }.Around(Terms(new SelfNormalizedInversePropensity(), 0, 200), 0.9);
        Assert.True(double.IsNaN(ratio.Low) && ratio.Note.Contains("ratio", StringComparison.Ordinal));
        Assert.Contains("Range = 1", Assert.Throws<ArgumentException>(() => new EmpiricalBernsteinInterval { Range = 1 }.Around(terms, 0.9)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheBootstrapHasTheSameBitsOnAnyNumberOfWorkers()
    {
        foreach (IOffPolicyEstimator estimator in new IOffPolicyEstimator[] { new InversePropensity(), new SelfNormalizedInversePropensity() })
        {
            EstimatorTerms terms = Terms(estimator, 0, 300);
            ConfidenceInterval serial = new BootstrapInterval { Resamples = 200 }.Around(terms, 0.9);
            foreach (int workers in new[] { 2, 3, 7 })
                Assert.Equal(serial, new BootstrapInterval { Resamples = 200, Workers = Workers.Threads(workers) }.Around(terms, 0.9));
            Assert.NotEqual(serial, new BootstrapInterval { Resamples = 200, Key = RandomKey.FromSeed(1) }.Around(terms, 0.9));

            // Near the normal interval: with 200 resamples a quantile has a standard error of about 0.12 standard errors of the estimate; 4.5 of them.
            ConfidenceInterval normal = new NormalInterval().Around(terms, 0.9);
            double error = terms.StandardError();
            Promises.Close(normal.Low, serial.Low, 0, 4.5 * 0.12 * error, "low");
            Promises.Close(normal.High, serial.High, 0, 4.5 * 0.12 * error, "high");
        }
    }

    [Fact]
    public void ResamplesWithoutWeightAreSaid()
    {
        var terms = new EstimatorTerms(3) { IsRatio = true };
        terms.Numerators[0] = terms.Denominators[0] = 1;
        ConfidenceInterval interval = new BootstrapInterval { Resamples = 100 }.Around(terms, 0.9);
        Assert.Contains("of 100 resamples had no weight", interval.Note, StringComparison.Ordinal);
        Assert.Equal(1, interval.Low);
        Assert.Equal(1, interval.High);
    }

    [Fact]
    public void IntervalsHoldTheTruthAsOftenAsTheySay()
    {
        // 4,000 logs of 400 decisions whose weights lie between 0.4 and 2.5. A coverage of 95 % has a standard error of 0.34 %; 4.5 of them are 1.55 %. The first correction of
        // the normal law at this size, by P. Hall (1992), "The bootstrap and Edgeworth expansion", is 0.23 % for inverse propensity weighting: well inside.
        const int logs = 4000, size = 400;
        IOffPolicyEstimator[] estimators = [new InversePropensity(), new SelfNormalizedInversePropensity(), new DoublyRobust()];
        int[] normal = new int[3];
        int bernstein = 0;
        for (int k = 0; k < logs; k++)
        {
            for (int e = 0; e < 3; e++)
            {
                EstimatorTerms terms = Terms(estimators[e], k, size);
                normal[e] += Holds(new NormalInterval().Around(terms, 0.95));
                bernstein += e == 0 ? Holds(new EmpiricalBernsteinInterval { Range = 2.5 }.Around(terms, 0.95)) : 0;
            }
        }

        foreach (int covered in normal)
            Assert.InRange(covered / (double)logs, 0.95 - 0.0155, 0.95 + 0.0155);
        Assert.InRange(bernstein / (double)logs, 0.95, 1);
        TestContext.Current.TestOutputHelper?.WriteLine($"normal {string.Join(" ", normal)}, empirical Bernstein {bernstein} of {logs}");
    }

    [Fact]
    public void TheBootstrapHoldsTheTruthAsOftenAsItSays()
    {
        // 1,000 logs of 200 decisions, 400 resamples each. Standard error of a coverage of 90 %: 0.95 %; 4.5 of them, and 0.6 % for percentiles of 400 resamples and the skewness, are 4.9 %.
        int covered = 0, ratio = 0;
        for (int k = 0; k < 1000; k++)
        {
            var interval = new BootstrapInterval { Resamples = 400, Key = RandomKey.FromSeed(5).Fold(k) };
            covered += Holds(interval.Around(Terms(new InversePropensity(), k, 200), 0.9));
            ratio += Holds(interval.Around(Terms(new SelfNormalizedInversePropensity(), k, 200), 0.9));
        }

        Assert.InRange(covered / 1000.0, 0.9 - 0.049, 0.9 + 0.049);
        Assert.InRange(ratio / 1000.0, 0.9 - 0.049, 0.9 + 0.049);
        TestContext.Current.TestOutputHelper?.WriteLine($"{covered} and {ratio} of 1000");
    }

    [Fact]
    public void InvalidOptionsThrowNamingTheMember()
    {
        Names("Range", () => new EmpiricalBernsteinInterval { Range = 0 });
        Names("Resamples", () => new BootstrapInterval { Resamples = 0 });
        Names("Confidence", () => new OffPolicyOptions { Confidence = 1 });
        Names("LargeShare", () => new OffPolicyOptions { LargeShare = 0 });
        Names("SmallSample", () => new OffPolicyOptions { SmallSample = double.NaN });
        Names("Lambda", () => new ClippedInversePropensity { Lambda = -1 });
        Names("Lambda", () => new SwitchDoublyRobust { Lambda = double.NaN });
        Names("Lambda", () => new ShrinkageDoublyRobust { Lambda = -1 });
        Names("EmbeddingCount", () => new MarginalizedInversePropensity { EmbeddingCount = 0, Embeddings = [] });
        Names("LargestWeight", () => new ReplayEstimator { LargestWeight = 0 });
        Names("PriorCount", () => new TabularRewardModel { PriorCount = -1 });
        Names("Penalty", () => new LogisticRewardModel { Penalty = -1 });
        Names("Folds", () => new CrossFittedRewardModel { Model = new TabularRewardModel(), Folds = 1 });
        Names("History", () => new CascadeRewardModel { History = -1 });
        Names("confidence", () => new NormalInterval().Around(new EstimatorTerms(3), 0));
        Names("largest", () => Slope.ForClipping(0.5));
        Assert.Throws<ArgumentException>(() => new Slope { Candidates = [] });

        static void Names(string name, Func<object> make) => Assert.Contains(name, Assert.ThrowsAny<ArgumentException>(make).Message, StringComparison.Ordinal);
    }

    private static int Holds(ConfidenceInterval interval) => interval.Low <= Truth && Truth <= interval.High ? 1 : 0;

    private static EstimatorTerms Terms(IOffPolicyEstimator estimator, int index, int size)
    {
        var log = new DecisionLog(new DecisionShape(3));
        RandomStream stream = RandomKey.FromSeed(99).Fold(index).Stream();
        for (int i = 0; i < size; i++)
        {
            double u = stream.NextDouble();
            int action = u < 0.5 ? 0 : u < 0.8 ? 1 : 2;
            log.Add([], action, Logging[action], stream.NextDouble() < Rates[action] ? 1 : 0);
        }

        double[] predictions = new double[size * 3];
        for (int i = 0; i < predictions.Length; i++)
            predictions[i] = 0.4 + (0.1 * (i % 3));
        return OffPolicy.Terms(estimator, new OffPolicyData(log, TargetPolicy.From(log, (_, _, p) => Wanted.CopyTo(p)), predictions));
    }
}
