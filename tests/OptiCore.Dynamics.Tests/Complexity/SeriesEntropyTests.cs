using FsCheck;
using FsCheck.Fluent;
using OptiCore.Fourier;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests;

public class SeriesEntropyTests
{
    private static double[] Noise(int length, int seed = 5)
    {
        RandomStream stream = RandomKey.FromSeed(4).Fold(seed).Stream();
        return [.. Enumerable.Range(0, length).Select(_ => stream.NextNormal())];
    }

    /// <summary>The definitions of Richman and Moorman (2000) and Pincus (1991), written out.</summary>
    [Fact]
    public void EntropiesAreThoseOfTheDefinition()
    {
        Prop.ForAll(Gen.Choose(-20, 20).Select(i => i / 4.0).ArrayOf(40).ToArbitrary(), Gen.Choose(1, 3).ToArbitrary(), (s, m) =>
        {
            const double R = 1.1;
            long a = 0, b = 0;
            for (int i = 0; i < s.Length - m; i++)
            {
                for (int j = i + 1; j < s.Length - m; j++)
                {
                    b += Alike(i, j, m) ? 1 : 0;
                    a += Alike(i, j, m + 1) ? 1 : 0;
                }
            }

            Promises.Close(-Math.Log(a / (double)b), new SampleEntropy { Length = m }.OfTolerance(s, R), 1e-14, 1e-14, "sample entropy");
            Promises.Close(Phi(m) - Phi(m + 1), new ApproximateEntropy { Length = m }.OfTolerance(s, R), 1e-12, 1e-12, "approximate entropy");

            bool Alike(int i, int j, int length) => Enumerable.Range(0, length).All(k => Math.Abs(s[i + k] - s[j + k]) <= R);

            double Phi(int length)
            {
                int count = s.Length - length + 1;
                return Enumerable.Range(0, count).Average(i => Math.Log(Enumerable.Range(0, count).Count(j => Alike(i, j, length)) / (double)count));
            }
        }).Check(Forall.Config);
    }

    /// <summary>The worked example that accompanies the method everywhere: 51 heart rates 85, 80, 89, ... with m = 2 and r = 3 have 1.0997e-5, which states the magnitude only.</summary>
    [Fact]
    public void TheWorkedExampleOfApproximateEntropy() =>
        Promises.Close(1.0996541e-05, Math.Abs(new ApproximateEntropy().OfTolerance([.. Enumerable.Repeat(new double[] { 85, 80, 89 }, 17).SelectMany(x => x)], 3)), 1e-7, 0, "ApEn");

    /// <summary>
    /// Independent normal samples are alike with the probability erf(r / 2), r in standard deviations, and the means of k of them with erf(r sqrt(k) / 2): Costa, Goldberger and Peng (2005), Multiscale
    /// entropy analysis of biological signals. 3% is five standard errors at this length.
    /// </summary>
    [Fact]
    public void TheMultiscaleEntropyOfWhiteNoiseFallsAsItShould()
    {
        double[] entropies = new SampleEntropy().Multiscale(Noise(6000), 5);
        for (int k = 1; k <= 5; k++)
            Promises.Close(-Math.Log(OptiCore.SpecialFunctions.Erf(0.1 * Math.Sqrt(k))), entropies[k - 1], 0.06, 0, $"scale {k}");
        Assert.True(new SampleEntropy().Of([.. Enumerable.Range(0, 1000).Select(i => Math.Sin(0.2 * i))]) < 0.3);
        Assert.Equal(double.PositiveInfinity, new SampleEntropy().OfTolerance([1, 1, 2, 1, 1, 5, 9], 0.1));
        Assert.Throws<ArgumentException>(() => new SampleEntropy().Of([1, 2, 3]));
    }

    /// <summary>The periodogram of white noise is exponentially distributed, whose entropy falls short of the uniform one by 1 - Euler's constant.</summary>
    [Fact]
    public void TheSpectralEntropyTellsSinesFromNoise()
    {
        Assert.True(new SpectralEntropy().Of([.. Enumerable.Range(0, 4096).Select(i => Math.Sin(0.3 * i))]) < 0.2);
        double sum = 0;
        for (int i = 0; i < 20; i++)
            sum += new SpectralEntropy { Windowed = false }.Of(Noise(4096, i)) / 20;
        Promises.Close(1 - ((1 - 0.57721566490153286) / Math.Log(2048)), sum, 0, 0.002, "white noise");
        Assert.Throws<ArgumentException>(() => new SpectralEntropy().Of(new double[10]));
    }

