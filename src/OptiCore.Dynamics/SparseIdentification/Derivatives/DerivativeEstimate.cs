using OptiCore.LinearAlgebra;

namespace OptiCore.Dynamics;

/// <summary>An estimate of the derivative of an equally spaced series, and of the series without its noise. A new one is a record with one method.</summary>
public abstract record DerivativeEstimate
{
    /// <summary>Writes smoothed values and derivatives.</summary>
    /// <param name="values">The series, m elements.</param>
    /// <param name="step">The distance between two elements.</param>
    /// <param name="smoothed">Receives m smoothed values.</param>
    /// <param name="derivative">Receives m derivatives.</param>
    /// <exception cref="ArgumentException">The series is too short.</exception>
    public abstract void Estimate(ReadOnlySpan<double> values, double step, Span<double> smoothed, Span<double> derivative);

    /// <summary>The least number of elements.</summary>
    public abstract int MinimumLength { get; }

    /// <summary>Checks the lengths.</summary>
    private protected void Check(ReadOnlySpan<double> values, double step, Span<double> smoothed, Span<double> derivative)
    {
        Require.Positive(step, nameof(step));
        if (values.Length < MinimumLength)
            throw new ArgumentException($"The series has {values.Length} elements; {this} needs {MinimumLength}.", nameof(values));
        Require.Length(smoothed.Length, values.Length, nameof(smoothed));
        Require.Length(derivative.Length, values.Length, nameof(derivative));
    }

    /// <summary>Applies a local filter: row q of the matrices are the weights that give value and derivative at position q of a window.</summary>
    private protected static void Filter(ReadOnlySpan<double> values, double step, int width, double[] toValue, double[] toSlope, Span<double> smoothed, Span<double> derivative)
    {
        int m = values.Length, half = width / 2;
        for (int i = 0; i < m; i++)
        {
            int first = Math.Clamp(i - half, 0, m - width), position = i - first;
            ReadOnlySpan<double> window = values.Slice(first, width);
            smoothed[i] = Numerics.Reduce.Dot(window, toValue.AsSpan(position * width, width));
            derivative[i] = Numerics.Reduce.Dot(window, toSlope.AsSpan(position * width, width)) / step;
        }
    }

    /// <summary>The weights of values and slopes of the polynomial of a degree that fits a window of unit spacing by least squares, at each position.</summary>
    private protected static (double[] ToValue, double[] ToSlope) LocalPolynomials(int width, int degree)
    {
        int terms = degree + 1;
        double half = 0.5 * (width - 1);
        double[] powers = new double[width * terms], unit = new double[width], coefficients = new double[terms];
        for (int i = 0; i < width; i++)
        {
            double z = (i - half) / Math.Max(half, 1);
            powers[i * terms] = 1;
            for (int k = 1; k < terms; k++)
                powers[(i * terms) + k] = z * powers[(i * terms) + k - 1];
        }

        double[] toValue = new double[width * width], toSlope = new double[width * width];
        var qr = new CompleteOrthogonal<double>(width, terms);
        qr.Factor(powers);
        for (int source = 0; source < width; source++)
        {
            Array.Clear(unit);
            unit[source] = 1;
            qr.Solve(unit, coefficients);
            for (int position = 0; position < width; position++)
            {
                double value = 0, slope = 0;
                for (int k = 0; k < terms; k++)
                {
                    value += coefficients[k] * powers[(position * terms) + k];
                    if (k > 0)
                        slope += k * coefficients[k] * powers[(position * terms) + k - 1];
                }

                toValue[(position * width) + source] = value;
                toSlope[(position * width) + source] = slope / Math.Max(half, 1);
            }
        }

        return (toValue, toSlope);
    }
}

/// <summary>Central differences of an even order, one-sided ones of the same order near the ends; the series isn't smoothed. For data without noise, whose size the derivative multiplies by about 1 / step.</summary>
/// <remarks>The weights are those of the interpolating polynomial through order + 1 elements.</remarks>
public sealed record FiniteDifferences : DerivativeEstimate
{
    /// <summary>The order of accuracy: 2, 4, 6, ..., 12. Default: 4.</summary>
    public int Order
    {
        get;
        init => field = value is >= 2 and <= 12 && value % 2 == 0 ? value : throw new ArgumentOutOfRangeException(nameof(Order), value, $"Order is {value} but must be even, from 2 to 12.");
    } = 4;

    /// <inheritdoc/>
    public override int MinimumLength => Order + 1;

    /// <inheritdoc/>
    public override void Estimate(ReadOnlySpan<double> values, double step, Span<double> smoothed, Span<double> derivative)
    {
        Check(values, step, smoothed, derivative);
        (double[] toValue, double[] toSlope) = LocalPolynomials(Order + 1, Order);
        Filter(values, step, Order + 1, toValue, toSlope, smoothed, derivative);
        values.CopyTo(smoothed);
    }
}

/// <summary>Values and slopes of the polynomials that fit windows of 2 w + 1 elements by least squares; near the ends, of the last whole window.</summary>
/// <remarks>
/// The noise of the derivative falls as (2 w + 1)^(-3/2), its bias grows as (w step)^degree times a higher derivative. A. Savitzky and M. J. E. Golay (1964), Smoothing and differentiation of data by simplified least
/// squares procedures; P. A. Gorry (1990), General least-squares smoothing and differentiation by the convolution method, for the ends.
/// </remarks>
[Algorithm("Savitzky-Golay filter", "System identification", "Savitzky, Golay (1964), Smoothing and differentiation of data by simplified least squares procedures", Capabilities = "derivatives, ends")]
public sealed record SavitzkyGolay : DerivativeEstimate
{
    /// <summary>The half width w, at least 1. Default: 5.</summary>
    public int HalfWidth { get; init => field = Require.Positive(value); } = 5;

    /// <summary>The degree of the polynomials, at least 1; at most 2 w are used. Default: 3.</summary>
    public int Degree { get; init => field = Require.Positive(value); } = 3;

    /// <inheritdoc/>
    public override int MinimumLength => (2 * HalfWidth) + 1;

    /// <inheritdoc/>
    public override void Estimate(ReadOnlySpan<double> values, double step, Span<double> smoothed, Span<double> derivative)
    {
        Check(values, step, smoothed, derivative);
        int width = (2 * HalfWidth) + 1;
        (double[] toValue, double[] toSlope) = LocalPolynomials(width, Math.Min(Degree, width - 1));
        Filter(values, step, width, toValue, toSlope, smoothed, derivative);
    }
}
