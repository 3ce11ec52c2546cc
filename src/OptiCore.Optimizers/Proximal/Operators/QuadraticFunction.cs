using OptiCore.LinearAlgebra;
using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <content>Quadratics.</content>
public static partial class Prox
{
    /// <summary>
    /// g = 1/2 x.Q x + c.x with a positive semidefinite matrix Q: prox_t(x) = (I + t Q)^{-1} (x - t c), for any t from one eigendecomposition of Q, made here at a cost of O(n^3). A call costs
    /// 4 n^2.
    /// </summary>
    /// <param name="matrix">The symmetric matrix Q, n x n, row-major; its lower triangle is read by the operator.</param>
    /// <param name="slope">The vector c, n elements.</param>
    /// <exception cref="ArgumentException">The matrix isn't n x n, has a negative eigenvalue (below -1e-12 times the largest) or an element that isn't finite.</exception>
    public static IProximable Quadratic(ReadOnlySpan<double> matrix, ReadOnlySpan<double> slope)
    {
        int n = slope.Length;
        Require.Length(matrix.Length, n * n, nameof(matrix));
        Require.AllFinite(matrix, nameof(matrix));
        Require.AllFinite(slope, nameof(slope));
        var eigen = new SymmetricEigen<double>(n);
        if (n == 0 || !eigen.Factor(matrix) || eigen.Values[0] < -1e-12 * Reduce.MaxNorm(eigen.Values))
            throw new ArgumentException("The matrix must be positive semidefinite and not empty.", nameof(matrix));
        return new QuadraticFunction(new NumberList<double>(slope), new NumberList<double>(eigen.Values), new NumberList<double>(eigen.VectorRows));
    }

    private sealed record QuadraticFunction(NumberList<double> Slope, NumberList<double> Eigenvalues, NumberList<double> Vectors) : IProximable
    {
        public int Dimension => Slope.Count;

        public double Value(ReadOnlySpan<double> x, ProximalWorkspace work)
        {
            int n = x.Length;
            double sum = Reduce.Dot(Slope.Span, x);
            for (int k = 0; k < n; k++)
            {
                double dot = Reduce.Dot(Vectors.Span.Slice(k * n, n), x);
                sum += 0.5 * Math.Max(Eigenvalues[k], 0) * dot * dot;
            }

            return sum;
        }

        public void Apply(ReadOnlySpan<double> x, double step, Span<double> result, ProximalWorkspace work)
        {
            int n = x.Length;
            Span<double> moved = work.Numbers(0, n);
            Optimizers.Vectors.AddScaled(x, -step, Slope.Span, moved);
            result = result[..n];
            result.Clear();
            for (int k = 0; k < n; k++)
            {
                ReadOnlySpan<double> vector = Vectors.Span.Slice(k * n, n);
                Optimizers.Vectors.AddScaled(result, Reduce.Dot(vector, moved) / (1 + (step * Math.Max(Eigenvalues[k], 0))), vector, result);
            }
        }
    }
}
