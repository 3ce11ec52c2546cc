using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// Truncates every episode after a number of steps. A step that terminates exactly there carries both flags, as in Gymnasium; agents treat such a step as terminated.
/// </summary>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public sealed class TimeLimit<TObservation, TAction> : IVectorEnvironment<TObservation, TAction>
    where TObservation : unmanaged
    where TAction : unmanaged
{
    private readonly IVectorEnvironment<TObservation, TAction> _inner;
    private readonly int _observationLength;
    private readonly int[] _steps;

    /// <summary>Limits the episodes of an environment.</summary>
    /// <param name="inner">The environment.</param>
    /// <param name="maxEpisodeSteps">The longest episode, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is smaller than 1.</exception>
    public TimeLimit(IVectorEnvironment<TObservation, TAction> inner, int maxEpisodeSteps)
    {
        _inner = Require.NotNull(inner);
        MaxEpisodeSteps = Require.Positive(maxEpisodeSteps, nameof(maxEpisodeSteps));
        _observationLength = inner.ObservationSpace.Length;
        _steps = new int[inner.Count];
    }

    /// <summary>The longest episode.</summary>
    public int MaxEpisodeSteps { get; }

    /// <inheritdoc/>
    public int Count => _inner.Count;

    /// <inheritdoc/>
    public Space<TObservation> ObservationSpace => _inner.ObservationSpace;

    /// <inheritdoc/>
    public Space<TAction> ActionSpace => _inner.ActionSpace;

    /// <inheritdoc/>
    public void Reset(RandomKey key, Span<TObservation> observations)
    {
        _inner.Reset(key, observations);
        Array.Clear(_steps);
    }

    /// <inheritdoc/>
    public void Restart(int index, Span<TObservation> observation)
    {
        _inner.Restart(index, observation);
        _steps[index] = 0;
    }

    /// <inheritdoc/>
    public void Step(ReadOnlySpan<TAction> actions, in StepOutput<TObservation> output)
    {
        _inner.Step(actions, output);
        for (int i = 0; i < _steps.Length; i++)
        {
            bool limit = ++_steps[i] >= MaxEpisodeSteps;
            bool ended = output.Terminated[i] || output.Truncated[i];
            output.Truncated[i] |= limit;
            if (ended)
            {
                _steps[i] = 0;
            }
            else if (limit)
            {
                Span<TObservation> observation = output.Observations.Slice(i * _observationLength, _observationLength);
                observation.CopyTo(output.FinalObservations[(i * _observationLength)..]);
                Restart(i, observation);
            }
        }
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Expect(MaxEpisodeSteps, "a time limit of");
        archive.Transfer(_inner);
        archive.Transfer<int>(_steps);
    }
}
