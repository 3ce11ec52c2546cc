using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests.Evaluation;

/// <summary>Reward models against closed forms and conditions of their minima.</summary>
public class RewardModelTests
{
    private static readonly Population Instance = new(Population.Drawing, Population.Rates);

    [Fact]
    public void TheTabularModelHoldsTheMeans()
    {
        double[] predicted = Predict(new TabularRewardModel { PriorCount = 0 });
        for (int i = 0; i < predicted.Length; i++)
            Promises.Close(Population.Rates[(int)Instance.Log.Contexts[i / 4]][i % 4], predicted[i], 1e-13, 0, "rate");

        // An action that was never taken has the prior's mean, here that of the log.
        var log = new DecisionLog(new DecisionShape(2));
        log.Add([], 0, 1, 0.25);
        log.Add([], 0, 1, 0.75);
        double[] q = new double[4];
        new TabularRewardModel { PriorCount = 2 }.Fit(log, TargetPolicy.Uniform(log)).Predict(log, q);
        Assert.Equal([0.5, 0.5, 0.5, 0.5], q);
        new TabularRewardModel { PriorCount = 2, PriorMean = 0 }.Fit(log, TargetPolicy.Uniform(log)).Predict(log, q);
        Assert.Equal([0.25, 0, 0.25, 0], q);
    }

    [Fact]
    public void RidgeWithoutPenaltyAndFeaturesOfEveryCellIsTheTable()
    {
        double[] predicted = Predict(new RidgeRewardModel { Penalty = 0 });
        for (int i = 0; i < predicted.Length; i++)
            Promises.Close(Population.Rates[(int)Instance.Log.Contexts[i / 4]][i % 4], predicted[i], 1e-11, 0, "rate");

        // Dependent features: the same predictions.
        var doubled = new FeatureMap(16, (context, action, features) => features[action] = features[action + 4] = features[action + 8 + (context[0] == 1 ? 4 : 0)] = 1);
        double[] dependent = Predict(new RidgeRewardModel { Penalty = 0, Features = doubled });
        for (int i = 0; i < predicted.Length; i++)
            Promises.Close(predicted[i], dependent[i], 1e-10, 0, "rate");

        // One feature: beta = sum r / (n + penalty).
        double[] one = Predict(new RidgeRewardModel { Penalty = 10, Features = new FeatureMap(1, (_, _, features) => features[0] = 1) });
        Promises.Close(Instance.Log.Rewards.ToArray().Sum() / (Instance.Log.Count + 10), one[0], 1e-13, 0, "mean");
    }

    [Fact]
    public void TheLogisticModelIsTheStationaryPoint()
    {
        // Free features of every cell: the rates. One free constant: the mean, whatever the penalty.
        double[] predicted = Predict(new LogisticRewardModel { Penalty = 0 });
        for (int i = 0; i < predicted.Length; i++)
            Promises.Close(Population.Rates[(int)Instance.Log.Contexts[i / 4]][i % 4], predicted[i], 1e-9, 0, "rate");
        double[] one = Predict(new LogisticRewardModel { Penalty = 5, FreeFeatures = 1, Features = new FeatureMap(1, (_, _, features) => features[0] = 1) });
        Promises.Close(Instance.Log.Rewards.ToArray().Average(), one[0], 1e-12, 0, "mean");

        // Penalised and alone: n (mean - q) = penalty log(q / (1 - q)).
        double[] shrunk = Predict(new LogisticRewardModel { Penalty = 5, Features = new FeatureMap(1, (_, _, features) => features[0] = 1) });
        double n = Instance.Log.Count;
        Promises.Close(n * (Instance.Log.Rewards.ToArray().Average() - shrunk[0]), 5 * Math.Log(shrunk[0] / (1 - shrunk[0])), 1e-10, 1e-12, "condition");

        var log = new DecisionLog(new DecisionShape(2));
        log.Add([], 0, 0.5, 1);
        log.Add([], 1, 0.5, 0);
        Assert.Contains("Penalty", Assert.Throws<InvalidOperationException>(() => new LogisticRewardModel { Penalty = 0, MaxIterations = 20 }.Fit(log, TargetPolicy.Uniform(log))).Message, StringComparison.Ordinal);
        log.Add([], 1, 0.5, 2);
        Assert.Contains("Decision 2", Assert.Throws<ArgumentOutOfRangeException>(() => new LogisticRewardModel().Fit(log, TargetPolicy.Uniform(log))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CrossFittingPredictsEachFoldFromTheOthers()
    {
        DecisionLog log = EstimatorLawTests.Log(1);
        TargetPolicy target = TargetPolicy.Uniform(log);
        var model = new TabularRewardModel { PriorCount = 3 };
        double[] crossed = new double[log.Count * 3];
        IRewardPredictor predictor = new CrossFittedRewardModel { Model = model, Folds = 4 }.Fit(log, target);
        predictor.Predict(log, crossed);
        for (int fold = 0; fold < 4; fold++)
        {
            DecisionLog others = log.Select([.. Enumerable.Range(0, log.Count).Where(i => i % 4 != fold)]);
            double[] all = new double[log.Count * 3];
            model.Fit(others, TargetPolicy.Uniform(others)).Predict(log, all);
            for (int i = fold; i < log.Count; i += 4)
                Promises.SameBits(all.AsSpan(i * 3, 3), crossed.AsSpan(i * 3, 3), "prediction");
        }

        Assert.Contains("isn't the one that was fitted", Assert.Throws<ArgumentException>(() => predictor.Predict(EstimatorLawTests.Log(1), crossed)).Message, StringComparison.Ordinal);
        Assert.Contains("too few for 100", Assert.Throws<ArgumentException>(() => new CrossFittedRewardModel { Model = model, Folds = 100 }.Fit(log, target)).Message, StringComparison.Ordinal);
    }

    private static double[] Predict(IRewardModel model)
    {
        double[] predictions = new double[Instance.Log.Count * 4];
        model.Fit(Instance.Log, Instance.Target).Predict(Instance.Log, predictions);
        return predictions;
    }
}
