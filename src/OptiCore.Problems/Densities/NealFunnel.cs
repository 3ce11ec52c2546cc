using System.Buffers;

namespace OptiCore.Problems;

/// <summary>
/// Neal's funnel: v ~ N(0, sd s), x[i] ~ N(0, sd exp(v / 2)). The width of x changes by orders of magnitude with v, which no fixed step size
/// suits: the test of what a hierarchical model does to a sampler. Divergences are expected.
/// </summary>
/// <remarks>Neal (2003), Slice sampling, section 8, with s = 3 and nine x. Moments: E v = 0, var v = s^2, E x = 0, var x = exp(s^2 / 2).</remarks>
public sealed class NealFunnel : IKnownMoments
{
    private readonly double _scale;

    /// <summary>Creates the density.</summary>
    /// <param name="dimension">The number of coordinates: v and n - 1 of x. At least 2.</param>
    /// <param name="scale">The standard deviation s of v.</param>
    public NealFunnel(int dimension = 10, double scale = 3)
    {
        Dimension = Require.AtLeast(dimension, 2, nameof(dimension));
        _scale = Require.Positive(scale, nameof(scale));
        ParameterNames = ["v", .. ParameterName.Vector("x", dimension - 1)];
    }

    /// <inheritdoc/>
    public int Dimension { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> ParameterNames { get; }

    /// <inheritdoc/>
    public double Mean(int parameter) => 0;

    /// <inheritdoc/>
    public double Variance(int parameter) => parameter == 0 ? _scale * _scale : Math.Exp(0.5 * _scale * _scale);

    /// <inheritdoc/>
    public double Value(ReadOnlySpan<double> x)
    {
        double[] gradient = ArrayPool<double>.Shared.Rent(Dimension);
        double value = ValueAndGradient(x, gradient.AsSpan(0, Dimension));
        ArrayPool<double>.Shared.Return(gradient);
        return value;
    }

    /// <inheritdoc/>
    public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient)
    {
        double v = x[0];
        double precision = Math.Exp(-v);
        double sum = 0;
        for (int i = 1; i < x.Length; i++)
        {
            sum += x[i] * x[i];
            gradient[i] = -precision * x[i];
        }

        int count = x.Length - 1;
        double variance = _scale * _scale;
        gradient[0] = (-v / variance) + (0.5 * precision * sum) - (0.5 * count);
        return (-0.5 * v * v / variance) - (0.5 * precision * sum) - (0.5 * count * v);
    }

    /// <inheritdoc/>
    public void Constrain(ReadOnlySpan<double> unconstrained, Span<double> parameters) => unconstrained.CopyTo(parameters);
}

/// <summary>
/// Neal's funnel in coordinates that suit a sampler: v = s u[0], x[i] = exp(v / 2) u[i] with standard normal u. The same distribution of
/// (v, x) as <see cref="NealFunnel"/>, without its difficulty.
/// </summary>
public sealed class NealFunnelNonCentered : IKnownMoments
{
    private readonly StandardNormal _normal;
    private readonly double _scale;

    /// <summary>Creates the density.</summary>
    /// <param name="dimension">The number of coordinates: v and n - 1 of x. At least 2.</param>
    /// <param name="scale">The standard deviation s of v.</param>
    public NealFunnelNonCentered(int dimension = 10, double scale = 3)
    {
        _normal = new StandardNormal(Require.AtLeast(dimension, 2, nameof(dimension)));
        _scale = Require.Positive(scale, nameof(scale));
        ParameterNames = ["v", .. ParameterName.Vector("x", dimension - 1)];
    }

    /// <inheritdoc/>
    public int Dimension => _normal.Dimension;

    /// <inheritdoc/>
    public IReadOnlyList<string> ParameterNames { get; }

    /// <inheritdoc/>
    public double Mean(int parameter) => 0;

    /// <inheritdoc/>
    public double Variance(int parameter) => parameter == 0 ? _scale * _scale : Math.Exp(0.5 * _scale * _scale);

    /// <inheritdoc/>
    public double Value(ReadOnlySpan<double> x) => _normal.Value(x);

    /// <inheritdoc/>
    public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient) => _normal.ValueAndGradient(x, gradient);

    /// <inheritdoc/>
    public void Constrain(ReadOnlySpan<double> unconstrained, Span<double> parameters)
    {
        double v = _scale * unconstrained[0];
        double width = Math.Exp(0.5 * v);
        parameters[0] = v;
        for (int i = 1; i < unconstrained.Length; i++)
            parameters[i] = width * unconstrained[i];
    }
}
