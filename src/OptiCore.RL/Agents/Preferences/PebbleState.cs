using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>The learner, the model of preferences and the memory of a PEBBLE agent.</summary>
public sealed class PebbleState : AgentState<float, float>
{
    private readonly Pebble _options;
    private readonly PreferenceReplay _memory;
    private readonly SegmentQueries _queries;
    private readonly SacState _explorer;
    private readonly SacState _learner;
    private readonly RandomKey _sessionKeys;
    private readonly double[] _metrics;
    private readonly int _learnerMetrics;
    private readonly long _explores;
    private long _transitions;
    private long _nextSession;
    private long _sessions;
    private int _asked;
    private bool _learns;

    internal PebbleState(Pebble options, AgentSetup<float, float> setup, IReplay<float, float> memory)
    {
        _options = options;
        Rewards = options.Rewards.Start(setup.ObservationSpace.Length, setup.ActionSpace.Length, setup.Key.Fold("rewards"), setup.Workers);
        _memory = new PreferenceReplay(memory, Rewards, options.Neighbours, options.EntropyOffset);
        _queries = new SegmentQueries(memory.Buffer, options.Rewards.SegmentLength, options.QueryWindow, checked(options.QueriesPerSession * options.CandidatesPerQuery));
        _sessionKeys = setup.Key.Fold("sessions");
        _explores = (long)options.Learner.LearningStarts + options.PretrainingSteps;

        // Who learns begins with the policy of who has explored, with transitions to learn from at once.
        _explorer = Begin(options.Learner, setup, "exploration");
        _learner = Begin(options.Learner with { LearningStarts = 1 }, setup, "learner");
        _learnerMetrics = _learner.MetricNames.Count;
        MetricNames = [.. _learner.MetricNames, "questions", "preference loss", "preference accuracy"];
        _metrics = new double[MetricNames.Count];
    }

    /// <summary>Who learns: who explores until the first questions, and after them the one that goes on with its policy.</summary>
    public SacState Learner => _learns ? _learner : _explorer;

    /// <summary>What is believed of the teacher's preferences.</summary>
    public PreferenceModelState Rewards { get; }

    /// <summary>The number of questions that were asked.</summary>
    public int Questions => _asked;

    /// <inheritdoc/>
    public override IReadOnlyList<string> MetricNames { get; }

    /// <inheritdoc/>
    public override ReadOnlySpan<double> Metrics => _metrics;

    /// <inheritdoc/>
    public override void Explore(ReadOnlySpan<float> observations, long steps, Span<float> actions) => Learner.Explore(observations, steps, actions);

    /// <inheritdoc/>
    public override AgentAdvance Observe(in Transition<float, float> transition)
    {
        AgentAdvance begun = AgentAdvance.Continue;
        if (!_learns && _transitions >= _explores)
            begun = BeginToLearn();
        else if (_learns && _transitions >= _nextSession && _asked < _options.MaxQueries)
            Ask(_options.Query);
        _transitions += transition.Rewards.Length;
        AgentAdvance advance = Learner.Observe(transition);
        Learner.Metrics.CopyTo(_metrics);
        return begun == AgentAdvance.Diverged || !Rewards.IsFinite ? AgentAdvance.Diverged : advance;
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
        archive.Transfer(ref _learns);
        archive.Transfer(ref _transitions);
        archive.Transfer(ref _nextSession);
        archive.Transfer(ref _sessions);
        archive.Transfer(ref _asked);
        archive.Transfer(Rewards);
        archive.Transfer(Learner);

        // While the other one explores, who is to learn is as at the beginning; a run that is taken back from later must find it so.
        if (!_learns)
            archive.Transfer(_learner);
        archive.Transfer<double>(_metrics);
    }

    private SacState Begin(Sac learner, AgentSetup<float, float> setup, string name) =>
        (SacState)learner.Start(setup with { Key = setup.Key.Fold(name), Memory = _memory });

    private AgentAdvance BeginToLearn()
    {
        // The policies that were kept and that are now both go over; all else of the learner is as new.
        Span<float> actor = _learner.Actor.Parameters.Span;
        _explorer.Actor.Kept.CopyTo(actor);
        _learner.KeepPolicy();
        _explorer.Actor.Parameters.Span.CopyTo(actor);
        _learner.Actor.Follow(1);
        _learns = true;
        Ask(QueryChoice.Uniform);
        _memory.FollowModel();
        _memory.Relabel();
        return _learner.Learn(_options.UpdatesAfterReset);
    }

    private void Ask(QueryChoice choice)
    {
        RandomKey key = _sessionKeys.Fold(_sessions++);
        _nextSession = _transitions + _options.QueryInterval;
        int questions = Math.Min(_options.QueriesPerSession, _options.MaxQueries - _asked);
        int candidates = choice == QueryChoice.Uniform ? questions : questions * _options.CandidatesPerQuery;
        _asked += _queries.Ask(questions, candidates, choice, Rewards, _options.Teacher, key);
        if (Rewards.Count == 0)
            return;
        PreferenceFit fit = Rewards.Fit(key.Fold("fit"));
        (_metrics[_learnerMetrics], _metrics[_learnerMetrics + 1], _metrics[_learnerMetrics + 2]) = (_asked, fit.Loss, fit.Accuracy);
        if (_options.RelabelsReplay)
            _memory.Relabel();
    }
}
