namespace OptiCore.Bandits;

/// <summary>
/// UCB-BV1, for one resource whose mean cost has a known lower bound lambda: the arm with the largest reward / cost + (1 + 1/lambda) width / (lambda - width), the means of its plays and
/// width = sqrt(ln(t - 1) / n) in round t. Every arm is played once at first.
/// </summary>
/// <remarks>
/// <para>W. Ding, T. Qin, X.-D. Zhang, T.-Y. Liu (2013), "Multi-armed bandit with budget constraint and variable costs", AAAI. The index bounds the ratio of the means from above where both are within the width: what
/// (reward + width) / (cost - width) exceeds reward / cost by is width (1 + reward / cost) / (cost - width). Where nothing bounds it, width &gt;= lambda or no cost was met so far, it is infinite, and of the arms with
/// infinite indices the one with the fewest plays is taken; which of them, and the first of equal ones, is a choice. Regret of the order ln B against playing the arm with the best ratio of means until the budget B is
/// spent.</para>
/// <para>The paper's constants are those of its proof: before an index is finite an arm needs ln t / lambda^2 plays, and before it tells anything many times that. <see cref="Alpha"/> below 1 is usual in practice.
/// O(K) a choice, no randomness. <see cref="BudgetedThompsonSampling"/> needs no lambda and loses much less; for several resources see <see cref="PrimalDualBwK"/>.</para>
/// </remarks>
[Algorithm("UCB-BV1", "Budgeted", "W. Ding, T. Qin, X.-D. Zhang, T.-Y. Liu (2013), Multi-armed bandit with budget constraint and variable costs")]
public sealed record UcbBv1 : IBudgetedPolicy
{
    /// <summary>A lower bound lambda of the mean costs of all arms, in (0, 1].</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside (0, 1].</exception>
    public required double LeastCost { get; init => field = Require.InOpenClosed(value, 0, 1); }

    /// <summary>The factor of the width. Default: 1, the paper's.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double Alpha { get; init => field = Require.NonNegative(value); } = 1;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There is more than one resource.</exception>
    public BudgetedState Start(int arms, ReadOnlySpan<double> budgets, long rounds, RandomKey key)
    {
        Require.Length(budgets.Length, 1, nameof(budgets));
        return new State(this, arms, budgets, rounds, key);
    }

    private sealed class State(UcbBv1 policy, int arms, ReadOnlySpan<double> budgets, long rounds, RandomKey key) : BudgetedState(policy, arms, budgets, rounds, key)
    {
        protected override int Select(long round)
        {
            int unplayed = Unplayed(round);
            if (unplayed >= 0)
                return unplayed;

            double scale = policy.Alpha * Math.Sqrt(Math.Log(Updates)), largest = double.NegativeInfinity;
            int best = 0;
            for (int arm = 0; arm < Arms; arm++)
            {
                double index = Index(arm, scale / Math.Sqrt(Pulls[arm]));
                if (index > largest || (double.IsPositiveInfinity(index) && Pulls[arm] < Pulls[best]))
                    (largest, best) = (index, arm);
            }

            return best;
        }

        protected override void Learn(int arm, double reward, ReadOnlySpan<double> costs)
        {
        }

        protected override void Forget()
        {
        }

        private double Index(int arm, double width)
        {
            double cost = MeanCost(arm, 0), least = policy.LeastCost;
            return cost == 0 || width >= least ? double.PositiveInfinity : (MeanReward(arm) / cost) + ((1 + (1 / least)) * width / (least - width));
        }
    }
}
