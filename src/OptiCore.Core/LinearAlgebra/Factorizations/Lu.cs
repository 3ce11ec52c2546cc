using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The factorization A[p] = L U of a square matrix with partial pivoting: row p[i] of A is row i of the product, L has ones on its diagonal. For
/// general square systems; for symmetric positive definite ones <see cref="Cholesky"/> costs half.
/// </summary>
/// <remarks>
/// U lies on and above the diagonal of a row-major span, L below it. Blocked, so that large matrices run at the speed of <see cref="Blas.Gemm"/>.
/// Golub and Van Loan (2013), Matrix computations, section 3.4.
/// </remarks>
public static class Lu
{
    private const int Block = 48;

    /// <summary>Replaces A by its factors. About 2 n^3 / 3 operations; allocates nothing after the first calls.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The matrix, replaced by L and U.</param>
    /// <param name="n">The order.</param>
    /// <param name="lda">The distance between rows.</param>
    /// <param name="permutation">Receives p, n elements. The pivot of a column is its largest absolute element, the first one of equals.</param>
    /// <returns>False when a pivot is exactly 0 or not finite: A is singular. The factors are complete nevertheless.</returns>
    /// <exception cref="ArgumentException">A length doesn't fit.</exception>
    public static unsafe bool TryFactor<T>(Span<T> a, int n, int lda, Span<int> permutation) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.NonNegative(n, nameof(n));
        MatrixArgument.Check(a.Length, n, n, lda, nameof(a));
        Require.Length(permutation.Length, n, nameof(permutation));
        for (int i = 0; i < n; i++)
            permutation[i] = i;
        bool regular = true;
        for (int first = 0; first < n; first += Block)
        {
            int size = Math.Min(Block, n - first), next = first + size, rest = n - next;
            for (int j = first; j < next; j++)
                regular &= Eliminate(a, n, lda, permutation, j, next);
            fixed (T* p = a)
            {
                T* corner = p + ((nint)first * lda) + first, below = corner + ((nint)size * lda);
                Blas.SolveLeft(Triangle.Lower, false, Diagonal.Unit, size, rest, corner, lda, corner + size, lda);
                Gemm.Run(false, false, rest, rest, size, -T.One, below, lda, corner + size, lda, T.One, below + size, lda);
            }
        }

