using System.Buffers;
using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>Solutions of single systems in one call. Who solves with one matrix again and again keeps its factors: <see cref="Lu"/>, <see cref="Cholesky"/>, <see cref="Ldlt{T}"/>.</summary>
/// <remarks>
/// The matrix is only read; its factors live in rented memory. Refinement computes the residual as if in twice the precision (Ogita, Rump and Oishi 2005, Accurate sum and dot
/// product) and corrects the solution until that stops helping: where the condition is below about the reciprocal of the machine epsilon, the solution is then right to nearly
/// all digits, for about 20 n^2 operations a step. Higham (2002), Accuracy and stability of numerical algorithms, chapter 12.
/// </remarks>
public static class LinearSystem
{
    /// <summary>Solves A x = b for a general square matrix, by <see cref="Lu"/>. About 2 n^3 / 3 operations.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The matrix A, row-major, n^2 elements.</param>
    /// <param name="b">The right side, n elements.</param>
    /// <param name="x">Receives n elements; must not overlap a or b.</param>
    /// <param name="refine">Whether to refine the solution.</param>
    /// <returns>False when A is singular to working precision's exact zero, or not finite; x is then not a solution.</returns>
    /// <exception cref="ArgumentException">A length doesn't fit, or x overlaps an operand.</exception>
    public static bool TrySolve<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> x, bool refine = false) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int n = Check(a, b, x);
        T[] rented = ArrayPool<T>.Shared.Rent(Math.Max(1, n * n));
        int[] pivots = ArrayPool<int>.Shared.Rent(Math.Max(1, n));
        Span<T> lu = rented.AsSpan(0, n * n);
        Span<int> permutation = pivots.AsSpan(0, n);
        a.CopyTo(lu);
        bool regular = Lu.TryFactor(lu, n, Math.Max(1, n), permutation);
        if (regular)
        {
            Lu.Solve(lu, n, Math.Max(1, n), permutation, b, x);
            if (refine)
                Refine(a, n, lu, permutation, b, x);
        }

        ArrayPool<T>.Shared.Return(rented);
        ArrayPool<int>.Shared.Return(pivots);
        return regular;
    }

    /// <summary>Solves A x = b for a symmetric positive definite matrix, by <see cref="Cholesky"/>. About n^3 / 3 operations.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The matrix A, row-major, n^2 elements; without refinement only its lower triangle is read.</param>
    /// <param name="b">The right side, n elements.</param>
    /// <param name="x">Receives n elements; must not overlap a or b.</param>
    /// <param name="refine">Whether to refine the solution.</param>
    /// <returns>False when A isn't positive definite to working precision; x is then not a solution.</returns>
    /// <exception cref="ArgumentException">A length doesn't fit, or x overlaps an operand.</exception>
    public static bool TrySolvePositiveDefinite<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> x, bool refine = false) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int n = Check(a, b, x);
        T[] rented = ArrayPool<T>.Shared.Rent(Math.Max(1, n * n));
        Span<T> l = rented.AsSpan(0, n * n);
        a.CopyTo(l);
        bool definite = Cholesky.TryFactor(l, n);
        if (definite)
        {
            b.CopyTo(x);
            Cholesky.Solve(l, n, Math.Max(1, n), x);
            if (refine)
                Refine(a, n, l, default, b, x);
        }

        ArrayPool<T>.Shared.Return(rented);
        return definite;
    }

    /// <summary>Solves op(A) x = b for a triangular matrix. About n^2 operations.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="triangle">Which triangle of A, as it is stored, holds the matrix; the other isn't read.</param>
    /// <param name="transpose">True: the transpose of A is taken.</param>
    /// <param name="a">The matrix A, row-major, n^2 elements.</param>
    /// <param name="b">The right side, n elements.</param>
    /// <param name="x">Receives n elements; may be b, must not overlap a.</param>
    /// <returns>False when an element of the diagonal is 0 or not finite; x is then not a solution.</returns>
    /// <exception cref="ArgumentException">A length doesn't fit, or x overlaps A.</exception>
    public static bool TrySolveTriangular<T>(Triangle triangle, bool transpose, ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int n = b.Length;
        Require.Length(x.Length, n, nameof(x));
        Require.Length(a.Length, checked(n * n), nameof(a));
        bool regular = true;
        for (int i = 0; i < n; i++)
            regular &= a[(i * n) + i] != T.Zero && T.IsFinite(a[(i * n) + i]);
        if (!regular)
            return false;
        b.CopyTo(x);
        Blas.Trsv(triangle, transpose, Diagonal.Stored, n, a, Math.Max(1, n), x);
        return true;
    }

    private static int Check<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> x) where T : unmanaged
    {
        int n = b.Length;
        Require.Length(x.Length, n, nameof(x));
        Require.Length(a.Length, checked(n * n), nameof(a));
        MatrixArgument.Apart(x, n, int.MaxValue, nameof(x), b, n, 1, nameof(b));
        MatrixArgument.Apart(x, n, int.MaxValue, nameof(x), a, n, Math.Max(1, n), nameof(a));
        return n;
    }

    /// <summary>Corrections until they no longer shrink by half, or fall below half a rounding of the solution.</summary>
    private static void Refine<T>(ReadOnlySpan<T> a, int n, ReadOnlySpan<T> factors, ReadOnlySpan<int> permutation, ReadOnlySpan<T> b, Span<T> x)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        const int MostSteps = 10;
        T[] rented = ArrayPool<T>.Shared.Rent(Math.Max(1, 2 * n));
        Span<T> residual = rented.AsSpan(0, n), correction = rented.AsSpan(n, n);
        T last = T.PositiveInfinity, half = T.One / T.CreateTruncating(2);
        T enough = (T.BitIncrement(T.One) - T.One) * half * half;
        for (int step = 0; step < MostSteps; step++)
        {
            for (int i = 0; i < n; i++)
                residual[i] = Residual(b[i], a.Slice(i * n, n), x);
            if (permutation.IsEmpty)
            {
                residual.CopyTo(correction);
                Cholesky.Solve(factors, n, Math.Max(1, n), correction);
            }
            else
            {
                Lu.Solve(factors, n, Math.Max(1, n), permutation, residual, correction);
            }

            T size = Numerics.Reduce.MaxNorm<T>(correction);
            if (!(size <= last * half))
                break;
            for (int i = 0; i < n; i++)
                x[i] += correction[i];
            if (size <= enough * Numerics.Reduce.MaxNorm<T>(x))
                break;
            last = size;
        }

        ArrayPool<T>.Shared.Return(rented);
    }

    /// <summary>b - a'x, rounded once or nearly so: products and sums with their errors.</summary>
    private static T Residual<T>(T b, ReadOnlySpan<T> a, ReadOnlySpan<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T sum = b, errors = T.Zero;
        for (int j = 0; j < a.Length; j++)
        {
            T product = -a[j] * x[j], productError = T.FusedMultiplyAdd(-a[j], x[j], -product);
            T next = sum + product, part = next - sum;
            errors += (sum - (next - part)) + (product - part) + productError;
            sum = next;
        }

        return sum + errors;
    }
}
