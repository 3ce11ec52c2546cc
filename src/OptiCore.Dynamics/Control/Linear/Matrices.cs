using System.Globalization;
using OptiCore.LinearAlgebra;

namespace OptiCore.Dynamics;

/// <summary>Small dense row-major matrices of control: what is too little for a public operation and too often written out.</summary>
internal static class Matrices
{
    /// <summary>The order n of a square matrix of n * n elements.</summary>
    public static int Order(ReadOnlySpan<double> a, string name)
    {
        int n = (int)Math.Round(Math.Sqrt(a.Length));
        return n > 0 && n * n == a.Length ? n : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name} has {a.Length} elements; a square matrix of at least one row was expected."), name);
    }

    /// <summary>The columns of a matrix of n rows.</summary>
    public static int Columns(ReadOnlySpan<double> b, int n, string name)
    {
        int m = b.Length / n;
        return m > 0 && m * n == b.Length ? m : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name} has {b.Length} elements; a matrix with one side {n} was expected."), name);
    }

    /// <summary>A copy of a symmetric finite matrix.</summary>
    /// <exception cref="ArgumentException">The size differs, an element isn't finite, or the matrix isn't symmetric up to rounding.</exception>
    public static double[] Symmetric(ReadOnlySpan<double> a, int n, string name)
    {
        Require.Length(a.Length, n * n, name);
        Require.AllFinite(a, name);
        double[] copy = a.ToArray();
        double size = Numerics.Reduce.MaxNorm(a);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
            {
                if (Math.Abs(a[(i * n) + j] - a[(j * n) + i]) > 1e-12 * size)
                {
                    throw new ArgumentException(
                        string.Create(CultureInfo.InvariantCulture, $"{name} isn't symmetric: its elements ({i}, {j}) and ({j}, {i}) are {a[(i * n) + j]:r} and {a[(j * n) + i]:r}."), name);
                }
            }
        }

        Symmetrize(copy, n);
        return copy;
    }

    public static double[] Finite(ReadOnlySpan<double> a, int length, string name)
    {
        Require.Length(a.Length, length, name);
        Require.AllFinite(a, name);
        return a.ToArray();
    }

    public static void Symmetrize(Span<double> a, int n)
    {
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
                a[(i * n) + j] = a[(j * n) + i] = 0.5 * (a[(i * n) + j] + a[(j * n) + i]);
        }
    }

    public static double[] Transpose(ReadOnlySpan<double> a, int rows, int columns)
    {
        double[] result = new double[a.Length];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
                result[(j * rows) + i] = a[(i * columns) + j];
        }

        return result;
    }

    /// <summary>op(A) op(B) for op(A) of m x k and op(B) of k x n.</summary>
    public static double[] Product(ReadOnlySpan<double> a, ReadOnlySpan<double> b, int m, int k, int n, bool transposeA = false, bool transposeB = false)
    {
        double[] c = new double[m * n];
        Blas.Gemm(transposeA, transposeB, m, n, k, 1.0, a, transposeA ? m : k, b, transposeB ? k : n, 0.0, c, n);
        return c;
    }

    /// <summary>x'A y.</summary>
    public static double Form(ReadOnlySpan<double> x, ReadOnlySpan<double> a, ReadOnlySpan<double> y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
            sum += x[i] * Dot(a.Slice(i * y.Length, y.Length), y);
        return sum;
    }

    public static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
            sum += x[i] * y[i];
        return sum;
    }

    public static bool AllFinite(ReadOnlySpan<double> x)
    {
        foreach (double v in x)
        {
            if (!double.IsFinite(v))
                return false;
        }

        return true;
    }

    /// <summary>Copies a block into a larger matrix.</summary>
    public static void Paste(ReadOnlySpan<double> block, int rows, int columns, Span<double> target, int leading, int row, int column)
    {
        for (int i = 0; i < rows; i++)
            block.Slice(i * columns, columns).CopyTo(target[(((row + i) * leading) + column)..]);
    }

    /// <summary>Solves the positive definite system A X = B in place of B; false when A isn't positive definite. A is overwritten by its factor.</summary>
    public static bool TrySolve(Span<double> a, int n, Span<double> b, int columns)
    {
        if (!Cholesky.TryFactor(a, n))
            return false;
        Cholesky.Solve<double>(a, n, n, b, columns, columns);
        return true;
    }
}
