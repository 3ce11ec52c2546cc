using System.Numerics;

namespace OptiCore.Core.Tests.LinearAlgebra;

/// <summary>Matrices for tests, the same ones for the same seed.</summary>
internal static class TestMatrices
{
    /// <summary>Elements uniform in [-1, 1), row-major.</summary>
    public static double[] Random(int rows, int columns, ulong seed) => Random<double>(rows, columns, seed);

    /// <summary>Elements uniform in [-1, 1), row-major; exactly representable in both precisions.</summary>
    public static T[] Random<T>(int rows, int columns, ulong seed) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var stream = RandomKey.FromSeed(seed).Stream();
        T[] values = new T[rows * columns];
        for (int i = 0; i < values.Length; i++)
            values[i] = T.CreateChecked((((int)(stream.NextUInt32() >> 8)) - (1 << 23)) / (double)(1 << 23));
        return values;
    }

    /// <summary>A symmetric positive definite matrix: B B' + n I.</summary>
    public static double[] PositiveDefinite(int n, ulong seed)
    {
        double[] b = Random(n, n, seed), a = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double sum = i == j ? n : 0;
                for (int k = 0; k < n; k++)
                    sum += b[(i * n) + k] * b[(j * n) + k];
                a[(i * n) + j] = sum;
            }
        }

        return a;
    }
}
