using OptiCore.Optimizers;

namespace OptiCore.RL;

/// <summary>
/// What agents have in common that learn a table of discounted action values from samples and explore it epsilon-greedily. They need <see cref="Discrete"/> observations and actions; their state is a
/// <see cref="TabularAgentState"/>.
/// </summary>
public abstract record TabularAgent : IAgent<int, int>
{
    /// <summary>The discount gamma of [0, 1]. Default: 0.99.</summary>
    public double Discount { get; init => field = Require.InClosed(value, 0, 1); } = 0.99;

    /// <summary>The learning rate of the first visit, in (0, 1]. Default: 0.1.</summary>
    public double LearningRate { get; init => field = Require.InOpenClosed(value, 0, 1); } = 0.1;

    /// <summary>The exponent w of [0, 1] in alpha = LearningRate / n^w at the n-th visit of a pair: 0 keeps the rate constant (the default), 1 is the 1/n of stochastic approximation.</summary>
    public double LearningRateDecay { get; init => field = Require.InClosed(value, 0, 1); }

    /// <summary>
    /// The probability epsilon of a uniformly random action, by the number of transitions; a number is constant. A probability that rises above 1 later counts as 1.
    /// Default: a line from 1 to 0.05 in 100,000 transitions.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The probability at the beginning is outside [0, 1].</exception>
    /// <exception cref="ArgumentNullException">There is none.</exception>
    public Schedule Exploration { get; init => field = Tabular.Probabilities(value); } = Schedule.Linear(1, 0.05, 100_000);

    /// <summary>The value that every pair begins with. Values above the attainable ones make the agent try everything. Default: 0.</summary>
    public double InitialValue { get; init => field = Require.Finite(value); }

    /// <inheritdoc/>
    public abstract AgentState<int, int> Start(AgentSetup<int, int> setup);

    /// <summary>The learning rate of the n-th visit of a pair.</summary>
    internal double Rate(long visit) => Tabular.Rate(LearningRate, LearningRateDecay, visit);
}
