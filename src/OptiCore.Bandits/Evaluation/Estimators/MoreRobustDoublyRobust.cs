namespace OptiCore.Bandits;

/// <summary>
/// More robust doubly robust (MRDR): doubly robust, mean(qbar + w (r - q)), with the linear reward model q(x, a) = phi(x, a) beta that minimises the variance of that mean instead of the errors of q.
/// </summary>
/// <remarks>
/// <para>M. Farajtabar, Y. Chow, M. Ghavamzadeh (2018), "More robust doubly robust off-policy evaluation". beta minimises sum over decisions of w (D phi beta - e_a r)' (diag(1 / mu) - 1 1') (D phi beta - e_a r),
/// where mu and D = diag(pi) are the probabilities of all actions under logging and target policy: in expectation, that is the variance given the context, up to a constant. For a target that
/// takes one action it is weighted least squares over the decisions in which that action was taken, with weights (1 - mu) / mu^2.</para>
/// <para>A target that draws needs the logging policy's probabilities of all actions in the log. Dependent features get the minimiser of least norm. O(n K p^2 + p^3) with p features, less where they are
/// mostly 0.</para>
/// </remarks>
[Algorithm("More robust doubly robust", "Off-policy evaluation", "M. Farajtabar, Y. Chow, M. Ghavamzadeh (2018), More robust doubly robust off-policy evaluation")]
public sealed record MoreRobustDoublyRobust : IOffPolicyEstimator
{
    /// <summary>The features of the reward model; null takes <see cref="FeatureMap.For"/>.</summary>
    public FeatureMap? Features { get; init; }

    /// <summary>A penalty of the squared coefficients, at least 0. Default: 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative, NaN or infinite.</exception>
    public double Penalty { get; init => field = Require.NonNegative(value); }

    bool IOffPolicyEstimator.NeedsRewardModel => false;

    bool IOffPolicyEstimator.TakesPositions => false;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The target draws and the log lacks the logging policy's probabilities, or one of them is 0 where the target's isn't; the message names the decision.</exception>
    public void Evaluate(OffPolicyData data, EstimatorTerms terms)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(terms);
        FeatureMap map = Features ?? FeatureMap.For(data.Log.Shape);
        var equations = new NormalEquations(map.Length);
        double[] features = new double[map.Length], mean = new double[map.Length], coefficients = new double[map.Length];
        for (int i = 0; i < data.Count; i++)
        {
            if (data.Weights[i] > 0)
                Add(data, i, map, equations, features, mean);
        }

        for (int j = 0; Penalty > 0 && j < map.Length; j++)
            equations.AddToDiagonal(j, Penalty);
        equations.Solve(coefficients);

        double[] predictions = new double[data.Target.Probabilities.Length];
        new LinearPredictor(data.Log.Shape, map, coefficients, isLogistic: false).Predict(data.Log, predictions);
        var modelled = new OffPolicyData(data.Log, data.Target, predictions);
        data.Weights.CopyTo(terms.Weights);
        DoublyRobust.Correct(modelled, terms);
    }

    private static void Add(OffPolicyData data, int index, FeatureMap map, NormalEquations equations, double[] features, double[] mean)
    {
        int actions = data.Log.Shape.Actions, taken = data.Log.Actions[index];
        LoggedDecision decision = data.Log[index];
        ReadOnlySpan<double> target = data.Target.Probabilities.Slice(index * actions, actions);
        double weight = data.Weights[index], propensity = decision.Propensities[0], reward = decision.Rewards[0];
        if (target[taken] == 1)
        {
            map.Write(decision.Context, taken, features);
            equations.Add(features, (1 - propensity) / (propensity * propensity), reward);
            return;
        }

        if (!data.Log.Shape.HasProbabilities)
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"Decision {index}: the target draws its action, so that the log needs the logging policy's probabilities of all actions, which this one lacks."), nameof(data));
        }

        // D phi beta - e_a r as K numbers z: sum of z_b^2 / mu_b minus the square of sum z_b.
        Array.Clear(mean);
        for (int b = 0; b < actions; b++)
        {
            if (target[b] == 0)
                continue;
            double logging = decision.Probabilities[b];
            if (logging == 0)
                throw new ArgumentException(FormattableString.Invariant($"Decision {index}: action {b} has probability 0 under the logging policy and {target[b]} under the target."), nameof(data));
            map.Write(decision.Context, b, features);
            for (int j = 0; j < features.Length; j++)
            {
                features[j] *= target[b];
                mean[j] += features[j];
            }

            equations.Add(features, weight / logging, b == taken ? reward : 0);
        }

        equations.Add(mean, -weight, reward);
    }
}
