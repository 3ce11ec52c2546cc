using System.Globalization;
using OptiCore.Persistence;

namespace OptiCore.RL.Environments;

/// <summary>
/// Umbrella chain: the first action says whether to take an umbrella (1) or not (0), and only after N steps it turns out whether that was right. The observation is (whether it will rain, whether one has an umbrella, 1 - t / N,
/// random bits that mean nothing). Until the last step rewards are -1 or 1 at random; the last is 1 if the umbrella was needed and there or neither, else -1. The best mean return is 1, that of random play 0.
/// </summary>
/// <remarks>
/// It tests credit assignment: the reward of the only action that matters comes late and drowns in noise of deviation sqrt(N - 1). I. Osband et al. (2020), "Behaviour suite for reinforcement learning". An episode has N steps and terminates; before
/// the first action one has an umbrella or not at random. Nothing is allocated by <see cref="Step"/>.
/// </remarks>
public sealed class UmbrellaChain : IVectorEnvironment<float, int>
{
    private const int Rain = 1, Umbrella = 2;
    private readonly EpisodeKeys _keys;
    private readonly RandomStream[] _streams;
    private readonly int[] _flags;
    private readonly int[] _times;
    private readonly int _width;

    /// <summary>Creates the environments; reset them before the first step.</summary>
    /// <param name="count">The number of environments.</param>
    /// <param name="length">The number N of steps. Default: 10.</param>
    /// <param name="distractors">The number of random bits of an observation. Default: 20.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public UmbrellaChain(int count = 1, int length = 10, int distractors = 20)
    {
        Count = Require.Positive(count, nameof(count));
        Length = Require.Positive(length, nameof(length));
        Distractors = Require.NonNegative(distractors, nameof(distractors));
        _keys = new EpisodeKeys(count);
        _streams = new RandomStream[count];
        _flags = new int[count];
        _times = new int[count];
        _width = 3 + distractors;
        ObservationSpace = new Box(0, 1, _width);
    }

    /// <summary>The number of steps of an episode.</summary>
    public int Length { get; }

    /// <summary>The number of random bits of an observation.</summary>
    public int Distractors { get; }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public Space<float> ObservationSpace { get; }

    /// <inheritdoc/>
    public Space<int> ActionSpace { get; } = new Discrete(2);

    /// <inheritdoc/>
    public void Reset(RandomKey key, Span<float> observations)
    {
        Require.Length(observations.Length, Count * _width, nameof(observations));
        _keys.Reset(key);
        for (int i = 0; i < Count; i++)
            Begin(i, _keys.Current(i), observations.Slice(i * _width, _width));
    }

    /// <inheritdoc/>
    public void Restart(int index, Span<float> observation)
    {
        Require.Length(observation.Length, _width, nameof(observation));
        _keys.EnsureStarted();
        Begin(index, _keys.Next(index), observation);
    }

    /// <inheritdoc/>
    public void Step(ReadOnlySpan<int> actions, in StepOutput<float> output)
    {
        Require.Length(actions.Length, Count, nameof(actions));
        output.Check(Count, _width);
        _keys.EnsureStarted();
        int wrong = actions.IndexOfAnyExceptInRange(0, 1);
        if (wrong >= 0)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The action of environment {wrong} is {actions[wrong]} but must be 0 or 1."), nameof(actions));

        output.Truncated.Clear();
        for (int i = 0; i < actions.Length; i++)
        {
            if (_times[i]++ == 0)
                _flags[i] = (_flags[i] & Rain) | (actions[i] * Umbrella);
            bool last = _times[i] == Length;
            bool good = last ? _flags[i] is 0 or (Rain | Umbrella) : _streams[i].NextUInt32() >> 31 == 1;
            output.Terminated[i] = last;
            output.Rewards[i] = good ? 1 : -1;
            Span<float> observation = output.Observations.Slice(i * _width, _width);
            if (last)
            {
                Observe(i, output.FinalObservations.Slice(i * _width, _width));
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
        archive.Expect(Length, "a length of");
        archive.Expect(Distractors, "a number of distractors of");
        archive.Transfer(_keys);
        archive.Transfer<int>(_flags);
        archive.Transfer<int>(_times);
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
        _flags[index] = (int)(_streams[index].NextUInt32() >> 30);
        _times[index] = 0;
        Observe(index, observation);
    }

    private void Observe(int index, Span<float> observation)
    {
        observation[0] = _flags[index] & Rain;
        observation[1] = _flags[index] >> 1;
        observation[2] = 1 - ((float)_times[index] / Length);
        uint word = 0;
        for (int k = 0; k < Distractors; k++, word >>= 1)
        {
            if (k % 32 == 0)
                word = _streams[index].NextUInt32();
            observation[3 + k] = word & 1;
        }
    }
}
