using System.Globalization;
using OptiCore.Persistence;

namespace OptiCore.RL.Environments;

/// <summary>
/// Plays levels of a grid world: each episode takes one of them at random. Observations are states: those of level l are numbered from <see cref="FirstState"/>(l) on. With one level it is a tabular world; for many
/// levels <see cref="GridView"/> shows what the agent sees around it.
/// </summary>
/// <remarks>
/// The levels are compiled into one table of next states, so that a step is one look-up; with slips it also reads one random word. Nothing is allocated by <see cref="Step"/>. Reward 1 at a goal, which terminates, and 0 elsewhere.
/// </remarks>
public sealed class GridWorld : IVectorEnvironment<int, int>
{
    /// <summary>In an entry of the table: the next state is a goal.</summary>
    internal const int GoalBit = int.MinValue;

    private readonly GridLevel[] _levels;
    private readonly int[] _firstStates;
    private readonly int[] _next;
    private readonly EpisodeKeys _keys;
    private readonly RandomStream[] _streams;
    private readonly int[] _states;
    private readonly int[] _steps;
    private readonly uint _slipThreshold;

    /// <summary>Creates the environments; reset them before the first step.</summary>
    /// <param name="levels">The levels.</param>
    /// <param name="count">The number of environments.</param>
    /// <param name="slip">The probability that a step goes in one of the other three directions, each with the same chance; in [0, 1]. It is rounded to a multiple of 2^-32.</param>
    /// <exception cref="ArgumentException">There is no level.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number is smaller than 1 or the probability outside [0, 1].</exception>
    public GridWorld(IReadOnlyList<GridLevel> levels, int count = 1, double slip = 0)
    {
        ArgumentNullException.ThrowIfNull(levels);
        if (levels.Count == 0)
            throw new ArgumentException("There is no level.", nameof(levels));
        Count = Require.Positive(count, nameof(count));
        Slip = Require.InClosed(slip, 0, 1, nameof(slip));
        _slipThreshold = (uint)Math.Min(Math.Round(slip * 4294967296.0), uint.MaxValue);
        _levels = [.. levels];
        _firstStates = new int[_levels.Length + 1];
        for (int l = 0; l < _levels.Length; l++)
            _firstStates[l + 1] = checked(_firstStates[l] + Require.NotNull(_levels[l], nameof(levels)).States);
        _next = new int[checked(4 * _firstStates[^1])];
        for (int l = 0; l < _levels.Length; l++)
        {
            for (int state = 0; state < _levels[l].States; state++)
            {
                for (int action = 0; action < 4; action++)
                {
                    int next = _levels[l].Next(state, action);
                    _next[(4 * (_firstStates[l] + state)) + action] = (_firstStates[l] + next) | (_levels[l].IsGoal(next) ? GoalBit : 0);
                }
            }
        }

        _keys = new EpisodeKeys(count);
        _streams = new RandomStream[count];
        _states = new int[count];
        _steps = new int[count];
        ObservationSpace = new Discrete(_firstStates[^1]);
    }

    /// <summary>Creates environments of one level.</summary>
    /// <param name="level">The level.</param>
    /// <param name="count">The number of environments.</param>
    /// <param name="slip">The probability that a step goes in one of the other three directions, each with the same chance; in [0, 1].</param>
    public GridWorld(GridLevel level, int count = 1, double slip = 0)
        : this([level], count, slip)
    {
    }

    /// <summary>The step after which an episode is truncated. Default: none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The limit is smaller than 1.</exception>
    public int MaxEpisodeSteps { get; init => field = Require.Positive(value); } = int.MaxValue;

    /// <inheritdoc/>
    public int Count { get; }

    /// <summary>The probability that a step goes in another direction than chosen.</summary>
    public double Slip { get; }

    /// <summary>The levels.</summary>
    public IReadOnlyList<GridLevel> Levels => _levels;

    /// <summary>The next state of each state and action, with <see cref="GoalBit"/>.</summary>
    internal ReadOnlySpan<int> Transitions => _next;

    /// <summary>A random word below slips.</summary>
    internal uint SlipThreshold => _slipThreshold;

    /// <inheritdoc/>
    public Space<int> ObservationSpace { get; }

    /// <inheritdoc/>
    public Space<int> ActionSpace { get; } = new Discrete(4);

