using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using One = OptiCore.LinearAlgebra.GemmInPlace.One;
using Two = OptiCore.LinearAlgebra.GemmInPlace.Two;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The products of a matrix and a vector on checked arguments. They read each element of the matrix once, so they work on four rows at a time to read
/// the vector a quarter as often, and leave the rest to the memory.
/// </summary>
/// <remarks>
/// <para>A row's inner product is summed in the logical lanes of 64 bytes, 8 doubles or 16 floats: element j of a whole chunk goes to lane j modulo
/// their number, by fused multiply-adds. Elements left after the last whole chunk are read in one more chunk that ends with the row, in which the
/// elements that were counted are 0. The lanes are folded in halves down to four, s0..s3, and (s0 + s1) + (s2 + s3) is the result. A row shorter than
/// a chunk is summed in order.</para>
/// <para>The transposed product adds the rows in order: y[j] = fma(alpha x[i], A[i,j], y[j]) for i = 0, 1, ...</para>
/// </remarks>
internal static unsafe class VectorProducts
{
    private const int ChunkBytes = 64;
    private const int RowsAtATime = 4;

    /// <summary>One chunk of zeros and one of ones: read from 64 - r bytes before the ones' end, the last r bytes of a chunk are kept.</summary>
    private static ReadOnlySpan<byte> Masks =>
    [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    ];

