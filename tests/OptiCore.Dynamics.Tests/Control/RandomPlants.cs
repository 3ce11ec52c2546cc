using FsCheck;
using FsCheck.Fluent;

namespace OptiCore.Dynamics.Tests.Control;

/// <summary>Random plants and weights, from a generated seed.</summary>
internal static class RandomPlants
{
    /// <summary>Sizes and a seed.</summary>
    public static Arbitrary<(int N, int M, ulong Seed)> Sizes(int most = 5) => (
        from n in Gen.Choose(1, most)
        from m in Gen.Choose(1, 2)
        from seed in Gen.Choose(0, 1 << 20)
        select (n, m, (ulong)seed)).ToArbitrary();

    public static double[] Normal(ulong seed, int count, double scale = 1)
    {
        RandomStream stream = RandomKey.FromSeed(seed).Stream();
        double[] values = new double[count];
        for (int i = 0; i < count; i++)
            values[i] = scale * stream.NextNormal();
        return values;
    }

    /// <summary>A positive definite matrix M'M / n + I / 10.</summary>
    public static double[] Positive(ulong seed, int n)
    {
        double[] root = Normal(seed ^ 0xABCDEF, n * n), result = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                for (int k = 0; k < n; k++)
                    result[(i * n) + j] += root[(k * n) + i] * root[(k * n) + j] / n;
                result[(i * n) + j] += i == j ? 0.1 : 0;
            }
        }

        return result;
    }

    public static LinearPlant Plant((int N, int M, ulong Seed) p, bool discrete)
    {
        double[] a = Normal(p.Seed, p.N * p.N, 1 / Math.Sqrt(p.N)), b = Normal(p.Seed + 77777, p.N * p.M);
        return discrete ? LinearPlant.Discrete(a, b) : LinearPlant.Continuous(a, b);
    }

    public static double[] Product(ReadOnlySpan<double> a, ReadOnlySpan<double> b, int m, int k, int n)
    {
        double[] c = new double[m * n];
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                for (int l = 0; l < k; l++)
                    c[(i * n) + j] += a[(i * k) + l] * b[(l * n) + j];
            }
        }

        return c;
    }

    public static double[] Transpose(ReadOnlySpan<double> a, int m, int n)
    {
        double[] t = new double[a.Length];
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
                t[(j * m) + i] = a[(i * n) + j];
        }

        return t;
    }

    public static double[] Identity(int n)
    {
        double[] identity = new double[n * n];
        for (int i = 0; i < n; i++)
            identity[(i * n) + i] = 1;
        return identity;
    }

    public static double Distance(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        Assert.Equal(x.Length, y.Length);
        double worst = 0;
        for (int i = 0; i < x.Length; i++)
            worst = Math.Max(worst, Math.Abs(x[i] - y[i]));
        return worst;
    }
}
