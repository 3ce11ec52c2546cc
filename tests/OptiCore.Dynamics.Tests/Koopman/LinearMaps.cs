using System.Numerics;
using OptiCore.LinearAlgebra;
using OptiCore.Randomness;

namespace OptiCore.Dynamics.Tests.Koopman;

/// <summary>Random linear maps and what is known of them.</summary>
internal static class LinearMaps
{
    public static double[] Normals(int count, ulong seed)
    {
        var values = new double[count];
        RandomFill.Normal(RandomKey.FromSeed(seed), values);
        return values;
    }

    public static double[] Map(int n, ulong seed) => [.. Normals(n * n, seed).Select(v => v / Math.Sqrt(n))];

    public static double[] Times(double[] a, ReadOnlySpan<double> x)
    {
        var y = new double[a.Length / x.Length];
        Blas.Gemv(false, y.Length, x.Length, 1.0, a, x.Length, x, 0.0, y);
        return y;
    }

    /// <summary>States from several starting points.</summary>
    public static TimeSeries Series(double[] a, int n, int pieces, int length, ulong seed, double step = 1) => TimeSeries.Join([.. Enumerable.Range(0, pieces).Select(p =>
    {
        var states = new List<double>();
        double[] x = Normals(n, (seed * 1000) + (ulong)p);
        for (int k = 0; k < length; k++)
        {
            states.AddRange(x);
            x = Times(a, x);
        }

        return new TimeSeries(states.ToArray(), n, step);
    })]);

    public static Complex[] Eigenvalues(double[] a, int n)
    {
        var eigen = new GeneralEigen<double>(n, EigenvectorSides.None);
        Assert.True(eigen.Factor(a));
        return [.. Enumerable.Range(0, n).Select(j => new Complex(eigen.RealParts[j], eigen.ImaginaryParts[j]))];
    }

    /// <summary>The largest distance from a number of one set to the nearest of the other, both ways.</summary>
    public static double Distance(IEnumerable<Complex> first, IEnumerable<Complex> second)
    {
        Complex[] a = [.. first], b = [.. second];
        return Math.Max(a.Max(x => b.Min(y => Complex.Abs(x - y))), b.Max(x => a.Min(y => Complex.Abs(x - y))));
    }
}
