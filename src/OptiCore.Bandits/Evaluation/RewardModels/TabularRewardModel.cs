namespace OptiCore.Bandits;

/// <summary>The mean reward of each action in each context that repeats, drawn towards a prior: q(x, a) = (sum of rewards + m c) / (count + c).</summary>
/// <remarks>
/// <para>For contexts that take few values, and for none. An action that was never taken in a context gets the prior's mean m. It is the posterior mean of a Bernoulli reward under a
/// Beta(m c, (1 - m) c) prior, and of a normal one under a normal prior that is worth c rewards.</para>
/// <para>O(n) to fit, O(n K) to predict.</para>
/// </remarks>
public sealed record TabularRewardModel : IRewardModel
{
    /// <summary>The mean m of the prior. Default: NaN, the mean reward of the log.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is infinite.</exception>
    public double PriorMean { get; init => field = double.IsNaN(value) ? value : Require.Finite(value); } = double.NaN;

    /// <summary>The number c of rewards that the prior is worth, at least 0. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative, NaN or infinite.</exception>
    public double PriorCount { get; init => field = Require.NonNegative(value); } = 1;

    /// <inheritdoc/>
    public IRewardPredictor Fit(DecisionLog log, TargetPolicy target)
    {
        ArgumentNullException.ThrowIfNull(log);
        OffPolicy.RequireOnePosition(log, nameof(log));
        if (log.Count == 0)
            throw new ArgumentException("log holds no decision.", nameof(log));
        int actions = log.Shape.Actions;
        var cells = new ContextCells(log.Shape.ContextLength);
        int[] index = cells.Index(log);
        double total = 0;
        double[] sums = new double[checked(cells.Count * actions)], counts = new double[sums.Length];
        for (int i = 0; i < index.Length; i++)
        {
            int cell = (index[i] * actions) + log.Actions[i];
            sums[cell] += log.Rewards[i];
            counts[cell]++;
            total += log.Rewards[i];
        }

        double prior = double.IsNaN(PriorMean) ? total / log.Count : PriorMean;
        for (int cell = 0; cell < sums.Length; cell++)
            sums[cell] = counts[cell] + PriorCount > 0 ? (sums[cell] + (prior * PriorCount)) / (counts[cell] + PriorCount) : prior;
        return new Predictor(log.Shape, cells, sums, prior);
    }

    private sealed class Predictor(DecisionShape shape, ContextCells cells, double[] means, double prior) : IRewardPredictor
    {
        public void Predict(DecisionLog log, Span<double> predictions)
        {
            RewardModelArgument.Check(log, shape, predictions);
            for (int i = 0; i < log.Count; i++)
            {
                int cell = cells.Find(log.Contexts.Slice(i * shape.ContextLength, shape.ContextLength));
                Span<double> row = predictions.Slice(i * shape.Actions, shape.Actions);
                if (cell < 0)
                    row.Fill(prior);
                else
                    means.AsSpan(cell * shape.Actions, shape.Actions).CopyTo(row);
            }
        }
    }
}
