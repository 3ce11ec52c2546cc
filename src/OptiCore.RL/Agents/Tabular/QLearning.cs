namespace OptiCore.RL;

/// <summary>
/// Tabular Q-learning: Q(s, a) += alpha (r + gamma max_b Q(s', b) - Q(s, a)), with the maximum replaced by 0 where s' terminates, explored epsilon-greedily.
/// </summary>
/// <remarks>
/// <para>C. J. C. H. Watkins, P. Dayan (1992), "Q-learning", Machine Learning 8. Converges to the optimal values when every pair is visited for ever and the learning rates
/// satisfy sum alpha = infinity, sum alpha^2 &lt; infinity: <see cref="TabularAgent.LearningRateDecay"/> in (0.5, 1] (E. Even-Dar, Y. Mansour (2003), "Learning rates for Q-learning"); a
/// constant rate follows changing worlds and keeps noise. A truncated step bootstraps from its final observation, a terminated one doesn't.</para>
/// <para>Memory is three numbers for each pair; a step costs O(actions) for each environment. Environments are absorbed one
/// after the other, each seeing what the one before has learnt. Where the model is known, <see cref="ValueIteration"/> needs no samples.</para>
/// </remarks>
[Algorithm("Q-learning", "Tabular", "C. J. C. H. Watkins, P. Dayan (1992), Q-learning", Capabilities = "discrete observations and actions; off-policy")]
public sealed record QLearning : TabularAgent
{
    /// <inheritdoc/>
    public override AgentState<int, int> Start(AgentSetup<int, int> setup) => new QLearningState(this, setup);
}

/// <summary>The table of a Q-learning agent.</summary>
public sealed class QLearningState : TabularAgentState
{
    private readonly QLearning _options;

    internal QLearningState(QLearning options, AgentSetup<int, int> setup)
        : base(setup, options.Exploration, options.InitialValue) => _options = options;

    /// <inheritdoc/>
    public override AgentAdvance Observe(in Transition<int, int> transition)
    {
        for (int i = 0; i < transition.Actions.Length; i++)
        {
            double target = transition.Rewards[i];
            if (!transition.Terminated[i])
                target += _options.Discount * Tabular.Max(Row(StateOf(transition.NextObservations[i])));
            int pair = Pair(transition.Observations[i], transition.Actions[i]);
            Values[pair] += _options.Rate(++Counts[pair]) * (target - Values[pair]);
            if (!double.IsFinite(Values[pair]))
                return AgentAdvance.Diverged;
        }

        return AgentAdvance.Continue;
    }
}
