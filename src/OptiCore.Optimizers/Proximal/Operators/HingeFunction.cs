namespace OptiCore.Optimizers;

/// <content>The loss of support vectors.</content>
public static partial class Prox
{
    /// <summary>g = w sum_i max(0, 1 - x_i) of margins x: x where x &gt;= 1, x + t w where x &lt;= 1 - t w, else 1.</summary>
    /// <param name="weight">The weight w, positive.</param>
    public static IProximable Hinge(double weight = 1) => new HingeFunction(Require.Positive(weight, nameof(weight)));

    private sealed record HingeFunction(double Weight) : IProximable
    {
        public int Dimension => 0;

        public double Value(ReadOnlySpan<double> x, ProximalWorkspace work)
        {
            double sum = 0;
            foreach (double v in x)
                sum += Math.Max(0, 1 - v);
            return Weight * sum;
        }

        public void Apply(ReadOnlySpan<double> x, double step, Span<double> result, ProximalWorkspace work)
        {
            double shift = step * Weight;
            for (int i = 0; i < x.Length; i++)
                result[i] = Math.Max(x[i], Math.Min(1, x[i] + shift));
        }
    }
}