    /// <summary>y = alpha A x + beta y.</summary>
    public static void Rows<T>(int m, int n, T alpha, T* a, nint lda, T* x, T beta, T* y) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (!VectorKernels.IsVectorized<T>() || n < ChunkBytes / sizeof(T))
            ShortRows(m, n, alpha, a, lda, x, beta, y);
        else if (GemmOperands<T>.Wide)
            Rows<T, Register512<T>, One>(m, n, alpha, a, lda, x, beta, y);
        else if (Vector256.IsHardwareAccelerated)
            Rows<T, Register256<T>, Two>(m, n, alpha, a, lda, x, beta, y);
        else
            Rows<T, Register128<T>, Two>(m, n, alpha, a, lda, x, beta, y);
    }

    /// <summary>y = y + alpha A' x.</summary>
    public static void Transposed<T>(int m, int n, T alpha, T* a, nint lda, T* x, T* y) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (!VectorKernels.IsVectorized<T>() || n < Vector128<T>.Count)
            Transposed<T, Register1<T>>(m, n, alpha, a, lda, x, y);
        else if (GemmOperands<T>.Wide && n >= Vector512<T>.Count)
            Transposed<T, Register512<T>>(m, n, alpha, a, lda, x, y);
        else if (Vector256.IsHardwareAccelerated && n >= Vector256<T>.Count)
            Transposed<T, Register256<T>>(m, n, alpha, a, lda, x, y);
        else
            Transposed<T, Register128<T>>(m, n, alpha, a, lda, x, y);
    }

    /// <summary>A = A + alpha x y'.</summary>
    public static void Outer<T>(int m, int n, T alpha, T* x, T* y, T* a, nint lda) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (!VectorKernels.IsVectorized<T>() || n < Vector128<T>.Count)
            Outer<T, Register1<T>>(m, n, alpha, x, y, a, lda);
        else if (GemmOperands<T>.Wide && n >= Vector512<T>.Count)
            Outer<T, Register512<T>>(m, n, alpha, x, y, a, lda);
        else if (Vector256.IsHardwareAccelerated && n >= Vector256<T>.Count)
            Outer<T, Register256<T>>(m, n, alpha, x, y, a, lda);
        else
            Outer<T, Register128<T>>(m, n, alpha, x, y, a, lda);
    }

    private static void ShortRows<T>(int m, int n, T alpha, T* a, nint lda, T* x, T beta, T* y) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (; m > 0; m -= RowsAtATime, a += RowsAtATime * lda, y += RowsAtATime)
        {
            // Rows that aren't there are the first one again.
            T* a1 = m > 1 ? a + lda : a, a2 = m > 2 ? a + (2 * lda) : a, a3 = m > 3 ? a + (3 * lda) : a;
            T s0 = T.Zero, s1 = T.Zero, s2 = T.Zero, s3 = T.Zero;
            for (int j = 0; j < n; j++)
            {
                T value = x[j];
                s0 = T.FusedMultiplyAdd(a[j], value, s0);
                s1 = T.FusedMultiplyAdd(a1[j], value, s1);
                s2 = T.FusedMultiplyAdd(a2[j], value, s2);
                s3 = T.FusedMultiplyAdd(a3[j], value, s3);
            }

            y[0] = Gemm.Combine(alpha, s0, beta, y);
            if (m > 1)
                y[1] = Gemm.Combine(alpha, s1, beta, y + 1);
            if (m > 2)
                y[2] = Gemm.Combine(alpha, s2, beta, y + 2);
            if (m > 3)
                y[3] = Gemm.Combine(alpha, s3, beta, y + 3);
        }
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Rows<T, TRegister, TVectors>(int m, int n, T alpha, T* a, nint lda, T* x, T beta, T* y)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
        where TVectors : struct, INumber
    {
        int chunk = ChunkBytes / sizeof(T), part = TRegister.Count * TVectors.Value;
        bool overwrite = beta == T.Zero;
        T* sums = stackalloc T[RowsAtATime * chunk];
        fixed (byte* masks = Masks)
        {
            T* mask = (T*)masks + (n % chunk);
            for (; m > 0; m -= RowsAtATime, a += RowsAtATime * lda, y += RowsAtATime)
            {
                T* a1 = m > 1 ? a + lda : a, a2 = m > 2 ? a + (2 * lda) : a, a3 = m > 3 ? a + (3 * lda) : a;

                // Where a chunk needs more registers than there are for the sums, the rows are read once for each part of the lanes.
                for (int lane = 0; lane < chunk; lane += part)
                    FourRows<T, TRegister, TVectors>(n / chunk, n % chunk, a + lane, a1 + lane, a2 + lane, a3 + lane, x + lane, mask + lane, overwrite, alpha, beta, m >= RowsAtATime ? y : null, sums + lane);
                if (Avx.IsSupported && TVectors.Value > 1 && TRegister.Count == Vector256<T>.Count)
                {
                    if (m >= RowsAtATime)
                        continue;
                }
                else
                {
                    Fold(sums);
                }

                for (int r = 0; r < Math.Min(m, RowsAtATime); r++)
                    y[r] = Gemm.Combine(alpha, sums[r], beta, y + r);
            }
        }
    }

    /// <summary>Sums a part of the lanes of four rows: so many whole chunks, then the rest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FourRows<T, TRegister, TVectors>(int whole, int rest, T* a0, T* a1, T* a2, T* a3, T* x, T* mask, bool overwrite, T alpha, T beta, T* y, T* sums)
        where T : unmanaged
        where TRegister : struct, IRegister<TRegister, T>
        where TVectors : struct, INumber
    {
        int width = TRegister.Count, chunk = ChunkBytes / sizeof(T);
        TRegister s00 = default, s01 = default, s10 = default, s11 = default, s20 = default, s21 = default, s30 = default, s31 = default;
        nint j = 0;
        for (; whole > 0; whole--, j += chunk)
        {
            TRegister x0 = TRegister.Load(x + j);
            s00 = TRegister.Fma(TRegister.Load(a0 + j), x0, s00);
            s10 = TRegister.Fma(TRegister.Load(a1 + j), x0, s10);
            s20 = TRegister.Fma(TRegister.Load(a2 + j), x0, s20);
            s30 = TRegister.Fma(TRegister.Load(a3 + j), x0, s30);
            if (TVectors.Value > 1)
            {
                x0 = TRegister.Load(x + j + width);
                s01 = TRegister.Fma(TRegister.Load(a0 + j + width), x0, s01);
                s11 = TRegister.Fma(TRegister.Load(a1 + j + width), x0, s11);
                s21 = TRegister.Fma(TRegister.Load(a2 + j + width), x0, s21);
                s31 = TRegister.Fma(TRegister.Load(a3 + j + width), x0, s31);
            }
        }

        if (rest > 0)
        {
            // Both factors are cleared: an infinity times 0 would be NaN.
            j += rest - chunk;
            TRegister keep = TRegister.Load(mask), x0 = TRegister.Load(x + j) & keep;
            s00 = TRegister.Fma(TRegister.Load(a0 + j) & keep, x0, s00);
            s10 = TRegister.Fma(TRegister.Load(a1 + j) & keep, x0, s10);
            s20 = TRegister.Fma(TRegister.Load(a2 + j) & keep, x0, s20);
            s30 = TRegister.Fma(TRegister.Load(a3 + j) & keep, x0, s30);
            if (TVectors.Value > 1)
            {
                keep = TRegister.Load(mask + width);
                x0 = TRegister.Load(x + j + width) & keep;
                s01 = TRegister.Fma(TRegister.Load(a0 + j + width) & keep, x0, s01);
                s11 = TRegister.Fma(TRegister.Load(a1 + j + width) & keep, x0, s11);
                s21 = TRegister.Fma(TRegister.Load(a2 + j + width) & keep, x0, s21);
                s31 = TRegister.Fma(TRegister.Load(a3 + j + width) & keep, x0, s31);
            }
        }

        if (Avx.IsSupported && TVectors.Value > 1 && width == Vector256<T>.Count)
        {
            Fold(s00 + s01, s10 + s11, s20 + s21, s30 + s31, overwrite, alpha, beta, y, sums);
            return;
        }

        s00.Store(sums);
        s10.Store(sums + chunk);
        s20.Store(sums + (2 * chunk));
        s30.Store(sums + (3 * chunk));
        if (TVectors.Value > 1)
        {
            s01.Store(sums + width);
            s11.Store(sums + chunk + width);
            s21.Store(sums + (2 * chunk) + width);
            s31.Store(sums + (3 * chunk) + width);
        }
    }

    /// <summary>Folds the halves of the lanes of four rows, in registers. The four results go to y, or first into <paramref name="sums"/> if there is no place for all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fold<T, TRegister>(TRegister s0, TRegister s1, TRegister s2, TRegister s3, bool overwrite, T alpha, T beta, T* y, T* sums)
        where T : unmanaged
        where TRegister : struct
    {
        if (typeof(T) == typeof(double))
        {
            Vector256<double> even = Avx.HorizontalAdd(Unsafe.BitCast<TRegister, Vector256<double>>(s0), Unsafe.BitCast<TRegister, Vector256<double>>(s1));
            Vector256<double> odd = Avx.HorizontalAdd(Unsafe.BitCast<TRegister, Vector256<double>>(s2), Unsafe.BitCast<TRegister, Vector256<double>>(s3));
            Vector256<T> sum = (Avx.Permute2x128(even, odd, 0x20) + Avx.Permute2x128(even, odd, 0x31)).As<double, T>();
            if (y == null)
                sum.Store(sums);
            else
                (overwrite ? Vector256.Create(alpha) * sum : VectorKernels.Fma(Vector256.Create(alpha), sum, Vector256.Create(beta) * Vector256.Load(y))).Store(y);
        }
        else
        {
            Vector128<float> even = Sse3.HorizontalAdd(Half(s0), Half(s1)), odd = Sse3.HorizontalAdd(Half(s2), Half(s3));
            Vector128<T> sum = Sse3.HorizontalAdd(even, odd).As<float, T>();
            if (y == null)
                sum.Store(sums);
            else
                (overwrite ? Vector128.Create(alpha) * sum : VectorKernels.Fma(Vector128.Create(alpha), sum, Vector128.Create(beta) * Vector128.Load(y))).Store(y);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector128<float> Half(TRegister s)
        {
            Vector256<float> lanes = Unsafe.BitCast<TRegister, Vector256<float>>(s);
            return lanes.GetLower() + lanes.GetUpper();
        }
    }

    /// <summary>Folds the lanes of four rows; the four results come first in <paramref name="sums"/>.</summary>
    private static void Fold<T>(T* sums) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int chunk = ChunkBytes / sizeof(T);
        for (int r = 0; r < RowsAtATime; r++)
        {
            T* row = sums + (r * chunk);
            for (int half = chunk / 2; half >= 4; half /= 2)
            {
                for (int i = 0; i < half; i++)
                    row[i] += row[i + half];
            }

            sums[r] = (row[0] + row[1]) + (row[2] + row[3]);
        }
    }

    internal static void Transposed<T, TRegister>(int m, int n, T alpha, T* a, nint lda, T* x, T* y)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
    {
        for (; m >= RowsAtATime; m -= RowsAtATime, a += RowsAtATime * lda, x += RowsAtATime)
            AddRows<T, TRegister>(n, TRegister.All(alpha * x[0]), TRegister.All(alpha * x[1]), TRegister.All(alpha * x[2]), TRegister.All(alpha * x[3]), a, lda, y);
        for (; m > 0; m--, a += lda, x++)
            VectorKernels.AddScaled(alpha * *x, new ReadOnlySpan<T>(a, n), new Span<T>(y, n));
    }

    /// <summary>Adds four rows. The last register may overlap the one before it: it is computed from the old values and written last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddRows<T, TRegister>(int n, TRegister x0, TRegister x1, TRegister x2, TRegister x3, T* a0, nint lda, T* y)
        where T : unmanaged
        where TRegister : struct, IRegister<TRegister, T>
    {
        int width = TRegister.Count;
        T* a1 = a0 + lda, a2 = a1 + lda, a3 = a2 + lda;
        nint last = n - width, j = 0;
        TRegister end = TRegister.Load(y + last);
        end = TRegister.Fma(x0, TRegister.Load(a0 + last), end);
        end = TRegister.Fma(x1, TRegister.Load(a1 + last), end);
        end = TRegister.Fma(x2, TRegister.Load(a2 + last), end);
        end = TRegister.Fma(x3, TRegister.Load(a3 + last), end);
        for (; j < last; j += width)
        {
            TRegister sum = TRegister.Fma(x0, TRegister.Load(a0 + j), TRegister.Load(y + j));
            sum = TRegister.Fma(x1, TRegister.Load(a1 + j), sum);
            sum = TRegister.Fma(x2, TRegister.Load(a2 + j), sum);
            sum = TRegister.Fma(x3, TRegister.Load(a3 + j), sum);
            sum.Store(y + j);
        }

        end.Store(y + last);
    }

    internal static void Outer<T, TRegister>(int m, int n, T alpha, T* x, T* y, T* a, nint lda)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
    {
        for (; m > 0; m--, a += lda, x++)
            AddTo<T, TRegister>(n, TRegister.All(alpha * *x), y, a);
    }

    /// <summary>a = a + x y. The last register may overlap the one before it: it is computed from the old values and written last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddTo<T, TRegister>(int n, TRegister x, T* y, T* a)
        where T : unmanaged
        where TRegister : struct, IRegister<TRegister, T>
    {
        int width = TRegister.Count;
        nint last = n - width, j = 0;
        TRegister end = TRegister.Fma(x, TRegister.Load(y + last), TRegister.Load(a + last));
        for (; j < last - (3 * width); j += 4 * width)
        {
            TRegister a0 = TRegister.Fma(x, TRegister.Load(y + j), TRegister.Load(a + j)), a1 = TRegister.Fma(x, TRegister.Load(y + j + width), TRegister.Load(a + j + width));
            TRegister a2 = TRegister.Fma(x, TRegister.Load(y + j + (2 * width)), TRegister.Load(a + j + (2 * width)));
            TRegister a3 = TRegister.Fma(x, TRegister.Load(y + j + (3 * width)), TRegister.Load(a + j + (3 * width)));
            a0.Store(a + j);
            a1.Store(a + j + width);
            a2.Store(a + j + (2 * width));
            a3.Store(a + j + (3 * width));
        }

        for (; j < last; j += width)
            TRegister.Fma(x, TRegister.Load(y + j), TRegister.Load(a + j)).Store(a + j);
        end.Store(a + last);
    }
}
