using System.Globalization;
using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// Maps actions of [low, high] linearly onto the bounds of the inner environment, so that agents may act in [-1, 1] whatever the units are. Actions beyond [low, high] go beyond those bounds.
/// </summary>
/// <remarks>RescaleAction of Gymnasium. The bounds of the inner environment must be finite.</remarks>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
public sealed class RescaleActions<TObservation> : IVectorEnvironment<TObservation, float> where TObservation : unmanaged
{
    private readonly IVectorEnvironment<TObservation, float> _inner;
    private readonly Box _bounds;
    private readonly double _low;
    private readonly double _width;
    private readonly float[] _actions;

    /// <summary>Wraps an environment.</summary>
    /// <param name="inner">The environment; its actions are those of a <see cref="Box"/> with finite bounds.</param>
    /// <param name="low">The smallest action.</param>
    /// <param name="high">The largest action, above the smallest.</param>
    /// <exception cref="ArgumentException">The interval is empty or not finite, or actions aren't those of a box with finite bounds.</exception>
    public RescaleActions(IVectorEnvironment<TObservation, float> inner, float low = -1, float high = 1)
    {
        _inner = Require.NotNull(inner);
        if (!float.IsFinite(low) || !float.IsFinite(high) || low >= high)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The actions' interval is [{low}, {high}]; low must be below high, and both must be finite."), nameof(low));
        _bounds = inner.ActionSpace as Box ?? throw new ArgumentException($"The actions are those of {inner.ActionSpace}, but only those of a box can be rescaled.", nameof(inner));
        for (int j = 0; j < _bounds.Length; j++)
        {
            if (!float.IsFinite(_bounds.Low[j]) || !float.IsFinite(_bounds.High[j]))
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Element {j} of the actions has the bounds [{_bounds.Low[j]}, {_bounds.High[j]}], but only finite ones can be rescaled."), nameof(inner));
        }

        _low = low;
        _width = (double)high - low;
        _actions = new float[inner.Count * _bounds.Length];
        ActionSpace = new Box(low, high, _bounds.Length);
    }

    /// <inheritdoc/>
    public int Count => _inner.Count;

    /// <inheritdoc/>
    public Space<TObservation> ObservationSpace => _inner.ObservationSpace;

    /// <inheritdoc/>
    public Space<float> ActionSpace { get; }

    /// <inheritdoc/>
    public void Reset(RandomKey key, Span<TObservation> observations) => _inner.Reset(key, observations);

    /// <inheritdoc/>
    public void Restart(int index, Span<TObservation> observation) => _inner.Restart(index, observation);

    /// <inheritdoc/>
    public void Step(ReadOnlySpan<float> actions, in StepOutput<TObservation> output)
    {
        Require.Length(actions.Length, _actions.Length, nameof(actions));
        for (int k = 0; k < actions.Length; k++)
        {
            int j = k % _bounds.Length;
            _actions[k] = (float)(_bounds.Low[j] + ((actions[k] - _low) / _width * ((double)_bounds.High[j] - _bounds.Low[j])));
        }

        _inner.Step(_actions, output);
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(_inner);
    }
}
