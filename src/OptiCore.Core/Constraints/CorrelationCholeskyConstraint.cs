using OptiCore.Differentiation;

namespace OptiCore;

/// <summary>
/// The lower triangular Cholesky factor of a correlation matrix: rows of length 1, a positive diagonal, zeros above it; n x n from n (n - 1) / 2 coordinates, the elements below the diagonal row by
/// row. z = tanh u are the canonical partial correlations. The density is with respect to the elements below the diagonal.
/// </summary>
/// <remarks>
/// L[i,j] = z[i,j] sqrt(1 - sum_{k &lt; j} L[i,k]^2); log |J| = sum log(1 - z^2) + sum_{j &gt; 1} log(1 - sum_{k &lt; j} L[i,k]^2) / 2.
/// D. Lewandowski, D. Kurowicka and H. Joe (2009), Generating random correlation matrices based on vines and extended onion method.
/// Prefer it to <see cref="CorrelationConstraint"/>: a normal density needs the factor anyway.
/// </remarks>
public sealed record CorrelationCholeskyConstraint : Constraint
{
    private const double Tolerance = 1e-8;

    /// <summary>A factor of order n.</summary>
    /// <param name="order">n, at least 2.</param>
    /// <exception cref="ArgumentOutOfRangeException">n is less than 2.</exception>
    public CorrelationCholeskyConstraint(int order)
        : base([Require.AtLeast(order, 2), order], order * (order - 1) / 2)
    {
    }

    /// <inheritdoc/>
    public override double Constrain(ReadOnlySpan<double> u, Span<double> x)
    {
        CheckLengths(u, x);
        return CorrelationFactor.Constrain(Shape[0], u, x, ofProduct: false);
    }

    /// <inheritdoc/>
    public override void Unconstrain(ReadOnlySpan<double> x, Span<double> u, string name = "x")
    {
        CheckLengths(u, x);
        int n = Shape[0];
        for (int i = 0; i < n; i++)
        {
            for (int j = i + 1; j < n; j++)
            {
                if (x[(i * n) + j] != 0)
                    throw Violation(name, (i * n) + j, x[(i * n) + j], "elements above the diagonal of a Cholesky factor must be 0");
            }

            if (!(x[(i * n) + i] > 0))
                throw Violation(name, (i * n) + i, x[(i * n) + i], "the diagonal of a Cholesky factor must be positive");
            if (!CorrelationFactor.IsUnitRow(x.Slice(i * n, n), Tolerance, out double norm))
                throw new ArgumentException($"Row {i + 1} of {name} has the length {norm:r}; those of a correlation's factor must be 1.", name);
        }

        CorrelationFactor.Unconstrain(n, x, u);
    }

    /// <inheritdoc/>
    public override void Pullback(ReadOnlySpan<double> u, ReadOnlySpan<double> x, ReadOnlySpan<double> gradientX, Span<double> gradientU)
    {
        CheckLengths(u, x, gradientX, gradientU);
        CorrelationFactor.Pullback(Shape[0], u, x, gradientX, gradientU, ofProduct: false);
    }

    /// <inheritdoc/>
    public override Variable Constrain(Variable u, out Variable logJacobian)
    {
        CheckShape(u);
        return CorrelationFactor.Constrain(Shape[0], u, ofProduct: false, out logJacobian);
    }
}
