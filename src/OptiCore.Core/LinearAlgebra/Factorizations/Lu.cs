using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The factorization A[p] = L U of a matrix with partial pivoting: row p[i] of A is row i of the product, L has ones on its diagonal. For
/// general square systems; for symmetric positive definite ones <see cref="Cholesky"/> costs half, for symmetric indefinite ones <see cref="Ldlt{T}"/>.
/// </summary>
/// <remarks>
/// U lies on and above the diagonal of a row-major span, L below it. Panels of columns are factored recursively in a transposed copy, where columns are
/// contiguous; the rest is a product of matrices. Golub and Van Loan (2013), Matrix computations, section 3.4; Toledo (1997), Locality of reference
/// in LU decomposition with partial pivoting.
/// </remarks>
public static class Lu
{
    private const int LargestBlock = 64;
    private const int SmallestPanel = 4;

    /// <summary>Replaces a square A by its factors. About 2 n^3 / 3 operations; allocates nothing after the first calls.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The matrix, replaced by L and U.</param>
    /// <param name="n">The order.</param>
    /// <param name="lda">The distance between rows.</param>
    /// <param name="permutation">Receives p, n elements. The pivot of a column is its largest absolute element, the first one of equals.</param>
    /// <returns>False when a pivot is exactly 0 or not finite: A is singular. The factors are complete nevertheless.</returns>
    /// <exception cref="ArgumentException">A length doesn't fit.</exception>
    public static bool TryFactor<T>(Span<T> a, int n, int lda, Span<int> permutation) where T : unmanaged, IFloatingPointIeee754<T> =>
        TryFactor(a, n, n, lda, permutation);

    /// <summary>Replaces an m x n matrix A by its factors: L is m x k, U is k x n with k = min(m, n). About n^2 (m - n/3) operations for m >= n.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The matrix, replaced by L and U.</param>
    /// <param name="rows">The rows m.</param>
    /// <param name="columns">The columns n.</param>
    /// <param name="lda">The distance between rows.</param>
    /// <param name="permutation">Receives p, m elements. The pivot of a column is its largest absolute element, the first one of equals.</param>
    /// <returns>False when one of the k pivots is exactly 0 or not finite. The factors are complete nevertheless.</returns>
    /// <exception cref="ArgumentException">A length doesn't fit.</exception>
    [SkipLocalsInit]
    public static unsafe bool TryFactor<T>(Span<T> a, int rows, int columns, int lda, Span<int> permutation) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.NonNegative(rows, nameof(rows));
        Require.NonNegative(columns, nameof(columns));
        MatrixArgument.Check(a.Length, rows, columns, lda, nameof(a));
        Require.Length(permutation.Length, rows, nameof(permutation));
        for (int i = 0; i < rows; i++)
            permutation[i] = i;
        int steps = Math.Min(rows, columns), block = BlockFor(steps), width = PanelKernels.Width<T>();
        int* pivots = stackalloc int[LargestBlock];
        int spread = PanelKernels.Spread<T>(rows + width), panelLength = block * spread;
        T[] rented = ArrayPool<T>.Shared.Rent(Math.Max(panelLength, block * PanelKernels.WholeGroups<T>(columns)));
        bool regular = true;
        fixed (T* p = a, panel = rented)
        {
            for (int first = 0; first < steps; first += block)
            {
                int size = Math.Min(block, steps - first), next = first + size, height = rows - first, right = columns - next;
                T* corner = p + ((nint)first * lda) + first;
                nint ld = PanelKernels.Spread<T>(height + width);
                for (int j = 0; j < size; j++)
                    new Span<T>(panel + (j * ld) + height, (int)ld - height).Clear();
                PanelTranspose.Copy(height, size, corner, lda, panel, ld);
                regular &= Panel(height, 0, size, size, panel, ld, pivots);
                PanelTranspose.Copy(size, height, panel, ld, corner, lda);
                for (int j = 0; j < size; j++)
                {
                    if (pivots[j] == j)
                        continue;
                    int here = first + j, there = first + pivots[j];
                    (permutation[here], permutation[there]) = (permutation[there], permutation[here]);
                    T* rowHere = p + ((nint)here * lda), rowThere = p + ((nint)there * lda);
                    Swap(first, rowHere, rowThere);
                    Swap(right, rowHere + next, rowThere + next);
                }

                if (right == 0)
                    continue;
                PanelTranspose.RowsToGroups(size, right, corner + size, lda, panel);
                PanelKernels.SolveLower(size, PanelKernels.WholeGroups<T>(right), corner, lda, null, panel, width, size * width);
                PanelTranspose.RowsFromGroups(size, right, panel, corner + size, lda);
                T* below = corner + ((nint)size * lda);
                PanelKernels.Multiply(false, height - size, right, size, below, lda, 1, panel, width, size * width, below + size, lda, width);
            }
        }

        ArrayPool<T>.Shared.Return(rented);
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
        T[] work = ArrayPool<T>.Shared.Rent(Math.Max(1, n));
        Span<T> y = work.AsSpan(0, n);
        b.CopyTo(y);
        Blas.Trsv(Triangle.Upper, true, Diagonal.Stored, n, lu, ldlu, y);
        Blas.Trsv(Triangle.Lower, true, Diagonal.Unit, n, lu, ldlu, y);
        for (int i = 0; i < n; i++)
            x[permutation[i]] = y[i];
        ArrayPool<T>.Shared.Return(work);
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

