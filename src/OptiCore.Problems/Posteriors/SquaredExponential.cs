using OptiCore.LinearAlgebra;
using OptiCore.Numerics;

namespace OptiCore.Problems;

/// <summary>
/// The covariance C[i,j] = alpha^2 exp(-(x[i] - x[j])^2 / (2 rho^2)), plus a number on the diagonal, with its Cholesky factor and the reverse of both: what Gaussian processes in few points share.
/// Matrices are n x n, row by row; of symmetric ones the lower triangle counts.
/// </summary>
internal sealed class SquaredExponential
{
    private readonly double[] _halfSquares;

    /// <summary>For given inputs.</summary>
    public SquaredExponential(ReadOnlySpan<double> inputs)
    {
        Count = inputs.Length;
        _halfSquares = new double[Count * Count];
        for (int i = 0; i < Count; i++)
        {
            for (int j = 0; j < Count; j++)
                _halfSquares[(i * Count) + j] = 0.5 * (inputs[i] - inputs[j]) * (inputs[i] - inputs[j]);
        }
    }

    /// <summary>The number n of inputs.</summary>
    public int Count { get; }

    /// <summary>Writes the covariance without the addition to its diagonal, and its factor with it.</summary>
    /// <returns>False if the matrix isn't positive definite in floating point.</returns>
    public bool TryFactor(double rho, double alpha, double diagonal, Span<double> covariance, Span<double> factor)
    {
        int n = Count;
        double scale = -1 / (rho * rho), shift = 2 * Math.Log(alpha);
        for (int i = 0; i < n; i++)
        {
            Span<double> row = covariance.Slice(i * n, i + 1);
            ReadOnlySpan<double> squares = _halfSquares.AsSpan(i * n, i + 1);
            for (int j = 0; j < row.Length; j++)
                row[j] = shift + (scale * squares[j]);
            VectorMath.Exp(row, row);
            row.CopyTo(factor[(i * n)..]);
            factor[(i * n) + i] += diagonal;
        }

        return Cholesky.TryFactor(factor, n);
    }

    /// <summary>The derivatives by rho and alpha, from those by the elements of the lower triangle of C, each of which stands for its mirror image too.</summary>
    public (double ByRho, double ByAlpha) Pullback(double rho, double alpha, ReadOnlySpan<double> covariance, ReadOnlySpan<double> gradient)
    {
        double byRho = 0, byAlpha = 0;
        for (int i = 0; i < Count; i++)
        {
            ReadOnlySpan<double> c = covariance.Slice(i * Count, i + 1), g = gradient.Slice(i * Count, i + 1), squares = _halfSquares.AsSpan(i * Count, i + 1);
            for (int j = 0; j < c.Length; j++)
            {
                double product = g[j] * c[j];
                byAlpha += product;
                byRho += product * squares[j];
            }
        }

        return (2 * byRho / (rho * rho * rho), 2 * byAlpha / alpha);
    }

    /// <summary>
    /// The reverse rule of the Cholesky factor: replaces the gradient by L's lower triangle by that by C's, where an element below the diagonal stands for its mirror image too.
    /// n^3 / 3 multiplications and additions. S. P. Smith (1995), Differentiation of the Cholesky algorithm; I. Murray (2016), Differentiation of the Cholesky decomposition.
    /// </summary>
    public static void FactorPullback(int n, ReadOnlySpan<double> factor, Span<double> gradient)
    {
        for (int i = n - 1; i >= 0; i--)
        {
            ReadOnlySpan<double> row = factor.Slice(i * n, n);
            Span<double> rowGradient = gradient.Slice(i * n, n);
            for (int j = i; j >= 0; j--)
            {
                if (j == i)
                {
                    rowGradient[i] *= 0.5 / row[i];
                }
                else
                {
                    rowGradient[j] /= factor[(j * n) + j];
                    gradient[(j * n) + j] -= rowGradient[j] * row[j];
                }

                double byElement = rowGradient[j];
                ReadOnlySpan<double> other = factor.Slice(j * n, j);
                Span<double> otherGradient = gradient.Slice(j * n, j);
                for (int k = 0; k < other.Length; k++)
                {
                    double own = row[k];
                    rowGradient[k] -= byElement * other[k];
                    otherGradient[k] -= byElement * own;
                }
            }
        }
    }
}
