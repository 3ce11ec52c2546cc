using System.Globalization;
using System.Runtime.InteropServices;

namespace OptiCore.Bandits;

/// <summary>
/// Marginalised inverse propensity weighting (MIPS): mean(w(x, e) r), where e is an embedding of the action taken, such as its category, and
/// w(x, e) = sum_a pi(a | x) p(e | a) / sum_a mu(a | x) p(e | a) the ratio of the probabilities of that embedding under target and logging policy.
/// </summary>
/// <remarks>
/// <para>Y. Saito, T. Joachims (2022), "Off-policy evaluation for large action spaces via embeddings". Unbiased when the reward depends on the action through its embedding alone (no direct effect)
/// and the logging policy shows every embedding that the target shows; its variance is then never above that of <see cref="InversePropensity"/>, and far below when actions are many.</para>
/// <para>Where the log holds the logging policy's probabilities of all actions, the weights are those of the formula. Where it doesn't, w(x, e) is estimated as the mean of
/// w(x, a) over the logged decisions of the same context and embedding, which is the paper's E[w(x, a) | x, e] with the law of a given x and e counted from the log: contexts then have to repeat.</para>
/// <para>O(n K E) with E embeddings and probabilities, else O(n).</para>
/// </remarks>
[Algorithm("Marginalised inverse propensity weighting", "Off-policy evaluation", "Y. Saito, T. Joachims (2022), Off-policy evaluation for large action spaces via embeddings", Capabilities = "action embeddings")]
public sealed record MarginalizedInversePropensity : IOffPolicyEstimator
{
    /// <summary>The number E of embeddings, at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public required int EmbeddingCount { get; init => field = Require.Positive(value); }

    /// <summary>The embedding of each decision's action, n numbers from 0 to E - 1.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public required IReadOnlyList<int> Embeddings { get; init => field = Require.NotNull(value); }

    /// <summary>p(e | a) at a E + e, K E probabilities; null where each action has one embedding, which then has to be the same wherever the action was taken.</summary>
    public IReadOnlyList<double>? EmbeddingProbabilities { get; init; }

    /// <summary>The embedding of every action in every decision, n K numbers from 0 to E - 1, where an action's embedding changes with the context; null where <see cref="EmbeddingProbabilities"/> says it.</summary>
    public IReadOnlyList<int>? ActionEmbeddings { get; init; }

    bool IOffPolicyEstimator.NeedsRewardModel => false;

    bool IOffPolicyEstimator.TakesPositions => false;

    /// <summary>The estimator for embeddings that belong to actions, such as categories.</summary>
    /// <param name="log">The log.</param>
    /// <param name="categories">The category of each of the K actions, from 0.</param>
    /// <exception cref="ArgumentException">The length is wrong.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A category is negative; the message names the index.</exception>
    public static MarginalizedInversePropensity ByCategory(DecisionLog log, ReadOnlySpan<int> categories)
    {
        ArgumentNullException.ThrowIfNull(log);
        OffPolicy.RequireOnePosition(log, nameof(log));
        Require.Length(categories.Length, log.Shape.Actions, nameof(categories));
        int count = 0;
        for (int a = 0; a < categories.Length; a++)
        {
            if (categories[a] < 0)
                throw new ArgumentOutOfRangeException(nameof(categories), categories[a], string.Create(CultureInfo.InvariantCulture, $"categories[{a}] is {categories[a]} but must be at least 0."));
            count = Math.Max(count, categories[a] + 1);
        }

        double[] law = new double[categories.Length * count];
        for (int a = 0; a < categories.Length; a++)
            law[(a * count) + categories[a]] = 1;
        int[] embeddings = new int[log.Count];
        for (int i = 0; i < embeddings.Length; i++)
            embeddings[i] = categories[log.Actions[i]];
        return new MarginalizedInversePropensity { EmbeddingCount = count, Embeddings = embeddings, EmbeddingProbabilities = law };
    }

