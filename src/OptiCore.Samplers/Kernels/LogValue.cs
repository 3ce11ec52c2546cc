namespace OptiCore.Samplers;

/// <summary>What kernels make of a value of the density.</summary>
internal static class LogValue
{
    /// <summary>The log density at a point; negative infinity, which is density zero, where the value isn't finite.</summary>
    public static double At(IFunction<double> density, ReadOnlySpan<double> position)
    {
        double value = density.Value(position);
        return double.IsFinite(value) ? value : double.NegativeInfinity;
    }

    /// <summary>The same with the gradient; negative infinity where the value or an element of the gradient isn't finite.</summary>
    public static double At(IDifferentiableFunction<double> density, ReadOnlySpan<double> position, Span<double> gradient)
    {
        double value = density.ValueAndGradient(position, gradient);
        return double.IsFinite(value) && AllFinite(gradient) ? value : double.NegativeInfinity;
    }

    /// <summary>True when every element is finite.</summary>
    public static bool AllFinite(ReadOnlySpan<double> values)
    {
        // A sum of x - x is zero if all x are finite, else NaN: no branch per element.
        double sum = 0;
        foreach (double v in values)
            sum += v - v;
        return sum == 0;
    }
}
