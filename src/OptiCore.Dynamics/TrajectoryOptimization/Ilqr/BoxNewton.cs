using OptiCore.LinearAlgebra;

namespace OptiCore.Dynamics;

/// <summary>
/// The projected Newton method for small box-constrained quadratic programs, min 1/2 x'H x + g'x with lower &lt;= x &lt;= upper, warm-started; it ends with the active set and the factor of the free part of H, from which feedback
/// gains follow. Allocated once for a size.
/// </summary>
/// <remarks>
/// Variables at a bound with a gradient that pushes outwards are fixed, the others take a Newton step with projected Armijo search; finite where the active set settles. Y. Tassa, N. Mansard, E. Todorov (2014),
/// Control-limited differential dynamic programming, section III; D. P. Bertsekas (1982), Projected Newton methods for optimization problems with simple constraints.
/// </remarks>
internal sealed class BoxNewton
{
    // The paper's constants of the search; the limit of iterations is theirs, too.
    private const double Armijo = 0.1, Shrink = 0.6, SmallestStep = 1e-22;
    private const int MaxIterations = 100;

    private readonly int _m;
    private readonly double[] _gradient, _factor, _direction, _trial;
    private readonly bool[] _isFixed;
    private readonly int[] _free;

    public BoxNewton(int size)
    {
        _m = size;
        (_gradient, _factor, _direction, _trial) = (new double[size], new double[size * size], new double[size], new double[size]);
        (_isFixed, _free) = (new bool[size], new int[size]);
    }

    /// <summary>The number of variables within their bounds after the last solve.</summary>
    public int FreeCount { get; private set; }

    /// <summary>The variables within their bounds, FreeCount of them, in order.</summary>
    public ReadOnlySpan<int> Free => _free.AsSpan(0, FreeCount);

    /// <summary>The Cholesky factor of the free part of H, FreeCount x FreeCount.</summary>
    public ReadOnlySpan<double> Factor => _factor.AsSpan(0, FreeCount * FreeCount);

    /// <summary>Solves a program from the x that is given; false when the free part of H isn't positive definite.</summary>
    public bool TrySolve(ReadOnlySpan<double> h, ReadOnlySpan<double> g, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper, Span<double> x)
    {
        for (int i = 0; i < _m; i++)
            x[i] = Math.Clamp(x[i], lower[i], upper[i]);
        double value = Value(h, g, x);
        bool factored = false;
        for (int iteration = 0; iteration < MaxIterations; iteration++)
        {
            bool changed = !factored;
            for (int i = 0; i < _m; i++)
            {
                _gradient[i] = g[i] + Matrices.Dot(h.Slice(i * _m, _m), x);
                bool isFixed = (x[i] == lower[i] && _gradient[i] > 0) || (x[i] == upper[i] && _gradient[i] < 0) || lower[i] == upper[i];
                changed |= isFixed != _isFixed[i];
                _isFixed[i] = isFixed;
            }

            if (changed && !TryFactor(h))
                return false;
            factored = true;
            if (FreeCount == 0)
                return true;
            for (int k = 0; k < FreeCount; k++)
                _direction[k] = -_gradient[_free[k]];
            Cholesky.Solve<double>(Factor, FreeCount, FreeCount, _direction.AsSpan(0, FreeCount));
            double slope = 0;
            bool inside = true;
            x.CopyTo(_trial);
            for (int k = 0; k < FreeCount; k++)
            {
                int i = _free[k];
                slope += _gradient[i] * _direction[k];
                double moved = x[i] + _direction[k];
                inside &= moved >= lower[i] && moved <= upper[i];
                _trial[i] = Math.Clamp(moved, lower[i], upper[i]);
            }

            // A full step inside the box is the minimum of the free part; it is the solution if no fixed variable wants to leave its bound there.
            if (inside)
            {
                _trial.CopyTo(x);
                if (IsOptimal(h, g, lower, upper, x))
                    return true;
                value = Value(h, g, x);
                continue;
            }

            double step = 1, moment = Value(h, g, _trial);
            while (moment - value > Armijo * step * slope)
            {
                step *= Shrink;
                if (step < SmallestStep)
                    return true;
                for (int k = 0; k < FreeCount; k++)
                {
                    int i = _free[k];
                    _trial[i] = Math.Clamp(x[i] + (step * _direction[k]), lower[i], upper[i]);
                }

                moment = Value(h, g, _trial);
            }

            value = moment;
            _trial.CopyTo(x);
        }

        return true;
    }

    private bool IsOptimal(ReadOnlySpan<double> h, ReadOnlySpan<double> g, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper, ReadOnlySpan<double> x)
    {
        for (int i = 0; i < _m; i++)
        {
            if (!_isFixed[i] || lower[i] == upper[i])
                continue;
            double slope = g[i] + Matrices.Dot(h.Slice(i * _m, _m), x);
            if ((x[i] == lower[i] && slope < 0) || (x[i] == upper[i] && slope > 0))
                return false;
        }

        return true;
    }

    private bool TryFactor(ReadOnlySpan<double> h)
    {
        int count = 0;
        for (int i = 0; i < _m; i++)
        {
            if (!_isFixed[i])
                _free[count++] = i;
        }

        FreeCount = count;
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j < count; j++)
                _factor[(i * count) + j] = h[(_free[i] * _m) + _free[j]];
        }

        return count == 0 || Cholesky.TryFactor<double>(_factor.AsSpan(0, count * count), count);
    }

    private static double Value(ReadOnlySpan<double> h, ReadOnlySpan<double> g, ReadOnlySpan<double> x) => (0.5 * Matrices.Form(x, h, x)) + Matrices.Dot(g, x);
}
