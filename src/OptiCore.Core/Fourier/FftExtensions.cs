using System.Numerics;
using System.Runtime.InteropServices;

namespace OptiCore.Fourier;

/// <summary>The transforms of doubles on spans of <see cref="Complex"/>.</summary>
public static class FftExtensions
{
    /// <summary>Transforms sequences that lie one after the other; see <see cref="Fft{T}.Forward(ReadOnlySpan{T}, Span{T}, IWorkers)"/>.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="source">Any number of sequences of n numbers.</param>
    /// <param name="destination">As many numbers; may be the source itself.</param>
    /// <param name="workers">Share the work; null for this thread alone.</param>
    /// <exception cref="ArgumentException">A length isn't a multiple of n, the lengths differ, or the spans overlap without being the same.</exception>
    public static void Forward(this Fft<double> plan, ReadOnlySpan<Complex> source, Span<Complex> destination, IWorkers? workers = null) =>
        Require.NotNull(plan).Forward(MemoryMarshal.Cast<Complex, double>(source), MemoryMarshal.Cast<Complex, double>(destination), workers);

    /// <summary>The inverse; see <see cref="Fft{T}.Inverse(ReadOnlySpan{T}, Span{T}, IWorkers)"/>.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="source">Any number of sequences of n numbers.</param>
    /// <param name="destination">As many numbers; may be the source itself.</param>
    /// <param name="workers">Share the work; null for this thread alone.</param>
    /// <exception cref="ArgumentException">A length isn't a multiple of n, the lengths differ, or the spans overlap without being the same.</exception>
    public static void Inverse(this Fft<double> plan, ReadOnlySpan<Complex> source, Span<Complex> destination, IWorkers? workers = null) =>
        Require.NotNull(plan).Inverse(MemoryMarshal.Cast<Complex, double>(source), MemoryMarshal.Cast<Complex, double>(destination), workers);

    /// <summary>Transforms real sequences; see <see cref="RealFft{T}.Forward"/>.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="source">Any number of sequences of n real numbers.</param>
    /// <param name="spectrum">n / 2 + 1 numbers for each sequence.</param>
    /// <param name="workers">Share the work; null for this thread alone.</param>
    /// <exception cref="ArgumentException">A length is wrong or the spans overlap.</exception>
    public static void Forward(this RealFft<double> plan, ReadOnlySpan<double> source, Span<Complex> spectrum, IWorkers? workers = null) =>
        Require.NotNull(plan).Forward(source, MemoryMarshal.Cast<Complex, double>(spectrum), workers);

    /// <summary>The inverse; see <see cref="RealFft{T}.Inverse"/>.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="spectrum">n / 2 + 1 numbers for each sequence.</param>
    /// <param name="destination">n real numbers for each sequence.</param>
    /// <param name="workers">Share the work; null for this thread alone.</param>
    /// <exception cref="ArgumentException">A length is wrong or the spans overlap.</exception>
    public static void Inverse(this RealFft<double> plan, ReadOnlySpan<Complex> spectrum, Span<double> destination, IWorkers? workers = null) =>
        Require.NotNull(plan).Inverse(MemoryMarshal.Cast<Complex, double>(spectrum), destination, workers);
}
