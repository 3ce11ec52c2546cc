using OptiCore.LinearAlgebra;

namespace OptiCore.Samplers;

/// <summary>What filters do with small dense matrices.</summary>
internal static class SmallMatrix
{
    public static void Symmetrize(Span<double> a, int n)
    {
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
                a[(i * n) + j] = a[(j * n) + i] = 0.5 * (a[(i * n) + j] + a[(j * n) + i]);
        }
    }

    public static void Transpose(ReadOnlySpan<double> a, int rows, int columns, Span<double> transposed)
    {
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
                transposed[(j * rows) + i] = a[(i * columns) + j];
        }
    }

    /// <summary>Writes R' of a factorization with its columns' signs changed so that the diagonal isn't negative: the lower triangular root of A'A.</summary>
    public static void LowerRoot(Qr<double> qr, int n, Span<double> work, Span<double> lower)
    {
        Span<double> r = work[..(n * n)];
        qr.CopyR(r);
        for (int k = 0; k < n; k++)
        {
            double sign = r[(k * n) + k] < 0 ? -1 : 1;
            for (int i = 0; i < n; i++)
                lower[(i * n) + k] = sign * r[(k * n) + i];
        }
    }

    /// <summary>Replaces e by L^-1 e and returns log N(e; 0, L L') where the law has fewer elements than L, the others being 0 with variance 1.</summary>
    public static double LogDensity(ReadOnlySpan<double> lower, int p, Span<double> e, int present)
    {
        Blas.Trsv(Triangle.Lower, false, Diagonal.Stored, p, lower, p, e);
        double sum = -0.5 * present * Math.Log(2 * Math.PI);
        for (int i = 0; i < p; i++)
            sum -= (0.5 * e[i] * e[i]) + Math.Log(lower[(i * p) + i]);
        return sum;
    }
}
