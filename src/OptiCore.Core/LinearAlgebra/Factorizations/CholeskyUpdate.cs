using System.Buffers;
using System.Numerics;
using OptiCore.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// Changes a Cholesky factor when its matrix changes by x x': 2 n^2 operations instead of the n^3 / 3 of a new factorization. For recursive least squares,
/// active sets, rank-one bandits.
/// </summary>
/// <remarks>
/// L lies in the lower triangle of a row-major span; the upper triangle is neither read nor written. Nothing is allocated after the first calls.
/// Gill, Golub, Murray and Saunders (1974), Methods for modifying matrix factorizations (method C3 by Givens rotations); Golub and Van Loan (2013), Matrix
/// computations, section 6.5.4; for the downdate Bojanczyk, Brent, Van Dooren and de Hoog (1987), A note on downdating the Cholesky factorization.
/// </remarks>
public static class CholeskyUpdate
{
    /// <summary>Replaces L by the factor of L L' + x x'. Backward stable; always possible for finite arguments.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="l">The factor L, with a diagonal that is positive.</param>
    /// <param name="n">The order.</param>
    /// <param name="ldl">The distance between rows of L.</param>
    /// <param name="x">The vector x, n elements. Is only read.</param>
    /// <exception cref="ArgumentException">A length doesn't fit.</exception>
    public static void Add<T>(Span<T> l, int n, int ldl, ReadOnlySpan<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.NonNegative(n, nameof(n));
        MatrixArgument.Check(l.Length, n, n, ldl, nameof(l));
        Require.Length(x.Length, n, nameof(x));
        T[] rented = ArrayPool<T>.Shared.Rent(Math.Max(1, 3 * n));
        Span<T> cosines = rented.AsSpan(0, n), sines = rented.AsSpan(n, n), w = rented.AsSpan(2 * n, n);
        x.CopyTo(w);

        // Row by row, since the rows are contiguous: the rotations found so far act on row i, then the i-th is found.
        for (int i = 0; i < n; i++)
        {
            Span<T> row = l.Slice(i * ldl, i + 1);
            T value = w[i];
            for (int j = 0; j < i; j++)
            {
                T old = row[j];
                row[j] = (cosines[j] * old) + (sines[j] * value);
                value = (cosines[j] * value) - (sines[j] * old);
            }

            T diagonal = row[i], radius = Length(diagonal, value);
            cosines[i] = radius == T.Zero ? T.One : diagonal / radius;
            sines[i] = radius == T.Zero ? T.Zero : value / radius;
            row[i] = radius;
        }

        ArrayPool<T>.Shared.Return(rented);
    }

    /// <summary>Replaces L by the factor of L L' + X X', one column of X after the other. 2 n^2 operations for each.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="l">The factor L, with a diagonal that is positive.</param>
    /// <param name="n">The order.</param>
    /// <param name="ldl">The distance between rows of L.</param>
    /// <param name="xTransposed">The transpose of X, rank x n, row-major: each row is a vector that is added.</param>
    /// <param name="rank">The number of vectors.</param>
    /// <exception cref="ArgumentException">A length doesn't fit.</exception>
    public static void Add<T>(Span<T> l, int n, int ldl, ReadOnlySpan<T> xTransposed, int rank) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.NonNegative(n, nameof(n));
        Require.NonNegative(rank, nameof(rank));
        Require.Length(xTransposed.Length, checked(rank * n), nameof(xTransposed));
        for (int k = 0; k < rank; k++)
            Add(l, n, ldl, xTransposed.Slice(k * n, n));
    }

    /// <summary>Replaces L by the factor of L L' - x x', where that is positive definite to working precision.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="l">The factor L, with a diagonal that is positive; left as it was when the result is false.</param>
    /// <param name="n">The order.</param>
    /// <param name="ldl">The distance between rows of L.</param>
    /// <param name="x">The vector x, n elements. Is only read.</param>
    /// <returns>False when L L' - x x' isn't positive definite, that is |L^-1 x| isn't below 1 (or not a number).</returns>
    /// <exception cref="ArgumentException">A length doesn't fit.</exception>
    /// <remarks>With p = L^-1 x, rotations turn (p, sqrt(1 - |p|^2)) into a unit vector, and L with it. The condition grows with 1 / (1 - |p|^2), which is in the problem, not in the method.</remarks>
    public static bool TrySubtract<T>(Span<T> l, int n, int ldl, ReadOnlySpan<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.NonNegative(n, nameof(n));
        MatrixArgument.Check(l.Length, n, n, ldl, nameof(l));
        Require.Length(x.Length, n, nameof(x));
        T[] rented = ArrayPool<T>.Shared.Rent(Math.Max(1, 2 * n));
        Span<T> p = rented.AsSpan(0, n), cosines = rented.AsSpan(n, n);
        x.CopyTo(p);
        Blas.Trsv(Triangle.Lower, false, Diagonal.Stored, n, l, ldl, p);
        T norm = Reduce.Norm<T>(p);
        T rest = (T.One - norm) * (T.One + norm);
        bool possible = rest > T.Zero;
        if (possible)
        {
            T alpha = T.Sqrt(rest);
            for (int i = n - 1; i >= 0; i--)
            {
                T radius = Length(alpha, p[i]);
                cosines[i] = alpha / radius;
                p[i] /= radius;
                alpha = radius;
            }

            for (int i = 0; i < n; i++)
            {
                Span<T> row = l.Slice(i * ldl, i + 1);
                T value = T.Zero;
                for (int j = i; j >= 0; j--)
                {
                    T old = row[j], turned = (cosines[j] * value) + (p[j] * old);
                    row[j] = (cosines[j] * old) - (p[j] * value);
                    value = turned;
                }
            }
        }

        ArrayPool<T>.Shared.Return(rented);
        return possible;
    }

    /// <summary>Replaces L by the factor of L L' - X X', one column of X after the other.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="l">The factor L, with a diagonal that is positive; when the result is false, the vectors before the failing one are subtracted from it.</param>
    /// <param name="n">The order.</param>
    /// <param name="ldl">The distance between rows of L.</param>
    /// <param name="xTransposed">The transpose of X, rank x n, row-major: each row is a vector that is subtracted.</param>
    /// <param name="rank">The number of vectors.</param>
    /// <param name="done">Receives the number of vectors subtracted.</param>
    /// <returns>False when the result isn't positive definite.</returns>
    /// <exception cref="ArgumentException">A length doesn't fit.</exception>
    public static bool TrySubtract<T>(Span<T> l, int n, int ldl, ReadOnlySpan<T> xTransposed, int rank, out int done) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.NonNegative(n, nameof(n));
        Require.NonNegative(rank, nameof(rank));
        Require.Length(xTransposed.Length, checked(rank * n), nameof(xTransposed));
        for (done = 0; done < rank; done++)
        {
            if (!TrySubtract(l, n, ldl, xTransposed.Slice(done * n, n)))
                return false;
        }

        return true;
    }

    /// <summary>The length of (x, y), with squares where they are safe: <c>Hypot</c> is many times slower.</summary>
    private static T Length<T>(T x, T y) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T squares = (x * x) + (y * y), least = T.CreateTruncating(typeof(T) == typeof(double) ? 1e-280 : 1e-30);
        return squares > least && T.IsFinite(squares) ? T.Sqrt(squares) : T.Hypot(x, y);
    }
}
