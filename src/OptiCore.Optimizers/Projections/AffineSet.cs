using System.Globalization;
using OptiCore.LinearAlgebra;
using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <content>Affine sets and half-spaces.</content>
public static partial class ConvexSet
{
    /// <summary>
    /// The solutions of A x = b: x - Q (Q'x - c) with an orthonormal basis Q of the rows of A, from a pivoted QR factorization of A' made here, so that dependent equations are allowed. A
    /// projection costs 4 n rank(A).
    /// </summary>
    /// <param name="matrix">The matrix A, m x n, row-major.</param>
    /// <param name="rightSide">The vector b, m elements, at least 1.</param>
    /// <exception cref="ArgumentException">The sizes don't fit, an element isn't finite, or the equations contradict each other.</exception>
    public static IConvexSet Affine(ReadOnlySpan<double> matrix, ReadOnlySpan<double> rightSide)
    {
        int m = rightSide.Length;
        if (m == 0 || matrix.IsEmpty || matrix.Length % m != 0)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"A matrix of {matrix.Length} elements has no {m} rows."), nameof(matrix));
        Require.AllFinite(matrix, nameof(matrix));
        Require.AllFinite(rightSide, nameof(rightSide));
        int n = matrix.Length / m;
        var transposed = new double[n * m];
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
                transposed[(j * m) + i] = matrix[(i * n) + j];
        }

        var qr = new PivotedQr<double>(n, m);
        qr.Factor(transposed);
        int rank = qr.Rank();
        double[] basis = new double[rank * n], offsets = new double[rank];
        for (int k = 0; k < rank; k++)
        {
            Span<double> row = basis.AsSpan(k * n, n);
            row[k] = 1;
            qr.ApplyQ(row);

            // A x = b with A' P = Q R reads R'(Q'x) = P'b: forward substitution.
            double sum = rightSide[qr.Permutation[k]];
            for (int i = 0; i < k; i++)
                sum -= qr.R(i, k) * offsets[i];
            offsets[k] = sum / qr.R(k, k);
        }

        for (int k = rank; k < m; k++)
        {
            double sum = rightSide[qr.Permutation[k]], scale = Math.Abs(sum);
            for (int i = 0; i < rank; i++)
            {
                sum -= qr.R(i, k) * offsets[i];
                scale += Math.Abs(qr.R(i, k) * offsets[i]);
            }

            if (Math.Abs(sum) > 1e-10 * scale)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Equation {qr.Permutation[k]} contradicts the others: no point solves them all."), nameof(rightSide));
        }

        return new AffineSet(n, new NumberList<double>(basis), new NumberList<double>(offsets));
    }

    /// <summary>The half-space a.x &lt;= b.</summary>
    /// <param name="normal">The vector a, n elements, not 0.</param>
    /// <param name="offset">The number b.</param>
    /// <exception cref="ArgumentException">The vector is 0 or has an element that isn't finite.</exception>
    public static IConvexSet HalfSpace(ReadOnlySpan<double> normal, double offset)
    {
        Require.AllFinite(normal, nameof(normal));
        if (!(Reduce.MaxNorm(normal) > 0))
            throw new ArgumentException("The normal of a half-space must not be 0.", nameof(normal));
        return new HalfSpaceSet(new NumberList<double>(normal), Require.Finite(offset, nameof(offset)));
    }

    private sealed record AffineSet(int Dimension, NumberList<double> Basis, NumberList<double> Offsets) : IConvexSet
    {
        public void Project(ReadOnlySpan<double> x, Span<double> projection, ProximalWorkspace work)
        {
            x.CopyTo(projection);
            projection = projection[..Dimension];
            for (int k = 0; k < Offsets.Count; k++)
            {
                ReadOnlySpan<double> row = Basis.Span.Slice(k * Dimension, Dimension);
                Vectors.AddScaled(projection, Offsets[k] - Reduce.Dot(row, projection), row, projection);
            }
        }
    }

    private sealed record HalfSpaceSet(NumberList<double> Normal, double Offset) : IConvexSet
    {
        public int Dimension => Normal.Count;

        public void Project(ReadOnlySpan<double> x, Span<double> projection, ProximalWorkspace work)
        {
            double excess = Reduce.Dot(Normal.Span, x) - Offset;
            if (excess > 0)
                Vectors.AddScaled(x, -excess / Reduce.SumOfSquares(Normal.Span), Normal.Span, projection);
            else
                x.CopyTo(projection);
        }
    }
}
