using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The sparse embedding (CountSketch): each column of S has z nonzeros of size 1/sqrt(z) and random signs, in z blocks of s/z rows, one in each. z m n operations for S A, or z for each stored element of a sparse matrix: the cheapest sketch.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
/// <remarks>
/// <para>With z = 1, an embedding of n dimensions needs s in proportion to n^2; with a few more nonzeros (8 serves in practice), in proportion to n log n. Columns are drawn by key and held: z indices for each.</para>
/// <para>M. Charikar, K. Chen, M. Farach-Colton (2002), Finding frequent items in data streams; K. L. Clarkson, D. P. Woodruff (2013), Low rank approximation and regression in input sparsity time; J. Nelson, H. L. Nguyen (2013), OSNAP: faster numerical
/// linear algebra algorithms via sparser subspace embeddings.</para>
/// </remarks>
[Algorithm("CountSketch", "Sketches", "Clarkson, Woodruff (2013), Low rank approximation and regression in input sparsity time")]
public sealed class CountSketch<T> : ISketch<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The columns of A that one worker sketches at a time.</summary>
    private const int PieceColumns = 64;

    private readonly int[] _places;
    private readonly T[] _values;

    /// <summary>The sketch of a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="rows">The number s of rows of S, at least 1.</param>
    /// <param name="columns">The number m of columns of S: the rows of what is sketched.</param>
    /// <param name="nonzeros">The number z of nonzeros of each column, from 1 to s. Default: 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is too small, or there are more nonzeros than rows.</exception>
    public CountSketch(RandomKey key, int rows, int columns, int nonzeros = 1)
    {
        Rows = Require.Positive(rows, nameof(rows));
        Columns = Require.NonNegative(columns, nameof(columns));
        Nonzeros = Require.Positive(nonzeros, nameof(nonzeros));
        if (nonzeros > rows)
            throw new ArgumentOutOfRangeException(nameof(nonzeros), nonzeros, $"nonzeros is {nonzeros}, more than the {rows} rows.");
        _places = new int[checked(columns * nonzeros)];
        _values = new T[_places.Length];
        T size = T.One / T.Sqrt(T.CreateTruncating(nonzeros));
        for (int j = 0; j < columns; j++)
        {
            RandomStream stream = key.Fold(j).Stream();
            uint signs = 0;
            for (int i = 0; i < nonzeros; i++)
            {
                // Block i: rows floor(i s / z) to floor((i + 1) s / z) - 1.
                int first = (int)((long)i * rows / nonzeros), end = (int)((long)(i + 1) * rows / nonzeros);
                if (i % 32 == 0)
                    signs = stream.NextUInt32();
                _places[(j * nonzeros) + i] = first + stream.NextInt32(end - first);
                _values[(j * nonzeros) + i] = ((signs >> (i % 32)) & 1) != 0 ? size : -size;
            }
        }
    }

    /// <inheritdoc/>
    public int Rows { get; }

    /// <inheritdoc/>
    public int Columns { get; }

    /// <summary>The number z of nonzeros of each column.</summary>
    public int Nonzeros { get; }

    /// <inheritdoc/>
    public void Apply(ReadOnlySpan<T> x, Span<T> y)
    {
        OperatorArgument.Check(this, x, y);
        y.Clear();
        for (int p = 0; p < _places.Length; p++)
        {
            ref T target = ref y[_places[p]];
            target = T.FusedMultiplyAdd(_values[p], x[p / Nonzeros], target);
        }
    }

    /// <inheritdoc/>
    public void ApplyAdjoint(ReadOnlySpan<T> y, Span<T> x)
    {
        OperatorArgument.CheckAdjoint(this, y, x);
        for (int j = 0; j < x.Length; j++)
        {
            T sum = T.Zero;
            for (int p = j * Nonzeros; p < (j + 1) * Nonzeros; p++)
                sum = T.FusedMultiplyAdd(_values[p], y[_places[p]], sum);
            x[j] = sum;
        }
    }

    /// <inheritdoc/>
    public void Apply(ReadOnlySpan<T> a, int n, int lda, Span<T> sa, int ldsa, IWorkers? workers = null)
    {
        SketchArgument.Check(this, a, n, lda, sa, ldsa);
        if (workers is not null && workers.Count > 1 && n > PieceColumns)
            InPieces(a, n, lda, sa, ldsa, workers);
        else
            SomeColumns(a, n, lda, sa, ldsa);
    }

    /// <summary>The sketch S A of a sparse matrix, dense. z operations for each stored element.</summary>
    /// <param name="a">The matrix A, m x n.</param>
    /// <param name="sa">Receives S A, s x n, row-major.</param>
    /// <param name="ldsa">The distance between rows of S A.</param>
    /// <exception cref="ArgumentException">A size doesn't fit.</exception>
    public void Apply(CsrMatrix<T> a, Span<T> sa, int ldsa)
    {
        ArgumentNullException.ThrowIfNull(a);
        if (a.Rows != Columns)
            throw new ArgumentException($"a has {a.Rows} rows, expected {Columns}.", nameof(a));
        MatrixArgument.Check(sa.Length, Rows, a.Columns, ldsa, nameof(sa));
        for (int i = 0; i < Rows && a.Columns > 0; i++)
            sa.Slice(i * ldsa, a.Columns).Clear();
        for (int p = 0; p < _places.Length; p++)
        {
            ReadOnlySpan<int> columns = a.RowColumns(p / Nonzeros);
            ReadOnlySpan<T> values = a.RowValues(p / Nonzeros);
            for (int q = 0; q < columns.Length; q++)
            {
                ref T target = ref sa[(_places[p] * ldsa) + columns[q]];
                target = T.FusedMultiplyAdd(_values[p], values[q], target);
            }
        }
    }

    private unsafe void InPieces(ReadOnlySpan<T> a, int n, int lda, Span<T> sa, int ldsa, IWorkers workers)
    {
        int lengthA = a.Length, lengthSa = sa.Length;
        fixed (T* pinnedA = a, pinnedSa = sa)
        {
            T* pa = pinnedA, psa = pinnedSa;
            workers.ForEach((n + PieceColumns - 1) / PieceColumns, piece =>
            {
                int first = piece * PieceColumns;
                SomeColumns(new ReadOnlySpan<T>(pa + first, lengthA - first), Math.Min(PieceColumns, n - first), lda, new Span<T>(psa + first, lengthSa - first), ldsa);
            });
        }
    }

    private void SomeColumns(ReadOnlySpan<T> a, int width, int lda, Span<T> sa, int ldsa)
    {
        if (width == 0)
            return;
        for (int i = 0; i < Rows; i++)
            sa.Slice(i * ldsa, width).Clear();
        for (int p = 0; p < _places.Length; p++)
            VectorKernels.AddScaled(_values[p], a.Slice(p / Nonzeros * lda, width), sa.Slice(_places[p] * ldsa, width));
    }
}
