using OptiCore.Numerics;

namespace OptiCore.Bandits;

/// <summary>The policy that takes, in each context that repeats, the action of the largest estimated value: sum over the context's decisions of q(x, a) + 1[a was taken] (r - q(x, a)) / propensity.</summary>
/// <remarks>
/// <para>M. Dudik, J. Langford, L. Li (2011), "Doubly robust policy evaluation and learning": learning from logs as cost-sensitive classification, here with a table of contexts, for which the
/// maximum is exact. Without a reward model the values are inverse propensity weighted, q = 0. In contexts that the log doesn't hold, the action that is best over all of them.</para>
/// <para>O(n K). The estimate on the decisions that were learnt from is too high; evaluate on others.</para>
/// </remarks>
[Algorithm("Doubly robust policy learning", "Learning from logs", "M. Dudik, J. Langford, L. Li (2011), Doubly robust policy evaluation and learning")]
public sealed record GreedyPolicyLearner
{
    /// <summary>The reward model of doubly robust values; null for inverse propensity weighted ones.</summary>
    public IRewardModel? RewardModel { get; init; }

    /// <summary>Learns a policy.</summary>
    /// <param name="log">Decisions of one position, at least one.</param>
    /// <exception cref="ArgumentException">The log is empty or has several positions.</exception>
    public GreedyPolicy Learn(DecisionLog log)
    {
        double[] values = ActionValues.Of(log, RewardModel, out _);
        int actions = log.Shape.Actions;
        var cells = new ContextCells(log.Shape.ContextLength);
        int[] index = cells.Index(log);
        double[] sums = new double[cells.Count * actions], totals = new double[actions];
        for (int i = 0; i < index.Length; i++)
        {
            for (int a = 0; a < actions; a++)
            {
                sums[(index[i] * actions) + a] += values[(i * actions) + a];
                totals[a] += values[(i * actions) + a];
            }
        }

        int[] best = new int[cells.Count];
        double value = 0;
        for (int cell = 0; cell < best.Length; cell++)
        {
            best[cell] = Reduce.ArgMax<double>(sums.AsSpan(cell * actions, actions));
            value += sums[(cell * actions) + best[cell]];
        }

        return new GreedyPolicy(log.Shape, cells, best, Reduce.ArgMax<double>(totals), value / log.Count);
    }
}

/// <summary>A policy that takes one action in each context.</summary>
public sealed class GreedyPolicy
{
    private readonly DecisionShape _shape;
    private readonly ContextCells _cells;
    private readonly int[] _best;

    internal GreedyPolicy(DecisionShape shape, ContextCells cells, int[] best, int elsewhere, double estimatedValue)
    {
        (_shape, _cells, _best) = (shape, cells, best);
        Elsewhere = elsewhere;
        EstimatedValue = estimatedValue;
    }

    /// <summary>The action in contexts that the log didn't hold.</summary>
    public int Elsewhere { get; }

    /// <summary>The estimated value of a decision on the log that was learnt from; too high, being a maximum.</summary>
    public double EstimatedValue { get; }

    /// <summary>The action in a context.</summary>
    /// <param name="context">The context.</param>
    /// <exception cref="ArgumentException">It has another length than the log's.</exception>
    public int Choose(ReadOnlySpan<double> context)
    {
        Require.Length(context.Length, _shape.ContextLength, nameof(context));
        int cell = _cells.Find(context);
        return cell < 0 ? Elsewhere : _best[cell];
    }

    /// <summary>The policy on a log, for its evaluation.</summary>
    /// <param name="log">The log, best another than the one that was learnt from.</param>
    public TargetPolicy On(DecisionLog log) => TargetPolicy.From(log, (decision, _, probabilities) => probabilities[Choose(decision.Context)] = 1);
}
