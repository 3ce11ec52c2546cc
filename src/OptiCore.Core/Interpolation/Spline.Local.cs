namespace OptiCore.Interpolation;

/// <summary>The weights of Akima's slopes.</summary>
public enum AkimaWeights
{
    /// <summary>Akima (1970): the differences of neighbouring chord slopes.</summary>
    Classic,

    /// <summary>The differences plus half of the mean magnitudes, which keeps flat stretches flat and corners from overshooting (known as makima).</summary>
    Modified,
}

public static partial class Spline
{
    /// <summary>
    /// Piecewise cubic Hermite interpolation that keeps the monotony of the data: slopes are weighted harmonic means of the neighbouring chord slopes, and 0 at
    /// local extremes of the data. Once continuously differentiable; error of order h^2 to h^3.
    /// </summary>
    /// <remarks>Fritsch and Butland (1984), A method for constructing local monotone piecewise cubic interpolants; the ends by a three-point formula
    /// limited to keep the shape (Moler 2004, Numerical computing with MATLAB, section 3.6).</remarks>
    /// <param name="x">The abscissae, at least 2, strictly increasing.</param>
    /// <param name="y">The values.</param>
    /// <exception cref="ArgumentException">Too few points, not increasing or not finite, or the lengths differ.</exception>
    public static PiecewisePolynomial Pchip(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        Data.Check(x, y, 2);
        int n = x.Length;
        double[] slopes = new double[n], h = new double[n - 1], chord = new double[n - 1];
        for (int i = 0; i < n - 1; i++)
        {
            h[i] = x[i + 1] - x[i];
            chord[i] = (y[i + 1] - y[i]) / h[i];
        }

        if (n == 2)
            slopes[0] = slopes[1] = chord[0];
        else
        {
            for (int i = 1; i < n - 1; i++)
            {
                if (Math.Sign(chord[i - 1]) * Math.Sign(chord[i]) <= 0)
                    continue;
                double u = (2 * h[i]) + h[i - 1], v = h[i] + (2 * h[i - 1]);
                slopes[i] = (u + v) / ((u / chord[i - 1]) + (v / chord[i]));
            }

            slopes[0] = EndSlope(h[0], h[1], chord[0], chord[1]);
            slopes[n - 1] = EndSlope(h[n - 2], h[n - 3], chord[n - 2], chord[n - 3]);
        }

        return FromSlopes(x, y, slopes);

        static double EndSlope(double h0, double h1, double d0, double d1)
        {
            double slope = ((((2 * h0) + h1) * d0) - (h0 * d1)) / (h0 + h1);
            if (Math.Sign(slope) != Math.Sign(d0))
                return 0;
            return Math.Sign(d0) != Math.Sign(d1) && Math.Abs(slope) > 3 * Math.Abs(d0) ? 3 * d0 : slope;
        }
    }

    /// <summary>
    /// Akima's spline: a cubic Hermite spline whose slope at a point is an average of the neighbouring chord slopes, with more weight for the side where
    /// the slopes change less. Local (a value changes six pieces), with little overshoot at steps.
    /// </summary>
    /// <remarks>Two chords are added at each end by extrapolating slopes linearly. Akima (1970), A new method of interpolation and smooth curve
    /// fitting based on local procedures.</remarks>
    /// <param name="x">The abscissae, at least 2, strictly increasing.</param>
    /// <param name="y">The values.</param>
    /// <param name="weights">Classic or modified weights.</param>
    /// <exception cref="ArgumentException">Too few points, not increasing or not finite, or the lengths differ.</exception>
    public static PiecewisePolynomial Akima(ReadOnlySpan<double> x, ReadOnlySpan<double> y, AkimaWeights weights = AkimaWeights.Classic)
    {
        Data.Check(x, y, 2);
        Require.Defined(weights);
        int n = x.Length;
        // m[i + 2] is the slope of the chord from point i.
        double[] m = new double[n + 3], slopes = new double[n];
        for (int i = 0; i < n - 1; i++)
            m[i + 2] = (y[i + 1] - y[i]) / (x[i + 1] - x[i]);
        m[1] = n > 2 ? (2 * m[2]) - m[3] : m[2];
        m[0] = (2 * m[1]) - m[2];
        m[n + 1] = n > 2 ? (2 * m[n]) - m[n - 1] : m[n];
        m[n + 2] = (2 * m[n + 1]) - m[n];
        double largest = 0;
        for (int i = 0; i < n; i++)
            largest = Math.Max(largest, Weight(m[i + 3], m[i + 2]) + Weight(m[i + 1], m[i]));
        for (int i = 0; i < n; i++)
        {
            double u = Weight(m[i + 3], m[i + 2]), v = Weight(m[i + 1], m[i]);
            // Where both differences vanish the slope is undetermined; below a billionth of the largest they are rounding.
            slopes[i] = u + v > 1e-9 * largest
                ? ((u * m[i + 1]) + (v * m[i + 2])) / (u + v)
                : weights == AkimaWeights.Classic ? 0.5 * (m[i + 1] + m[i + 2]) : 0;
        }

        return FromSlopes(x, y, slopes);

        double Weight(double p, double q) => Math.Abs(p - q) + (weights == AkimaWeights.Modified ? 0.5 * Math.Abs(p + q) : 0);
    }
}
