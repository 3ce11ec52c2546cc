namespace OptiCore.RL;

/// <summary>Chooses actions. A policy is immutable and can be used by several threads at a time.</summary>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public interface IPolicy<TObservation, TAction>
    where TObservation : unmanaged
    where TAction : unmanaged
{
    /// <summary>Chooses an action for each observation.</summary>
    /// <param name="observations">Observations, one row each.</param>
    /// <param name="key">The randomness of the choice; row i uses <c>key.Fold(i)</c>. Deterministic policies don't look at it.</param>
    /// <param name="actions">Receives the actions, one row each.</param>
    void Act(ReadOnlySpan<TObservation> observations, RandomKey key, Span<TAction> actions);
}

/// <summary>
/// A policy whose choice depends on what was observed since the beginning of the episode. It is immutable like any other: what it remembers is the caller's, one row of numbers for each episode that is played.
/// <see cref="PolicyPlayer{TObservation, TAction}"/> keeps them.
/// </summary>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public interface IRecurrentPolicy<TObservation, TAction> : IPolicy<TObservation, TAction>
    where TObservation : unmanaged
    where TAction : unmanaged
{
    /// <summary>The number of elements that are remembered of an episode.</summary>
    int MemoryLength { get; }

    /// <summary>Chooses an action for each observation, and remembers. <see cref="IPolicy{TObservation, TAction}.Act"/> takes every observation for the first of its episode and remembers nothing.</summary>
    /// <param name="observations">Observations, one row each.</param>
    /// <param name="key">The randomness of the choice.</param>
    /// <param name="memory">What is remembered before, and afterwards after the observation, one row of <see cref="MemoryLength"/> numbers each; zeros at the beginning of an episode.</param>
    /// <param name="actions">Receives the actions, one row each.</param>
    void Act(ReadOnlySpan<TObservation> observations, RandomKey key, Span<float> memory, Span<TAction> actions);
}

/// <summary>Plays uniformly at random: the baseline that every agent has to beat.</summary>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
/// <typeparam name="TAction">The element type of actions.</typeparam>
/// <param name="actionSpace">Where actions are drawn from.</param>
public sealed class RandomPolicy<TObservation, TAction>(Space<TAction> actionSpace) : IPolicy<TObservation, TAction>
    where TObservation : unmanaged
    where TAction : unmanaged
{
    private readonly Space<TAction> _actionSpace = Require.NotNull(actionSpace);

    /// <inheritdoc/>
    public void Act(ReadOnlySpan<TObservation> observations, RandomKey key, Span<TAction> actions)
    {
        int length = _actionSpace.Length;
        for (int i = 0; i * length < actions.Length; i++)
            _actionSpace.Sample(key.Fold(i), actions.Slice(i * length, length));
    }
}

/// <summary>The greedy policy of a table of action values: argmax_a Q(s, a), the smallest action number among equals.</summary>
public sealed class TabularPolicy : IPolicy<int, int>
{
    private readonly int[] _actions;
    private readonly int _firstState;

    /// <summary>Creates the policy.</summary>
    /// <param name="actionValues">Q(s, a), row-major by state.</param>
    /// <param name="actions">The number of actions.</param>
    /// <param name="firstState">The observation of the first row.</param>
    /// <param name="firstAction">The action of the first column.</param>
    /// <exception cref="ArgumentException">The table isn't a whole number of rows.</exception>
    public TabularPolicy(ReadOnlySpan<double> actionValues, int actions, int firstState = 0, int firstAction = 0)
    {
        Require.Positive(actions, nameof(actions));
        Require.Length(actionValues.Length, actionValues.Length / actions * actions, nameof(actionValues));
        _actions = new int[actionValues.Length / actions];
        _firstState = firstState;
        for (int state = 0; state < _actions.Length; state++)
        {
            ReadOnlySpan<double> row = actionValues.Slice(state * actions, actions);
            int best = 0;
            for (int action = 1; action < actions; action++)
                best = row[action] > row[best] ? action : best;
            _actions[state] = best + firstAction;
        }
    }

    /// <summary>The action in each state.</summary>
    public ReadOnlySpan<int> Actions => _actions;

    /// <inheritdoc/>
    public void Act(ReadOnlySpan<int> observations, RandomKey key, Span<int> actions)
    {
        Require.Length(actions.Length, observations.Length, nameof(actions));
        for (int i = 0; i < observations.Length; i++)
            actions[i] = _actions[observations[i] - _firstState];
    }
}
