using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;

namespace OptiCore.KernelMethods;

/// <summary>
/// Codes of b bits for random Fourier features, packed without gaps: feature i takes the bits b i to b i + b - 1 of the bytes, lowest first. Kernels are
/// estimated from the packed codes alone.
/// </summary>
/// <remarks>X. Li, P. Li (2021), "Quantization Algorithms for Random Fourier Features".</remarks>
public abstract class FeatureQuantizer
{
    /// <summary>The largest number of bits.</summary>
    public const int MostBits = 8;

    private readonly double[] _levels;

    /// <summary>Creates a quantizer with the given levels, 2^bits of them, ascending.</summary>
    private protected FeatureQuantizer(int bits, double[] levels)
    {
        Bits = bits;
        _levels = levels;
    }

    /// <summary>The number of bits of a code, 1 to <see cref="MostBits"/>.</summary>
    public int Bits { get; }

    /// <summary>The values of the codes 0, 1, ..., 2^b - 1, ascending.</summary>
    public ReadOnlySpan<double> Levels => _levels;

    /// <summary>The number of bytes of packed codes.</summary>
    /// <param name="features">The number of features.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public int PackedLength(int features) => (int)((((long)Require.NonNegative(features, nameof(features)) * Bits) + 7) / 8);

    /// <summary>The code of one feature.</summary>
    /// <param name="packed">The packed codes.</param>
    /// <param name="feature">The feature.</param>
    public int Code(ReadOnlySpan<byte> packed, int feature)
    {
        long bit = (long)feature * Bits;
        int at = (int)(bit >> 3), shift = (int)(bit & 7), window = packed[at];
        if (shift + Bits > 8)
            window |= packed[at + 1] << 8;
        return (window >> shift) & ((1 << Bits) - 1);
    }

    /// <summary>The values of packed codes.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="packed">The packed codes.</param>
    /// <param name="values">Receives the values, one for each feature.</param>
    /// <exception cref="ArgumentException">The number of bytes isn't that of as many features.</exception>
    public void Decode<T>(ReadOnlySpan<byte> packed, Span<T> values) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.Length(packed.Length, PackedLength(values.Length), nameof(packed));
        for (int i = 0; i < values.Length; i++)
            values[i] = T.CreateTruncating(_levels[Code(packed, i)]);
    }

    /// <summary>The estimate of the kernel, (1/m) sum_i Q(x_i) Q(y_i).</summary>
    /// <param name="x">The packed codes of the features of one point.</param>
    /// <param name="y">Those of the other, of the same quantizer and features.</param>
    /// <param name="features">The number m of features, at least 1.</param>
    /// <exception cref="ArgumentException">A number of bytes isn't that of as many features.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are no features.</exception>
    public double Kernel(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y, int features) => Dot(x, y, features) / features;

    /// <summary>
    /// The normalized estimate sum_i Q(x_i) Q(y_i) / (|Q(x)| |Q(y)|), which is 1 for equal codes and has a lower variance where the kernel is large.
    /// </summary>
    /// <inheritdoc cref="Kernel"/>
    public double NormalizedKernel(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y, int features)
    {
        double xy = Dot(x, y, features), xx = Dot(x, x, features), yy = Dot(y, y, features);
        return xx == 0 || yy == 0 ? 0 : xy / (Math.Sqrt(xx) * Math.Sqrt(yy));
    }

    /// <summary>Puts a code into bytes that are zero there.</summary>
    private protected void Pack(Span<byte> packed, int feature, int code)
    {
        long bit = (long)feature * Bits;
        int at = (int)(bit >> 3), window = code << (int)(bit & 7);
        packed[at] |= (byte)window;
        if (window > byte.MaxValue)
            packed[at + 1] |= (byte)(window >> 8);
    }

    /// <summary>Accepts a number of bits.</summary>
    private protected static int CheckedBits(int bits) => bits is >= 1 and <= MostBits
        ? bits
        : throw new ArgumentOutOfRangeException(nameof(bits), bits, string.Create(CultureInfo.InvariantCulture, $"bits is {bits} but must lie in [1, {MostBits}]."));

    private double Dot(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y, int features)
    {
        Require.Positive(features, nameof(features));
        Require.Length(x.Length, PackedLength(features), nameof(x));
        Require.Length(y.Length, PackedLength(features), nameof(y));
        if (Bits == 1)
            return _levels[1] * _levels[1] * (features - (2.0 * Differences(x, y)));
        double sum = 0;
        for (int i = 0; i < features; i++)
            sum += _levels[Code(x, i)] * _levels[Code(y, i)];
        return sum;
    }

    /// <summary>The number of different bits; those behind the last feature are zero in both.</summary>
    private static long Differences(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y)
    {
        long count = 0;
        int i = 0;
        for (; i + sizeof(ulong) <= x.Length; i += sizeof(ulong))
            count += BitOperations.PopCount(MemoryMarshal.Read<ulong>(x[i..]) ^ MemoryMarshal.Read<ulong>(y[i..]));
        for (; i < x.Length; i++)
            count += BitOperations.PopCount((uint)(x[i] ^ y[i]));
        return count;
    }
}
