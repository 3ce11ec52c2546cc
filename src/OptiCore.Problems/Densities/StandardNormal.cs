namespace OptiCore.Problems;

/// <summary>The standard normal density in n dimensions, log p(x) = -|x|^2 / 2: the easiest target, and the one where cost per step shows.</summary>
/// <param name="dimension">The number n of coordinates.</param>
public sealed class StandardNormal(int dimension) : IKnownMoments
{
    /// <inheritdoc/>
    public int Dimension { get; } = Require.Positive(dimension, nameof(dimension));

    /// <inheritdoc/>
    public IReadOnlyList<string> ParameterNames { get; } = ParameterName.Vector("x", dimension);

    /// <inheritdoc/>
    public double Mean(int parameter) => 0;

    /// <inheritdoc/>
    public double Variance(int parameter) => 1;

    /// <inheritdoc/>
    public double Value(ReadOnlySpan<double> x)
    {
        double sum = 0;
        foreach (double v in x)
            sum += v * v;
        return -0.5 * sum;
    }

    /// <inheritdoc/>
    public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            sum += x[i] * x[i];
            gradient[i] = -x[i];
        }

        return -0.5 * sum;
    }

    /// <inheritdoc/>
    public void Constrain(ReadOnlySpan<double> unconstrained, Span<double> parameters) => unconstrained.CopyTo(parameters);
}