    /// <summary>The observation of state 0 of a level.</summary>
    /// <param name="level">The level.</param>
    public int FirstState(int level) => _firstStates.AsSpan(0, _levels.Length)[level];

    /// <summary>The level that an observation belongs to, and the state of that level: O(log levels).</summary>
    /// <param name="observation">The observation.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such observation.</exception>
    public (int Level, int State) Locate(int observation)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)observation, (uint)_firstStates[^1], nameof(observation));
        int low = 0, high = _levels.Length;
        while (high - low > 1)
        {
            int middle = (low + high) / 2;
            (low, high) = _firstStates[middle] <= observation ? (middle, high) : (low, middle);
        }

        return (low, observation - _firstStates[low]);
    }

    /// <summary>The observation of one environment.</summary>
    /// <param name="index">The environment.</param>
    public int GetState(int index) => _states[index];

    /// <summary>Puts one environment into the state of an observation. Its episode and the steps counted in it go on.</summary>
    /// <param name="index">The environment.</param>
    /// <param name="observation">The observation.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such observation.</exception>
    public void SetState(int index, int observation)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)observation, (uint)_firstStates[^1], nameof(observation));
        _states[index] = observation;
    }

    /// <inheritdoc/>
    public void Reset(RandomKey key, Span<int> observations)
    {
        Require.Length(observations.Length, Count, nameof(observations));
        _keys.Reset(key);
        for (int i = 0; i < Count; i++)
            observations[i] = Begin(i, _keys.Current(i));
    }

    /// <inheritdoc/>
    public void Restart(int index, Span<int> observation)
    {
        Require.Length(observation.Length, 1, nameof(observation));
        _keys.EnsureStarted();
        observation[0] = Begin(index, _keys.Next(index));
    }

    /// <inheritdoc/>
    public void Step(ReadOnlySpan<int> actions, in StepOutput<int> output)
    {
        Require.Length(actions.Length, Count, nameof(actions));
        output.Check(Count, 1);
        _keys.EnsureStarted();
        int wrong = actions.IndexOfAnyExceptInRange(0, 3);
        if (wrong >= 0)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The action of environment {wrong} is {actions[wrong]} but must be in 0..3."), nameof(actions));

        for (int i = 0; i < actions.Length; i++)
        {
            int action = actions[i];
            if (_slipThreshold != 0)
                action = Deviate(action, _streams[i].NextUInt32(), _slipThreshold);
            int next = _next[(4 * _states[i]) + action];
            bool terminated = next < 0, truncated = ++_steps[i] >= MaxEpisodeSteps;
            next &= int.MaxValue;
            _states[i] = next;
            output.Observations[i] = next;
            output.Rewards[i] = terminated ? 1 : 0;
            output.Terminated[i] = terminated;
            output.Truncated[i] = truncated;
            if (terminated || truncated)
            {
                output.FinalObservations[i] = next;
                output.Observations[i] = Begin(i, _keys.Next(i));
            }
        }
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Expect(Count, "a number of environments of");
        archive.Expect(MaxEpisodeSteps, "a time limit of");
        archive.Expect(_firstStates[^1], "a number of states of");
        archive.Expect(_slipThreshold, "a slip threshold of");
        archive.Transfer(_keys);
        archive.Transfer<int>(_states);
        archive.Transfer<int>(_steps);
        for (int i = 0; i < Count; i++)
        {
            ulong position = _streams[i].Position;
            archive.Transfer(ref position);
            if (archive.IsLoading)
                _streams[i] = RandomStream.At(_keys.Current(i), position);
        }
    }

    /// <summary>A word below the threshold slips; its place below says in which of the other three directions.</summary>
    internal static int Deviate(int action, uint word, uint threshold) =>
        word < threshold ? (action + 1 + (int)(3UL * word / threshold)) & 3 : action;

    private int Begin(int index, RandomKey key)
    {
        RandomStream stream = key.Stream();
        int level = _levels.Length == 1 ? 0 : Draw.Below(ref stream, _levels.Length);
        ReadOnlySpan<int> starts = _levels[level].Starts;
        int start = starts.Length == 1 ? starts[0] : starts[Draw.Below(ref stream, starts.Length)];
        _streams[index] = stream;
        _steps[index] = 0;
        return _states[index] = _firstStates[level] + start;
    }
}
