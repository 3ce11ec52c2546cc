namespace OptiCore.RL;

/// <summary>Which of several actions of the same expected return is preferred.</summary>
public enum RiskPreference
{
    /// <summary>The one whose worst returns are the best.</summary>
    Safe,

    /// <summary>The one whose best returns are the best.</summary>
    Risky,
}

/// <summary>
/// Distributional dynamic programming with two atoms: the return of each state is summarised by the mean of its worst part alpha and the mean of the rest, weighted alpha and 1 - alpha. A sweep applies the distributional Bellman operator and
/// projects the result back onto two such means. The weighted mean of the atoms is the ordinary value, so that they tell among actions of the same expected return which is safe and which is risky.
/// </summary>
/// <remarks>
/// <para>M. Achab, G. Neu (2021), "Robustness and risk management via distributional dynamic programming". The low atom is the value of a robust decision process, in which an adversary may make each outcome up to 1 / alpha times as likely,
/// in a state space where each state is split into a worst-case and a best-case one; it isn't the conditional value at risk of the return but that of the summary, one step at a time. For the risk of the whole return see
/// <see cref="StockDistributionalIteration"/>.</para>
/// <para>The sweeps contract with gamma. One costs as many operations as the model has outcomes, times the logarithm of those of a pair.</para>
/// </remarks>
[Algorithm("Two-atom distributional iteration", "Planning", "M. Achab, G. Neu (2021), Robustness and risk management via distributional dynamic programming", Capabilities = "safe or risky among optimal actions")]
public sealed record TwoAtomIteration
{
    /// <summary>The discount gamma of [0, 1). Default: 0.99.</summary>
    public double Discount { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.99;

    /// <summary>The part alpha of (0, 1) of returns that the low atom is the mean of. Default: 0.5.</summary>
    public double Level { get; init => field = Require.InOpen(value, 0, 1); } = 0.5;

    /// <summary>How <see cref="Solve"/> chooses among actions of the same expected return. Default: <see cref="RiskPreference.Safe"/>.</summary>
    public RiskPreference Preference { get; init => field = Require.Defined(value); }

    /// <summary>Actions whose expected returns differ by no more than this from the best one count as optimal. Default: 1e-8.</summary>
    public double TieTolerance { get; init => field = Require.NonNegative(value); } = 1e-8;

    /// <summary>The largest change of an atom that counts as converged. Default: 1e-10.</summary>
    public double Tolerance { get; init => field = Require.Positive(value); } = 1e-10;

    /// <summary>The largest number of sweeps. Default: 100,000.</summary>
    public int MaxSweeps { get; init => field = Require.Positive(value); } = 100_000;

    /// <summary>The atoms of a policy.</summary>
    /// <param name="model">The model.</param>
    /// <param name="actions">The action in each state.</param>
    /// <param name="cancellationToken">Ends the sweeps with the atoms so far; never throws.</param>
    /// <exception cref="ArgumentException">There is not one action for each state.</exception>
    public TwoAtomSolution Evaluate(TabularModel model, ReadOnlySpan<int> actions, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        Require.Length(actions.Length, model.States, nameof(actions));
        return Iterate(model, actions.ToArray(), null, cancellationToken);
    }

    /// <summary>The atoms of the policy that is safe, or risky, among those of the highest expected return.</summary>
    /// <param name="model">The model.</param>
    /// <param name="cancellationToken">Ends the sweeps with the atoms so far; never throws.</param>
    public TwoAtomSolution Solve(TabularModel model, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);

        // Which actions are optimal is settled first, so that the preference chooses among the same ones in every sweep.
        TabularSolution optimum = new PolicyIteration { Discount = Discount }.Solve(model, cancellationToken);
        bool[] optimal = new bool[optimum.ActionValues.Length];
        int[] actions = new int[model.States];
        for (int pair = 0; pair < optimal.Length; pair++)
        {
            ReadOnlySpan<double> row = optimum.ActionValues.AsSpan(pair / model.Actions * model.Actions, model.Actions);
            optimal[pair] = optimum.ActionValues[pair] >= Tabular.Max(row) - TieTolerance;
        }

        for (int state = 0; state < actions.Length; state++)
            actions[state] = Array.IndexOf(optimal, true, state * model.Actions) - (state * model.Actions);
        return Iterate(model, actions, optimal, cancellationToken);
    }

