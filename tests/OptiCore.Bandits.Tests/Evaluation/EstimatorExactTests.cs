using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests.Evaluation;

/// <summary>Expectations and variances of estimators by listing every outcome: no statistical slack.</summary>
public class EstimatorExactTests
{
    private const double Rounding = 1e-12;

    public static TheoryData<bool> Targets => [false, true];

    [Theory]
    [MemberData(nameof(Targets))]
    public void WeightedAndDoublyRobustEstimatesAreUnbiased(bool isDeterministic)
    {
        var population = new Population(isDeterministic ? Population.Deterministic : Population.Drawing, Population.Rates);

        // Whatever the predictions.
        foreach (OffPolicyData data in new[] { population.TrueData(), population.Data((x, a) => 3 - (x * a)), population.Data((_, _) => 0) })
        {
            foreach (IOffPolicyEstimator estimator in new IOffPolicyEstimator[]
            {
                new InversePropensity(), new DoublyRobust(), new SwitchDoublyRobust { Lambda = double.PositiveInfinity }, new ShrinkageDoublyRobust { Lambda = double.PositiveInfinity },
                new ClippedInversePropensity { Lambda = double.PositiveInfinity }, new MoreRobustDoublyRobust(), new RankingInversePropensity(), new IndependentInversePropensity(),
                new RewardInteractionInversePropensity(), new CascadeDoublyRobust(), new SlatePseudoInverse(),
            })
            {
                Promises.Close(population.Value, Population.Law(estimator, data).Mean, Rounding, 0, estimator.GetType().Name);
            }
        }

        // Over the whole population the self-normalised ones have no bias either: the mean weight is exactly 1.
        Promises.Close(population.Value, OffPolicy.Terms(new SelfNormalizedInversePropensity(), population.TrueData()).Estimate(), Rounding, 0, "SNIPS");
        Promises.Close(population.Value, OffPolicy.Terms(new SelfNormalizedDoublyRobust(), population.Data((x, a) => x + a)).Estimate(), Rounding, 0, "SNDR");
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void BiasesAreThoseOfTheFormulas(bool isDeterministic)
    {
        var population = new Population(isDeterministic ? Population.Deterministic : Population.Drawing, Population.Rates);
        Func<int, int, double> q = (x, a) => 0.2 + (0.1 * a) - (0.05 * x);
        OffPolicyData data = population.Data(q);
        const double lambda = 1.5;

        double clipped = 0, direct = 0, switched = 0, shrunk = 0;
        for (int x = 0; x < 2; x++)
        {
            for (int a = 0; a < 4; a++)
            {
                double p = population.TargetProbability(x, a), mu = Population.Tenth(x, a), w = p / mu, rate = Population.Rates[x][a];
                clipped += 0.5 * mu * Math.Min(w, lambda) * rate;
                direct += 0.5 * p * q(x, a);
                switched += 0.5 * ((p * q(x, a)) + (w <= lambda ? p * (rate - q(x, a)) : 0));
                shrunk += 0.5 * ((p * q(x, a)) + (mu * lambda * w / ((w * w) + lambda) * (rate - q(x, a))));
            }
        }

        Promises.Close(clipped, Population.Law(new ClippedInversePropensity { Lambda = lambda }, data).Mean, Rounding, 0, "clipped");
        Promises.Close(direct, Population.Law(new DirectMethod(), data).Mean, Rounding, 0, "direct");
        Promises.Close(switched, Population.Law(new SwitchDoublyRobust { Lambda = lambda }, data).Mean, Rounding, 0, "switch");
        Promises.Close(shrunk, Population.Law(new ShrinkageDoublyRobust { Lambda = lambda }, data).Mean, Rounding, 0, "shrinkage");
        Promises.Close(direct, Population.Law(new SwitchDoublyRobust { Lambda = 0 }, data).Mean, Rounding, 0, "switch at 0");
        Promises.Close(direct, Population.Law(new ShrinkageDoublyRobust { Lambda = 0 }, data).Mean, Rounding, 0, "shrinkage at 0");
        Assert.True(clipped < population.Value);
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void TheVarianceOfDoublyRobustIsThatOfTheTheory(bool isDeterministic)
    {
        // Dudik, Langford, Li (2011), theorem 2, with the true propensities.
        var population = new Population(isDeterministic ? Population.Deterministic : Population.Drawing, Population.Rates);
        Func<int, int, double> q = (x, a) => 0.2 + (0.1 * a) - (0.05 * x);
        double expected = 0;
        for (int x = 0; x < 2; x++)
        {
            double mean = 0;
            for (int a = 0; a < 4; a++)
                mean += population.TargetProbability(x, a) * Population.Rates[x][a];
            for (int a = 0; a < 4; a++)
            {
                double p = population.TargetProbability(x, a), w = p / Population.Tenth(x, a), rate = Population.Rates[x][a];
                expected += 0.5 * p * w * rate * (1 - rate);
                expected += 0.5 * p * w * (rate - q(x, a)) * (rate - q(x, a));
            }

            double gap = 0;
            for (int a = 0; a < 4; a++)
                gap += population.TargetProbability(x, a) * (Population.Rates[x][a] - q(x, a));
            expected += 0.5 * (((mean - population.Value) * (mean - population.Value)) - (gap * gap));
        }

        Promises.Close(expected, Population.Law(new DoublyRobust(), population.Data(q)).Variance, Rounding, 0, "variance");
        double exact = Population.Law(new DoublyRobust(), population.TrueData()).Variance;
        Assert.True(exact < Population.Law(new DoublyRobust(), population.Data(q)).Variance);
        Assert.True(exact < Population.Law(new InversePropensity(), population.TrueData()).Variance);
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void MrdrHasTheLeastVarianceOfAllLinearModels(bool isDeterministic)
    {
        // Two features cannot describe eight rates: the least-squares model and the one of least variance differ.
        var population = new Population(isDeterministic ? Population.Deterministic : Population.Drawing, Population.Rates);
        var map = new FeatureMap(2, (context, action, features) => (features[0], features[1]) = (1, action - context[0]));
        (double mean, double least) = Population.Law(new MoreRobustDoublyRobust { Features = map }, population.TrueData());
        Promises.Close(population.Value, mean, Rounding, 0, "MRDR");

        double[] squares = new double[population.Log.Count * 4];
        new RidgeRewardModel { Features = map, Penalty = 0 }.Fit(population.Log, population.Target).Predict(population.Log, squares);
        double leastSquares = Population.Law(new DoublyRobust(), new OffPolicyData(population.Log, population.Target, squares)).Variance;
        Assert.True(least < leastSquares - 1e-6, $"MRDR {least}, least squares {leastSquares}");

        double nearest = double.PositiveInfinity;
        for (int b = -40; b <= 40; b++)
        {
            for (int s = -40; s <= 40; s++)
            {
                double variance = Population.Law(new DoublyRobust(), population.Data((x, a) => (b / 20.0) + (s / 20.0 * (a - x)))).Variance;
                Assert.True(variance >= least - Rounding, $"({b}, {s}) has variance {variance}, MRDR {least}");
                nearest = Math.Min(nearest, variance);
            }
        }

        // The grid reaches near the minimum, so that it isn't elsewhere.
        Assert.True(nearest < least * 1.01, $"grid {nearest}, MRDR {least}");
    }

    [Fact]
    public void MrdrNeedsTheLoggingLawOfADrawingTargetOnly()
    {
        var drawing = new Population(Population.Drawing, Population.Rates, hasProbabilities: false);
        Assert.Contains("Decision 0", Assert.Throws<ArgumentException>(() => OffPolicy.Terms(new MoreRobustDoublyRobust(), drawing.TrueData())).Message, StringComparison.Ordinal);
        var deterministic = new Population(Population.Deterministic, Population.Rates, hasProbabilities: false);
        Promises.Close(deterministic.Value, Population.Law(new MoreRobustDoublyRobust(), deterministic.TrueData()).Mean, Rounding, 0, "MRDR");
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void MipsIsUnbiasedWhereEmbeddingsCarryTheRewardAndVariesLess(bool isDeterministic)
    {
        // Actions 0 and 1, and 2 and 3, share category and rates.
        double[][] rates = [[0.1, 0.1, 0.8, 0.8], [0.6, 0.6, 0.3, 0.3]], target = isDeterministic ? Population.Deterministic : Population.Drawing;
        int[] categories = [0, 0, 1, 1];
        var population = new Population(target, rates);
        (double ips, double ipsVariance) = Population.Law(new InversePropensity(), population.TrueData());
        (double mips, double mipsVariance) = Population.Law(MarginalizedInversePropensity.ByCategory(population.Log, categories), population.TrueData());
        Promises.Close(population.Value, ips, Rounding, 0, "IPS");
        Promises.Close(population.Value, mips, Rounding, 0, "MIPS");

        // Saito and Joachims (2022), theorem 3.6: the variance falls by the mean variance of w(x, a) r given x and e.
        Assert.True(mipsVariance < ipsVariance - 0.01, $"MIPS {mipsVariance}, IPS {ipsVariance}");

        // Weights estimated from the log, which here is the population, are the same.
        var unknown = new Population(target, rates, hasProbabilities: false);
        double[] known = OffPolicy.Terms(MarginalizedInversePropensity.ByCategory(population.Log, categories), population.TrueData()).Weights.ToArray();
        double[] counted = OffPolicy.Terms(MarginalizedInversePropensity.ByCategory(unknown.Log, categories), unknown.TrueData()).Weights.ToArray();
        for (int i = 0; i < known.Length; i++)
            Promises.Close(known[i], counted[i], Rounding, Rounding, "weight");

        // With a direct effect it is biased; with one embedding an action it is IPS.
        var direct = new Population(target, Population.Rates);
        Assert.True(Math.Abs(Population.Law(MarginalizedInversePropensity.ByCategory(direct.Log, categories), direct.TrueData()).Mean - direct.Value) > 0.01);
        Promises.Close(direct.Value, Population.Law(MarginalizedInversePropensity.ByCategory(direct.Log, [3, 1, 0, 2]), direct.TrueData()).Mean, Rounding, 0, "one embedding an action");
    }

    [Fact]
    public void MipsTakesFeaturesOfActionsForEmbeddings()
    {
        // In context 0 actions 0 and 1, and 2 and 3, share the first feature and their rates; in context 1 actions 0 and 3, and 1 and 2. The second feature is each action's own.
        double[][] rates = [[0.1, 0.1, 0.8, 0.8], [0.6, 0.3, 0.3, 0.6]];
        int[][] kinds = [[0, 0, 1, 1], [0, 1, 1, 0]];
        foreach (bool hasProbabilities in (bool[])[true, false])
        {
            var population = new Population(Population.Drawing, rates, hasProbabilities);
            var log = new DecisionLog(DecisionShape.WithActionFeatures(4, 2, sharedLength: 1) with { HasProbabilities = hasProbabilities });
            for (int i = 0; i < population.Log.Count; i++)
            {
                LoggedDecision decision = population.Log[i];
                int x = (int)decision.Context[0];
                log.Add(new LoggedDecision
                {
                    Context = [x, kinds[x][0], 0, kinds[x][1], 1, kinds[x][2], 2, kinds[x][3], 3],
                    Actions = decision.Actions,
                    Propensities = decision.Propensities,
                    Rewards = decision.Rewards,
                    Probabilities = decision.Probabilities,
                });
            }

            var data = new OffPolicyData(log, TargetPolicy.From(log, (decision, _, probabilities) => Population.Drawing[(int)decision.Context[0]].CopyTo(probabilities)));
            MarginalizedInversePropensity byKind = MarginalizedInversePropensity.ByFeatures(log, 0), byBoth = MarginalizedInversePropensity.ByFeatures(log);
            Assert.Equal(2, byKind.EmbeddingCount);
            (double mips, double mipsVariance) = Population.Law(byKind, data);
            Promises.Close(population.Value, mips, Rounding, 0, "MIPS by kind");
            Assert.True(mipsVariance < Population.Law(new InversePropensity(), data).Variance - 0.01);
            double[] ips = OffPolicy.Terms(new InversePropensity(), data).Weights.ToArray(), own = OffPolicy.Terms(byBoth, data).Weights.ToArray(), merged = OffPolicy.Terms(byKind, data).Weights.ToArray();
            for (int i = 0; i < log.Count; i++)
            {
                int x = (int)log[i].Context[0];
                double above = 0, below = 0;
                for (int a = 0; a < 4; a++)
                {
                    above += kinds[x][a] == kinds[x][log.Actions[i]] ? Population.Drawing[x][a] : 0;
                    below += kinds[x][a] == kinds[x][log.Actions[i]] ? Population.Tenth(x, a) : 0;
                }

                Promises.Close(above / below, merged[i], Rounding, Rounding, "weight by kind");
                Promises.Close(ips[i], own[i], Rounding, Rounding, "an embedding for each action is IPS");
            }

            Assert.Contains("features[0] is 2", Assert.Throws<ArgumentOutOfRangeException>(() => MarginalizedInversePropensity.ByFeatures(log, 2)).Message, StringComparison.Ordinal);
            Assert.Contains("no features", Assert.Throws<ArgumentException>(() => MarginalizedInversePropensity.ByFeatures(population.Log)).Message, StringComparison.Ordinal);
            Assert.ThrowsAny<ArgumentException>(() => OffPolicy.Terms(byKind with { ActionEmbeddings = [0, 1] }, data));
        }
    }

    [Fact]
    public void ModelsAreLinearInTheFeaturesOfActions()
    {
        // Rewards 2 + x/2 + f (3, -1), without noise: one model for all actions finds them, for actions that were never taken too.
        DecisionShape shape = DecisionShape.WithActionFeatures(3, 2, sharedLength: 1);
        var log = new DecisionLog(shape);
        RandomStream stream = RandomKey.FromSeed(9).Stream();
        for (int i = 0; i < 40; i++)
        {
            double[] context = new double[7];
            for (int j = 0; j < context.Length; j++)
                context[j] = stream.NextNormal();
            int action = i % 2;
            log.Add(context, action, 0.5, 2 + (0.5 * context[0]) + (3 * context[1 + (2 * action)]) - context[2 + (2 * action)]);
        }

        TargetPolicy target = TargetPolicy.Deterministic(log, [.. Enumerable.Repeat(2, 40)]);
        double[] predictions = new double[120];
        new RidgeRewardModel { Penalty = 0 }.Fit(log, target).Predict(log, predictions);
        for (int i = 0; i < 40; i++)
        {
            for (int a = 0; a < 3; a++)
            {
                ReadOnlySpan<double> own = log.ActionFeatures(i, a);
                Promises.Close(2 + (0.5 * log[i].Context[0]) + (3 * own[0]) - own[1], predictions[(3 * i) + a], 1e-10, 1e-10, $"prediction {i}, {a}");
            }
        }

        Assert.Equal(4, FeatureMap.For(shape).Length);
        Assert.Contains("no features", Assert.Throws<ArgumentException>(() => FeatureMap.OfActions(new DecisionShape(3, 7))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MipsIsUnbiasedForEmbeddingsThatAreDrawn()
    {
        // p(e | a) in fifths; the reward depends on the context and the embedding alone.
        int[][] fifths = [[4, 1], [3, 2], [1, 4], [2, 3]];
        double[][] rates = [[0.2, 0.9], [0.5, 0.1]];
        double[] law = [.. fifths.SelectMany(row => row).Select(f => f / 5.0)];
        double[] uniform = [0.25, 0.25, 0.25, 0.25];
        var log = new DecisionLog(new DecisionShape(4, 1, 1, HasProbabilities: true));
        var embeddings = new List<int>();
        double value = 0;
        for (int x = 0; x < 2; x++)
        {
            for (int a = 0; a < 4; a++)
            {
                for (int e = 0; e < 2; e++)
                {
                    value += 0.5 * Population.Drawing[x][a] * fifths[a][e] / 5.0 * rates[x][e];
                    for (int copy = 0; copy < fifths[a][e] * 10; copy++)
                    {
                        log.Add(new LoggedDecision { Context = [x], Actions = [a], Propensities = [0.25], Rewards = [copy % 10 < (int)Math.Round(10 * rates[x][e]) ? 1 : 0], Probabilities = uniform });
                        embeddings.Add(e);
                    }
                }
            }
        }

        var data = new OffPolicyData(log, TargetPolicy.From(log, (decision, _, probabilities) => Population.Drawing[(int)decision.Context[0]].CopyTo(probabilities)));
        var mips = new MarginalizedInversePropensity { EmbeddingCount = 2, Embeddings = embeddings, EmbeddingProbabilities = law };
        (double mean, double variance) = Population.Law(mips, data);
        Promises.Close(value, mean, Rounding, 0, "MIPS");
        Assert.True(variance < Population.Law(new InversePropensity(), data).Variance);
        Promises.Close(value, Population.Law(mips with { EmbeddingProbabilities = null }, data).Mean, Rounding, 0, "MIPS, weights counted");
    }

    [Fact]
    public void ReplayOfAUniformLogKeepsTheDecisionsOfTheTarget()
    {
        var log = new DecisionLog(new DecisionShape(3, 1));
        RandomStream stream = RandomKey.FromSeed(8).Stream();
        for (int i = 0; i < 600; i++)
            log.Add([i % 2], (int)(stream.NextDouble() * 3), 1.0 / 3, stream.NextDouble());
        int[] actions = [.. Enumerable.Range(0, 600).Select(i => 1 + (i % 2))];
        EstimatorTerms terms = OffPolicy.Terms(new ReplayEstimator(), new OffPolicyData(log, TargetPolicy.Deterministic(log, actions)));
        int[] kept = [.. Enumerable.Range(0, 600).Where(i => log.Actions[i] == actions[i])];
        Promises.Close(kept.Average(i => log.Rewards[i]), terms.Estimate(), 1e-13, 0, "replay");
        Assert.Equal(kept.Length, terms.Weights.ToArray().Count(w => w == 1));

        // A fixed policy played over the log keeps the same decisions; it has learnt of these alone.
        BanditState greedy = new Fixed(1).Start(3, RandomKey.FromSeed(1));
        ReplayResult result = Replay.Run(log, greedy, RandomKey.FromSeed(2));
        int[] ones = [.. Enumerable.Range(0, 600).Where(i => log.Actions[i] == 1)];
        Assert.Equal(ones.Length, result.Kept);
        Assert.Equal(ones.Length, greedy.Updates);
        Promises.Close(ones.Average(i => log.Rewards[i]), result.MeanReward, 1e-13, 0, "mean reward");
        double mean = result.MeanReward, sd = Math.Sqrt(ones.Sum(i => (log.Rewards[i] - mean) * (log.Rewards[i] - mean)) / (ones.Length - 1));
        Promises.Close(sd / Math.Sqrt(ones.Length), result.StandardError, 1e-12, 0, "standard error");
    }

    [Fact]
    public void ReplayOfALogWithPropensitiesKeepsEveryActionEquallyOften()
    {
        // Of 40,000 decisions with propensities 0.6, 0.3 and 0.1, those kept for a policy that always takes arm a number 4,000 on average, whatever a; 4.5 standard deviations are 270 at most.
        var log = new DecisionLog(new DecisionShape(3));
        double[] law = [0.6, 0.3, 0.1];
        RandomStream stream = RandomKey.FromSeed(12).Stream();
        for (int i = 0; i < 40_000; i++)
        {
            double u = stream.NextDouble();
            int action = u < 0.6 ? 0 : u < 0.9 ? 1 : 2;
            log.Add([], action, law[action], action);
        }

        for (int arm = 0; arm < 3; arm++)
        {
            ReplayResult result = Replay.Run(log, new Fixed(arm).Start(3, RandomKey.FromSeed(1)), RandomKey.FromSeed(77));
            Assert.InRange(result.Kept, 4000 - 270, 4000 + 270);
            Assert.Equal(arm, result.MeanReward);
        }

        // The estimator keeps decision i with probability w / M, here a tenth of them in all.
        var data = new OffPolicyData(log, TargetPolicy.From(log, (_, _, p) => (p[0], p[1], p[2]) = (0.2, 0.3, 0.5)));
        EstimatorTerms terms = OffPolicy.Terms(new ReplayEstimator(), data);
        double kept = terms.Weights.ToArray().Sum();
        Assert.InRange(kept, 4000 - 270, 4000 + 270);

        // Rewards 0, 1, 2 with probabilities 0.2, 0.3, 0.5: mean 1.3, standard deviation 0.78.
        Promises.Close(1.3, terms.Estimate(), 0, 4.5 * 0.781 / Math.Sqrt(kept), "replay");
        Assert.Contains("LargestWeight = 2", Assert.Throws<ArgumentException>(() => OffPolicy.Terms(new ReplayEstimator { LargestWeight = 2 }, data)).Message, StringComparison.Ordinal);
    }

    private sealed record Fixed(int Arm) : IBanditPolicy
    {
        public RewardRange Rewards => RewardRange.Finite;

        public BanditState Start(int arms, RandomKey key) => new State(this, arms, key);

        private sealed class State(Fixed policy, int arms, RandomKey key) : BanditState(policy, arms, key)
        {
            protected override int Select(long round) => policy.Arm;

            protected override void Score(Span<double> scores) => scores[policy.Arm] = 1;
        }
    }
}
