using System.Numerics;
using OptiCore.Fourier;

namespace OptiCore.Core.Tests.Analysis.Fourier;

public class FftTests
{
    /// <summary>Every length up to 130, and lengths that take every other path: two sweeps, convolution, mixed radices.</summary>
    public static TheoryData<int> Lengths => [.. Enumerable.Range(1, 130), 169, 210, 243, 256, 289, 360, 512, 529, 961, 1000, 1009, 1024, 1331, 2048, 2187, 2310, 4096, 12000, 16384, 32768, 40000, 65537];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void MeetsTheDefinitionInDouble(int n) => MeetsTheDefinition<double>(n);

    [Theory]
    [MemberData(nameof(Lengths))]
    public void MeetsTheDefinitionInSingle(int n) => MeetsTheDefinition<float>(n);

    private static void MeetsTheDefinition<T>(int n) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] x = Signals.Random<T>(2 * n, 1), y = new T[2 * n], z = new T[2 * n];
        var plan = new Fft<T>(n, FourierScaling.None);
        plan.Forward(x, y);
        plan.Inverse(x, z);
        (double[] cos, double[] sin) = Signals.Roots(n);

        // Each element of a random vector's transform has about the size sqrt(2 n / 3).
        double bound = 1.5 * Signals.Epsilon<T>() * Math.Sqrt(n) * Math.Sqrt(Math.Log2(n) + 1) * (n > 1000 ? 2 : 1.5);
        int step = Math.Max(1, n / 60);
        for (int k = 0; k < n; k += step)
        {
            Check(y, false);
            Check(z, true);

            void Check(T[] actual, bool inverse)
            {
                (double re, double im) = Signals.Element<T>(x, k, inverse, cos, sin);
                double error = Math.Sqrt(Math.Pow(double.CreateChecked(actual[2 * k]) - re, 2) + Math.Pow(double.CreateChecked(actual[(2 * k) + 1]) - im, 2));
                if (!(error <= bound))
                    Assert.Fail($"n = {n}, element {k}, inverse {inverse}: ({actual[2 * k]}, {actual[(2 * k) + 1]}), expected ({re}, {im}); error {error:g3}, bound {bound:g3}.");
            }
        }
    }

    [Theory]
    [InlineData(64)]
    [InlineData(1000)]
    [InlineData(1009)]
    [InlineData(4096)]
    [InlineData(65536)]
    public void TheErrorGrowsWithTheRootOfTheLogarithm(int n)
    {
        // Root-mean-square error over sampled elements, in units of roundoff: at most 0.62 sqrt(log2 n) as measured, more for convolutions with a chirp.
        double[] x = Signals.Random<double>(2 * n, 3), y = new double[2 * n];
        new Fft<double>(n).Forward(x, y);
        (double[] cos, double[] sin) = Signals.Roots(n);
        double error = 0, size = 0;
        int step = Math.Max(1, n / 64);
        for (int k = 0; k < n; k += step)
        {
            (double re, double im) = Signals.Element<double>(x, k, false, cos, sin);
            error += ((y[2 * k] - re) * (y[2 * k] - re)) + ((y[(2 * k) + 1] - im) * (y[(2 * k) + 1] - im));
            size += (re * re) + (im * im);
        }

        double units = Math.Sqrt(error / size) / (Signals.Epsilon<double>() / 2);
        TestContext.Current.TestOutputHelper?.WriteLine($"n = {n}: {units:f2} units of roundoff");
        Assert.InRange(units, 0.01, 0.9 * Math.Sqrt(Math.Log2(n)) * (n == 1009 ? 2 : 1));
    }
}
