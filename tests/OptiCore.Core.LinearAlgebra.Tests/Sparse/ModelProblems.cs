using System.Numerics;
using OptiCore.LinearAlgebra;

namespace OptiCore.Core.Tests.LinearAlgebra;

/// <summary>The sparse problems of tests/reference/sparse, built here too.</summary>
internal static class ModelProblems
{
    /// <summary>The five-point Laplacian of a k x k grid.</summary>
    public static CsrMatrix<T> Poisson<T>(int k, double convection = 0) where T : unmanaged, IFloatingPointIeee754<T>
    {
        List<int> i = [], j = [];
        List<T> v = [];
        for (int r = 0; r < k; r++)
        {
            for (int c = 0; c < k; c++)
            {
                Add(0, 0, 4);
                Add(-1, 0, -1);
                Add(1, 0, -1);
                Add(0, -1, -1 - convection);
                Add(0, 1, -1 + convection);

                void Add(int dr, int dc, double value)
                {
                    if (r + dr < 0 || r + dr >= k || c + dc < 0 || c + dc >= k)
                        return;
                    i.Add((r * k) + c);
                    j.Add(((r + dr) * k) + c + dc);
                    v.Add(T.CreateChecked(value));
                }
            }
        }

        return CsrMatrix<T>.FromTriplets(k * k, k * k, i.ToArray(), j.ToArray(), v.ToArray());
    }

    public static CsrMatrix<T> Tall<T>(int m, int n) where T : unmanaged, IFloatingPointIeee754<T>
    {
        List<int> i = [], j = [];
        List<T> v = [];
        for (int row = 0; row < m; row++)
        {
            foreach (int s in (int[])[1, 3, 7])
            {
                i.Add(row);
                j.Add(((row * s) + s) % n);
                v.Add(T.CreateChecked(((((row * 5) + (s * 3)) % 13 - 6) / 4.0) + (s == 1 ? 0.1 : 0)));
            }
        }

        return CsrMatrix<T>.FromTriplets(m, n, i.ToArray(), j.ToArray(), v.ToArray());
    }

    public static T[] Right<T>(int n) where T : unmanaged, IFloatingPointIeee754<T> =>
        [.. Enumerable.Range(0, n).Select(i => T.CreateChecked((((7 * i) % 11) - 5) / 5.0))];

    /// <summary>Each element stored with a probability; uniform in [-1, 1).</summary>
    public static CsrMatrix<double> Random(int rows, int columns, double density, ulong seed)
    {
        double[] a = TestMatrices.Random(rows, columns, seed), keep = TestMatrices.Random(rows, columns, seed + 77);
        for (int p = 0; p < a.Length; p++)
            a[p] = (keep[p] + 1) / 2 < density ? a[p] : 0;
        return CsrMatrix<double>.FromDense(a, rows, columns);
    }

    /// <summary>A random sparse symmetric positive definite matrix: B B' + I.</summary>
    public static CsrMatrix<double> PositiveDefinite(int n, double density, ulong seed)
    {
        CsrMatrix<double> b = Random(n, n, density, seed);
        return b.Multiply(b.Transpose()).Add(1, CsrMatrix<double>.Identity(n));
    }

    public static double[] Dense(CsrMatrix<double> a)
    {
        double[] dense = new double[a.Rows * a.Columns];
        a.ToDense(dense);
        return dense;
    }

    public static double[] Product(double[] a, double[] b, int m, int k, int n)
    {
        double[] c = new double[m * n];
        for (int i = 0; i < m; i++)
        {
            for (int p = 0; p < k; p++)
            {
                for (int j = 0; j < n; j++)
                    c[(i * n) + j] += a[(i * k) + p] * b[(p * n) + j];
            }
        }

        return c;
    }

    public static double Norm(IEnumerable<double> x) => Math.Sqrt(x.Sum(v => v * v));

    public static double Distance(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        Assert.Equal(a.Length, b.Length);
        for (int i = 0; i < a.Length; i++)
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        return Math.Sqrt(sum);
    }

    public static double Residual(ILinearOperator<double> a, double[] b, double[] x)
    {
        double[] product = new double[a.Rows];
        a.Apply(x, product);
        return Distance(product, b);
    }
}
