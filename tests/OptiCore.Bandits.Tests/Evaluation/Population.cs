namespace OptiCore.Bandits.Tests.Evaluation;

/// <summary>
/// A small bandit whose every decision can be listed: the log holds each outcome as often as its probability says, so that means over the log are expectations and variances are variances, exactly.
/// </summary>
public sealed class Population
{
    // Probabilities in tenths, by context.
    private static readonly int[][] LoggingTenths = [[5, 3, 1, 1], [1, 2, 3, 4]];
    private readonly double[][] _target;
    private readonly double[][] _rates;

    public Population(double[][] target, double[][] rates, bool hasProbabilities = true)
    {
        _target = target;
        _rates = rates;
        Log = new DecisionLog(new DecisionShape(4, 1, 1, hasProbabilities));
        for (int x = 0; x < 2; x++)
        {
            double[] law = [.. LoggingTenths[x].Select(t => t / 10.0)];
            for (int a = 0; a < 4; a++)
            {
                // Each action ten times for each tenth of its probability, of which its rate is rewarded by 1 and the rest by 0.
                for (int outcome = 0; outcome < 10 * LoggingTenths[x][a]; outcome++)
                {
                    double reward = outcome % 10 < (int)Math.Round(10 * rates[x][a]) ? 1 : 0;
                    Log.Add(new LoggedDecision { Context = [x], Actions = [a], Propensities = [law[a]], Rewards = [reward], Probabilities = hasProbabilities ? law : [] });
                }
            }
        }

        Target = TargetPolicy.From(Log, (decision, _, probabilities) => target[(int)decision.Context[0]].CopyTo(probabilities));
        Value = Enumerable.Range(0, 2).Average(x => target[x].Zip(rates[x], (p, q) => p * q).Sum());
    }

    public static double[][] Drawing { get; } = [[0.1, 0.2, 0.3, 0.4], [0.6, 0.2, 0.1, 0.1]];

    public static double[][] Deterministic { get; } = [[0, 0, 1, 0], [0, 1, 0, 0]];

    public static double[][] Rates { get; } = [[0.1, 0.5, 0.9, 0.3], [0.7, 0.2, 0.4, 0.6]];

    public DecisionLog Log { get; }

    public TargetPolicy Target { get; }

    /// <summary>The true value of the target.</summary>
    public double Value { get; }

    public static double Tenth(int context, int action) => LoggingTenths[context][action] / 10.0;

    public OffPolicyData Data(Func<int, int, double> predictions)
    {
        double[] all = new double[Log.Count * 4];
        for (int i = 0; i < Log.Count; i++)
        {
            for (int a = 0; a < 4; a++)
                all[(i * 4) + a] = predictions((int)Log.Contexts[i], a);
        }

        return new OffPolicyData(Log, Target, all);
    }

    /// <summary>Data whose predictions are the true expected rewards.</summary>
    public OffPolicyData TrueData() => Data((x, a) => _rates[x][a]);

    public double TargetProbability(int context, int action) => _target[context][action];

    /// <summary>The expectation and the variance of an estimate from one decision.</summary>
    public static (double Mean, double Variance) Law(IOffPolicyEstimator estimator, OffPolicyData data)
    {
        EstimatorTerms terms = OffPolicy.Terms(estimator, data);
        Assert.False(terms.IsRatio);
        double mean = terms.Values.ToArray().Average();
        return (mean, terms.Values.ToArray().Average(v => (v - mean) * (v - mean)));
    }
}
