using System.Numerics;
using OptiCore.LinearAlgebra;

namespace OptiCore.Peers.Cases;

/// <summary>10,000 small systems and products, against a loop of LAPACK and BLAS calls. Both sides copy the matrices and right sides that they overwrite.</summary>
internal static class BatchedCases
{
    private const int Count = 10000;

    public static IEnumerable<PeerCase> All => [.. Of<double>("double"), .. Of<float>("float")];

    private static IEnumerable<PeerCase> Of<T>(string type) where T : unmanaged, IFloatingPointIeee754<T> =>
    [
        .. ((int[])[2, 4, 8, 16]).Select(n => new PeerCase($"batched posv {type} n={n}", "OpenBLAS", () => Posv<T>(n))),
        .. ((int[])[2, 4, 8, 16]).Select(n => new PeerCase($"batched gesv {type} n={n}", "OpenBLAS", () => Gesv<T>(n))),
        .. ((int[])[2, 4, 8, 16]).Select(n => new PeerCase($"batched gemm {type} n={n}", "OpenBLAS", () => Gemm<T>(n))),
    ];

    private static T[] Matrices<T>(int n) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] a = Fill.Normal<T>(Count * n * n, 1);
        for (int p = 0; p < Count; p++)
        {
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < i; j++)
                    a[(((p * n) + j) * n) + i] = a[(((p * n) + i) * n) + j];
                a[(((p * n) + i) * n) + i] += T.CreateChecked(4 * n);
            }
        }

        return a;
    }

    private static unsafe Contest Posv<T>(int n) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] a = Matrices<T>(n), copy = new T[a.Length], start = Fill.Normal<T>(Count * n, 2), b = new T[start.Length], c = new T[start.Length];
        int[] status = new int[Count];
        OpenBlas.SetThreads(1);
        return new Contest(
            () =>
            {
                start.CopyTo(b, 0);
                BatchedCholesky.SolveEach<T>(a, n, Count, b, 1, status);
            },
            new Native(() =>
            {
                a.CopyTo(copy, 0);
                start.CopyTo(c, 0);
                int order = n, one = 1, info;
                fixed (T* pa = copy, pc = c)
                {
                    for (int p = 0; p < Count; p++)
                    {
                        if (typeof(T) == typeof(double))
                            OpenBlas.Posv((byte)'U', &order, &one, (double*)pa + (p * n * n), &order, (double*)pc + (p * n), &order, &info);
                        else
                            OpenBlas.Posv((byte)'U', &order, &one, (float*)pa + (p * n * n), &order, (float*)pc + (p * n), &order, &info);
                    }
                }
            }));
    }

    private static unsafe Contest Gesv<T>(int n) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] a = Matrices<T>(n), copy = new T[a.Length], start = Fill.Normal<T>(Count * n, 2), b = new T[start.Length], c = new T[start.Length];
        int[] status = new int[Count], pivots = new int[n];
        OpenBlas.SetThreads(1);
        return new Contest(
            () =>
            {
                start.CopyTo(b, 0);
                BatchedLu.SolveEach<T>(a, n, Count, b, 1, status);
            },
            new Native(() =>
            {
                a.CopyTo(copy, 0);
                start.CopyTo(c, 0);
                int order = n, one = 1, info;
                fixed (T* pa = copy, pc = c)
                fixed (int* pp = pivots)
                {
                    for (int p = 0; p < Count; p++)
                    {
                        if (typeof(T) == typeof(double))
                            OpenBlas.Gesv(&order, &one, (double*)pa + (p * n * n), &order, pp, (double*)pc + (p * n), &order, &info);
                        else
                            OpenBlas.Gesv(&order, &one, (float*)pa + (p * n * n), &order, pp, (float*)pc + (p * n), &order, &info);
                    }
                }
            }));
    }

    private static unsafe Contest Gemm<T>(int n) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] a = Fill.Normal<T>(Count * n * n, 1), b = Fill.Normal<T>(Count * n * n, 2), d = new T[Count * n * n];
        T[] pa = new T[BatchLayout.Length<T>(n, n, Count)], pb = [.. pa], c = [.. pa];
        BatchLayout.Pack<T>(a, n, n, Count, pa);
        BatchLayout.Pack<T>(b, n, n, Count, pb);
        OpenBlas.SetThreads(1);
        return new Contest(
            () => BatchedBlas.Gemm<T>(false, false, n, n, n, Count, T.One, pa, pb, T.Zero, c),
            new Native(() =>
            {
                fixed (T* qa = a, qb = b, qd = d)
                {
                    for (int p = 0; p < Count * n * n; p += n * n)
                    {
                        if (typeof(T) == typeof(double))
                            OpenBlas.Gemm(OpenBlas.RowMajor, OpenBlas.NoTranspose, OpenBlas.NoTranspose, n, n, n, 1.0, (double*)qa + p, n, (double*)qb + p, n, 0, (double*)qd + p, n);
                        else
                            OpenBlas.Gemm(OpenBlas.RowMajor, OpenBlas.NoTranspose, OpenBlas.NoTranspose, n, n, n, 1f, (float*)qa + p, n, (float*)qb + p, n, 0, (float*)qd + p, n);
                    }
                }
            }));
    }
}
