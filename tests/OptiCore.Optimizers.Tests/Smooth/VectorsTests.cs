using OptiCore.Randomness;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Smooth;

public class VectorsTests
{
    [Fact]
    public void FourDotsAreTheFourProducts()
    {
        for (int n = 0; n <= 70; n++)
        {
            double[] v = new double[4 * n];
            RandomFill.Normal(RandomKey.FromSeed((ulong)n), v);
            ReadOnlySpan<double> a = v.AsSpan(0, n), b = v.AsSpan(n, n), x = v.AsSpan(2 * n, n), y = v.AsSpan(3 * n, n);
            (double ax, double ay, double bx, double by) = Vectors.FourDots(a, b, x, y);
            Promises.Close(Dot(a, x), ax, 1e-13, 1e-12, $"a.x, n = {n}");
            Promises.Close(Dot(a, y), ay, 1e-13, 1e-12, $"a.y, n = {n}");
            Promises.Close(Dot(b, x), bx, 1e-13, 1e-12, $"b.x, n = {n}");
            Promises.Close(Dot(b, y), by, 1e-13, 1e-12, $"b.y, n = {n}");
        }

        static double Dot(ReadOnlySpan<double> p, ReadOnlySpan<double> q)
        {
            double sum = 0;
            for (int i = 0; i < p.Length; i++)
                sum += p[i] * q[i];
            return sum;
        }
    }

    [Fact]
    public void SumsOfScaledVectorsAreElementwise()
    {
        for (int n = 1; n <= 40; n++)
        {
            double[] v = new double[5 * n], one = new double[n];
            RandomFill.Normal(RandomKey.FromSeed((ulong)n), v);
            double[] x = v[..n], y = v[n..(2 * n)], z = v[(2 * n)..(3 * n)], w = v[(3 * n)..(4 * n)], start = v[(4 * n)..];
            start.CopyTo(one, 0);
            Vectors.AddPairs(2, x, -3, y, 0.5, z, 7, w, one);
            for (int i = 0; i < n; i++)
            {
                double first = (2 * x[i]) + (-3 * y[i]), second = (0.5 * z[i]) + (7 * w[i]);
                Assert.Equal(start[i] + (first + second), one[i]);
            }

            start.CopyTo(one, 0);
            Vectors.AddPair(2, x, -3, y, one);
            for (int i = 0; i < n; i++)
                Assert.Equal(start[i] + ((2 * x[i]) + (-3 * y[i])), one[i]);
        }
    }
}
