using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// Scales rewards so that the discounted return has a variance of about 1: r / sqrt(variance of R + epsilon), where every step R = gamma R + r in each environment, begun anew with each episode.
/// Rewards aren't centred.
/// </summary>
/// <remarks>
/// NormalizeReward of Gymnasium for environments that reset in the step of the end, with its convention that the last reward of an episode that terminates counts alone. While the variance is learned, what
/// one environment earns depends on the others, and on the past: freeze it for evaluation, or evaluate without this wrapper, which returns the true rewards.
/// </remarks>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public sealed class NormalizeRewards<TObservation, TAction> : IVectorEnvironment<TObservation, TAction>
    where TObservation : unmanaged
    where TAction : unmanaged
{
    private readonly IVectorEnvironment<TObservation, TAction> _inner;
    private readonly double[] _returns;
    private bool _isFrozen;

    /// <summary>Wraps an environment.</summary>
    /// <param name="inner">The environment.</param>
    /// <param name="moments">The moments of discounted returns to use, such as those of the environment of training; by default new ones.</param>
    /// <exception cref="ArgumentException">The moments are of more than one feature.</exception>
    public NormalizeRewards(IVectorEnvironment<TObservation, TAction> inner, RunningMoments? moments = null)
    {
        _inner = Require.NotNull(inner);
        Moments = moments ?? new RunningMoments(1);
        Require.Length(Moments.Length, 1, nameof(moments));
        _returns = new double[inner.Count];
    }

    /// <summary>The discount gamma. Default: 0.99.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not in [0, 1].</exception>
    public double Discount { get; init => field = Require.InClosed(value, 0, 1); } = 0.99;

    /// <summary>What is added to the variance. Default: 1e-8.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not positive and finite.</exception>
    public double Epsilon { get; init => field = Require.Positive(value); } = 1e-8;

    /// <summary>Whether the variance is used without being changed, as evaluation needs it. Default: no.</summary>
    public bool IsFrozen
    {
        get => _isFrozen;
        set => _isFrozen = value;
    }

    /// <summary>The moments of discounted returns.</summary>
    public RunningMoments Moments { get; }

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
        Array.Clear(_returns);
    }

    /// <inheritdoc/>
    public void Restart(int index, Span<TObservation> observation)
    {
        _inner.Restart(index, observation);
        _returns[index] = 0;
    }

    /// <inheritdoc/>
    public void Step(ReadOnlySpan<TAction> actions, in StepOutput<TObservation> output)
    {
        _inner.Step(actions, output);
        for (int i = 0; i < _returns.Length; i++)
            _returns[i] = (output.Terminated[i] ? 0 : Discount * _returns[i]) + output.Rewards[i];
        if (!_isFrozen)
            Moments.Update(_returns);
        double deviation = Math.Sqrt(Moments.Variances[0] + Epsilon);
        for (int i = 0; i < _returns.Length; i++)
        {
            output.Rewards[i] /= deviation;
            if (output.Terminated[i] || output.Truncated[i])
                _returns[i] = 0;
        }
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(_inner);
        archive.Transfer<double>(_returns);
        archive.Transfer(Moments);
        archive.Transfer(ref _isFrozen);
    }
}
