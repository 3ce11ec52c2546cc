namespace OptiCore.Problems;

/// <summary>
/// A normal density bent into a banana: x[1] ~ N(0, sd s), x[2] ~ N(b (x[1]^2 - s^2), sd 1). Strongly curved and skewed, with known moments:
/// E x = 0, var x[1] = s^2, var x[2] = 1 + 2 b^2 s^4.
/// </summary>
/// <remarks>Haario, Saksman, Tamminen (1999), Adaptive proposal distribution for random walk Metropolis algorithm; s = 10 and b = 0.03 there.</remarks>
/// <param name="curvature">The bend b.</param>
/// <param name="scale">The standard deviation s of the first coordinate.</param>
public sealed class Banana(double curvature = 0.03, double scale = 10) : IKnownMoments
{
    private readonly double _b = Require.Finite(curvature, nameof(curvature));
    private readonly double _variance = Require.Positive(scale, nameof(scale)) * scale;

    /// <inheritdoc/>
    public int Dimension => 2;

    /// <inheritdoc/>
    public IReadOnlyList<string> ParameterNames { get; } = ParameterName.Vector("x", 2);

    /// <inheritdoc/>
    public double Mean(int parameter) => 0;

    /// <inheritdoc/>
    public double Variance(int parameter) => parameter == 0 ? _variance : 1 + (2 * _b * _b * _variance * _variance);

    /// <inheritdoc/>
    public double Value(ReadOnlySpan<double> x)
    {
        double rest = x[1] - (_b * ((x[0] * x[0]) - _variance));
        return (-0.5 * x[0] * x[0] / _variance) - (0.5 * rest * rest);
    }

    /// <inheritdoc/>
    public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient)
    {
        double rest = x[1] - (_b * ((x[0] * x[0]) - _variance));
        gradient[0] = (-x[0] / _variance) + (2 * _b * x[0] * rest);
        gradient[1] = -rest;
        return (-0.5 * x[0] * x[0] / _variance) - (0.5 * rest * rest);
    }

    /// <inheritdoc/>
    public void Constrain(ReadOnlySpan<double> unconstrained, Span<double> parameters) => unconstrained.CopyTo(parameters);
}
