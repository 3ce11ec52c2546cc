using System.Globalization;
using OptiCore.Persistence;

namespace OptiCore.RL.Games;

/// <summary>
/// Predator and prey: a team hunts a prey that wanders over a grid without borders (a torus). Each predator stays (0) or moves up (1), right (2), down (3) or left (4). When two predators or more stand beside the prey, across or down, it is
/// caught: they share a reward of 1, and a new prey appears. One predator alone catches nothing. Never terminates; truncated after 100 steps.
/// </summary>
/// <remarks>
/// <para>The pursuit game of M. Benda, V. Jagannathan, R. Dodhiawala (1986), "On optimal cooperation of knowledge sources", in a form of our own. In each step predators move in the order of their numbers, and a move into a cell that is taken doesn't
/// happen; then the prey is caught, rests (with probability 1/2), or else stays or steps to one of the free cells around it, each with equal chance. Everybody begins on cells of their own, uniformly.</para>
/// <para>An agent sees where the prey and the others are relative to it: (down, right) of the prey, then of the agents that follow it in number, cyclically; each divided by half the size, rounded down, so that it lies in [-1, 1]. Nothing is allocated by
/// <see cref="Step"/>.</para>
/// </remarks>
public sealed class PredatorPrey : IVectorTeamEnvironment<float, int>
{
    private readonly EpisodeKeys _keys;
    private readonly RandomStream[] _streams;
    private readonly int[] _predators;
    private readonly int[] _prey;
    private readonly int[] _steps;
    private readonly double[] _rewards;
    private readonly int _width;
    private readonly int _length;

    // The cell after each of the five actions, and the offsets of all differences of rows or columns: a step divides nothing.
    private readonly int[] _next;
    private readonly int[] _rowOf;
    private readonly float[] _offsets;

    /// <summary>Creates the environments; reset them before the first step.</summary>
    /// <param name="count">The number of environments.</param>
    /// <param name="predators">The number of predators, at least 2. Default: 3.</param>
    /// <param name="size">The number of rows and columns, at least 3. Default: 7.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is too small, or there are more predators than half the cells.</exception>
    public PredatorPrey(int count = 1, int predators = 3, int size = 7)
    {
        Count = Require.Positive(count, nameof(count));
        Agents = Require.AtLeast(predators, 2, nameof(predators));
        Size = Require.AtLeast(size, 3, nameof(size));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(predators, checked(size * size) / 2, nameof(predators));
        _keys = new EpisodeKeys(count);
        _streams = new RandomStream[count];
        _predators = new int[checked(count * predators)];
        _prey = new int[count];
        _steps = new int[count];
        _rewards = new double[count * predators];
        _width = 2 * predators;
        _length = predators * _width;
        int[] sizes = new int[predators];
        Array.Fill(sizes, 5);
        ActionSpace = new MultiDiscrete(sizes);
        ObservationSpace = new Box(-1, 1, _length);
        AgentObservationSpace = new Box(-1, 1, _width);
        _next = new int[5 * size * size];
        _rowOf = new int[size * size];
        for (int cell = 0; cell < _rowOf.Length; cell++)
        {
            (int row, int column) = Math.DivRem(cell, size);
            _rowOf[cell] = row;
            _next[5 * cell] = cell;
            _next[(5 * cell) + 1] = ((row == 0 ? size - 1 : row - 1) * size) + column;
            _next[(5 * cell) + 2] = (row * size) + (column == size - 1 ? 0 : column + 1);
            _next[(5 * cell) + 3] = ((row == size - 1 ? 0 : row + 1) * size) + column;
            _next[(5 * cell) + 4] = (row * size) + (column == 0 ? size - 1 : column - 1);
        }

        // The shorter way around, over half the size.
        _offsets = new float[(2 * size) - 1];
        int half = size / 2;
        for (int difference = 1 - size; difference < size; difference++)
        {
            int wrapped = difference > size - 1 - half ? difference - size : difference < -half ? difference + size : difference;
            _offsets[difference + size - 1] = (float)wrapped / half;
        }
    }

