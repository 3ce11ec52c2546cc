using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// Peng's Q(lambda): moves Q(s_t, a_t) towards G_t = r_t + gamma ((1 - lambda) max_b Q(s_{t+1}, b) + lambda G_{t+1}) along the path that was played, without ending traces where an action wasn't greedy.
/// </summary>
/// <remarks>
/// <para>J. Peng, R. J. Williams (1996), "Incremental multi-step Q-learning". With V = max_b Q, e = r + gamma V(s') - V(s) and e' = r + gamma V(s') - Q(s, a): traces decay by gamma lambda, every pair changes by its
/// trace times e, the current one by alpha e' besides, and then its trace grows by alpha. The sums of these changes are those of the forward view above.</para>
/// <para>With a fixed behaviour mu the limit isn't Q* but the value of the mixture that follows mu with probability lambda and the greedy policy else; it is Q* where the behaviour slowly becomes greedy, as a falling
/// <see cref="TabularAgent.Exploration"/> makes it (T. Kozuno, Y. Tang, M. Rowland, R. Munos, S. Kapturowski, W. Dabney, M. Valko, D. Abel (2021), "Revisiting Peng's Q(lambda) for modern reinforcement learning";
/// <see cref="MultiStepIteration"/> computes both). In exchange rewards travel along whole episodes; <see cref="WatkinsQLambda"/> and <see cref="TreeBackup"/> are safe with any behaviour.</para>
/// <para>A truncated step bootstraps from its final observation. Memory is three numbers for each pair and one and a half for each pair and environment; a step costs O(actions + traces) for each environment.</para>
/// </remarks>
[Algorithm("Peng's Q(lambda)", "Tabular", "J. Peng, R. J. Williams (1996), Incremental multi-step Q-learning", Capabilities = "discrete observations and actions; nearly on-policy")]
public sealed record PengQLambda : TabularAgent
{
    /// <summary>The decay lambda of [0, 1] of the traces. Default: 0.9.</summary>
    public double Lambda { get; init => field = Require.InClosed(value, 0, 1); } = 0.9;

    /// <inheritdoc/>
    public override AgentState<int, int> Start(AgentSetup<int, int> setup) => new State(this, setup);

    private sealed class State : TabularAgentState
    {
        private readonly PengQLambda _options;
        private readonly EligibilityTraces _traces;

        public State(PengQLambda options, AgentSetup<int, int> setup)
            : base(setup, options.Exploration, options.InitialValue)
        {
            _options = options;
            _traces = new EligibilityTraces(setup.Count, Values.Length);
        }

        public override AgentAdvance Observe(in Transition<int, int> transition)
        {
            bool finite = true;
            for (int i = 0; i < transition.Actions.Length; i++)
            {
                int pair = Pair(transition.Observations[i], transition.Actions[i]);
                double target = transition.Rewards[i];
                if (!transition.Terminated[i])
                    target += _options.Discount * Tabular.Max(Row(StateOf(transition.NextObservations[i])));
                double errorOfPair = target - Values[pair], error = target - Tabular.Max(Row(StateOf(transition.Observations[i])));
                double rate = _options.Rate(++Counts[pair]);
                _traces.Decay(i, _options.Discount * _options.Lambda);
                _traces.Apply(i, error, Values);
                Values[pair] += rate * errorOfPair;
                _traces.Set(i, pair, _traces[i, pair] + rate);
                if (transition.Terminated[i] || transition.Truncated[i])
                    _traces.Clear(i);
                finite &= double.IsFinite(Values[pair]);
            }

            return Advance(finite);
        }

        public override void Persist(StateArchive archive)
        {
            base.Persist(archive);
            archive.Transfer(_traces);
        }
    }
}
