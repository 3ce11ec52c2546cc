namespace OptiCore.RL;

/// <summary>
/// Expected SARSA: Q(s, a) += alpha (r + gamma sum_b pi(b | s') Q(s', b) - Q(s, a)) with pi the epsilon-greedy policy that is played: SARSA without the noise of the next action.
/// </summary>
/// <remarks>
/// <para>H. van Seijen, H. van Hasselt, S. Whiteson, M. Wiering (2009), "A theoretical and empirical analysis of expected Sarsa". The same bias as <see cref="Sarsa"/> and a smaller variance, so that larger learning rates
/// pay: in a deterministic world a rate of 1 is fine. With exploration that has ended it is <see cref="QLearning"/>. The policy is the one at the time of the step: greedy with respect to the current table, uniform among
/// equals, with the exploration of the latest actions.</para>
/// <para>Memory is three numbers for each pair; a step costs O(actions) for each environment.</para>
/// </remarks>
[Algorithm("Expected SARSA", "Tabular", "H. van Seijen, H. van Hasselt, S. Whiteson, M. Wiering (2009), A theoretical and empirical analysis of expected Sarsa", Capabilities = "discrete observations and actions; on-policy")]
public sealed record ExpectedSarsa : TabularAgent
{
    /// <inheritdoc/>
    public override AgentState<int, int> Start(AgentSetup<int, int> setup) => new State(this, setup);

    private sealed class State(ExpectedSarsa options, AgentSetup<int, int> setup) : TabularAgentState(setup, options.Exploration, options.InitialValue)
    {
        public override AgentAdvance Observe(in Transition<int, int> transition)
        {
            for (int i = 0; i < transition.Actions.Length; i++)
            {
                double target = transition.Rewards[i];
                if (!transition.Terminated[i])
                    target += options.Discount * Tabular.Expected(Row(StateOf(transition.NextObservations[i])), Epsilon);
                int pair = Pair(transition.Observations[i], transition.Actions[i]);
                Values[pair] += options.Rate(++Counts[pair]) * (target - Values[pair]);
                if (!double.IsFinite(Values[pair]))
                    return AgentAdvance.Diverged;
            }

            return AgentAdvance.Continue;
        }
    }
}
