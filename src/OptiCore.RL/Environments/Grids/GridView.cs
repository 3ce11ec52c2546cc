using OptiCore.Persistence;

namespace OptiCore.RL.Environments;

/// <summary>
/// What the agent of a <see cref="GridWorld"/> sees: the cells up to a number of rows and columns away, as pictures of 0 and 1 with the agent in the middle: walls, goals, the key (not once it is in hand), doors, and whether the
/// key is in hand (every pixel). The same picture means the same in every level, so that a policy can do well in levels that it has never seen.
/// </summary>
/// <remarks>Pixel (row, column) of channel c is element (c side + row) side + column, with side = 2 radius + 1. A step costs what the pictures cost; nothing is allocated by <see cref="Step"/>.</remarks>
public sealed class GridView : IVectorEnvironment<float, int>
{
    private const int Channels = 5;
    private readonly GridWorld _world;
    private readonly StepBuffers<int> _buffers;
    private readonly int _radius;
    private readonly int _side;
    private readonly int _length;

    /// <summary>Watches a world.</summary>
    /// <param name="world">The world.</param>
    /// <param name="radius">How many rows and columns away the agent sees. Default: 3.</param>
    /// <exception cref="ArgumentOutOfRangeException">The radius is smaller than 1.</exception>
    public GridView(GridWorld world, int radius = 3)
    {
        _world = Require.NotNull(world);
        _radius = Require.Positive(radius, nameof(radius));
        _side = checked((2 * radius) + 1);
        _length = checked(Channels * _side * _side);
        _buffers = world.CreateBuffers();
        ObservationSpace = new Box(0, 1, _length);
    }

    /// <inheritdoc/>
    public int Count => _world.Count;

    /// <inheritdoc/>
    public Space<float> ObservationSpace { get; }

    /// <inheritdoc/>
    public Space<int> ActionSpace => _world.ActionSpace;

    /// <summary>The world that is watched.</summary>
    public GridWorld World => _world;

    /// <inheritdoc/>
    public void Reset(RandomKey key, Span<float> observations)
    {
        Require.Length(observations.Length, Count * _length, nameof(observations));
        _world.Reset(key, _buffers.Observations);
        for (int i = 0; i < Count; i++)
            Draw(_buffers.Observations[i], observations.Slice(i * _length, _length));
    }

    /// <inheritdoc/>
    public void Restart(int index, Span<float> observation)
    {
        Require.Length(observation.Length, _length, nameof(observation));
        _world.Restart(index, _buffers.Observation(index));
        Draw(_buffers.Observations[index], observation);
    }

    /// <inheritdoc/>
    public void Step(ReadOnlySpan<int> actions, in StepOutput<float> output)
    {
        output.Check(Count, _length);
        _world.Step(actions, new StepOutput<int>
        {
            Observations = _buffers.Observations,
            Rewards = output.Rewards,
            Terminated = output.Terminated,
            Truncated = output.Truncated,
            FinalObservations = _buffers.FinalObservations,
        });
        for (int i = 0; i < Count; i++)
        {
            Draw(_buffers.Observations[i], output.Observations.Slice(i * _length, _length));
            if (output.Terminated[i] || output.Truncated[i])
                Draw(_buffers.FinalObservations[i], output.FinalObservations.Slice(i * _length, _length));
        }
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(_world);
    }

    private void Draw(int observation, Span<float> pixels)
    {
        (int levelNumber, int state) = _world.Locate(observation);
        GridLevel level = _world.Levels[levelNumber];
        (int row, int column, bool holdsKey) = level.Place(state);
        pixels.Clear();
        int area = _side * _side;
        for (int pixel = 0, y = row - _radius; y <= row + _radius; y++)
        {
            for (int x = column - _radius; x <= column + _radius; x++, pixel++)
            {
                int channel = level.Tile(y, x) switch
                {
                    '#' => 0,
                    'G' => 1,
                    'K' when !holdsKey => 2,
                    'D' => 3,
                    _ => -1,
                };
                if (channel >= 0)
                    pixels[(channel * area) + pixel] = 1;
            }
        }

        if (holdsKey)
            pixels[(4 * area)..].Fill(1);
    }
}
