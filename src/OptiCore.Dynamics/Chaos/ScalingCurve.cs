namespace OptiCore.Dynamics;

/// <summary>A straight line y = a + b x through points by least squares.</summary>
/// <param name="Slope">The slope b.</param>
/// <param name="Intercept">The value a at x = 0.</param>
/// <param name="StandardError">The slope's standard error from the scatter about the line; 0 for two points. It says nothing of a curve that isn't straight.</param>
public readonly record struct LineFit(double Slope, double Intercept, double StandardError)
{
    internal static LineFit Of(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        int n = x.Length;
        double meanX = 0, meanY = 0;
        for (int i = 0; i < n; i++)
        {
            meanX += x[i] / n;
            meanY += y[i] / n;
        }

        double xx = 0, xy = 0, yy = 0;
        for (int i = 0; i < n; i++)
        {
            xx += (x[i] - meanX) * (x[i] - meanX);
            xy += (x[i] - meanX) * (y[i] - meanY);
            yy += (y[i] - meanY) * (y[i] - meanY);
        }

        double slope = xy / xx, rest = Math.Max(0, yy - (slope * xy));
        return new LineFit(slope, meanY - (slope * meanX), n > 2 ? Math.Sqrt(rest / ((n - 2) * xx)) : 0);
    }
}

/// <summary>A curve whose slope over the range where it is straight is the quantity that is looked for: an exponent or a dimension. Look at it before you believe in the range.</summary>
public sealed record ScalingCurve
{
    /// <summary>The abscissae, rising.</summary>
    public required double[] X { get; init; }

    /// <summary>The ordinates, as many.</summary>
    public required double[] Y { get; init; }

    /// <summary>The line through the points whose abscissa lies in a range.</summary>
    /// <param name="from">The smallest abscissa.</param>
    /// <param name="to">The largest abscissa.</param>
    /// <exception cref="ArgumentException">Fewer than two points lie in the range.</exception>
    public LineFit Fit(double from = double.NegativeInfinity, double to = double.PositiveInfinity)
    {
        int first = 0, behind = X.Length;
        while (first < behind && !(X[first] >= from))
            first++;
        while (behind > first && !(X[behind - 1] <= to))
            behind--;
        return behind - first >= 2
            ? LineFit.Of(X.AsSpan(first, behind - first), Y.AsSpan(first, behind - first))
            : throw new ArgumentException(FormattableString.Invariant($"{behind - first} points lie in the range from {from} to {to}; a line needs at least two."), nameof(from));
    }
}
