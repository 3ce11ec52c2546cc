using System.Globalization;
using OptiCore.Persistence;

namespace OptiCore.RL.Environments;

/// <summary>
/// Plays a game of pixels: observations are <see cref="IPixelGame{TSelf}.Channels"/> pictures of 10 by 10 pixels of 0 and 1, channel by channel and row by row; actions are action numbers. Games are
/// <see cref="Spotlight"/> (tracking), <see cref="Crossfire"/> (avoidance), <see cref="Warehouse"/> (planning), <see cref="Lamplighter"/> (memory) and <see cref="Intercept"/> (hidden speed).
/// </summary>
/// <typeparam name="TGame">The rules.</typeparam>
/// <remarks>
/// Large enough to need a network, small enough for millions of steps a second: the five test one skill each, where a full arcade game tests all at once. States are one array of small structs; a step
/// updates one, clears its picture and draws it. Nothing is allocated by <see cref="Step"/>. Games may also be scripted and planned with by <see cref="GetState"/> and <see cref="SetState"/>.
/// </remarks>
public sealed class PixelGame<TGame> : IVectorEnvironment<float, int> where TGame : unmanaged, IPixelGame<TGame>
{
    private readonly EpisodeKeys _keys;
    private readonly RandomStream[] _streams;
    private readonly TGame[] _states;
    private readonly int[] _steps;
    private readonly int _length = TGame.Channels * PixelField.Cells;

    /// <summary>Creates the environments; reset them before the first step.</summary>
    /// <param name="count">The number of environments.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is smaller than 1.</exception>
    public PixelGame(int count = 1)
    {
        Count = Require.Positive(count, nameof(count));
        _keys = new EpisodeKeys(count);
        _streams = new RandomStream[count];
        _states = new TGame[count];
        _steps = new int[count];
    }

    /// <summary>The step after which an episode is truncated. Default: 500.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The limit is smaller than 1.</exception>
    public int MaxEpisodeSteps { get; init => field = Require.Positive(value); } = 500;

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public Space<float> ObservationSpace { get; } = new Box(0, 1, TGame.Channels * PixelField.Cells);

    /// <inheritdoc/>
    public Space<int> ActionSpace { get; } = new Discrete(TGame.Actions);

    /// <summary>The state of one environment.</summary>
    /// <param name="index">The environment.</param>
    public TGame GetState(int index) => _states[index];

    /// <summary>Replaces the state of one environment. Its episode, its randomness and the steps counted in it go on.</summary>
    /// <param name="index">The environment.</param>
    /// <param name="state">The new state.</param>
    public void SetState(int index, TGame state) => _states[index] = state;

    /// <inheritdoc/>
    public void Reset(RandomKey key, Span<float> observations)
    {
        Require.Length(observations.Length, Count * _length, nameof(observations));
        _keys.Reset(key);
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
        Require.Length(actions.Length, Count, nameof(actions));
        output.Check(Count, _length);
        _keys.EnsureStarted();
        int wrong = actions.IndexOfAnyExceptInRange(0, TGame.Actions - 1);
        if (wrong >= 0)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The action of environment {wrong} is {actions[wrong]} but must be in 0..{TGame.Actions - 1}."), nameof(actions));

        for (int i = 0; i < actions.Length; i++)
        {
            StepOutcome outcome = TGame.Step(ref _states[i], actions[i], ref _streams[i]);
            bool truncated = ++_steps[i] >= MaxEpisodeSteps;
            output.Rewards[i] = outcome.Reward;
            output.Terminated[i] = outcome.Terminated;
            output.Truncated[i] = truncated;
            Span<float> observation = output.Observations.Slice(i * _length, _length);
            if (outcome.Terminated || truncated)
            {
                Draw(i, output.FinalObservations.Slice(i * _length, _length));
                Begin(i, _keys.Next(i), observation);
            }
            else
            {
                Draw(i, observation);
            }
        }
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Expect(Count, "a number of environments of");
        archive.Expect(MaxEpisodeSteps, "a time limit of");
        archive.Transfer(_keys);
        archive.Transfer<TGame>(_states);
        archive.Transfer<int>(_steps);
        for (int i = 0; i < Count; i++)
        {
            ulong position = _streams[i].Position;
            archive.Transfer(ref position);
            if (archive.IsLoading)
                _streams[i] = RandomStream.At(_keys.Current(i), position);
        }
    }

    private void Begin(int index, RandomKey key, Span<float> observation)
    {
        _streams[index] = key.Stream();
        _steps[index] = 0;
        _states[index] = TGame.Begin(ref _streams[index]);
        Draw(index, observation);
    }

    private void Draw(int index, Span<float> pixels)
    {
        pixels.Clear();
        TGame.Draw(_states[index], pixels);
    }
}
