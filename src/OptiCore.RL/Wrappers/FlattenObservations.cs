using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>Turns discrete observations into real features (<see cref="Space{T}.Flatten"/>: one-hot blocks, bits), for agents that need features.</summary>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public sealed class FlattenObservations<TAction> : IVectorEnvironment<float, TAction> where TAction : unmanaged
{
    private readonly IVectorEnvironment<int, TAction> _inner;
    private readonly StepBuffers<int> _buffers;
    private readonly Space<int> _space;

    /// <summary>Wraps an environment.</summary>
    /// <param name="inner">The environment.</param>
    public FlattenObservations(IVectorEnvironment<int, TAction> inner)
    {
        _inner = Require.NotNull(inner);
        _space = inner.ObservationSpace;
        _buffers = inner.CreateBuffers();
        ObservationSpace = new Box(0, 1, _space.FlatLength);
    }

    /// <inheritdoc/>
    public int Count => _inner.Count;

    /// <inheritdoc/>
    public Space<float> ObservationSpace { get; }

    /// <inheritdoc/>
    public Space<TAction> ActionSpace => _inner.ActionSpace;

    /// <inheritdoc/>
    public void Reset(RandomKey key, Span<float> observations)
    {
        Require.Length(observations.Length, Count * _space.FlatLength, nameof(observations));
        _inner.Reset(key, _buffers.Observations);
        for (int i = 0; i < Count; i++)
            _space.Flatten(_buffers.Observation(i), observations.Slice(i * _space.FlatLength, _space.FlatLength));
    }

    /// <inheritdoc/>
    public void Restart(int index, Span<float> observation)
    {
        Require.Length(observation.Length, _space.FlatLength, nameof(observation));
        _inner.Restart(index, _buffers.Observation(index));
        _space.Flatten(_buffers.Observation(index), observation);
    }

    /// <inheritdoc/>
    public void Step(ReadOnlySpan<TAction> actions, in StepOutput<float> output)
    {
        int features = _space.FlatLength;
        output.Check(Count, features);
        _inner.Step(actions, new StepOutput<int>
        {
            Observations = _buffers.Observations,
            Rewards = output.Rewards,
            Terminated = output.Terminated,
            Truncated = output.Truncated,
            FinalObservations = _buffers.FinalObservations,
        });
        for (int i = 0; i < Count; i++)
        {
            _space.Flatten(_buffers.Observation(i), output.Observations.Slice(i * features, features));
            if (output.Terminated[i] || output.Truncated[i])
                _space.Flatten(_buffers.FinalObservation(i), output.FinalObservations.Slice(i * features, features));
        }
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(_inner);
    }
}
