using OptiCore.LinearAlgebra;

namespace OptiCore.Optimizers;

/// <summary>
/// Goldfarb and Idnani's dual method for dense strictly convex quadratic programs, min 1/2 d'B d + g'd subject to intervals of rows and variables; allocated once for a size.
/// </summary>
/// <remarks>
/// From the unconstrained minimum, the most violated constraint is added in each step, and those whose multipliers would change their sign are dropped; B = L L', J = L^-T Q and R with L^-1 N = Q R are kept by rotations.
/// D. Goldfarb, A. Idnani (1983), A numerically stable dual method for solving strictly convex quadratic programs, Math. Program. 27, 1-33.
/// </remarks>
internal sealed class DualActiveSetMethod
{
    // A step in the primal space that is shorter than this, relative to the normal's image, is rounding: the normal depends on the active ones.
    private const double Dependent = 1e-11;

    // Violations up to this, relative to the size of the row and its side, are rounding.
    private const double Violated = 1e-13;

    private readonly int _n, _m, _maxSteps;
    private readonly double[] _factor, _j, _r, _d, _z, _ratio, _u, _normal, _rowNorm;
    private readonly int[] _active, _side;

    /// <param name="variables">The number n of variables.</param>
    /// <param name="rows">The number m of rows.</param>
    /// <param name="maxSteps">The limit of steps; 0 for 50 (n + m + 10).</param>
    public DualActiveSetMethod(int variables, int rows, int maxSteps = 0)
    {
        (_n, _m, _maxSteps) = (variables, rows, maxSteps > 0 ? maxSteps : 50 * (variables + rows + 10));
        _factor = new double[_n * _n];
        _j = new double[_n * _n];
        _r = new double[_n * _n];
        _d = new double[_n];
        _z = new double[_n];
        _ratio = new double[_n + 1];
        _u = new double[_n + 1];
        _normal = new double[_n];
        _rowNorm = new double[_m];
        _active = new int[_n + 1];
        _side = new int[_n + _m];
    }

    /// <summary>The constraints that were added and dropped by the last solve.</summary>
    public int Steps { get; private set; }

    /// <summary>Solves a program. False when B isn't positive definite or the constraints have no common point (<paramref name="infeasible"/>).</summary>
    /// <param name="b">B, n x n, of which the lower triangle is read.</param>
    /// <param name="g">g, n elements.</param>
    /// <param name="rows">The rows, m x n.</param>
    /// <param name="lower">The lower sides of the variables, then of the rows.</param>
    /// <param name="upper">The upper sides of the variables, then of the rows.</param>
    /// <param name="d">Receives the solution.</param>
    /// <param name="multipliers">Receives the multipliers of the variables' bounds, then of the rows: not negative for upper sides.</param>
    /// <param name="infeasible">Whether the constraints have no common point.</param>
    public bool TrySolve(
        ReadOnlySpan<double> b, ReadOnlySpan<double> g, ReadOnlySpan<double> rows, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper, Span<double> d, Span<double> multipliers, out bool infeasible)
    {
        infeasible = false;
        Steps = 0;
        b[..(_n * _n)].CopyTo(_factor);
        if (!Cholesky.TryFactor<double>(_factor, _n))
            return false;
        InvertFactor();
        g.CopyTo(d);
        Cholesky.Solve<double>(_factor, _n, _n, d);
        for (int k = 0; k < _n; k++)
            d[k] = -d[k];
        _side.AsSpan().Clear();
        for (int i = 0; i < _m; i++)
            _rowNorm[i] = Norm(rows.Slice(i * _n, _n));

        int count = 0;
        while (Steps < _maxSteps)
        {
            (int target, int side) = MostViolated(rows, lower, upper, d);
            if (target < 0)
            {
                multipliers.Clear();
                for (int k = 0; k < count; k++)
                    multipliers[_active[k]] = _side[_active[k]] * _u[k];
                return true;
            }

            // The normal of side * (a'd - bound) <= 0, in the paper's sign: n'd >= b.
            for (int k = 0; k < _n; k++)
                _normal[k] = target < _n ? 0 : -side * rows[((target - _n) * _n) + k];
            if (target < _n)
                _normal[target] = -side;
            _u[count] = 0;
            while (true)
            {
                if (++Steps > _maxSteps)
                    return false;
                double bound = side > 0 ? upper[target] : lower[target];
                double slack = -side * ((target < _n ? d[target] : Dot(rows.Slice((target - _n) * _n, _n), d)) - bound);
                double free = Directions(count, out double whole);
                double most = double.PositiveInfinity, full = free <= Dependent * whole ? double.PositiveInfinity : -slack / (free * free);
                int leaving = -1;
                for (int k = 0; k < count; k++)
                {
                    bool isEquality = lower[_active[k]] == upper[_active[k]];
                    if (!isEquality && _ratio[k] > 0 && _u[k] / _ratio[k] < most)
                        (most, leaving) = (_u[k] / _ratio[k], k);
                }

                double step = Math.Min(most, full);
                if (double.IsPositiveInfinity(step))
                {
                    infeasible = true;
                    return false;
                }

                for (int k = 0; k < count; k++)
                    _u[k] -= step * _ratio[k];
                _u[count] += step;
                if (!double.IsPositiveInfinity(full))
                    Vectors.AddScaled(d, step, _z, d);
                if (step == full)
                {
                    Add(count);
                    _active[count] = target;
                    _side[target] = side;
                    count++;
                    break;
                }

                _side[_active[leaving]] = 0;
                Drop(leaving, count);
                count--;
            }
        }

        return false;
    }

