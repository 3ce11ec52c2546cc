using System.Buffers;
using System.Numerics;
using System.Numerics.Tensors;
using OptiCore.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The QR factorization A = Q R of an m x n matrix by blocked Householder reflections: least-squares problems of full rank, orthonormal bases. For matrices
/// whose rank is in doubt prefer <see cref="PivotedQr{T}"/>, for many more rows than columns <see cref="TallSkinnyQr{T}"/>.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
/// <remarks>
/// <para>R is k x n and upper trapezoidal, Q is m x m orthogonal with k = min(m, n) reflections; the signs of R's diagonal are free, as the stable choice of
/// each reflection gives them. About 2 n^2 (m - n/3) operations for m >= n, nearly all of them in products of matrices: panels of 32 columns are factored
/// recursively, and their reflections applied at once as I - V T V'.</para>
/// <para>The factors live in the object, which is allocated once for a size, about 2 m n elements, and may factor any number of matrices: nothing is allocated
/// after the first calls. A matrix with an element that isn't finite gives factors that aren't finite.</para>
/// <para>Schreiber and Van Loan (1989), A storage-efficient WY representation for products of Householder transformations; Elmroth and Gustavson
/// (2000), Applying recursion to serial and parallel QR factorization leads to better performance.</para>
/// </remarks>
public sealed class Qr<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int PanelWidth = 32;
    private const int SmallestPanel = 8;
    private const int ChunkBytes = 192 * 1024;

    // A reflection works along columns: row j of _factors is column j of A and then of R; row j of _vectors is the j-th reflection's vector, with its zeros and
    // its one, from the first column of its panel on. The blocks T of the panels lie one below the other.
    private readonly T[] _factors;
    private readonly T[] _vectors;
    private readonly T[] _blocks;
    private readonly T[] _products;
    private readonly T[] _work;
    private readonly int _spread;
    private readonly int _chunk;

    /// <summary>Allocates everything for matrices of one size.</summary>
    /// <param name="rows">The number m of rows, at least 1.</param>
    /// <param name="columns">The number n of columns, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is smaller than 1.</exception>
    public unsafe Qr(int rows, int columns)
    {
        Rows = Require.Positive(rows, nameof(rows));
        Columns = Require.Positive(columns, nameof(columns));
        _spread = PanelKernels.Spread<T>(rows);
        _factors = new T[checked(columns * _spread)];
        _vectors = new T[checked(Steps * _spread)];

        // Products read whole groups of columns, which in the last row may lie beyond the block.
        _blocks = new T[(((Steps + PanelWidth - 1) / PanelWidth) * PanelWidth * PanelWidth) + PanelKernels.Width<T>()];
        _chunk = Math.Clamp(ChunkBytes / (_spread * sizeof(T)) / 6 * 6, 6, Math.Max(6, columns));
        _products = new T[2 * Math.Max(_chunk, PanelWidth) * PanelWidth];
        _work = new T[Math.Max(rows, columns)];
    }

    /// <summary>The number m of rows of A.</summary>
    public int Rows { get; }

    /// <summary>The number n of columns of A.</summary>
    public int Columns { get; }

    /// <summary>The number k = min(m, n) of rows of R.</summary>
    public int Steps => Math.Min(Rows, Columns);

    /// <summary>Factors a contiguous matrix; replaces the factorization before.</summary>
    /// <param name="a">The matrix A, row-major, m n elements. Is only read.</param>
    /// <exception cref="ArgumentException">The matrix has another number of elements.</exception>
    public void Factor(ReadOnlySpan<T> a)
    {
        Require.Length(a.Length, Rows * Columns, nameof(a));
        Factor(a, Columns);
    }

    /// <summary>Factors a matrix; replaces the factorization before.</summary>
    /// <param name="a">The m x n matrix A, row-major. Is only read.</param>
    /// <param name="lda">The distance between rows.</param>
    /// <exception cref="ArgumentException">The matrix doesn't fit into the span.</exception>
    public unsafe void Factor(ReadOnlySpan<T> a, int lda)
    {
        MatrixArgument.Check(a.Length, Rows, Columns, lda, nameof(a));
        int m = Rows, n = Columns, steps = Steps;
        nint ld = _spread;
        _blocks.AsSpan().Clear();
        fixed (T* source = a, factors = _factors, vectors = _vectors, blocks = _blocks)
        {
            PanelTranspose.Copy(m, n, source, lda, factors, ld);
            for (int j = 0; j < n; j++)
                new Span<T>(factors + (j * ld) + m, (int)ld - m).Clear();
            for (int first = 0; first < steps; first += PanelWidth)
            {
                int size = Math.Min(PanelWidth, steps - first), next = first + size;
                T* block = blocks + ((nint)first * PanelWidth);
                Panel(first, first, size, factors, vectors, block);
                for (int j = next; j < n; j += _chunk)
                    Apply(first, size, Math.Min(_chunk, n - j), factors + (j * ld), vectors + (first * ld), block);
            }
        }
    }

    /// <summary>The element R[i, j]; 0 below the diagonal.</summary>
    /// <param name="i">The row, from 0 to k - 1.</param>
    /// <param name="j">The column, from 0 to n - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An index lies outside.</exception>
    public T R(int i, int j)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(i);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(i, Steps);
        ArgumentOutOfRangeException.ThrowIfNegative(j);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(j, Columns);
        return i <= j ? _factors[(j * _spread) + i] : T.Zero;
    }

    /// <summary>Writes R, k x n, with zeros below the diagonal.</summary>
    /// <param name="r">Receives k n elements, row-major.</param>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    public void CopyR(Span<T> r)
    {
        Require.Length(r.Length, Steps * Columns, nameof(r));
        for (int i = 0; i < Steps; i++)
        {
            Span<T> row = r.Slice(i * Columns, Columns);
            row[..i].Clear();
            for (int j = i; j < Columns; j++)
                row[j] = _factors[(j * _spread) + i];
        }
    }

    /// <summary>Writes the first k columns of Q, an orthonormal basis of the columns of A where these are independent. About 4 m k^2 operations at most.</summary>
    /// <param name="q">Receives m k elements, row-major.</param>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    public void CopyQ(Span<T> q)
    {
        int k = Steps;
        Require.Length(q.Length, Rows * k, nameof(q));
        q.Clear();
        for (int i = 0; i < k; i++)
            q[(i * k) + i] = T.One;
        ApplyToMatrix(q, k, k, transpose: false, identity: true);
    }

    /// <summary>Replaces a vector v by Q' v, with the full m x m matrix Q. About 4 m k operations.</summary>
    /// <param name="v">The vector, m elements.</param>
    /// <exception cref="ArgumentException">The vector has another length.</exception>
    public void ApplyQTransposed(Span<T> v)
    {
        Require.Length(v.Length, Rows, nameof(v));
        for (int j = 0; j < Steps; j++)
            ReflectVector(j, v);
    }

    /// <summary>Replaces a vector v by Q v, with the full m x m matrix Q. About 4 m k operations.</summary>
    /// <param name="v">The vector, m elements.</param>
    /// <exception cref="ArgumentException">The vector has another length.</exception>
    public void ApplyQ(Span<T> v)
    {
        Require.Length(v.Length, Rows, nameof(v));
        for (int j = Steps - 1; j >= 0; j--)
            ReflectVector(j, v);
    }

    /// <summary>Replaces a matrix B by Q' B. About 4 m k operations for each column.</summary>
    /// <param name="b">The m x <paramref name="columns"/> matrix B, row-major.</param>
    /// <param name="columns">The columns of B.</param>
    /// <param name="ldb">The distance between rows of B.</param>
    /// <exception cref="ArgumentException">The matrix doesn't fit into the span.</exception>
    public void ApplyQTransposed(Span<T> b, int columns, int ldb)
    {
        Require.NonNegative(columns, nameof(columns));
        MatrixArgument.Check(b.Length, Rows, columns, ldb, nameof(b));
        ApplyToMatrix(b, columns, ldb, transpose: true, identity: false);
    }

    /// <summary>Replaces a matrix B by Q B. About 4 m k operations for each column.</summary>
    /// <param name="b">The m x <paramref name="columns"/> matrix B, row-major.</param>
    /// <param name="columns">The columns of B.</param>
    /// <param name="ldb">The distance between rows of B.</param>
    /// <exception cref="ArgumentException">The matrix doesn't fit into the span.</exception>
    public void ApplyQ(Span<T> b, int columns, int ldb)
    {
        Require.NonNegative(columns, nameof(columns));
        MatrixArgument.Check(b.Length, Rows, columns, ldb, nameof(b));
        ApplyToMatrix(b, columns, ldb, transpose: false, identity: false);
    }

    /// <summary>Solves R y = v in place for the leading s x s block of R, s being the length of the vector.</summary>
    /// <param name="v">The right side, replaced by the solution; at most k elements.</param>
    /// <exception cref="ArgumentOutOfRangeException">The vector is longer than k.</exception>
    /// <remarks>A zero on the diagonal gives infinities or NaN.</remarks>
    public void SolveR(Span<T> v)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(v.Length, Steps, nameof(v));
        for (int j = v.Length - 1; j >= 0; j--)
        {
            ReadOnlySpan<T> column = _factors.AsSpan(j * _spread, j + 1);
            T y = v[j] / column[j];
            v[j] = y;
            VectorKernels.AddScaled(-y, column[..j], v[..j]);
        }
    }

    /// <summary>Solves R[0..s, 0..s]' y = v in place, s being the length of the vector.</summary>
    /// <param name="v">The right side, replaced by the solution; at most k elements.</param>
    /// <exception cref="ArgumentOutOfRangeException">The vector is longer than k.</exception>
    /// <remarks>A zero on the diagonal gives infinities or NaN.</remarks>
    public void SolveRTransposed(Span<T> v)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(v.Length, Steps, nameof(v));
        for (int j = 0; j < v.Length; j++)
        {
            ReadOnlySpan<T> column = _factors.AsSpan(j * _spread, j + 1);
            v[j] = (v[j] - Reduce.Dot<T>(column[..j], v[..j])) / column[j];
        }
    }

    /// <summary>The least-squares solution: the minimiser x of |A x - b| for a matrix of full column rank. About 4 m n operations.</summary>
    /// <param name="b">The right side, m elements. Is only read.</param>
    /// <param name="x">Receives n elements.</param>
    /// <param name="residualNorm">Receives |A x - b|.</param>
    /// <returns>False when R has a zero or a number that isn't finite on its diagonal: then x isn't finite. That the diagonal is merely small isn't
    /// noticed: see <see cref="ReciprocalCondition"/>.</returns>
    /// <exception cref="InvalidOperationException">A has more columns than rows: see <see cref="CompleteOrthogonal{T}"/>.</exception>
    /// <exception cref="ArgumentException">A vector has another length.</exception>
    public bool TrySolve(ReadOnlySpan<T> b, Span<T> x, out T residualNorm)
    {
        if (Rows < Columns)
            throw new InvalidOperationException("A has more columns than rows: the least-squares solution isn't unique. CompleteOrthogonal gives the shortest one.");
        Require.Length(b.Length, Rows, nameof(b));
        Require.Length(x.Length, Columns, nameof(x));
        Span<T> work = _work.AsSpan(0, Rows);
        b.CopyTo(work);
        ApplyQTransposed(work);
        residualNorm = Reduce.Norm<T>(work[Columns..]);
        work[..Columns].CopyTo(x);
        SolveR(x);
        bool regular = true;
        for (int j = 0; j < Columns; j++)
        {
            T pivot = _factors[(j * _spread) + j];
            regular &= pivot != T.Zero && T.IsFinite(pivot);
        }

        return regular;
    }

    /// <summary>An estimate of 1 / (|R|_1 |R^-1|_1) for the leading k x k block, as <see cref="ConditionEstimate"/> gives it; 0 for a singular R.</summary>
    public T ReciprocalCondition()
    {
        int k = Steps;
        T[] rented = ArrayPool<T>.Shared.Rent(k * k);
        Span<T> r = rented.AsSpan(0, k * k);
        for (int i = 0; i < k; i++)
        {
            for (int j = 0; j < k; j++)
                r[(i * k) + j] = i <= j ? _factors[(j * _spread) + i] : T.Zero;
        }

        T result = ConditionEstimate.Triangular<T>(Triangle.Upper, k, r, k);
        ArrayPool<T>.Shared.Return(rented);
        return result;
    }

    private static int AlignDown(int index) => index & -PanelKernels.Width<T>();

    /// <summary>Factors columns start to start + count, rows of the transposed storage, and completes their part of the panel's T.</summary>
    private unsafe void Panel(int panel, int start, int count, T* factors, T* vectors, T* block)
    {
        nint ld = _spread;
        T* corner = block + ((nint)(start - panel) * (PanelWidth + 1));
        if (count <= SmallestPanel)
        {
            Columnwise(panel, start, count, factors, vectors, corner);
            return;
        }

        int left = ((count / 2) + SmallestPanel - 1) / SmallestPanel * SmallestPanel, right = count - left, next = start + left;
        Panel(panel, start, left, factors, vectors, block);
        Apply(start, left, right, factors + (next * ld), vectors + (start * ld), corner);
        Panel(panel, next, right, factors, vectors, block);

        // (I - V1 T1 V1')(I - V2 T2 V2') has T12 = -T1 (V1' V2) T2.
        int from = AlignDown(next);
        T* far = corner + ((nint)left * (PanelWidth + 1));
        fixed (T* products = _products)
        {
            T* second = products + (_products.Length / 2);
            PanelKernels.Dots(left, right, (int)ld - from, vectors + (start * ld) + from, ld, vectors + (next * ld) + from, ld, products, PanelWidth);
            PanelKernels.Multiply(true, left, PanelKernels.WholeGroups<T>(right), right, products, PanelWidth, 1, far, PanelWidth, second, PanelWidth);
            PanelKernels.Multiply(false, left, right, left, corner, PanelWidth, 1, second, PanelWidth, corner + left, PanelWidth);
        }
    }

    /// <summary>A few columns, one reflection after the other.</summary>
    private unsafe void Columnwise(int panel, int start, int count, T* factors, T* vectors, T* corner)
    {
        nint ld = _spread;
        int from = AlignDown(start), length = (int)ld - from, zeros = AlignDown(panel);
        T* gram = stackalloc T[SmallestPanel * SmallestPanel];
        for (int j = start; j < start + count; j++)
        {
            T* vector = vectors + (j * ld);
            new Span<T>(vector + zeros, j - zeros).Clear();
            T tau = Reflect(Rows - j, factors + (j * ld) + j, vector + j);
            new Span<T>(vector + Rows, (int)ld - Rows).Clear();
            corner[(j - start) * (PanelWidth + 1)] = tau;
            int rest = start + count - j - 1;
            if (tau == T.Zero || rest == 0)
                continue;
            T* others = factors + ((j + 1) * ld) + from;
            PanelKernels.Dots(rest, 1, length, others, ld, vector + from, ld, gram, 1);
            for (int c = 0; c < rest; c++)
                VectorKernels.AddScaled(-tau * gram[c], new ReadOnlySpan<T>(vector + from, length), new Span<T>(others + (c * ld), length));
        }

        if (count == 1)
            return;
        PanelKernels.Dots(count, count, length, vectors + (start * ld) + from, ld, vectors + (start * ld) + from, ld, gram, SmallestPanel);
        for (int j = 1; j < count; j++)
        {
            T tau = corner[j * (PanelWidth + 1)];
            for (int i = 0; i < j; i++)
            {
                T sum = T.Zero;
                for (int l = i; l < j; l++)
                    sum = T.FusedMultiplyAdd(corner[(i * PanelWidth) + l], gram[(l * SmallestPanel) + j], sum);
                corner[(i * PanelWidth) + j] = -tau * sum;
            }
        }
    }

    /// <summary>Rows of the transposed storage become those of (I - V T' V') C.</summary>
    private unsafe void Apply(int start, int count, int rows, T* c, T* vectors, T* corner)
    {
        nint ld = _spread;
        int from = AlignDown(start), length = (int)ld - from;
        fixed (T* products = _products)
        {
            T* second = products + (_products.Length / 2);
            PanelKernels.Dots(rows, count, length, c + from, ld, vectors + from, ld, products, PanelWidth);
            PanelKernels.Multiply(true, rows, PanelKernels.WholeGroups<T>(count), count, products, PanelWidth, 1, corner, PanelWidth, second, PanelWidth);
            PanelKernels.Multiply(false, rows, length, count, second, PanelWidth, 1, vectors + from, ld, c + from, ld);
        }
    }

    private unsafe void ApplyToMatrix(Span<T> b, int columns, int ldb, bool transpose, bool identity)
    {
        if (columns == 0)
            return;
        nint ld = _spread;
        int panels = (Steps + PanelWidth - 1) / PanelWidth, half = PanelWidth * PanelKernels.WholeGroups<T>(columns);
        T[] rented = ArrayPool<T>.Shared.Rent(2 * half);
        fixed (T* matrix = b, vectors = _vectors, blocks = _blocks, products = rented)
        {
            for (int step = 0; step < panels; step++)
            {
                int first = (transpose ? step : panels - 1 - step) * PanelWidth, size = Math.Min(PanelWidth, Steps - first), height = Rows - first;

                // Of the identity the columns before the panel are still unit vectors that the panel's reflections leave alone.
                int skip = identity ? first : 0, present = columns - skip;
                T* c = matrix + ((nint)first * ldb) + skip, v = vectors + (first * ld) + first, block = blocks + ((nint)first * PanelWidth), second = products + half;
                PanelKernels.Multiply(true, size, present, height, v, ld, 1, c, ldb, products, present);
                PanelKernels.Multiply(true, size, present, size, block, transpose ? 1 : PanelWidth, transpose ? PanelWidth : 1, products, present, second, present);
                PanelKernels.Multiply(false, height, present, size, v, 1, ld, second, present, c, ldb);
            }
        }

        ArrayPool<T>.Shared.Return(rented);
    }

    private void ReflectVector(int j, Span<T> v)
    {
        int panel = j / PanelWidth * PanelWidth, local = j - panel;
        T tau = _blocks[(panel * PanelWidth) + (local * (PanelWidth + 1))];
        if (tau == T.Zero)
            return;
        ReadOnlySpan<T> vector = _vectors.AsSpan((j * _spread) + j, Rows - j);
        VectorKernels.AddScaled(-tau * Reduce.Dot(vector, v[j..]), vector, v[j..]);
    }

    /// <summary>The reflection (I - tau v v') x = beta e_1 with v[0] = 1: x[0] becomes beta.</summary>
    private static unsafe T Reflect(int n, T* x, T* v)
    {
        v[0] = T.One;
        var tail = new ReadOnlySpan<T>(x + 1, n - 1);
        var target = new Span<T>(v + 1, n - 1);
        T alpha = x[0], norm = Reduce.Norm<T>(new ReadOnlySpan<T>(x, n));
        if (norm == T.Abs(alpha) && !tail.ContainsAnyExcept(T.Zero))
        {
            target.Clear();
            return T.Zero;
        }

        T beta = -T.CopySign(norm, alpha), difference = alpha - beta;

        // Below it the reciprocal overflows.
        if (T.Abs(difference) > T.One / T.BitDecrement(T.PositiveInfinity))
            TensorPrimitives.Multiply(tail, T.One / difference, target);
        else
            TensorPrimitives.Divide(tail, difference, target);
        x[0] = beta;
        return -difference / beta;
    }
}
