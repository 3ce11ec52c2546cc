using System.Reflection;
using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests.Evaluation;

/// <summary>One estimator under the laws that hold for every estimator.</summary>
/// <param name="Make">Makes the estimator for a log.</param>
/// <param name="Positions">The positions of the decisions that it is tried on.</param>
/// <param name="DrawsByIndex">Whether its draws belong to the number of a decision, so that it isn't the same for permuted ones.</param>
public sealed record EstimatorRow(Func<DecisionLog, IOffPolicyEstimator> Make, int Positions = 1, bool DrawsByIndex = false);

/// <summary>The laws of every estimator; each one has a row here.</summary>
public class EstimatorLawTests
{
    private const int Count = 60;

    private static readonly Dictionary<string, EstimatorRow> Rows = new()
    {
        ["InversePropensity"] = new(_ => new InversePropensity()),
        ["SelfNormalizedInversePropensity"] = new(_ => new SelfNormalizedInversePropensity()),
        ["ClippedInversePropensity"] = new(_ => new ClippedInversePropensity { Lambda = 1.2 }),
        ["DirectMethod"] = new(_ => new DirectMethod()),
        ["DoublyRobust"] = new(_ => new DoublyRobust()),
        ["SelfNormalizedDoublyRobust"] = new(_ => new SelfNormalizedDoublyRobust()),
        ["SwitchDoublyRobust"] = new(_ => new SwitchDoublyRobust { Lambda = 1.2 }),
        ["ShrinkageDoublyRobust"] = new(_ => new ShrinkageDoublyRobust { Lambda = 2 }),
        ["MoreRobustDoublyRobust"] = new(_ => new MoreRobustDoublyRobust()),
        ["MarginalizedInversePropensity"] = new(log => MarginalizedInversePropensity.ByCategory(log, [0, 1, 1])),
        ["ReplayEstimator"] = new(_ => new ReplayEstimator { LargestWeight = 20 }, DrawsByIndex: true),
        ["Slope, clipping"] = new(_ => Slope.ForClipping(8)),
        ["Slope, switching"] = new(_ => Slope.ForSwitching(8)),
        ["Slope, shrinkage"] = new(_ => Slope.ForShrinkage(8)),
        ["RankingInversePropensity"] = new(_ => new RankingInversePropensity(), 2),
        ["IndependentInversePropensity"] = new(_ => new IndependentInversePropensity(), 2),
        ["RewardInteractionInversePropensity"] = new(_ => new RewardInteractionInversePropensity(), 2),
        ["CascadeDoublyRobust"] = new(_ => new CascadeDoublyRobust(), 2),
        ["SlatePseudoInverse"] = new(_ => new SlatePseudoInverse(), 2),
    };

    public static TheoryData<string> Names => [.. Rows.Keys];

