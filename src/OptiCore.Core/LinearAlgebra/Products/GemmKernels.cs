using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The innermost block of a matrix product: a few rows of A times a few columns of B, both packed, with the sums in registers.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
/// <remarks>
/// Every kernel computes, for each element of its tile, s = 0; s = fma(a[p], b[p], s) for p = 0, 1, ...; c = alpha s if beta is 0, else
/// c = fma(alpha, s, beta c). So all kernels give the same bits. No kernel makes a call while its sums live in registers.
/// </remarks>
internal interface IGemmKernel<T> where T : unmanaged
{
    /// <summary>The rows of a tile.</summary>
    static abstract int Rows { get; }

    /// <summary>The columns of a tile.</summary>
    static abstract int Columns { get; }

    /// <summary>Computes one full tile.</summary>
    /// <param name="k">The number of terms of each sum.</param>
    /// <param name="a">k times <see cref="Rows"/> elements.</param>
    /// <param name="b">k times <see cref="Columns"/> elements.</param>
    /// <param name="alpha">The factor of the product.</param>
    /// <param name="beta">The factor of C; when 0, C isn't read.</param>
    /// <param name="c">The first element of the tile.</param>
    /// <param name="ldc">The distance between rows of C.</param>
    static abstract unsafe void Tile(int k, T* a, T* b, T alpha, T beta, T* c, int ldc);
}

/// <summary>6 rows by 2 vectors of 128 bits, for processors that have no wider ones.</summary>
internal readonly struct GemmKernel128<T> : IGemmKernel<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static int Rows => 6;

    public static int Columns => 2 * Vector128<T>.Count;

    public static unsafe void Tile(int k, T* a, T* b, T alpha, T beta, T* c, int ldc) => GemmInPlace.Tile<T, Register128<T>, GemmInPlace.Six, GemmInPlace.Two>(
        k, a, 1, 6, b, 2 * Vector128<T>.Count, Vector128<T>.Count, alpha, beta, c, ldc, Vector128<T>.Count);
}

