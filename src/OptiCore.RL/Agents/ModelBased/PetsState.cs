using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>The model, the data and the plans of <see cref="Pets"/>.</summary>
public sealed class PetsState : AgentState<float, float>
{
    private readonly Pets _options;
    private readonly Space<float> _actionSpace;
    private readonly Box _box;
    private readonly RandomKey _key;
    private readonly DynamicsEnsemble _model;
    private readonly DynamicsEnsemble _kept;
    private readonly ModelPlanner _planner;
    private readonly CrossEntropyPlan[] _plans;
    private readonly ReplayBuffer<float, float> _replay;
    private readonly double[] _metrics = new double[3];
    private readonly int _inputs;
    private long _explored;
    private long _transitions;
    private long _fitted;

    internal PetsState(Pets options, AgentSetup<float, float> setup, Box box)
    {
        (_options, _actionSpace, _box, _key, _inputs) = (options, setup.ActionSpace, box, setup.Key, setup.ObservationSpace.Length);
        _plans = new CrossEntropyPlan[setup.Count];
        for (int i = 0; i < _plans.Length; i++)
            _plans[i] = new CrossEntropyPlan(options.Planner, box);
        _model = new DynamicsEnsemble(options.Model with { PredictsRewards = options.Rewards is null }, _inputs, box.Length, _key.Fold("model"));
        _kept = _model.Clone();
        _planner = new ModelPlanner(options, box, _model);
        _replay = new ReplayBuffer<float, float>(new ReplayOptions { Capacity = options.Capacity }, _inputs, box.Length, setup.Count);
    }

    /// <summary>The ensemble.</summary>
    public DynamicsEnsemble Model => _model;

    /// <summary>The transitions that it learns from.</summary>
    public ReplayBuffer<float, float> Data => _replay;

    /// <inheritdoc/>
    public override IReadOnlyList<string> MetricNames { get; } = ["model loss", "holdout error", "epochs"];

    /// <inheritdoc/>
    public override ReadOnlySpan<double> Metrics => _metrics;

    /// <inheritdoc/>
    public override void Explore(ReadOnlySpan<float> observations, long steps, Span<float> actions)
    {
        RandomKey key = _key.Fold("exploration").Fold(_explored++);
        int length = _box.Length;
        for (int i = 0; i < _plans.Length; i++)
        {
            Span<float> action = actions.Slice(i * length, length);
            if (_model.Fits == 0)
                _actionSpace.Sample(key.Fold(i), action);
            else
                _planner.Next(_plans[i], observations.Slice(i * _inputs, _inputs), key.Fold(i), action);
        }
    }

    /// <inheritdoc/>
    public override AgentAdvance Observe(in Transition<float, float> transition)
    {
        _replay.Add(transition);
        _transitions += transition.Rewards.Length;
        bool ended = false;
        for (int i = 0; i < _plans.Length; i++)
        {
            if (!transition.Terminated[i] && !transition.Truncated[i])
                continue;
            _plans[i].Reset();
            ended = true;
        }

        bool isDue = _options.FitInterval > 0 ? _transitions - _fitted >= _options.FitInterval : ended;
        if (!isDue || _transitions < _options.RandomTransitions || _replay.Count < 2)
            return AgentAdvance.Continue;
        _fitted = _transitions;
        DynamicsFit fit = _model.Fit(_replay, _key.Fold("fits").Fold(_model.Fits));
        (_metrics[0], _metrics[1], _metrics[2]) = (fit.Loss, fit.HoldoutError, fit.Epochs);
        return _model.IsFinite ? AgentAdvance.Continue : AgentAdvance.Diverged;
    }

    /// <summary>Plans for each observation from the beginning.</summary>
    /// <param name="observations">Any number of observations, one row each.</param>
    /// <param name="actions">Receives as many actions.</param>
    public override void Act(ReadOnlySpan<float> observations, Span<float> actions) => _planner.Act(observations, _key.Fold("act"), actions);

    /// <inheritdoc/>
    public override void KeepPolicy() => _kept.CopyFrom(_model);

    /// <inheritdoc/>
    public override IPolicy<float, float> CurrentPolicy() => new ModelPlanner(_options, _box, _model.Clone());

    /// <inheritdoc/>
    public override IPolicy<float, float> KeptPolicy() => new ModelPlanner(_options, _box, _kept.Clone());

    /// <inheritdoc/>
    public override void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(_model);
        archive.Transfer(_kept);
        foreach (CrossEntropyPlan plan in _plans)
            archive.Transfer(plan);
        archive.Transfer(_replay);
        archive.Transfer<double>(_metrics);
        archive.Transfer(ref _explored);
        archive.Transfer(ref _transitions);
        archive.Transfer(ref _fitted);
    }
}

/// <summary>A policy that plans with a model. Threads that act at the same time take turns.</summary>
internal sealed class ModelPlanner : IPolicy<float, float>
{
    private readonly Lock _lock = new();
    private readonly TrajectorySampler _sampler;
    private readonly CrossEntropyPlan _plan;
    private readonly int _inputs, _length;

    public ModelPlanner(Pets options, Box box, DynamicsEnsemble model)
    {
        _sampler = new TrajectorySampler(model, options.Rewards, options.Sampling, options.Particles, options.Planner);
        _plan = new CrossEntropyPlan(options.Planner, box);
        (_inputs, _length) = (model.ObservationLength, box.Length);
    }

    /// <summary>The next action of a plan that goes on.</summary>
    public void Next(CrossEntropyPlan plan, ReadOnlySpan<float> observation, RandomKey key, Span<float> action)
    {
        observation.CopyTo(_sampler.Start);
        plan.Next(_sampler.Evaluate, key, action);
    }

    public void Act(ReadOnlySpan<float> observations, RandomKey key, Span<float> actions)
    {
        int rows = actions.Length / _length;
        Require.Length(actions.Length, rows * _length, nameof(actions));
        Require.Length(observations.Length, rows * _inputs, nameof(observations));
        lock (_lock)
        {
            for (int i = 0; i < rows; i++)
            {
                _plan.Reset();
                Next(_plan, observations.Slice(i * _inputs, _inputs), key.Fold(i), actions.Slice(i * _length, _length));
            }
        }
    }
}
