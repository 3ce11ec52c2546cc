namespace OptiCore.Optimizers;

/// <content>The norm that makes piecewise constant.</content>
public static partial class Prox
{
    /// <summary>
    /// g = w sum_i |x_{i+1} - x_i|: the exact minimiser by dynamic programming in O(n). The derivative of the least cost of the first k elements, as a function of the k-th, is piecewise linear
    /// and increasing; each step cuts it off at -t w and t w and adds the next element's slope, and the two cuts bound that element on the way back.
    /// N. A. Johnson (2013), A dynamic programming algorithm for the fused lasso and L0-segmentation.
    /// </summary>
    /// <param name="weight">The weight w, positive.</param>
    public static IProximable TotalVariation(double weight = 1) => new TotalVariationFunction(Require.Positive(weight, nameof(weight)));

    private sealed record TotalVariationFunction(double Weight) : IProximable
    {
        public int Dimension => 0;

        public double Value(ReadOnlySpan<double> x, ProximalWorkspace work)
        {
            double sum = 0;
            for (int i = 1; i < x.Length; i++)
                sum += Math.Abs(x[i] - x[i - 1]);
            return Weight * sum;
        }

        public void Apply(ReadOnlySpan<double> x, double step, Span<double> result, ProximalWorkspace work)
        {
            int n = x.Length;
            double cut = step * Weight;
            Span<double> low = work.Numbers(0, n), high = work.Numbers(1, n);

            // Knots of the derivative from left to right: where, and by how much slope and intercept rise there. They are dropped and added at either end, within 2 n places.
            Span<double> at = work.Numbers(2, 2 * n), slope = work.Numbers(3, 2 * n), intercept = work.Numbers(4, 2 * n);
            int first = n, last = n - 1;
            double end = 0;
            for (int k = 0; k < n; k++)
            {
                // Left of all knots the derivative is -cut + b - x[k], right of them cut + b - x[k]; of the first element it has no cut.
                double edge = k == 0 ? 0 : cut, left = k == n - 1 ? 0 : -cut, right = k == n - 1 ? 0 : cut;
                double a = 1, c = -edge - x[k];
                while (first <= last && (a * at[first]) + c <= left)
                {
                    a += slope[first];
                    c += intercept[first++];
                }

                low[k] = (left - c) / a;
                if (k == n - 1)
                {
                    end = low[k];
                    break;
                }

                double b = 1, d = edge - x[k];
                while (first <= last && (b * at[last]) + d >= right)
                {
                    b -= slope[last];
                    d -= intercept[last--];
                }

                high[k] = (right - d) / b;
                first--;
                (at[first], slope[first], intercept[first]) = (low[k], a, c + cut);
                last++;
                (at[last], slope[last], intercept[last]) = (high[k], -b, cut - d);
            }

            result[n - 1] = end;
            for (int k = n - 2; k >= 0; k--)
                result[k] = Math.Min(Math.Max(result[k + 1], low[k]), high[k]);
        }
    }
}
