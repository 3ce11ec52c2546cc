using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// Watkins's Q(lambda): with delta = r + gamma max_b Q(s', b) - Q(s, a), every pair changes by delta times its eligibility trace. Traces decay by gamma lambda and end where an action isn't greedy, because what
/// follows no longer tells about the greedy policy.
/// </summary>
/// <remarks>
/// <para>C. J. C. H. Watkins (1989), "Learning from delayed rewards"; the form of R. S. Sutton, A. G. Barto (2018), "Reinforcement learning: an introduction", section 12.10. An action counts as greedy if no other one has a
/// higher value when its step is observed. Converges to the optimal values whatever is played (R. Munos, T. Stepleton, A. Harutyunyan, M. G. Bellemare (2016), "Safe and efficient off-policy reinforcement
/// learning"), but with much exploration most traces end at once, where <see cref="PengQLambda"/> learns faster and <see cref="TreeBackup"/> cuts less. With lambda = 0 it is <see cref="QLearning"/>.</para>
/// <para>A truncated step bootstraps from its final observation. Memory is three numbers for each pair and one and a half for each pair and environment; a step costs O(actions + traces) for each environment.</para>
/// </remarks>
[Algorithm("Watkins's Q(lambda)", "Tabular", "C. J. C. H. Watkins (1989), Learning from delayed rewards", Capabilities = "discrete observations and actions; off-policy")]
public sealed record WatkinsQLambda : TabularAgent
{
    /// <summary>The decay lambda of [0, 1] of the traces. Default: 0.9.</summary>
    public double Lambda { get; init => field = Require.InClosed(value, 0, 1); } = 0.9;

    /// <summary>Whether a visit sets its trace to one instead of adding one. Default: false.</summary>
    public bool ReplacingTraces { get; init; }

    /// <inheritdoc/>
    public override AgentState<int, int> Start(AgentSetup<int, int> setup) => new State(this, setup);

    private sealed class State : TabularAgentState
    {
        private readonly WatkinsQLambda _options;
        private readonly EligibilityTraces _traces;

        public State(WatkinsQLambda options, AgentSetup<int, int> setup)
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
                bool greedy = Values[pair] == Tabular.Max(Row(StateOf(transition.Observations[i])));
                double target = transition.Rewards[i];
                if (!transition.Terminated[i])
                    target += _options.Discount * Tabular.Max(Row(StateOf(transition.NextObservations[i])));
                double error = target - Values[pair], rate = _options.Rate(++Counts[pair]);
                _traces.Decay(i, greedy ? _options.Discount * _options.Lambda : 0);
                _traces.Set(i, pair, _options.ReplacingTraces ? rate : _traces[i, pair] + rate);
                _traces.Apply(i, error, Values);
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
