using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests.Evaluation;

/// <summary>Estimators of rankings and slates by listing every outcome: unbiased under their assumption, biased beyond it, and ordered by variance.</summary>
public class RankingExactTests
{
    private const double Rounding = 1e-12;
    private const int Actions = 3;

    // Logging policy: the first action in tenths; the second in tenths given the first.
    private static readonly int[] First = [5, 3, 2];
    private static readonly int[][] Second = [[2, 4, 4], [6, 1, 3], [1, 1, 8]];
    private static readonly int[] SecondAlone = [2, 5, 3];

    private static readonly double[] TargetFirst = [0.2, 0.1, 0.7];
    private static readonly double[][] TargetSecond = [[0.5, 0.3, 0.2], [0.1, 0.8, 0.1], [0.4, 0.4, 0.2]];
    private static readonly double[] TargetSecondAlone = [0.6, 0.1, 0.3];

    // What a pair of actions earns at the first and at the second position, under three ideas of how people look.
    private static readonly Func<int, int, (double, double)> Independent = (a, b) => (0.2 + (0.3 * a), 0.9 - (0.4 * b));
    private static readonly Func<int, int, (double, double)> Cascade = (a, b) => (0.2 + (0.3 * a), (0.9 - (0.4 * b)) * (1 - (0.3 * a)));
    private static readonly Func<int, int, (double, double)> Standard = (a, b) => ((0.2 + (0.3 * a)) * (1 + b), (0.9 - (0.4 * b)) * (1 - (0.3 * a)));

    [Fact]
    public void EachIsUnbiasedUnderItsAssumption()
    {
        foreach (bool dependent in new[] { false, true })
        {
            Slates independent = Make(Independent, dependent), cascade = Make(Cascade, dependent), standard = Make(Standard, dependent);
            Unbiased(new RankingInversePropensity(), independent, cascade, standard);
            Unbiased(new RewardInteractionInversePropensity(), independent, cascade);
            Unbiased(new CascadeDoublyRobust(), independent, cascade);
            Biased(new RewardInteractionInversePropensity(), standard);
            Biased(new CascadeDoublyRobust(), standard);
            if (dependent)
            {
                Biased(new IndependentInversePropensity(), independent, cascade);
            }
            else
            {
                Unbiased(new IndependentInversePropensity(), independent);
                Unbiased(new SlatePseudoInverse(), independent);
                Biased(new IndependentInversePropensity(), cascade);
                Biased(new SlatePseudoInverse(), cascade, standard);
            }

            // The pseudo-inverse of the whole law needs rewards to be sums only.
            Unbiased(WithLaw(independent, dependent), independent);
            Biased(WithLaw(standard, dependent), standard);
        }
    }

    [Fact]
    public void TheMoreIsAssumedTheLessTheEstimatesVary()
    {
        Slates slates = Make(Independent, dependent: false);
        double whole = Population.Law(new RankingInversePropensity(), slates.Data()).Variance, interaction = Population.Law(new RewardInteractionInversePropensity(), slates.Data()).Variance;
        double independent = Population.Law(new IndependentInversePropensity(), slates.Data()).Variance;
        Assert.True(independent < interaction && interaction < whole, $"{independent} {interaction} {whole}");
        Assert.True(Population.Law(new SlatePseudoInverse(), slates.Data()).Variance < whole);

        // Cascade-DR with true predictions varies least of all that hold under the cascade assumption; with predictions of 0 it is RIPS.
        Slates cascade = Make(Cascade, dependent: true);
        double rips = Population.Law(new RewardInteractionInversePropensity(), cascade.Data()).Variance;
        Assert.True(Population.Law(new CascadeDoublyRobust(), cascade.TrueData()).Variance < 0.5 * rips);
        Promises.Close(rips, Population.Law(new CascadeDoublyRobust(), cascade.Data()).Variance, Rounding, 0, "RIPS");
        Assert.True(rips < Population.Law(new RankingInversePropensity(), cascade.Data()).Variance);
    }

