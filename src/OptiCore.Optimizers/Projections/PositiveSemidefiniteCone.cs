using OptiCore.LinearAlgebra;

namespace OptiCore.Optimizers;

/// <content>The cone of positive semidefinite matrices.</content>
public static partial class ConvexSet
{
    /// <summary>
    /// The symmetric positive semidefinite n x n matrices, as n^2 elements row by row: of the symmetric part, negative eigenvalues become 0. Costs one eigendecomposition.
    /// N. J. Higham (1988), Computing a nearest symmetric positive semidefinite matrix.
    /// </summary>
    /// <param name="order">The order n, at least 1.</param>
    public static IConvexSet PositiveSemidefinite(int order) => new PositiveSemidefiniteSet(Require.Positive(order, nameof(order)));

    private sealed record PositiveSemidefiniteSet(int Order) : IConvexSet
    {
        public int Dimension => Order * Order;

        public void Project(ReadOnlySpan<double> x, Span<double> projection, ProximalWorkspace work)
        {
            SymmetricEigen<double> eigen = SpectralMap.DecomposeSymmetric(x, Order, work);
            Span<double> values = work.Numbers(0, Order);
            for (int k = 0; k < Order; k++)
                values[k] = Math.Max(eigen.Values[k], 0);
            SpectralMap.Compose(eigen, values, projection);
        }
    }
}
