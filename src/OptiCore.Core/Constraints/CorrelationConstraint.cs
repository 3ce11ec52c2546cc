using OptiCore.Differentiation;

namespace OptiCore;

/// <summary>
/// A correlation matrix R = L L': symmetric, positive definite, ones on the diagonal; n x n from n (n - 1) / 2 coordinates, those of <see cref="CorrelationCholeskyConstraint"/>.
/// The density is with respect to the elements below the diagonal: log |J| is that of L plus sum_i (n - i) log L[i,i]. Costs n^3 / 3 operations.
/// </summary>
/// <remarks>D. Lewandowski, D. Kurowicka and H. Joe (2009), Generating random correlation matrices based on vines and extended onion method.</remarks>
public sealed record CorrelationConstraint : Constraint
{
    private const double Tolerance = 1e-8;

    /// <summary>A matrix of order n.</summary>
    /// <param name="order">n, at least 2.</param>
    /// <exception cref="ArgumentOutOfRangeException">n is less than 2.</exception>
    public CorrelationConstraint(int order)
        : base([Require.AtLeast(order, 2), order], order * (order - 1) / 2)
    {
    }

    /// <inheritdoc/>
    public override double Constrain(ReadOnlySpan<double> u, Span<double> x)
    {
        CheckLengths(u, x);
        int n = Shape[0];
        double[]? rented = LowerFactor.Rent(n * n);
        Span<double> l = rented is null ? stackalloc double[n * n] : rented.AsSpan(0, n * n);
        double sum = CorrelationFactor.Constrain(n, u, l, ofProduct: true);
        LowerFactor.Product(n, l, x);
        for (int i = 0; i < n; i++)
            x[(i * n) + i] = 1;
        LowerFactor.Return(rented);
        return sum;
    }

    /// <inheritdoc/>
    public override void Unconstrain(ReadOnlySpan<double> x, Span<double> u, string name = "x")
    {
        CheckLengths(u, x);
        int n = Shape[0];
        for (int i = 0; i < n; i++)
        {
            if (!(Math.Abs(x[(i * n) + i] - 1) <= Tolerance))
                throw Violation(name, (i * n) + i, x[(i * n) + i], "the diagonal of a correlation matrix must be 1");
        }

        double[]? rented = LowerFactor.Rent(n * n);
        Span<double> l = rented is null ? stackalloc double[n * n] : rented.AsSpan(0, n * n);
        LowerFactor.Factor(n, x, l, name);
        CorrelationFactor.Unconstrain(n, l, u);
        LowerFactor.Return(rented);
    }

    /// <inheritdoc/>
    public override void Pullback(ReadOnlySpan<double> u, ReadOnlySpan<double> x, ReadOnlySpan<double> gradientX, Span<double> gradientU)
    {
        CheckLengths(u, x, gradientX, gradientU);
        int n = Shape[0];
        double[]? rented = LowerFactor.Rent(2 * n * n);
        Span<double> scratch = rented is null ? stackalloc double[2 * n * n] : rented.AsSpan(0, 2 * n * n);
        Span<double> l = scratch[..(n * n)], gradientL = scratch[(n * n)..];
        CorrelationFactor.Constrain(n, u, l, ofProduct: true);
        LowerFactor.ProductPullback(n, l, gradientX, gradientL);
        CorrelationFactor.Pullback(n, u, l, gradientL, gradientU, ofProduct: true);
        LowerFactor.Return(rented);
    }

    /// <inheritdoc/>
    public override Variable Constrain(Variable u, out Variable logJacobian)
    {
        CheckShape(u);
        Variable l = CorrelationFactor.Constrain(Shape[0], u, ofProduct: true, out logJacobian);
        return Operations.MatMul(l, Operations.Transpose(l));
    }
}