    [Fact]
    public void TheCascadeModelFindsTheFutureRewards()
    {
        // The log is the population, so that means over cells are expectations.
        Slates slates = Make(Cascade, dependent: true);
        double[] predictions = new double[slates.Log.Count * 2 * Actions];
        new CascadeRewardModel { PriorCount = 0 }.Fit(slates.Log, slates.Target).Predict(slates.Log, predictions);
        ReadOnlySpan<double> expected = slates.TrueData().Predictions;
        for (int i = 0; i < predictions.Length; i++)
            Promises.Close(expected[i], predictions[i], Rounding, Rounding, $"prediction {i}");
    }

    [Fact]
    public void WithOnePositionCascadeDrIsDoublyRobustToTheBit()
    {
        var population = new Population(Population.Drawing, Population.Rates);
        OffPolicyData data = population.Data((x, a) => 0.3 + (0.1 * x * a));
        double[] cascade = OffPolicy.Terms(new CascadeDoublyRobust(), data).Values.ToArray(), robust = OffPolicy.Terms(new DoublyRobust(), data).Values.ToArray();
        for (int i = 0; i < robust.Length; i++)
            Promises.Close(robust[i], cascade[i], 1e-15, 1e-15, "term");
    }

    [Fact]
    public void TheClosedFormOfIndependentPositionsIsThePseudoInverse()
    {
        Slates slates = Make(Independent, dependent: false);
        double[] closed = OffPolicy.Terms(new SlatePseudoInverse(), slates.Data()).Weights.ToArray(), general = OffPolicy.Terms(WithLaw(slates, dependent: false), slates.Data()).Weights.ToArray();
        for (int i = 0; i < closed.Length; i++)
            Promises.Close(closed[i], general[i], 1e-11, 1e-11, "weight");
    }

    [Fact]
    public void RankingsWithoutRepetitionAreEvaluated()
    {
        // Uniform over the six orders of two of three items, and rewards that are sums.
        var log = new DecisionLog(new DecisionShape(Actions, 0, 2));
        int[] slates = [0, 1, 0, 2, 1, 0, 1, 2, 2, 0, 2, 1];
        double[] law = [0.1, 0.05, 0.3, 0.25, 0.2, 0.1];
        double value = 0;
        for (int s = 0; s < 6; s++)
        {
            (double r, double t) = Independent(slates[2 * s], slates[(2 * s) + 1]);
            value += law[s] * (r + t);
            log.Add(new LoggedDecision { Actions = slates.AsSpan(2 * s, 2), Propensities = [1.0 / 3, 0.5], Rewards = [r, t] });
        }

        var pseudoInverse = new SlatePseudoInverse
        {
            Slates = slates,
            Law = (_, logging, target) =>
            {
                logging.Fill(1.0 / 6);
                law.CopyTo(target);
            },
        };
        var data = new OffPolicyData(log, TargetPolicy.Uniform(log));
        Promises.Close(value, Population.Law(pseudoInverse, data).Mean, 1e-11, 0, "value");
        Assert.Contains("belong together", Assert.Throws<ArgumentException>(() => OffPolicy.Terms(pseudoInverse with { Law = null }, data)).Message, StringComparison.Ordinal);
        Assert.Contains("Slates[1] is 3", Assert.Throws<ArgumentException>(() => OffPolicy.Terms(pseudoInverse with { Slates = [0, 3] }, data)).Message, StringComparison.Ordinal);
        Assert.Contains("multiple of 2", Assert.Throws<ArgumentException>(() => OffPolicy.Terms(pseudoInverse with { Slates = [0] }, data)).Message, StringComparison.Ordinal);
        Assert.Contains("Decision 0: Law[0]", Assert.Throws<ArgumentException>(() => OffPolicy.Terms(pseudoInverse with { Law = (_, _, _) => { } }, data)).Message, StringComparison.Ordinal);
    }

