using System.Globalization;
using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests.Evaluation;

/// <summary>What a user sees: estimates, warnings, and errors that name what is wrong.</summary>
public class OffPolicyReportTests
{
    [Fact]
    public void TheReportHoldsEveryEstimateWithItsInterval()
    {
        var population = new Population(Population.Drawing, Population.Rates);
        OffPolicyReport report = OffPolicy.Evaluate(population.Log, population.Target, new OffPolicyOptions { RewardModel = new TabularRewardModel() });
        Assert.Equal(OffPolicy.StandardEstimators.Count, report.Estimates.Count);
        Assert.Equal(population.Log.Count, report.Decisions);
        Promises.Close(population.Log.Rewards.ToArray().Average(), report.LoggedValue, 1e-13, 0, "logged value");
        foreach (OffPolicyEstimate estimate in report.Estimates)
        {
            Assert.InRange(estimate.Value, estimate.Low, estimate.High);
            Assert.Contains(estimate.Name, report.ToString(), StringComparison.Ordinal);
        }

        OffPolicyEstimate ips = report.Of<InversePropensity>();
        double[] weights = new OffPolicyData(population.Log, population.Target).Weights.ToArray();
        Promises.Close(weights.Sum() * weights.Sum() / weights.Sum(w => w * w), ips.EffectiveSampleSize, 1e-12, 0, "effective sample size");
        Assert.Equal(weights.Max(), ips.LargestWeight);
        Assert.True(double.IsNaN(report.Of<DirectMethod>().EffectiveSampleSize));
        Assert.Equal("InversePropensity", ips.Name);
        Assert.Equal(report.Estimates.Count, report.ToTable().Rows.Count);
        Assert.Throws<InvalidOperationException>(() => report.Of<ReplayEstimator>());

        // Without a reward model: those that need none.
        Assert.Equal(3, OffPolicy.Evaluate(population.Log, population.Target).Estimates.Count);
        DecisionLog rankings = EstimatorLawTests.Log(2);
        Assert.Equal(4, OffPolicy.Evaluate(rankings, TargetPolicy.Uniform(rankings), new OffPolicyOptions { RewardModel = new CascadeRewardModel() }).Estimates.Count);
    }

    [Fact]
    public void AGoodLogHasNoWarnings()
    {
        // Three times the population: an effective sample of 184.
        DecisionLog log = new Population(Population.Drawing, Population.Rates).Log.Select([.. Enumerable.Range(0, 600).Select(i => i % 200)]);
        Assert.Empty(OffPolicy.Evaluate(log, TargetPolicy.From(log, (decision, _, probabilities) => Population.Drawing[(int)decision.Context[0]].CopyTo(probabilities))).Warnings);
    }

    [Fact]
    public void AServiceWritesItsDecisionsAndAnotherPolicyIsEvaluatedFromThem()
    {
        // The service: epsilon-greedy, its probabilities logged with every decision.
        var bandit = new BernoulliBandit(0.2, 0.5, 0.4);
        using var file = new MemoryStream();
        using (var writer = new DecisionLogWriter(file, new DecisionShape(Actions: 3, HasProbabilities: true), leaveOpen: true))
        {
            BanditState service = new EpsilonGreedy { Epsilon = 0.5 }.Start(3, RandomKey.FromSeed(1));
            double[] probabilities = new double[3];
            for (int round = 0; round < 5000; round++)
            {
                service.Probabilities(probabilities);
                int action = service.Choose();
                double reward = bandit.Reward(new Pull { Arm = action, Round = round, Key = RandomKey.FromSeed(2).Fold(round) });
                service.Update(action, reward);
                writer.Write(new LoggedDecision { Actions = [action], Propensities = [probabilities[action]], Rewards = [reward], Delay = 0.5, Probabilities = probabilities });
            }
        }

        // The analyst: what would a policy earn that takes arm 2 in seven of ten cases?
        file.Position = 0;
        DecisionLog log = DecisionLog.Read(file);
        TargetPolicy target = TargetPolicy.From(log, (_, _, probabilities) => (probabilities[0], probabilities[1], probabilities[2]) = (0.1, 0.2, 0.7));
        OffPolicyReport report = OffPolicy.Evaluate(log, target, new OffPolicyOptions { RewardModel = new TabularRewardModel(), Confidence = 0.9999 });
        Assert.Equal(5000, report.Decisions);
        const double truth = (0.1 * 0.2) + (0.2 * 0.5) + (0.7 * 0.4);
        foreach (OffPolicyEstimate estimate in report.Estimates)
        {
            bool isDirect = estimate.Estimator is DirectMethod;
            Assert.Equal(isDirect ? "the interval leaves out the model's own errors" : "", estimate.Note);
            Assert.True(isDirect || (estimate.Low <= truth && truth <= estimate.High), estimate.ToString());
        }

        Assert.Equal(0.5, log.Delays[4999]);
        TestContext.Current.TestOutputHelper?.WriteLine(report.ToString());
    }

