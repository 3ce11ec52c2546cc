using System.Numerics;
using OptiCore.LinearAlgebra;

namespace OptiCore.Peers.Cases;

/// <summary>Products with vectors, symmetric products and triangular systems.</summary>
internal static class BlasCases
{
    public static IEnumerable<PeerCase> All => [.. Of<double>("double"), .. Of<float>("float")];

    private static IEnumerable<PeerCase> Of<T>(string type) where T : unmanaged, IFloatingPointIeee754<T> =>
    [
        .. from transpose in (bool[])[false, true]
           from n in (int[])[4, 16, 30, 64, 128, 256, 512, 1024]
           select new PeerCase($"gemv {type}{(transpose ? " t" : "")} n={n}", "OpenBLAS", () => Gemv<T>(transpose, n)),
        .. ((int[])[16, 64, 256, 1024]).Select(n => new PeerCase($"ger {type} n={n}", "OpenBLAS", () => Ger<T>(n))),
        .. from transpose in (bool[])[false, true]
           from size in ((int N, int K)[])[(8, 8), (32, 32), (64, 64), (128, 128), (256, 256), (512, 512), (1024, 1024), (1024, 48)]
           select new PeerCase($"syrk {type}{(transpose ? " t" : "")} n={size.N} k={size.K}", "OpenBLAS", () => Syrk<T>(transpose, size.N, size.K, 1)),
        new PeerCase($"syrk {type} n=1024 k=1024", "OpenBLAS", () => Syrk<T>(false, 1024, 1024, 2)) { Threads = 2 },
        .. from side in Enum.GetValues<Side>()
           from triangle in Enum.GetValues<Triangle>()
           from transpose in (bool[])[false, true]
           from n in (int[])[16, 64, 256, 1024]
           select new PeerCase($"trsm {type} {side} {triangle}{(transpose ? " t" : "")} n={n}", "OpenBLAS", () => Trsm<T>(side, triangle, transpose, n, 1)),
        .. Enum.GetValues<Side>().Select(side => new PeerCase($"trsm {type} {side} Lower n=1024", "OpenBLAS", () => Trsm<T>(side, Triangle.Lower, false, 1024, 2)) { Threads = 2 }),
        .. from transpose in (bool[])[false, true]
           from n in (int[])[16, 64, 256, 1024]
           select new PeerCase($"trsv {type}{(transpose ? " t" : "")} n={n}", "OpenBLAS", () => Trsv<T>(transpose, n)),
    ];

