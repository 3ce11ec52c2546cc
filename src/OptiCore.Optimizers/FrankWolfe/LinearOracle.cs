using OptiCore.LinearAlgebra;
using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <summary>
/// Linear oracles of sets whose projection isn't cheap; those of sets that have both are in <see cref="ConvexSet"/>. M. Jaggi (2013), Revisiting Frank-Wolfe: projection-free sparse convex
/// optimization, table 1.
/// </summary>
public static class LinearOracle
{
    /// <summary>
    /// The ball |x|_p &lt;= r with 1 &lt; p &lt; infinity: -r sign(c) |c|^{q-1} / |c|_q^{q-1} with 1/p + 1/q = 1. O(n). The ball is strongly convex for p &lt;= 2 and uniformly convex beyond. For p = 1
    /// and infinity see <see cref="ConvexSet.L1Ball"/> and <see cref="ConvexSet.LInfinityBall"/>.
    /// </summary>
    /// <param name="exponent">The exponent p.</param>
    /// <param name="radius">The radius r, positive.</param>
    public static ILinearOracle LpBall(double exponent, double radius = 1)
    {
        if (!(exponent > 1) || !double.IsFinite(exponent))
            throw new ArgumentOutOfRangeException(nameof(exponent), exponent, "exponent must be greater than 1 and finite.");
        return new LpBallOracle(exponent, Require.Positive(radius, nameof(radius)));
    }

    /// <summary>The image A C + b of a set under an affine map: A v + b for the v in C that minimises v.(A'c). An ellipsoid is the image of a ball. Costs 4 m n beside the set's own oracle.</summary>
    /// <param name="matrix">The matrix A, m x n, row-major.</param>
    /// <param name="rows">The number m of rows, the length of points of the image.</param>
    /// <param name="set">C.</param>
    /// <param name="offset">The vector b, m elements; empty for 0.</param>
    /// <exception cref="ArgumentException">The sizes don't fit, or an element isn't finite.</exception>
    public static ILinearOracle Image(ReadOnlySpan<double> matrix, int rows, ILinearOracle set, ReadOnlySpan<double> offset = default)
    {
        ArgumentNullException.ThrowIfNull(set);
        Require.Positive(rows, nameof(rows));
        if (matrix.IsEmpty || matrix.Length % rows != 0)
            throw new ArgumentException($"A matrix of {matrix.Length} elements has no {rows} rows.", nameof(matrix));
        Require.AllFinite(matrix, nameof(matrix));
        Require.AllFinite(offset, nameof(offset));
        if (!offset.IsEmpty)
            Require.Length(offset.Length, rows, nameof(offset));
        Prox.RequireDimension(set.Dimension, matrix.Length / rows, nameof(set));
        return new ImageOracle(rows, new NumberList<double>(matrix), set, new NumberList<double>(offset));
    }

    private sealed record LpBallOracle(double Exponent, double Radius) : ILinearOracle
    {
        public int Dimension => 0;

        public void Minimize(ReadOnlySpan<double> c, Span<double> vertex, ProximalWorkspace work)
        {
            double largest = Reduce.MaxNorm(c), power = 1 / (Exponent - 1), sum = 0;
            vertex = vertex[..c.Length];
            vertex.Clear();
            if (largest == 0)
            {
                vertex[0] = Radius;
                return;
            }

            // |v|_p = 1 with v = |c|^{q-1}, q - 1 = 1/(p - 1), divided by its norm.
            for (int i = 0; i < c.Length; i++)
            {
                double v = Math.Pow(Math.Abs(c[i]) / largest, power);
                vertex[i] = -Math.CopySign(v, c[i]);
                sum += Math.Pow(v, Exponent);
            }

            Vectors.Scale(Radius / Math.Pow(sum, 1 / Exponent), vertex, vertex);
        }
    }

    private sealed record ImageOracle(int Dimension, NumberList<double> Matrix, ILinearOracle Set, NumberList<double> Offset) : ILinearOracle
    {
        public void Minimize(ReadOnlySpan<double> c, Span<double> vertex, ProximalWorkspace work)
        {
            int n = Matrix.Count / Dimension;
            Span<double> pulled = work.Numbers(0, n), inner = work.Numbers(1, n);
            Blas.Gemv(true, Dimension, n, 1, Matrix.Span, n, c, 0, pulled);
            Set.Minimize(pulled, inner, work.Nested(0));
            vertex = vertex[..Dimension];
            Blas.Gemv(false, Dimension, n, 1, Matrix.Span, n, inner, 0, vertex);
            if (Offset.Count > 0)
                Vectors.AddScaled(vertex, 1, Offset.Span, vertex);
        }
    }
}
