using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>
/// Sorting with a gradient: every compare-exchange (a, b) of a sorting network becomes a' = alpha a + (1 - alpha) b, b' = (1 - alpha) a + alpha b with
/// alpha = sigmoid(beta phi(b - a)), and the product of these exchanges is a soft permutation.
/// </summary>
/// <remarks>
/// <para>Activation replacement, phi(x) = x / (|x|^lambda + epsilon), moves differences away from 0, where an exchange would blur both numbers, and from the flat ends of the sigmoid, where it would
/// have no gradient. With lambda = 0 nothing is replaced.</para>
/// <para>The permutation P is doubly stochastic for all inputs and P x are the sorted values; for beta to infinity both become those of an ordinary sort. Values cost O(n) a layer,
/// the permutation O(n^2); a gradient keeps one n x n matrix for each layer. Prefer <see cref="SortingNetwork.OddEven"/> up to about 32 values and
/// <see cref="SortingNetwork.Bitonic"/> beyond.</para>
/// <para>For learning scores from orders, standardize the scores of a set (mean 0, variance 1), so that the steepness keeps its meaning, and let it grow from a fifth in the first half of
/// training: steep exchanges of scores that are not yet in order lose the gradient. Trained so, and each tuned on other sets, softmax(-|sort(s)_i - s_j| / temperature) along j (S. Prillo,
/// J. M. Eisenschlos (2020), "SoftSort") put somewhat more items at their places in our comparison, 0.85 to 0.82 of 16 and 0.78 to 0.76 of 32, and costs less; it isn't doubly stochastic. For a sort whose gradient only follows each value to its place see <see cref="Operations.Sort"/>.</para>
/// </remarks>
[Algorithm(
    "Differentiable sorting networks", "Differentiable sorting", "F. Petersen, C. Borgelt, H. Kuehne, O. Deussen (2021), Differentiable Sorting Networks for Scalable Sorting and Ranking Supervision",
    Capabilities = "odd-even, bitonic; activation replacement")]
public sealed record DifferentiableSort
{
    // A probability that has underflowed would make a cross-entropy infinite; this one costs 27.6.
    private const double LeastProbability = 1e-12;

    /// <summary>The sorting network.</summary>
    public required SortingNetwork Network { get; init => field = Require.NotNull(value); }

    /// <summary>The steepness beta of an exchange; the more layers, the steeper.</summary>
    public double Steepness { get; init => field = Require.Positive(value); } = 10;

    /// <summary>The exponent lambda of activation replacement, from 0 (none) to below 1.</summary>
    public double Exponent { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.25;

    /// <summary>The number epsilon that keeps phi finite. phi has the slope 1 / epsilon at 0: where equal values occur, take a larger one.</summary>
    public double Epsilon { get; init => field = Require.Positive(value); } = 1e-10;

    /// <summary>The sorted values, ascending.</summary>
    /// <param name="x">Values, [.., n].</param>
    /// <returns>A tensor of the same shape.</returns>
    /// <exception cref="ArgumentException">The last axis hasn't the network's size.</exception>
    public Variable Sort(Variable x)
    {
        RequireSize(x);
        foreach (IReadOnlyList<Comparator> layer in Network.Layers)
            x = Exchange(x, layer).Next;
        return x;
    }

    /// <summary>The sorted values and the soft permutation.</summary>
    /// <param name="x">Values, [.., n].</param>
    /// <returns>The sorted values P x, and P [.., n, n], whose element (i, j) says how much of x_j is at the place i.</returns>
    /// <exception cref="ArgumentException">The last axis hasn't the network's size.</exception>
    public (Variable Values, Variable Permutation) SortWithPermutation(Variable x)
    {
        RequireSize(x);
        int n = Network.Size;
        Variable permutation = Operations.BroadcastTo(Operations.Identity(n), Shape.Create([.. x.Shape, n]));
        foreach (IReadOnlyList<Comparator> layer in Network.Layers)
        {
            (x, Variable keep, Variable partners) = Exchange(x, layer);
            Variable other = Operations.Take(permutation, partners, -2);
            permutation = other + (Operations.ExpandAxis(keep, keep.Rank) * (permutation - other));
        }

        return (x, permutation);
    }

    /// <summary>The cross-entropy of the soft permutation to the true one, -mean_j log P[rank_j, j]: learns scores of which only the order is known.</summary>
    /// <param name="scores">Scores, [.., n].</param>
    /// <param name="ranks">The true place of each in ascending order, integers from 0 to n - 1, [.., n].</param>
    /// <exception cref="ArgumentException">The last axis hasn't the network's size, or the shapes differ.</exception>
    public Variable RankingLoss(Variable scores, Variable ranks)
    {
        if (scores.Shape != ranks.Shape)
            throw new ArgumentException($"Ranks of the shape {ranks.Shape} for scores of the shape {scores.Shape}.", nameof(ranks));
        Variable chosen = Operations.Gather(SortWithPermutation(scores).Permutation, Operations.ExpandAxis(ranks, -2), -2);
        return -Operations.Mean(Operations.Log(Operations.Max(chosen, LeastProbability)));
    }

    /// <summary>One layer, for both wires of an exchange alike: x_i' = x_p + alpha_i (x_i - x_p) with the partner p. A wire without a comparator is its own partner.</summary>
    private (Variable Next, Variable Keep, Variable Partners) Exchange(Variable x, IReadOnlyList<Comparator> layer)
    {
        var partners = new double[Network.Size];
        var signs = new double[Network.Size];
        for (int i = 0; i < partners.Length; i++)
            partners[i] = i;
        foreach (Comparator comparator in layer)
        {
            partners[comparator.Smaller] = comparator.Larger;
            partners[comparator.Larger] = comparator.Smaller;
            signs[comparator.Smaller] = 1;
            signs[comparator.Larger] = -1;
        }

        Variable places = Variable.Constant<double>(partners, [partners.Length]);
        Variable other = Operations.Take(x, places, -1);

        // x_p - x_i for the smaller wire and x_i - x_p for the larger are the same number b - a, to the last bit: rows and columns of the permutation sum to 1.
        Variable keep = Operations.Sigmoid(Steepness * Replaced(Variable.Constant<double>(signs, [signs.Length]) * (other - x)));
        return (other + (keep * (x - other)), keep, places);
    }

    private Variable Replaced(Variable x)
    {
        if (Exponent == 0)
            return x;
        Variable size = Operations.Abs(x);

        // |x|^lambda has no derivative at 0, phi has.
        Variable power = Operations.Select(size > 0, Operations.Pow(Operations.Select(size > 0, size, 1), Exponent), 0);
        return x / (power + Epsilon);
    }

    private void RequireSize(Variable x)
    {
        if (x.Rank == 0 || x.Shape[-1] != Network.Size)
            throw new ArgumentException($"The network sorts {Network.Size} values, not {x.Shape}.", nameof(x));
    }
}
