using System.Numerics;
using System.Runtime.InteropServices;

namespace OptiCore.Dynamics;

/// <summary>
/// The focusing nonlinear Schrödinger equation i psi_t + psi_xx / 2 + |psi|^2 psi = 0, with its conserved quantities, the entropies of its density, and its solitons. A state is n pairs (re, im).
/// </summary>
/// <remarks>
/// <para>Solved as a system of ordinary equations, its stiffness is that of k^2 / 2; by <see cref="SplitStepFourier"/> both parts are exact and only their order matters; <see cref="SpectralEtd4"/> has
/// order 4 with few transforms. The cube isn't freed of aliases: a resolved solution has none to speak of.</para>
/// <para>V. E. Zakharov, A. B. Shabat (1972), Exact theory of two-dimensional self-focusing and one-dimensional self-modulation of waves in nonlinear media; the diagnostics as in S. H. S. Herho et al. (2025),
/// simple-idealized-1d-nlse.</para>
/// </remarks>
/// <param name="grid">The points.</param>
public sealed class NonlinearSchrodinger(PeriodicGrid grid) : SpectralEquation(grid, isComplex: true)
{
    /// <inheritdoc/>
    public override Complex Linear(int mode) => new(0, 0.5 * Grid.Symbol(mode, 2).Real);

    /// <inheritdoc/>
    protected override void Nonlinear(Span<Complex> spectrum, Span<Complex> result, Span<double> values)
    {
        ToState(spectrum, values);
        for (int i = 0; i < values.Length; i += 2)
        {
            double re = values[i], im = values[i + 1], density = (re * re) + (im * im);
            (values[i], values[i + 1]) = (-density * im, density * re);
        }

        ToSpectrum(values, result);
    }

    /// <summary>The mass, integral of |psi|^2.</summary>
    /// <param name="state">The state, n pairs.</param>
    public double Mass(ReadOnlySpan<double> state)
    {
        Require.Length(state.Length, Dimension, nameof(state));
        return Grid.Spacing * OptiCore.Numerics.Reduce.SumOfSquares(state);
    }

    /// <summary>The momentum, the imaginary part of the integral of conj(psi) psi_x.</summary>
    /// <param name="state">The state, n pairs.</param>
    public double Momentum(ReadOnlySpan<double> state)
    {
        // By Parseval's theorem the sum of k |c[k]|^2, in which the highest frequency of even n counts as 0.
        Complex[] spectrum = SpectrumOf(state);
        double sum = 0;
        for (int k = 0; k < spectrum.Length; k++)
            sum += Grid.Symbol(k, 1).Imaginary * Square(spectrum[k]);
        return Grid.Spacing / Grid.Count * sum;
    }

    /// <summary>The energy, integral of |psi_x|^2 / 2 - |psi|^4 / 2.</summary>
    /// <param name="state">The state, n pairs.</param>
    public double Energy(ReadOnlySpan<double> state)
    {
        Complex[] spectrum = SpectrumOf(state);
        double kinetic = 0, potential = 0;
        for (int k = 0; k < spectrum.Length; k++)
            kinetic -= Grid.Symbol(k, 2).Real * Square(spectrum[k]);
        for (int i = 0; i < state.Length; i += 2)
        {
            double density = (state[i] * state[i]) + (state[i + 1] * state[i + 1]);
            potential += density * density;
        }

        return 0.5 * Grid.Spacing * ((kinetic / Grid.Count) - potential);
    }

    /// <summary>Shannon's differential entropy of the density p = |psi|^2 / mass, -integral of p log p.</summary>
    /// <param name="state">The state, n pairs, not 0 everywhere.</param>
    public double ShannonEntropy(ReadOnlySpan<double> state)
    {
        double mass = Mass(state), sum = 0;
        for (int i = 0; i < state.Length; i += 2)
        {
            double p = ((state[i] * state[i]) + (state[i + 1] * state[i + 1])) / mass;
            sum -= p > 0 ? p * Math.Log(p) : 0;
        }

        return Grid.Spacing * sum;
    }

