using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// Centres and scales every feature by what has been seen of it: (o - mean) / sqrt(variance + epsilon), with the moments of all observations so far, the newest included. Final observations
/// are taken in and scaled in the same way, before the first ones of the episodes that follow.
/// </summary>
/// <remarks>
/// NormalizeObservation of Gymnasium; with one environment the same numbers. While moments are learned, what one environment observes depends on the others, and on the past: freeze them for
/// evaluation, on an environment that shares <see cref="Moments"/> with the one of training.
/// </remarks>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public sealed class NormalizeObservations<TAction> : IVectorEnvironment<float, TAction> where TAction : unmanaged
{
    private readonly IVectorEnvironment<float, TAction> _inner;
    private readonly int _length;
    private readonly float[] _finals;
    private bool _isFrozen;

    /// <summary>Wraps an environment.</summary>
    /// <param name="inner">The environment.</param>
    /// <param name="moments">The moments to use, such as those of the environment of training; by default new ones.</param>
    /// <exception cref="ArgumentException">The moments have another number of features than the observations.</exception>
    public NormalizeObservations(IVectorEnvironment<float, TAction> inner, RunningMoments? moments = null)
    {
        _inner = Require.NotNull(inner);
        _length = inner.ObservationSpace.Length;
        Moments = moments ?? new RunningMoments(_length);
        Require.Length(Moments.Length, _length, nameof(moments));
        _finals = new float[inner.Count * _length];
        ObservationSpace = new Box(float.NegativeInfinity, float.PositiveInfinity, _length);
    }

    /// <summary>What is added to variances. Default: 1e-8.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not positive and finite.</exception>
    public double Epsilon { get; init => field = Require.Positive(value); } = 1e-8;

    /// <summary>Whether moments are used without being changed, as evaluation needs it. Default: no.</summary>
    public bool IsFrozen
    {
        get => _isFrozen;
        set => _isFrozen = value;
    }

    /// <summary>The moments of what has been observed.</summary>
    public RunningMoments Moments { get; }

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
        Normalize(observations);
    }

    /// <inheritdoc/>
    public void Restart(int index, Span<float> observation)
    {
        _inner.Restart(index, observation);
        Normalize(observation);
    }

    /// <inheritdoc/>
    public void Step(ReadOnlySpan<TAction> actions, in StepOutput<float> output)
    {
        _inner.Step(actions, output);
        int ended = 0;
        for (int i = 0; i < Count; i++)
        {
            if (output.Terminated[i] || output.Truncated[i])
                output.FinalObservations.Slice(i * _length, _length).CopyTo(_finals.AsSpan(_length * ended++));
        }

        if (ended > 0)
        {
            Normalize(_finals.AsSpan(0, ended * _length));
            ended = 0;
            for (int i = 0; i < Count; i++)
            {
                if (output.Terminated[i] || output.Truncated[i])
                    _finals.AsSpan(_length * ended++, _length).CopyTo(output.FinalObservations[(i * _length)..]);
            }
        }

        Normalize(output.Observations);
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(_inner);
        archive.Transfer(Moments);
        archive.Transfer(ref _isFrozen);
    }

    private void Normalize(Span<float> rows)
    {
        if (!_isFrozen)
            Moments.Update(rows);
        ReadOnlySpan<double> means = Moments.Means, variances = Moments.Variances;
        for (int j = 0; j < _length; j++)
        {
            double deviation = Math.Sqrt(variances[j] + Epsilon);
            for (int k = j; k < rows.Length; k += _length)
                rows[k] = (float)((rows[k] - means[j]) / deviation);
        }
    }
}