    private static void Unbiased(IOffPolicyEstimator estimator, params Slates[] instances)
    {
        foreach (Slates slates in instances)
        {
            foreach (OffPolicyData data in new[] { slates.Data(), slates.TrueData(), slates.Data((l, a) => 1.5 - (l * a)) })
                Promises.Close(slates.Value, Population.Law(estimator, data).Mean, 1e-11, 0, estimator.GetType().Name);
        }
    }

    private static void Biased(IOffPolicyEstimator estimator, params Slates[] instances)
    {
        foreach (Slates slates in instances)
        {
            double mean = Population.Law(estimator, slates.Data()).Mean;
            Assert.True(Math.Abs(mean - slates.Value) > 1e-3, $"{estimator}: {mean}, true {slates.Value}");
        }
    }

    private static SlatePseudoInverse WithLaw(Slates slates, bool dependent)
    {
        int[] all = [.. Enumerable.Range(0, Actions * Actions).SelectMany(s => new[] { s / Actions, s % Actions })];
        return new SlatePseudoInverse
        {
            Slates = all,
            Law = (_, logging, target) =>
            {
                for (int s = 0; s < logging.Length; s++)
                {
                    int a = s / Actions, b = s % Actions;
                    logging[s] = First[a] * (dependent ? Second[a][b] : SecondAlone[b]) / 100.0;
                    target[s] = TargetFirst[a] * (dependent ? TargetSecond[a][b] : TargetSecondAlone[b]);
                }
            },
        };
    }

    private static Slates Make(Func<int, int, (double, double)> rewards, bool dependent)
    {
        var log = new DecisionLog(new DecisionShape(Actions, 0, 2));
        double value = 0;
        for (int a = 0; a < Actions; a++)
        {
            for (int b = 0; b < Actions; b++)
            {
                int second = dependent ? Second[a][b] : SecondAlone[b];
                (double r, double s) = rewards(a, b);
                value += TargetFirst[a] * (dependent ? TargetSecond[a][b] : TargetSecondAlone[b]) * (r + s);

                // Noise that is +1 in one half of the copies and -1 in the other at the first position.
                for (int copy = 0; copy < 2 * First[a] * second; copy++)
                    log.Add(new LoggedDecision { Actions = [a, b], Propensities = [First[a] / 10.0, second / 10.0], Rewards = [r + (copy % 2 == 0 ? 0.1 : -0.1), s] });
            }
        }

        TargetPolicy target = TargetPolicy.From(log, (decision, position, probabilities) =>
            (position == 0 ? TargetFirst : dependent ? TargetSecond[decision.Actions[0]] : TargetSecondAlone).CopyTo(probabilities));
        return new Slates(log, target, value, rewards, dependent);
    }

    private sealed record Slates(DecisionLog Log, TargetPolicy Target, double Value, Func<int, int, (double, double)> Rewards, bool Dependent)
    {
        public OffPolicyData Data(Func<int, int, double>? predictions = null)
        {
            double[] all = new double[Log.Count * 2 * Actions];
            for (int j = 0; predictions is not null && j < all.Length; j++)
                all[j] = predictions(j / Actions % 2, j % Actions);
            return new OffPolicyData(Log, Target, all);
        }

        /// <summary>Predictions are the expected rewards of the position and those below under the target.</summary>
        public OffPolicyData TrueData()
        {
            double[] all = new double[Log.Count * 2 * Actions];
            for (int i = 0; i < Log.Count; i++)
            {
                for (int a = 0; a < Actions; a++)
                {
                    double[] law = Dependent ? TargetSecond[a] : TargetSecondAlone;
                    all[(i * 2 * Actions) + a] = Rewards(a, 0).Item1 + Enumerable.Range(0, Actions).Sum(b => law[b] * Rewards(a, b).Item2);
                    all[(((i * 2) + 1) * Actions) + a] = Rewards(Log.Actions[2 * i], a).Item2;
                }
            }

            return new OffPolicyData(Log, Target, all);
        }
    }
}
