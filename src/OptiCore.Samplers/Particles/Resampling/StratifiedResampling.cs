using OptiCore.Randomness;

namespace OptiCore.Samplers;

/// <summary>
/// Stratified resampling: one uniform point in each of m equal parts of [0, 1) picks a particle by the cumulative weights. Its variance never exceeds the multinomial one.
/// </summary>
/// <remarks>O(N). G. Kitagawa (1996), Monte Carlo filter and smoother for non-Gaussian nonlinear state space models.</remarks>
[Algorithm("Stratified resampling", "Particle filters", "Kitagawa (1996), Monte Carlo filter and smoother for non-Gaussian nonlinear state space models")]
public sealed record StratifiedResampling : IResampling
{
    /// <inheritdoc/>
    public void Draw(ReadOnlySpan<double> weights, ReadOnlySpan<double> cumulative, RandomKey key, Span<double> workspace, Span<int> ancestors)
    {
        int m = ancestors.Length;
        Span<double> points = workspace[..m];
        RandomFill.Uniform(key, points);
        double scale = cumulative[^1] / m;
        for (int k = 0; k < m; k++)
            points[k] += k;
        Resampling.Merge(cumulative, points, scale, ancestors);
    }
}
