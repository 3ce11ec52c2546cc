using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>The model, the learner, and the memories of what happened and of what was imagined.</summary>
public sealed class MbpoState : AgentState<float, float>
{
    private readonly Mbpo _options;
    private readonly ImaginedReplay _memory;
    private readonly Imagination _imagination;
    private readonly RandomKey _fitKeys;
    private readonly double[] _metrics;
    private long _fitted = -1;

    internal MbpoState(Mbpo options, AgentSetup<float, float> setup, Box box)
    {
        (_options, _fitKeys) = (options, setup.Key.Fold("fits"));
        (int inputs, int length) = (setup.ObservationSpace.Length, box.Length);
        Model = new DynamicsEnsemble(options.Model with { PredictsRewards = options.Rewards is null }, inputs, length, setup.Key.Fold("model"));
        _imagination = new Imagination(options, Model);
        var real = new ReplayBuffer<float, float>(options.Learner.Replay, inputs, length, setup.Count);
        var imagined = new ReplayBuffer<float, float>(options.Learner.Replay with { Capacity = options.ImaginedCapacity }, inputs, length);
        _memory = new ImaginedReplay(real, imagined, options.Learner.BatchSize, options.RealShare);
        Learner = (SacState)options.Learner.Start(setup with { Key = setup.Key.Fold("learner"), Memory = _memory });
        MetricNames = [.. Learner.MetricNames, "model loss", "holdout error", "imagined transitions"];
        _metrics = new double[MetricNames.Count];
    }

    /// <summary>Who learns.</summary>
    public SacState Learner { get; }

    /// <summary>The model.</summary>
    public DynamicsEnsemble Model { get; }

    /// <summary>What was imagined.</summary>
    public ReplayBuffer<float, float> Imagined => _memory.Imagined;

    /// <inheritdoc/>
    public override IReadOnlyList<string> MetricNames { get; }

    /// <inheritdoc/>
    public override ReadOnlySpan<double> Metrics => _metrics;

    /// <inheritdoc/>
    public override void Explore(ReadOnlySpan<float> observations, long steps, Span<float> actions) => Learner.Explore(observations, steps, actions);

    /// <inheritdoc/>
    public override AgentAdvance Observe(in Transition<float, float> transition)
    {
        long before = Learner.Transitions;
        bool isDue = _fitted < 0 ? before + transition.Rewards.Length >= _options.Learner.LearningStarts : before - _fitted >= _options.FitInterval;
        if (isDue && _memory.Buffer.Count >= 2)
            Imagine(before);
        AgentAdvance advance = Learner.Observe(transition);
        Learner.Metrics.CopyTo(_metrics);
        return Model.IsFinite ? advance : AgentAdvance.Diverged;
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
        archive.Transfer(Model);
        archive.Transfer(Learner);
        archive.Transfer<double>(_metrics);
        archive.Transfer(ref _fitted);
    }

    private void Imagine(long transitions)
    {
        RandomKey key = _fitKeys.Fold(Model.Fits);
        DynamicsFit fit = Model.Fit(_memory.Buffer, key.Fold("fit"));
        _fitted = transitions;
        int steps = Math.Max(1, (int)_options.RolloutLength.At(transitions));
        _imagination.Play(Learner, _memory.Buffer, _memory.Imagined, (long)_options.FitInterval * _options.RolloutsPerTransition, steps, key.Fold("play"));
        int first = Learner.MetricNames.Count;
        (_metrics[first], _metrics[first + 1], _metrics[first + 2]) = (fit.Loss, fit.HoldoutError, _memory.Imagined.Count);
    }
}
