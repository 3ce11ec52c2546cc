using System.Numerics;
using OptiCore.LinearAlgebra;
using OptiCore.Randomness;

namespace OptiCore.Peers.Cases;

/// <summary>Factorizations of square matrices against LAPACK. Both sides copy the matrix first, since both work in place.</summary>
internal static class FactorizationCases
{
    private static readonly int[] Sizes = [64, 128, 256, 512, 1024];

    public static IEnumerable<PeerCase> All =>
    [
        .. Sizes.Select(n => new PeerCase($"cholesky double n={n}", "OpenBLAS", () => Cholesky<double>(n))),
        .. Sizes.Select(n => new PeerCase($"cholesky float n={n}", "OpenBLAS", () => Cholesky<float>(n))),
        .. Sizes.Select(n => new PeerCase($"lu double n={n}", "OpenBLAS", () => Lu<double>(n))),
        .. Sizes.Select(n => new PeerCase($"lu float n={n}", "OpenBLAS", () => Lu<float>(n))),
        .. Sizes.Select(n => new PeerCase($"qr double n={n}", "OpenBLAS", () => Qr<double>(n))),
        .. Sizes.Select(n => new PeerCase($"qr float n={n}", "OpenBLAS", () => Qr<float>(n))),
    ];

    private static T[] Random<T>(int n, bool dominant) where T : unmanaged, IFloatingPointIeee754<T>
    {
        double[] normal = new double[n * n];
        RandomFill.Normal(RandomKey.FromSeed(1), normal);
        T[] a = [.. normal.Select(T.CreateTruncating)];
        for (int i = 0; dominant && i < n; i++)
        {
            for (int j = 0; j < i; j++)
                a[(j * n) + i] = a[(i * n) + j];
            a[(i * n) + i] = T.CreateTruncating(4 * Math.Sqrt(n));
        }

        return a;
    }

    private static unsafe Contest Cholesky<T>(int n) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] matrix = Random<T>(n, true), a = new T[n * n], b = new T[n * n];
        OpenBlas.SetThreads(1);
        return new Contest(
            () =>
            {
                matrix.CopyTo(a, 0);
                LinearAlgebra.Cholesky.TryFactor<T>(a, n);
            },
            new Native(() =>
            {
                matrix.CopyTo(b, 0);
                byte upper = (byte)'L';
                int size = n, info;
                fixed (T* p = b)
                {
                    if (typeof(T) == typeof(double))
                        Lapack.Potrf(&upper, &size, (double*)p, &size, &info);
                    else
                        Lapack.Potrf(&upper, &size, (float*)p, &size, &info);
                }
            }));
    }

    private static unsafe Contest Lu<T>(int n) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] matrix = Random<T>(n, false), a = new T[n * n], b = new T[n * n];
        int[] permutation = new int[n], pivots = new int[n];
        OpenBlas.SetThreads(1);
        return new Contest(
            () =>
            {
                matrix.CopyTo(a, 0);
                LinearAlgebra.Lu.TryFactor(a, n, n, permutation);
            },
            new Native(() =>
            {
                matrix.CopyTo(b, 0);
                int size = n, info;
                fixed (T* p = b)
                fixed (int* q = pivots)
                {
                    if (typeof(T) == typeof(double))
                        Lapack.Getrf(&size, &size, (double*)p, &size, q, &info);
                    else
                        Lapack.Getrf(&size, &size, (float*)p, &size, q, &info);
                }
            }));
    }

    private static unsafe Contest Qr<T>(int n) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] matrix = Random<T>(n, false), b = new T[n * n], tau = new T[n], work = new T[64 * n];
        var qr = new LinearAlgebra.Qr<T>(n, n);
        OpenBlas.SetThreads(1);
        return new Contest(
            () => qr.Factor(matrix),
            new Native(() =>
            {
                matrix.CopyTo(b, 0);
                int size = n, info, length = work.Length;
                fixed (T* p = b, pt = tau, pw = work)
                {
                    if (typeof(T) == typeof(double))
                        Lapack.Geqrf(&size, &size, (double*)p, &size, (double*)pt, (double*)pw, &length, &info);
                    else
                        Lapack.Geqrf(&size, &size, (float*)p, &size, (float*)pt, (float*)pw, &length, &info);
                }
            }));
    }
}
