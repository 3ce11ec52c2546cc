using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// A configured learning algorithm: an immutable, validated record. It holds no run, so that one instance serves many threads.
/// <c>agent.Start(environment, key)</c> begins a <see cref="TrainingRun{TObservation, TAction}"/>.
/// </summary>
/// <typeparam name="TObservation">What it learns from: <see cref="int"/> for tabular methods, <see cref="float"/> for features.</typeparam>
/// <typeparam name="TAction">What it chooses: <see cref="int"/> for discrete actions, <see cref="float"/> for continuous ones.</typeparam>
public interface IAgent<TObservation, TAction>
    where TObservation : unmanaged
    where TAction : unmanaged
{
    /// <summary>Allocates everything that learning needs.</summary>
    /// <param name="setup">What the agent will face.</param>
    /// <exception cref="ArgumentException">The agent can't handle such spaces; the message says which it needs.</exception>
    AgentState<TObservation, TAction> Start(AgentSetup<TObservation, TAction> setup);
}

/// <summary>What an agent will face.</summary>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
/// <typeparam name="TAction">The element type of actions.</typeparam>
/// <param name="ObservationSpace">Where observations come from.</param>
/// <param name="ActionSpace">Where actions come from.</param>
/// <param name="Count">The number of environments that step together.</param>
/// <param name="Key">The agent's randomness.</param>
public readonly record struct AgentSetup<TObservation, TAction>(
    Space<TObservation> ObservationSpace, Space<TAction> ActionSpace, int Count, RandomKey Key)
    where TObservation : unmanaged
    where TAction : unmanaged
{
    /// <summary>Who does the parts of an update that can be done at the same time; results are the same for any number. Default: the calling thread.</summary>
    public IWorkers Workers { get; init; } = OptiCore.Workers.Serial;

    /// <summary>Where an agent that learns from a memory finds and keeps transitions: a data set, or a memory that says something else of their rewards. Default: null, a memory of its own.</summary>
    public IReplay<TObservation, TAction>? Memory { get; init; }
}

/// <summary>
/// Everything of an agent that changes. It explores, observes what came of it and learns. It never touches an environment, counts or decides on limits: the run does,
/// so that the same learner can be fed from elsewhere.
/// </summary>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public abstract class AgentState<TObservation, TAction> : IPersistent
    where TObservation : unmanaged
    where TAction : unmanaged
{
    /// <summary>What the agent reports of its last update, such as losses; as many names as <see cref="Metrics"/> has numbers.</summary>
    public virtual IReadOnlyList<string> MetricNames => [];

    /// <summary>The numbers of <see cref="MetricNames"/>; zeros before the first update.</summary>
    public virtual ReadOnlySpan<double> Metrics => [];

    /// <summary>Chooses actions to learn from: the behaviour policy.</summary>
    /// <param name="observations">The current observations, one row for each environment.</param>
    /// <param name="steps">The number of transitions observed so far, which exploration schedules go by.</param>
    /// <param name="actions">Receives the actions, one row for each environment.</param>
    public abstract void Explore(ReadOnlySpan<TObservation> observations, long steps, Span<TAction> actions);

    /// <summary>Learns from one transition of every environment. Doesn't allocate after warm-up.</summary>
    /// <param name="transition">What happened.</param>
    public abstract AgentAdvance Observe(in Transition<TObservation, TAction> transition);

    /// <summary>Chooses the actions that the agent holds for best, without exploration.</summary>
    /// <param name="observations">Any number of observations, one row each.</param>
    /// <param name="actions">Receives as many actions.</param>
    public abstract void Act(ReadOnlySpan<TObservation> observations, Span<TAction> actions);

    /// <summary>Keeps the current policy as the best so far, in place of the one kept before. Doesn't allocate.</summary>
    public abstract void KeepPolicy();

    /// <summary>A copy of the current policy.</summary>
    public abstract IPolicy<TObservation, TAction> CurrentPolicy();

    /// <summary>A copy of the policy that <see cref="KeepPolicy"/> kept last.</summary>
    public abstract IPolicy<TObservation, TAction> KeptPolicy();

    /// <inheritdoc/>
    public abstract void Persist(StateArchive archive);
}

/// <summary>What an agent wants after a transition.</summary>
public enum AgentAdvance
{
    /// <summary>The episodes go on.</summary>
    Continue,

    /// <summary>Running episodes are given up and every environment begins a new one: the policy that began them is gone.</summary>
    RestartEpisodes,

    /// <summary>The parameters are no longer finite: learning can't go on.</summary>
    Diverged,
}

/// <summary>One step of every environment, as an agent sees it. Rows and entries belong to environments.</summary>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public readonly ref struct Transition<TObservation, TAction>
    where TObservation : unmanaged
    where TAction : unmanaged
{
    /// <summary>What was observed before.</summary>
    public required ReadOnlySpan<TObservation> Observations { get; init; }

    /// <summary>What was done.</summary>
    public required ReadOnlySpan<TAction> Actions { get; init; }

    /// <summary>The rewards; finite.</summary>
    public required ReadOnlySpan<double> Rewards { get; init; }

    /// <summary>Where the task ended: nothing follows, its value is 0.</summary>
    public required ReadOnlySpan<bool> Terminated { get; init; }

    /// <summary>Where only the recording ended: <see cref="NextObservations"/> still has a value, unless <see cref="Terminated"/> is set too.</summary>
    public required ReadOnlySpan<bool> Truncated { get; init; }

    /// <summary>The true successors: the final observation where an episode has ended, never the first of the next episode.</summary>
    public required ReadOnlySpan<TObservation> NextObservations { get; init; }
}
