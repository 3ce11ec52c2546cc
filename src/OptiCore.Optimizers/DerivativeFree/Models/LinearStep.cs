using OptiCore.LinearAlgebra;

namespace OptiCore.Optimizers;

/// <summary>
/// COBYLA's subproblem: among the steps within a ball that violate linear constraints least, the one with the smallest linear objective. Solved by least-distance problems, which C. L. Lawson and
/// R. J. Hanson (1974, Solving least squares problems, chapter 23) reduce to nonnegative least squares, and a search for the one parameter that puts the step on the sphere.
/// </summary>
/// <remarks>
/// For the objective: d(s) = argmin { |d + s g| : A d &gt;= b } is feasible, its length grows with s, and where it is the radius, d(s) is the solution. When no step within the ball satisfies
/// the constraints, d(t) = argmin { |d| : A d &gt;= b - t }, whose length falls with t. Rows may be hard (simple bounds): they aren't loosened by t, and d = 0 satisfies them.
/// </remarks>
internal sealed class LinearStep
{
    private const int MaxSearch = 60;

    private readonly int _n, _rows;
    private readonly double[] _matrix, _right, _unit, _solution, _system, _norms, _trial;
    private readonly bool[] _hard;
    private readonly NonnegativeLeastSquares<double>? _nonnegative;
    private int _count;

    public LinearStep(int n, int rows)
    {
        _n = n;
        _rows = rows;
        _matrix = new double[rows * n];
        _right = new double[rows];
        _norms = new double[rows];
        _hard = new bool[rows];
        _unit = new double[n + 1];
        _unit[n] = 1;
        _solution = new double[rows];
        _system = new double[(n + 1) * rows];
        _trial = new double[n];
        Step = new double[n];
        if (rows > 0)
            _nonnegative = new NonnegativeLeastSquares<double>(n + 1, rows);
    }

    public double[] Step { get; }

    /// <summary>Empties the list of constraints.</summary>
    public void Clear() => _count = 0;

    /// <summary>Adds sign * (row . d) &gt;= right.</summary>
    public void Add(ReadOnlySpan<double> row, double sign, double right, bool hard)
    {
        double norm = 0;
        foreach (double v in row)
            norm += v * v;
        norm = Math.Sqrt(norm);
        for (int j = 0; j < _n; j++)
            _matrix[(_count * _n) + j] = norm > 0 ? sign * row[j] / norm : 0;
        _norms[_count] = norm;
        _right[_count] = right;
        _hard[_count++] = hard;
    }

    /// <summary>Finds the step.</summary>
    public void Solve(ReadOnlySpan<double> gradient, double radius)
    {
        double size = 0;
        foreach (double g in gradient)
            size += g * g;
        size = Math.Sqrt(size);
        double most = 0;
        for (int i = 0; i < _count; i++)
            most = Math.Max(most, _hard[i] ? 0 : _right[i]);
        if (most > 0 && !(Shortest(gradient, 0, 0) <= radius))
        {
            Search(gradient, most, 0, radius, loosen: true);
            return;
        }

        if (size == 0)
        {
            _ = Shortest(gradient, 0, 0);
            _trial.CopyTo(Step, 0);
            return;
        }

        // Beyond 2^20 times the unconstrained length the step is a vertex within the ball.
        double s = radius / size, before = 0, length = Shortest(gradient, s, 0);
        for (int k = 0; k < 20 && length < radius * (1 - 1e-12); k++)
        {
            before = s;
            s *= 2;
            length = Shortest(gradient, s, 0);
        }

        if (length <= radius * (1 + 1e-12))
            _trial.CopyTo(Step, 0);
        else
            Search(gradient, before, s, radius, loosen: false);
    }

    /// <summary>Brings the step onto the sphere: its length is at most the radius at <paramref name="inside"/> and larger at <paramref name="outside"/>.</summary>
    private void Search(ReadOnlySpan<double> gradient, double inside, double outside, double radius, bool loosen)
    {
        double inLength = Length(gradient, inside, loosen), outLength = Length(gradient, outside, loosen);
        _ = Length(gradient, inside, loosen);
        _trial.CopyTo(Step, 0);
        int side = 0;
        double inGap = inLength - radius, outGap = outLength - radius;
        for (int k = 0; k < MaxSearch && Math.Abs(inGap) > 1e-12 * radius; k++)
        {
            // Regula falsi with Illinois' halving; a bisection while there is no length on the outside.
            double share = double.IsFinite(outGap) ? inGap / (inGap - outGap) : 0.5;
            double middle = inside + (Math.Clamp(share, 1e-3, 1 - 1e-3) * (outside - inside));
            if (middle == inside || middle == outside)
                break;
            double gap = Length(gradient, middle, loosen) - radius;
            if (gap <= 0)
            {
                inside = middle;
                inGap = gap;
                _trial.CopyTo(Step, 0);
                if (side == -1)
                    outGap /= 2;
                side = -1;
            }
            else
            {
                outside = middle;
                outGap = double.IsFinite(gap) ? gap : double.PositiveInfinity;
                if (side == 1)
                    inGap /= 2;
                side = 1;
            }
        }
    }

    private double Length(ReadOnlySpan<double> gradient, double parameter, bool loosen) => loosen ? Shortest(gradient, 0, parameter) : Shortest(gradient, parameter, 0);

    /// <summary>trial = argmin { |d + s g| : A d &gt;= b - t }; returns its length, infinity where the constraints contradict each other.</summary>
    private double Shortest(ReadOnlySpan<double> gradient, double s, double t)
    {
        // y = d + s g is the shortest vector with A y >= b - t + s A g.
        double sum = 0;
        if (_count == 0)
        {
            for (int j = 0; j < _n; j++)
            {
                _trial[j] = -s * gradient[j];
                sum += _trial[j] * _trial[j];
            }

            return Math.Sqrt(sum);
        }

        _system.AsSpan().Clear();
        double scale = 0;
        for (int i = 0; i < _count; i++)
        {
            double right = _norms[i] > 0 ? (_right[i] - (_hard[i] ? 0 : t)) / _norms[i] : 0;
            for (int j = 0; j < _n; j++)
            {
                double a = _matrix[(i * _n) + j];
                _system[(j * _rows) + i] = a;
                right += s * a * gradient[j];
            }

            _system[(_n * _rows) + i] = right;
            scale = Math.Max(scale, Math.Abs(right));
        }

        // The last row in units of the largest right side: the least distance is found relative to it.
        for (int i = 0; i < _count && scale > 0; i++)
            _system[(_n * _rows) + i] /= scale;
        _ = _nonnegative!.TrySolve(_system, _unit, _solution, out double residual);
        double last = -1;
        for (int i = 0; i < _count; i++)
            last += _system[(_n * _rows) + i] * _solution[i];
        if (!(residual > 1e-12) || !(last < 0))
            return double.PositiveInfinity;
        for (int j = 0; j < _n; j++)
        {
            double r = 0;
            for (int i = 0; i < _count; i++)
                r += _system[(j * _rows) + i] * _solution[i];
            _trial[j] = (scale * r / -last) - (s * gradient[j]);
            sum += _trial[j] * _trial[j];
        }

        return Math.Sqrt(sum);
    }
}
