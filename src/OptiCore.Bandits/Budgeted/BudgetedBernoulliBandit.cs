namespace OptiCore.Bandits;

/// <summary>What a policy with budgets plays against. Immutable; a play is a pure function of the arm and the randomness, so one instance serves many threads and every policy meets the same rewards and costs.</summary>
public interface IBudgetedBandit
{
    /// <summary>The number K of arms.</summary>
    int Arms { get; }

    /// <summary>The number of resources.</summary>
    int Resources { get; }

    /// <summary>The expected reward of an arm.</summary>
    /// <param name="arm">The arm, from 0.</param>
    double Mean(int arm);

    /// <summary>What a play of an arm is expected to take of a resource.</summary>
    /// <param name="arm">The arm, from 0.</param>
    /// <param name="resource">The resource, from 0.</param>
    double Cost(int arm, int resource);

    /// <summary>Plays an arm.</summary>
    /// <param name="arm">The arm, from 0.</param>
    /// <param name="key">The randomness of this arm in this round of this replication; nothing else draws from it.</param>
    /// <param name="costs">Receives what it takes of each resource, in [0, 1].</param>
    /// <returns>The reward, in [0, 1].</returns>
    double Play(int arm, RandomKey key, Span<double> costs);
}

/// <summary>Arms that pay 1 with a fixed probability, else 0, and take 1 of each resource with fixed probabilities, else nothing; all independent.</summary>
public sealed class BudgetedBernoulliBandit : IBudgetedBandit
{
    private readonly double[] _means, _costs;

    /// <summary>Creates the bandit.</summary>
    /// <param name="means">The success probability of each arm, in [0, 1]; at least one.</param>
    /// <param name="costs">The probabilities in [0, 1] with which arms take 1 of resources: those of the first arm for all resources, then of the second, and so on.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no arm, or a probability lies outside [0, 1].</exception>
    /// <exception cref="ArgumentException">The number of costs isn't a positive multiple of the number of arms.</exception>
    public BudgetedBernoulliBandit(ReadOnlySpan<double> means, ReadOnlySpan<double> costs)
    {
        Require.Positive(means.Length, nameof(means));
        if (costs.IsEmpty || costs.Length % means.Length != 0)
            throw new ArgumentException($"costs has {costs.Length} numbers; it must have one for each resource and each of the {means.Length} arms.", nameof(costs));
        foreach (double mean in means)
            Require.InClosed(mean, 0, 1, nameof(means));
        foreach (double cost in costs)
            Require.InClosed(cost, 0, 1, nameof(costs));
        _means = means.ToArray();
        _costs = costs.ToArray();
        Resources = costs.Length / means.Length;
    }

    /// <inheritdoc/>
    public int Arms => _means.Length;

    /// <inheritdoc/>
    public int Resources { get; }

    /// <inheritdoc/>
    public double Mean(int arm) => _means[arm];

    /// <inheritdoc/>
    public double Cost(int arm, int resource) => _costs[(arm * Resources) + resource];

    /// <inheritdoc/>
    public double Play(int arm, RandomKey key, Span<double> costs)
    {
        RandomStream stream = key.Stream();
        double reward = stream.NextDouble() < _means[arm] ? 1 : 0;
        for (int resource = 0; resource < costs.Length; resource++)
            costs[resource] = stream.NextDouble() < Cost(arm, resource) ? 1 : 0;
        return reward;
    }
}