        return regular;
    }

    /// <summary>Solves A x = b, or A' x = b. About 2 n^2 operations.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="lu">The factors.</param>
    /// <param name="n">The order.</param>
    /// <param name="ldlu">The distance between rows of the factors.</param>
    /// <param name="permutation">The permutation p.</param>
    /// <param name="b">The right side, n elements. Is only read.</param>
    /// <param name="x">Receives the solution, n elements; must not overlap b.</param>
    /// <param name="transpose">True: the system of the transpose is solved.</param>
    /// <exception cref="ArgumentException">A length doesn't fit.</exception>
    public static void Solve<T>(ReadOnlySpan<T> lu, int n, int ldlu, ReadOnlySpan<int> permutation, ReadOnlySpan<T> b, Span<T> x, bool transpose = false)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.NonNegative(n, nameof(n));
        MatrixArgument.Check(lu.Length, n, n, ldlu, nameof(lu));
        Require.Length(permutation.Length, n, nameof(permutation));
        Require.Length(b.Length, n, nameof(b));
        Require.Length(x.Length, n, nameof(x));
        MatrixArgument.Apart(x, n, int.MaxValue, nameof(x), b, n, 1, nameof(b));
        if (!transpose)
        {
            for (int i = 0; i < n; i++)
                x[i] = b[permutation[i]];
            Blas.Trsv(Triangle.Lower, false, Diagonal.Unit, n, lu, ldlu, x);
            Blas.Trsv(Triangle.Upper, false, Diagonal.Stored, n, lu, ldlu, x);
            return;
        }

        // A' = U' L' P: the last step undoes the permutation, from a rented copy.
        T[] work = System.Buffers.ArrayPool<T>.Shared.Rent(Math.Max(1, n));
        Span<T> y = work.AsSpan(0, n);
        b.CopyTo(y);
        Blas.Trsv(Triangle.Upper, true, Diagonal.Stored, n, lu, ldlu, y);
        Blas.Trsv(Triangle.Lower, true, Diagonal.Unit, n, lu, ldlu, y);
        for (int i = 0; i < n; i++)
            x[permutation[i]] = y[i];
        System.Buffers.ArrayPool<T>.Shared.Return(work);
    }

    /// <summary>The determinant's logarithm and sign: det A = sign e^result. For a singular matrix -infinity and 0.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="lu">The factors.</param>
    /// <param name="n">The order.</param>
    /// <param name="ldlu">The distance between rows of the factors.</param>
    /// <param name="permutation">The permutation p.</param>
    /// <param name="sign">Receives -1, 0 or 1.</param>
    /// <exception cref="ArgumentException">A length doesn't fit.</exception>
    public static double LogDeterminant<T>(ReadOnlySpan<T> lu, int n, int ldlu, ReadOnlySpan<int> permutation, out int sign)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.NonNegative(n, nameof(n));
        MatrixArgument.Check(lu.Length, n, n, ldlu, nameof(lu));
        Require.Length(permutation.Length, n, nameof(permutation));
        double sum = 0;
        sign = 1;
        for (int i = 0; i < n; i++)
        {
            double pivot = double.CreateTruncating(lu[(i * ldlu) + i]);
            sum += Math.Log(Math.Abs(pivot));
            sign *= pivot == 0 ? 0 : pivot < 0 ? -1 : 1;

            // The parity of a permutation: each cycle of even length turns the sign; count a cycle at its smallest member.
            int length = 1, member = permutation[i];
            while (member > i)
            {
                member = permutation[member];
                length++;
            }

            if (member == i && length % 2 == 0)
                sign = -sign;
        }

        return sum;
    }

    /// <summary>Writes the inverse of A. About 2 n^3 operations. To solve a system, <see cref="Solve"/> is cheaper and more accurate.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="lu">The factors.</param>
    /// <param name="n">The order.</param>
    /// <param name="ldlu">The distance between rows of the factors.</param>
    /// <param name="permutation">The permutation p.</param>
    /// <param name="inverse">Receives the n x n inverse; must not overlap the factors.</param>
    /// <param name="ldi">The distance between rows of the inverse.</param>
    /// <exception cref="ArgumentException">A length doesn't fit.</exception>
    public static void Inverse<T>(ReadOnlySpan<T> lu, int n, int ldlu, ReadOnlySpan<int> permutation, Span<T> inverse, int ldi)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.NonNegative(n, nameof(n));
        Require.Length(permutation.Length, n, nameof(permutation));
        MatrixArgument.Check(inverse.Length, n, n, ldi, nameof(inverse));
        for (int i = 0; i < n; i++)
        {
            inverse.Slice(i * ldi, n).Clear();
            inverse[(i * ldi) + permutation[i]] = T.One;
        }

        Blas.Trsm(Side.Left, Triangle.Lower, false, Diagonal.Unit, n, n, T.One, lu, ldlu, inverse, ldi);
        Blas.Trsm(Side.Left, Triangle.Upper, false, Diagonal.Stored, n, n, T.One, lu, ldlu, inverse, ldi);
    }

    /// <summary>One column of a panel: find the pivot, swap whole rows, eliminate below within the panel.</summary>
    private static bool Eliminate<T>(Span<T> a, int n, int lda, Span<int> permutation, int j, int panelEnd) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int pivotRow = j;
        T largest = T.Abs(a[(j * lda) + j]);
        for (int i = j + 1; i < n; i++)
        {
            T candidate = T.Abs(a[(i * lda) + j]);
            if (candidate > largest)
            {
                largest = candidate;
                pivotRow = i;
            }
        }

        if (pivotRow != j)
        {
            Span<T> here = a.Slice(j * lda, n), there = a.Slice(pivotRow * lda, n);
            for (int c = 0; c < n; c++)
                (here[c], there[c]) = (there[c], here[c]);
            (permutation[j], permutation[pivotRow]) = (permutation[pivotRow], permutation[j]);
        }

        T pivot = a[(j * lda) + j];
        if (pivot == T.Zero)
            return false;
        ReadOnlySpan<T> pivotTail = a.Slice((j * lda) + j + 1, panelEnd - j - 1);
        for (int i = j + 1; i < n; i++)
        {
            T factor = a[(i * lda) + j] / pivot;
            a[(i * lda) + j] = factor;
            VectorKernels.AddScaled(-factor, pivotTail, a.Slice((i * lda) + j + 1, panelEnd - j - 1));
        }

        return T.IsFinite(pivot);
    }
}
