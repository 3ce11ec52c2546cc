namespace OptiCore.Problems;

/// <summary>
/// Independent gamma variables x[i] &gt; 0 of given shapes a[i] and rate 1, in coordinates u = log x: log p(u) = sum_i a[i] u[i] - exp(u[i]),
/// Jacobian included. Skewed, with known moments: mean and variance of x[i] are both a[i].
/// </summary>
public sealed class IndependentGamma : IKnownMoments
{
    private readonly double[] _shapes;

    /// <summary>Creates the density.</summary>
    /// <param name="shapes">The shapes a[i], positive.</param>
    /// <exception cref="ArgumentOutOfRangeException">A shape isn't positive.</exception>
    public IndependentGamma(params ReadOnlySpan<double> shapes)
    {
        Require.Positive(shapes.Length, nameof(shapes));
        foreach (double shape in shapes)
            Require.Positive(shape, nameof(shapes));
        _shapes = shapes.ToArray();
        ParameterNames = ParameterName.Vector("x", shapes.Length);
    }

    /// <inheritdoc/>
    public int Dimension => _shapes.Length;

    /// <inheritdoc/>
    public IReadOnlyList<string> ParameterNames { get; }

    /// <inheritdoc/>
    public double Mean(int parameter) => _shapes[parameter];

    /// <inheritdoc/>
    public double Variance(int parameter) => _shapes[parameter];

    /// <inheritdoc/>
    public double Value(ReadOnlySpan<double> x)
    {
        double value = 0;
        for (int i = 0; i < x.Length; i++)
            value += (_shapes[i] * x[i]) - Math.Exp(x[i]);
        return value;
    }

    /// <inheritdoc/>
    public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient)
    {
        double value = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double e = Math.Exp(x[i]);
            value += (_shapes[i] * x[i]) - e;
            gradient[i] = _shapes[i] - e;
        }

        return value;
    }

    /// <inheritdoc/>
    public void Constrain(ReadOnlySpan<double> unconstrained, Span<double> parameters)
    {
        for (int i = 0; i < unconstrained.Length; i++)
            parameters[i] = Math.Exp(unconstrained[i]);
    }
}
