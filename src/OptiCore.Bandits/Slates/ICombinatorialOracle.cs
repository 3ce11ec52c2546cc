namespace OptiCore.Bandits;

/// <summary>A combinatorial problem: which sets of items may be chosen, and the one of largest total weight. Immutable.</summary>
public interface ICombinatorialOracle
{
    /// <summary>Finds a feasible set of largest total weight, without allocation; the same for the same weights.</summary>
    /// <param name="weights">The weight of each item, at least 0.</param>
    /// <param name="chosen">Receives the items of the set, all different.</param>
    /// <returns>How many there are, at most the length of <paramref name="chosen"/>.</returns>
    int Maximize(ReadOnlySpan<double> weights, Span<int> chosen);
}

/// <summary>All sets with a given number of items may be chosen: the largest weights, in falling order, the first of equal ones first.</summary>
public sealed record LargestItems : ICombinatorialOracle
{
    /// <inheritdoc/>
    public int Maximize(ReadOnlySpan<double> weights, Span<int> chosen)
    {
        int count = 0;
        for (int item = 0; item < weights.Length; item++)
        {
            double weight = weights[item];
            if (count == chosen.Length && (count == 0 || !(weight > weights[chosen[count - 1]])))
                continue;
            int at = count < chosen.Length ? count++ : count - 1;
            for (; at > 0 && weight > weights[chosen[at - 1]]; at--)
                chosen[at] = chosen[at - 1];
            chosen[at] = item;
        }

        return count;
    }
}
