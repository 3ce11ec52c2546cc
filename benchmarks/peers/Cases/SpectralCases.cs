using System.Numerics;
using OptiCore.LinearAlgebra;
using OptiCore.Randomness;

namespace OptiCore.Peers.Cases;

/// <summary>Eigenvalues, singular values and their vectors, against the fastest LAPACK driver of each.</summary>
internal static unsafe class SpectralCases
{
    private static readonly int[] Sizes = [64, 128, 256, 512, 1024];

    public static IEnumerable<PeerCase> All =>
    [
        .. Sizes.SelectMany(n => Symmetric<double>(n, "double")),
        .. Sizes.SelectMany(n => Symmetric<float>(n, "float")),
        .. Sizes.SelectMany(n => Singular<double>(n, "double")),
        .. Sizes.SelectMany(n => Singular<float>(n, "float")),
        .. Sizes[..4].SelectMany(n => General<double>(n, "double")),
    ];

    private static IEnumerable<PeerCase> Symmetric<T>(int n, string type) where T : unmanaged, IFloatingPointIeee754<T> =>
    [
        new PeerCase($"symmetric eigen {type} n={n} vectors", "OpenBLAS", () => SymmetricContest<T>(n, true)),
        new PeerCase($"symmetric eigen {type} n={n} values", "OpenBLAS", () => SymmetricContest<T>(n, false)),
    ];

    private static T[] Normal<T>(int count) where T : unmanaged, IFloatingPointIeee754<T>
    {
        double[] values = new double[count];
        RandomFill.Normal(RandomKey.FromSeed(1), values);
        return Array.ConvertAll(values, T.CreateTruncating);
    }

    private static Contest SymmetricContest<T>(int n, bool vectors) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] a = Normal<T>(n * n), b = new T[n * n], w = new T[n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
                a[(j * n) + i] = a[(i * n) + j];
        }

        OpenBlas.SetThreads(1);
        var ours = new SymmetricEigen<T>(n, vectors);
        T[] work = new T[1 + (6 * n) + (2 * n * n)];
        int[] integers = new int[3 + (5 * n)];
        return new Contest(
            () => ours.Factor(a),
            new Native(() =>
            {
                a.CopyTo(b, 0);
                byte job = (byte)(vectors ? 'V' : 'N'), triangle = (byte)'L';
                int order = n, lwork = work.Length, liwork = integers.Length, info;
                fixed (T* pb = b, pw = w, pwork = work)
                fixed (int* pi = integers)
                {
                    if (typeof(T) == typeof(double))
                        LapackSpectral.SymmetricEigen(&job, &triangle, &order, (double*)pb, &order, (double*)pw, (double*)pwork, &lwork, pi, &liwork, &info);
                    else
                        LapackSpectral.SymmetricEigen(&job, &triangle, &order, (float*)pb, &order, (float*)pw, (float*)pwork, &lwork, pi, &liwork, &info);
                }
            }));
    }

    private static IEnumerable<PeerCase> Singular<T>(int n, string type) where T : unmanaged, IFloatingPointIeee754<T> =>
    [
        new PeerCase($"svd {type} n={n} vectors", "OpenBLAS", () => SingularContest<T>(n, n, true)),
        new PeerCase($"svd {type} n={n} values", "OpenBLAS", () => SingularContest<T>(n, n, false)),
        new PeerCase($"svd {type} {4 * n} x {n} vectors", "OpenBLAS", () => SingularContest<T>(4 * n, n, true)),
    ];

    private static Contest SingularContest<T>(int m, int n, bool vectors) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] a = Normal<T>(m * n), b = new T[m * n], s = new T[n], u = new T[m * n], v = new T[n * n];
        OpenBlas.SetThreads(1);
        var ours = new Svd<T>(m, n, vectors ? SingularVectors.Thin : SingularVectors.None);
        T[] work = new T[(8 * n * n) + (64 * (m + n))];
        int[] integers = new int[8 * n];
        return new Contest(
            () => ours.Factor(a),
            new Native(() =>
            {
                // Column-major, these are the elements of an m x n matrix like any other.
                a.CopyTo(b, 0);
                byte job = (byte)(vectors ? 'S' : 'N');
                int rows = m, columns = n, lwork = work.Length, info;
                fixed (T* pb = b, ps = s, pu = u, pv = v, pwork = work)
                fixed (int* pi = integers)
                {
                    if (typeof(T) == typeof(double))
                        LapackSpectral.Svd(&job, &rows, &columns, (double*)pb, &rows, (double*)ps, (double*)pu, &rows, (double*)pv, &columns, (double*)pwork, &lwork, pi, &info);
                    else
                        LapackSpectral.Svd(&job, &rows, &columns, (float*)pb, &rows, (float*)ps, (float*)pu, &rows, (float*)pv, &columns, (float*)pwork, &lwork, pi, &info);
                }
            }));
    }

    private static IEnumerable<PeerCase> General<T>(int n, string type) where T : unmanaged, IFloatingPointIeee754<T> =>
    [
        new PeerCase($"general eigen {type} n={n} vectors", "OpenBLAS", () => GeneralContest<T>(n, true)),
        new PeerCase($"general eigen {type} n={n} values", "OpenBLAS", () => GeneralContest<T>(n, false)),
    ];

    private static Contest GeneralContest<T>(int n, bool vectors) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] a = Normal<T>(n * n), b = new T[n * n], real = new T[n], imaginary = new T[n], v = new T[n * n], work = new T[(64 * n) + (n * n)];
        OpenBlas.SetThreads(1);
        var ours = new GeneralEigen<T>(n, vectors ? EigenvectorSides.Right : EigenvectorSides.None);
        return new Contest(
            () => ours.Factor(a),
            new Native(() =>
            {
                a.CopyTo(b, 0);
                byte none = (byte)'N', job = (byte)(vectors ? 'V' : 'N');
                int order = n, lwork = work.Length, info;
                fixed (T* pb = b, pr = real, pi = imaginary, pv = v, pwork = work)
                {
                    if (typeof(T) == typeof(double))
                        LapackSpectral.GeneralEigen(&none, &job, &order, (double*)pb, &order, (double*)pr, (double*)pi, null, &order, (double*)pv, &order, (double*)pwork, &lwork, &info);
                    else
                        LapackSpectral.GeneralEigen(&none, &job, &order, (float*)pb, &order, (float*)pr, (float*)pi, null, &order, (float*)pv, &order, (float*)pwork, &lwork, &info);
                }
            }));
    }
}
