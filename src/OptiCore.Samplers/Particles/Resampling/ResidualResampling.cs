namespace OptiCore.Samplers;

/// <summary>
/// Residual resampling: floor(m W_i) copies of each particle for certain, the rest multinomial by what remains of the weights. Its variance never exceeds the multinomial one.
/// </summary>
/// <remarks>O(N). J. S. Liu, R. Chen (1998), Sequential Monte Carlo methods for dynamic systems.</remarks>
[Algorithm("Residual resampling", "Particle filters", "Liu, Chen (1998), Sequential Monte Carlo methods for dynamic systems")]
public sealed record ResidualResampling : IResampling
{
    /// <inheritdoc/>
    public void Draw(ReadOnlySpan<double> weights, ReadOnlySpan<double> cumulative, RandomKey key, Span<double> workspace, Span<int> ancestors)
    {
        int n = weights.Length, m = ancestors.Length, certain = 0;
        double scale = m / cumulative[^1];

        // The rounding of the total, n units at most, must not make a whole number the number below it.
        double slack = 1 + (n * (double.BitIncrement(1) - 1));
        Span<double> residuals = workspace[..n];
        double sum = 0;
        for (int i = 0; i < n; i++)
        {
            double expected = weights[i] * scale;
            int copies = Math.Min(m - certain, (int)Math.Floor(expected * slack));
            certain += copies;
            residuals[i] = sum += Math.Max(0, expected - copies);
        }

        int rest = m - certain;
        Span<double> points = workspace.Slice(n, rest + 1);
        if (rest > 0)
            Resampling.SortedUniforms(key, points);

        // Both parts side by side, so that the ancestors ascend.
        int written = 0, next = 0;
        certain = 0;
        for (int i = 0; i < n; i++)
        {
            int copies = Math.Min(m - certain, (int)Math.Floor(weights[i] * scale * slack));
            certain += copies;
            while (next < rest && (points[next] * sum < residuals[i] || i == n - 1))
            {
                copies++;
                next++;
            }

            for (; copies > 0; copies--)
                ancestors[written++] = i;
        }
    }
}
