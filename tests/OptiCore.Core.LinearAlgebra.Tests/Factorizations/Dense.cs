using System.Numerics;

namespace OptiCore.Core.Tests.LinearAlgebra;

/// <summary>Plain loops in double precision, against which the factorizations are checked.</summary>
internal static class Dense
{
    public static double[] ToDouble<T>(ReadOnlySpan<T> values) where T : unmanaged, IFloatingPointIeee754<T>
    {
        double[] result = new double[values.Length];
        for (int i = 0; i < result.Length; i++)
            result[i] = double.CreateChecked(values[i]);
        return result;
    }

    public static double[] Multiply(double[] a, double[] b, int m, int k, int n)
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

    public static double[] Transpose(double[] a, int m, int n)
    {
        double[] t = new double[n * m];
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
                t[(j * m) + i] = a[(i * n) + j];
        }

        return t;
    }

    public static double[] Identity(int n)
    {
        double[] a = new double[n * n];
        for (int i = 0; i < n; i++)
            a[(i * n) + i] = 1;
        return a;
    }

    /// <summary>The largest difference is at most a multiple of the largest expected element.</summary>
    public static void AssertClose(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, double relative, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        double norm = 0, error = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            norm = Math.Max(norm, Math.Abs(expected[i]));
            double difference = Math.Abs(expected[i] - actual[i]);
            error = double.IsNaN(difference) ? double.NaN : Math.Max(error, difference);
        }

        Assert.True(error <= relative * norm, $"{what}: error {error:g3} of {norm:g3}, tolerance {relative:g3}");
    }

    /// <summary>The machine epsilon.</summary>
    public static double Epsilon<T>() where T : unmanaged, IFloatingPointIeee754<T> => double.CreateChecked(T.BitIncrement(T.One) - T.One);
}
