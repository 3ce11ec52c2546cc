namespace OptiCore.Bandits;

/// <summary>What estimators read: the decisions, the target policy, the importance weights and the reward model's predictions.</summary>
public sealed class OffPolicyData
{
    private readonly double[] _weights, _predictions, _logged, _expected;

    /// <summary>Joins a log with a target policy and predictions.</summary>
    /// <param name="log">The decisions, at least one.</param>
    /// <param name="target">The policy that is to be evaluated, made for this log.</param>
    /// <param name="predictions">The predicted reward of every action at every position, n L K finite numbers; empty where no estimator needs them.</param>
    /// <exception cref="ArgumentException">The log is empty, the policy is of another log, or the predictions have another length or aren't finite.</exception>
    public OffPolicyData(DecisionLog log, TargetPolicy target, ReadOnlySpan<double> predictions = default)
    {
        Log = Require.NotNull(log);
        Target = Require.NotNull(target);
        if (log.Count == 0)
            throw new ArgumentException("log holds no decision.", nameof(log));
        int actions = log.Shape.Actions, rows = log.Count * log.Shape.Positions;
        if (target.Shape.Actions != actions || target.Shape.Positions != log.Shape.Positions)
            throw new ArgumentException($"target is for decisions of {target.Shape}, the log's are {log.Shape}.", nameof(target));
        Require.Length(target.Probabilities.Length, rows * actions, nameof(target));
        if (!predictions.IsEmpty)
            Require.Length(predictions.Length, rows * actions, nameof(predictions));
        Require.AllFinite(predictions, nameof(predictions));

        _predictions = predictions.ToArray();
        _weights = new double[rows];
        _logged = new double[predictions.IsEmpty ? 0 : rows];
        _expected = new double[_logged.Length];
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<double> law = target.Probabilities.Slice(row * actions, actions);
            int action = log.Actions[row];
            _weights[row] = law[action] / log.Propensities[row];
            if (_logged.Length == 0)
                continue;
            ReadOnlySpan<double> predicted = predictions.Slice(row * actions, actions);
            _logged[row] = predicted[action];
            double sum = 0;
            for (int a = 0; a < law.Length; a++)
                sum += law[a] * predicted[a];
            _expected[row] = sum;
        }
    }

    /// <summary>The decisions.</summary>
    public DecisionLog Log { get; }

    /// <summary>The policy that is to be evaluated.</summary>
    public TargetPolicy Target { get; }

    /// <summary>The number n of decisions.</summary>
    public int Count => Log.Count;

    /// <summary>The importance weight of each position, w = target probability / propensity of the action taken: n L numbers.</summary>
    public ReadOnlySpan<double> Weights => _weights;

    /// <summary>The reward of each position, n L numbers.</summary>
    public ReadOnlySpan<double> Rewards => Log.Rewards;

    /// <summary>The predicted reward q of every action, n L K numbers; empty without a reward model.</summary>
    public ReadOnlySpan<double> Predictions => _predictions;

    /// <summary>The predicted reward of the action taken, n L numbers; empty without a reward model.</summary>
    public ReadOnlySpan<double> LoggedPredictions => _logged;

    /// <summary>The predicted reward of the target policy, sum over a of target probability times q: n L numbers; empty without a reward model.</summary>
    public ReadOnlySpan<double> ExpectedPredictions => _expected;
}
