using System.Numerics;
using OptiCore.Fourier;
using OptiCore.Randomness;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The subsampled randomized Hadamard transform, S = sqrt(p / s) R H D with p the power of two from m on: D turns signs at random, H is the orthogonal Walsh-Hadamard transform, R picks s of its p rows without
/// replacement. p log2 p operations for a vector.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
/// <remarks>Nearly as good an embedding as <see cref="GaussianSketch{T}"/> for s a little more than n log n, at p log2 p n operations for S A. A matrix is transformed a group of columns at a time. J. A. Tropp (2011), Improved analysis of the subsampled
/// randomized Hadamard transform, Adv. Adapt. Data Anal. 3, 115-126; N. Ailon, B. Chazelle (2006), Approximate nearest neighbors and the fast Johnson-Lindenstrauss transform.</remarks>
[Algorithm("Subsampled randomized Hadamard transform", "Sketches", "Tropp (2011), Improved analysis of the subsampled randomized Hadamard transform")]
public sealed class HadamardSketch<T> : ISketch<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The columns that are transformed together: full vectors, and a working set that stays small.</summary>
    private const int Group = 16;

    private readonly bool[] _turned;
    private readonly int[] _picked;
    private readonly T[] _work;
    private readonly T _scale;

    /// <summary>The sketch of a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="rows">The number s of rows of S: at least 1, at most the power of two from m on.</param>
    /// <param name="columns">The number m of columns of S, at least 1: the rows of what is sketched.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is too small, or there are more rows than the transform has.</exception>
    public HadamardSketch(RandomKey key, int rows, int columns)
    {
        Rows = Require.Positive(rows, nameof(rows));
        Columns = Require.Positive(columns, nameof(columns));
        PaddedLength = checked((int)BitOperations.RoundUpToPowerOf2((uint)columns));
        if (rows > PaddedLength)
            throw new ArgumentOutOfRangeException(nameof(rows), rows, $"rows is {rows}; the transform of {columns} elements has {PaddedLength}.");
        uint[] bits = new uint[(columns + 31) / 32];
        RandomFill.Bits(key.Fold("signs"), bits);
        _turned = new bool[columns];
        for (int i = 0; i < columns; i++)
            _turned[i] = ((bits[i / 32] >> (i % 32)) & 1) != 0;

        // Ordered, so that the picked rows are read in order.
        int[] order = new int[PaddedLength];
        RandomOrder.Permutation(key.Fold("rows"), order);
        _picked = order[..rows];
        Array.Sort(_picked);
        _work = new T[checked(PaddedLength * Group)];
        _scale = T.One / T.Sqrt(T.CreateTruncating(rows));
    }

    /// <inheritdoc/>
    public int Rows { get; }

    /// <inheritdoc/>
    public int Columns { get; }

    /// <summary>The power of two p at which the transform runs.</summary>
    public int PaddedLength { get; }

    /// <inheritdoc/>
    public void Apply(ReadOnlySpan<T> x, Span<T> y)
    {
        OperatorArgument.Check(this, x, y);
        OneGroup(x, 1, 1, y, 1, _work);
    }

    /// <inheritdoc/>
    public void ApplyAdjoint(ReadOnlySpan<T> y, Span<T> x)
    {
        OperatorArgument.CheckAdjoint(this, y, x);
        Span<T> work = _work.AsSpan(0, PaddedLength);
        work.Clear();
        for (int i = 0; i < y.Length; i++)
            work[_picked[i]] = _scale * y[i];
        WalshHadamard.Transform(work);
        for (int i = 0; i < x.Length; i++)
            x[i] = _turned[i] ? -work[i] : work[i];
    }

    /// <inheritdoc/>
    public void Apply(ReadOnlySpan<T> a, int n, int lda, Span<T> sa, int ldsa, IWorkers? workers = null)
    {
        SketchArgument.Check(this, a, n, lda, sa, ldsa);
        if (workers is not null && workers.Count > 1 && n > Group)
        {
            InPieces(a, n, lda, sa, ldsa, workers);
            return;
        }

        for (int first = 0; first < n; first += Group)
            OneGroup(a[first..], Math.Min(Group, n - first), lda, sa[first..], ldsa, _work);
    }

    private unsafe void InPieces(ReadOnlySpan<T> a, int n, int lda, Span<T> sa, int ldsa, IWorkers workers)
    {
        int lengthA = a.Length, lengthSa = sa.Length;
        fixed (T* pinnedA = a, pinnedSa = sa)
        {
            T* pa = pinnedA, psa = pinnedSa;
            workers.ForEach((n + Group - 1) / Group, piece =>
            {
                int first = piece * Group;
                T[] work = System.Buffers.ArrayPool<T>.Shared.Rent(_work.Length);
                OneGroup(new ReadOnlySpan<T>(pa + first, lengthA - first), Math.Min(Group, n - first), lda, new Span<T>(psa + first, lengthSa - first), ldsa, work);
                System.Buffers.ArrayPool<T>.Shared.Return(work);
            });
        }
    }

    private void OneGroup(ReadOnlySpan<T> a, int width, int lda, Span<T> sa, int ldsa, T[] memory)
    {
        Span<T> work = memory.AsSpan(0, PaddedLength * width);
        for (int i = 0; i < Columns; i++)
        {
            ReadOnlySpan<T> from = a.Slice(i * lda, width);
            Span<T> to = work.Slice(i * width, width);
            if (_turned[i])
                System.Numerics.Tensors.TensorPrimitives.Negate(from, to);
            else
                from.CopyTo(to);
        }

        work[(Columns * width)..].Clear();
        WalshHadamard.TransformColumns(work, PaddedLength, width);
        for (int i = 0; i < Rows; i++)
            System.Numerics.Tensors.TensorPrimitives.Multiply(work.Slice(_picked[i] * width, width), _scale, sa.Slice(i * ldsa, width));
    }
}
