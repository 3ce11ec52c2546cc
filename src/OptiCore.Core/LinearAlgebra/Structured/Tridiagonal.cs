using System.Buffers;
using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// Systems whose matrix has three diagonals: a[i] x[i-1] + d[i] x[i] + c[i] x[i+1] = b[i]. Splines, implicit steps of heat equations, chains. O(n) operations.
/// </summary>
/// <remarks>The diagonals are spans of n elements: a[0] and c[n-1] belong to no unknown (except in a cyclic system) and are not read. They are only read; workspace is rented.</remarks>
public static class Tridiagonal
{
    /// <summary>Solves without exchanging rows (Thomas). Right for diagonally dominant and for symmetric positive definite matrices; 8 n operations.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="below">The elements a below the diagonal, n elements.</param>
    /// <param name="diagonal">The diagonal d, n elements.</param>
    /// <param name="above">The elements c above the diagonal, n elements.</param>
    /// <param name="x">The right side, replaced by the solution; n elements.</param>
    /// <returns>False when a pivot is 0 or not finite: the matrix is singular or needs <see cref="TrySolvePivoted"/>; x is then overwritten in part.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <remarks>Golub and Van Loan (2013), Matrix computations, section 4.3.6. For other matrices the growth of rounding errors isn't bounded.</remarks>
    public static bool TrySolve<T>(ReadOnlySpan<T> below, ReadOnlySpan<T> diagonal, ReadOnlySpan<T> above, Span<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int n = Check(below, diagonal, above, x);
        T[] rented = ArrayPool<T>.Shared.Rent(Math.Max(1, n));
        bool regular = true;
        T pivot = T.Zero;
        for (int i = 0; regular && i < n; i++)
        {
            pivot = i == 0 ? diagonal[0] : diagonal[i] - (below[i] * rented[i - 1]);
            regular = pivot != T.Zero && T.IsFinite(pivot);
            rented[i] = i < n - 1 ? above[i] / pivot : T.Zero;
            x[i] = (i == 0 ? x[0] : x[i] - (below[i] * x[i - 1])) / pivot;
        }

        for (int i = n - 2; regular && i >= 0; i--)
            x[i] -= rented[i] * x[i + 1];
        ArrayPool<T>.Shared.Return(rented);
        return regular;
    }

    /// <summary>Solves with partial pivoting, for any regular matrix; backward stable. About 14 n operations.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="below">The elements a below the diagonal, n elements.</param>
    /// <param name="diagonal">The diagonal d, n elements.</param>
    /// <param name="above">The elements c above the diagonal, n elements.</param>
    /// <param name="x">The right side, replaced by the solution; n elements.</param>
    /// <returns>False when the matrix is singular or a pivot isn't finite; x is then overwritten in part.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <remarks>Higham (2002), Accuracy and stability of numerical algorithms, section 9.6: Gaussian elimination with exchanges of neighbouring rows, which gives U a second diagonal above.</remarks>
    public static bool TrySolvePivoted<T>(ReadOnlySpan<T> below, ReadOnlySpan<T> diagonal, ReadOnlySpan<T> above, Span<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int n = Check(below, diagonal, above, x);
        T[] rented = ArrayPool<T>.Shared.Rent(Math.Max(1, 3 * n));
        Span<T> d = rented.AsSpan(0, n), first = rented.AsSpan(n, n), second = rented.AsSpan(2 * n, n);
        diagonal.CopyTo(d);
        above.CopyTo(first);
        second.Clear();
        bool regular = true;
        for (int i = 0; regular && i < n - 1; i++)
        {
            T lower = below[i + 1];
            if (T.Abs(lower) > T.Abs(d[i]))
            {
                // Row i + 1 becomes the pivot row; what was row i takes its place below.
                T factor = d[i] / lower, next = i < n - 2 ? first[i + 1] : T.Zero;
                d[i] = lower;
                (first[i], d[i + 1]) = (d[i + 1], first[i] - (factor * d[i + 1]));
                second[i] = next;
                if (i < n - 2)
                    first[i + 1] = -(factor * next);
                (x[i], x[i + 1]) = (x[i + 1], x[i] - (factor * x[i + 1]));
            }
            else if (lower != T.Zero)
            {
                T factor = lower / d[i];
                d[i + 1] -= factor * first[i];
                x[i + 1] -= factor * x[i];
            }

            regular = d[i] != T.Zero && T.IsFinite(d[i]);
        }

        regular &= n == 0 || (d[n - 1] != T.Zero && T.IsFinite(d[n - 1]));
        for (int i = n - 1; regular && i >= 0; i--)
        {
            T sum = x[i];
            if (i < n - 1)
                sum -= first[i] * x[i + 1];
            if (i < n - 2)
                sum -= second[i] * x[i + 2];
            x[i] = sum / d[i];
        }

        ArrayPool<T>.Shared.Return(rented);
        return regular;
    }

