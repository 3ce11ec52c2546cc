namespace OptiCore.LinearAlgebra;

/// <summary>Copies of matrices.</summary>
internal static class MatrixCopy
{
    // 16 x 16 elements: the lines of both sides stay in the L1 cache.
    private const int Tile = 16;

    /// <summary>B = A' for an m x n matrix A.</summary>
    public static void Transpose<T>(int m, int n, ReadOnlySpan<T> a, int lda, Span<T> b, int ldb) where T : unmanaged
    {
        for (int i0 = 0; i0 < m; i0 += Tile)
        {
            int end = Math.Min(m, i0 + Tile);
            for (int j0 = 0; j0 < n; j0 += Tile)
            {
                int length = Math.Min(Tile, n - j0);
                for (int i = i0; i < end; i++)
                {
                    ReadOnlySpan<T> row = a.Slice((i * lda) + j0, length);
                    for (int j = 0; j < row.Length; j++)
                        b[((j0 + j) * ldb) + i] = row[j];
                }
            }
        }
    }

    /// <summary>B = A for m x n matrices.</summary>
    public static void Copy<T>(int m, int n, ReadOnlySpan<T> a, int lda, Span<T> b, int ldb) where T : unmanaged
    {
        for (int i = 0; i < m; i++)
            a.Slice(i * lda, n).CopyTo(b.Slice(i * ldb, n));
    }
}
