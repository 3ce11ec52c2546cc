using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// Tabular Q-learning: Q(s, a) += alpha (r + gamma max_b Q(s', b) - Q(s, a)), with the maximum replaced by 0 where s' terminates, explored epsilon-greedily.
/// </summary>
/// <remarks>
/// <para>C. J. C. H. Watkins, P. Dayan (1992), "Q-learning", Machine Learning 8. Converges to the optimal values when every pair is visited for ever and the learning rates
/// satisfy sum alpha = infinity, sum alpha^2 &lt; infinity: <see cref="LearningRateDecay"/> in (0.5, 1] (E. Even-Dar, Y. Mansour (2003), "Learning rates for Q-learning"); a
/// constant rate follows changing worlds and keeps noise. A truncated step bootstraps from its final observation, a terminated one doesn't.</para>
/// <para>Needs <see cref="Discrete"/> observations and actions. Memory is three numbers for each pair; a step costs O(actions) for each environment. Environments are absorbed one
/// after the other, each seeing what the one before has learnt. Where the model is known, <see cref="ValueIteration"/> needs no samples.</para>
/// </remarks>
[Algorithm("Q-learning", "Tabular", "C. J. C. H. Watkins, P. Dayan (1992), Q-learning", Capabilities = "discrete observations and actions; off-policy")]
public sealed record QLearning : IAgent<int, int>
{
    /// <summary>The discount gamma of [0, 1]. Default: 0.99.</summary>
    public double Discount { get; init => field = Require.InClosed(value, 0, 1); } = 0.99;

    /// <summary>The learning rate of the first visit, in (0, 1]. Default: 0.1.</summary>
    public double LearningRate { get; init => field = Require.Positive(Require.InClosed(value, 0, 1)); } = 0.1;

    /// <summary>The exponent w of [0, 1] in alpha = LearningRate / n^w at the n-th visit of a pair: 0 keeps the rate constant (the default), 1 is the 1/n of stochastic approximation.</summary>
    public double LearningRateDecay { get; init => field = Require.InClosed(value, 0, 1); }

    /// <summary>The probability epsilon of a uniformly random action. Default: from 1 to 0.05 in 100,000 transitions.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A probability is outside [0, 1] or the duration is negative.</exception>
    public LinearSchedule Exploration
    {
        get;
        init
        {
            Require.InClosed(value.From, 0, 1);
            Require.InClosed(value.To, 0, 1);
            if (value.Steps < 0)
                throw new ArgumentOutOfRangeException(nameof(Exploration), value, $"{nameof(Exploration)} lasts {value.Steps} steps but must last at least 0.");
            field = value;
        }
    } = new(1, 0.05, 100_000);

    /// <summary>The value that every pair begins with. Values above the attainable ones make the agent try everything. Default: 0.</summary>
    public double InitialValue { get; init => field = Require.Finite(value); }

    /// <inheritdoc/>
    public AgentState<int, int> Start(AgentSetup<int, int> setup)
    {
        if (setup.ObservationSpace is not Discrete states || setup.ActionSpace is not Discrete actions)
            throw new ArgumentException($"Q-learning needs Discrete observations and actions, not {setup.ObservationSpace} and {setup.ActionSpace}.", nameof(setup));
        return new QLearningState(this, states, actions, setup.Key);
    }
}

/// <summary>The table of a Q-learning agent.</summary>
public sealed class QLearningState : AgentState<int, int>
{
    private readonly QLearning _options;
    private readonly Discrete _states;
    private readonly Discrete _actions;
    private readonly RandomKey _key;
    private readonly double[] _values;
    private readonly double[] _kept;
    private readonly long[] _visits;
    private long _explored;

    internal QLearningState(QLearning options, Discrete states, Discrete actions, RandomKey key)
    {
        _options = options;
        _states = states;
        _actions = actions;
        _key = key;
        _values = new double[checked(states.N * actions.N)];
        _values.AsSpan().Fill(options.InitialValue);
        _kept = [.. _values];
        _visits = new long[_values.Length];
    }

    /// <summary>Q(s, a), row-major by state.</summary>
    public ReadOnlySpan<double> ActionValues => _values;

    /// <summary>How often each pair was visited, row-major by state.</summary>
    public ReadOnlySpan<long> Visits => _visits;

    /// <inheritdoc/>
    public override void Explore(ReadOnlySpan<int> observations, long steps, Span<int> actions)
    {
        double epsilon = _options.Exploration.At(steps);
        RandomStream stream = _key.Fold(_explored++).Stream();
        for (int i = 0; i < observations.Length; i++)
        {
            // Both numbers are always drawn, so that one environment's choice doesn't shift another's.
            double u = stream.NextDouble();
            ulong word = stream.NextUInt64();
            int action = u < epsilon ? (int)Math.BigMul(word, (ulong)_actions.N, out _) : Greedy(Row(observations[i]), word);
            actions[i] = action + _actions.Start;
        }
    }

    /// <inheritdoc/>
    public override AgentAdvance Observe(in Transition<int, int> transition)
    {
        for (int i = 0; i < transition.Actions.Length; i++)
        {
            double target = transition.Rewards[i];
            if (!transition.Terminated[i])
                target += _options.Discount * Max(Row(transition.NextObservations[i]));
            int pair = ((transition.Observations[i] - _states.Start) * _actions.N) + transition.Actions[i] - _actions.Start;
            _values[pair] += LearningRate(++_visits[pair]) * (target - _values[pair]);
            if (!double.IsFinite(_values[pair]))
                return AgentAdvance.Diverged;
        }

        return AgentAdvance.Continue;
    }

    /// <inheritdoc/>
    public override void Act(ReadOnlySpan<int> observations, Span<int> actions)
    {
        Require.Length(actions.Length, observations.Length, nameof(actions));
        for (int i = 0; i < observations.Length; i++)
            actions[i] = Greedy(Row(observations[i]), 0) + _actions.Start;
    }

    /// <inheritdoc/>
    public override void KeepPolicy() => _values.CopyTo(_kept);

    /// <inheritdoc/>
    public override IPolicy<int, int> CurrentPolicy() => new TabularPolicy(_values, _actions.N, _states.Start, _actions.Start);

    /// <inheritdoc/>
    public override IPolicy<int, int> KeptPolicy() => new TabularPolicy(_kept, _actions.N, _states.Start, _actions.Start);

    /// <inheritdoc/>
    public override void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer<double>(_values);
        archive.Transfer<double>(_kept);
        archive.Transfer<long>(_visits);
        archive.Transfer(ref _explored);
    }

    private double LearningRate(long visit) => _options.LearningRateDecay switch
    {
        0 => _options.LearningRate,
        1 => _options.LearningRate / visit,
        double exponent => _options.LearningRate * Math.Pow(visit, -exponent),
    };

    private ReadOnlySpan<double> Row(int observation) => _values.AsSpan((observation - _states.Start) * _actions.N, _actions.N);

    private static double Max(ReadOnlySpan<double> row)
    {
        double max = row[0];
        for (int a = 1; a < row.Length; a++)
            max = Math.Max(max, row[a]);
        return max;
    }

    /// <summary>The best action; of several equal ones the one that the random word picks, the first for 0.</summary>
    private static int Greedy(ReadOnlySpan<double> row, ulong word)
    {
        double max = Max(row);
        int ties = 0;
        foreach (double value in row)
            ties += value == max ? 1 : 0;
        int skip = (int)Math.BigMul(word, (ulong)ties, out _);
        for (int a = 0; ; a++)
        {
            if (row[a] == max && skip-- == 0)
                return a;
        }
    }
}
