namespace OptiCore.Samplers;

/// <summary>
/// Multinomial resampling: ancestors are independent draws of the weights. The scheme with the largest variance; the one whose theory is simplest, and that conditional SMC needs.
/// </summary>
/// <remarks>By sorted uniform numbers from exponential spacings, O(N). N. J. Gordon, D. J. Salmond, A. F. M. Smith (1993), Novel approach to nonlinear/non-Gaussian Bayesian state estimation.</remarks>
[Algorithm("Multinomial resampling", "Particle filters", "Gordon, Salmond, Smith (1993), Novel approach to nonlinear/non-Gaussian Bayesian state estimation")]
public sealed record MultinomialResampling : IResampling
{
    /// <inheritdoc/>
    public void Draw(ReadOnlySpan<double> weights, ReadOnlySpan<double> cumulative, RandomKey key, Span<double> workspace, Span<int> ancestors)
    {
        Span<double> points = workspace[..(ancestors.Length + 1)];
        Resampling.SortedUniforms(key, points);
        Resampling.Merge(cumulative, points, cumulative[^1], ancestors);
    }
}
