namespace OptiCore.Optimizers;

/// <content>The negative entropy.</content>
public static partial class Prox
{
    /// <summary>
    /// g = w sum_i x_i log x_i for x at least 0: the positive root of u + t w (1 + log u) = x, which is t w W(exp(x/(t w) - 1) / (t w)) with Lambert's function W, found by Newton's method on
    /// log u so that the exponential never overflows. At most 20 iterations an element, usually 3 to 5.
    /// </summary>
    /// <param name="weight">The weight w, positive.</param>
    public static IProximable Entropy(double weight = 1) => new EntropyFunction(Require.Positive(weight, nameof(weight)));

    private sealed record EntropyFunction(double Weight) : IProximable
    {
        public int Dimension => 0;

        public double Value(ReadOnlySpan<double> x, ProximalWorkspace work)
        {
            double sum = 0;
            foreach (double v in x)
            {
                if (!(v >= 0))
                    return double.PositiveInfinity;
                sum += v == 0 ? 0 : v * Math.Log(v);
            }

            return Weight * sum;
        }

        public void Apply(ReadOnlySpan<double> x, double step, Span<double> result, ProximalWorkspace work)
        {
            // With u = t w s: s + log s = c, and y = log s solves exp(y) + y = c.
            double scale = step * Weight, offset = -1 - Math.Log(scale);
            for (int i = 0; i < x.Length; i++)
            {
                double c = (x[i] / scale) + offset, y = c > 1 ? Math.Log(c) : c;

                // A convex increasing function: from the second iterate on, Newton's method falls towards the root.
                for (int k = 0; k < 20; k++)
                {
                    double s = Math.Exp(y), change = (s + y - c) / (1 + s);
                    y -= change;
                    if (Math.Abs(change) <= 1e-16 * Math.Max(1, Math.Abs(y)))
                        break;
                }

                result[i] = scale * Math.Exp(y);
            }
        }
    }
}