    /// <summary>The determinant. Overflows and underflows early: see <see cref="LogDeterminant"/>.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="lu">The factors.</param>
    /// <param name="n">The order.</param>
    /// <param name="ldlu">The distance between rows of the factors.</param>
    /// <param name="permutation">The permutation p.</param>
    /// <exception cref="ArgumentException">A length doesn't fit.</exception>
    public static T Determinant<T>(ReadOnlySpan<T> lu, int n, int ldlu, ReadOnlySpan<int> permutation) where T : unmanaged, IFloatingPointIeee754<T>
    {
        LogDeterminant(lu, n, ldlu, permutation, out int sign);
        T product = T.CreateTruncating(sign);
        for (int i = 0; i < n; i++)
            product *= T.Abs(lu[(i * ldlu) + i]);
        return product;
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

    private static int BlockFor(int steps) => steps > 256 ? LargestBlock : steps > 32 ? LargestBlock / 2 : LargestBlock / 4;

    /// <summary>Factors columns start to start + count of a panel that lies transposed, a column in each row. Swaps act on all of its columns.</summary>
    private static unsafe bool Panel<T>(int height, int start, int count, int total, T* f, nint ld, int* pivots) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (count <= SmallestPanel)
            return Columns(height, start, count, total, f, ld, pivots);
        int left = ((count / 2) + SmallestPanel - 1) / SmallestPanel * SmallestPanel, right = count - left, next = start + left;
        bool regular = Panel(height, start, left, total, f, ld, pivots);
        for (int c = next; c < start + count; c++)
        {
            T* column = f + (c * ld);
            for (int l = start; l < next; l++)
            {
                T factor = -column[l];
                T* lower = f + (l * ld);
                for (int i = l + 1; i < next; i++)
                    column[i] = T.FusedMultiplyAdd(factor, lower[i], column[i]);
            }
        }

        // Whole groups: what lies beyond the height is room.
        if (height > next)
        {
            PanelKernels.Multiply(
                false, right, PanelKernels.WholeGroups<T>(height - next), left, f + (next * ld) + start, ld, 1, f + (start * ld) + next, ld, f + (next * ld) + next, ld);
        }

        return Panel(height, next, right, total, f, ld, pivots) && regular;
    }

    private static unsafe bool Columns<T>(int height, int start, int count, int total, T* f, nint ld, int* pivots) where T : unmanaged, IFloatingPointIeee754<T>
    {
        // Below it the reciprocal overflows.
        T safe = T.One / T.BitDecrement(T.PositiveInfinity);
        bool regular = true;
        for (int j = start; j < start + count; j++)
        {
            T* column = f + (j * ld);
            int at = j + LargestAt(height - j, column + j);
            pivots[j] = at;
            if (at != j)
            {
                for (int c = 0; c < total; c++)
                {
                    T* other = f + (c * ld);
                    (other[j], other[at]) = (other[at], other[j]);
                }
            }

            T pivot = column[j];
            regular &= pivot != T.Zero && T.IsFinite(pivot);
            int below = height - j - 1;
            if (pivot == T.Zero)
                continue;
            var tail = new Span<T>(column + j + 1, below);
            if (T.Abs(pivot) > safe)
                Scale(T.One / pivot, tail);
            else
                System.Numerics.Tensors.TensorPrimitives.Divide(tail, pivot, tail);
            for (int c = j + 1; c < start + count; c++)
            {
                T* other = f + (c * ld);
                VectorKernels.AddScaled(-other[j], tail, new Span<T>(other + j + 1, below));
            }
        }

        return regular;
    }

    private static unsafe void Scale<T>(T factor, Span<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        fixed (T* p = x)
        {
            int i = 0;
            if (VectorKernels.IsVectorized<T>())
            {
                Vector256<T> scale = Vector256.Create(factor);
                for (; i <= x.Length - Vector256<T>.Count; i += Vector256<T>.Count)
                    (Vector256.Load(p + i) * scale).Store(p + i);
            }

            for (; i < x.Length; i++)
                p[i] *= factor;
        }
    }

    /// <summary>The index of the largest absolute value, the first of equals; NaN counts as nothing.</summary>
    private static unsafe int LargestAt<T>(int n, T* x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T largest = T.NegativeOne;
        int i = 0;
        if (VectorKernels.IsVectorized<T>() && n >= Vector256<T>.Count)
        {
            Vector256<T> best = Vector256.Create(largest);
            for (; i <= n - Vector256<T>.Count; i += Vector256<T>.Count)
            {
                Vector256<T> candidate = Vector256.Abs(Vector256.Load(x + i));
                best = Vector256.ConditionalSelect(Vector256.GreaterThan(candidate, best), candidate, best);
            }

            for (int lane = 0; lane < Vector256<T>.Count; lane++)
                largest = best[lane] > largest ? best[lane] : largest;
        }

        for (; i < n; i++)
        {
            T candidate = T.Abs(x[i]);
            largest = candidate > largest ? candidate : largest;
        }

        i = 0;
        if (VectorKernels.IsVectorized<T>())
        {
            Vector256<T> wanted = Vector256.Create(largest);
            while (i <= n - Vector256<T>.Count && !Vector256.EqualsAny(Vector256.Abs(Vector256.Load(x + i)), wanted))
                i += Vector256<T>.Count;
        }

        for (; i < n; i++)
        {
            if (T.Abs(x[i]) == largest)
                return i;
        }

        return 0;
    }

    private static unsafe void Swap<T>(int n, T* x, T* y) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int i = 0;
        if (VectorKernels.IsVectorized<T>())
        {
            for (; i <= n - Vector256<T>.Count; i += Vector256<T>.Count)
            {
                Vector256<T> left = Vector256.Load(x + i);
                Vector256.Load(y + i).Store(x + i);
                left.Store(y + i);
            }
        }

        for (; i < n; i++)
            (x[i], y[i]) = (y[i], x[i]);
    }
}
