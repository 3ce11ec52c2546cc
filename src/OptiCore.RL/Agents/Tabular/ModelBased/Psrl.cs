using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// Posterior sampling for reinforcement learning (PSRL), Thompson sampling of whole decision processes: at the beginning of each episode one model is drawn from the posterior, solved backwards over the horizon, and its optimal policy
/// is played to the end of the episode. What might be better is tried in proportion to how likely it is, and with a plan that leads there.
/// </summary>
/// <remarks>
/// <para>I. Osband, D. Russo, B. Van Roy (2013), "(More) efficient reinforcement learning via posterior sampling": the Bayesian regret over T steps in episodes of H is of the order H S sqrt(A T). The prior here is the usual conjugate
/// one: transitions of a pair are Dirichlet with <see cref="TransitionPrior"/> pseudo-counts spread evenly over all states and the end of the task, the mean reward is normal with
/// <see cref="RewardPriorMean"/> and <see cref="RewardPriorCount"/>, and rewards are taken for normal with the deviation <see cref="RewardNoise"/>.</para>
/// <para>Each environment draws its own model when it begins an episode, from what all have seen by then. Where episodes of the environment are longer than H, a new one begins for the agent after H steps. The action values, and the policies
/// taken from them, are those of the first step in the model of the posterior means.</para>
/// <para>Memory is H numbers for each state and environment, S + 1 for each pair and six for each outcome seen. An episode of one environment costs S A (S + 1) gamma draws and O(H S^2 A) operations: the choice for up to a hundred
/// states or so; <see cref="UcbValueIteration"/> plans in the outcomes that were seen only.</para>
/// </remarks>
[Algorithm("PSRL", "Tabular", "I. Osband, D. Russo, B. Van Roy (2013), (More) efficient reinforcement learning via posterior sampling", Capabilities = "discrete observations and actions; model-based; episodes of fixed length")]
public sealed record Psrl : IAgent<int, int>
{
    /// <summary>The number of steps H of an episode. Default: 20.</summary>
    public int Horizon { get; init => field = Require.Positive(value); } = 20;

    /// <summary>The discount gamma of [0, 1] within an episode; 1 is the paper's. Default: 1.</summary>
    public double Discount { get; init => field = Require.InClosed(value, 0, 1); } = 1;