/// <summary>6 rows by 2 vectors of 256 bits: 12 of the 16 registers hold sums.</summary>
internal readonly struct GemmKernel256<T> : IGemmKernel<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static int Rows => 6;

    public static int Columns => 2 * Vector256<T>.Count;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static unsafe void Tile(int k, T* a, T* b, T alpha, T beta, T* c, int ldc)
    {
        Vector256<T> s00 = default, s01 = default, s10 = default, s11 = default, s20 = default, s21 = default;
        Vector256<T> s30 = default, s31 = default, s40 = default, s41 = default, s50 = default, s51 = default;
        PrefetchRows(Rows, c, ldc, Columns);
        for (; k > 0; k--)
        {
            Vector256<T> b0 = Vector256.Load(b), b1 = Vector256.Load(b + Vector256<T>.Count);
            Vector256<T> a0 = Vector256.Create(a[0]), a1 = Vector256.Create(a[1]);
            s00 = VectorKernels.Fma(a0, b0, s00);
            s01 = VectorKernels.Fma(a0, b1, s01);
            s10 = VectorKernels.Fma(a1, b0, s10);
            s11 = VectorKernels.Fma(a1, b1, s11);
            a0 = Vector256.Create(a[2]);
            a1 = Vector256.Create(a[3]);
            s20 = VectorKernels.Fma(a0, b0, s20);
            s21 = VectorKernels.Fma(a0, b1, s21);
            s30 = VectorKernels.Fma(a1, b0, s30);
            s31 = VectorKernels.Fma(a1, b1, s31);
            a0 = Vector256.Create(a[4]);
            a1 = Vector256.Create(a[5]);
            s40 = VectorKernels.Fma(a0, b0, s40);
            s41 = VectorKernels.Fma(a0, b1, s41);
            s50 = VectorKernels.Fma(a1, b0, s50);
            s51 = VectorKernels.Fma(a1, b1, s51);
            a += 6;
            b += 2 * Vector256<T>.Count;
        }

        Vector256<T> scale = Vector256.Create(alpha);
        if (beta == T.Zero)
        {
            Write(c, scale * s00, scale * s01);
            Write(c += ldc, scale * s10, scale * s11);
            Write(c += ldc, scale * s20, scale * s21);
            Write(c += ldc, scale * s30, scale * s31);
            Write(c += ldc, scale * s40, scale * s41);
            Write(c + ldc, scale * s50, scale * s51);
        }
        else
        {
            Vector256<T> keep = Vector256.Create(beta);
            Add(c, scale, keep, s00, s01);
            Add(c += ldc, scale, keep, s10, s11);
            Add(c += ldc, scale, keep, s20, s21);
            Add(c += ldc, scale, keep, s30, s31);
            Add(c += ldc, scale, keep, s40, s41);
            Add(c + ldc, scale, keep, s50, s51);
        }
    }

    /// <summary>Asks for the lines of C, which are far away in a large matrix, while the sums are computed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static unsafe void PrefetchRows(int rows, T* c, nint ldc, int columns)
    {
        if (!Sse.IsSupported)
            return;
        for (; rows > 0; rows--, c += ldc)
        {
            for (int i = 0; i < columns; i += 64 / sizeof(T))
                Sse.Prefetch0(c + i);
            Sse.Prefetch0(c + columns - 1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Write(T* c, Vector256<T> left, Vector256<T> right)
    {
        left.Store(c);
        right.Store(c + Vector256<T>.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Add(T* c, Vector256<T> alpha, Vector256<T> beta, Vector256<T> left, Vector256<T> right) => Write(
        c,
        VectorKernels.Fma(alpha, left, beta * Vector256.Load(c)),
        VectorKernels.Fma(alpha, right, beta * Vector256.Load(c + Vector256<T>.Count)));
}

/// <summary>8 rows by 3 vectors of 512 bits: 24 of the 32 registers hold sums.</summary>
internal readonly struct GemmKernel512<T> : IGemmKernel<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static int Rows => 8;

    public static int Columns => 3 * Vector512<T>.Count;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static unsafe void Tile(int k, T* a, T* b, T alpha, T beta, T* c, int ldc)
    {
        Vector512<T> s00 = default, s01 = default, s02 = default, s10 = default, s11 = default, s12 = default;
        Vector512<T> s20 = default, s21 = default, s22 = default, s30 = default, s31 = default, s32 = default;
        Vector512<T> s40 = default, s41 = default, s42 = default, s50 = default, s51 = default, s52 = default;
        Vector512<T> s60 = default, s61 = default, s62 = default, s70 = default, s71 = default, s72 = default;
        GemmKernel256<T>.PrefetchRows(Rows, c, ldc, Columns);
        for (; k > 0; k--)
        {
            Vector512<T> b0 = Vector512.Load(b), b1 = Vector512.Load(b + Vector512<T>.Count), b2 = Vector512.Load(b + (2 * Vector512<T>.Count));
            Vector512<T> x = Vector512.Create(a[0]);
            s00 = VectorKernels.Fma(x, b0, s00);
            s01 = VectorKernels.Fma(x, b1, s01);
            s02 = VectorKernels.Fma(x, b2, s02);
            x = Vector512.Create(a[1]);
            s10 = VectorKernels.Fma(x, b0, s10);
            s11 = VectorKernels.Fma(x, b1, s11);
            s12 = VectorKernels.Fma(x, b2, s12);
            x = Vector512.Create(a[2]);
            s20 = VectorKernels.Fma(x, b0, s20);
            s21 = VectorKernels.Fma(x, b1, s21);
            s22 = VectorKernels.Fma(x, b2, s22);
            x = Vector512.Create(a[3]);
            s30 = VectorKernels.Fma(x, b0, s30);
            s31 = VectorKernels.Fma(x, b1, s31);
            s32 = VectorKernels.Fma(x, b2, s32);
            x = Vector512.Create(a[4]);
            s40 = VectorKernels.Fma(x, b0, s40);
            s41 = VectorKernels.Fma(x, b1, s41);
            s42 = VectorKernels.Fma(x, b2, s42);
            x = Vector512.Create(a[5]);
            s50 = VectorKernels.Fma(x, b0, s50);
            s51 = VectorKernels.Fma(x, b1, s51);
            s52 = VectorKernels.Fma(x, b2, s52);
            x = Vector512.Create(a[6]);
            s60 = VectorKernels.Fma(x, b0, s60);
            s61 = VectorKernels.Fma(x, b1, s61);
            s62 = VectorKernels.Fma(x, b2, s62);
            x = Vector512.Create(a[7]);
            s70 = VectorKernels.Fma(x, b0, s70);
            s71 = VectorKernels.Fma(x, b1, s71);
            s72 = VectorKernels.Fma(x, b2, s72);
            a += 8;
            b += 3 * Vector512<T>.Count;
        }

        Vector512<T> scale = Vector512.Create(alpha);
        if (beta == T.Zero)
        {
            Write(c, scale * s00, scale * s01, scale * s02);
            Write(c += ldc, scale * s10, scale * s11, scale * s12);
            Write(c += ldc, scale * s20, scale * s21, scale * s22);
            Write(c += ldc, scale * s30, scale * s31, scale * s32);
            Write(c += ldc, scale * s40, scale * s41, scale * s42);
            Write(c += ldc, scale * s50, scale * s51, scale * s52);
            Write(c += ldc, scale * s60, scale * s61, scale * s62);
            Write(c + ldc, scale * s70, scale * s71, scale * s72);
        }
        else
        {
            Vector512<T> keep = Vector512.Create(beta);
            Add(c, scale, keep, s00, s01, s02);
            Add(c += ldc, scale, keep, s10, s11, s12);
            Add(c += ldc, scale, keep, s20, s21, s22);
            Add(c += ldc, scale, keep, s30, s31, s32);
            Add(c += ldc, scale, keep, s40, s41, s42);
            Add(c += ldc, scale, keep, s50, s51, s52);
            Add(c += ldc, scale, keep, s60, s61, s62);
            Add(c + ldc, scale, keep, s70, s71, s72);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Write(T* c, Vector512<T> left, Vector512<T> middle, Vector512<T> right)
    {
        left.Store(c);
        middle.Store(c + Vector512<T>.Count);
        right.Store(c + (2 * Vector512<T>.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Add(T* c, Vector512<T> alpha, Vector512<T> beta, Vector512<T> left, Vector512<T> middle, Vector512<T> right) => Write(
        c,
        VectorKernels.Fma(alpha, left, beta * Vector512.Load(c)),
        VectorKernels.Fma(alpha, middle, beta * Vector512.Load(c + Vector512<T>.Count)),
        VectorKernels.Fma(alpha, right, beta * Vector512.Load(c + (2 * Vector512<T>.Count))));
}
