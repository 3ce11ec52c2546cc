using System.Numerics;
using System.Numerics.Tensors;

namespace OptiCore.Fourier;

/// <summary>The convolution of signals of any length with one short sequence by transforms of blocks: each block's result overlaps the next one's and is added to it.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
/// <remarks>
/// O(N log L) for a signal of N elements and blocks of length L, and one block of memory. Immutable and shared by threads; nothing is allocated after the first calls.
/// Stockham (1966), High-speed convolution and correlation; Oppenheim and Schafer (2010), Discrete-time signal processing, section 8.7.3.
/// </remarks>
public sealed class OverlapAdd<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly RealFft<T> _plan;
    private readonly T[] _spectrum;

    /// <summary>Transforms the sequence.</summary>
    /// <param name="kernel">The sequence v, n elements, at least 1.</param>
    /// <param name="block">The length of a transform, at least 2 n - 1 rounded up to a length that is fast and even; 0 for a choice by cost.</param>
    /// <exception cref="ArgumentException">The sequence is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The length of a block is negative or shorter than the sequence.</exception>
    /// <exception cref="NotSupportedException">The element type is neither float nor double.</exception>
    public OverlapAdd(ReadOnlySpan<T> kernel, int block = 0)
    {
        if (kernel.IsEmpty)
            throw new ArgumentException("kernel is empty, expected at least 1 element.", nameof(kernel));
        Require.NonNegative(block, nameof(block));
        if (block == 0)
            block = BestBlock(kernel.Length, int.MaxValue);
        Require.AtLeast(block, kernel.Length, nameof(block));
        KernelLength = kernel.Length;
        _plan = new RealFft<T>(Radices.NextSmooth(block, 2));
        T[] line = new T[_plan.Length];
        kernel.CopyTo(line);
        _spectrum = new T[2 * _plan.SpectrumLength];
        _plan.Forward(line, _spectrum);
    }

    /// <summary>The length n of the sequence.</summary>
    public int KernelLength { get; }

    /// <summary>The length of a transform.</summary>
    public int Block => _plan.Length;

    /// <summary>The full convolution of a signal with the sequence.</summary>
    /// <param name="signal">N elements, at least 1.</param>
    /// <param name="result">N + n - 1 elements, apart from the signal.</param>
    /// <exception cref="ArgumentException">The signal is empty, the result has another length or overlaps it.</exception>
    public void Convolve(ReadOnlySpan<T> signal, Span<T> result)
    {
        if (signal.IsEmpty)
            throw new ArgumentException("signal is empty, expected at least 1 element.", nameof(signal));
        Require.Length(result.Length, checked(signal.Length + KernelLength - 1), nameof(result));
        FourierArgument.Apart<T>(signal, result, nameof(result));
        int fresh = Block - KernelLength + 1, written = 0;
        using var workspace = new Workspace<T>(Block + _spectrum.Length);
        Span<T> line = workspace.Span[..Block], transformed = workspace.Span.Slice(Block, _spectrum.Length);
        for (int first = 0; first < signal.Length; first += fresh)
        {
            int present = Math.Min(fresh, signal.Length - first), produced = present + KernelLength - 1, overlap = written - first;
            signal.Slice(first, present).CopyTo(line);
            line[present..].Clear();
            _plan.Forward(line, transformed);
            ComplexProduct.Multiply<T>(transformed, _spectrum);
            _plan.Inverse(transformed, line);
            overlap = Math.Min(overlap, produced);
            TensorPrimitives.Add(result.Slice(first, overlap), line[..overlap], result.Slice(first, overlap));
            line[overlap..produced].CopyTo(result[(first + overlap)..]);
            written = first + produced;
        }
    }

    /// <summary>The block with the least work per element: one for all if the signal is short, else the best multiple of the sequence's length.</summary>
    internal static int BestBlock(int kernel, int signal)
    {
        long full = (long)signal + kernel - 1;
        double least = double.PositiveInfinity;
        long best = 0;
        for (long block = 64; block < full && block < 1 << 26; block *= 2)
        {
            if (block < 2L * kernel)
                continue;
            double cost = Math.Ceiling((double)signal / (block - kernel + 1)) * block * (Math.Log2(block) + 1);
            if (cost < least)
                (least, best) = (cost, block);
        }

        return best != 0 && (full > 1 << 26 || least < full * (Math.Log2(full) + 1)) ? (int)best : checked((int)full);
    }
}
