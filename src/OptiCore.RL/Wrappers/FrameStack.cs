using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// Shows the last k observations as one, the oldest first, so that what a single one hides, such as a velocity, can be seen. An episode begins with its first observation k times.
/// </summary>
/// <remarks>
/// FrameStackObservation of Gymnasium. The observation space is the product of k times that of the inner environment: a <see cref="Box"/> of a box, a <see cref="MultiDiscrete"/> of
/// categories from 0, a <see cref="MultiBinary"/> of bits, else a <see cref="StackedSpace{T}"/>. A step copies k observations for each environment.
/// </remarks>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public sealed class FrameStack<TObservation, TAction> : IVectorEnvironment<TObservation, TAction>
    where TObservation : unmanaged
    where TAction : unmanaged
{
    private readonly IVectorEnvironment<TObservation, TAction> _inner;
    private readonly StepBuffers<TObservation> _buffers;
    private readonly TObservation[] _stacks;
    private readonly int _length;
    private readonly int _stackLength;

    /// <summary>Wraps an environment.</summary>
    /// <param name="inner">The environment.</param>
    /// <param name="frames">The number of observations shown, k.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is smaller than 1.</exception>
    public FrameStack(IVectorEnvironment<TObservation, TAction> inner, int frames)
    {
        _inner = Require.NotNull(inner);
        Frames = Require.Positive(frames, nameof(frames));
        _length = inner.ObservationSpace.Length;
        _stackLength = checked(frames * _length);
        _buffers = inner.CreateBuffers();
        _stacks = new TObservation[checked(inner.Count * _stackLength)];
        ObservationSpace = StackedSpace<TObservation>.Of(inner.ObservationSpace, frames);
    }

    /// <summary>The number of observations shown.</summary>
    public int Frames { get; }

    /// <inheritdoc/>
    public int Count => _inner.Count;

    /// <inheritdoc/>
    public Space<TObservation> ObservationSpace { get; }

    /// <inheritdoc/>
    public Space<TAction> ActionSpace => _inner.ActionSpace;

    /// <inheritdoc/>
    public void Reset(RandomKey key, Span<TObservation> observations)
    {
        Require.Length(observations.Length, _stacks.Length, nameof(observations));
        _inner.Reset(key, _buffers.Observations);
        for (int i = 0; i < Count; i++)
            Begin(i);
        _stacks.CopyTo(observations);
    }

    /// <inheritdoc/>
    public void Restart(int index, Span<TObservation> observation)
    {
        Require.Length(observation.Length, _stackLength, nameof(observation));
        _inner.Restart(index, _buffers.Observation(index));
        Begin(index);
        Stack(index).CopyTo(observation);
    }

    /// <inheritdoc/>
    public void Step(ReadOnlySpan<TAction> actions, in StepOutput<TObservation> output)
    {
        output.Check(Count, _stackLength);
        _inner.Step(actions, new StepOutput<TObservation>
        {
            Observations = _buffers.Observations,
            Rewards = output.Rewards,
            Terminated = output.Terminated,
            Truncated = output.Truncated,
            FinalObservations = _buffers.FinalObservations,
        });
        for (int i = 0; i < Count; i++)
        {
            Span<TObservation> stack = Stack(i);
            stack[_length..].CopyTo(stack);
            if (output.Terminated[i] || output.Truncated[i])
            {
                _buffers.FinalObservation(i).CopyTo(stack[^_length..]);
                stack.CopyTo(output.FinalObservations[(i * _stackLength)..]);
                Begin(i);
            }
            else
            {
                _buffers.Observation(i).CopyTo(stack[^_length..]);
            }
        }

        _stacks.CopyTo(output.Observations);
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(_inner);
        archive.Transfer<TObservation>(_stacks);
    }

    private Span<TObservation> Stack(int index) => _stacks.AsSpan(index * _stackLength, _stackLength);

    private void Begin(int index)
    {
        Span<TObservation> stack = Stack(index), first = _buffers.Observation(index);
        for (int k = 0; k < stack.Length; k += _length)
            first.CopyTo(stack[k..]);
    }
}
