namespace OptiCore.RL;

/// <summary>
/// Plans for a functional of the whole return, not its mean alone: the state is augmented by the stock c, what has been collected so far on the scale of today, c' = (c + r) / gamma; the distribution of the return G(s, c) is kept for every
/// state and stock, backed up by eta(s, c) &lt;- law of r + gamma G(s', c'), and the action in (s, c) is the one whose law of c + G has the highest expected utility.
/// </summary>
/// <remarks>
/// <para>B. A. Pires, M. Rowland, D. Borsa, Z. D. Guo, K. Khetarpal, A. Barreto, D. Abel, R. Munos, W. Dabney (2025), "Optimizing return distributions with distributional dynamic programming". With the identity for utility it is
/// <see cref="ValueIteration"/>; with <see cref="StockUtility.LowerTail"/> it maximises the conditional value at risk, for which the best plan depends on what has been collected (N. Bäuerle, J. Ott (2011), "Markov decision
/// processes with average-value-at-risk criteria"); with <see cref="StockUtility.Distance"/> it aims at a total.</para>
/// <para>The form here is the paper's iteration on grids: distributions have their mass on <see cref="Returns"/>, split between neighbours so that means are kept, and stock plus return at a stock between two of <see cref="Stocks"/> is
/// distributed as the mixture of those at its neighbours; returns beyond the ends count as the ends, and at stocks beyond them the return is that of the end. With a utility that is linear between the points where stock plus return can
/// be, which asks for stocks among the returns of the grid where it has kinks, the expected utilities then follow a contraction, as those of classical dynamic programming do. Without discounting and with rewards that are multiples of both spacings nothing is rounded and the plan is exact; else the error falls with the spacings.</para>
/// <para><see cref="EvaluationSweeps"/> of 0 is distributional value iteration, many are distributional policy iteration. A sweep costs O(stocks returns outcomes) operations; memory is two numbers for each state, stock and return.</para>
/// </remarks>
[Algorithm("Stock-augmented distributional iteration", "Planning", "B. A. Pires, M. Rowland, D. Borsa, Z. D. Guo, K. Khetarpal, A. Barreto, D. Abel, R. Munos, W. Dabney (2025), Optimizing return distributions with distributional dynamic programming", Capabilities = "conditional value at risk, expected utility, targets")]
public sealed record StockDistributionalIteration
{
    /// <summary>The discount gamma of (0, 1]. With 1, every policy must terminate. Default: 0.99.</summary>
    public double Discount { get; init => field = Require.InOpenClosed(value, 0, 1); } = 0.99;

    /// <summary>What is maximised. Default: <see cref="StockUtility.LowerTail"/>.</summary>
    /// <exception cref="ArgumentNullException">There is none.</exception>
    public StockUtility Utility { get; init => field = Require.NotNull(value, nameof(Utility)); } = StockUtility.LowerTail;

    /// <summary>The stocks. Default: 101 from -10 to 10.</summary>
    /// <exception cref="ArgumentNullException">There are none.</exception>
    public UniformGrid Stocks { get; init => field = Require.NotNull(value, nameof(Stocks)); } = new(-10, 10, 101);

    /// <summary>The returns. Default: 101 from -10 to 10.</summary>
    /// <exception cref="ArgumentNullException">There are none.</exception>
    public UniformGrid Returns { get; init => field = Require.NotNull(value, nameof(Returns)); } = new(-10, 10, 101);

    /// <summary>The sweeps with each policy before the next one is chosen. Default: 0.</summary>
    public int EvaluationSweeps { get; init => field = Require.NonNegative(value); }

    /// <summary>The largest change of an expected utility that counts as converged. Default: 1e-10.</summary>
    public double Tolerance { get; init => field = Require.Positive(value); } = 1e-10;

    /// <summary>The largest number of sweeps that choose actions. Default: 10,000.</summary>
    public int MaxSweeps { get; init => field = Require.Positive(value); } = 10_000;

