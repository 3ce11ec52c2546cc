namespace OptiCore.Samplers;

/// <summary>The log density as a function of some coordinates, the others fixed: their conditional log density, up to a constant.</summary>
internal sealed class ConditionalDensity(IDifferentiableFunction<double> target, int[] coordinates) : IDifferentiableFunction<double>
{
    private readonly double[] _point = new double[target.Dimension];
    private readonly double[] _gradient = new double[target.Dimension];

    public int Dimension => coordinates.Length;

    /// <summary>Fixes the others.</summary>
    public void Fix(ReadOnlySpan<double> point) => point.CopyTo(_point);

    public double Value(ReadOnlySpan<double> x)
    {
        Place(x);
        return target.Value(_point);
    }

    public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient)
    {
        Place(x);
        double value = target.ValueAndGradient(_point, _gradient);
        for (int i = 0; i < coordinates.Length; i++)
            gradient[i] = _gradient[coordinates[i]];
        return value;
    }

    private void Place(ReadOnlySpan<double> x)
    {
        for (int i = 0; i < coordinates.Length; i++)
            _point[coordinates[i]] = x[i];
    }
}
