using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptiCore.Fourier;

/// <summary>
/// The transform of a length that the caches don't hold, as a matrix of rows x columns: its columns are transformed, then multiplied by
/// exp(-2 pi i j k / n), then its rows. The memory is passed twice, whatever the length; the transpositions happen on the way.
/// </summary>
/// <remarks>Bailey (1990), FFTs in external or hierarchical memory.</remarks>
internal sealed unsafe class SixStepEngine<T> : FftEngine<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly StockhamEngine<T> _ofColumns;
    private readonly StockhamEngine<T> _ofRows;
    private readonly T[] _twiddleRe;
    private readonly T[] _twiddleIm;
    private readonly int _rows;
    private readonly int _columns;
    private readonly int _leading;
    private readonly int _lanes;

    public SixStepEngine(int rows, int columns)
        : base(rows * columns)
    {
        (_rows, _columns) = (rows, columns);
        _ofColumns = new StockhamEngine<T>(rows);
        _ofRows = rows == columns ? _ofColumns : new StockhamEngine<T>(columns);

        // Two cache lines of pairs at a time, and rows apart that don't fall into one set of the cache.
        _lanes = 2 * Vector256<T>.Count;
        _leading = columns + (2 * Vector256<T>.Count);
        _twiddleRe = new T[Length];
        _twiddleIm = new T[Length];
        var roots = new RootsOfUnity(Length);
        int at = 0;
        for (int first = 0; first < columns; first += _lanes)
        {
            for (int k = 0; k < rows; k++)
            {
                for (int c = 0; c < _lanes; c++, at++)
                {
                    (double re, double im) = roots[(long)(first + c) * k];
                    _twiddleRe[at] = T.CreateTruncating(re);
                    _twiddleIm[at] = T.CreateTruncating(im);
                }
            }
        }
    }

    public override int Work => (2 * _rows * _leading) + BlockWork;

    private int BlockWork => Pass.Scratch<T>() + Math.Max(_ofColumns.VerticalWork(_lanes), _ofRows.VerticalWork(_lanes) + (2 * _columns * _lanes));

    public override void Single(T* source, T* destination, bool inverse, T scale, T* work, IWorkers? workers = null)
    {
        if (inverse)
            Single<ExchangedPairs<T>>(source, destination, scale, work, workers);
        else
            Single<Pairs<T>>(source, destination, scale, work, workers);
    }

    private void Single<TPairs>(T* source, T* destination, T scale, T* work, IWorkers? workers)
        where TPairs : struct, IComplexMemory<T>
    {
        T* re = work, im = work + ((nint)_rows * _leading), rest = im + ((nint)_rows * _leading);
        if (workers is null || workers.Count == 1)
        {
            for (int first = 0; first < _columns; first += _lanes)
                ColumnBlock<TPairs>(source, re, im, first, rest);
            for (int first = 0; first < _rows; first += _lanes)
                RowBlock<TPairs>(re, im, destination, first, scale, rest);
            return;
        }

        Share<TPairs>(source, destination, scale, re, im, workers);
    }

    private void Share<TPairs>(T* source, T* destination, T scale, T* re, T* im, IWorkers workers)
        where TPairs : struct, IComplexMemory<T>
    {
        int size = BlockWork;
        workers.ForEach(_columns / _lanes, i =>
        {
            using var own = new Workspace<T>(size);
            fixed (T* p = own.Span)
                ColumnBlock<TPairs>(source, re, im, i * _lanes, Workspace<T>.Align(p));
        });
        workers.ForEach(_rows / _lanes, i =>
        {
            using var own = new Workspace<T>(size);
            fixed (T* p = own.Span)
                RowBlock<TPairs>(re, im, destination, i * _lanes, scale, Workspace<T>.Align(p));
        });
    }

    private void ColumnBlock<TPairs>(T* source, T* re, T* im, int first, T* work)
        where TPairs : struct, IComplexMemory<T>
    {
        nint at = (nint)first * _rows;
        fixed (T* twiddleRe = _twiddleRe, twiddleIm = _twiddleIm)
        {
            T* from = source + (2 * first);
            _ofColumns.Vertical<TPairs, Split<T>, OutputTwiddles<T>>(from, from, _columns, re + first, im + first, _leading, _lanes, T.One, twiddleRe + at, twiddleIm + at, work);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RowBlock<TPairs>(T* re, T* im, T* destination, int first, T scale, T* work)
        where TPairs : struct, IComplexMemory<T>
    {
        int width = Vector256<T>.Count;
        T* block = work + Pass.Scratch<T>() + _ofRows.VerticalWork(_lanes);
        nint stride = 2 * _lanes;
        for (int c = 0; c < _lanes; c += width)
        {
            T* fromRe = re + ((nint)(first + c) * _leading), fromIm = im + ((nint)(first + c) * _leading);
            for (nint j = 0; j < _columns; j += width)
            {
                Lanes.Transpose(fromRe + j, _leading, block + (j * stride) + c, stride);
                Lanes.Transpose(fromIm + j, _leading, block + (j * stride) + _lanes + c, stride);
            }
        }

        T* to = destination + (2 * first);
        _ofRows.Vertical<Split<T>, TPairs, NoTwiddles<T>>(block, block + _lanes, stride, to, to, _rows, _lanes, scale, null, null, work);
    }
}
