using OptiCore.Optimizers;

namespace OptiCore.Bandits;

/// <summary>
/// Plans for last-switch-dependent arms with known payoffs mu_i that don't fall with the counter: a linear program over patterns of rest and play, a random pattern and offset for each arm, and in each round
/// the play of the offered arm with the largest payoff. In expectation a plan earns at least 1 - 1/e = 0.632 of the best there is; of many plans the best is kept.
/// </summary>
/// <remarks>
/// <para>The problem, which is NP-hard, and a constant factor for it by a relaxation over patterns with virtual counters: A. Foussoul, V. Goyal, O. Papadigenopoulos, A. Zeevi (2023), "Last switch dependent bandits with
/// monotone payoff functions", ICML. Random offsets: O. Papadigenopoulos, C. Caramanis, S. Shakkottai (2022), "Non-stationary bandits under recharging payoffs: improved planning with sublinear regret", NeurIPS. The exact
/// form here, for counters that stop at D and -N, and its proof are OptiCore's own:</para>
/// <para><b>Program.</b> x_i(d, n) is the rate of cycles in which arm i rests d rounds, 1 to D, and is then played n times, 1 to N + 1, for r_i(d, n) = mu_i(d) + mu_i(-1) + ... + mu_i(-(n - 1)); y_i that of further plays at the
/// counter -N. Maximise sum r_i(d, n) x_i(d, n) + sum mu_i(-N) y_i subject to sum (d + n) x_i(d, n) + y_i &lt;= 1 for each arm (its time) and sum n x_i(d, n) + sum y_i &lt;= 1 over all arms (one play a round), all
/// variables &gt;= 0. Cutting the rounds of any schedule into cycles of each arm gives rates that satisfy both, up to the two unfinished cycles at the ends: the value is an upper bound of every long-run average.</para>
/// <para><b>Rounding.</b> Arm i gets the pattern (d, n) with probability (d + n) x_i(d, n), that of being offered always with probability y_i, else none; its offset is uniform. In a given round, then, it is offered at
/// the counter s of its pattern with probability p_i(s), the rate of plays at s in the program, independently of the other arms, and sum p_i(s) &lt;= 1. The largest offered payoff has the expectation integral of 1 - prod(1 - P_i(v)) dv with P_i(v) the probability of an
/// offer above v; this is at least the integral of 1 - exp(-sum P_i(v)), hence at least 1 - 1/e times that of sum P_i(v), the value of the program. The real counter of an offered arm is at least that of its pattern: at the first offer
/// of a cycle it has rested d rounds or more; later it was either played throughout the cycle, or less often in a row, or it has rested; so the real payoff is no smaller.</para>
/// <para>Rounds without an offer are filled with one arm where that pays (it may harm the arm's pattern; the value of each plan is computed with the counters that really occur, and the best is kept) or where
/// <see cref="MustPlay"/> asks for it. The factor holds where a round may pass without a play. One program of K (D (N + 1) + 1) variables and K + 1 rows; a plan's evaluation costs O(K) a round for each arm that may fill.</para>
/// </remarks>
[Algorithm("LP planner for last-switch-dependent bandits", "With memory", "A. Foussoul, V. Goyal, O. Papadigenopoulos, A. Zeevi (2023), Last switch dependent bandits with monotone payoff functions")]
public sealed record LastSwitchPlanner
{
    /// <summary>The number of random plans of which the best is kept. Default: 64.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public int Draws { get; init => field = Require.Positive(value); } = 64;

    /// <summary>Whether every round plays an arm. Default: rounds may pass without a play.</summary>
    public bool MustPlay { get; init; }

    /// <summary>Makes a plan.</summary>
    /// <param name="payoffs">The mean payoffs.</param>
    /// <param name="key">The randomness of patterns and offsets; draw r takes <c>key.Fold(r)</c>.</param>
    public LastSwitchPlan Plan(LastSwitchPayoffs payoffs, RandomKey key)
    {
        ArgumentNullException.ThrowIfNull(payoffs);
        double[] rates = Relax(payoffs, out double bound);
        var best = new LastSwitchPlan(payoffs.Arms, payoffs.LongestRest, payoffs.LongestRun);
        var plan = new LastSwitchPlan(payoffs.Arms, payoffs.LongestRest, payoffs.LongestRun);
        best.Begin(payoffs, bound);
        for (int draw = 0; draw < Draws; draw++)
        {
            plan.Begin(payoffs, bound);
            Round(payoffs, rates, plan, key.Fold(draw));
            plan.Evaluate(payoffs, MustPlay);
            if (plan.Value > best.Value)
                best.CopyFrom(plan);
        }

        return best;
    }

    /// <summary>The value of the linear program: an upper bound of the mean payoff of a round in the long run, however arms are played.</summary>
    /// <param name="payoffs">The mean payoffs.</param>
    public static double BoundOf(LastSwitchPayoffs payoffs)
    {
        Relax(Require.NotNull(payoffs), out double bound);
        return bound;
    }

    /// <summary>Solves the program: for each arm x(d, n), d after d, then y.</summary>
    private static double[] Relax(LastSwitchPayoffs payoffs, out double bound)
    {
        int arms = payoffs.Arms, bursts = payoffs.LongestRun + 1, width = (payoffs.LongestRest * bursts) + 1, count = arms * width;
        double[] cost = new double[count], rows = new double[(arms + 1) * count], right = new double[arms + 1];
        Array.Fill(right, 1);
        for (int arm = 0; arm < arms; arm++)
        {
            Span<double> time = rows.AsSpan((arm * count) + (arm * width), width), plays = rows.AsSpan((arms * count) + (arm * width), width);
            for (int d = 1, at = arm * width, k = 0; d <= payoffs.LongestRest; d++)
            {
                double sum = payoffs.Mean(arm, d);
                for (int n = 1; n <= bursts; n++, k++)
                {
                    (time[k], plays[k]) = (d + n, n);
                    cost[at + k] = -sum;
                    sum += payoffs.Mean(arm, -n);
                }
            }

            time[^1] = plays[^1] = 1;
            cost[((arm + 1) * width) - 1] = -payoffs.Mean(arm, -payoffs.LongestRun);
        }

        ProgramResult result = new HomogeneousInteriorPoint().Solve(LinearProgram.FromDense(cost, rows, right, [], [])).EnsureConverged();
        bound = -Math.Min(result.Value, result.DualValue);
        return result.Point;
    }

    private static void Round(LastSwitchPayoffs payoffs, ReadOnlySpan<double> rates, LastSwitchPlan plan, RandomKey key)
    {
        RandomStream stream = key.Stream();
        int bursts = payoffs.LongestRun + 1, width = rates.Length / payoffs.Arms;
        for (int arm = 0; arm < payoffs.Arms; arm++)
        {
            double left = stream.NextDouble(), place = stream.NextDouble();
            ReadOnlySpan<double> x = rates.Slice(arm * width, width);
            for (int k = 0; k < width; k++)
            {
                (int rest, int burst) = k == width - 1 ? (0, 1) : (1 + (k / bursts), 1 + (k % bursts));
                left -= (rest + burst) * Math.Max(0, x[k]);
                if (left < 0)
                {
                    plan.SetPattern(arm, rest, burst, (int)(place * (rest + burst)));
                    break;
                }
            }
        }
    }
}
