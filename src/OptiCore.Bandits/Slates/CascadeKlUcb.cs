namespace OptiCore.Bandits;

/// <summary>
/// CascadeKL-UCB, for users who look through a list from the top and click the first item that attracts them: shows the items with the largest KL-UCB indices of attraction,
/// max { q : n kl(mean, q) &lt;= ln t + 3 ln ln t }, the largest first.
/// </summary>
/// <remarks>
/// <para>B. Kveton, C. Szepesvári, Z. Wen, A. Ashkan (2015), "Cascading bandits: learning to rank in the cascade model", ICML, algorithm 1. Items above the first click were observed without attraction,
/// the clicked one with it, those below not at all; where nothing was clicked all were observed. Clicks below the first aren't used. Regret
/// sum (1 + eps) gap (1 + ln(1 / gap)) / kl(mean, that of the last shown) ln T over the items that don't belong to the best list.</para>
/// <para>t counts the slates that were learnt from, as the plays of <see cref="KlUcb"/> are counted, where the paper counts the one to be shown too; items that were never observed come first, where the paper begins
/// with one observation of each. O(L) indices a choice, no randomness. For users who may click several items see <see cref="PbmUcb"/>.</para>
/// </remarks>
[Algorithm("CascadeKL-UCB", "Slates", "B. Kveton, C. Szepesvári, Z. Wen, A. Ashkan (2015), Cascading bandits: learning to rank in the cascade model")]
public sealed record CascadeKlUcb : ISlatePolicy
{
    /// <summary>The weight of ln ln t. Default: 3, the paper's.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double C { get; init => field = Require.NonNegative(value); } = 3;

    /// <inheritdoc/>
    public SlateState Start(int items, int positions) => new State(this, items, positions);

    private sealed class State(CascadeKlUcb policy, int items, int positions) : SlateState(policy, items, positions)
    {
        protected override void Learn(ReadOnlySpan<int> slate, ReadOnlySpan<double> clicks)
        {
            for (int position = 0; position < slate.Length; position++)
            {
                Observe(slate[position], clicks[position]);
                if (clicks[position] > 0)
                    return;
            }
        }

        protected override double Index(int item)
        {
            double n = Observations[item];
            if (n == 0)
                return double.PositiveInfinity;
            double budget = Math.Log(Updates);
            if (policy.C != 0 && Updates > 3)
                budget += policy.C * Math.Log(budget);
            return default(BernoulliDivergence).UpperBound(Clicks[item] / n, budget / n);
        }
    }
}
