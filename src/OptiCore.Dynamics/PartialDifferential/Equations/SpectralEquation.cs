using System.Buffers;
using System.Numerics;

namespace OptiCore.Dynamics;

/// <summary>
/// An equation u_t = L u + N(u) on a circle, whose linear part is diagonal in Fourier's coefficients: c'[k] = lambda[k] c[k] + N[k](c). As a system of ordinary equations for the values at the points it is taken by every
/// integrator; methods that know the linear part, <see cref="SpectralEtd4"/> and <see cref="SpectralImex"/>, aren't held to the tiny steps of its stiffness.
/// </summary>
/// <remarks>
/// A state of a real equation is the n values at the points, of a complex one n pairs (re, im). Products are freed of aliases by the rule of 2/3 where the equation says so. Evaluations allocate nothing after the
/// first calls and may be made by any number of threads.
/// </remarks>
public abstract class SpectralEquation : IOdeSystem
{
    /// <summary>Creates an equation.</summary>
    /// <param name="grid">The points.</param>
    /// <param name="isComplex">Whether the solution is complex.</param>
    protected SpectralEquation(PeriodicGrid grid, bool isComplex)
    {
        Grid = Require.NotNull(grid);
        IsComplex = isComplex;
        Modes = isComplex ? grid.Count : grid.RealTransform.SpectrumLength;
    }

    /// <summary>The points.</summary>
    public PeriodicGrid Grid { get; }

    /// <summary>Whether the solution is complex.</summary>
    public bool IsComplex { get; }

    /// <summary>The number of coefficients: n of a complex, n / 2 + 1 of a real solution.</summary>
    public int Modes { get; }

    /// <inheritdoc/>
    public int Dimension => IsComplex ? 2 * Grid.Count : Grid.Count;

    /// <summary>The factor lambda of the linear part for a coefficient.</summary>
    /// <param name="mode">The number of the coefficient.</param>
    public abstract Complex Linear(int mode);

    /// <summary>Writes the coefficients of N(u).</summary>
    /// <param name="spectrum">The coefficients of u; may be changed.</param>
    /// <param name="result">Receives the coefficients of N(u).</param>
    /// <param name="values">Work memory for the values at the points, <see cref="Dimension"/> elements.</param>
    protected abstract void Nonlinear(Span<Complex> spectrum, Span<Complex> result, Span<double> values);

    /// <summary>Writes the coefficients of N(u) and leaves those of u alone.</summary>
    /// <param name="spectrum">The coefficients of u.</param>
    /// <param name="result">Receives the coefficients of N(u).</param>
    public void Nonlinear(ReadOnlySpan<Complex> spectrum, Span<Complex> result)
    {
        Require.Length(spectrum.Length, Modes, nameof(spectrum));
        Require.Length(result.Length, Modes, nameof(result));
        Complex[] copy = ArrayPool<Complex>.Shared.Rent(Modes);
        double[] values = ArrayPool<double>.Shared.Rent(Dimension);
        spectrum.CopyTo(copy);
        Nonlinear(copy.AsSpan(0, Modes), result, values.AsSpan(0, Dimension));
        ArrayPool<double>.Shared.Return(values);
        ArrayPool<Complex>.Shared.Return(copy);
    }

    /// <summary>Transforms a state to its coefficients.</summary>
    /// <param name="state">The state, <see cref="Dimension"/> elements.</param>
    /// <param name="spectrum">Receives the coefficients.</param>
    public void ToSpectrum(ReadOnlySpan<double> state, Span<Complex> spectrum)
    {
        Require.Length(state.Length, Dimension, nameof(state));
        Require.Length(spectrum.Length, Modes, nameof(spectrum));
        Span<double> pairs = System.Runtime.InteropServices.MemoryMarshal.Cast<Complex, double>(spectrum);
        if (IsComplex)
            Grid.ComplexTransform.Forward(state, pairs);
        else
            Grid.RealTransform.Forward(state, pairs);
    }

    /// <summary>Transforms coefficients to the state.</summary>
    /// <param name="spectrum">The coefficients.</param>
    /// <param name="state">Receives the state, <see cref="Dimension"/> elements.</param>
    public void ToState(ReadOnlySpan<Complex> spectrum, Span<double> state)
    {
        Require.Length(spectrum.Length, Modes, nameof(spectrum));
        Require.Length(state.Length, Dimension, nameof(state));
        ReadOnlySpan<double> pairs = System.Runtime.InteropServices.MemoryMarshal.Cast<Complex, double>(spectrum);
        if (IsComplex)
            Grid.ComplexTransform.Inverse(pairs, state);
        else
            Grid.RealTransform.Inverse(pairs, state);
    }

    /// <inheritdoc/>
    public void Derivative(double t, ReadOnlySpan<double> y, Span<double> dy)
    {
        Complex[] rented = ArrayPool<Complex>.Shared.Rent(2 * Modes);
        Span<Complex> spectrum = rented.AsSpan(0, Modes), rate = rented.AsSpan(Modes, Modes);
        ToSpectrum(y, spectrum);
        Nonlinear((ReadOnlySpan<Complex>)spectrum, rate);
        for (int k = 0; k < spectrum.Length; k++)
            rate[k] += Linear(k) * spectrum[k];
        ToState(rate, dy);
        ArrayPool<Complex>.Shared.Return(rented);
    }

    /// <summary>Writes the coefficients of factor times the x derivative of u^2, without aliases.</summary>
    private protected void SquareSlope(double factor, Span<Complex> spectrum, Span<Complex> result, Span<double> values)
    {
        Grid.Dealias(spectrum);
        ToState(spectrum, values);
        for (int i = 0; i < values.Length; i++)
            values[i] *= values[i];
        ToSpectrum(values, result);
        for (int k = 0; k < result.Length; k++)
            result[k] = Grid.IsKept(k) ? factor * (Grid.Symbol(k, 1) * result[k]) : default;
    }
}
