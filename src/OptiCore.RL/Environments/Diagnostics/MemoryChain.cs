using System.Globalization;
using OptiCore.Persistence;

namespace OptiCore.RL.Environments;

/// <summary>
/// Memory chain: some random bits are shown at the beginning, and N steps later one of them is asked for. The observation is (1 - t / N, the number of the bit that is asked for in the last step and else 0, the bits as -1 or 1 in the
/// first step and else 0). Only the last action counts: 1 for the right bit (action 1 for a bit of 1), -1 for the wrong one. The best return is 1; a policy without memory can't do better than 0 on average, unless N = 1.
/// </summary>
/// <remarks>
/// I. Osband et al. (2020), "Behaviour suite for reinforcement learning". An episode has N steps and terminates; the last observation is all 0. (The suite shows the first observation twice, so that its episodes are longer by one.)
/// Nothing is allocated by <see cref="Step"/>.
/// </remarks>
public sealed class MemoryChain : IVectorEnvironment<float, int>
{
    private readonly EpisodeKeys _keys;
    private readonly uint[] _contexts;
    private readonly int[] _queries;
    private readonly int[] _times;
    private readonly int _width;

    /// <summary>Creates the environments; reset them before the first step.</summary>
    /// <param name="count">The number of environments.</param>
    /// <param name="length">The number N of steps. Default: 10.</param>
    /// <param name="bits">The number of bits, 1 to 32. Default: 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public MemoryChain(int count = 1, int length = 10, int bits = 1)
    {
        Count = Require.Positive(count, nameof(count));
        Length = Require.Positive(length, nameof(length));
        Bits = (int)Require.InClosed(bits, 1, 32, nameof(bits));
        _keys = new EpisodeKeys(count);
        _contexts = new uint[count];
        _queries = new int[count];
        _times = new int[count];
        _width = bits + 2;
        float[] low = new float[_width], high = new float[_width];
        Array.Fill(high, 1f);
        Array.Fill(low, -1f, 2, bits);
        low[0] = 0;
        high[1] = bits - 1;
        ObservationSpace = new Box(low, high);
    }

    /// <summary>The number of steps of an episode.</summary>
    public int Length { get; }

    /// <summary>The number of bits.</summary>
    public int Bits { get; }

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
            Span<float> observation = output.Observations.Slice(i * _width, _width);
            bool last = ++_times[i] == Length;
            output.Terminated[i] = last;
            output.Rewards[i] = last ? (actions[i] == (int)((_contexts[i] >> _queries[i]) & 1) ? 1 : -1) : 0;
            if (last)
            {
                output.FinalObservations.Slice(i * _width, _width).Clear();
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
        archive.Expect(Bits, "a number of bits of");
        archive.Transfer(_keys);
        archive.Transfer<uint>(_contexts);
        archive.Transfer<int>(_queries);
        archive.Transfer<int>(_times);
    }

    private void Begin(int index, RandomKey key, Span<float> observation)
    {
        RandomStream stream = key.Stream();
        _contexts[index] = stream.NextUInt32();
        _queries[index] = Draw.Below(ref stream, Bits);
        _times[index] = 0;
        Observe(index, observation);
    }

    private void Observe(int index, Span<float> observation)
    {
        int time = _times[index];
        observation.Clear();
        observation[0] = 1 - ((float)time / Length);
        if (time == Length - 1)
            observation[1] = _queries[index];
        for (int bit = 0; bit < Bits && time == 0; bit++)
            observation[2 + bit] = (2f * ((_contexts[index] >> bit) & 1)) - 1;
    }
}
