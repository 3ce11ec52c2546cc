using OptiCore.LinearAlgebra;

namespace OptiCore.Optimizers;

/// <summary>Functions of matrices that only change singular values or eigenvalues: U diag(s) V' becomes U diag(h(s)) V'.</summary>
internal static class SpectralMap
{
    public static Svd<double> Decompose(ReadOnlySpan<double> x, int rows, int columns, ProximalWorkspace work)
    {
        Svd<double> svd = work.Svd(rows, columns);
        return svd.Factor(x) ? svd : throw new InvalidOperationException("The singular value decomposition did not converge.");
    }

    /// <summary>Decomposes the symmetric part (X + X')/2.</summary>
    public static SymmetricEigen<double> DecomposeSymmetric(ReadOnlySpan<double> x, int order, ProximalWorkspace work)
    {
        SymmetricEigen<double> eigen = work.Eigen(order);
        Span<double> lower = work.Numbers(1, order * order);
        for (int i = 0; i < order; i++)
        {
            for (int j = 0; j <= i; j++)
                lower[(i * order) + j] = 0.5 * (x[(i * order) + j] + x[(j * order) + i]);
        }

        return eigen.Factor(lower) ? eigen : throw new InvalidOperationException("The eigendecomposition did not converge.");
    }

    /// <summary>Writes U diag(values) V'.</summary>
    public static void Compose(Svd<double> svd, ReadOnlySpan<double> values, Span<double> result) => Compose(svd.LeftRows, svd.Rows, svd.RightRows, svd.Columns, values, result);

    /// <summary>Writes V diag(values) V'.</summary>
    public static void Compose(SymmetricEigen<double> eigen, ReadOnlySpan<double> values, Span<double> result) =>
        Compose(eigen.VectorRows, eigen.Order, eigen.VectorRows, eigen.Order, values, result);

    private static void Compose(ReadOnlySpan<double> left, int rows, ReadOnlySpan<double> right, int columns, ReadOnlySpan<double> values, Span<double> result)
    {
        result = result[..(rows * columns)];
        result.Clear();
        for (int k = 0; k < values.Length; k++)
        {
            if (values[k] != 0)
                Blas.Ger(rows, columns, values[k], left.Slice(k * rows, rows), right.Slice(k * columns, columns), result, columns);
        }
    }
}
