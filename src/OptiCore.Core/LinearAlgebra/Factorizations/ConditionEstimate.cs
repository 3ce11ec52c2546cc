using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// Estimates of the reciprocal condition 1 / (|A|_1 |A^-1|_1) from a factorization: how many digits of a solution to trust, at the price of a few
/// solves instead of an inverse.
/// </summary>
/// <remarks>
/// <para>|A^-1|_1 is estimated from below by a gradient ascent over the unit ball of the 1-norm, with an alternating vector as a second guess: seldom off
/// by more than a factor of 3, and exact for n = 1. At most five steps of two solves, about 20 n^2 operations. The result is 0 for singular matrices and where
/// the estimate overflows, 1 for n = 0, NaN where a factor is NaN. Nothing is allocated after the first calls.</para>
/// <para>Hager (1984), Condition estimates; Higham (1988), FORTRAN codes for estimating the one-norm of a real or complex matrix (algorithm 4.1).</para>
/// </remarks>
public static class ConditionEstimate
{
    /// <summary>The reciprocal condition of A from the factors of <see cref="Lu"/>.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="lu">The factors.</param>
    /// <param name="n">The order.</param>
    /// <param name="ldlu">The distance between rows of the factors.</param>
    /// <param name="permutation">The permutation, n elements.</param>
    /// <param name="oneNorm">|A|_1, taken before A was overwritten: see <see cref="MatrixNorm.One"/>.</param>
    /// <exception cref="ArgumentException">A length doesn't fit.</exception>
    public static T Lu<T>(ReadOnlySpan<T> lu, int n, int ldlu, ReadOnlySpan<int> permutation, T oneNorm) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.NonNegative(n, nameof(n));
        MatrixArgument.Check(lu.Length, n, n, ldlu, nameof(lu));
        Require.Length(permutation.Length, n, nameof(permutation));
        return Estimate(new LuSolves<T>(lu, n, ldlu, permutation), n, oneNorm, HasZero(lu, n, ldlu));
    }

    /// <summary>The reciprocal condition of A from the factor of <see cref="LinearAlgebra.Cholesky"/>.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="l">The factor L.</param>
    /// <param name="n">The order.</param>
    /// <param name="ldl">The distance between rows of L.</param>
    /// <param name="oneNorm">|A|_1 of the whole symmetric matrix, taken before A was overwritten.</param>
    /// <exception cref="ArgumentException">A length doesn't fit.</exception>
    public static T Cholesky<T>(ReadOnlySpan<T> l, int n, int ldl, T oneNorm) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.NonNegative(n, nameof(n));
        MatrixArgument.Check(l.Length, n, n, ldl, nameof(l));
        return Estimate(new CholeskySolves<T>(l, n, ldl), n, oneNorm, HasZero(l, n, ldl));
    }

    /// <summary>The reciprocal condition of a triangular matrix.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="triangle">Which triangle holds the matrix; the other isn't read.</param>
    /// <param name="n">The order.</param>
    /// <param name="a">The matrix.</param>
    /// <param name="lda">The distance between rows.</param>
    /// <exception cref="ArgumentException">A length doesn't fit.</exception>
    public static T Triangular<T>(Triangle triangle, int n, ReadOnlySpan<T> a, int lda) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.Defined(triangle, nameof(triangle));
        Require.NonNegative(n, nameof(n));
        MatrixArgument.Check(a.Length, n, n, lda, nameof(a));
        T norm = T.Zero;
        for (int j = 0; j < n; j++)
        {
            T sum = T.Zero;
            for (int i = triangle == Triangle.Lower ? j : 0; i < (triangle == Triangle.Lower ? n : j + 1); i++)
                sum += T.Abs(a[(i * lda) + j]);
            norm = T.Max(norm, sum);
        }

        return Estimate(new TriangularSolves<T>(triangle, a, n, lda), n, norm, HasZero(a, n, lda));
    }

    /// <summary>Solves with A and A' in place.</summary>
    private interface ISolves<T>
    {
        void Solve(Span<T> x, Span<T> work, bool transpose);
    }

    private static bool HasZero<T>(ReadOnlySpan<T> a, int n, int lda) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < n; i++)
        {
            if (a[(i * lda) + i] == T.Zero)
                return true;
        }

        return false;
    }

    [SkipLocalsInit]
    private static T Estimate<T, TSolves>(TSolves solves, int n, T norm, bool singular)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TSolves : struct, ISolves<T>, allows ref struct
    {
        const int MostSteps = 5;
        if (n == 0)
            return T.One;
        if (T.IsNaN(norm))
            return T.NaN;
        if (singular || norm == T.Zero)
            return T.Zero;
        T[] rented = ArrayPool<T>.Shared.Rent(3 * n);
        Span<T> x = rented.AsSpan(0, n), signs = rented.AsSpan(n, n), work = rented.AsSpan(2 * n, n);
        x.Fill(T.One / T.CreateTruncating(n));
        solves.Solve(x, work, false);
        T estimate = Sum(x);
        if (n > 1)
        {
            Signs(x, signs, out _);
            signs.CopyTo(x);
            solves.Solve(x, work, true);
            int at = Largest(x);
            for (int step = 2; step <= MostSteps; step++)
            {
                x.Clear();
                x[at] = T.One;
                solves.Solve(x, work, false);
                T old = estimate, found = Sum(x);
                estimate = T.Max(estimate, found);

                // Equal signs: the next gradient is the last one.
                Signs(x, signs, out bool same);
                if (same || found <= old)
                    break;
                signs.CopyTo(x);
                solves.Solve(x, work, true);
                int next = Largest(x);
                if (T.Abs(x[at]) == T.Abs(x[next]))
                    break;
                at = next;
            }

            // Cancellation can hide a large inverse from the ascent, not from an alternating vector that grows.
            for (int i = 0; i < n; i++)
            {
                T value = T.One + (T.CreateTruncating(i) / T.CreateTruncating(n - 1));
                x[i] = i % 2 == 0 ? value : -value;
            }

            solves.Solve(x, work, false);
            T alternative = T.CreateTruncating(2) * Sum(x) / T.CreateTruncating(3 * n);
            estimate = T.Max(estimate, alternative);
        }

        ArrayPool<T>.Shared.Return(rented);
        if (T.IsNaN(estimate))
            return T.NaN;
        return T.One / estimate / norm;
    }

    private static T Sum<T>(ReadOnlySpan<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T sum = T.Zero;
        foreach (T value in x)
            sum += T.Abs(value);
        return sum;
    }

    private static void Signs<T>(ReadOnlySpan<T> x, Span<T> signs, out bool same) where T : unmanaged, IFloatingPointIeee754<T>
    {
        same = true;
        for (int i = 0; i < x.Length; i++)
        {
            T sign = x[i] < T.Zero ? T.NegativeOne : T.One;
            same &= sign == signs[i];
            signs[i] = sign;
        }
    }

    private static int Largest<T>(ReadOnlySpan<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int at = 0;
        for (int i = 1; i < x.Length; i++)
        {
            if (T.Abs(x[i]) > T.Abs(x[at]))
                at = i;
        }

        return at;
    }

    private readonly ref struct LuSolves<T>(ReadOnlySpan<T> lu, int n, int ldlu, ReadOnlySpan<int> permutation) : ISolves<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly ReadOnlySpan<T> _lu = lu;
        private readonly ReadOnlySpan<int> _permutation = permutation;

        public void Solve(Span<T> x, Span<T> work, bool transpose)
        {
            x.CopyTo(work);
            LinearAlgebra.Lu.Solve(_lu, n, ldlu, _permutation, work, x, transpose);
        }
    }

    private readonly ref struct CholeskySolves<T>(ReadOnlySpan<T> l, int n, int ldl) : ISolves<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly ReadOnlySpan<T> _l = l;

        public void Solve(Span<T> x, Span<T> work, bool transpose) => LinearAlgebra.Cholesky.Solve(_l, n, ldl, x);
    }

    private readonly ref struct TriangularSolves<T>(Triangle triangle, ReadOnlySpan<T> a, int n, int lda) : ISolves<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly ReadOnlySpan<T> _a = a;

        public void Solve(Span<T> x, Span<T> work, bool transpose) => Blas.Trsv(triangle, transpose, Diagonal.Stored, n, _a, lda, x);
    }
}
