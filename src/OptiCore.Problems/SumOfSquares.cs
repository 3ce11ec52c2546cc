using System.Buffers;

namespace OptiCore.Problems;

/// <summary>
/// Residuals seen as a function: f(x) = |r(x)|^2 with the gradient 2 J(x)^T r(x). Test collections publish this value, without the factor 1/2
/// that least-squares solvers minimise with.
/// </summary>
/// <param name="residuals">The residuals.</param>
/// <remarks>May be called from several threads if the residuals may. Costs one Jacobian and 2 m n operations.</remarks>
public sealed class SumOfSquares(IDifferentiableResidualFunction<double> residuals) : IDifferentiableFunction<double>
{
    private readonly IDifferentiableResidualFunction<double> _residuals = Require.NotNull(residuals);

    /// <inheritdoc/>
    public int Dimension => _residuals.Dimension;

    /// <inheritdoc/>
    public double Value(ReadOnlySpan<double> x)
    {
        int m = _residuals.ResidualCount;
        double[] buffer = ArrayPool<double>.Shared.Rent(m);
        Span<double> r = buffer.AsSpan(0, m);
        _residuals.Residuals(x, r);
        double sum = 0;
        foreach (double v in r)
            sum += v * v;
        ArrayPool<double>.Shared.Return(buffer);
        return sum;
    }

    /// <inheritdoc/>
    public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient)
    {
        int m = _residuals.ResidualCount, n = Dimension;
        double[] buffer = ArrayPool<double>.Shared.Rent(m + (m * n));
        Span<double> r = buffer.AsSpan(0, m), jacobian = buffer.AsSpan(m, m * n);
        _residuals.ResidualsAndJacobian(x, r, jacobian);
        gradient.Clear();
        double sum = 0;
        for (int i = 0; i < m; i++)
        {
            sum += r[i] * r[i];
            for (int j = 0; j < n; j++)
                gradient[j] += 2 * r[i] * jacobian[(i * n) + j];
        }

        ArrayPool<double>.Shared.Return(buffer);
        return sum;
    }
}