    /// <summary>The estimator whose embeddings are the features of actions that the log holds: two actions have the same where these features are equal.</summary>
    /// <param name="log">The log, whose actions have features of their own.</param>
    /// <param name="features">Which of the features, from 0; empty for all.</param>
    /// <exception cref="ArgumentException">The log has several positions or no features of actions.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such feature.</exception>
    public static MarginalizedInversePropensity ByFeatures(DecisionLog log, params ReadOnlySpan<int> features)
    {
        ArgumentNullException.ThrowIfNull(log);
        OffPolicy.RequireOnePosition(log, nameof(log));
        DecisionShape shape = log.Shape;
        if (shape.ActionFeatureCount == 0)
            throw new ArgumentException("log has no features of actions.", nameof(log));
        for (int j = 0; j < features.Length; j++)
        {
            if ((uint)features[j] >= (uint)shape.ActionFeatureCount)
                throw new ArgumentOutOfRangeException(nameof(features), features[j], string.Create(CultureInfo.InvariantCulture, $"features[{j}] is {features[j]} but must be one of 0 to {shape.ActionFeatureCount - 1}."));
        }

        double[] chosen = new double[features.Length == 0 ? shape.ActionFeatureCount : features.Length];
        var cells = new ContextCells(chosen.Length);
        int[] all = new int[checked(log.Count * shape.Actions)], taken = new int[log.Count];
        for (int i = 0; i < taken.Length; i++)
        {
            for (int a = 0; a < shape.Actions; a++)
            {
                ReadOnlySpan<double> own = log.ActionFeatures(i, a);
                for (int j = 0; j < chosen.Length; j++)
                    chosen[j] = own[features.Length == 0 ? j : features[j]];
                all[(i * shape.Actions) + a] = cells.GetOrAdd(chosen);
            }

            taken[i] = all[(i * shape.Actions) + log.Actions[i]];
        }

        return new MarginalizedInversePropensity { EmbeddingCount = Math.Max(1, cells.Count), Embeddings = taken, ActionEmbeddings = all };
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The embeddings don't fit the log; the message names the index.</exception>
    public void Evaluate(OffPolicyData data, EstimatorTerms terms)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(terms);
        Require.Length(Embeddings.Count, data.Count, nameof(Embeddings));
        for (int i = 0; i < Embeddings.Count; i++)
        {
            if ((uint)Embeddings[i] >= (uint)EmbeddingCount)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{nameof(Embeddings)}[{i}] is {Embeddings[i]} but must be one of 0 to {EmbeddingCount - 1}."), nameof(data));
        }

        if (ActionEmbeddings is not null)
            Require.Length(ActionEmbeddings.Count, data.Count * data.Log.Shape.Actions, nameof(ActionEmbeddings));
        if (data.Log.Shape.HasProbabilities && (EmbeddingProbabilities is not null || ActionEmbeddings is not null))
            Marginalize(data, terms.Weights);
        else
            Average(data, terms.Weights);
        for (int i = 0; i < data.Count; i++)
            terms.Values[i] = terms.Weights[i] * data.Rewards[i];
    }

    /// <summary>The number of embeddings.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{nameof(MarginalizedInversePropensity)} {{ {nameof(EmbeddingCount)} = {EmbeddingCount} }}");

    private void Marginalize(OffPolicyData data, Span<double> weights)
    {
        int actions = data.Log.Shape.Actions;
        double[] law = [];
        if (ActionEmbeddings is null)
        {
            Require.Length(EmbeddingProbabilities!.Count, actions * EmbeddingCount, nameof(EmbeddingProbabilities));
            law = [.. EmbeddingProbabilities];
        }

        if (DecisionShape.LawFault(law, EmbeddingCount, nameof(EmbeddingProbabilities)) is { } fault)
            throw new ArgumentException(fault.Message, nameof(data));
        for (int i = 0; i < weights.Length; i++)
        {
            ReadOnlySpan<double> target = data.Target.Probabilities.Slice(i * actions, actions), logging = data.Log.Probabilities.Slice(i * actions, actions);
            double above = 0, below = 0;
            for (int a = 0; a < actions; a++)
            {
                double p = ActionEmbeddings is null ? law[(a * EmbeddingCount) + Embeddings[i]] : ActionEmbeddings[(i * actions) + a] == Embeddings[i] ? 1 : 0;
                above += target[a] * p;
                below += logging[a] * p;
            }

            if (!(below > 0))
            {
                throw new ArgumentException(string.Create(
                    CultureInfo.InvariantCulture, $"{nameof(Embeddings)}[{i}] is {Embeddings[i]}, which has probability 0 under the logging policy."), nameof(data));
            }

            weights[i] = above / below;
        }
    }

    private void Average(OffPolicyData data, Span<double> weights)
    {
        int[] cells = new ContextCells(data.Log.Shape.ContextLength).Index(data.Log);
        var sums = new Dictionary<(int Cell, int Embedding), (double Sum, int Count)>();
        for (int i = 0; i < weights.Length; i++)
        {
            ref (double Sum, int Count) sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, (cells[i], Embeddings[i]), out _);
            sum = (sum.Sum + data.Weights[i], sum.Count + 1);
        }

        for (int i = 0; i < weights.Length; i++)
        {
            (double sum, int count) = sums[(cells[i], Embeddings[i])];
            weights[i] = sum / count;
        }
    }
}
