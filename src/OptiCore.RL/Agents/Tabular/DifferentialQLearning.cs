using OptiCore.Optimizers;
using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// Differential Q-learning, for tasks that go on for ever: with delta = r - g + max_b Q(s', b) - Q(s, a), Q(s, a) += alpha delta and g += eta alpha delta. The estimate g of the highest average reward moves with the temporal
/// difference instead of with r - g, so that it is right whatever is played and needs no reference state.
/// </summary>
/// <remarks>
/// <para>Y. Wan, A. Naik, R. S. Sutton (2021), "Learning and planning in average-reward Markov decision processes". g converges to the highest average reward and Q to the differential values up to a constant, if every
/// pair is visited for ever, the rates fall as stochastic approximation asks, and the average reward doesn't depend on the beginning. Where the model is known, <see cref="RelativeValueIteration"/> needs no samples.</para>
/// <para>The constant is removed by centring with <see cref="CenteringRate"/> beta: a second differential learner takes the value of a pair for its reward. With D = Q(s, a) - c + F(s', argmax_b Q(s', b)) - F(s, a),
/// F(s, a) += beta D and c += beta D; c converges to the mean of max_b Q(s, b) over the states that the greedy policy visits, and max_b Q(s, b) - c to the bias. What is learnt and played doesn't depend on it.</para>
/// <para>With a <see cref="ReferencePair"/> (x, u) it is RVI Q-learning instead, whose average reward is a value of its own table, g = Q(x, u) (J. Abounadi, D. Bertsekas, V. S. Borkar (2001), "Learning algorithms for Markov decision processes with
/// average cost"). It is as good as that pair is often visited, which differential Q-learning doesn't depend on; it is there to compare with.</para>
/// <para>An episode that terminates goes on with the first state of the next one, which is when its last step is learnt from; a truncated one bootstraps from its final observation. Memory is four numbers for each pair; a
/// step costs O(actions) for each environment.</para>
/// </remarks>
[Algorithm("Differential Q-learning", "Tabular", "Y. Wan, A. Naik, R. S. Sutton (2021), Learning and planning in average-reward Markov decision processes", Capabilities = "discrete observations and actions; off-policy; average reward")]
public sealed record DifferentialQLearning : IAgent<int, int>
{
    /// <summary>The learning rate of the first visit, in (0, 1]. Default: 0.1.</summary>
    public double LearningRate { get; init => field = Require.InOpenClosed(value, 0, 1); } = 0.1;

    /// <summary>The exponent w of [0, 1] in alpha = LearningRate / n^w at the n-th visit of a pair. Default: 0.</summary>
    public double LearningRateDecay { get; init => field = Require.InClosed(value, 0, 1); }

    /// <summary>The speed eta of the average reward relative to the values. Default: 1.</summary>
    public double RewardRateFactor { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The state and the action whose value is the average reward, for RVI Q-learning, where the factor and the first estimate don't count; null for an estimate of its own. Default: null.</summary>
    public (int State, int Action)? ReferencePair { get; init; }

    /// <summary>The first estimate of the average reward. Default: 0.</summary>
    public double InitialRewardRate { get; init => field = Require.Finite(value); }

    /// <summary>The rate beta of [0, 1] of the centring, by the number of transitions; 0 leaves it out. Default: 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The rate at the beginning is outside [0, 1].</exception>
    /// <exception cref="ArgumentNullException">There is none.</exception>
    public Schedule CenteringRate { get; init => field = Tabular.Probabilities(value); } = 0;

    /// <summary>The probability epsilon of a uniformly random action, by the number of transitions. Default: 0.1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The probability at the beginning is outside [0, 1].</exception>
    /// <exception cref="ArgumentNullException">There is none.</exception>
    public Schedule Exploration { get; init => field = Tabular.Probabilities(value); } = 0.1;

    /// <summary>The value that every pair begins with. Default: 0.</summary>
    public double InitialValue { get; init => field = Require.Finite(value); }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The spaces aren't discrete, or the reference pair isn't in them.</exception>
    public AgentState<int, int> Start(AgentSetup<int, int> setup) => new DifferentialQLearningState(this, setup);
}

/// <summary>The table and the average reward of differential Q-learning.</summary>
public sealed class DifferentialQLearningState : TabularAgentState
{
    private readonly DifferentialQLearning _options;
    private readonly double[] _secondary;

    // Pairs of episodes that have terminated, with their rewards: they wait for the next episode's first state. -1 for none.
    private readonly int[] _waiting;
    private readonly double[] _rewards;
    private readonly int _reference = -1;
    private double _rewardRate;
    private double _offset;
    private long _observed;

    internal DifferentialQLearningState(DifferentialQLearning options, AgentSetup<int, int> setup)
        : base(setup, options.Exploration, options.InitialValue)
    {
        _options = options;
        _secondary = new double[Values.Length];
        _waiting = new int[setup.Count];
        _waiting.AsSpan().Fill(-1);
        _rewards = new double[setup.Count];
        _rewardRate = options.InitialRewardRate;
        if (options.ReferencePair is not { } pair)
            return;
        if (!setup.ObservationSpace.Contains([pair.State]) || !setup.ActionSpace.Contains([pair.Action]))
            throw new ArgumentException($"The reference pair ({pair.State}, {pair.Action}) is not of {setup.ObservationSpace} and {setup.ActionSpace}.", nameof(setup));
        _reference = Pair(pair.State, pair.Action);
        _rewardRate = Values[_reference];
    }

    /// <summary>The estimate g of the highest average reward of a step.</summary>
    public double RewardRate => _rewardRate;

    /// <summary>The estimate c of the mean of max_b Q(s, b) over the states that the greedy policy visits: subtracted from the values, it centres them. 0 without centring.</summary>
    public double ValueOffset => _offset;

    /// <inheritdoc/>
    public override AgentAdvance Observe(in Transition<int, int> transition)
    {
        bool finite = true;
        double centering = Tabular.Epsilon(_options.CenteringRate, _observed);
        for (int i = 0; i < transition.Actions.Length; i++)
        {
            int state = StateOf(transition.Observations[i]), pair = Pair(transition.Observations[i], transition.Actions[i]);
            if (_waiting[i] >= 0)
                finite &= Learn(_waiting[i], _rewards[i], state, centering);
            _waiting[i] = -1;
            if (transition.Terminated[i])
                (_waiting[i], _rewards[i]) = (pair, transition.Rewards[i]);
            else
                finite &= Learn(pair, transition.Rewards[i], StateOf(transition.NextObservations[i]), centering);
        }

        _observed += transition.Actions.Length;
        return Advance(finite);
    }

    /// <inheritdoc/>
    public override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        archive.Transfer<double>(_secondary);
        archive.Transfer<int>(_waiting);
        archive.Transfer<double>(_rewards);
        archive.Transfer(ref _rewardRate);
        archive.Transfer(ref _offset);
        archive.Transfer(ref _observed);
    }

    private bool Learn(int pair, double reward, int next, double centering)
    {
        int greedy = (next * ActionCount) + Tabular.Greedy(Row(next), 0);
        double error = reward - _rewardRate + Values[greedy] - Values[pair];
        double change = Tabular.Rate(_options.LearningRate, _options.LearningRateDecay, ++Counts[pair]) * error;
        Values[pair] += change;
        _rewardRate = _reference >= 0 ? Values[_reference] : _rewardRate + (_options.RewardRateFactor * change);
        double second = centering * (Values[pair] - _offset + _secondary[greedy] - _secondary[pair]);
        _secondary[pair] += second;
        _offset += second;
        return double.IsFinite(Values[pair]) && double.IsFinite(_rewardRate);
    }
}
