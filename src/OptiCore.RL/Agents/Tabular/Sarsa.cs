using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// SARSA(lambda): learns the values of the policy that is played, exploration included. With delta = r + gamma Q(s', a') - Q(s, a), every pair changes by delta times its eligibility trace; traces decay by
/// gamma lambda at each step and a visit adds its learning rate. With lambda = 0 only the last pair changes: Q(s, a) += alpha delta.
/// </summary>
/// <remarks>
/// <para>G. A. Rummery, M. Niranjan (1994), "On-line Q-learning using connectionist systems"; R. S. Sutton, A. G. Barto (2018), "Reinforcement learning: an introduction", sections 6.4, 12.5 and 12.7. The three kinds of
/// traces are those of <see cref="EligibilityTraceKind"/>; the true online update of the last is Q += (delta + Q(s, a) - Q_old) e - alpha (Q(s, a) - Q_old) at the pair, where Q_old is what Q(s, a) was when the last step
/// bootstrapped from it. A trace holds the learning rate of its visit.</para>
/// <para>Since it values the exploring policy, it stays away from where a random action is dear (the cliff), where <see cref="QLearning"/> goes along the edge; with exploration that vanishes both become optimal.</para>
/// <para>A step is learnt from when the action after it is known, one step later. A terminated step isn't followed by anything; a truncated one, whose next action nobody takes, bootstraps from the expected value
/// of its final observation under the policy. Memory is three numbers for each pair and one and a half for each pair and environment; a step costs O(actions + traces) for each environment.</para>
/// </remarks>
[Algorithm("SARSA(lambda)", "Tabular", "G. A. Rummery, M. Niranjan (1994), On-line Q-learning using connectionist systems", Capabilities = "discrete observations and actions; on-policy; accumulating, replacing or true online traces")]
public sealed record Sarsa : TabularAgent
{
    /// <summary>The decay lambda of [0, 1] of the traces: 0 learns from one step, 1 from whole episodes. Default: 0.</summary>
    public double Lambda { get; init => field = Require.InClosed(value, 0, 1); }

    /// <summary>What a visit does to a trace. Default: <see cref="EligibilityTraceKind.Dutch"/>.</summary>
    public EligibilityTraceKind Traces { get; init => field = Require.Defined(value); } = EligibilityTraceKind.Dutch;

    /// <inheritdoc/>
    public override AgentState<int, int> Start(AgentSetup<int, int> setup) => new State(this, setup);

    private sealed class State : TabularAgentState
    {
        private readonly Sarsa _options;
        private readonly EligibilityTraces _traces;

        // The pair that waits for its successor, -1 for none; its reward; Q(s, a) as it was when the step before bootstrapped from it.
        private readonly int[] _pairs;
        private readonly double[] _rewards;
        private readonly double[] _old;

        public State(Sarsa options, AgentSetup<int, int> setup)
            : base(setup, options.Exploration, options.InitialValue)
        {
            _options = options;
            _traces = new EligibilityTraces(setup.Count, Values.Length);
            _pairs = new int[setup.Count];
            _pairs.AsSpan().Fill(-1);
            _rewards = new double[setup.Count];
            _old = new double[setup.Count];
        }

        public override AgentAdvance Observe(in Transition<int, int> transition)
        {
            bool finite = true;
            for (int i = 0; i < transition.Actions.Length; i++)
            {
                int pair = Pair(transition.Observations[i], transition.Actions[i]);
                if (_pairs[i] >= 0)
                    finite &= Learn(i, _pairs[i], _rewards[i], Values[pair]);
                else
                    _old[i] = Values[pair];
                (_pairs[i], _rewards[i]) = (pair, transition.Rewards[i]);
                if (!transition.Terminated[i] && !transition.Truncated[i])
                    continue;
                double next = transition.Terminated[i] ? 0 : Tabular.Expected(Row(StateOf(transition.NextObservations[i])), Epsilon);
                finite &= Learn(i, pair, transition.Rewards[i], next);
                _pairs[i] = -1;
                _traces.Clear(i);
            }

            return Advance(finite);
        }

        public override void Persist(StateArchive archive)
        {
            base.Persist(archive);
            archive.Transfer(_traces);
            archive.Transfer<int>(_pairs);
            archive.Transfer<double>(_rewards);
            archive.Transfer<double>(_old);
        }

        private bool Learn(int environment, int pair, double reward, double next)
        {
            double rate = _options.Rate(++Counts[pair]), decay = _options.Discount * _options.Lambda, value = Values[pair];
            double error = reward + (_options.Discount * next) - value;
            _traces.Decay(environment, decay);
            double trace = _traces[environment, pair];
            _traces.Set(environment, pair, _options.Traces switch
            {
                EligibilityTraceKind.Accumulating => trace + rate,
                EligibilityTraceKind.Replacing => rate,
                _ => trace + (rate * (1 - trace)),
            });
            if (_options.Traces == EligibilityTraceKind.Dutch)
            {
                double change = value - _old[environment];
                _traces.Apply(environment, error + change, Values);
                Values[pair] -= rate * change;
                _old[environment] = next;
            }
            else
            {
                _traces.Apply(environment, error, Values);
            }

            return double.IsFinite(Values[pair]);
        }
    }
}
