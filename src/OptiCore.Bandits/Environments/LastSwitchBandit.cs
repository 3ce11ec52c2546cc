namespace OptiCore.Bandits;

/// <summary>Last-switch-dependent bandit: a play pays 1 with a probability that depends on how long its arm has rested or has been played in a row, else 0.</summary>
/// <remarks>
/// P. Laforgue, G. Clerici, N. Cesa-Bianchi, R. Gilad-Bachrach (2022), "A last switch dependent analysis of satiation and seasonality in bandits", AISTATS; A. Foussoul, V. Goyal, O. Papadigenopoulos, A. Zeevi (2023),
/// "Last switch dependent bandits with monotone payoff functions", ICML. All arms begin fully rested. The state holds the counter of each arm. Where a round may pass without a play, an arm that never pays stands for that.
/// </remarks>
public sealed class LastSwitchBandit : IBanditWithMemory
{
    /// <summary>Creates the bandit; its benchmark is the upper bound of the planner's linear program.</summary>
    /// <param name="payoffs">The mean payoffs, in [0, 1].</param>
    /// <exception cref="ArgumentOutOfRangeException">A mean is larger than 1.</exception>
    public LastSwitchBandit(LastSwitchPayoffs payoffs)
        : this(payoffs, LastSwitchPlanner.BoundOf(Require.NotNull(payoffs)))
    {
    }

    /// <summary>Creates the bandit with a benchmark, such as the value of a plan.</summary>
    /// <param name="payoffs">The mean payoffs, in [0, 1].</param>
    /// <param name="benchmark">The mean reward of a round that regret is measured against.</param>
    /// <exception cref="ArgumentOutOfRangeException">A mean is larger than 1, or the benchmark isn't finite.</exception>
    public LastSwitchBandit(LastSwitchPayoffs payoffs, double benchmark)
    {
        Payoffs = Require.NotNull(payoffs);
        foreach (double mean in payoffs.Means)
            Require.InClosed(mean, 0, 1, nameof(payoffs));
        Benchmark = Require.Finite(benchmark, nameof(benchmark));
    }

    /// <summary>The mean payoffs.</summary>
    public LastSwitchPayoffs Payoffs { get; }

    /// <inheritdoc/>
    public int Arms => Payoffs.Arms;

    /// <summary>0: arms have no features.</summary>
    public int Features => 0;

    /// <summary>Empty.</summary>
    public ReadOnlySpan<double> ActionFeatures => default;

    /// <inheritdoc/>
    public int StateLength => Payoffs.Arms;

    /// <inheritdoc/>
    public double Benchmark { get; }

    /// <inheritdoc/>
    public void Begin(Span<double> state) => state.Fill(Payoffs.LongestRest);

    /// <inheritdoc/>
    public double Mean(ReadOnlySpan<double> state, int arm) => Payoffs.Mean(arm, (int)state[arm]);

    /// <inheritdoc/>
    public double Play(Span<double> state, int arm, RandomKey key)
    {
        double reward = key.Stream().NextDouble() < Mean(state, arm) ? 1 : 0;
        for (int other = 0; other < state.Length; other++)
            state[other] = Payoffs.Next((int)state[other], other == arm);
        return reward;
    }
}