    /// <summary>Solves a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="cancellationToken">Ends the sweeps with the distributions so far; never throws.</param>
    public StockDistributionalSolution Solve(TabularModel model, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        int stocks = Stocks.Points, atoms = Returns.Points, rows = checked(model.States * stocks);
        double[] laws = new double[checked(rows * atoms)], next = new double[rows * atoms], scratch = new double[atoms], values = new double[rows];
        int[] actions = new int[rows];
        (int zero, double part) = Returns.Locate(0);
        for (int row = 0; row < rows; row++)
        {
            laws[(row * atoms) + zero] = 1 - part;
            laws[(row * atoms) + zero + 1] = part;
            values[row] = double.NaN;
        }

        double change = double.PositiveInfinity;
        int sweep = 0;
        while (sweep < MaxSweeps && !(change <= Tolerance) && !cancellationToken.IsCancellationRequested)
        {
            change = 0;
            for (int row = 0; row < rows; row++)
            {
                double stock = Stocks[row % stocks], best = double.NegativeInfinity;
                for (int action = 0; action < model.Actions; action++)
                {
                    BackUp(model, laws, row, action, scratch);
                    double value = Expected(scratch, stock);

                    // An action that is better by rounding alone doesn't replace another one, so that equal ones don't take turns.
                    if (value <= best + (1e-12 * (1 + Math.Abs(best))))
                        continue;
                    (best, actions[row]) = (value, action);
                    scratch.CopyTo(next, row * atoms);
                }

                change = Math.Max(change, double.IsNaN(values[row]) ? double.PositiveInfinity : Math.Abs(best - values[row]));
                values[row] = best;
            }

            (laws, next) = (next, laws);
            sweep++;
            for (int evaluation = 0; evaluation < EvaluationSweeps; evaluation++)
            {
                for (int row = 0; row < rows; row++)
                    BackUp(model, laws, row, actions[row], next.AsSpan(row * atoms, atoms));
                (laws, next) = (next, laws);
            }
        }

        return new StockDistributionalSolution(this, change <= Tolerance, sweep, model.States, values, actions, laws);
    }

    /// <summary>The law of r + gamma G(s', c') for an action in a state with a stock.</summary>
    private void BackUp(TabularModel model, double[] laws, int row, int action, Span<double> law)
    {
        int stocks = Stocks.Points, atoms = Returns.Points;
        (int state, int at) = Math.DivRem(row, stocks);
        law.Clear();
        foreach (ref readonly TabularOutcome outcome in model.Outcomes(state, action))
        {
            if (outcome.Terminated)
            {
                (int index, double weight) = Returns.Locate(outcome.Reward);
                law[index] += (1 - weight) * outcome.Probability;
                law[index + 1] += weight * outcome.Probability;
                continue;
            }

            // Between two stocks, stock plus return is distributed as at one or the other; beyond the ends the return is distributed as at the end.
            double stock = Math.Clamp((Stocks[at] + outcome.Reward) / Discount, Stocks.Low, Stocks.High);
            (int below, double above) = Stocks.Locate(stock);
            int first = ((outcome.NextState * stocks) + below) * atoms;
            Add(laws.AsSpan(first, atoms), outcome.Reward + (Discount * (Stocks[below] - stock)), outcome.Probability * (1 - above), law);
            if (above > 0)
                Add(laws.AsSpan(first + atoms, atoms), outcome.Reward + (Discount * (Stocks[below + 1] - stock)), outcome.Probability * above, law);
        }
    }

    /// <summary>Adds the law of shift + gamma G with a weight.</summary>
    private void Add(ReadOnlySpan<double> source, double shift, double weight, Span<double> law)
    {
        double start = (shift + (Discount * Returns.Low) - Returns.Low) / Returns.Spacing, nearest = Math.Round(start);

        // Whole steps stay whole steps, so that nothing leaks into neighbours by rounding.
        if (Math.Abs(start - nearest) < 1e-9)
            start = nearest;
        for (int k = 0; k < source.Length; k++)
        {
            double mass = weight * source[k];
            if (mass == 0)
                continue;
            double position = Math.Clamp(start + (Discount * k), 0, law.Length - 1);
            int index = Math.Min((int)position, law.Length - 2);
            double above = mass * (position - index);
            law[index] += mass - above;
            law[index + 1] += above;
        }
    }

    private double Expected(ReadOnlySpan<double> law, double stock)
    {
        double sum = 0;
        for (int k = 0; k < law.Length; k++)
            sum += law[k] == 0 ? 0 : law[k] * Utility.Of(stock + Returns[k]);
        return sum;
    }
}