    /// <summary>The constraint with the largest violation in its own length, and its side: 1 for the upper one.</summary>
    private (int Target, int Side) MostViolated(ReadOnlySpan<double> rows, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper, ReadOnlySpan<double> d)
    {
        int target = -1, side = 0;
        double worst = 0;
        double size = Norm(d);
        for (int t = 0; t < _n + _m; t++)
        {
            if (_side[t] != 0)
                continue;
            double length = t < _n ? 1 : _rowNorm[t - _n];
            double value = t < _n ? d[t] : Dot(rows.Slice((t - _n) * _n, _n), d);
            Consider(lower[t] - value, lower[t], -1);
            Consider(value - upper[t], upper[t], 1);

            void Consider(double violation, double bound, int sign)
            {
                if (!(violation > Violated * ((length * (1 + size)) + Math.Abs(bound))))
                    return;
                double relative = length > 0 ? violation / length : double.MaxValue;
                if (relative > worst)
                    (worst, target, side) = (relative, t, sign);
            }
        }

        return (target, side);
    }

    /// <summary>_d = J'n, _z = the part of it that is free, _ratio = R^-1 of the rest. The length of the free part of _d.</summary>
    private double Directions(int count, out double whole)
    {
        double free = 0, all = 0;
        for (int k = 0; k < _n; k++)
        {
            double sum = 0;
            for (int i = 0; i < _n; i++)
                sum += _j[(i * _n) + k] * _normal[i];
            _d[k] = sum;
            all += sum * sum;
            free += k >= count ? sum * sum : 0;
        }

        for (int i = 0; i < _n; i++)
        {
            double sum = 0;
            for (int k = count; k < _n; k++)
                sum += _j[(i * _n) + k] * _d[k];
            _z[i] = sum;
        }

        for (int i = count - 1; i >= 0; i--)
        {
            double sum = _d[i];
            for (int k = i + 1; k < count; k++)
                sum -= _r[(i * _n) + k] * _ratio[k];
            _ratio[i] = sum / _r[(i * _n) + i];
        }

        whole = Math.Sqrt(all);
        return Math.Sqrt(free);
    }

    /// <summary>Rotates the free part of _d into its first element, and makes _d a column of R.</summary>
    private void Add(int count)
    {
        for (int k = _n - 1; k > count; k--)
        {
            double a = _d[k - 1], c = _d[k];
            if (c == 0)
                continue;
            double length = double.Hypot(a, c), cosine = a / length, sine = c / length;
            (_d[k - 1], _d[k]) = (length, 0);
            for (int i = 0; i < _n; i++)
            {
                double left = _j[(i * _n) + k - 1], right = _j[(i * _n) + k];
                _j[(i * _n) + k - 1] = (cosine * left) + (sine * right);
                _j[(i * _n) + k] = (cosine * right) - (sine * left);
            }
        }

        for (int i = 0; i <= count; i++)
            _r[(i * _n) + count] = _d[i];
    }

    /// <summary>Takes a column out of R, and makes R triangular again.</summary>
    private void Drop(int leaving, int count)
    {
        for (int k = leaving; k < count - 1; k++)
        {
            _active[k] = _active[k + 1];
            _u[k] = _u[k + 1];
            for (int i = 0; i <= k + 1; i++)
                _r[(i * _n) + k] = _r[(i * _n) + k + 1];
        }

        // The multiplier of the constraint that is being added stays the last.
        _u[count - 1] = _u[count];
        for (int k = leaving; k < count - 1; k++)
        {
            double a = _r[(k * _n) + k], c = _r[((k + 1) * _n) + k];
            if (c == 0)
                continue;
            double length = double.Hypot(a, c), cosine = a / length, sine = c / length;
            for (int i = k; i < count - 1; i++)
            {
                double above = _r[(k * _n) + i], below = _r[((k + 1) * _n) + i];
                _r[(k * _n) + i] = (cosine * above) + (sine * below);
                _r[((k + 1) * _n) + i] = (cosine * below) - (sine * above);
            }

            for (int i = 0; i < _n; i++)
            {
                double left = _j[(i * _n) + k], right = _j[(i * _n) + k + 1];
                _j[(i * _n) + k] = (cosine * left) + (sine * right);
                _j[(i * _n) + k + 1] = (cosine * right) - (sine * left);
            }
        }
    }

    /// <summary>J = L^-T.</summary>
    private void InvertFactor()
    {
        _j.AsSpan().Clear();
        for (int c = 0; c < _n; c++)
        {
            // Column c of L^-1 becomes row c of J.
            _j[(c * _n) + c] = 1 / _factor[(c * _n) + c];
            for (int i = c + 1; i < _n; i++)
            {
                double sum = 0;
                for (int k = c; k < i; k++)
                    sum += _factor[(i * _n) + k] * _j[(c * _n) + k];
                _j[(c * _n) + i] = -sum / _factor[(i * _n) + i];
            }
        }
    }

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    private static double Norm(ReadOnlySpan<double> a) => Math.Sqrt(Dot(a, a));
}
