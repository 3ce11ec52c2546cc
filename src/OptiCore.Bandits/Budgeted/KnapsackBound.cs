using OptiCore.Optimizers;

namespace OptiCore.Bandits;

/// <summary>What policies with budgets are measured against.</summary>
public static class KnapsackBound
{
    /// <summary>
    /// An upper bound of what any policy can expect to earn: the value of the linear program max sum_k mean_k x_k subject to sum_k cost_ki x_k &lt;= B_i for each resource, sum_k x_k &lt;= T and x &gt;= 0,
    /// x_k being the number of plays of arm k (A. Badanidiyuru, R. Kleinberg, A. Slivkins, 2013, "Bandits with knapsacks", lemma 3.1). Of the means, solved to a relative accuracy of about 1e-9.
    /// </summary>
    /// <param name="bandit">The bandit.</param>
    /// <param name="budgets">What there is of each resource, positive.</param>
    /// <param name="rounds">The most rounds T.</param>
    /// <exception cref="ArgumentException">There aren't as many budgets as resources.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number isn't positive, or a budget isn't finite.</exception>
    public static double LinearProgramBound(this IBudgetedBandit bandit, ReadOnlySpan<double> budgets, long rounds)
    {
        ArgumentNullException.ThrowIfNull(bandit);
        Require.Length(budgets.Length, bandit.Resources, nameof(budgets));
        foreach (double budget in budgets)
            Require.Positive(budget, nameof(budgets));
        Require.Positive(rounds, nameof(rounds));

        // In units of what the best single arm earns, and rows in units of their right sides, so that all numbers are of the order of 1.
        int arms = bandit.Arms, resources = bandit.Resources;
        double unit = 0;
        for (int arm = 0; arm < arms; arm++)
        {
            double plays = rounds;
            for (int resource = 0; resource < resources; resource++)
                plays = Math.Min(plays, budgets[resource] / bandit.Cost(arm, resource));
            unit = Math.Max(unit, plays * bandit.Mean(arm));
        }

        if (unit == 0)
            return 0;
        double[] negated = new double[arms], rows = new double[(resources + 1) * arms], right = new double[resources + 1];
        Array.Fill(right, 1);
        for (int arm = 0; arm < arms; arm++)
        {
            negated[arm] = -bandit.Mean(arm);
            for (int resource = 0; resource < resources; resource++)
                rows[(resource * arms) + arm] = bandit.Cost(arm, resource) * unit / budgets[resource];
            rows[(resources * arms) + arm] = unit / rounds;
        }

        return -unit * new HomogeneousInteriorPoint().Solve(LinearProgram.FromDense(negated, rows, right, [], [])).EnsureConverged().Value;
    }
}
