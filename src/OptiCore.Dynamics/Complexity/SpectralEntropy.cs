using OptiCore.Fourier;
using OptiCore.Numerics;

namespace OptiCore.Dynamics;

/// <summary>
/// The entropy of the power spectrum: -sum p log p / log K with p the share of the power at each of the K positive frequencies. Near 0 for a sine, 1 - (1 - 0.5772) / log K on average for white noise, whose
/// periodogram is exponentially distributed.
/// </summary>
/// <remarks>The mean is removed first; a Hann window, the default, keeps the power of a sine between two frequencies together. O(N log N).</remarks>
[Algorithm("Spectral entropy", "Complexity", "G. E. Powell, I. C. Percival (1979), A spectral entropy method for distinguishing regular and irregular motion of Hamiltonian systems")]
public sealed record SpectralEntropy
{
    /// <summary>Whether the series is multiplied by Hann's window. Default: true.</summary>
    public bool Windowed { get; init; } = true;

    /// <summary>The entropy.</summary>
    /// <param name="series">The observations, finite, at least 4.</param>
    /// <exception cref="ArgumentException">The series is too short or constant, or a number isn't finite.</exception>
    public double Of(ReadOnlySpan<double> series)
    {
        int n = series.Length;
        if (n < 4)
            throw new ArgumentException(FormattableString.Invariant($"series has {n} elements but must have at least 4."), nameof(series));
        Require.AllFinite(series, nameof(series));
        var transform = new RealFft<double>(n);
        double mean = Reduce.Mean(series), total = 0, entropy = 0;
        double[] values = new double[n], spectrum = new double[2 * transform.SpectrumLength];
        for (int i = 0; i < n; i++)
            values[i] = (series[i] - mean) * (Windowed ? 0.5 - (0.5 * Math.Cos(2 * Math.PI * i / n)) : 1);
        transform.Forward(values, spectrum);
        int count = transform.SpectrumLength - 1;
        for (int k = 0; k < count; k++)
        {
            double re = spectrum[2 * (k + 1)], im = spectrum[(2 * (k + 1)) + 1];
            values[k] = (re * re) + (im * im);
            total += values[k];
        }

        if (total == 0)
            throw new ArgumentException("The series is constant: it has no spectrum.", nameof(series));
        for (int k = 0; k < count; k++)
        {
            double p = values[k] / total;
            entropy -= p > 0 ? p * Math.Log(p) : 0;
        }

        return entropy / Math.Log(count);
    }
}
