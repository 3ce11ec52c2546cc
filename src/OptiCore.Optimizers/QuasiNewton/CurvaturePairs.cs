using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// The last m pairs s = x_new - x, y = g_new - g of a limited-memory method, oldest first, with the inner products that its formulas need. Vectors lie in a ring
/// with one slot more than pairs, into which the next pair is written before it is known whether it will be taken.
/// </summary>
/// <remarks>
/// Everything here is bound by the memory: 2 m n numbers are read once for all inner products of an iteration and once for the combination, block by block, where the two-loop
/// recursion reads them twice and reads and writes the direction 4 m times.
/// </remarks>
internal sealed class CurvaturePairs(int n, int capacity) : IPersistent
{
    private readonly double[] _s = new double[checked((capacity + 1) * n)];
    private readonly double[] _y = new double[checked((capacity + 1) * n)];

    // Row-major, capacity x capacity: s_i.y_j, y_i.y_j and s_i.s_j.
    private readonly double[] _sy = new double[capacity * capacity];
    private readonly double[] _yy = new double[capacity * capacity];
    private readonly double[] _ss = new double[capacity * capacity];
    private readonly double[] _sDot = new double[capacity];
    private readonly double[] _yDot = new double[capacity];
    private int _count, _oldest;

    public int Count => _count;

    /// <summary>Where the next s is written.</summary>
    public Span<double> NextStep => _s.AsSpan(Slot(_count) * n, n);

    /// <summary>Where the next y is written.</summary>
    public Span<double> NextChange => _y.AsSpan(Slot(_count) * n, n);

    /// <summary>s_i.v of the last product.</summary>
    public ReadOnlySpan<double> StepProducts => _sDot.AsSpan(0, _count);

    /// <summary>y_i.v of the last product.</summary>
    public ReadOnlySpan<double> ChangeProducts => _yDot.AsSpan(0, _count);

    public ReadOnlySpan<double> S(int i) => _s.AsSpan(Slot(i) * n, n);

    public ReadOnlySpan<double> Y(int i) => _y.AsSpan(Slot(i) * n, n);

    public double SY(int i, int j) => _sy[(i * capacity) + j];

    public double YY(int i, int j) => _yy[(i * capacity) + j];

    public double SS(int i, int j) => _ss[(i * capacity) + j];

    public void Clear() => (_count, _oldest) = (0, 0);

    /// <summary>Takes the pair that was written, drops the oldest where there is no room, and multiplies all pairs with v in the same pass.</summary>
    /// <param name="v">The gradient, or the new s itself where the products of the steps are needed (<see cref="SS"/> is then complete).</param>
    /// <param name="isStep">True if v is the new s.</param>
    public void Add(ReadOnlySpan<double> v, bool isStep)
    {
        if (_count == capacity)
            DropOldest();
        int newest = _count++;
        for (int i = 0; i <= newest; i++)
            _sy[(i * capacity) + newest] = _yy[(i * capacity) + newest] = 0;
        Array.Clear(_sDot);
        Array.Clear(_yDot);
        for (int from = 0; from < n; from += Vectors.Block)
        {
            int length = Math.Min(Vectors.Block, n - from);
            ReadOnlySpan<double> change = Y(newest).Slice(from, length), vector = v.Slice(from, length);
            for (int i = 0; i <= newest; i++)
            {
                (double sy, double sv, double yy, double yv) = Vectors.FourDots(S(i).Slice(from, length), Y(i).Slice(from, length), change, vector);
                _sy[(i * capacity) + newest] += sy;
                _yy[(i * capacity) + newest] += yy;
                _sDot[i] += sv;
                _yDot[i] += yv;
            }
        }

        for (int i = 0; i < newest; i++)
            _yy[(newest * capacity) + i] = _yy[(i * capacity) + newest];
        if (!isStep)
            return;
        for (int i = 0; i <= newest; i++)
        {
            _ss[(i * capacity) + newest] = _ss[(newest * capacity) + i] = _sDot[i];
            if (i < newest)
                _sy[(newest * capacity) + i] = _yDot[i];
        }
    }

    /// <summary>Computes <see cref="StepProducts"/> and <see cref="ChangeProducts"/>.</summary>
    public void Multiply(ReadOnlySpan<double> v)
    {
        Array.Clear(_sDot);
        Array.Clear(_yDot);
        for (int from = 0; from < n; from += Vectors.Block)
        {
            int length = Math.Min(Vectors.Block, n - from);
            ReadOnlySpan<double> vector = v.Slice(from, length);
            for (int i = 0; i < _count; i++)
            {
                _sDot[i] += Reduce.Dot(S(i).Slice(from, length), vector);
                _yDot[i] += Reduce.Dot(Y(i).Slice(from, length), vector);
            }
        }
    }

    /// <summary>result = scale v + sum_i (a_i s_i + b_i y_i).</summary>
    public void Combine(double scale, ReadOnlySpan<double> v, ReadOnlySpan<double> a, ReadOnlySpan<double> b, Span<double> result)
    {
        for (int from = 0; from < n; from += Vectors.Block)
        {
            int length = Math.Min(Vectors.Block, n - from);
            Span<double> block = result.Slice(from, length);
            Vectors.Scale(scale, v.Slice(from, length), block);
            int k = 0;
            for (; k < _count - 1; k += 2)
            {
                Vectors.AddPairs(
                    a[k], S(k).Slice(from, length), b[k], Y(k).Slice(from, length), a[k + 1], S(k + 1).Slice(from, length), b[k + 1], Y(k + 1).Slice(from, length), block);
            }

            if (k < _count)
                Vectors.AddPair(a[k], S(k).Slice(from, length), b[k], Y(k).Slice(from, length), block);
        }
    }

    private int Slot(int i)
    {
        int slot = _oldest + i;
        return slot > capacity ? slot - capacity - 1 : slot;
    }

    private void DropOldest()
    {
        _oldest = Slot(1);
        _count--;
        for (int i = 0; i < _count; i++)
        {
            for (int j = 0; j < _count; j++)
            {
                _sy[(i * capacity) + j] = _sy[((i + 1) * capacity) + j + 1];
                _yy[(i * capacity) + j] = _yy[((i + 1) * capacity) + j + 1];
                _ss[(i * capacity) + j] = _ss[((i + 1) * capacity) + j + 1];
            }
        }
    }

    public void Persist(StateArchive archive)
    {
        archive.Transfer<double>(_s);
        archive.Transfer<double>(_y);
        archive.Transfer<double>(_sy);
        archive.Transfer<double>(_yy);
        archive.Transfer<double>(_ss);
        archive.Transfer<double>(_sDot);
        archive.Transfer<double>(_yDot);
        archive.Transfer(ref _count);
        archive.Transfer(ref _oldest);
    }
}