    private static unsafe Contest Gemv<T>(bool transpose, int n) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] a = Fill.Normal<T>(n * n, 1), x = Fill.Normal<T>(n, 2), y = new T[n], z = new T[n];
        int t = transpose ? OpenBlas.Transpose : OpenBlas.NoTranspose;
        OpenBlas.SetThreads(1);
        return new Contest(
            () => Blas.Gemv<T>(transpose, n, n, T.One, a, n, x, T.Zero, y),
            new Native(() =>
            {
                fixed (T* pa = a, px = x, pz = z)
                {
                    if (typeof(T) == typeof(double))
                        OpenBlas.Gemv(OpenBlas.RowMajor, t, n, n, 1.0, (double*)pa, n, (double*)px, 1, 0, (double*)pz, 1);
                    else
                        OpenBlas.Gemv(OpenBlas.RowMajor, t, n, n, 1f, (float*)pa, n, (float*)px, 1, 0, (float*)pz, 1);
                }
            }));
    }

    private static unsafe Contest Ger<T>(int n) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] a = Fill.Normal<T>(n * n, 1), b = [.. a], x = Fill.Normal<T>(n, 2), y = Fill.Normal<T>(n, 3);
        T alpha = T.CreateChecked(1e-9);
        OpenBlas.SetThreads(1);
        return new Contest(
            () => Blas.Ger<T>(n, n, alpha, x, y, a, n),
            new Native(() =>
            {
                fixed (T* pb = b, px = x, py = y)
                {
                    if (typeof(T) == typeof(double))
                        OpenBlas.Ger(OpenBlas.RowMajor, n, n, 1e-9, (double*)px, 1, (double*)py, 1, (double*)pb, n);
                    else
                        OpenBlas.Ger(OpenBlas.RowMajor, n, n, 1e-9f, (float*)px, 1, (float*)py, 1, (float*)pb, n);
                }
            }));
    }

    private static unsafe Contest Syrk<T>(bool transpose, int n, int k, int threads) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] a = Fill.Normal<T>(n * k, 1), c = new T[n * n], d = new T[n * n];
        int lda = transpose ? n : k, t = transpose ? OpenBlas.Transpose : OpenBlas.NoTranspose;
        IWorkers? workers = threads > 1 ? Workers.Threads(threads) : null;
        OpenBlas.SetThreads(threads);
        return new Contest(
            () => Blas.Syrk(Triangle.Lower, transpose, n, k, T.One, a, lda, T.Zero, c, n, workers),
            new Native(() =>
            {
                fixed (T* pa = a, pd = d)
                {
                    if (typeof(T) == typeof(double))
                        OpenBlas.Syrk(OpenBlas.RowMajor, OpenBlas.Lower, t, n, k, 1.0, (double*)pa, lda, 0, (double*)pd, n);
                    else
                        OpenBlas.Syrk(OpenBlas.RowMajor, OpenBlas.Lower, t, n, k, 1f, (float*)pa, lda, 0, (float*)pd, n);
                }
            }));
    }

    // A is so near to the identity that a right side may be solved for again and again.
    private static T[] NearIdentity<T>(int n) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] a = [.. Fill.Normal<T>(n * n, 1).Select(v => v * T.CreateChecked(1e-9))];
        for (int i = 0; i < n; i++)
            a[i * (n + 1)] = T.One;
        return a;
    }

    private static unsafe Contest Trsm<T>(Side side, Triangle triangle, bool transpose, int n, int threads) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] a = NearIdentity<T>(n), b = Fill.Normal<T>(n * n, 2), d = [.. b];
        int s = side == Side.Left ? OpenBlas.Left : OpenBlas.Right, u = triangle == Triangle.Lower ? OpenBlas.Lower : OpenBlas.Upper;
        int t = transpose ? OpenBlas.Transpose : OpenBlas.NoTranspose;
        IWorkers? workers = threads > 1 ? Workers.Threads(threads) : null;
        OpenBlas.SetThreads(threads);
        return new Contest(
            () => Blas.Trsm<T>(side, triangle, transpose, Diagonal.Stored, n, n, T.One, a, n, b, n, workers),
            new Native(() =>
            {
                fixed (T* pa = a, pd = d)
                {
                    if (typeof(T) == typeof(double))
                        OpenBlas.Trsm(OpenBlas.RowMajor, s, u, t, OpenBlas.NonUnit, n, n, 1.0, (double*)pa, n, (double*)pd, n);
                    else
                        OpenBlas.Trsm(OpenBlas.RowMajor, s, u, t, OpenBlas.NonUnit, n, n, 1f, (float*)pa, n, (float*)pd, n);
                }
            }));
    }

    private static unsafe Contest Trsv<T>(bool transpose, int n) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] a = NearIdentity<T>(n), x = Fill.Normal<T>(n, 2), y = [.. x];
        int t = transpose ? OpenBlas.Transpose : OpenBlas.NoTranspose;
        OpenBlas.SetThreads(1);
        return new Contest(
            () => Blas.Trsv<T>(Triangle.Lower, transpose, Diagonal.Stored, n, a, n, x),
            new Native(() =>
            {
                fixed (T* pa = a, py = y)
                {
                    if (typeof(T) == typeof(double))
                        OpenBlas.Trsv(OpenBlas.RowMajor, OpenBlas.Lower, t, OpenBlas.NonUnit, n, (double*)pa, n, (double*)py, 1);
                    else
                        OpenBlas.Trsv(OpenBlas.RowMajor, OpenBlas.Lower, t, OpenBlas.NonUnit, n, (float*)pa, n, (float*)py, 1);
                }
            }));
    }
}
