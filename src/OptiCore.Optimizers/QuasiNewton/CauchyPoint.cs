using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <summary>
/// The generalized Cauchy point: the first local minimiser of the quadratic model along the projected steepest descent path x(t) = P(x - t g). Algorithm CP of R. H. Byrd, P. Lu,
/// J. Nocedal, C. Zhu (1995), section 4.
/// </summary>
/// <remarks>Breakpoints come from a heap, so that few of them cost O(n); each one that is passed costs O(m^2).</remarks>
internal sealed class CauchyPoint
{
    private readonly CompactBfgs _matrix;
    private readonly double[] _point, _breakpoint, _direction, _p, _c, _row, _image;
    private readonly int[] _heap;
    private int _heapCount;

    public CauchyPoint(int n, CompactBfgs matrix)
    {
        _matrix = matrix;
        _point = new double[n];
        _breakpoint = new double[n];
        _direction = new double[n];
        _heap = new int[n];
        _p = new double[matrix.Order];
        _c = new double[matrix.Order];
        _row = new double[matrix.Order];
        _image = new double[matrix.Order];
    }

    /// <summary>x^c.</summary>
    public Span<double> Point => _point;

    /// <summary>c = W^T (x^c - x).</summary>
    public ReadOnlySpan<double> Shift => _c;

    public void Find(ReadOnlySpan<double> x, ReadOnlySpan<double> g, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper)
    {
        bool hasPairs = _matrix.Count > 0;
        double theta = _matrix.Scale;
        _heapCount = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double t = g[i] < 0 ? (x[i] - upper[i]) / g[i] : g[i] > 0 ? (x[i] - lower[i]) / g[i] : double.PositiveInfinity;
            _breakpoint[i] = t;
            _direction[i] = t > 0 ? -g[i] : 0;
            if (t > 0 && double.IsFinite(t))
                _heap[_heapCount++] = i;
        }

        x.CopyTo(_point);
        Array.Clear(_c);
        Array.Clear(_p);
        double slope = -Reduce.SumOfSquares<double>(_direction);
        if (slope == 0)
            return;
        double curvature = -theta * slope;
        if (hasPairs)
        {
            _matrix.MultiplyTransposed(_direction, _p);
            _matrix.MultiplyMiddle(_p, _image);
            curvature -= Dot(_p, _image);
        }

        // The model is convex; rounding must not make it otherwise.
        double least = 2.220446049250313e-16 * -theta * slope, now = 0, best = -slope / Math.Max(curvature, least);
        for (int i = (_heapCount / 2) - 1; i >= 0; i--)
            Sift(i);
        while (_heapCount > 0)
        {
            int b = _heap[0];
            double dt = _breakpoint[b] - now;
            if (best < dt)
                break;
            _heap[0] = _heap[--_heapCount];
            Sift(0);

            // Variable b stays at its bound from here on.
            double gb = g[b];
            _point[b] = _direction[b] > 0 ? upper[b] : lower[b];
            double zb = _point[b] - x[b];
            _direction[b] = 0;
            now = _breakpoint[b];
            slope += (dt * curvature) + (gb * gb) + (theta * gb * zb);
            curvature -= theta * gb * gb;
            if (hasPairs)
            {
                AddTo(_c, dt, _p);
                _matrix.Row(b, _row);
                _matrix.MultiplyMiddle(_row, _image);
                slope -= gb * Dot(_image, _c);
                curvature -= (2 * gb * Dot(_image, _p)) + (gb * gb * Dot(_image, _row));
                AddTo(_p, gb, _row);
            }

            best = slope < 0 ? -slope / Math.Max(curvature, least) : 0;
        }

        best = Math.Max(best, 0);
        if (double.IsFinite(best))
            now += best;
        if (hasPairs)
            AddTo(_c, best, _p);
        for (int i = 0; i < x.Length; i++)
        {
            if (_direction[i] != 0)
                _point[i] = Math.Min(Math.Max(x[i] + (now * _direction[i]), lower[i]), upper[i]);
        }
    }

    private void Sift(int i)
    {
        while (true)
        {
            int child = (2 * i) + 1;
            if (child >= _heapCount)
                return;
            if (child + 1 < _heapCount && _breakpoint[_heap[child + 1]] < _breakpoint[_heap[child]])
                child++;
            if (_breakpoint[_heap[i]] <= _breakpoint[_heap[child]])
                return;
            (_heap[i], _heap[child]) = (_heap[child], _heap[i]);
            i = child;
        }
    }

    private static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    private static void AddTo(double[] a, double factor, double[] b)
    {
        for (int i = 0; i < a.Length; i++)
            a[i] += factor * b[i];
    }
}
