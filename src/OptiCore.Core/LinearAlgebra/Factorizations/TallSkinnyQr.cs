using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// R of the QR factorization A = Q R of a matrix with many more rows than columns: blocks of rows are factored independently, and their factors R joined pairwise in a
/// tree. Each block stays in the cache, blocks may be worked on at the same time, and the tree is fixed by the sizes: the same bits for any number of workers.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
/// <remarks>
/// <para>R has a diagonal that isn't negative, which makes it unique where A has full rank. About 2 m n^2 operations, as for <see cref="Qr{T}"/>, which also gives Q. For
/// least-squares problems append b as a last column, or use <see cref="HouseholderSketch{T}"/>, which does and takes rows as they come.</para>
/// <para>Nothing is allocated after the first calls without workers; with workers a few objects for each call.</para>
/// <para>Demmel, Grigori, Hoemmen and Langou (2012), Communication-optimal parallel and sequential QR and LU factorizations.</para>
/// </remarks>
public sealed class TallSkinnyQr<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    // A block of doubles and its reflections fill half of a 512 KiB L2 cache.
    private const int BlockElements = 16384;

    private readonly int _blocks;
    private readonly T[] _triangles;
    private readonly T[] _stack;
    private readonly Qr<T>? _last;
    private readonly Qr<T> _join;
    private Qr<T>[] _lanes;

    /// <summary>Allocates everything for matrices of one size.</summary>
    /// <param name="rows">The number m of rows, at least <paramref name="columns"/>.</param>
    /// <param name="columns">The number n of columns, at least 1.</param>
    /// <param name="blockRows">The rows of a block, at least <paramref name="columns"/>; part of the definition of the result. 0: chosen from the number of columns.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is too small.</exception>
    public TallSkinnyQr(int rows, int columns, int blockRows = 0)
    {
        Columns = Require.Positive(columns, nameof(columns));
        Rows = Require.AtLeast(rows, columns, nameof(rows));
        BlockRows = Math.Min(rows, blockRows == 0 ? Math.Max(BlockElements / columns, 4 * columns) : Require.AtLeast(blockRows, columns, nameof(blockRows)));

        // The last block takes the rows that don't fill one: its R stays square.
        _blocks = Math.Max(1, rows / BlockRows);
        int lastRows = rows - ((_blocks - 1) * BlockRows);
        _last = lastRows == BlockRows ? null : new Qr<T>(lastRows, columns);
        _triangles = new T[checked(_blocks * columns * columns)];
        _stack = new T[2 * columns * columns];
        _join = new Qr<T>(2 * columns, columns);
        _lanes = [new Qr<T>(BlockRows, columns)];
    }

    /// <summary>The number m of rows of A.</summary>
    public int Rows { get; }

    /// <summary>The number n of columns of A.</summary>
    public int Columns { get; }

    /// <summary>The rows of a block.</summary>
    public int BlockRows { get; }

    /// <summary>Writes R of a matrix.</summary>
    /// <param name="a">The matrix A, row-major, m n elements. Is only read.</param>
    /// <param name="r">Receives the n x n triangle, row-major, with zeros below the diagonal.</param>
    /// <param name="workers">Who factors the blocks; default: the calling thread.</param>
    /// <exception cref="ArgumentException">A span has another length.</exception>
    public unsafe void Factor(ReadOnlySpan<T> a, Span<T> r, IWorkers? workers = null)
    {
        int n = Columns, square = n * n;
        Require.Length(a.Length, checked(Rows * n), nameof(a));
        Require.Length(r.Length, square, nameof(r));
        if (workers is null || workers.Count == 1 || _blocks == 1)
        {
            for (int block = 0; block < _blocks; block++)
                FactorBlock(a, block, _lanes[0]);
        }
        else
        {
            Parallel(a, workers);
        }

        for (int step = 1; step < _blocks; step *= 2)
        {
            for (int block = 0; block + step < _blocks; block += 2 * step)
            {
                Span<T> triangle = _triangles.AsSpan(block * square, square);
                triangle.CopyTo(_stack);
                _triangles.AsSpan((block + step) * square, square).CopyTo(_stack.AsSpan(square));
                _join.Factor(_stack);
                _join.CopyR(triangle);
            }
        }

        for (int i = 0; i < n; i++)
        {
            Span<T> from = _triangles.AsSpan(i * n, n), to = r.Slice(i * n, n);
            if (T.IsNegative(from[i]))
            {
                for (int j = 0; j < n; j++)
                    to[j] = j < i ? T.Zero : -from[j];
            }
            else
            {
                from.CopyTo(to);
            }
        }
    }

    private unsafe void Parallel(ReadOnlySpan<T> a, IWorkers workers)
    {
        int lanes = Math.Min(workers.Count, _blocks), known = _lanes.Length;
        if (known < lanes)
        {
            Array.Resize(ref _lanes, lanes);
            for (int lane = known; lane < lanes; lane++)
                _lanes[lane] = new Qr<T>(BlockRows, Columns);
        }

        fixed (T* pinned = a)
        {
            T* start = pinned;
            int length = a.Length;
            workers.ForEach(lanes, lane =>
            {
                for (int block = lane; block < _blocks; block += lanes)
                    FactorBlock(new ReadOnlySpan<T>(start, length), block, _lanes[lane]);
            });
        }
    }

    private void FactorBlock(ReadOnlySpan<T> a, int block, Qr<T> lane)
    {
        Qr<T> qr = block == _blocks - 1 && _last is not null ? _last : lane;
        qr.Factor(a.Slice(block * BlockRows * Columns, qr.Rows * Columns));
        qr.CopyR(_triangles.AsSpan(block * Columns * Columns, Columns * Columns));
    }
}
