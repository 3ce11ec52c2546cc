using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// Dyna-Q: after each step of <see cref="QLearning"/> as many more, from a learnt model, for pairs drawn uniformly from those seen before. With <see cref="CuriosityBonus"/> kappa it is Dyna-Q+: a planned step earns
/// kappa sqrt(tau) more where the pair was last tried tau transitions ago, and actions never tried in a state are planned with as well, as if they stayed there and earned nothing.
/// </summary>
/// <remarks>
/// <para>R. S. Sutton (1990), "Integrated architectures for learning, planning, and reacting based on approximating dynamic programming"; the forms of R. S. Sutton, A. G. Barto (2018), "Reinforcement learning: an introduction",
/// sections 8.2 and 8.3. Planning costs computation and saves samples: in a maze a few episodes where Q-learning needs dozens. The bonus makes the agent try again what it hasn't tried for long, so that it
/// notices when a closed way has opened; in a world that doesn't change it costs reward. Planned steps use the learning rate of the pair's latest
/// real visit.</para>
/// <para><see cref="PrioritizedSweeping"/> spends planning where values change instead of uniformly. Memory is five numbers for each pair and five for each outcome seen; a step costs O(planning steps (actions + outcomes)) for each
/// environment.</para>
/// </remarks>
[Algorithm("Dyna-Q", "Tabular", "R. S. Sutton (1990), Integrated architectures for learning, planning, and reacting based on approximating dynamic programming", Capabilities = "discrete observations and actions; model-based; Dyna-Q+")]
public sealed record DynaQ : TabularAgent
{
    /// <summary>The planned steps for each transition. Default: 10.</summary>
    public int PlanningSteps { get; init => field = Require.NonNegative(value); } = 10;

    /// <summary>
    /// Whether the model repeats the last outcome of a pair, which follows changing deterministic worlds at once, or draws from all outcomes by their frequencies, which random worlds need. Default: the last one, as published.
    /// </summary>
    public bool RepeatsLastOutcome { get; init; } = true;

    /// <summary>The factor kappa of the bonus; 0 is Dyna-Q without plus. Default: 0.</summary>
    public double CuriosityBonus { get; init => field = Require.NonNegative(value); }

    /// <inheritdoc/>
    public override AgentState<int, int> Start(AgentSetup<int, int> setup) => new State(this, setup);

    private sealed class State : TabularAgentState
    {
        private readonly DynaQ _options;
        private readonly RandomKey _planning;
        private readonly EmpiricalModel _model;
        private readonly double[] _lastReward;
        private readonly int[] _lastNext;
        private readonly long[] _lastTried;

        // The pairs that planning draws from, in the order of discovery: visited ones, or every action of visited states where curiosity asks for it.
        private readonly int[] _known;
        private int _knownLength;
        private long _observed;

        public State(DynaQ options, AgentSetup<int, int> setup)
            : base(setup, options.Exploration, options.InitialValue)
        {
            _options = options;
            _planning = Key.Fold("planning");
            _model = new EmpiricalModel(StateCount, ActionCount);
            _lastReward = new double[Values.Length];
            _lastNext = new int[Values.Length];
            _lastTried = new long[Values.Length];
            _known = new int[Values.Length];
        }

        public override AgentAdvance Observe(in Transition<int, int> transition)
        {
            bool finite = true;
            for (int i = 0; i < transition.Actions.Length; i++)
            {
                int state = StateOf(transition.Observations[i]), next = StateOf(transition.NextObservations[i]);
                int pair = (state * ActionCount) + ActionOf(transition.Actions[i]);
                double reward = transition.Rewards[i];
                bool terminated = transition.Terminated[i];
                Remember(state, pair);
                if (!_options.RepeatsLastOutcome)
                    _model.Add(state, ActionOf(transition.Actions[i]), reward, next, terminated);
                _lastReward[pair] = reward;
                _lastNext[pair] = terminated ? -1 : next;
                _lastTried[pair] = ++_observed;
                Counts[pair]++;
                finite &= Learn(pair, reward, terminated ? -1 : next);
                finite &= Plan(_planning.Fold(_observed).Stream());
            }

            return Advance(finite);
        }

        public override void Persist(StateArchive archive)
        {
            base.Persist(archive);
            archive.Transfer(_model);
            archive.Transfer<double>(_lastReward);
            archive.Transfer<int>(_lastNext);
            archive.Transfer<long>(_lastTried);
            archive.Transfer<int>(_known);
            archive.Transfer(ref _knownLength);
            archive.Transfer(ref _observed);
        }

        private void Remember(int state, int pair)
        {
            if (_options.CuriosityBonus == 0)
            {
                if (Counts[pair] == 0)
                    _known[_knownLength++] = pair;
                return;
            }

            int first = state * ActionCount;
            for (int action = 0; action < ActionCount; action++)
            {
                if (Counts[first + action] > 0)
                    return;
            }

            for (int action = 0; action < ActionCount; action++)
            {
                _known[_knownLength++] = first + action;
                (_lastReward[first + action], _lastNext[first + action], _lastTried[first + action]) = (0, state, _observed);
            }
        }

        private bool Plan(RandomStream stream)
        {
            bool finite = true;
            for (int step = 0; step < _options.PlanningSteps; step++)
            {
                int pair = _known[Draw.Below(ref stream, _knownLength)];
                double uniform = stream.NextDouble(), reward = _lastReward[pair];
                int next = _lastNext[pair];
                if (!_options.RepeatsLastOutcome && Counts[pair] > 0)
                {
                    int entry = _model.Sample(pair, uniform);
                    reward = _model.OutcomeReward(entry);
                    next = _model.IsEnd(entry) ? -1 : _model.NextState(entry);
                }

                reward += _options.CuriosityBonus * Math.Sqrt(_observed - _lastTried[pair]);
                finite &= Learn(pair, reward, next);
            }

            return finite;
        }

        private bool Learn(int pair, double reward, int next)
        {
            double target = reward + (next < 0 ? 0 : _options.Discount * Tabular.Max(Row(next)));
            Values[pair] += _options.Rate(Math.Max(Counts[pair], 1)) * (target - Values[pair]);
            return double.IsFinite(Values[pair]);
        }
    }
}
