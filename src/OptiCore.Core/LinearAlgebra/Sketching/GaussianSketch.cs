using System.Numerics;
using System.Numerics.Tensors;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The Gaussian sketch: independent normal elements of variance 1/s. The best embedding for its size (distortion about sqrt(n / s) on n dimensions, whatever they are) and the dearest: 2 s m n operations for S A.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
/// <remarks>Elements aren't stored but drawn again a block of rows at a time: element (i, j) is draw i m' + j of the key, with m' = m rounded up to even. W. B. Johnson, J. Lindenstrauss (1984), Extensions of Lipschitz mappings into a Hilbert
/// space; D. P. Woodruff (2014), Sketching as a tool for numerical linear algebra.</remarks>
[Algorithm("Gaussian sketch", "Sketches", "Johnson, Lindenstrauss (1984), Extensions of Lipschitz mappings into a Hilbert space")]
public sealed class GaussianSketch<T> : ISketch<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int Block = 16;

    private readonly RandomKey _key;
    private readonly T[] _rows;
    private readonly T _scale;

    /// <summary>The sketch of a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="rows">The number s of rows of S, at least 1.</param>
    /// <param name="columns">The number m of columns of S: the rows of what is sketched.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is too small.</exception>
    public GaussianSketch(RandomKey key, int rows, int columns)
    {
        _key = key;
        Rows = Require.Positive(rows, nameof(rows));
        Columns = Require.NonNegative(columns, nameof(columns));
        _rows = new T[checked(Math.Min(Block, rows) * columns)];
        _scale = T.One / T.Sqrt(T.CreateTruncating(rows));
    }

    /// <inheritdoc/>
    public int Rows { get; }

    /// <inheritdoc/>
    public int Columns { get; }

    /// <inheritdoc/>
    public void Apply(ReadOnlySpan<T> x, Span<T> y)
    {
        OperatorArgument.Check(this, x, y);
        for (int first = 0; first < Rows; first += Block)
        {
            int count = Math.Min(Block, Rows - first);
            Draw(first, count, _rows);
            Blas.Gemv(false, count, Columns, T.One, _rows, Math.Max(1, Columns), x, T.Zero, y.Slice(first, count));
        }
    }

    /// <inheritdoc/>
    public void ApplyAdjoint(ReadOnlySpan<T> y, Span<T> x)
    {
        OperatorArgument.CheckAdjoint(this, y, x);
        x.Clear();
        for (int first = 0; first < Rows; first += Block)
        {
            int count = Math.Min(Block, Rows - first);
            Draw(first, count, _rows);
            Blas.Gemv(true, count, Columns, T.One, _rows, Math.Max(1, Columns), y.Slice(first, count), T.One, x);
        }
    }

    /// <inheritdoc/>
    public void Apply(ReadOnlySpan<T> a, int n, int lda, Span<T> sa, int ldsa, IWorkers? workers = null)
    {
        SketchArgument.Check(this, a, n, lda, sa, ldsa);
        if (workers is not null && workers.Count > 1 && Rows > Block)
        {
            InPieces(a, n, lda, sa, ldsa, workers);
            return;
        }

        for (int first = 0; first < Rows; first += Block)
            OneBlock(first, a, n, lda, sa, ldsa, _rows);
    }

    private unsafe void InPieces(ReadOnlySpan<T> a, int n, int lda, Span<T> sa, int ldsa, IWorkers workers)
    {
        int lengthA = a.Length, lengthSa = sa.Length;
        fixed (T* pinnedA = a, pinnedSa = sa)
        {
            T* pa = pinnedA, psa = pinnedSa;
            workers.ForEach((Rows + Block - 1) / Block, piece =>
            {
                T[] rows = System.Buffers.ArrayPool<T>.Shared.Rent(Math.Max(1, Block * Columns));
                OneBlock(piece * Block, new ReadOnlySpan<T>(pa, lengthA), n, lda, new Span<T>(psa, lengthSa), ldsa, rows);
                System.Buffers.ArrayPool<T>.Shared.Return(rows);
            });
        }
    }

    private void OneBlock(int first, ReadOnlySpan<T> a, int n, int lda, Span<T> sa, int ldsa, T[] rows)
    {
        int count = Math.Min(Block, Rows - first);
        Draw(first, count, rows);
        Blas.Gemm(false, false, count, n, Columns, T.One, rows, Math.Max(1, Columns), a, lda, T.Zero, n == 0 ? default : sa[(first * ldsa)..], ldsa);
    }

    private void Draw(int first, int count, Span<T> rows)
    {
        // Normal draws come in pairs: each row begins at an even one, so that it doesn't depend on those before.
        Span<T> elements = rows[..(count * Columns)];
        for (int i = 0; i < count; i++)
            NormalFill.Fill(_key, elements.Slice(i * Columns, Columns), (ulong)(first + i) * (ulong)((Columns + 1) & ~1));
        TensorPrimitives.Multiply(elements, _scale, elements);
    }
}
