using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace OptiCore.Fourier;

/// <summary>
/// The Walsh-Hadamard transform y = H x with H[i, j] = (-1)^popcount(i and j), in natural (Hadamard) order: the mixing step of randomized sketches, with additions only.
/// </summary>
/// <remarks>
/// H H = n I, so that the transform is its own inverse up to the factor n; with 1/sqrt(n) it is orthogonal. n log2(n) additions. Fino and Algazi (1976),
/// Unified matrix treatment of the fast Walsh-Hadamard transform; Ailon and Chazelle (2009), The fast Johnson-Lindenstrauss transform and approximate nearest neighbors.
/// </remarks>
public static class WalshHadamard
{
    // A block that lies in the L1 cache is finished before the next one is begun.
    private const int BlockBytes = 1 << 14;

    /// <summary>Replaces x by H x, unscaled. Allocates nothing.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="data">The vector; its length is a power of two.</param>
    /// <exception cref="ArgumentException">The length isn't a power of two.</exception>
    public static void Transform<T>(Span<T> data) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (!BitOperations.IsPow2(data.Length))
            throw new ArgumentException(FormattableString.Invariant($"data has {data.Length} elements, expected a power of two."), nameof(data));
        int block = Math.Min(data.Length, BlockBytes / Unsafe.SizeOf<T>());
        for (int first = 0; first < data.Length; first += block)
            Levels(data.Slice(first, block), 1);
        Levels(data, block);
    }

    /// <summary>Replaces each column of a matrix by its transform, all side by side. Allocates nothing.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="data">The matrix, rows x columns, row by row.</param>
    /// <param name="rows">The number of rows, a power of two.</param>
    /// <param name="columns">The number of columns.</param>
    /// <exception cref="ArgumentException">The number of rows isn't a power of two, or the length isn't rows times columns.</exception>
    public static void TransformColumns<T>(Span<T> data, int rows, int columns) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (!BitOperations.IsPow2(rows))
            throw new ArgumentException(FormattableString.Invariant($"The matrix has {rows} rows, expected a power of two."), nameof(rows));
        Require.Positive(columns, nameof(columns));
        Require.Length(data.Length, checked(rows * columns), nameof(data));

        // Neighbouring rows of a half form one run, so that a level works on runs of columns, 2 columns, ... elements; runs of whole registers go two levels at a time.
        if (Vector256<T>.IsSupported && columns % Vector256<T>.Count == 0)
        {
            Levels(data, columns);
            return;
        }

        for (int half = columns; half < data.Length; half *= 2)
            Level(data, half);
    }

    private static void Levels<T>(Span<T> data, int half) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ref T x = ref MemoryMarshal.GetReference(data);
        int width = Vector256<T>.IsSupported ? Vector256<T>.Count : int.MaxValue;
        for (; 2 * half < data.Length && half < width; half *= 2)
        {
            for (int i = 0; i < data.Length; i += 2 * half)
            {
                for (int j = i; j < i + half; j++)
                    (data[j], data[j + half]) = (data[j] + data[j + half], data[j] - data[j + half]);
            }
        }

        // Two levels at a time: half the loads and stores.
        for (; 4 * half <= data.Length && half >= width; half *= 4)
        {
            for (int i = 0; i < data.Length; i += 4 * half)
            {
                for (int j = i; j < i + half; j += width)
                {
                    nuint p = (nuint)j, step = (nuint)half;
                    Vector256<T> a = Vector256.LoadUnsafe(ref x, p), b = Vector256.LoadUnsafe(ref x, p + step);
                    Vector256<T> c = Vector256.LoadUnsafe(ref x, p + (2 * step)), d = Vector256.LoadUnsafe(ref x, p + (3 * step));
                    Vector256<T> e = a + b, f = a - b, g = c + d, h = c - d;
                    (e + g).StoreUnsafe(ref x, p);
                    (f + h).StoreUnsafe(ref x, p + step);
                    (e - g).StoreUnsafe(ref x, p + (2 * step));
                    (f - h).StoreUnsafe(ref x, p + (3 * step));
                }
            }
        }

        for (; half < data.Length; half *= 2)
            Level(data, half);
    }

    private static void Level<T>(Span<T> data, int half) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ref T x = ref MemoryMarshal.GetReference(data);
        int width = Vector256<T>.IsSupported ? Vector256<T>.Count : int.MaxValue;
        for (int i = 0; i < data.Length; i += 2 * half)
        {
            int j = i;
            for (; j <= i + half - width; j += width)
            {
                Vector256<T> a = Vector256.LoadUnsafe(ref x, (nuint)j), b = Vector256.LoadUnsafe(ref x, (nuint)(j + half));
                (a + b).StoreUnsafe(ref x, (nuint)j);
                (a - b).StoreUnsafe(ref x, (nuint)(j + half));
            }

            for (; j < i + half; j++)
                (data[j], data[j + half]) = (data[j] + data[j + half], data[j] - data[j + half]);
        }
    }
}
