using System.Numerics;

namespace OptiCore.Core.Tests.Analysis.Fourier;

/// <summary>Data for tests, and the transforms by their definitions.</summary>
internal static class Signals
{
    /// <summary>Elements uniform in [-1, 1), exactly representable in both precisions.</summary>
    public static T[] Random<T>(int length, ulong seed) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var stream = RandomKey.FromSeed(seed).Stream();
        T[] values = new T[length];
        for (int i = 0; i < values.Length; i++)
            values[i] = T.CreateChecked((((int)(stream.NextUInt32() >> 8)) - (1 << 23)) / (double)(1 << 23));
        return values;
    }

    /// <summary>Element k of the discrete Fourier transform by its definition, with products and sums exact to about 100 bits and correctly rounded roots.</summary>
    public static (double Re, double Im) Element<T>(ReadOnlySpan<T> pairs, long k, bool inverse, double[] cos, double[] sin) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int n = pairs.Length / 2;
        (double High, double Low) re = default, im = default;
        for (int j = 0; j < n; j++)
        {
            int at = (int)(j * k % n);
            double x = double.CreateChecked(pairs[2 * j]), y = double.CreateChecked(pairs[(2 * j) + 1]), c = cos[at], s = inverse ? -sin[at] : sin[at];
            AddProduct(ref re, x, c);
            AddProduct(ref re, -y, s);
            AddProduct(ref im, x, s);
            AddProduct(ref im, y, c);
        }

        return (re.High + re.Low, im.High + im.Low);
    }

    /// <summary>cos(2 pi k / n) and -sin(2 pi k / n); within half a unit and a little of the last place by reduction to the first octant.</summary>
    public static (double[] Cos, double[] Sin) Roots(int n)
    {
        double[] cos = new double[n], sin = new double[n];
        for (long k = 0; k < n; k++)
        {
            long octant = 8 * k / n, rest = (8 * k) - (octant * n);
            if ((octant & 1) != 0)
                rest = n - rest;
            (double s, double c) = Math.SinCos(Math.PI / 4 * ((double)rest / n));
            if ((octant & 1) != 0)
                (s, c) = (c, s);
            (c, s) = (octant >> 1) switch { 0 => (c, s), 1 => (-s, c), 2 => (-c, -s), _ => (s, -c) };
            (cos[k], sin[k]) = (c, -s);
        }

        return (cos, sin);
    }

    /// <summary>|a - b| / |b| in the Euclidean norm.</summary>
    public static double RelativeError<T>(ReadOnlySpan<T> actual, ReadOnlySpan<T> expected) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Assert.Equal(expected.Length, actual.Length);
        double error = 0, size = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double e = double.CreateChecked(expected[i]), a = double.CreateChecked(actual[i]);
            error += (a - e) * (a - e);
            size += e * e;
        }

        return size == 0 ? Math.Sqrt(error) : Math.Sqrt(error / size);
    }

    /// <summary>The distance from 1 to the next number.</summary>
    public static double Epsilon<T>() where T : unmanaged, IFloatingPointIeee754<T> => double.CreateChecked(T.BitIncrement(T.One) - T.One);

    private static void AddProduct(ref (double High, double Low) sum, double a, double b)
    {
        double product = a * b, error = Math.FusedMultiplyAdd(a, b, -product);
        double next = sum.High + product, part = next - sum.High;
        sum = (next, sum.Low + (sum.High - (next - part)) + (product - part) + error);
    }
}
