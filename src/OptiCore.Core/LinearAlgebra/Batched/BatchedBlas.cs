using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// Products and triangular systems of many small matrices in the interleaved layout of <see cref="BatchLayout"/>: each register lane does one problem,
/// so that a product of 4 x 4 matrices runs at the speed of the vector unit. For a few larger matrices use <see cref="Blas"/>.
/// </summary>
/// <remarks>
/// All matrices are contiguous in their group. The results have the same bits on all hardware; <see cref="Gemm"/> gives the bits of <see cref="Blas.Gemm"/>.
/// Nothing is allocated.
/// </remarks>
public static class BatchedBlas
{
    /// <summary>The products C = alpha op(A) op(B) + beta C. About 2 m n k operations each.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="transposeA">False: the A are m x k. True: they are k x m and their transposes are taken.</param>
    /// <param name="transposeB">False: the B are k x n. True: they are n x k and their transposes are taken.</param>
    /// <param name="m">The rows of op(A) and C.</param>
    /// <param name="n">The columns of op(B) and C.</param>
    /// <param name="k">The columns of op(A) and rows of op(B).</param>
    /// <param name="count">The number of products.</param>
    /// <param name="alpha">The factor of the products.</param>
    /// <param name="a">The matrices A, interleaved.</param>
    /// <param name="b">The matrices B, interleaved.</param>
    /// <param name="beta">The factor of C; 0 overwrites C unread.</param>
    /// <param name="c">The matrices C, interleaved; must not overlap A or B.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">A length doesn't fit, or C overlaps an operand.</exception>
    public static unsafe void Gemm<T>(
        bool transposeA, bool transposeB, int m, int n, int k, int count, T alpha, ReadOnlySpan<T> a, ReadOnlySpan<T> b, T beta, Span<T> c)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        BatchLayout.Check<T>(a.Length, m, k, count, nameof(a));
        BatchLayout.Check<T>(b.Length, k, n, count, nameof(b));
        BatchLayout.Check<T>(c.Length, m, n, count, nameof(c));
        if (c.Overlaps(a) || c.Overlaps(b))
            throw new ArgumentException("c overlaps an operand.", nameof(c));
        int lanes = BatchLayout.Lanes<T>(), width = BatchedKernels.Width<T>();
        (nint rowA, nint depthA) = transposeA ? ((nint)lanes, (nint)m * lanes) : ((nint)k * lanes, (nint)lanes);
        (nint depthB, nint columnB) = transposeB ? ((nint)lanes, (nint)k * lanes) : ((nint)n * lanes, (nint)lanes);
        fixed (T* pa = a, pb = b, pc = c)
        {
            int groups = BatchLayout.Groups<T>(count);
            for (int group = 0; group < groups; group++)
            {
                for (int lane = 0; lane < lanes; lane += width)
                {
                    T* ga = pa + ((nint)group * m * k * lanes) + lane, gb = pb + ((nint)group * k * n * lanes) + lane, gc = pc + ((nint)group * m * n * lanes) + lane;
                    BatchedKernels.Gemm(m, n, k, alpha, ga, rowA, depthA, gb, depthB, columnB, beta, gc, lane == 0 && group + 1 < groups);
                }
            }
        }
    }

    /// <summary>Solves op(A) X = B in place for triangular matrices A. About n^2 columns operations each.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="triangle">Which triangle of the A, as they are stored, holds the matrix.</param>
    /// <param name="transpose">True: the transposes are taken.</param>
    /// <param name="diagonal">Whether the diagonals are stored or 1.</param>
    /// <param name="n">The order of the A.</param>
    /// <param name="columns">The right sides of each.</param>
    /// <param name="count">The number of systems.</param>
    /// <param name="a">The matrices A, interleaved.</param>
    /// <param name="b">The n x columns right sides, interleaved, replaced by the solutions; must not overlap A.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">A length doesn't fit, or B overlaps A.</exception>
    /// <remarks>A zero on the diagonal gives infinities or NaN.</remarks>
    public static unsafe void Trsm<T>(
        Triangle triangle, bool transpose, Diagonal diagonal, int n, int columns, int count, ReadOnlySpan<T> a, Span<T> b)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.Defined(triangle, nameof(triangle));
        Require.Defined(diagonal, nameof(diagonal));
        BatchLayout.Check<T>(a.Length, n, n, count, nameof(a));
        BatchLayout.Check<T>(b.Length, n, columns, count, nameof(b));
        if (b.Overlaps(a))
            throw new ArgumentException("b overlaps a.", nameof(b));
        int lanes = BatchLayout.Lanes<T>();
        fixed (T* pa = a, pb = b)
        {
            for (int group = 0; group < BatchLayout.Groups<T>(count); group++)
                BatchedKernels.Solve(triangle, transpose, diagonal, n, columns, pa + ((nint)group * n * n * lanes), pb + ((nint)group * n * columns * lanes));
        }
    }
}
