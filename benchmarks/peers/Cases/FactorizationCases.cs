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
        .. Sizes.Select(n => new PeerCase($"pivoted qr double n={n}", "OpenBLAS", () => PivotedQr<double>(n))),
        .. Sizes.Select(n => new PeerCase($"ldlt double n={n}", "OpenBLAS", () => Ldlt<double>(n))),
        .. Sizes.Select(n => new PeerCase($"ldlt float n={n}", "OpenBLAS", () => Ldlt<float>(n))),
        new PeerCase("lasso path n=200000 d=20 on a sketch", "all rows", LassoPath),
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

    private static unsafe Contest PivotedQr<T>(int n) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] matrix = Random<T>(n, false), b = new T[n * n], tau = new T[n], work = new T[64 * n];
        int[] permutation = new int[n];
        var qr = new LinearAlgebra.PivotedQr<T>(n, n);
        OpenBlas.SetThreads(1);
        return new Contest(
            () => qr.Factor(matrix),
            new Native(() =>
            {
                matrix.CopyTo(b, 0);
                permutation.AsSpan().Clear();
                int size = n, info, length = work.Length;
                fixed (T* p = b, pt = tau, pw = work)
                fixed (int* q = permutation)
                {
                    if (typeof(T) == typeof(double))
                        Lapack.Geqp3(&size, &size, (double*)p, &size, q, (double*)pt, (double*)pw, &length, &info);
                    else
                        Lapack.Geqp3(&size, &size, (float*)p, &size, q, (float*)pt, (float*)pw, &length, &info);
                }
            }));
    }

    private static unsafe Contest Ldlt<T>(int n) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] matrix = Random<T>(n, true), b = new T[n * n], work = new T[64 * n];
        for (int i = 0; i < n; i += 2)
            matrix[(i * n) + i] = T.Zero;
        int[] pivots = new int[n];
        var ldlt = new LinearAlgebra.Ldlt<T>(n);
        OpenBlas.SetThreads(1);
        return new Contest(
            () => ldlt.TryFactor(matrix),
            new Native(() =>
            {
                matrix.CopyTo(b, 0);
                byte lower = (byte)'L';
                int size = n, info, length = work.Length;
                fixed (T* p = b, pw = work)
                fixed (int* q = pivots)
                {
                    if (typeof(T) == typeof(double))
                        Lapack.Sytrf(&lower, &size, (double*)p, &size, q, (double*)pw, &length, &info);
                    else
                        Lapack.Sytrf(&lower, &size, (float*)p, &size, q, (float*)pw, &length, &info);
                }
            }));
    }

    /// <summary>Ten penalties by coordinate descent, on the sketch (its making included) and on all rows.</summary>
    private static Contest LassoPath()
    {
        const int Rows = 200_000, Columns = 20;
        double[] a = new double[Rows * Columns], b = new double[Rows], transposed = new double[Rows * Columns], x = new double[Columns], y = new double[Columns];
        RandomFill.Normal(RandomKey.FromSeed(1), a);
        RandomFill.Normal(RandomKey.FromSeed(2), b);
        for (int i = 0; i < Rows; i++)
        {
            for (int j = 0; j < Columns; j++)
            {
                transposed[(j * Rows) + i] = a[(i * Columns) + j];
                b[i] += j % 3 == 0 ? a[(i * Columns) + j] : 0;
            }
        }

        var sketch = new HouseholderSketch<double>(Columns);
        double[] r = new double[Columns * Columns], z = new double[Columns], small = new double[Columns * Columns];
        return new Contest(
            () =>
            {
                sketch.Clear();
                sketch.Add(a, b);
                sketch.CopyTo(r, z);
                for (int i = 0; i < Columns; i++)
                {
                    for (int j = 0; j < Columns; j++)
                        small[(j * Columns) + i] = r[(i * Columns) + j];
                }

                Path(small, z, Columns, x);
            },
            new Native(() => Path(transposed, b, Rows, y)));

        static void Path(double[] transposed, double[] b, int rows, double[] x)
        {
            Array.Clear(x);
            double[] residual = [.. b];
            for (double lasso = Rows; lasso > Rows / 1000.0; lasso /= 2)
            {
                for (double largest = 1; largest > 1e-12;)
                {
                    largest = 0;
                    for (int j = 0; j < x.Length; j++)
                    {
                        ReadOnlySpan<double> column = transposed.AsSpan(j * rows, rows);
                        double squares = Numerics.Reduce.SumOfSquares(column), gradient = Numerics.Reduce.Dot(column, residual) + (squares * x[j]);
                        double next = Math.Sign(gradient) * Math.Max(0, Math.Abs(gradient) - lasso) / squares, change = next - x[j];
                        if (change != 0)
                            System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(column, -change, residual, residual);
                        x[j] = next;
                        largest = Math.Max(largest, Math.Abs(change));
                    }
                }
            }
        }
    }
}