    /// <summary>
    /// Solves a cyclic system, in which a[0] multiplies x[n-1] and c[n-1] multiplies x[0]: periodic splines, rings. Two systems with three diagonals, of which the cyclic one
    /// is a change of rank one (Sherman and Morrison); about 35 n operations.
    /// </summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="below">The elements a, n elements; a[0] stands in the corner of row 0.</param>
    /// <param name="diagonal">The diagonal d, n elements.</param>
    /// <param name="above">The elements c, n elements; c[n-1] stands in the corner of row n - 1.</param>
    /// <param name="x">The right side, replaced by the solution; n elements, at least 3.</param>
    /// <returns>False when the cyclic matrix is singular to working precision, or the one without corners that is solved with is; x is then overwritten.</returns>
    /// <exception cref="ArgumentException">The lengths differ or are less than 3.</exception>
    public static bool TrySolveCyclic<T>(ReadOnlySpan<T> below, ReadOnlySpan<T> diagonal, ReadOnlySpan<T> above, Span<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int n = Check(below, diagonal, above, x);
        if (n < 3)
            throw new ArgumentException(FormattableString.Invariant($"x has {n} elements, a cyclic system at least 3."), nameof(x));
        T right = below[0], left = above[n - 1];

        // A = B + u v' with u = (gamma, 0, ..., left), v = (1, 0, ..., right / gamma). gamma = -d[0] can't cancel against d[0].
        T gamma = diagonal[0] == T.Zero ? T.One : -diagonal[0];
        T[] rented = ArrayPool<T>.Shared.Rent(2 * n);
        Span<T> d = rented.AsSpan(0, n), u = rented.AsSpan(n, n);
        diagonal.CopyTo(d);
        d[0] -= gamma;
        d[n - 1] -= left * (right / gamma);
        u.Clear();
        u[0] = gamma;
        u[n - 1] = left;
        bool regular = TrySolvePivoted(below, d, above, x) && TrySolvePivoted(below, d, above, u);
        if (regular)
        {
            // What remains of the sum where it cancels to its rounding errors is no denominator.
            T last = right / gamma * u[n - 1], denominator = T.One + u[0] + last;
            T rounding = T.CreateTruncating(4) * (T.BitIncrement(T.One) - T.One) * (T.One + T.Abs(u[0]) + T.Abs(last));
            regular = T.Abs(denominator) > rounding && T.IsFinite(denominator);
            T factor = (x[0] + (right / gamma * x[n - 1])) / denominator;
            VectorKernels.AddScaled<T>(-factor, u, x);
        }

        ArrayPool<T>.Shared.Return(rented);
        return regular;
    }

    private static int Check<T>(ReadOnlySpan<T> below, ReadOnlySpan<T> diagonal, ReadOnlySpan<T> above, ReadOnlySpan<T> x)
    {
        Require.Length(below.Length, diagonal.Length, nameof(below));
        Require.Length(above.Length, diagonal.Length, nameof(above));
        Require.Length(x.Length, diagonal.Length, nameof(x));
        return diagonal.Length;
    }
}