    private TwoAtomSolution Iterate(TabularModel model, int[] actions, bool[]? optimal, CancellationToken cancellationToken)
    {
        double[] low = new double[model.States], high = new double[model.States];
        int most = 0;
        for (int pair = 0; pair < model.States * model.Actions; pair++)
            most = Math.Max(most, 2 * model.Outcomes(pair / model.Actions, pair % model.Actions).Length);
        double[] values = new double[most], masses = new double[most];
        double change = double.PositiveInfinity;
        int sweep = 0;
        while (sweep < MaxSweeps && change > Tolerance && !cancellationToken.IsCancellationRequested)
        {
            change = 0;
            for (int state = 0; state < actions.Length; state++)
            {
                (double newLow, double newHigh) = BackUp(model, low, high, state, actions[state], values, masses);
                for (int action = 0; optimal is not null && action < model.Actions; action++)
                {
                    if (!optimal[(state * model.Actions) + action] || action == actions[state])
                        continue;
                    (double otherLow, double otherHigh) = BackUp(model, low, high, state, action, values, masses);
                    bool better = Preference == RiskPreference.Safe ? otherLow > newLow + Tolerance : otherHigh > newHigh + Tolerance;
                    if (better)
                        (newLow, newHigh, actions[state]) = (otherLow, otherHigh, action);
                }

                change = Math.Max(change, Math.Max(Math.Abs(newLow - low[state]), Math.Abs(newHigh - high[state])));
                (low[state], high[state]) = (newLow, newHigh);
            }

            sweep++;
        }

        return new TwoAtomSolution { Converged = change <= Tolerance, Sweeps = sweep, Low = low, High = high, Actions = actions };
    }

    /// <summary>The two tail means of the law of r + gamma theta(s').</summary>
    private (double Low, double High) BackUp(TabularModel model, double[] low, double[] high, int state, int action, double[] values, double[] masses)
    {
        int count = 0;
        double mean = 0;
        foreach (ref readonly TabularOutcome outcome in model.Outcomes(state, action))
        {
            if (outcome.Terminated)
            {
                (values[count], masses[count++]) = (outcome.Reward, outcome.Probability);
                mean += outcome.Probability * outcome.Reward;
                continue;
            }

            double worst = outcome.Reward + (Discount * low[outcome.NextState]), best = outcome.Reward + (Discount * high[outcome.NextState]);
            (values[count], masses[count++]) = (worst, outcome.Probability * Level);
            (values[count], masses[count++]) = (best, outcome.Probability * (1 - Level));
            mean += outcome.Probability * ((Level * worst) + ((1 - Level) * best));
        }

        values.AsSpan(0, count).Sort(masses.AsSpan(0, count));
        double left = Level, sum = 0;
        for (int k = 0; k < count && left > 0; k++)
        {
            double mass = Math.Min(masses[k], left);
            sum += mass * values[k];
            left -= mass;
        }

        // What rounding of the probabilities leaves over belongs to the largest.
        sum += Math.Max(left, 0) * values[count - 1];
        return (sum / Level, (mean - sum) / (1 - Level));
    }
}

/// <summary>The atoms of two-atom distributional iteration and the policy that they belong to.</summary>
public sealed record TwoAtomSolution
{
    /// <summary>Whether the tolerance was reached.</summary>
    public required bool Converged { get; init; }

    /// <summary>The number of sweeps over all states.</summary>
    public required int Sweeps { get; init; }

    /// <summary>The low atom of each state: its worst case.</summary>
    public required double[] Low { get; init; }

    /// <summary>The high atom of each state: its best case.</summary>
    public required double[] High { get; init; }

    /// <summary>The action in each state.</summary>
    public required int[] Actions { get; init; }
}