    [Fact]
    public void WhatSpeaksAgainstAnEstimateIsSaid()
    {
        // One decision has a weight of 500.
        var log = new DecisionLog(new DecisionShape(2));
        for (int i = 0; i < 300; i++)
            log.Add([], 0, i == 17 ? 0.001 : 0.5, 1);
        Says(OffPolicy.Evaluate(log, TargetPolicy.Uniform(log)), "Decision 17 alone carries 63 %", "effective sample of 2.6 out of 300", "InversePropensity: effective sample size 2.6, below 100");

        // Every propensity is half of what it should be.
        var wrong = new DecisionLog(new DecisionShape(2));
        for (int i = 0; i < 300; i++)
            wrong.Add([], i % 2, 0.25, 1);
        Says(OffPolicy.Evaluate(wrong, TargetPolicy.Uniform(wrong)), "The mean importance weight is 2, expected 1");

        // The target takes what was never taken.
        Says(OffPolicy.Evaluate(log, TargetPolicy.Deterministic(log, new int[300].Select(_ => 1).ToArray())), "The target never takes a logged action", "SelfNormalizedInversePropensity has no estimate");

        // A logging policy that can't take an action.
        var blind = new DecisionLog(new DecisionShape(2, 0, 1, HasProbabilities: true));
        for (int i = 0; i < 200; i++)
            blind.Add(new LoggedDecision { Actions = [0], Propensities = [1], Rewards = [1], Probabilities = [1, 0] });
        Says(OffPolicy.Evaluate(blind, TargetPolicy.Uniform(blind)), "gives 50 % of its probability to actions that the logging policy never takes");

        static void Says(OffPolicyReport report, params string[] expected)
        {
            foreach (string text in expected)
                Assert.Contains(report.Warnings, w => w.Contains(text, StringComparison.Ordinal));
            Assert.Contains("! " + report.Warnings[0], report.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void ATornLogIsWarnedOf()
    {
        var population = new Population(Population.Drawing, Population.Rates);
        using var stream = new MemoryStream();
        population.Log.Write(stream);
        using var cut = new MemoryStream(stream.ToArray(), 0, (int)stream.Length - 10);
        DecisionLog log = DecisionLog.Read(cut);
        Assert.Contains("Line 201 of the log, its last, was torn", OffPolicy.Evaluate(log, TargetPolicy.Uniform(log)).Warnings[0], StringComparison.Ordinal);
    }

    [Fact]
    public void TargetsThatAreNoPoliciesAreRefusedNamingTheIndex()
    {
        var population = new Population(Population.Drawing, Population.Rates);
        DecisionLog log = population.Log;
        double[] all = TargetPolicy.Uniform(log).Probabilities.ToArray();
        Fails("probabilities has 3 elements, expected 800", () => TargetPolicy.From(log, new double[3]));
        Fails("probabilities[5] is NaN", () => TargetPolicy.From(log, With(5, double.NaN)));
        Fails("probabilities[6] is -0.25", () => TargetPolicy.From(log, With(6, -0.25)));
        Fails("probabilities[8] begins the probabilities of 4 actions whose sum is 1.25", () => TargetPolicy.From(log, With(9, 0.5)));
        Fails("probabilities[0] begins", () => TargetPolicy.From(log, (_, _, _) => { }));
        Fails("actions[3] is 4 but must be one of 0 to 3", () => TargetPolicy.Deterministic(log, Enumerable.Range(0, 200).Select(i => i == 3 ? 4 : 0).ToArray()));
        Fails("actions has 1 elements", () => TargetPolicy.Deterministic(log, [0]));
        Fails("policy has 3 arms, the log 4 actions", () => TargetPolicy.From(log, new Ucb1().Start(3, RandomKey.FromSeed(1))));
        Fails("log holds no decision", () => new OffPolicyData(new DecisionLog(log.Shape), population.Target));
        Fails("target", () => new OffPolicyData(EstimatorLawTests.Log(1), population.Target));
        Fails("predictions has 5", () => new OffPolicyData(log, population.Target, new double[5]));
        Fails("predictions[1] is NaN", () => new OffPolicyData(log, population.Target, Enumerable.Range(0, 800).Select(i => i == 1 ? double.NaN : 0).ToArray()));
        Fails("Embeddings[0] is 7", () => OffPolicy.Terms(new MarginalizedInversePropensity { EmbeddingCount = 2, Embeddings = [.. Enumerable.Repeat(7, 200)] }, population.TrueData()));
        Fails("categories[2] is -1", () => MarginalizedInversePropensity.ByCategory(log, [0, 0, -1, 0]));

        double[] With(int index, double value)
        {
            double[] copy = [.. all];
            copy[index] = value;
            return copy;
        }

        static void Fails(string expected, Func<object> action) => Assert.Contains(expected, Assert.ThrowsAny<ArgumentException>(action).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void APolicyAtWorkIsATarget()
    {
        var log = new DecisionLog(new DecisionShape(3, 1));
        for (int i = 0; i < 30; i++)
            log.Add([i], i % 3, 1.0 / 3, i % 3);
        BanditState policy = new EpsilonGreedy { Epsilon = 0.3 }.Start(3, RandomKey.FromSeed(1));
        for (int i = 0; i < 30; i++)
            policy.Update(i % 3, i % 3);
        TargetPolicy target = TargetPolicy.From(log, policy);
        double[] expected = new double[3];
        policy.Probabilities(expected);
        for (int i = 0; i < 30; i++)
            Promises.SameBits(expected, target.Probabilities.Slice(3 * i, 3), "probabilities");
        Promises.Close((0.1 * 1) + (0.8 * 2), OffPolicy.Evaluate(log, target).Of<InversePropensity>().Value, 1e-12, 0, "value");
    }

    [Fact]
    public void SlopeTakesTheLastCandidateThatMeetsAllBefore()
    {
        // Estimates 1.0, 1.2, 1.5, 3.0 with half-widths 0.5, 0.3, 0.2, 0.1: intervals of twice the half-widths are [0, 2], [0.6, 1.8], [1.1, 1.9], [2.8, 3.2]; the last one meets none of the others.
        var data = new Population(Population.Drawing, Population.Rates).TrueData();
        var slope = new Slope { Candidates = [new Given(1, 0.5), new Given(1.2, 0.3), new Given(1.5, 0.2), new Given(3, 0.1)], StandardErrors = 1 };
        EstimatorTerms terms = OffPolicy.Terms(slope, data);
        Promises.Close(1.5, terms.Estimate(), 1e-12, 0, "estimate");
        Assert.Contains("Mean = 1.5", terms.Note, StringComparison.Ordinal);

        // The first one that doesn't meet the others ends the search, though a later one would.
        slope = slope with { Candidates = [new Given(1, 0.5), new Given(3, 0.2), new Given(1, 0.1)] };
        Promises.Close(1, OffPolicy.Terms(slope, data).Estimate(), 1e-12, 0, "estimate");
        Assert.Contains("Error = 0.5", OffPolicy.Terms(slope, data).Note, StringComparison.Ordinal);

        // A wider interval than the one before counts as one as narrow: [0.8, 1.2] against [1.3, 1.7].
        slope = slope with { Candidates = [new Given(1, 0.1), new Given(1.5, 10)] };
        Promises.Close(1, OffPolicy.Terms(slope, data).Estimate(), 1e-12, 0, "estimate");
    }

    [Fact]
    public void SlopeStaysWithinItsTheorem()
    {
        // One action is logged with probability 0.02 and wanted with 0.5: weights are 25 and 0.51, and clipping at lambda has the bias 0.2 (1 - lambda / 25).
        const int logs = 100, size = 10_000;
        const double truth = (0.5 * 0.6) + (0.5 * 0.4);
        Slope slope = Slope.ForClipping(25);
        double worst = 0, slopeError = 0, narrowestError = 0;
        for (int k = 0; k < logs; k++)
        {
            var log = new DecisionLog(new DecisionShape(2));
            RandomStream stream = RandomKey.FromSeed(40).Fold(k).Stream();
            for (int i = 0; i < size; i++)
            {
                bool rare = stream.NextDouble() < 0.02;
                log.Add([], rare ? 1 : 0, rare ? 0.02 : 0.98, stream.NextDouble() < (rare ? 0.4 : 0.6) ? 1 : 0);
            }

            // Su, Srinath and Krishnamurthy (2020), theorem 3: where every estimate lies within its half-width of its expectation, the error is at most 6 (1 + 1 / kappa) min(bias + half-width), kappa
            // being the smallest ratio of neighbouring half-widths.
            var data = new OffPolicyData(log, TargetPolicy.Uniform(log));
            double kappa = 1, least = double.PositiveInfinity, before = double.NaN, last = 0;
            bool isInside = true;
            foreach (ClippedInversePropensity candidate in slope.Candidates.Cast<ClippedInversePropensity>())
            {
                EstimatorTerms terms = OffPolicy.Terms(candidate, data);
                double bias = 0.2 * (1 - (candidate.Lambda / 25)), width = 2 * terms.StandardError();
                isInside &= Math.Abs(terms.Estimate() - (truth - bias)) <= width;
                least = Math.Min(least, bias + width);
                kappa = double.IsNaN(before) ? kappa : Math.Min(kappa, width / before);
                before = width;
                last = terms.Estimate() - truth;
            }

            double error = Math.Abs(OffPolicy.Terms(slope, data).Estimate() - truth);
            slopeError += error * error / logs;
            narrowestError += last * last / logs;
            if (isInside)
                worst = Math.Max(worst, error / (6 * (1 + (1 / kappa)) * least));
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"largest share of the bound {worst:f3}, mean squared error {slopeError:g3}, of the narrowest candidate {narrowestError:g3}");
        Assert.InRange(worst, 0, 1);

        // At this size the biases show, and the narrowest candidate is refused.
        Assert.True(slopeError < 0.5 * narrowestError);
    }

    /// <summary>An estimator with a given estimate and standard error.</summary>
    private sealed record Given(double Mean, double Error) : IOffPolicyEstimator
    {
        bool IOffPolicyEstimator.NeedsRewardModel => false;

        bool IOffPolicyEstimator.TakesPositions => true;

        public void Evaluate(OffPolicyData data, EstimatorTerms terms)
        {
            for (int i = 0; i < terms.Count; i++)
                terms.Values[i] = Mean + (Error * Math.Sqrt(terms.Count - 1) * (i % 2 == 0 ? 1 : -1));
        }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"Given {{ Mean = {Mean}, Error = {Error} }}");
    }
}
