namespace OptiCore.LinearAlgebra;

/// <summary>Systems with several right sides from the factors of <see cref="Lu"/>.</summary>
internal static class DenseSolve
{
    /// <summary>X = A^-1 B for contiguous matrices, B with <paramref name="columns"/> columns.</summary>
    public static void Left(ReadOnlySpan<double> lu, int n, ReadOnlySpan<int> permutation, ReadOnlySpan<double> b, Span<double> x, int columns)
    {
        for (int i = 0; i < n; i++)
            b.Slice(permutation[i] * columns, columns).CopyTo(x[(i * columns)..]);
        Blas.Trsm(Side.Left, Triangle.Lower, false, Diagonal.Unit, n, columns, 1.0, lu, n, x, columns);
        Blas.Trsm(Side.Left, Triangle.Upper, false, Diagonal.Stored, n, columns, 1.0, lu, n, x, columns);
    }
}