    /// <summary>Rényi's entropy of the density, log(integral of p^q) / (1 - q).</summary>
    /// <param name="state">The state, n pairs, not 0 everywhere.</param>
    /// <param name="order">The order q, positive and not 1.</param>
    public double RenyiEntropy(ReadOnlySpan<double> state, double order = 2) => Math.Log(PowerIntegral(state, order)) / (1 - order);

    /// <summary>Tsallis' entropy of the density, (1 - integral of p^q) / (q - 1).</summary>
    /// <param name="state">The state, n pairs, not 0 everywhere.</param>
    /// <param name="order">The order q, positive and not 1.</param>
    public double TsallisEntropy(ReadOnlySpan<double> state, double order = 2) => (1 - PowerIntegral(state, order)) / (order - 1);

    /// <summary>A soliton on the infinite line, psi = a sech(a (x - v t)) exp(i (v x + (a^2 - v^2) t / 2)).</summary>
    /// <param name="amplitude">The amplitude a; the mass is 2 a.</param>
    /// <param name="velocity">The velocity v.</param>
    /// <param name="x">The place, relative to the middle at time 0.</param>
    /// <param name="t">The time.</param>
    public static Complex Soliton(double amplitude, double velocity, double x, double t)
    {
        double size = amplitude / Math.Cosh(amplitude * (x - (velocity * t)));
        (double sin, double cos) = Math.SinCos((velocity * x) + (0.5 * ((amplitude * amplitude) - (velocity * velocity)) * t));
        return new Complex(size * cos, size * sin);
    }

    /// <summary>
    /// By how much a soliton is ahead, in the direction of its velocity relative to the other one, after it has passed through the other: (1 / a) log(((v - w)^2 + (a + b)^2) / ((v - w)^2 + (a - b)^2)).
    /// </summary>
    /// <param name="amplitude">Its amplitude a.</param>
    /// <param name="velocity">Its velocity v.</param>
    /// <param name="otherAmplitude">The other's amplitude b.</param>
    /// <param name="otherVelocity">The other's velocity w, different from v.</param>
    public static double CollisionShift(double amplitude, double velocity, double otherAmplitude, double otherVelocity)
    {
        double relative = (velocity - otherVelocity) * (velocity - otherVelocity);
        double sum = amplitude + otherAmplitude, difference = amplitude - otherAmplitude;
        return Math.Log((relative + (sum * sum)) / (relative + (difference * difference))) / amplitude;
    }

    /// <summary>The rate (k / 2) sqrt(4 A^2 - k^2) at which a small disturbance of wave number k grows on a plane wave of amplitude A; 0 for k of 2 A and above.</summary>
    /// <param name="amplitude">The amplitude A.</param>
    /// <param name="waveNumber">The wave number k.</param>
    /// <remarks>T. B. Benjamin, J. E. Feir (1967), The disintegration of wave trains on deep water.</remarks>
    public static double ModulationGrowth(double amplitude, double waveNumber) =>
        0.5 * Math.Abs(waveNumber) * Math.Sqrt(Math.Max(0, (4 * amplitude * amplitude) - (waveNumber * waveNumber)));

    private static double Square(Complex c) => (c.Real * c.Real) + (c.Imaginary * c.Imaginary);

    private Complex[] SpectrumOf(ReadOnlySpan<double> state)
    {
        Require.Length(state.Length, Dimension, nameof(state));
        var spectrum = new Complex[Modes];
        Grid.ComplexTransform.Forward(state, MemoryMarshal.Cast<Complex, double>(spectrum.AsSpan()));
        return spectrum;
    }

    private double PowerIntegral(ReadOnlySpan<double> state, double order)
    {
        Require.Positive(order, nameof(order));
        if (order == 1)
            throw new ArgumentOutOfRangeException(nameof(order), order, "order is 1 but must be another: the limit there is Shannon's entropy.");
        double mass = Mass(state), sum = 0;
        for (int i = 0; i < state.Length; i += 2)
            sum += Math.Pow(((state[i] * state[i]) + (state[i + 1] * state[i + 1])) / mass, order);
        return Grid.Spacing * sum;
    }
}
