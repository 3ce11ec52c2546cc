using System.Numerics;
using OptiCore.LinearAlgebra;

namespace OptiCore.Dynamics;

/// <summary>Small complex systems by way of real ones of twice the size, [Re A, -Im A; Im A, Re A] [Re x; Im x] = [Re b; Im b].</summary>
internal static class ComplexSystem
{
    /// <summary>The least-squares solutions of smallest norm of A X = B.</summary>
    /// <param name="a">The matrix A, rows x columns.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="b">The matrix B, rows x sides.</param>
    /// <param name="sides">The number of right sides.</param>
    /// <returns>X, columns x sides.</returns>
    public static Complex[] LeastSquares(ReadOnlySpan<Complex> a, int rows, int columns, ReadOnlySpan<Complex> b, int sides)
    {
        var real = new double[4 * rows * columns];
        int width = 2 * columns;
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                Complex value = a[(i * columns) + j];
                real[(i * width) + j] = real[((rows + i) * width) + columns + j] = value.Real;
                real[((rows + i) * width) + j] = value.Imaginary;
                real[(i * width) + columns + j] = -value.Imaginary;
            }
        }

        var solver = new CompleteOrthogonal<double>(2 * rows, width);
        solver.Factor(real);
        double[] right = new double[2 * rows], solution = new double[width];
        var x = new Complex[columns * sides];
        for (int s = 0; s < sides; s++)
        {
            for (int i = 0; i < rows; i++)
                (right[i], right[rows + i]) = (b[(i * sides) + s].Real, b[(i * sides) + s].Imaginary);
            solver.Solve(right, solution);
            for (int j = 0; j < columns; j++)
                x[(j * sides) + s] = new Complex(solution[j], solution[columns + j]);
        }

        return x;
    }

    /// <summary>The eigenvalues and right eigenvectors, as columns of a row-major matrix, of a real matrix; false if the iteration didn't converge.</summary>
    public static bool TryEigen(ReadOnlySpan<double> matrix, int n, out Complex[] values, out Complex[] vectors)
    {
        var eigen = new GeneralEigen<double>(n);
        values = new Complex[n];
        vectors = new Complex[n * n];
        if (!eigen.Factor(matrix))
            return false;
        double[] real = new double[n], imaginary = new double[n];
        for (int j = 0; j < n; j++)
        {
            values[j] = new Complex(eigen.RealParts[j], eigen.ImaginaryParts[j]);
            eigen.CopyRight(j, real, imaginary);
            for (int i = 0; i < n; i++)
                vectors[(i * n) + j] = new Complex(real[i], imaginary[i]);
        }

        return true;
    }
}
