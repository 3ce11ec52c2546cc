using System.Numerics;
using OptiCore.LinearAlgebra;

namespace OptiCore.Peers.Cases;

/// <summary>Matrix products: square ones of all sizes, transposed operands, the thin shapes of factorizations, two threads.</summary>
internal static class GemmCases
{
    private static readonly int[] Sizes = [2, 3, 4, 6, 8, 12, 15, 16, 24, 32, 48, 64, 96, 128, 256, 512, 1024, 2048];

    private static readonly (string Name, bool A, bool B)[] Transposes = [("nt", false, true), ("tn", true, false), ("tt", true, true)];

    // What a blocked factorization of order 1024 asks for, and the normal equations of a tall matrix.
    private static readonly (string Name, bool A, bool B, int M, int N, int K)[] Thin =
    [
        ("update k=32", false, false, 1024, 1024, 32), ("update k=48", false, false, 1024, 1024, 48), ("update k=64", false, false, 1024, 1024, 64),
        ("update nt k=48", false, true, 512, 512, 48), ("panel n=32", false, false, 1024, 32, 1024), ("rows m=32", false, false, 32, 1024, 1024),
        ("tall tn 32x32", true, false, 32, 32, 20000), ("tall tn 100x8", true, false, 100, 8, 5000), ("tall nn k=16", false, false, 20000, 16, 16),
    ];

    public static IEnumerable<PeerCase> All => [.. Of<double>("double"), .. Of<float>("float")];

    private static IEnumerable<PeerCase> Of<T>(string type) where T : unmanaged, IFloatingPointIeee754<T> =>
    [
        .. Sizes.Select(n => new PeerCase($"gemm {type} n={n}", "OpenBLAS", () => Product<T>(false, false, n, n, n, 0, 1))),
        .. from t in Transposes
           from n in (int[])[4, 8, 16, 32, 64, 128, 512]
           select new PeerCase($"gemm {type} {t.Name} n={n}", "OpenBLAS", () => Product<T>(t.A, t.B, n, n, n, 0, 1)),
        .. Thin.Select(t => new PeerCase($"gemm {type} {t.Name}", "OpenBLAS", () => Product<T>(t.A, t.B, t.M, t.N, t.K, t.Name.StartsWith("update", StringComparison.Ordinal) ? 1 : 0, 1))),
        .. ((int[])[128, 256, 512, 1024, 2048]).Select(n => new PeerCase($"gemm {type} n={n}", "OpenBLAS", () => Product<T>(false, false, n, n, n, 0, 2)) { Threads = 2 }),
    ];

    private static unsafe Contest Product<T>(bool transposeA, bool transposeB, int m, int n, int k, int beta, int threads) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] a = Fill.Normal<T>(m * k, 1), b = Fill.Normal<T>(k * n, 2), c = new T[m * n], d = new T[m * n];
        int lda = transposeA ? m : k, ldb = transposeB ? k : n;
        int ta = transposeA ? OpenBlas.Transpose : OpenBlas.NoTranspose, tb = transposeB ? OpenBlas.Transpose : OpenBlas.NoTranspose;
        IWorkers? workers = threads > 1 ? Workers.Threads(threads) : null;
        T keep = T.CreateChecked(beta), small = T.CreateChecked(1e-3);
        bool plain = !transposeA && !transposeB && beta == 0 && workers is null;
        OpenBlas.SetThreads(threads);
        return new Contest(
            () =>
            {
                if (plain)
                    Blas.Multiply<T>(a, b, c, m, k, n);
                else
                    Blas.Gemm(transposeA, transposeB, m, n, k, small, a, lda, b, ldb, keep, c, n, workers);
            },
            new Native(() =>
            {
                fixed (T* pa = a, pb = b, pd = d)
                {
                    if (typeof(T) == typeof(double))
                        OpenBlas.Gemm(OpenBlas.RowMajor, ta, tb, m, n, k, 1e-3, (double*)pa, lda, (double*)pb, ldb, beta, (double*)pd, n);
                    else
                        OpenBlas.Gemm(OpenBlas.RowMajor, ta, tb, m, n, k, 1e-3f, (float*)pa, lda, (float*)pb, ldb, beta, (float*)pd, n);
                }
            }));
    }
}
