using System.Globalization;

namespace OptiCore.Bandits;

/// <summary>
/// CombUCB1, for sets of items under constraints, whose total reward counts and whose items' rewards are all seen (semi-bandit feedback): the feasible set with the largest sum of
/// mean + sqrt(1.5 ln t / n), found by an oracle.
/// </summary>
/// <remarks>
/// <para>B. Kveton, Z. Wen, A. Ashkan, C. Szepesvári (2015), "Tight regret bounds for stochastic combinatorial semi-bandits", AISTATS, algorithm 1, for rewards in [0, 1]. As there, it begins with sets
/// that hold as many items as possible that weren't observed yet. Regret O(K L ln T / gap) for sets of at most K among L items.</para>
/// <para>One call of the oracle a choice, no randomness. An item that no feasible set holds together with what the oracle prefers has the weight 1 until it is observed.</para>
/// </remarks>
[Algorithm("CombUCB1", "Slates", "B. Kveton, Z. Wen, A. Ashkan, C. Szepesvári (2015), Tight regret bounds for stochastic combinatorial semi-bandits")]
public sealed record CombUcb1 : ISlatePolicy
{
    /// <summary>The feasible sets. Default: all with as many items as positions.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public ICombinatorialOracle Oracle { get; init => field = Require.NotNull(value); } = new LargestItems();

    /// <inheritdoc/>
    public SlateState Start(int items, int positions) => new State(this, items, positions);

    private sealed class State(CombUcb1 policy, int items, int positions) : SlateState(policy, items, positions)
    {
        private readonly double[] _weights = new double[items];

        protected override int Select(Span<int> slate)
        {
            bool isComplete = true;
            for (int item = 0; item < Items; item++)
            {
                _weights[item] = Observations[item] == 0 ? 1 : 0;
                isComplete &= Observations[item] > 0;
            }

            if (!isComplete)
            {
                int found = Maximize(slate);
                foreach (int item in slate[..found])
                {
                    if (Observations[item] == 0)
                        return found;
                }
            }

            for (int item = 0; item < Items; item++)
                _weights[item] = Observations[item] == 0 ? 1 : Index(item);
            return Maximize(slate);
        }

        protected override void Learn(ReadOnlySpan<int> slate, ReadOnlySpan<double> clicks)
        {
            for (int i = 0; i < slate.Length; i++)
                Observe(slate[i], clicks[i]);
        }

        protected override double Index(int item)
        {
            double n = Observations[item];
            return n == 0 ? double.PositiveInfinity : (Clicks[item] / n) + Math.Sqrt(1.5 * Math.Log(Updates) / n);
        }

        private int Maximize(Span<int> slate)
        {
            int count = policy.Oracle.Maximize(_weights, slate);
            if ((uint)count > (uint)slate.Length)
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"The oracle says that it chose {count} items; there are {slate.Length} positions."));
            return count;
        }
    }
}
