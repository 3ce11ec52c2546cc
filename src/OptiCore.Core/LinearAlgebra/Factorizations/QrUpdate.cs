using System.Buffers;
using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>Changes the factors of A = Q R when A changes by a matrix of rank one: about 13 n^2 operations for square matrices, instead of a new factorization. For quasi-Newton methods on equations.</summary>
/// <remarks>Backward stable: only rotations act on the factors. Golub and Van Loan (2013), Matrix computations, section 6.5.1; Daniel, Gragg, Kaufman and Stewart (1976), Reorthogonalization and
/// stable algorithms for updating the Gram-Schmidt QR factorization. Workspace is rented.</remarks>
public static class QrUpdate
{
    /// <summary>Replaces Q and R by the factors of Q R + u v'.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="q">The orthogonal m x m matrix Q, row-major.</param>
    /// <param name="r">The upper trapezoidal m x n matrix R, row-major, with its zeros.</param>
    /// <param name="m">The rows m.</param>
    /// <param name="n">The columns n.</param>
    /// <param name="u">The vector u, m elements. Is only read.</param>
    /// <param name="v">The vector v, n elements. Is only read.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">A span has another length.</exception>
    public static void Add<T>(Span<T> q, Span<T> r, int m, int n, ReadOnlySpan<T> u, ReadOnlySpan<T> v) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.NonNegative(m, nameof(m));
        Require.NonNegative(n, nameof(n));
        Require.Length(q.Length, checked(m * m), nameof(q));
        Require.Length(r.Length, checked(m * n), nameof(r));
        Require.Length(u.Length, m, nameof(u));
        Require.Length(v.Length, n, nameof(v));
        if (m == 0)
            return;
        T[] rented = ArrayPool<T>.Shared.Rent(m);
        Span<T> w = rented.AsSpan(0, m);
        Blas.Gemv(true, m, m, T.One, q, m, u, T.Zero, w);

        // Q'u becomes a multiple of e_1 from below, which makes R a Hessenberg matrix; the change then touches its first row only.
        for (int k = m - 2; k >= 0; k--)
        {
            (T c, T s) = Rotation(w[k], w[k + 1], out w[k]);
            RotateRows(r, n, k, Math.Min(k, n), c, s);
            RotateColumns(q, m, k, c, s);
        }

        VectorKernels.AddScaled(w[0], v, r[..n]);
        for (int k = 0; k < Math.Min(m - 1, n); k++)
        {
            (T c, T s) = Rotation(r[(k * n) + k], r[((k + 1) * n) + k], out r[(k * n) + k]);
            r[((k + 1) * n) + k] = T.Zero;
            RotateRows(r, n, k, k + 1, c, s);
            RotateColumns(q, m, k, c, s);
        }

        ArrayPool<T>.Shared.Return(rented);
    }

    /// <summary>c x + s y = length, -s x + c y = 0.</summary>
    private static (T C, T S) Rotation<T>(T x, T y, out T length) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (y == T.Zero)
        {
            length = x;
            return (T.One, T.Zero);
        }

        length = T.Hypot(x, y);
        return (x / length, y / length);
    }

    private static void RotateRows<T>(Span<T> r, int n, int k, int from, T c, T s) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Span<T> upper = r.Slice(k * n, n), lower = r.Slice((k + 1) * n, n);
        for (int j = from; j < n; j++)
        {
            T x = upper[j], y = lower[j];
            upper[j] = (c * x) + (s * y);
            lower[j] = (c * y) - (s * x);
        }
    }

    private static void RotateColumns<T>(Span<T> q, int m, int k, T c, T s) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < m; i++)
        {
            T x = q[(i * m) + k], y = q[(i * m) + k + 1];
            q[(i * m) + k] = (c * x) + (s * y);
            q[(i * m) + k + 1] = (c * y) - (s * x);
        }
    }
}