    /// <summary>The step after which an episode is truncated. Default: 100.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The limit is smaller than 1.</exception>
    public int MaxEpisodeSteps { get; init => field = Require.Positive(value); } = 100;

    /// <summary>The number of rows and columns.</summary>
    public int Size { get; }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public int Agents { get; }

    /// <inheritdoc/>
    public Space<float> ObservationSpace { get; }

    /// <inheritdoc/>
    public Space<int> ActionSpace { get; }

    /// <inheritdoc/>
    public Space<float> AgentObservationSpace { get; }

    /// <inheritdoc/>
    public Space<int> AgentActionSpace { get; } = new Discrete(5);

    /// <inheritdoc/>
    public ReadOnlySpan<double> AgentRewards => _rewards;

    /// <summary>Where everybody is in one environment; a cell is row times <see cref="Size"/> plus column.</summary>
    /// <param name="index">The environment.</param>
    /// <param name="predators">Receives the predators' cells.</param>
    /// <returns>The prey's cell.</returns>
    public int GetState(int index, Span<int> predators)
    {
        _predators.AsSpan(index * Agents, Agents).CopyTo(predators);
        return _prey[index];
    }

    /// <summary>Puts everybody of one environment somewhere. Its episode and the steps counted in it go on.</summary>
    /// <param name="index">The environment.</param>
    /// <param name="predators">The predators' cells.</param>
    /// <param name="prey">The prey's cell.</param>
    /// <exception cref="ArgumentException">A cell doesn't exist or is taken twice, or there are more or fewer predators.</exception>
    public void SetState(int index, ReadOnlySpan<int> predators, int prey)
    {
        Require.Length(predators.Length, Agents, nameof(predators));
        for (int agent = 0; agent < predators.Length; agent++)
        {
            int cell = predators[agent];
            if ((uint)cell >= (uint)(Size * Size) || cell == prey || predators[..agent].Contains(cell))
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Predator {agent} is in cell {cell}, which doesn't exist or is taken."), nameof(predators));
        }

        if ((uint)prey >= (uint)(Size * Size))
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"There is no cell {prey}."), nameof(prey));
        predators.CopyTo(_predators.AsSpan(index * Agents, Agents));
        _prey[index] = prey;
    }

    /// <inheritdoc/>
    public void Reset(RandomKey key, Span<float> observations)
    {
        Require.Length(observations.Length, Count * _length, nameof(observations));
        _keys.Reset(key);
        _rewards.AsSpan().Clear();
        for (int i = 0; i < Count; i++)
            Begin(i, _keys.Current(i), observations.Slice(i * _length, _length));
    }

    /// <inheritdoc/>
    public void Restart(int index, Span<float> observation)
    {
        Require.Length(observation.Length, _length, nameof(observation));
        _keys.EnsureStarted();
        Begin(index, _keys.Next(index), observation);
    }

    /// <inheritdoc/>
    public void Step(ReadOnlySpan<int> actions, in StepOutput<float> output)
    {
        Require.Length(actions.Length, Count * Agents, nameof(actions));
        output.Check(Count, _length);
        _keys.EnsureStarted();
        int wrong = actions.IndexOfAnyExceptInRange(0, 4);
        if (wrong >= 0)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The action of agent {wrong % Agents} of environment {wrong / Agents} is {actions[wrong]} but must be in 0..4."), nameof(actions));

        output.Terminated.Clear();
        for (int i = 0; i < Count; i++)
        {
            output.Rewards[i] = Hunt(i, actions.Slice(i * Agents, Agents));
            output.Truncated[i] = ++_steps[i] >= MaxEpisodeSteps;
            Span<float> observation = output.Observations.Slice(i * _length, _length);
            if (output.Truncated[i])
            {
                Observe(i, output.FinalObservations.Slice(i * _length, _length));
                Begin(i, _keys.Next(i), observation);
            }
            else
            {
                Observe(i, observation);
            }
        }
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Expect(Count, "a number of environments of");
        archive.Expect(MaxEpisodeSteps, "a time limit of");
        archive.Expect(Size, "a size of");
        archive.Transfer(_keys);
        archive.Transfer<int>(_predators);
        archive.Transfer<int>(_prey);
        archive.Transfer<int>(_steps);
        archive.Transfer<double>(_rewards);
        for (int i = 0; i < Count; i++)
        {
            ulong position = _streams[i].Position;
            archive.Transfer(ref position);
            if (archive.IsLoading)
                _streams[i] = RandomStream.At(_keys.Current(i), position);
        }
    }

    private double Hunt(int index, ReadOnlySpan<int> actions)
    {
        Span<int> predators = _predators.AsSpan(index * Agents, Agents);
        Span<double> rewards = _rewards.AsSpan(index * Agents, Agents);
        ref RandomStream stream = ref _streams[index];
        int prey = _prey[index], beside = 0;
        for (int agent = 0; agent < predators.Length; agent++)
        {
            int cell = Move(predators[agent], actions[agent]);
            if (cell != prey && !predators.Contains(cell))
                predators[agent] = cell;
        }

        for (int agent = 0; agent < predators.Length; agent++)
        {
            rewards[agent] = IsBeside(predators[agent], prey) ? 1 : 0;
            beside += (int)rewards[agent];
        }

        if (beside >= 2)
        {
            for (int agent = 0; agent < rewards.Length; agent++)
                rewards[agent] /= beside;
            _prey[index] = FreeCell(predators, ref stream);
            return 1;
        }

        rewards.Clear();
        uint word = stream.NextUInt32();
        if (word >> 31 == 0)
            return 0;
        int free = 0, chosen = prey;
        for (int direction = 0; direction <= 4; direction++)
            free += predators.Contains(Move(prey, direction)) ? 0 : 1;
        int pick = (int)(((ulong)(word << 1) * (uint)free) >> 32);
        for (int direction = 0; direction <= 4; direction++)
        {
            int cell = Move(prey, direction);
            if (!predators.Contains(cell) && pick-- == 0)
                chosen = cell;
        }

        _prey[index] = chosen;
        return 0;
    }

    private int Move(int cell, int action) => _next[(5 * cell) + action];

    private bool IsBeside(int a, int b) => Move(a, 1) == b || Move(a, 2) == b || Move(a, 3) == b || Move(a, 4) == b;

    /// <summary>A cell without a predator: drawn until one is free, at least every second time.</summary>
    private int FreeCell(ReadOnlySpan<int> predators, ref RandomStream stream)
    {
        int cell;
        do
            cell = Draw.Below(ref stream, Size * Size);
        while (predators.Contains(cell));
        return cell;
    }

    private void Begin(int index, RandomKey key, Span<float> observation)
    {
        RandomStream stream = key.Stream();
        Span<int> predators = _predators.AsSpan(index * Agents, Agents);
        for (int agent = 0; agent < predators.Length; agent++)
            predators[agent] = FreeCell(predators[..agent], ref stream);
        _prey[index] = FreeCell(predators, ref stream);
        _streams[index] = stream;
        _steps[index] = 0;
        Observe(index, observation);
    }

    private void Observe(int index, Span<float> observation)
    {
        ReadOnlySpan<int> predators = _predators.AsSpan(index * Agents, Agents);
        for (int agent = 0; agent < predators.Length; agent++)
        {
            Span<float> row = observation.Slice(agent * _width, _width);
            int ownRow = _rowOf[predators[agent]], ownColumn = predators[agent] - (Size * ownRow);
            for (int k = 0; k < predators.Length; k++)
            {
                int next = agent + k, other = k == 0 ? _prey[index] : predators[next < predators.Length ? next : next - predators.Length];
                int down = _rowOf[other] - ownRow, right = other - (Size * _rowOf[other]) - ownColumn;
                row[2 * k] = _offsets[down + Size - 1];
                row[(2 * k) + 1] = _offsets[right + Size - 1];
            }
        }
    }
}
