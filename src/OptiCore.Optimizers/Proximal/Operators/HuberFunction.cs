namespace OptiCore.Optimizers;

/// <content>Quadratic near 0, linear beyond.</content>
public static partial class Prox
{
    /// <summary>
    /// g = w sum_i h(x_i) with h(x) = x^2/2 for |x| &lt;= d, else d |x| - d^2/2: x / (1 + t w) where |x| &lt;= d (1 + t w), else x - t w d sign(x). Huber (1964), Robust estimation of a
    /// location parameter.
    /// </summary>
    /// <param name="threshold">The bend d, positive.</param>
    /// <param name="weight">The weight w, positive.</param>
    public static IProximable Huber(double threshold = 1, double weight = 1) => new HuberFunction(Require.Positive(threshold, nameof(threshold)), Require.Positive(weight, nameof(weight)));

    private sealed record HuberFunction(double Threshold, double Weight) : IProximable
    {
        public int Dimension => 0;

        public double Value(ReadOnlySpan<double> x, ProximalWorkspace work)
        {
            double sum = 0;
            foreach (double v in x)
                sum += Math.Abs(v) <= Threshold ? 0.5 * v * v : Threshold * (Math.Abs(v) - (0.5 * Threshold));
            return Weight * sum;
        }

        public void Apply(ReadOnlySpan<double> x, double step, Span<double> result, ProximalWorkspace work)
        {
            double factor = 1 + (step * Weight), shift = step * Weight * Threshold;
            for (int i = 0; i < x.Length; i++)
                result[i] = Math.Abs(x[i]) <= Threshold * factor ? x[i] / factor : x[i] - Math.CopySign(shift, x[i]);
        }
    }
}