    [Fact]
    public void EveryEstimatorHasARow()
    {
        DecisionLog log = Log(1);
        HashSet<Type> rows = [.. Rows.Values.Select(r => r.Make(log).GetType())];
        Type[] estimators = [.. typeof(IOffPolicyEstimator).Assembly.GetTypes().Where(t => typeof(IOffPolicyEstimator).IsAssignableFrom(t) && !t.IsInterface)];
        Assert.Equal(estimators.OrderBy(t => t.Name), rows.OrderBy(t => t.Name));
        Assert.All(estimators, t => Assert.NotNull(t.GetCustomAttribute<AlgorithmAttribute>()));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void TheOrderOfDecisionsDoesNotMatter(string name)
    {
        EstimatorRow row = Rows[name];
        Assert.SkipWhen(row.DrawsByIndex, "its draws belong to the number of a decision");
        int[] order = [.. Enumerable.Range(0, Count).Select(i => i * 7 % Count)];
        Near(Evaluate(row, Log(row.Positions)), Evaluate(row, Log(row.Positions).Select(order)), 1);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void RewardsInOtherUnitsGiveEstimatesInThoseUnits(string name)
    {
        EstimatorRow row = Rows[name];
        Near(Evaluate(row, Log(row.Positions)), Evaluate(row, Log(row.Positions, scale: -3)), -3);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void TwiceTheSameDecisionsHaveTheSameEstimateAndASmallerError(string name)
    {
        EstimatorRow row = Rows[name];
        Assert.SkipWhen(row.DrawsByIndex, "its draws belong to the number of a decision");
        int[] twice = [.. Enumerable.Range(0, 2 * Count).Select(i => i / 2)];
        EstimatorTerms one = Terms(row, Log(row.Positions)), two = Terms(row, Log(row.Positions).Select(twice));

        // The smaller errors of SLOPE's candidates may lead it to another choice.
        Assert.SkipWhen(one.Note != two.Note, $"chose otherwise: {one.Note}, {two.Note}");
        Promises.Close(one.Estimate(), two.Estimate(), 1e-9, 1e-12, "estimate");
        Promises.Close(one.StandardError() * Math.Sqrt((Count - 1.0) / ((2 * Count) - 1)), two.StandardError(), 1e-9, 1e-12, "standard error");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void AsksTwiceAndSaysTheSame(string name)
    {
        EstimatorRow row = Rows[name];
        DecisionLog log = Log(row.Positions);
        IOffPolicyEstimator estimator = row.Make(log);
        OffPolicyData data = Data(log);
        EstimatorTerms first = OffPolicy.Terms(estimator, data), second = OffPolicy.Terms(estimator, data);
        Promises.SameBits(first.Values, second.Values, "values");
        Promises.SameBits(first.Numerators, second.Numerators, "numerators");
        Promises.SameBits(first.Weights, second.Weights, "weights");
        Assert.Throws<ArgumentNullException>(() => estimator.Evaluate(null!, first));
        Assert.Throws<ArgumentNullException>(() => estimator.Evaluate(data, null!));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void TheInfluencesAreTheDerivativesByTheDecisionsWeights(string name)
    {
        // A decision that counts (1 + h) times moves the estimate by h times its influence / n, to first order in h: checked on the terms.
        EstimatorTerms terms = Terms(Rows[name], Log(Rows[name].Positions));
        double[] influences = new double[Count];
        terms.Influences(influences);
        const double h = 1e-6;
        for (int j = 0; j < Count; j += 7)
        {
            double up = Weighted(terms, j, h), down = Weighted(terms, j, -h);
            Promises.Close(influences[j] / Count, (up - down) / (2 * h), 1e-6, 1e-8, $"influence {j}");
        }

        Promises.Close(0, influences.Sum(), 0, 1e-10, "sum of influences");

        static double Weighted(EstimatorTerms terms, int j, double h)
        {
            double v = 0, a = 0, b = 0;
            for (int i = 0; i < Count; i++)
            {
                double weight = i == j ? 1 + h : 1;
                v += weight * terms.Values[i];
                a += weight * terms.Numerators[i];
                b += weight * terms.Denominators[i];
            }

            return (v / (Count + h)) + (terms.IsRatio ? a / b : 0);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void WhatIsMissingIsNamed(string name)
    {
        EstimatorRow row = Rows[name];
        DecisionLog log = Log(row.Positions);
        IOffPolicyEstimator estimator = row.Make(log);
        if (estimator.NeedsRewardModel)
        {
            TargetPolicy target = TargetPolicy.Uniform(log);
            Assert.Contains("needs the predictions", Assert.Throws<InvalidOperationException>(() => OffPolicy.Terms(estimator, new OffPolicyData(log, target))).Message, StringComparison.Ordinal);
            Assert.Contains("RewardModel", Assert.Throws<InvalidOperationException>(() => OffPolicy.Evaluate(log, target, new OffPolicyOptions { Estimators = [estimator] })).Message, StringComparison.Ordinal);
        }

        if (!estimator.TakesPositions)
        {
            Assert.Contains("one position, the log's have 2",
                Assert.Throws<ArgumentException>(() => OffPolicy.Terms(estimator, Data(Log(2)))).Message, StringComparison.Ordinal);
        }
    }

    internal static DecisionLog Log(int positions, double scale = 1)
    {
        var log = new DecisionLog(new DecisionShape(3, 1, positions, HasProbabilities: true));
        RandomStream stream = RandomKey.FromSeed(21).Stream();
        double[] law = [0.5, 0.3, 0.2];
        for (int i = 0; i < Count; i++)
        {
            int[] actions = new int[positions];
            double[] propensities = new double[positions], rewards = new double[positions];
            for (int l = 0; l < positions; l++)
            {
                double u = stream.NextDouble();
                actions[l] = u < 0.5 ? 0 : u < 0.8 ? 1 : 2;
                propensities[l] = law[actions[l]];
                rewards[l] = scale * stream.NextDouble() * (1 + actions[l]);
            }

            log.Add(new LoggedDecision
            {
                Context = [i % 3],
                Actions = actions,
                Propensities = propensities,
                Rewards = rewards,
                Probabilities = [.. Enumerable.Repeat(law, positions).SelectMany(p => p)],
            });
        }

        return log;
    }

    private static OffPolicyData Data(DecisionLog log)
    {
        TargetPolicy target = TargetPolicy.From(log, (decision, position, probabilities) =>
        {
            (probabilities[0], probabilities[1], probabilities[2]) = (0.1, 0.3, 0.6);
            if (decision.Context[0] == 1)
                probabilities.Reverse();
        });
        double[] predictions = new double[target.Probabilities.Length];
        double unit = log.Rewards[0] < 0 ? -3 : 1;
        for (int i = 0; i < predictions.Length; i++)
            predictions[i] = unit * (0.4 + (0.3 * (i % 3)));
        return new OffPolicyData(log, target, predictions);
    }

    private static EstimatorTerms Terms(EstimatorRow row, DecisionLog log) => OffPolicy.Terms(row.Make(log), Data(log));

    private static (double Value, double Error) Evaluate(EstimatorRow row, DecisionLog log)
    {
        EstimatorTerms terms = Terms(row, log);
        return (terms.Estimate(), terms.StandardError());
    }

    private static void Near((double Value, double Error) expected, (double Value, double Error) actual, double unit)
    {
        Promises.Close(unit * expected.Value, actual.Value, 1e-9, 1e-12, "estimate");
        Promises.Close(Math.Abs(unit) * expected.Error, actual.Error, 1e-9, 1e-12, "standard error");
    }
}
