using System.Globalization;
using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// Looks at everything that an environment says while it is played, and throws at the first thing that can't be right: an observation outside the space, as one that isn't a number, or a reward that isn't
/// finite. For environments under development; <see cref="EnvironmentCheck"/> looks for more in a test. Changes nothing else.
/// </summary>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public sealed class CheckedEnvironment<TObservation, TAction> : IVectorEnvironment<TObservation, TAction>
    where TObservation : unmanaged
    where TAction : unmanaged
{
    private readonly IVectorEnvironment<TObservation, TAction> _inner;
    private readonly int _length;
    private long _steps;

    /// <summary>Watches an environment.</summary>
    /// <param name="inner">The environment.</param>
    public CheckedEnvironment(IVectorEnvironment<TObservation, TAction> inner)
    {
        _inner = Require.NotNull(inner);
        _length = inner.ObservationSpace.Length;
    }

    /// <inheritdoc/>
    public int Count => _inner.Count;

    /// <inheritdoc/>
    public Space<TObservation> ObservationSpace => _inner.ObservationSpace;

    /// <inheritdoc/>
    public Space<TAction> ActionSpace => _inner.ActionSpace;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The environment gave an observation that can't be; the message says which and where.</exception>
    public void Reset(RandomKey key, Span<TObservation> observations)
    {
        _inner.Reset(key, observations);
        _steps = 0;
        for (int i = 0; i < Count; i++)
            Observation(i, observations.Slice(i * _length, _length), "first observation");
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The environment gave an observation that can't be; the message says which and where.</exception>
    public void Restart(int index, Span<TObservation> observation)
    {
        _inner.Restart(index, observation);
        Observation(index, observation, "first observation");
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The environment gave an observation or a reward that can't be; the message says which and where.</exception>
    public void Step(ReadOnlySpan<TAction> actions, in StepOutput<TObservation> output)
    {
        _inner.Step(actions, output);
        _steps++;
        for (int i = 0; i < Count; i++)
        {
            if (!double.IsFinite(output.Rewards[i]))
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"The reward of environment {i} in step {_steps} is {output.Rewards[i]}; it must be finite."));
            if (output.Terminated[i] || output.Truncated[i])
                Observation(i, output.FinalObservations.Slice(i * _length, _length), "final observation");
            Observation(i, output.Observations.Slice(i * _length, _length), "observation");
        }
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(_inner);
        archive.Transfer(ref _steps);
    }

    private void Observation(int index, ReadOnlySpan<TObservation> observation, string what)
    {
        if (!ObservationSpace.Contains(observation))
        {
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture,
                $"The {what} of environment {index} in step {_steps} is ({string.Join(", ", observation.ToArray())}), which is outside {ObservationSpace}."));
        }
    }
}
