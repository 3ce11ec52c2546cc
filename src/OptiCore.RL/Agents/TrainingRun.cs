using System.Globalization;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.RL;

/// <summary>
/// An agent learning in an environment: the run owns the loop, the counts, the learning curve, the best policy, progress, cancellation and checkpoints.
/// </summary>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
/// <typeparam name="TAction">The element type of actions.</typeparam>
/// <remarks>
/// A run that was completed, cancelled or stopped at its target goes on from exactly there with the next <see cref="Train"/>. Saved and loaded, the environment included,
/// it goes on to identical bits. A step allocates nothing after warm-up, beyond the learning curve's amortised growth. A run is used by one thread at a time.
/// </remarks>
public sealed class TrainingRun<TObservation, TAction> : IPersistent
    where TObservation : unmanaged
    where TAction : unmanaged
{
    private readonly EpisodeStatistics<TObservation, TAction> _environment;
    private readonly TrainingOptions _options;
    private readonly string _kind;
    private readonly string _configuration;
    private readonly int _observationLength;
    private readonly TAction[] _actions;
    private readonly TObservation[] _successors;
    private readonly TObservation[] _final;
    private readonly double[] _rewards;
    private readonly bool[] _terminated;
    private readonly bool[] _truncated;
    private TObservation[] _observations;
    private TObservation[] _next;
    private LearningPoint[] _curve = new LearningPoint[64];
    private int _curveLength;
    private long _steps;
    private long _curveEpisodes;
    private long _curveSteps;
    private long _curveLengths;
    private double _curveReturn;
    private double _curveSquaredReturn;
    private double _best = double.NaN;
    private bool _targetReached;
    private string _failure = "";

    internal TrainingRun(IAgent<TObservation, TAction> agent, IVectorEnvironment<TObservation, TAction> environment, RandomKey key, TrainingOptions options)
    {
        _environment = new EpisodeStatistics<TObservation, TAction>(environment);
        _options = options;
        State = agent.Start(new AgentSetup<TObservation, TAction>(environment.ObservationSpace, environment.ActionSpace, environment.Count, key.Fold("agent")) { Workers = options.Workers });

        // Who works isn't part of what is run: a checkpoint goes on with any number of workers.
        _kind = agent.GetType().FullName ?? agent.GetType().Name;
        _configuration = string.Create(CultureInfo.InvariantCulture, $"{Checkpoint.Describe(agent)} on {environment.Count} x {Checkpoint.Describe(environment.ObservationSpace)} -> {Checkpoint.Describe(environment.ActionSpace)} with key {key} and {Checkpoint.Describe(options with { Workers = Workers.Serial })}");
        _observationLength = environment.ObservationSpace.Length;
        int count = environment.Count;
        _actions = new TAction[count * environment.ActionSpace.Length];
        _observations = new TObservation[count * _observationLength];
        _next = new TObservation[count * _observationLength];
        _successors = new TObservation[count * _observationLength];
        _final = new TObservation[count * _observationLength];
        _rewards = new double[count];
        _terminated = new bool[count];
        _truncated = new bool[count];
        _environment.Reset(key.Fold("environment"), _observations);
    }

    /// <summary>The agent's state, for those who know which agent it is.</summary>
    public AgentState<TObservation, TAction> State { get; }

    /// <summary>The number of transitions, all environments together.</summary>
    public long Steps => _steps;

    /// <summary>The number of episodes that have ended.</summary>
    public long Episodes => _environment.Episodes;

    /// <summary>The learning curve so far.</summary>
    public ReadOnlySpan<LearningPoint> Curve => _curve.AsSpan(0, _curveLength);

    /// <summary>The highest mean return of the learning curve; NaN before its first point.</summary>
    public double BestMeanReturn => _best;

    /// <summary>Trains.</summary>
    /// <param name="steps">The number of transitions to add, all environments together; rounded up to whole steps of all environments.</param>
    /// <param name="progress">Told every new point of the learning curve.</param>
    /// <param name="cancellationToken">Ends training with what was reached; never throws.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is smaller than 1.</exception>
    public TrainingResult<TObservation, TAction> Train(long steps, IProgress<LearningPoint>? progress = null, CancellationToken cancellationToken = default)
    {
        Require.Positive(steps, nameof(steps));
        long end = checked(_steps + steps);
        _targetReached = false;
        while (_steps < end)
        {
            if (cancellationToken.IsCancellationRequested)
                return Result(RunStatus.Stopped, StopReason.Cancelled, "Cancellation was requested.");
            int points = _curveLength;
            bool running = Step();
            if (_curveLength > points)
                progress?.Report(_curve[points]);
            if (!running)
                return Result(RunStatus.Failed, StopReason.NonFinite, _failure);
            if (_targetReached)
                return Result(RunStatus.Completed, StopReason.TargetReached, string.Create(CultureInfo.InvariantCulture, $"The mean return reached {_options.TargetReturn:g6}."));
        }

        return Result(RunStatus.Completed, StopReason.None, "All steps were done.");
    }

    /// <summary>Takes one step in every environment and learns from it.</summary>
    /// <returns>False when the run has failed and can't go on.</returns>
    public bool Step()
    {
        if (_failure.Length > 0)
            return false;
        State.Explore(_observations, _steps, _actions);
        _environment.Step(_actions, new StepOutput<TObservation>
        {
            Observations = _next,
            Rewards = _rewards,
            Terminated = _terminated,
            Truncated = _truncated,
            FinalObservations = _final,
        });
        for (int i = 0; i < _rewards.Length; i++)
        {
            if (!double.IsFinite(_rewards[i]))
                return Fail(string.Create(CultureInfo.InvariantCulture, $"The reward of environment {i} was {_rewards[i]} after {_steps} steps."));
        }

        _next.CopyTo(_successors);
        for (int i = 0; i < _rewards.Length; i++)
        {
            if (_terminated[i] || _truncated[i])
                _final.AsSpan(i * _observationLength, _observationLength).CopyTo(_successors.AsSpan(i * _observationLength));
        }

        _steps += _rewards.Length;
        AgentAdvance advance = State.Observe(new Transition<TObservation, TAction>
        {
            Observations = _observations,
            Actions = _actions,
            Rewards = _rewards,
            Terminated = _terminated,
            Truncated = _truncated,
            NextObservations = _successors,
        });
        (_observations, _next) = (_next, _observations);
        if (advance == AgentAdvance.Diverged)
            return Fail(string.Create(CultureInfo.InvariantCulture, $"The agent's parameters were no longer finite after {_steps} steps."));
        if (advance == AgentAdvance.RestartEpisodes)
        {
            for (int i = 0; i < _rewards.Length; i++)
            {
                if (!(_terminated[i] || _truncated[i]))
                    _environment.Restart(i, _observations.AsSpan(i * _observationLength, _observationLength));
            }
        }

        ExtendCurve();
        return true;
    }

    /// <summary>Chooses the actions that the agent holds for best, without exploration.</summary>
    /// <param name="observations">Any number of observations, one row each.</param>
    /// <param name="actions">Receives as many actions.</param>
    public void Act(ReadOnlySpan<TObservation> observations, Span<TAction> actions) => State.Act(observations, actions);

    /// <summary>Writes the run, agent and environment, so that another process can go on with it to identical bits.</summary>
    /// <param name="stream">Receives the checkpoint; stays open.</param>
    /// <exception cref="NotSupportedException">The environment can't be saved.</exception>
    public void Save(Stream stream) => Checkpoint.Write(stream, _kind, _configuration, this);

    /// <summary>Replaces this run, started with the same agent, environment and key, by a saved one.</summary>
    /// <param name="stream">The checkpoint.</param>
    /// <exception cref="CheckpointException">It is truncated, damaged or of another agent, environment or configuration; the run is unchanged.</exception>
    public void Load(Stream stream) => Checkpoint.Read(stream, _kind, _configuration, this);

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(_environment);
        archive.Transfer(State);
        archive.Transfer<TObservation>(_observations);
        archive.Transfer(ref _curve);
        archive.Transfer(ref _curveLength);
        archive.Transfer(ref _curveSteps);
        archive.Transfer(ref _curveEpisodes);
        archive.Transfer(ref _curveLengths);
        archive.Transfer(ref _curveReturn);
        archive.Transfer(ref _curveSquaredReturn);
        archive.Transfer(ref _steps);
        archive.Transfer(ref _best);
        archive.Transfer(ref _failure);
    }

    private void ExtendCurve()
    {
        if (_steps - _curveSteps < _options.CurveInterval || _environment.Episodes == _curveEpisodes)
            return;
        long episodes = _environment.Episodes - _curveEpisodes;
        double mean = (_environment.TotalReturn - _curveReturn) / episodes;
        double variance = Math.Max(((_environment.TotalSquaredReturn - _curveSquaredReturn) / episodes) - (mean * mean), 0);
        if (_curveLength == _curve.Length)
            Array.Resize(ref _curve, 2 * _curve.Length);
        _curve[_curveLength++] = new LearningPoint(_steps, _environment.Episodes, mean, (double)(_environment.TotalLength - _curveLengths) / episodes);
        _curveSteps = _steps;
        _curveEpisodes = _environment.Episodes;
        _curveReturn = _environment.TotalReturn;
        _curveLengths = _environment.TotalLength;
        _curveSquaredReturn = _environment.TotalSquaredReturn;

        // The highest of many noisy means is mostly luck. A later policy has learnt more: it is kept unless it is worse by more than two standard errors.
        if (!(mean < _best - (2 * Math.Sqrt(variance / episodes))))
            State.KeepPolicy();
        if (!(mean <= _best))
            _best = mean;

        _targetReached = mean >= _options.TargetReturn;
    }

    private bool Fail(string message)
    {
        _failure = message;
        return false;
    }

    private TrainingResult<TObservation, TAction> Result(RunStatus status, StopReason reason, string message)
    {
        IPolicy<TObservation, TAction> last = State.CurrentPolicy();
        return new TrainingResult<TObservation, TAction>
        {
            Status = status,
            Reason = reason,
            Message = message,
            Steps = _steps,
            Episodes = _environment.Episodes,
            Curve = Curve.ToArray(),
            BestMeanReturn = _best,
            BestPolicy = double.IsNaN(_best) ? last : State.KeptPolicy(),
            LastPolicy = last,
        };
    }
}

/// <summary>Begins training runs.</summary>
public static class Agents
{
    /// <summary>Begins a training run. The environment belongs to it from now on.</summary>
    /// <typeparam name="TObservation">The element type of observations.</typeparam>
    /// <typeparam name="TAction">The element type of actions.</typeparam>
    /// <param name="agent">The configured algorithm.</param>
    /// <param name="environment">Where it learns; the run resets it.</param>
    /// <param name="key">All randomness of the run: <c>key.Fold("environment")</c> and <c>key.Fold("agent")</c>.</param>
    /// <param name="options">How the run is watched; default: <see cref="TrainingOptions"/> as it is.</param>
    /// <exception cref="ArgumentException">The agent can't handle the environment's spaces.</exception>
    public static TrainingRun<TObservation, TAction> Start<TObservation, TAction>(
        this IAgent<TObservation, TAction> agent, IVectorEnvironment<TObservation, TAction> environment, RandomKey key, TrainingOptions? options = null)
        where TObservation : unmanaged
        where TAction : unmanaged
    {
        ArgumentNullException.ThrowIfNull(agent);
        ArgumentNullException.ThrowIfNull(environment);
        return new TrainingRun<TObservation, TAction>(agent, environment, key, options ?? new TrainingOptions());
    }
}
