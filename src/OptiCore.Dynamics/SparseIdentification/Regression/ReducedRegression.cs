using OptiCore.LinearAlgebra;

namespace OptiCore.Dynamics;

/// <summary>A regression reduced to its triangular factor, in which least squares on any subset of the candidates cost little.</summary>
internal sealed class ReducedRegression
{
    private readonly double[] _factor;
    private readonly double[] _target;
    private readonly double[] _scale;
    private readonly int _rows;
    private readonly int _samples;
    private double[] _cholesky = [];
    private double[] _right = [];

    public ReducedRegression(in RegressionProblem problem, bool normalize)
    {
        int m = _samples = problem.Rows, n = Count = problem.Count;
        double[] a = problem.Features.ToArray(), y = problem.Targets.ToArray();
        _scale = new double[n];
        for (int j = 0; j < n; j++)
        {
            double sum = 0;
            for (int i = 0; i < m; i++)
                sum += a[(i * n) + j] * a[(i * n) + j];
            double norm = Math.Sqrt(sum / m);
            _scale[j] = normalize && norm > 0 ? norm : 1;
        }

        for (int i = 0; i < m && normalize; i++)
        {
            for (int j = 0; j < n; j++)
                a[(i * n) + j] /= _scale[j];
        }

        if (m <= n)
        {
            (_rows, _factor, _target) = (m, a, y);
            return;
        }

        var qr = new Qr<double>(m, n);
        qr.Factor(a);
        _rows = n;
        _factor = new double[n * n];
        qr.CopyR(_factor);
        qr.ApplyQTransposed(y);
        _target = y[..n];
    }

    /// <summary>The number N of candidates.</summary>
    public int Count { get; }

    /// <summary>Least squares of smallest norm on the active candidates, with a ridge; the others get 0.</summary>
    public void Solve(ReadOnlySpan<bool> active, double ridge, Span<double> coefficients)
    {
        int n = Count, k = 0;
        foreach (bool one in active)
            k += one ? 1 : 0;
        coefficients.Clear();
        if (k == 0)
            return;
        int rows = _rows + (ridge > 0 ? k : 0);
        double[] a = new double[rows * k], y = new double[rows], x = new double[k];
        _target.CopyTo(y, 0);
        for (int j = 0, at = 0; j < n; j++)
        {
            if (!active[j])
                continue;
            for (int i = 0; i < _rows; i++)
                a[(i * k) + at] = _factor[(i * n) + j];
            if (ridge > 0)
                a[((_rows + at) * k) + at] = Math.Sqrt(ridge);
            at++;
        }

        var solver = new CompleteOrthogonal<double>(rows, k);
        solver.Factor(a);
        solver.Solve(y, x);
        for (int j = 0, at = 0; j < n; j++)
        {
            if (active[j])
                coefficients[j] = x[at++];
        }
    }

    /// <summary>Factors Psi'Psi / m + weight I.</summary>
    public void StartRelaxation(double weight)
    {
        int n = Count;
        _cholesky = new double[n * n];
        _right = new double[n];
        Blas.Gemm(true, false, n, n, _rows, 1.0 / _samples, _factor, n, _factor, n, 0.0, _cholesky, n);
        for (int j = 0; j < n; j++)
            _cholesky[(j * n) + j] += weight;
        if (!Cholesky.TryFactor<double>(_cholesky, n))
            throw new InvalidOperationException("The relaxed regression isn't positive definite: the relaxation is too large for the candidates.");
        Blas.Gemv(true, _rows, n, 1.0 / _samples, _factor, n, _target, 0.0, _right);
    }

    /// <summary>c = (Psi'Psi / m + weight I)^-1 (Psi'y / m + weight w).</summary>
    public void SolveRelaxed(ReadOnlySpan<double> w, double weight, Span<double> c)
    {
        for (int j = 0; j < c.Length; j++)
            c[j] = _right[j] + (weight * w[j]);
        Cholesky.Solve<double>(_cholesky, Count, Count, c);
    }

    /// <summary>Undoes the scaling and says which candidates are in.</summary>
    public void Finish(ReadOnlySpan<bool> active, Span<double> coefficients, Span<double> inclusion)
    {
        for (int j = 0; j < Count; j++)
        {
            coefficients[j] /= _scale[j];
            if (!inclusion.IsEmpty)
                inclusion[j] = active[j] ? 1 : 0;
        }
    }
}
