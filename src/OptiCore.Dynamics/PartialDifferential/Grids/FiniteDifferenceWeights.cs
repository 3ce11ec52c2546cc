namespace OptiCore.Dynamics;

/// <summary>Weights of finite differences on any points.</summary>
/// <remarks>B. Fornberg (1988), Generation of finite difference formulas on arbitrarily spaced grids.</remarks>
public static class FiniteDifferenceWeights
{
    /// <summary>Writes the weights w with sum of w[j] f(x[j]) the derivative at a point of the polynomial through the points.</summary>
    /// <param name="points">The points x, at least order + 1, all different.</param>
    /// <param name="at">The point of the derivative.</param>
    /// <param name="order">Which derivative; 0 interpolates.</param>
    /// <param name="weights">Receives as many weights.</param>
    /// <exception cref="ArgumentException">There are too few points, or the lengths differ.</exception>
    public static void Fill(ReadOnlySpan<double> points, double at, int order, Span<double> weights)
    {
        int n = points.Length;
        Require.NonNegative(order, nameof(order));
        Require.Length(weights.Length, n, nameof(weights));
        if (n < order + 1)
            throw new ArgumentException(FormattableString.Invariant($"points has {n} elements but derivative {order} needs at least {order + 1}."), nameof(points));

        // c[m, j] is the weight of point j in derivative m, from the points so far.
        double[,] c = new double[order + 1, n];
        c[0, 0] = 1;
        double product = 1, offset = points[0] - at;
        for (int i = 1; i < n; i++)
        {
            int highest = Math.Min(i, order);
            double newProduct = 1, oldOffset = offset;
            offset = points[i] - at;
            for (int j = 0; j < i; j++)
            {
                double difference = points[i] - points[j];
                newProduct *= difference;
                if (j == i - 1)
                {
                    for (int m = highest; m >= 1; m--)
                        c[m, i] = product * ((m * c[m - 1, i - 1]) - (oldOffset * c[m, i - 1])) / newProduct;
                    c[0, i] = -product * oldOffset * c[0, i - 1] / newProduct;
                }

                for (int m = highest; m >= 1; m--)
                    c[m, j] = ((offset * c[m, j]) - (m * c[m - 1, j])) / difference;
                c[0, j] = offset * c[0, j] / difference;
            }

            product = newProduct;
        }

        for (int j = 0; j < n; j++)
            weights[j] = c[order, j];
    }
}
