using OptiCore.Numerics;

namespace OptiCore.Dynamics;

/// <summary>
/// Detrended fluctuation analysis: the series without its mean is summed up, cut into windows of n samples, and a polynomial is subtracted in each; F(n) is the root mean square of what is left. The slope of log F
/// over log n is the exponent alpha: 1/2 for white noise, the Hurst exponent for fractional Gaussian noise, 1 for 1/f noise, 3/2 for Brownian motion.
/// </summary>
/// <remarks>
/// The windows are laid from the start and again from the end, so that no sample is left out (Kantelhardt et al. 2001, Detecting long-range correlations with detrended fluctuation analysis). O(N order) for each window
/// length.
/// </remarks>
[Algorithm("Detrended fluctuation analysis", "Complexity", "C.-K. Peng, S. V. Buldyrev, S. Havlin, M. Simons, H. E. Stanley, A. L. Goldberger (1994), Mosaic organization of DNA nucleotides")]
public sealed record DetrendedFluctuation
{
    /// <summary>The order of the polynomials. Default: 1.</summary>
    public int Order { get; init => field = Require.NonNegative(value); } = 1;

    /// <summary>The curve log F over log n.</summary>
    /// <param name="series">The observations, finite.</param>
    /// <param name="windows">The window lengths n, rising, from order + 2 to the series' length.</param>
    /// <exception cref="ArgumentException">A window length lies outside or they don't rise, or a number isn't finite.</exception>
    public ScalingCurve LogFluctuations(ReadOnlySpan<double> series, ReadOnlySpan<int> windows)
    {
        Require.AllFinite(series, nameof(series));
        int length = series.Length;
        double mean = series.IsEmpty ? 0 : Reduce.Mean(series), sum = 0;
        double[] profile = new double[length], work = new double[length], x = new double[windows.Length], y = new double[windows.Length];
        for (int i = 0; i < length; i++)
            profile[i] = sum += series[i] - mean;
        for (int w = 0; w < windows.Length; w++)
        {
            int n = windows[w];
            if (n < Order + 2 || n > length || (w > 0 && n <= windows[w - 1]))
                throw new ArgumentException(FormattableString.Invariant($"windows[{w}] is {n} but window lengths must rise from {Order + 2} to {length}."), nameof(windows));
            double[] basis = Polynomials(n);
            int count = length / n;
            double squares = 0;
            for (int i = 0; i < count; i++)
                squares += Rest(profile.AsSpan(i * n, n), basis, work.AsSpan(0, n)) + Rest(profile.AsSpan(length - ((i + 1) * n), n), basis, work.AsSpan(0, n));
            x[w] = Math.Log(n);
            y[w] = 0.5 * Math.Log(squares / (2.0 * count * n));
        }

        return new ScalingCurve { X = x, Y = y };
    }

    /// <summary>Orthonormal polynomials on n points, row after row: powers of the scaled abscissa, made orthogonal twice.</summary>
    private double[] Polynomials(int n)
    {
        double[] basis = new double[(Order + 1) * n];
        for (int k = 0; k <= Order; k++)
        {
            for (int i = 0; i < n; i++)
                basis[(k * n) + i] = Math.Pow((2.0 * i / (n - 1)) - 1, k);
        }

        TangentVectors.Orthonormalize(basis, n, new double[Order + 1]);
        return basis;
    }

    /// <summary>The sum of squares of what a least-squares polynomial leaves.</summary>
    private static double Rest(ReadOnlySpan<double> window, ReadOnlySpan<double> basis, Span<double> rest)
    {
        // The polynomial is taken away before squaring: a difference of squares would cancel where the profile is far from 0.
        window.CopyTo(rest);
        for (int at = 0; at < basis.Length; at += window.Length)
        {
            ReadOnlySpan<double> polynomial = basis.Slice(at, window.Length);
            double product = TangentVectors.Dot(polynomial, rest);
            for (int i = 0; i < rest.Length; i++)
                rest[i] -= product * polynomial[i];
        }

        return TangentVectors.Dot(rest, rest);
    }
}
