using OptiCore.LinearAlgebra;
using OptiCore.Numerics;

namespace OptiCore.Dynamics;

/// <summary>
/// Mean and covariance of x + f(x) for a normal x and Gaussian processes f_a with squared exponential covariance, equations 14 to 23 of Deisenroth and Rasmussen (2011) in the units of correlations.
/// </summary>
/// <remarks>With L_a = diag(l_a^2), nu_i = x_i - mu and b_a = R_a^-1 (y_a - m_a):
/// q_ai = |S L_a^-1 + I|^-1/2 exp(-nu_i'(S + L_a)^-1 nu_i / 2), E f_a = m_a + b_a'q_a, cov(x, f_a) = S (S + L_a)^-1 sum_i b_ai q_ai nu_i, and
/// Q_ij = k_a(x_i, mu) k_b(x_j, mu) |R|^-1/2 exp(z_ij' R^-1 S z_ij / 2) with R = S (L_a^-1 + L_b^-1) + I and z_ij = L_a^-1 nu_i + L_b^-1 nu_j.</remarks>
internal sealed class MomentMatching
{
    private readonly GaussianProcessModel.Component[] _components;
    private readonly double[] _inputs;
    private readonly int _n;
    private readonly int _m;
    private readonly double[] _nu, _system, _factor, _solved, _means, _cross, _spread, _logA, _logB, _scaledA, _scaledB, _productA, _productB, _row, _weight, _next;
    private readonly int[] _permutation;

    public MomentMatching(GaussianProcessModel.Component[] components, double[] inputs)
    {
        (_components, _inputs, _n) = (components, inputs, components.Length);
        int n = _n, m = _m = inputs.Length / n;
        _nu = new double[m * n];
        _system = new double[n * n];
        _factor = new double[n * n];
        _solved = new double[n * n];
        _means = new double[n];
        _cross = new double[n * n];
        _spread = new double[n * n];
        _logA = new double[m];
        _logB = new double[m];
        _scaledA = new double[m * n];
        _scaledB = new double[m * n];
        _productA = new double[m * n];
        _productB = new double[m * n];
        _row = new double[m];
        _weight = new double[n];
        _next = new double[n * n];
        _permutation = new int[n];
    }

    /// <summary>Replaces mean and covariance of a state by those of the next one.</summary>
    public void Advance(Span<double> mean, Span<double> covariance)
    {
        int n = _n, m = _m;
        for (int i = 0; i < m; i++)
        {
            for (int d = 0; d < n; d++)
                _nu[(i * n) + d] = _inputs[(i * n) + d] - mean[d];
        }

        for (int a = 0; a < n; a++)
            FirstMoment(a, covariance);
        for (int a = 0; a < n; a++)
        {
            for (int b = 0; b <= a; b++)
                _spread[(a * n) + b] = _spread[(b * n) + a] = SecondMoment(a, b, covariance);
        }

        // cov(x + f) = S + cov(f) + cov(x, f) + cov(x, f)'.
        for (int a = 0; a < n; a++)
        {
            for (int b = 0; b < n; b++)
                _next[(a * n) + b] = covariance[(a * n) + b] + _spread[(a * n) + b] + _cross[(a * n) + b] + _cross[(b * n) + a];
        }

        _next.CopyTo(covariance);
        for (int a = 0; a < n; a++)
            mean[a] += _means[a];
    }

    /// <summary>E f_a and the column cov(x, f_a).</summary>
    private void FirstMoment(int a, ReadOnlySpan<double> covariance)
    {
        int n = _n, m = _m;
        GaussianProcessModel.Component process = _components[a];

        // (S + L)^-1 applied to all nu: their system is symmetric.
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                _system[(i * n) + j] = covariance[(i * n) + j] + (i == j ? 1 / process.Weights[i] : 0);
        }

