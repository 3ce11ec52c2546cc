namespace OptiCore.RL.Planning;

/// <summary>
/// UCT: in every node the action of the largest Q(a) + C sqrt(ln N / N(a)), each action once before any is taken twice; values are means of returns. Tends to the best action, and knows of nothing but the simulator.
/// </summary>
/// <remarks>
/// L. Kocsis, C. Szepesvári (2006), "Bandit based Monte-Carlo planning". The paper's C is sqrt(2) for returns in [0, 1]: let it grow with their range. One simulation costs O(depth actions) and one evaluation. Prefer <see cref="Puct"/> where priors
/// are known.
/// </remarks>
[Algorithm("UCT", "Tree search", "L. Kocsis, C. Szepesvári (2006), Bandit based Monte-Carlo planning", Capabilities = "one player or two; deterministic or stochastic simulator")]
public sealed record Uct
{
    /// <summary>The constant C. Default: sqrt(2).</summary>
    public double Exploration { get; init => field = Require.NonNegative(value); } = Math.Sqrt(2);

    /// <summary>The size of the tree and the discount.</summary>
    public TreeSearchLimits Limits { get; init => field = Require.NotNull(value); } = new();

    /// <summary>Allocates a search.</summary>
    /// <typeparam name="TState">The state.</typeparam>
    /// <param name="simulator">The world.</param>
    /// <param name="evaluator">Evaluates new states; by default a random game.</param>
    public TreeSearch<TState> Start<TState>(ISimulator<TState> simulator, ILeafEvaluator<TState>? evaluator = null) where TState : unmanaged, IEquatable<TState> =>
        new(simulator, evaluator, new TreeRule { Formula = TreeFormula.UpperConfidence, Exploration = Exploration }, Limits);
}

/// <summary>
/// PUCT: in every node the action of the largest Q(a) + c P(a) sqrt(N) / (1 + N(a)), with priors P of the evaluator and c = ln((1 + N + base) / base) + init; values are means of the evaluations below.
/// </summary>
/// <remarks>
/// D. Silver et al. (2018), "A general reinforcement learning algorithm that masters chess, shogi, and Go through self-play". An action that was never taken counts <see cref="InitialValue"/>. For self-play, the priors of the root are mixed with
/// a draw of a symmetric Dirichlet distribution (<see cref="RootNoise"/>). Values are taken to lie in about [-1, 1].
/// </remarks>
[Algorithm("PUCT", "Tree search", "D. Silver et al. (2018), A general reinforcement learning algorithm that masters chess, shogi, and Go through self-play", Capabilities = "priors and values of an evaluator")]
public sealed record Puct
{
    /// <summary>The constant init of the exploration. Default: 1.25.</summary>
    public double Exploration { get; init => field = Require.NonNegative(value); } = 1.25;

    /// <summary>The number of visits from which exploration grows. Default: 19,652.</summary>
    public double ExplorationBase { get; init => field = Require.Positive(value); } = 19_652;

    /// <summary>The value of an action that was never taken, for the player to move. Default: 0.</summary>
    public double InitialValue { get; init => field = Require.Finite(value); }

    /// <summary>The part of noise in the root's priors, in [0, 1]; 0.25 for self-play. Default: 0.</summary>
    public double RootNoise { get; init => field = Require.InClosed(value, 0, 1); }

    /// <summary>The concentration of that noise; about 10 over the number of legal actions. Default: 0.3.</summary>
    public double RootNoiseConcentration { get; init => field = Require.Positive(value); } = 0.3;

    /// <summary>The size of the tree and the discount.</summary>
    public TreeSearchLimits Limits { get; init => field = Require.NotNull(value); } = new();

    /// <summary>Allocates a search.</summary>
    /// <typeparam name="TState">The state.</typeparam>
    /// <param name="simulator">The world.</param>
    /// <param name="evaluator">Evaluates new states; by default a random game and equal priors.</param>
    public TreeSearch<TState> Start<TState>(ISimulator<TState> simulator, ILeafEvaluator<TState>? evaluator = null) where TState : unmanaged, IEquatable<TState> =>
        new(
            simulator,
            evaluator,
            new TreeRule { Formula = TreeFormula.Predictor, Exploration = Exploration, ExplorationBase = ExplorationBase, InitialValue = InitialValue },
            Limits,
            RootNoise,
            RootNoiseConcentration);
}
