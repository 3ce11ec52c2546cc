using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <content>The norm that makes groups of variables vanish together.</content>
public static partial class Prox
{
    /// <summary>
    /// g = w sum_k |x_k|_2 over groups x_k of consecutive variables (the group lasso): block soft thresholding in each group. For weights that grow with the groups
    /// use <see cref="Separable"/> of <see cref="L2"/>.
    /// </summary>
    /// <param name="weight">The weight w, positive.</param>
    /// <param name="lengths">The numbers of variables of the groups, each at least 1.</param>
    /// <exception cref="ArgumentException">There is no group.</exception>
    public static IProximable GroupL2(double weight, params ReadOnlySpan<int> lengths)
    {
        if (lengths.IsEmpty)
            throw new ArgumentException("There must be at least one group.", nameof(lengths));
        int sum = 0;
        foreach (int length in lengths)
            sum = checked(sum + Require.Positive(length, nameof(lengths)));
        return new GroupNorm(Require.Positive(weight, nameof(weight)), new NumberList<int>(lengths), sum);
    }

    private sealed record GroupNorm(double Weight, NumberList<int> Lengths, int Dimension) : IProximable
    {
        public double Value(ReadOnlySpan<double> x, ProximalWorkspace work)
        {
            double sum = 0;
            int first = 0;
            foreach (int length in Lengths.Span)
            {
                sum += Reduce.Norm(x.Slice(first, length));
                first += length;
            }

            return Weight * sum;
        }

        public void Apply(ReadOnlySpan<double> x, double step, Span<double> result, ProximalWorkspace work)
        {
            int first = 0;
            foreach (int length in Lengths.Span)
            {
                Shorten(x.Slice(first, length), step * Weight, result.Slice(first, length));
                first += length;
            }
        }
    }
}
