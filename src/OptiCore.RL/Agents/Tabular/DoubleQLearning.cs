using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// Double Q-learning: two tables, of which each transition updates one at random, A(s, a) += alpha (r + gamma B(s', argmax_b A(s', b)) - A(s, a)) or the same with the tables exchanged. One table chooses the action
/// and the other one values it, so that noise isn't mistaken for value as it is by the maximum of <see cref="QLearning"/>; the double estimate errs low instead.
/// </summary>
/// <remarks>
/// <para>H. van Hasselt (2010), "Double Q-learning". Actions are chosen by the mean of the two tables, which is what <see cref="TabularAgentState.ActionValues"/> holds; the learning rate of an update counts
/// the updates of its own table. Of several best actions the first counts. Converges to the optimal values under the conditions of Q-learning. Each table sees half of the transitions, so that it is
/// slower where rewards aren't noisy.</para>
/// <para>Memory is seven numbers for each pair; a step costs O(actions) for each environment.</para>
/// </remarks>
[Algorithm("Double Q-learning", "Tabular", "H. van Hasselt (2010), Double Q-learning", Capabilities = "discrete observations and actions; off-policy")]
public sealed record DoubleQLearning : TabularAgent
{
    /// <inheritdoc/>
    public override AgentState<int, int> Start(AgentSetup<int, int> setup) => new State(this, setup);

    private sealed class State : TabularAgentState
    {
        private readonly DoubleQLearning _options;
        private readonly RandomKey _coins;
        private readonly double[][] _tables;
        private readonly long[][] _updates;
        private long _observed;

        public State(DoubleQLearning options, AgentSetup<int, int> setup)
            : base(setup, options.Exploration, options.InitialValue)
        {
            _options = options;
            _coins = Key.Fold("coins");
            _tables = [Values.ToArray(), Values.ToArray()];
            _updates = [new long[Values.Length], new long[Values.Length]];
        }

        public override AgentAdvance Observe(in Transition<int, int> transition)
        {
            RandomStream coins = _coins.Fold(_observed++).Stream();
            for (int i = 0; i < transition.Actions.Length; i++)
            {
                int chosen = (int)(coins.NextUInt32() >> 31);
                double[] table = _tables[chosen], other = _tables[1 - chosen];
                double target = transition.Rewards[i];
                if (!transition.Terminated[i])
                {
                    int first = StateOf(transition.NextObservations[i]) * ActionCount;
                    target += _options.Discount * other[first + Tabular.Greedy(table.AsSpan(first, ActionCount), 0)];
                }

                int pair = Pair(transition.Observations[i], transition.Actions[i]);
                Counts[pair]++;
                table[pair] += _options.Rate(++_updates[chosen][pair]) * (target - table[pair]);
                Values[pair] = 0.5 * (table[pair] + other[pair]);
                if (!double.IsFinite(Values[pair]))
                    return AgentAdvance.Diverged;
            }

            return AgentAdvance.Continue;
        }

        public override void Persist(StateArchive archive)
        {
            base.Persist(archive);
            archive.Transfer<double>(_tables[0]);
            archive.Transfer<double>(_tables[1]);
            archive.Transfer<long>(_updates[0]);
            archive.Transfer<long>(_updates[1]);
            archive.Transfer(ref _observed);
        }
    }
}
