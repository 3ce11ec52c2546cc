namespace OptiCore.RL.Planning;

/// <summary>
/// MENTS: tree search with maximum entropy. The value of a node is V = tau ln sum_a exp(Q(a) / tau); actions are drawn from (1 - lambda) exp((Q(a) - V) / tau) + lambda / |A| with lambda = epsilon |A| / ln(N + 1) (at most 1).
/// </summary>
/// <remarks>
/// C. Xiao, R. Huang, J. Mei, D. Schuurmans, M. Müller (2019), "Maximum entropy Monte-Carlo planning". The regularised value is found exponentially fast, but it isn't the value without entropy: it lies above by at most tau ln |A| a step.
/// tau balances speed against that. An action that was never taken counts <see cref="InitialValue"/>. One simulation costs O(depth (actions + outcomes)) and one evaluation.
/// </remarks>
[Algorithm("MENTS", "Tree search", "C. Xiao, R. Huang, J. Mei, D. Schuurmans, M. Müller (2019), Maximum entropy Monte-Carlo planning", Capabilities = "Shannon entropy; one player or two")]
public sealed record Ments
{
    /// <summary>The temperature tau. Default: 0.1.</summary>
    public double Temperature { get; init => field = Require.Positive(value); } = 0.1;

    /// <summary>The exploration epsilon. Default: 0.1.</summary>
    public double Exploration { get; init => field = Require.NonNegative(value); } = 0.1;

    /// <summary>The value of an action that was never taken, for the player to move. Default: 0.</summary>
    public double InitialValue { get; init => field = Require.Finite(value); }

    /// <summary>The size of the tree and the discount.</summary>
    public TreeSearchLimits Limits { get; init => field = Require.NotNull(value); } = new();

    /// <summary>Allocates a search.</summary>
    /// <typeparam name="TState">The state.</typeparam>
    /// <param name="simulator">The world.</param>
    /// <param name="evaluator">Evaluates new states; by default a random game.</param>
    public TreeSearch<TState> Start<TState>(ISimulator<TState> simulator, ILeafEvaluator<TState>? evaluator = null) where TState : unmanaged, IEquatable<TState> =>
        new(simulator, evaluator, new TreeRule { Formula = TreeFormula.Entropy, Exploration = Exploration, Temperature = Temperature, InitialValue = InitialValue }, Limits);
}

/// <summary>What the relative entropy of <see cref="Rents"/> is measured from.</summary>
public enum RelativeEntropyReference
{
    /// <summary>The share of the visits of each action, counted one higher: the policy that the tree has followed.</summary>
    Visits = 0,

    /// <summary>The evaluator's priors, which don't change.</summary>
    Prior = 1,
}

/// <summary>
/// RENTS: tree search with relative entropy. The value of a node is V = tau ln sum_a rho(a) exp(Q(a) / tau) with a reference policy rho, and actions are drawn from (1 - lambda) rho(a) exp((Q(a) - V) / tau) + lambda / |A| with lambda as for
/// <see cref="Ments"/>: the policy changes slowly, and V never exceeds the largest Q.
/// </summary>
/// <remarks>
/// T. Dam, C. D'Eramo, J. Peters, J. Pajarinen (2021), "Convex regularization in Monte-Carlo tree search". The paper's rho is the policy of the update before; as in the authors' experiments, it is stood for by the share of the visits or by
/// fixed priors (<see cref="Reference"/>).
/// </remarks>
[Algorithm("RENTS", "Tree search", "T. Dam, C. D'Eramo, J. Peters, J. Pajarinen (2021), Convex regularization in Monte-Carlo tree search", Capabilities = "relative entropy; one player or two")]
public sealed record Rents
{
    /// <summary>The temperature tau. Default: 0.1.</summary>
    public double Temperature { get; init => field = Require.Positive(value); } = 0.1;

    /// <summary>The exploration epsilon. Default: 0.1.</summary>
    public double Exploration { get; init => field = Require.NonNegative(value); } = 0.1;

    /// <summary>The reference policy rho. Default: the visits.</summary>
    public RelativeEntropyReference Reference { get; init => field = Require.Defined(value); }

    /// <summary>The value of an action that was never taken, for the player to move. Default: 0.</summary>
    public double InitialValue { get; init => field = Require.Finite(value); }

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
            new TreeRule
            {
                Formula = TreeFormula.RelativeEntropy,
                Exploration = Exploration,
                Temperature = Temperature,
                InitialValue = InitialValue,
                FromVisits = Reference == RelativeEntropyReference.Visits,
            },
            Limits);
}

/// <summary>
/// TENTS: tree search with Tsallis entropy. The policy is sparse, p = the projection of Q / tau onto the simplex, so that bad actions get no probability but that of exploration; the value of a node is
/// V = max_p (p'Q + tau (1 - |p|^2) / 2); actions are drawn from (1 - lambda) p(a) + lambda / |A| with lambda as for <see cref="Ments"/>.
/// </summary>
/// <remarks>
/// T. Dam, C. D'Eramo, J. Peters, J. Pajarinen (2021), "Convex regularization in Monte-Carlo tree search". The value lies above the largest Q by at most tau (1 - 1 / |A|) / 2, less than with Shannon's entropy: for many actions. One simulation
/// costs O(depth (actions log actions + outcomes)) and one evaluation.
/// </remarks>
[Algorithm("TENTS", "Tree search", "T. Dam, C. D'Eramo, J. Peters, J. Pajarinen (2021), Convex regularization in Monte-Carlo tree search", Capabilities = "Tsallis entropy, sparse; one player or two")]
public sealed record Tents
{
    /// <summary>The temperature tau. Default: 0.1.</summary>
    public double Temperature { get; init => field = Require.Positive(value); } = 0.1;

    /// <summary>The exploration epsilon. Default: 0.1.</summary>
    public double Exploration { get; init => field = Require.NonNegative(value); } = 0.1;

    /// <summary>The value of an action that was never taken, for the player to move. Default: 0.</summary>
    public double InitialValue { get; init => field = Require.Finite(value); }

    /// <summary>The size of the tree and the discount.</summary>
    public TreeSearchLimits Limits { get; init => field = Require.NotNull(value); } = new();

    /// <summary>Allocates a search.</summary>
    /// <typeparam name="TState">The state.</typeparam>
    /// <param name="simulator">The world.</param>
    /// <param name="evaluator">Evaluates new states; by default a random game.</param>
    public TreeSearch<TState> Start<TState>(ISimulator<TState> simulator, ILeafEvaluator<TState>? evaluator = null) where TState : unmanaged, IEquatable<TState> =>
        new(simulator, evaluator, new TreeRule { Formula = TreeFormula.Tsallis, Exploration = Exploration, Temperature = Temperature, InitialValue = InitialValue }, Limits);
}
