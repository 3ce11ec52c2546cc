namespace OptiCore.Optimizers;

/// <summary>
/// The quadratic program min g'd + d'B d / 2 + rho |s|^2 / 2 subject to lower &lt;= J d + s &lt;= upper and the bounds of d: a slack for each constraint, so that there is always a solution.
/// </summary>
internal sealed class SlackSubproblem
{
    private readonly int _n, _m;
    private readonly DualActiveSetMethod _method;
    private readonly double[] _matrix, _gradient, _rows, _lower, _upper, _solution, _multipliers;

    public SlackSubproblem(int n, int m)
    {
        (_n, _m) = (n, m);
        int wide = n + m;
        _method = new DualActiveSetMethod(wide, m);
        (_matrix, _gradient, _rows) = (new double[wide * wide], new double[wide], new double[m * wide]);
        (_lower, _upper, _solution, _multipliers) = (new double[wide + m], new double[wide + m], new double[wide], new double[wide + m]);
    }

    /// <summary>Solves the program. The sides are those of the n variables and then of the m rows; multipliers come in the same order.</summary>
    public bool TrySolve(
        double[] hessian, double[] gradient, double[] rows, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper, double rho, Span<double> step, Span<double> multipliers)
    {
        int n = _n, m = _m, wide = n + m;
        _matrix.AsSpan().Clear();
        _rows.AsSpan().Clear();
        for (int i = 0; i < n; i++)
            hessian.AsSpan(i * n, n).CopyTo(_matrix.AsSpan(i * wide));
        gradient.AsSpan(0, n).CopyTo(_gradient);
        lower[..n].CopyTo(_lower);
        upper[..n].CopyTo(_upper);
        for (int i = 0; i < m; i++)
        {
            _matrix[((n + i) * wide) + n + i] = rho;
            _gradient[n + i] = 0;
            rows.AsSpan(i * n, n).CopyTo(_rows.AsSpan(i * wide));
            _rows[(i * wide) + n + i] = 1;
            (_lower[n + i], _upper[n + i]) = (double.NegativeInfinity, double.PositiveInfinity);
            (_lower[wide + i], _upper[wide + i]) = (lower[n + i], upper[n + i]);
        }

        if (!_method.TrySolve(_matrix, _gradient, _rows, _lower, _upper, _solution, _multipliers, out _))
            return false;
        _solution.AsSpan(0, n).CopyTo(step);
        _multipliers.AsSpan(0, n).CopyTo(multipliers);
        _multipliers.AsSpan(wide, m).CopyTo(multipliers[n..]);
        return true;
    }
}
