using System.Globalization;
using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>Keeps every feature within bounds, final observations included: outliers, such as those of <see cref="NormalizeObservations{TAction}"/> in its first steps, don't rule learning.</summary>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public sealed class ClipObservations<TAction> : IVectorEnvironment<float, TAction> where TAction : unmanaged
{
    private readonly IVectorEnvironment<float, TAction> _inner;
    private readonly float _low;
    private readonly float _high;

    /// <summary>Wraps an environment.</summary>
    /// <param name="inner">The environment; its observations are those of a <see cref="Box"/>.</param>
    /// <param name="low">The lower bound.</param>
    /// <param name="high">The upper bound, at least the lower one.</param>
    /// <exception cref="ArgumentException">The bounds are NaN or in the wrong order, or the observations aren't those of a box.</exception>
    public ClipObservations(IVectorEnvironment<float, TAction> inner, float low, float high)
    {
        _inner = Require.NotNull(inner);
        if (!(low <= high))
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The bounds are [{low}, {high}]; low must be at most high, and neither may be NaN."), nameof(low));
        if (inner.ObservationSpace is not Box box)
            throw new ArgumentException($"The observations are those of {inner.ObservationSpace}, but only those of a box can be clipped.", nameof(inner));
        _low = low;
        _high = high;
        float[] lows = box.Low.ToArray(), highs = box.High.ToArray();
        Clip(lows);
        Clip(highs);
        ObservationSpace = new Box(lows, highs);
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
        _inner.Reset(key, observations);
        Clip(observations);
    }

    /// <inheritdoc/>
    public void Restart(int index, Span<float> observation)
    {
        _inner.Restart(index, observation);
        Clip(observation);
    }

    /// <inheritdoc/>
    public void Step(ReadOnlySpan<TAction> actions, in StepOutput<float> output)
    {
        _inner.Step(actions, output);
        Clip(output.Observations);
        int length = ObservationSpace.Length;
        for (int i = 0; i < Count; i++)
        {
            if (output.Terminated[i] || output.Truncated[i])
                Clip(output.FinalObservations.Slice(i * length, length));
        }
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(_inner);
    }

    private void Clip(Span<float> values)
    {
        foreach (ref float value in values)
            value = Math.Clamp(value, _low, _high);
    }
}
