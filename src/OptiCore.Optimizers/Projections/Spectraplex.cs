using OptiCore.LinearAlgebra;

namespace OptiCore.Optimizers;

/// <content>Matrices whose eigenvalues or singular values lie in a simplex or ball.</content>
public static partial class ConvexSet
{
    /// <summary>
    /// The spectraplex of positive semidefinite n x n matrices of trace s: the eigenvalues of the symmetric part are projected onto the simplex. The linear oracle is s v v' with the eigenvector
    /// of the smallest eigenvalue. Both cost an eigendecomposition.
    /// </summary>
    /// <param name="order">The order n, at least 1; points have n^2 elements, row by row.</param>
    /// <param name="trace">The trace s, positive.</param>
    public static ICompactConvexSet Spectraplex(int order, double trace = 1) => new SpectraplexSet(Require.Positive(order, nameof(order)), Require.Positive(trace, nameof(trace)));

    /// <summary>
    /// The ball |X|_* &lt;= r of the nuclear norm: the singular values are projected onto the L1 ball. The linear oracle is -r u v' with the leading singular vectors. Both cost a singular value
    /// decomposition.
    /// </summary>
    /// <param name="rows">The number m of rows.</param>
    /// <param name="columns">The number n of columns; points have m n elements, row by row.</param>
    /// <param name="radius">The radius r, positive.</param>
    public static ICompactConvexSet NuclearBall(int rows, int columns, double radius = 1) =>
        new NuclearBallSet(Require.Positive(rows, nameof(rows)), Require.Positive(columns, nameof(columns)), Require.Positive(radius, nameof(radius)));

    private sealed record SpectraplexSet(int Order, double Trace) : ICompactConvexSet
    {
        public int Dimension => Order * Order;

        public void Project(ReadOnlySpan<double> x, Span<double> projection, ProximalWorkspace work)
        {
            SymmetricEigen<double> eigen = SpectralMap.DecomposeSymmetric(x, Order, work);
            double level = SimplexThreshold(eigen.Values, Trace, work.Nested(0));
            Span<double> values = work.Numbers(0, Order);
            for (int k = 0; k < Order; k++)
                values[k] = Math.Max(eigen.Values[k] - level, 0);
            SpectralMap.Compose(eigen, values, projection);
        }

        public void Minimize(ReadOnlySpan<double> c, Span<double> vertex, ProximalWorkspace work)
        {
            ReadOnlySpan<double> v = SpectralMap.DecomposeSymmetric(c, Order, work).Vector(0);
            vertex[..Dimension].Clear();
            Blas.Ger(Order, Order, Trace, v, v, vertex[..Dimension], Order);
        }
    }

    private sealed record NuclearBallSet(int Rows, int Columns, double Radius) : ICompactConvexSet
    {
        public int Dimension => Rows * Columns;

        public void Project(ReadOnlySpan<double> x, Span<double> projection, ProximalWorkspace work)
        {
            Svd<double> svd = SpectralMap.Decompose(x, Rows, Columns, work);
            Span<double> values = work.Numbers(0, svd.Values.Length);
            ProjectOntoL1Ball(svd.Values, Radius, values, work.Nested(0));
            SpectralMap.Compose(svd, values, projection);
        }

        public void Minimize(ReadOnlySpan<double> c, Span<double> vertex, ProximalWorkspace work)
        {
            Svd<double> svd = SpectralMap.Decompose(c, Rows, Columns, work);
            vertex[..Dimension].Clear();
            Blas.Ger(Rows, Columns, -Radius, svd.LeftRows[..Rows], svd.RightRows[..Columns], vertex[..Dimension], Columns);
        }
    }
}
