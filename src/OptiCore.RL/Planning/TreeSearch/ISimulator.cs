namespace OptiCore.RL.Planning;

/// <summary>
/// What a tree search needs of a world: states as values, legal actions, and a step. One player, or two of whom one wins what the other loses. It holds no run; a deterministic world doesn't read the stream.
/// </summary>
/// <typeparam name="TState">The state: a struct without references and without padding.</typeparam>
public interface ISimulator<TState> where TState : unmanaged, IEquatable<TState>
{
    /// <summary>The largest number of legal actions of a state.</summary>
    int MaxActions { get; }

    /// <summary>The player to move: 0 wants large rewards, 1 small ones. Always 0 in a world of one.</summary>
    /// <param name="state">A state that isn't terminal.</param>
    int PlayerToMove(in TState state);

    /// <summary>Lists the legal actions.</summary>
    /// <param name="state">A state that isn't terminal.</param>
    /// <param name="actions">Receives them; at least <see cref="MaxActions"/> elements.</param>
    /// <returns>How many there are, at least 1.</returns>
    int LegalActions(in TState state, Span<int> actions);

    /// <summary>Takes an action.</summary>
    /// <param name="state">A state that isn't terminal; replaced by the next.</param>
    /// <param name="action">A legal action.</param>
    /// <param name="stream">The randomness of the step.</param>
    /// <returns>The reward of player 0 and whether the task is over.</returns>
    StepOutcome Step(ref TState state, int action, ref RandomStream stream);
}

/// <summary>Says what a state at the edge of the tree is worth, and which actions look promising: a random game, a heuristic or a network.</summary>
/// <typeparam name="TState">The state.</typeparam>
public interface ILeafEvaluator<TState> where TState : unmanaged, IEquatable<TState>
{
    /// <summary>Evaluates a state.</summary>
    /// <param name="state">A state that isn't terminal.</param>
    /// <param name="actions">Its legal actions.</param>
    /// <param name="priors">Receives a probability for each legal action; their sum is 1.</param>
    /// <param name="stream">The randomness of the evaluation.</param>
    /// <returns>An estimate of the return of player 0 from there.</returns>
    double Evaluate(in TState state, ReadOnlySpan<int> actions, Span<double> priors, ref RandomStream stream);
}

/// <summary>Plays at random to the end, and holds all actions for equally promising. Used by one search at a time.</summary>
/// <typeparam name="TState">The state.</typeparam>
/// <param name="simulator">The world.</param>
/// <param name="discount">The discount of (0, 1].</param>
/// <param name="maxSteps">The largest number of steps; what would follow counts 0.</param>
public sealed class RandomRollout<TState>(ISimulator<TState> simulator, double discount = 1, int maxSteps = 1000) : ILeafEvaluator<TState>
    where TState : unmanaged, IEquatable<TState>
{
    private readonly ISimulator<TState> _simulator = Require.NotNull(simulator);
    private readonly double _discount = Require.InOpenClosed(discount, 0, 1, nameof(discount));
    private readonly int _maxSteps = Require.Positive(maxSteps, nameof(maxSteps));
    private readonly int[] _actions = new int[simulator.MaxActions];

    /// <inheritdoc/>
    public double Evaluate(in TState state, ReadOnlySpan<int> actions, Span<double> priors, ref RandomStream stream)
    {
        priors.Fill(1.0 / priors.Length);
        TState current = state;
        double total = 0, weight = 1;
        for (int step = 0; step < _maxSteps; step++)
        {
            int count = _simulator.LegalActions(current, _actions);
            StepOutcome outcome = _simulator.Step(ref current, _actions[count == 1 ? 0 : stream.NextInt32(count)], ref stream);
            total += weight * outcome.Reward;
            if (outcome.Terminated)
                break;
            weight *= _discount;
        }

        return total;
    }
}

/// <summary>A finite decision process as a simulator: all actions are legal in every state.</summary>
/// <param name="model">The model.</param>
public sealed class TabularSimulator(TabularModel model) : ISimulator<int>
{
    private readonly TabularModel _model = Require.NotNull(model);

    /// <inheritdoc/>
    public int MaxActions => _model.Actions;

    /// <inheritdoc/>
    public int PlayerToMove(in int state) => 0;

    /// <inheritdoc/>
    public int LegalActions(in int state, Span<int> actions)
    {
        for (int action = 0; action < _model.Actions; action++)
            actions[action] = action;
        return _model.Actions;
    }

    /// <inheritdoc/>
    public StepOutcome Step(ref int state, int action, ref RandomStream stream)
    {
        ReadOnlySpan<TabularOutcome> outcomes = _model.Outcomes(state, action);
        int chosen = 0;
        if (outcomes.Length > 1)
        {
            double uniform = stream.NextDouble(), cumulative = outcomes[0].Probability;
            while (cumulative <= uniform && chosen < outcomes.Length - 1)
                cumulative += outcomes[++chosen].Probability;
        }

        state = outcomes[chosen].NextState;
        return new StepOutcome(outcomes[chosen].Reward, outcomes[chosen].Terminated);
    }
}
