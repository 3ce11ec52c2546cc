namespace OptiCore.RL;

/// <summary>Which achieved goal takes the place of the desired one.</summary>
public enum HindsightStrategy
{
    /// <summary>That of a step of the same episode from the transition itself on, each equally likely. The paper's best.</summary>
    Future,

    /// <summary>That of the last step of the same episode.</summary>
    Final,

    /// <summary>That of any stored step of the same episode, each equally likely.</summary>
    Episode,

    /// <summary>That of any stored step of any episode, each equally likely.</summary>
    Random,
}

/// <summary>
/// Where an observation holds its goals, and how they are replaced. An observation is one row that contains, anywhere, the goal that its state achieves and the goal that is desired,
/// both of the same length.
/// </summary>
public sealed record HindsightOptions
{
    /// <summary>Where the achieved goal begins in an observation.</summary>
    public required int AchievedGoal { get; init => field = Require.NonNegative(value); }

    /// <summary>Where the desired goal begins in an observation.</summary>
    public required int DesiredGoal { get; init => field = Require.NonNegative(value); }

    /// <summary>The number of elements of a goal.</summary>
    public required int GoalLength { get; init => field = Require.Positive(value); }

    /// <summary>Which achieved goal is taken. Default: <see cref="HindsightStrategy.Future"/>.</summary>
    public HindsightStrategy Strategy { get; init => field = Require.Defined(value); }

    /// <summary>The number k of relabelled transitions for each that keeps its goal: the share k / (k + 1) of a batch is relabelled. At least 0. Default: 4, the paper's.</summary>
    public double GoalsPerTransition { get; init => field = Require.NonNegative(value); } = 4;
}

/// <summary>Judges transitions whose desired goal was replaced: the reward function of a goal-conditioned task.</summary>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public interface IGoalReward<TObservation, TAction>
    where TObservation : unmanaged
    where TAction : unmanaged
{
    /// <summary>Writes the rewards, and the ends where they depend on the goal. Called once for each batch; mustn't allocate.</summary>
    /// <param name="transitions">The relabelled transitions.</param>
    void Judge(in GoalTransitions<TObservation, TAction> transitions);
}

/// <summary>Transitions with a replaced goal; row k of every column belongs to transition k.</summary>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public readonly ref struct GoalTransitions<TObservation, TAction>
    where TObservation : unmanaged
    where TAction : unmanaged
{
    /// <summary>Where the goals are.</summary>
    public required HindsightOptions Layout { get; init; }

    /// <summary>What was observed, with the new goal.</summary>
    public required ReadOnlySpan<TObservation> Observations { get; init; }

    /// <summary>What was done.</summary>
    public required ReadOnlySpan<TAction> Actions { get; init; }

    /// <summary>What was observed after it, with the new goal.</summary>
    public required ReadOnlySpan<TObservation> NextObservations { get; init; }

    /// <summary>Receives the rewards; holds those under the old goal.</summary>
    public required Span<float> Rewards { get; init; }

    /// <summary>Where the task ended under the old goal; to be changed where reaching or missing the goal ends it.</summary>
    public required Span<bool> Terminated { get; init; }

    /// <summary>The number of transitions.</summary>
    public int Count => Rewards.Length;

    /// <summary>The goal that a transition achieved: that of its next observation.</summary>
    /// <param name="index">The transition.</param>
    public ReadOnlySpan<TObservation> Achieved(int index) => Goal(index, Layout.AchievedGoal);

    /// <summary>The new goal of a transition.</summary>
    /// <param name="index">The transition.</param>
    public ReadOnlySpan<TObservation> Desired(int index) => Goal(index, Layout.DesiredGoal);

    private ReadOnlySpan<TObservation> Goal(int index, int offset) => NextObservations.Slice((index * (NextObservations.Length / Count)) + offset, Layout.GoalLength);
}
