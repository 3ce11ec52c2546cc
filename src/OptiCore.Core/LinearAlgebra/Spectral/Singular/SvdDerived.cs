using System.Numerics;
using OptiCore.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>What follows from a singular value decomposition, without computing anything new.</summary>
/// <remarks>
/// Where a relative tolerance is asked for, singular values up to that part of the largest one count as zero; the default is max(m, n) times the machine epsilon.
/// Golub and Van Loan (2013), Matrix computations, sections 2.4 and 5.5.
/// </remarks>
public static class SvdDerived
{
    /// <summary>The numerical rank.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="svd">The decomposition.</param>
    /// <param name="relativeTolerance">The cut; NaN for the default.</param>
    /// <exception cref="ArgumentNullException">The decomposition is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The tolerance is negative.</exception>
    public static int Rank<T>(this Svd<T> svd, double relativeTolerance = double.NaN) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ReadOnlySpan<T> values = Require.NotNull(svd).Values;
        T relative = double.IsNaN(relativeTolerance)
            ? T.CreateTruncating(Math.Max(svd.Rows, svd.Columns)) * SpectralKernels.Epsilon<T>()
            : T.CreateTruncating(Require.NonNegative(relativeTolerance, nameof(relativeTolerance)));
        int rank = 0;
        while (rank < values.Length && values[rank] > relative * values[0])
            rank++;
        return rank;
    }

    /// <summary>The spectral norm |A|_2 = max |A x| / |x|, the largest singular value; 0 for an empty matrix.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="svd">The decomposition.</param>
    /// <exception cref="ArgumentNullException">The decomposition is null.</exception>
    public static T SpectralNorm<T>(this Svd<T> svd) where T : unmanaged, IFloatingPointIeee754<T> => Require.NotNull(svd).Values.IsEmpty ? T.Zero : svd.Values[0];

    /// <summary>The nuclear norm, the sum of the singular values.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="svd">The decomposition.</param>
    /// <exception cref="ArgumentNullException">The decomposition is null.</exception>
    public static T NuclearNorm<T>(this Svd<T> svd) where T : unmanaged, IFloatingPointIeee754<T> => Reduce.Sum(Require.NotNull(svd).Values);

    /// <summary>The condition number |A| |A^+| = s[0] / s[k-1]; infinity for a singular matrix, 0 for an empty one.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="svd">The decomposition.</param>
    /// <exception cref="ArgumentNullException">The decomposition is null.</exception>
    public static T Condition<T>(this Svd<T> svd) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ReadOnlySpan<T> values = Require.NotNull(svd).Values;
        if (values.IsEmpty)
            return T.Zero;
        return values[^1] == T.Zero ? T.PositiveInfinity : values[0] / values[^1];
    }

    /// <summary>
    /// Writes the least-squares solution of A x = b of smallest norm, x = A^+ b. About 2 (m + n) k operations.
    /// </summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="svd">The decomposition, with vectors.</param>
    /// <param name="b">The right side, m elements. Is only read.</param>
    /// <param name="x">Receives n elements.</param>
    /// <param name="relativeTolerance">The cut; NaN for the default.</param>
    /// <returns>The rank that was used.</returns>
    /// <exception cref="ArgumentException">A length doesn't fit.</exception>
    /// <exception cref="InvalidOperationException">The decomposition has no vectors.</exception>
    public static int SolveMinimumNorm<T>(this Svd<T> svd, ReadOnlySpan<T> b, Span<T> x, double relativeTolerance = double.NaN) where T : unmanaged, IFloatingPointIeee754<T>
    {
        RequireVectorRows(svd);
        Require.Length(b.Length, svd.Rows, nameof(b));
        Require.Length(x.Length, svd.Columns, nameof(x));
        int rank = svd.Rank(relativeTolerance);
        x.Clear();
        for (int j = 0; j < rank; j++)
        {
            T part = Reduce.Dot(svd.LeftRows.Slice(j * svd.Rows, svd.Rows), b) / svd.Values[j];
            VectorKernels.AddScaled(part, svd.RightRows.Slice(j * svd.Columns, svd.Columns), x);
        }

        return rank;
    }

    /// <summary>
    /// Writes the pseudo-inverse of Moore and Penrose, A^+ = V diag(1/s) U' over the singular values that aren't negligible. About 2 m n k operations.
    /// </summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="svd">The decomposition, with vectors.</param>
    /// <param name="inverse">Receives the n x m matrix, row-major.</param>
    /// <param name="relativeTolerance">The cut; NaN for the default.</param>
    /// <returns>The rank that was used.</returns>
    /// <exception cref="ArgumentException">A length doesn't fit.</exception>
    /// <exception cref="InvalidOperationException">The decomposition has no vectors.</exception>
    /// <remarks>To solve a least-squares problem, <see cref="SolveMinimumNorm{T}"/> is cheaper and more accurate.</remarks>
    public static int PseudoInverse<T>(this Svd<T> svd, Span<T> inverse, double relativeTolerance = double.NaN) where T : unmanaged, IFloatingPointIeee754<T>
    {
        RequireVectorRows(svd);
        Require.Length(inverse.Length, svd.Rows * svd.Columns, nameof(inverse));
        int rank = svd.Rank(relativeTolerance), m = svd.Rows, n = svd.Columns;
        inverse.Clear();
        for (int i = 0; i < n; i++)
        {
            Span<T> row = inverse.Slice(i * m, m);
            for (int j = 0; j < rank; j++)
                VectorKernels.AddScaled(svd.RightRows[(j * n) + i] / svd.Values[j], svd.LeftRows.Slice(j * m, m), row);
        }

        return rank;
    }

    /// <summary>An orthonormal basis of the range of A, as rows of m elements: the left vectors of the singular values that aren't negligible.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="svd">The decomposition, with vectors.</param>
    /// <param name="relativeTolerance">The cut; NaN for the default.</param>
    /// <exception cref="InvalidOperationException">The decomposition has no vectors.</exception>
    public static ReadOnlySpan<T> RangeBasis<T>(this Svd<T> svd, double relativeTolerance = double.NaN) where T : unmanaged, IFloatingPointIeee754<T>
    {
        RequireVectorRows(svd);
        return svd.LeftRows[..(svd.Rank(relativeTolerance) * svd.Rows)];
    }

    /// <summary>An orthonormal basis of the null space of A, as rows of n elements: the right vectors beyond the rank.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="svd">The decomposition, with full vectors, or thin ones where m >= n.</param>
    /// <param name="relativeTolerance">The cut; NaN for the default.</param>
    /// <exception cref="InvalidOperationException">The decomposition lacks the vectors.</exception>
    public static ReadOnlySpan<T> NullSpaceBasis<T>(this Svd<T> svd, double relativeTolerance = double.NaN) where T : unmanaged, IFloatingPointIeee754<T>
    {
        RequireVectorRows(svd);
        if (svd.Vectors != SingularVectors.Full && svd.Rows < svd.Columns)
            throw new InvalidOperationException($"The null space of a {svd.Rows} x {svd.Columns} matrix needs SingularVectors.Full.");
        return svd.RightRows[(svd.Rank(relativeTolerance) * svd.Columns)..];
    }

    /// <summary>
    /// Writes the factors of the polar decomposition A = W H, W with orthonormal columns and H symmetric positive semidefinite, for m >= n: W = U V', H = V diag(s) V'. W is the
    /// orthonormal matrix nearest to A. About 2 (m + n) n^2 operations.
    /// </summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="svd">The decomposition, with vectors.</param>
    /// <param name="w">Receives W, m x n, row-major.</param>
    /// <param name="h">Receives H, n x n, row-major; may be empty where it isn't wanted.</param>
    /// <exception cref="ArgumentException">A length doesn't fit, or there are fewer rows than columns.</exception>
    /// <exception cref="InvalidOperationException">The decomposition has no vectors.</exception>
    /// <remarks>Higham (1986), Computing the polar decomposition, with applications. By the singular value decomposition it is backward stable for every A, singular ones included.</remarks>
    public static void Polar<T>(this Svd<T> svd, Span<T> w, Span<T> h) where T : unmanaged, IFloatingPointIeee754<T>
    {
        RequireVectorRows(svd);
        int m = svd.Rows, n = svd.Columns;
        if (m < n)
            throw new ArgumentException($"The matrix is {m} x {n}; its polar decomposition needs at least as many rows as columns.", nameof(svd));
        Require.Length(w.Length, m * n, nameof(w));
        Blas.Gemm(true, false, m, n, n, T.One, svd.LeftRows, Math.Max(1, m), svd.RightRows, Math.Max(1, n), T.Zero, w, Math.Max(1, n));
        if (h.IsEmpty)
            return;
        Require.Length(h.Length, n * n, nameof(h));
        h.Clear();
        for (int j = 0; j < n; j++)
        {
            ReadOnlySpan<T> v = svd.RightRows.Slice(j * n, n);
            for (int i = 0; i < n; i++)
                VectorKernels.AddScaled(svd.Values[j] * v[i], v[..(i + 1)], h.Slice(i * n, i + 1));
        }

        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
                h[(j * n) + i] = h[(i * n) + j];
        }
    }

    private static void RequireVectorRows<T>(Svd<T> svd) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (Require.NotNull(svd).Vectors == SingularVectors.None)
            throw new InvalidOperationException("The decomposition was made for singular values only.");
    }
}
