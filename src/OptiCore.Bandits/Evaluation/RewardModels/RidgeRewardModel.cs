namespace OptiCore.Bandits;

/// <summary>Rewards linear in features, q(x, a) = phi(x, a) beta, with beta the minimiser of sum (r - q)^2 + Penalty |beta|^2.</summary>
/// <remarks>
/// <para>A. E. Hoerl, R. W. Kennard (1970), "Ridge regression". Where features are dependent and there is no penalty, beta is the minimiser of least norm. Solved by normal equations: features should be
/// of similar size.</para>
/// <para>O(n p^2 + p^3) to fit, O(n K p) to predict.</para>
/// </remarks>
public sealed record RidgeRewardModel : IRewardModel
{
    /// <summary>The features; null takes <see cref="FeatureMap.For"/>.</summary>
    public FeatureMap? Features { get; init; }

    /// <summary>The penalty of the squared coefficients, at least 0. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative, NaN or infinite.</exception>
    public double Penalty { get; init => field = Require.NonNegative(value); } = 1;

    /// <inheritdoc/>
    public IRewardPredictor Fit(DecisionLog log, TargetPolicy target)
    {
        ArgumentNullException.ThrowIfNull(log);
        OffPolicy.RequireOnePosition(log, nameof(log));
        FeatureMap map = Features ?? FeatureMap.For(log.Shape);
        var equations = new NormalEquations(map.Length);
        double[] features = new double[map.Length], coefficients = new double[map.Length];
        for (int i = 0; i < log.Count; i++)
        {
            LoggedDecision decision = log[i];
            map.Write(decision.Context, decision.Actions[0], features);
            equations.Add(features, 1, decision.Rewards[0]);
        }

        for (int j = 0; j < map.Length; j++)
            equations.AddToDiagonal(j, Penalty);
        equations.Solve(coefficients);
        return new LinearPredictor(log.Shape, map, coefficients, isLogistic: false);
    }
}