    /// <summary>The pseudo-counts of a pair's transitions, all successors together. Default: 1.</summary>
    public double TransitionPrior { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The mean of a pair's expected reward before it was tried. Default: 0.</summary>
    public double RewardPriorMean { get; init => field = Require.Finite(value); }

    /// <summary>How many rewards that mean counts for. Default: 1.</summary>
    public double RewardPriorCount { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The standard deviation of a reward about its expectation. Default: 1.</summary>
    public double RewardNoise { get; init => field = Require.Positive(value); } = 1;

    /// <inheritdoc/>
    public AgentState<int, int> Start(AgentSetup<int, int> setup) => new PsrlState(this, setup);
}

/// <summary>The counts and the plans of posterior sampling.</summary>
public sealed class PsrlState : TabularAgentState
{
    private readonly Psrl _options;
    private readonly RandomKey _models;
    private readonly EpisodeSteps _steps;
    private readonly int[] _plans;
    private readonly double[] _transitions;
    private readonly double[] _rewards;
    private readonly double[] _next;
    private readonly double[] _value;
    private long _drawn;
    private bool _stale = true;

    internal PsrlState(Psrl options, AgentSetup<int, int> setup)
        : base(setup, 0, 0)
    {
        _options = options;
        _models = Key.Fold("models");
        _steps = new EpisodeSteps(setup.Count, options.Horizon);
        Model = new EmpiricalModel(StateCount, ActionCount);
        _plans = new int[checked(setup.Count * options.Horizon * StateCount)];
        _transitions = new double[checked(Values.Length * (StateCount + 1))];
        _rewards = new double[Values.Length];
        _next = new double[StateCount];
        _value = new double[StateCount];
    }

    /// <summary>What was counted. To be read only.</summary>
    public EmpiricalModel Model { get; }

    /// <inheritdoc/>
    public override void Explore(ReadOnlySpan<int> observations, long steps, Span<int> actions)
    {
        for (int i = 0; i < observations.Length; i++)
        {
            Span<int> plan = _plans.AsSpan(i * _options.Horizon * StateCount, _options.Horizon * StateCount);
            if (_steps[i] == 0)
            {
                Sample();
                Solve(plan);
                if (_stale)
                    Exploit();
                _stale = false;
            }

            actions[i] = ActionNumber(plan[(_steps[i] * StateCount) + StateOf(observations[i])]);
        }
    }

    /// <inheritdoc/>
    public override AgentAdvance Observe(in Transition<int, int> transition)
    {
        for (int i = 0; i < transition.Actions.Length; i++)
        {
            Model.Add(StateOf(transition.Observations[i]), ActionOf(transition.Actions[i]), transition.Rewards[i], StateOf(transition.NextObservations[i]), transition.Terminated[i]);
            Counts[Pair(transition.Observations[i], transition.Actions[i])]++;
            _steps.Advance(i, transition.Terminated[i] || transition.Truncated[i]);
        }

        _stale = true;
        return AgentAdvance.Continue;
    }

    /// <inheritdoc/>
    public override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        archive.Transfer(Model);
        archive.Transfer(_steps);
        archive.Transfer<int>(_plans);
        archive.Transfer(ref _drawn);
        archive.Transfer(ref _stale);
    }

    /// <summary>Draws a model. Of a pair, the last of the S + 1 transitions is the end.</summary>
    private void Sample()
    {
        RandomKey key = _models.Fold(_drawn++);
        int successors = StateCount + 1;
        for (int pair = 0; pair < Values.Length; pair++)
        {
            // The number of words that a gamma draw reads varies: each pair has its own stream.
            RandomStream stream = key.Fold(pair).Stream();
            Span<double> row = _transitions.AsSpan(pair * successors, successors);
            row.Fill(_options.TransitionPrior / successors);
            for (int entry = Model.First(pair); entry >= 0; entry = Model.Next(entry))
                row[Model.IsEnd(entry) ? StateCount : Model.NextState(entry)] += Model.Count(entry);
            double sum = 0;
            foreach (ref double weight in row)
            {
                weight = stream.NextGamma(weight);
                sum += weight;
            }

            foreach (ref double weight in row)
                weight /= sum;
            _rewards[pair] = MeanReward(pair) + (_options.RewardNoise / Math.Sqrt(_options.RewardPriorCount + Counts[pair]) * stream.NextNormal());
        }
    }

    private void Solve(Span<int> plan)
    {
        Array.Clear(_next);
        for (int step = _options.Horizon - 1; step >= 0; step--)
        {
            for (int state = 0; state < StateCount; state++)
            {
                int best = 0;
                double most = double.NegativeInfinity;
                for (int action = 0; action < ActionCount; action++)
                {
                    int pair = (state * ActionCount) + action;
                    ReadOnlySpan<double> row = _transitions.AsSpan(pair * (StateCount + 1), StateCount);
                    double mean = 0;
                    for (int next = 0; next < row.Length; next++)
                        mean += row[next] * _next[next];
                    double value = _rewards[pair] + (_options.Discount * mean);
                    if (value > most)
                        (best, most) = (action, value);
                }

                plan[(step * StateCount) + state] = best;
                _value[state] = most;
            }

            _value.CopyTo(_next, 0);
        }
    }

    /// <summary>The values of the first step in the model of the posterior means.</summary>
    private void Exploit()
    {
        Array.Clear(_next);
        for (int step = _options.Horizon - 1; step >= 0; step--)
        {
            double prior = 0;
            foreach (double value in _next)
                prior += value;
            prior *= _options.TransitionPrior / (StateCount + 1);
            for (int pair = 0; pair < Values.Length; pair++)
            {
                double mean = (prior + (Counts[pair] == 0 ? 0 : Counts[pair] * Model.MeanNext(pair, _next))) / (_options.TransitionPrior + Counts[pair]);
                Values[pair] = MeanReward(pair) + (_options.Discount * mean);
            }

            for (int state = 0; state < StateCount; state++)
                _next[state] = Tabular.Max(Row(state));
        }
    }

    private double MeanReward(int pair) =>
        ((_options.RewardPriorCount * _options.RewardPriorMean) + Model.TotalReward(pair)) / (_options.RewardPriorCount + Counts[pair]);
}
