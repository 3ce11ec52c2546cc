using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>The learner and the discriminator of an adversarial imitator.</summary>
public sealed class GailState : AgentState<float, float>
{
    private readonly Discriminator _discriminator;
    private readonly double[] _metrics;

    internal GailState(Discriminator discriminator, ReplayAgentState<float> learner)
    {
        (_discriminator, Learner) = (discriminator, learner);
        MetricNames = [.. learner.MetricNames, "discriminator loss", "gradient penalty", "probability of demonstrations", "probability of play"];
        _metrics = new double[MetricNames.Count];
    }

    /// <summary>Who learns.</summary>
    public ReplayAgentState<float> Learner { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> MetricNames { get; }

    /// <inheritdoc/>
    public override ReadOnlySpan<double> Metrics => _metrics;

    /// <summary>What the discriminator of now says of pairs.</summary>
    /// <param name="observations">Observations, one row each.</param>
    /// <param name="actions">Actions, one row each.</param>
    /// <param name="rewards">Receives the reward of each row.</param>
    /// <param name="slopes">Receives the norm of the gradient of each reward, before pessimism, with respect to the observation and the action in the units of [-1, 1]; or empty.</param>
    /// <exception cref="ArgumentException">A span has the wrong length.</exception>
    public void Judge(ReadOnlySpan<float> observations, ReadOnlySpan<float> actions, Span<float> rewards, Span<float> slopes = default)
    {
        if (!slopes.IsEmpty)
            Require.Length(slopes.Length, rewards.Length, nameof(slopes));
        _discriminator.Judge(observations, actions, rewards, slopes);
    }

    /// <inheritdoc/>
    public override void Explore(ReadOnlySpan<float> observations, long steps, Span<float> actions) => Learner.Explore(observations, steps, actions);

    /// <inheritdoc/>
    public override AgentAdvance Observe(in Transition<float, float> transition)
    {
        AgentAdvance advance = Learner.Observe(transition);
        Learner.Metrics.CopyTo(_metrics);
        for (int i = 0; i < _discriminator.Terms.Length; i++)
            _metrics[Learner.Metrics.Length + i] = _discriminator.Terms[i];
        return _discriminator.IsFinite ? advance : AgentAdvance.Diverged;
    }

    /// <inheritdoc/>
    public override void Act(ReadOnlySpan<float> observations, Span<float> actions) => Learner.Act(observations, actions);

    /// <inheritdoc/>
    public override void KeepPolicy() => Learner.KeepPolicy();

    /// <inheritdoc/>
    public override IPolicy<float, float> CurrentPolicy() => Learner.CurrentPolicy();

    /// <inheritdoc/>
    public override IPolicy<float, float> KeptPolicy() => Learner.KeptPolicy();

    /// <inheritdoc/>
    public override void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(Learner);
        archive.Transfer<double>(_metrics);
    }
}
