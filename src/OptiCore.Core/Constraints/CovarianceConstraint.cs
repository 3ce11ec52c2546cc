using OptiCore.Differentiation;

namespace OptiCore;

/// <summary>
/// A covariance matrix S = L L': symmetric and positive definite; n x n from n (n + 1) / 2 coordinates, those of <see cref="CovarianceCholeskyConstraint"/>. The density is with respect to the
/// lower triangle: log |J| = n log 2 + sum_i (n - i + 2) log L[i,i], i = 1 .. n. Costs n^3 / 3 operations.
/// </summary>
public sealed record CovarianceConstraint : Constraint
{
    private const double LogTwo = 0.6931471805599453;

    /// <summary>A matrix of order n.</summary>
    /// <param name="order">n, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">n is less than 1.</exception>
    public CovarianceConstraint(int order)
        : base([Require.Positive(order), order], order * (order + 1) / 2)
    {
    }

    /// <inheritdoc/>
    public override double Constrain(ReadOnlySpan<double> u, Span<double> x)
    {
        CheckLengths(u, x);
        int n = Shape[0];
        double[]? rented = LowerFactor.Rent(n * n);
        Span<double> l = rented is null ? stackalloc double[n * n] : rented.AsSpan(0, n * n);
        CovarianceCholeskyConstraint.Fill(n, u, l);
        LowerFactor.Product(n, l, x);
        LowerFactor.Return(rented);
        double sum = n * LogTwo;
        for (int i = 0; i < n; i++)
            sum += (n - i + 1) * u[(i * (i + 3)) / 2];
        return sum;
    }

    /// <inheritdoc/>
    public override void Unconstrain(ReadOnlySpan<double> x, Span<double> u, string name = "x")
    {
        CheckLengths(u, x);
        int n = Shape[0];
        double[]? rented = LowerFactor.Rent(n * n);
        Span<double> l = rented is null ? stackalloc double[n * n] : rented.AsSpan(0, n * n);
        LowerFactor.Factor(n, x, l, name);
        CovarianceCholeskyConstraint.Flatten(n, l, u);
        LowerFactor.Return(rented);
    }

    /// <inheritdoc/>
    public override void Pullback(ReadOnlySpan<double> u, ReadOnlySpan<double> x, ReadOnlySpan<double> gradientX, Span<double> gradientU)
    {
        CheckLengths(u, x, gradientX, gradientU);
        int n = Shape[0], next = 0;
        double[]? rented = LowerFactor.Rent(2 * n * n);
        Span<double> scratch = rented is null ? stackalloc double[2 * n * n] : rented.AsSpan(0, 2 * n * n);
        Span<double> l = scratch[..(n * n)], gradientL = scratch[(n * n)..];
        CovarianceCholeskyConstraint.Fill(n, u, l);
        LowerFactor.ProductPullback(n, l, gradientX, gradientL);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
                gradientU[next++] = gradientL[(i * n) + j];
            gradientU[next++] = (gradientL[(i * n) + i] * l[(i * n) + i]) + n - i + 1;
        }

        LowerFactor.Return(rented);
    }

    /// <inheritdoc/>
    public override Variable Constrain(Variable u, out Variable logJacobian)
    {
        CheckShape(u);
        int n = Shape[0];
        Variable l = CovarianceCholeskyConstraint.Fill(n, u, out Variable diagonal);
        var weights = new double[n];
        for (int i = 0; i < n; i++)
            weights[i] = n - i + 1;
        logJacobian = (n * LogTwo) + Operations.Sum(diagonal * Variable.Constant<double>(weights, [n]));
        return Operations.MatMul(l, Operations.Transpose(l));
    }
}
