using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <content>L1 and squared L2 together.</content>
public static partial class Prox
{
    /// <summary>
    /// g = w |x|_1 + v/2 |x|_2^2: soft thresholding by t w, then division by 1 + t v. Zou and Hastie (2005), Regularization and variable selection via the elastic net.
    /// </summary>
    /// <param name="l1">The weight w, positive.</param>
    /// <param name="squaredL2">The weight v, at least 0.</param>
    public static IProximable ElasticNet(double l1, double squaredL2) => new ElasticNetFunction(Require.Positive(l1, nameof(l1)), Require.NonNegative(squaredL2, nameof(squaredL2)));

    private sealed record ElasticNetFunction(double L1, double SquaredL2) : IProximable
    {
        public int Dimension => 0;

        public double Value(ReadOnlySpan<double> x, ProximalWorkspace work) => (L1 * Reduce.SumOfMagnitudes(x)) + (0.5 * SquaredL2 * Reduce.SumOfSquares(x));

        public void Apply(ReadOnlySpan<double> x, double step, Span<double> result, ProximalWorkspace work)
        {
            double threshold = step * L1, divisor = 1 + (step * SquaredL2);
            for (int i = 0; i < x.Length; i++)
                result[i] = Shrink(x[i], threshold) / divisor;
        }
    }
}