    [Fact]
    public void FluctuationsOfNoiseHaveTheirExponents()
    {
        int[] windows = [16, 24, 36, 54, 81, 122, 183, 274, 411];
        double[] white = Noise(20_000), brown = [.. white];
        for (int i = 1; i < brown.Length; i++)
            brown[i] += brown[i - 1];
        foreach (int order in new[] { 1, 2 })
        {
            var method = new DetrendedFluctuation { Order = order };
            Promises.Close(0.5, method.LogFluctuations(white, windows).Fit(Math.Log(30)).Slope, 0, 0.05, $"white, order {order}");
            Promises.Close(1.5, method.LogFluctuations(brown, windows).Fit(Math.Log(30)).Slope, 0, 0.08, $"Brownian, order {order}");
            Promises.Close(0.8, method.LogFluctuations(Fractional(0.8, 1 << 14), windows).Fit(Math.Log(30)).Slope, 0, 0.06, $"fractional, order {order}");
        }

        // A polynomial's profile has one order more and is taken away exactly.
        double[] parabola = [.. Enumerable.Range(0, 500).Select(i => i * (i - 300.0))];
        ScalingCurve none = new DetrendedFluctuation { Order = 3 }.LogFluctuations(parabola, [50, 100]);
        Assert.All(none.Y, log => Assert.True(log < Math.Log(1e-6), $"log F = {log}."));
        Assert.Throws<ArgumentException>(() => new DetrendedFluctuation().LogFluctuations(white, [2]));
    }

    [Fact]
    public void TheRescaledRangeOfNoiseIsTheExpectedOne()
    {
        // Anis and Lloyd's formula by hand for 2 and 3 samples.
        Promises.Close(1, RescaledRange.Expected(2), 1e-14, 0, "n = 2");
        Promises.Close(2 / Math.PI * (Math.Sqrt(2) + Math.Sqrt(0.5)), RescaledRange.Expected(3), 1e-14, 0, "n = 3");
        int[] windows = [10, 20, 40, 80, 160, 320, 640];
        ScalingCurve white = RescaledRange.LogRatios(Noise(30_000), windows);
        Assert.All(white.Y.Take(5), log => Assert.InRange(log, -0.05, 0.05));
        Promises.Close(0, white.Fit().Slope, 0, 0.03, "white");

        // Relative to independent samples, windows of finite length pull the slope of persistent ones towards 0: below the 0.3 of H = 0.8, but far from 0.
        Assert.InRange(RescaledRange.LogRatios(Fractional(0.8, 1 << 15), windows).Fit().Slope, 0.18, 0.32);
    }

    /// <summary>Fractional Gaussian noise of Hurst exponent h, exactly, by embedding its covariance in a circulant: Davies and Harte (1987), Tests for Hurst effect.</summary>
    private static double[] Fractional(double h, int length)
    {
        int n = 2 * length;
        double[] values = new double[2 * n];
        for (int i = 0; i < n; i++)
        {
            double lag = Math.Min(i, n - i);
            values[2 * i] = 0.5 * (Math.Pow(lag + 1, 2 * h) - (2 * Math.Pow(lag, 2 * h)) + Math.Pow(Math.Abs(lag - 1), 2 * h));
        }

        var transform = new Fft<double>(n);
        transform.Forward(values);
        RandomStream stream = RandomKey.FromSeed(8).Stream();
        for (int i = 0; i < n; i++)
        {
            double size = Math.Sqrt(Math.Max(0, values[2 * i]) / n);
            (values[2 * i], values[(2 * i) + 1]) = (size * stream.NextNormal(), size * stream.NextNormal());
        }

        transform.Forward(values);
        return [.. Enumerable.Range(0, length).Select(i => values[2 * i])];
    }
}
