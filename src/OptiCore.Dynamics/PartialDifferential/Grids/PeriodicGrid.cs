using System.Buffers;
using System.Numerics;
using OptiCore.Fourier;

namespace OptiCore.Dynamics;

/// <summary>
/// Equally spaced points on a circle of length L, x[j] = x[0] + j L / n, and Fourier's derivatives: the coefficient of exp(i k x) is multiplied by (i k)^order. Exact for trigonometric polynomials of
/// degree below n / 2, and for analytic functions with an error that falls exponentially in n.
/// </summary>
/// <remarks>
/// For even n the highest frequency has no sign: odd derivatives of it are 0. O(n log n). L. N. Trefethen (2000), Spectral methods in MATLAB.
/// </remarks>
[Algorithm("Fourier pseudo-spectral method", "Partial differential equations", "S. A. Orszag (1971), On the elimination of aliasing in finite-difference schemes by filtering high-wavenumber components; L. N. Trefethen (2000), Spectral methods in MATLAB")]
public sealed class PeriodicGrid : ISpatialGrid
{
    private readonly double[] _points;
    private readonly double[] _waveNumbers;

    /// <summary>Creates a grid.</summary>
    /// <param name="count">The number n of points, at least 4; products of small primes are fast.</param>
    /// <param name="length">The length L.</param>
    /// <param name="start">The first point.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public PeriodicGrid(int count, double length = 2 * Math.PI, double start = 0)
    {
        Count = Require.AtLeast(count, 4, nameof(count));
        Length = Require.Positive(length, nameof(length));
        Require.Finite(start, nameof(start));
        RealTransform = new RealFft<double>(count);
        ComplexTransform = new Fft<double>(count);
        _points = new double[count];
        _waveNumbers = new double[count];
        for (int i = 0; i < count; i++)
        {
            _points[i] = start + (i * length / count);
            _waveNumbers[i] = (i <= count / 2 ? i : i - count) * (2 * Math.PI / length);
        }
    }

    /// <inheritdoc/>
    public int Count { get; }

    /// <summary>The length L.</summary>
    public double Length { get; }

    /// <summary>The distance L / n of two points.</summary>
    public double Spacing => Length / Count;

    /// <inheritdoc/>
    public ReadOnlySpan<double> Points => _points;

    /// <summary>
    /// The wave number 2 pi m / L of each coefficient of the complex transform, n elements: m = 0, ..., n / 2, and then the negative ones. The first n / 2 + 1 are those of the real transform.
    /// </summary>
    public ReadOnlySpan<double> WaveNumbers => _waveNumbers;

    /// <summary>The transform of real functions.</summary>
    public RealFft<double> RealTransform { get; }

    /// <summary>The transform of complex functions.</summary>
    public Fft<double> ComplexTransform { get; }

    /// <summary>Whether a coefficient is kept by the rule of 2/3, |m| &lt; n / 3: then products of two functions have no aliases among the kept ones.</summary>
    /// <param name="index">The number of the coefficient in the real or complex transform.</param>
    public bool IsKept(int index) => 3 * Math.Min(index, Count - index) < Count;

    /// <summary>Sets the coefficients that the rule of 2/3 doesn't keep to 0.</summary>
    /// <param name="spectrum">n / 2 + 1 coefficients of a real or n of a complex function.</param>
    /// <exception cref="ArgumentException">The length is neither.</exception>
    public void Dealias(Span<Complex> spectrum)
    {
        RequireSpectrum(spectrum.Length, nameof(spectrum));
        for (int i = 0; i < spectrum.Length; i++)
        {
            if (!IsKept(i))
                spectrum[i] = 0;
        }
    }

    /// <summary>Multiplies the coefficients by exp(-strength (2 |m| / n)^order): a smooth end of the spectrum that keeps most of it.</summary>
    /// <param name="spectrum">n / 2 + 1 coefficients of a real or n of a complex function.</param>
    /// <param name="strength">The strength: 36 leaves the machine precision of the highest one.</param>
    /// <param name="order">The order, at least 2.</param>
    /// <exception cref="ArgumentException">The length is neither, or a number is out of range.</exception>
    /// <remarks>T. Y. Hou, R. Li (2007), Computing nearly singular solutions using pseudo-spectral methods; both defaults are theirs.</remarks>
    public void Filter(Span<Complex> spectrum, double strength = 36, int order = 36)
    {
        RequireSpectrum(spectrum.Length, nameof(spectrum));
        Require.Positive(strength, nameof(strength));
        Require.AtLeast(order, 2, nameof(order));
        for (int i = 0; i < spectrum.Length; i++)
            spectrum[i] *= Math.Exp(-strength * Math.Pow(2.0 * Math.Min(i, Count - i) / Count, order));
    }

    /// <inheritdoc/>
    public void Derivative(ReadOnlySpan<double> u, int order, Span<double> derivative)
    {
        Require.Length(u.Length, Count, nameof(u));
        Require.Length(derivative.Length, Count, nameof(derivative));
        Require.Positive(order, nameof(order));
        Complex[] rented = ArrayPool<Complex>.Shared.Rent(RealTransform.SpectrumLength);
        Span<Complex> spectrum = rented.AsSpan(0, RealTransform.SpectrumLength);
        RealTransform.Forward(u, spectrum);
        for (int i = 0; i < spectrum.Length; i++)
            spectrum[i] *= Symbol(i, order);
        RealTransform.Inverse(spectrum, derivative);
        ArrayPool<Complex>.Shared.Return(rented);
    }

    /// <summary>The factor (i k)^order of a coefficient; 0 for odd derivatives of the highest frequency of even n.</summary>
    /// <param name="index">The number of the coefficient in the real or complex transform.</param>
    /// <param name="order">Which derivative, 1 or more.</param>
    public Complex Symbol(int index, int order)
    {
        double power = 1;
        for (int i = 0; i < order; i++)
            power *= _waveNumbers[index];
        return (order % 4) switch
        {
            _ when order % 2 != 0 && 2 * index == Count => default,
            0 => power,
            1 => new Complex(0, power),
            2 => -power,
            _ => new Complex(0, -power),
        };
    }

    /// <inheritdoc/>
    public double Integrate(ReadOnlySpan<double> u)
    {
        Require.Length(u.Length, Count, nameof(u));
        return Spacing * OptiCore.Numerics.Reduce.Sum(u);
    }

    private void RequireSpectrum(int length, string name)
    {
        if (length != Count && length != RealTransform.SpectrumLength)
            throw new ArgumentException(FormattableString.Invariant($"{name} has {length} elements, expected {RealTransform.SpectrumLength} of a real or {Count} of a complex function."), name);
    }
}
