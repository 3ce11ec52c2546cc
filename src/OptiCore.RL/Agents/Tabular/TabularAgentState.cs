using OptiCore.Optimizers;
using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>A learnt table of action values, explored epsilon-greedily: what the states of all tabular agents have in common.</summary>
public abstract class TabularAgentState : AgentState<int, int>
{
    private readonly Discrete _states;
    private readonly Discrete _actions;
    private readonly Schedule _exploration;
    private readonly double[] _values;
    private readonly double[] _kept;
    private readonly long[] _visits;
    private readonly double[] _probabilities;
    private long _explored;
    private double _epsilon;

    /// <summary>Allocates the table.</summary>
    /// <param name="setup">What the agent will face.</param>
    /// <param name="exploration">The probability of a random action.</param>
    /// <param name="initialValue">The value that every pair begins with.</param>
    /// <exception cref="ArgumentException">The spaces aren't discrete.</exception>
    private protected TabularAgentState(AgentSetup<int, int> setup, Schedule exploration, double initialValue)
    {
        if (setup.ObservationSpace is not Discrete states || setup.ActionSpace is not Discrete actions)
            throw new ArgumentException($"A tabular agent needs Discrete observations and actions, not {setup.ObservationSpace} and {setup.ActionSpace}.", nameof(setup));
        _states = states;
        _actions = actions;
        _exploration = exploration;
        _epsilon = Tabular.Epsilon(exploration, 0);
        Key = setup.Key;
        _values = new double[checked(states.N * actions.N)];
        _values.AsSpan().Fill(initialValue);
        _kept = [.. _values];
        _visits = new long[_values.Length];
        _probabilities = new double[setup.Count];
        _probabilities.AsSpan().Fill(1);
    }

    /// <summary>Q(s, a), row-major by state.</summary>
    public ReadOnlySpan<double> ActionValues => _values;

    /// <summary>How often each pair was visited, row-major by state.</summary>
    public ReadOnlySpan<long> Visits => _visits;

    /// <summary>The agent's randomness; <c>Key.Fold(k)</c> is the k-th exploration's.</summary>
    private protected RandomKey Key { get; }

    private protected int StateCount => _states.N;

    private protected int ActionCount => _actions.N;

    private protected int EnvironmentCount => _probabilities.Length;

    /// <summary>The table, to be learnt.</summary>
    private protected Span<double> Values => _values;

    /// <summary>The counts of visits, to be kept by the learner.</summary>
    private protected Span<long> Counts => _visits;

    /// <summary>The exploration of the latest actions.</summary>
    private protected double Epsilon => _epsilon;

    /// <summary>The probability with which <see cref="Explore"/> chose the latest action of each environment.</summary>
    private protected ReadOnlySpan<double> BehaviourProbabilities => _probabilities;

    /// <inheritdoc/>
    public override void Explore(ReadOnlySpan<int> observations, long steps, Span<int> actions)
    {
        _epsilon = Tabular.Epsilon(_exploration, steps);
        RandomStream stream = NextStream();
        for (int i = 0; i < observations.Length; i++)
        {
            // Both numbers are always drawn, so that one environment's choice doesn't shift another's.
            double u = stream.NextDouble();
            ulong word = stream.NextUInt64();
            ReadOnlySpan<double> row = Row(StateOf(observations[i]));
            int action = u < _epsilon ? (int)Math.BigMul(word, (ulong)_actions.N, out _) : Tabular.Greedy(row, word);
            _probabilities[i] = Tabular.Probability(row, action, _epsilon);
            actions[i] = action + _actions.Start;
        }
    }

    /// <inheritdoc/>
    public override void Act(ReadOnlySpan<int> observations, Span<int> actions)
    {
        Require.Length(actions.Length, observations.Length, nameof(actions));
        for (int i = 0; i < observations.Length; i++)
            actions[i] = Tabular.Greedy(Row(StateOf(observations[i])), 0) + _actions.Start;
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
        archive.Transfer<double>(_probabilities);
        archive.Transfer(ref _explored);
        archive.Transfer(ref _epsilon);
    }

    /// <summary>The randomness of the next exploration.</summary>
    private protected RandomStream NextStream() => Key.Fold(_explored++).Stream();

    private protected int StateOf(int observation) => observation - _states.Start;

    private protected int ActionOf(int action) => action - _actions.Start;

    private protected int ActionNumber(int action) => action + _actions.Start;

    private protected int Pair(int observation, int action) => ((observation - _states.Start) * _actions.N) + action - _actions.Start;

    private protected ReadOnlySpan<double> Row(int state) => _values.AsSpan(state * _actions.N, _actions.N);

    private protected static AgentAdvance Advance(bool finite) => finite ? AgentAdvance.Continue : AgentAdvance.Diverged;
}
