using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// A finite Markov decision process learnt by counting: how often each action led from a state to each other state or to the end, and what it earned. What has never been seen takes no memory; a transition
/// costs as many operations as its pair has different outcomes.
/// </summary>
public sealed class EmpiricalModel : IPersistent
{
    // Outcomes are entries of chains: one chain for each pair and one for each state that outcomes lead to. -1 ends a chain.
    private readonly int[] _heads;
    private readonly int[] _predecessorHeads;
    private readonly long[] _visits;
    private readonly double[] _rewards;
    private int[] _next = new int[64];
    private int[] _nextPredecessor = new int[64];
    private int[] _pairs = new int[64];
    private int[] _successors = new int[64];
    private long[] _counts = new long[64];
    private double[] _outcomeRewards = new double[64];
    private int _length;

    /// <summary>Creates a model that has seen nothing.</summary>
    /// <param name="states">The number of states.</param>
    /// <param name="actions">The number of actions.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is smaller than 1.</exception>
    public EmpiricalModel(int states, int actions)
    {
        States = Require.Positive(states, nameof(states));
        Actions = Require.Positive(actions, nameof(actions));
        _heads = new int[checked(states * actions)];
        _heads.AsSpan().Fill(-1);
        _predecessorHeads = new int[states];
        _predecessorHeads.AsSpan().Fill(-1);
        _visits = new long[_heads.Length];
        _rewards = new double[_heads.Length];
    }

    /// <summary>The number of states.</summary>
    public int States { get; }

    /// <summary>The number of actions.</summary>
    public int Actions { get; }

    /// <summary>How often each pair was seen, row-major by state.</summary>
    public ReadOnlySpan<long> Visits => _visits;

    /// <summary>Adds one transition.</summary>
    /// <param name="state">The state before.</param>
    /// <param name="action">The action.</param>
    /// <param name="reward">The reward.</param>
    /// <param name="nextState">The state after.</param>
    /// <param name="terminated">Whether the task was over then.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such state or action.</exception>
    public void Add(int state, int action, double reward, int nextState, bool terminated)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)state, (uint)States, nameof(state));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)action, (uint)Actions, nameof(action));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)nextState, (uint)States, nameof(nextState));
        int pair = (state * Actions) + action, successor = terminated ? ~nextState : nextState;
        _visits[pair]++;
        _rewards[pair] += reward;
        int entry = _heads[pair];
        while (entry >= 0 && _successors[entry] != successor)
            entry = _next[entry];
        if (entry < 0)
            entry = AddEntry(pair, successor);
        _counts[entry]++;
        _outcomeRewards[entry] += reward;
    }

    /// <summary>The mean reward of a pair; NaN before its first visit.</summary>
    /// <param name="state">The state.</param>
    /// <param name="action">The action.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such state or action.</exception>
    public double MeanReward(int state, int action)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)state, (uint)States, nameof(state));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)action, (uint)Actions, nameof(action));
        return MeanReward((state * Actions) + action);
    }

    /// <summary>The model in which every outcome is as likely as it was frequent and has its mean reward, to plan with.</summary>
    /// <param name="initialProbabilities">How likely each state begins an episode.</param>
    /// <param name="unseenReward">The reward of a pair that was never seen; it stays where it is.</param>
    /// <exception cref="ArgumentException">The probabilities don't add up to 1, or there isn't one for each state.</exception>
    public TabularModel ToModel(ReadOnlySpan<double> initialProbabilities, double unseenReward = 0) =>
        TabularModel.Create(States, Actions, initialProbabilities, (state, action) =>
        {
            int pair = (state * Actions) + action;
            if (_visits[pair] == 0)
                return [new TabularOutcome(1, state, unseenReward, false)];
            var outcomes = new List<TabularOutcome>();
            for (int entry = _heads[pair]; entry >= 0; entry = _next[entry])
                outcomes.Add(new TabularOutcome(_counts[entry] / (double)_visits[pair], NextState(entry), _outcomeRewards[entry] / _counts[entry], IsEnd(entry)));
            return [.. outcomes];
        });

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer<int>(_heads);
        archive.Transfer<int>(_predecessorHeads);
        archive.Transfer<long>(_visits);
        archive.Transfer<double>(_rewards);
        archive.Transfer(ref _next);
        archive.Transfer(ref _nextPredecessor);
        archive.Transfer(ref _pairs);
        archive.Transfer(ref _successors);
        archive.Transfer(ref _counts);
        archive.Transfer(ref _outcomeRewards);
        archive.Transfer(ref _length);
    }

    /// <summary>The first outcome of a pair; -1 for none. The newest kind of outcome comes first.</summary>
    internal int First(int pair) => _heads[pair];

    /// <summary>The outcome of the same pair after another one; -1 for none.</summary>
    internal int Next(int entry) => _next[entry];

    /// <summary>The first outcome, of whatever pair, that leads to a state without ending the task; -1 for none.</summary>
    internal int FirstPredecessor(int state) => _predecessorHeads[state];

    /// <summary>The outcome that leads to the same state after another one; -1 for none.</summary>
    internal int NextPredecessor(int entry) => _nextPredecessor[entry];

    internal int PairOf(int entry) => _pairs[entry];

    internal bool IsEnd(int entry) => _successors[entry] < 0;

    internal int NextState(int entry) => _successors[entry] < 0 ? ~_successors[entry] : _successors[entry];

    internal long Count(int entry) => _counts[entry];

    internal double Probability(int entry) => _counts[entry] / (double)_visits[_pairs[entry]];

    internal double OutcomeReward(int entry) => _outcomeRewards[entry] / _counts[entry];

    internal double MeanReward(int pair) => _rewards[pair] / _visits[pair];

    internal double TotalReward(int pair) => _rewards[pair];

    /// <summary>The mean over the outcomes of a visited pair of what follows them: V(s'), or 0 at the end.</summary>
    internal double MeanNext(int pair, ReadOnlySpan<double> values)
    {
        double sum = 0;
        for (int entry = _heads[pair]; entry >= 0; entry = _next[entry])
            sum += IsEnd(entry) ? 0 : _counts[entry] * values[_successors[entry]];
        return sum / _visits[pair];
    }

    /// <summary>An outcome of a visited pair, as likely as it was frequent.</summary>
    internal int Sample(int pair, double uniform)
    {
        double left = uniform * _visits[pair];
        int entry = _heads[pair];
        while (left >= _counts[entry] && _next[entry] >= 0)
        {
            left -= _counts[entry];
            entry = _next[entry];
        }

        return entry;
    }

    private int AddEntry(int pair, int successor)
    {
        if (_length == _next.Length)
        {
            Array.Resize(ref _next, 2 * _length);
            Array.Resize(ref _nextPredecessor, 2 * _length);
            Array.Resize(ref _pairs, 2 * _length);
            Array.Resize(ref _successors, 2 * _length);
            Array.Resize(ref _counts, 2 * _length);
            Array.Resize(ref _outcomeRewards, 2 * _length);
        }

        int entry = _length++;
        _pairs[entry] = pair;
        _successors[entry] = successor;
        _next[entry] = _heads[pair];
        _heads[pair] = entry;
        if (successor >= 0)
        {
            _nextPredecessor[entry] = _predecessorHeads[successor];
            _predecessorHeads[successor] = entry;
        }

        return entry;
    }
}