        double logDeterminant = Factor();
        for (int d = 0; d < n; d++)
            logDeterminant += Math.Log(process.Weights[d]);
        _weight.AsSpan().Clear();
        double sum = 0;
        for (int i = 0; i < m; i++)
        {
            Span<double> nu = _nu.AsSpan(i * n, n), solved = _productA.AsSpan(0, n);
            Lu.Solve<double>(_factor, n, n, _permutation, nu, solved);
            double weight = process.Solution[i] * Math.Exp(-0.5 * (Reduce.Dot<double>(nu, solved) + logDeterminant));
            sum += weight;
            for (int d = 0; d < n; d++)
                _weight[d] += weight * solved[d];
        }

        _means[a] = process.Mean + sum;
        for (int d = 0; d < n; d++)
            _cross[(d * n) + a] = Reduce.Dot<double>(covariance.Slice(d * n, n), _weight);
    }

    /// <summary>cov(f_a, f_b), with the process's own variance where a = b.</summary>
    private double SecondMoment(int a, int b, ReadOnlySpan<double> covariance)
    {
        int n = _n, m = _m;
        GaussianProcessModel.Component first = _components[a], second = _components[b];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                _system[(i * n) + j] = (covariance[(i * n) + j] * (first.Weights[j] + second.Weights[j])) + (i == j ? 1 : 0);
        }

        double logDeterminant = Factor();

        // M = R^-1 S, symmetric up to rounding.
        for (int j = 0; j < n; j++)
        {
            for (int i = 0; i < n; i++)
                _row[i] = covariance[(i * n) + j];
            Lu.Solve<double>(_factor, n, n, _permutation, _row.AsSpan(0, n), _productA.AsSpan(0, n));
            for (int i = 0; i < n; i++)
                _solved[(i * n) + j] = _productA[i];
        }

        // The exponent of Q_ij is a part of i, a part of j and u_i' M v_j.
        Scale(first, _scaledA, _productA, _logA);
        Scale(second, _scaledB, _productB, _logB);
        double expectation = 0, trace = 0;
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < m; j++)
            {
                double product = 0;
                for (int d = 0; d < n; d++)
                    product += _productA[(i * n) + d] * _scaledB[(j * n) + d];
                _row[j] = _logA[i] + _logB[j] + product - (0.5 * logDeterminant);
            }

            VectorMath.Exp(_row, _row);
            expectation += first.Solution[i] * Reduce.Dot<double>(_row, second.Solution);
            if (a == b)
                trace += Reduce.Dot<double>(_row, first.Inverse.AsSpan(i * m, m));
        }

        double value = expectation - ((_means[a] - first.Mean) * (_means[b] - second.Mean));
        return a == b ? Math.Max(0, value + (first.Variance * Math.Max(0, 1 - trace))) + first.Noise : value;
    }

    /// <summary>L^-1 nu, M L^-1 nu, and the part of the exponent that depends on one of both points.</summary>
    private void Scale(GaussianProcessModel.Component process, double[] scaled, double[] product, double[] log)
    {
        int n = _n;
        for (int i = 0; i < _m; i++)
        {
            Span<double> u = scaled.AsSpan(i * n, n), v = product.AsSpan(i * n, n);
            double exponent = 0;
            for (int d = 0; d < n; d++)
            {
                u[d] = process.Weights[d] * _nu[(i * n) + d];
                exponent -= 0.5 * u[d] * _nu[(i * n) + d];
            }

            for (int d = 0; d < n; d++)
                v[d] = Reduce.Dot<double>(_solved.AsSpan(d * n, n), u);
            log[i] = exponent + (0.5 * Reduce.Dot<double>(u, v));
        }
    }

    /// <summary>Factors the system and returns the logarithm of its determinant, which is positive for a covariance.</summary>
    private double Factor()
    {
        _system.CopyTo(_factor, 0);
        if (!Lu.TryFactor(_factor.AsSpan(), _n, _n, _permutation))
            throw new ArgumentException("The covariance isn't positive semidefinite.", "covariance");
        double log = Lu.LogDeterminant<double>(_factor, _n, _n, _permutation, out int sign);
        return sign > 0 ? log : throw new ArgumentException("The covariance isn't positive semidefinite.", "covariance");
    }
}
