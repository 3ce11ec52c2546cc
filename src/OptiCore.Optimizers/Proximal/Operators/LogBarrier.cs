namespace OptiCore.Optimizers;

/// <content>The barrier of the positive orthant.</content>
public static partial class Prox
{
    /// <summary>g = -w sum_i log x_i for positive x: the positive root of u^2 - x u - t w, (x + sqrt(x^2 + 4 t w)) / 2.</summary>
    /// <param name="weight">The weight w, positive.</param>
    public static IProximable LogBarrier(double weight = 1) => new LogBarrierFunction(Require.Positive(weight, nameof(weight)));

    private sealed record LogBarrierFunction(double Weight) : IProximable
    {
        public int Dimension => 0;

        public double Value(ReadOnlySpan<double> x, ProximalWorkspace work)
        {
            double sum = 0;
            foreach (double v in x)
            {
                if (!(v > 0))
                    return double.PositiveInfinity;
                sum += Math.Log(v);
            }

            return -Weight * sum;
        }

        public void Apply(ReadOnlySpan<double> x, double step, Span<double> result, ProximalWorkspace work)
        {
            double product = step * Weight, root = 2 * Math.Sqrt(product);
            for (int i = 0; i < x.Length; i++)
            {
                double length = double.Hypot(x[i], root);

                // For negative x the sum cancels; its product with the difference is 4 t w.
                result[i] = x[i] >= 0 ? 0.5 * (x[i] + length) : 2 * product / (length - x[i]);
            }
        }
    }
}
