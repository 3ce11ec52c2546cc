using System.Numerics;
using OptiCore.Fourier;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.Analysis.Fourier;

[Trait("Suite", "Kernels")]
public class KernelTests
{
    public static TheoryData<int> Lengths => [1, 2, 3, 7, 12, 16, 30, 33, 60, 64, 97, 128, 360, 1000, 1024, 1331];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void ASequenceHasTheSameBitsAloneAmongOthersAcrossAndEverywhereInDouble(int n) => SameBits<double>(n);

    [Theory]
    [MemberData(nameof(Lengths))]
    public void ASequenceHasTheSameBitsAloneAmongOthersAcrossAndEverywhereInSingle(int n) => SameBits<float>(n);

    private static void SameBits<T>(int n) where T : unmanaged, IFloatingPointIeee754<T>
    {
        const int Count = 19;
        var plan = new Fft<T>(n);
        T[] x = Signals.Random<T>(2 * n * Count, (ulong)n), rows = new T[x.Length], one = new T[2 * n];
        T[] columns = new T[x.Length], apart = new T[3 * x.Length];
        foreach (bool inverse in (bool[])[false, true])
        {
            if (inverse)
                plan.Inverse(x, rows);
            else
                plan.Forward(x, rows);
            for (int i = 0; i < Count; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    for (int part = 0; part < 2; part++)
                    {
                        columns[(2 * ((j * Count) + i)) + part] = x[(2 * ((i * n) + j)) + part];
                        apart[(2 * ((j * 3) + (i * 3 * n))) + part] = x[(2 * ((i * n) + j)) + part];
                    }
                }
            }

            plan.Transform(columns, columns, new FourierLayout(Count, Count, 1), inverse);
            plan.Transform(apart, apart, new FourierLayout(Count, 3, 3 * n), inverse);
            for (int i = 0; i < Count; i++)
            {
                x.AsSpan(2 * n * i, 2 * n).CopyTo(one);
                if (inverse)
                    plan.Inverse(one);
                else
                    plan.Forward(one);
                for (int j = 0; j < 2 * n; j++)
                {
                    T expected = one[j];
                    if (!expected.Equals(rows[(2 * n * i) + j]) || !expected.Equals(columns[(2 * (((j / 2) * Count) + i)) + (j % 2)]) || !expected.Equals(apart[(2 * (((j / 2) * 3) + (i * 3 * n))) + (j % 2)]))
                        Assert.Fail($"n = {n}, sequence {i}, part {j}: {expected} alone, {rows[(2 * n * i) + j]} among others, {columns[(2 * (((j / 2) * Count) + i)) + (j % 2)]} as a column.");
                }
            }

            Hardware.SameBitsEverywhere<T>(rows, $"{typeof(T).Name} {n} {inverse}");
        }

        var real = new RealFft<T>(n);
        T[] spectra = new T[2 * real.SpectrumLength * Count], back = new T[n * Count], spectrum = new T[2 * real.SpectrumLength];
        real.Forward(x.AsSpan(0, n * Count), spectra);
        real.Inverse(spectra, back);
        for (int i = 0; i < Count; i++)
        {
            real.Forward(x.AsSpan(n * i, n), spectrum);
            Assert.True(spectrum.AsSpan().SequenceEqual(spectra.AsSpan(spectrum.Length * i, spectrum.Length)), $"n = {n}: real sequence {i} has other bits among others.");
            real.Inverse(spectrum, one.AsSpan(0, n));
            Assert.True(one.AsSpan(0, n).SequenceEqual(back.AsSpan(n * i, n)), $"n = {n}: real inverse {i} has other bits among others.");
            Assert.True(Signals.RelativeError<T>(one.AsSpan(0, n), x.AsSpan(n * i, n)) < 20 * Signals.Epsilon<T>(), $"n = {n}: round trip of sequence {i}.");
        }

        Hardware.SameBitsEverywhere<T>(spectra, $"real {typeof(T).Name} {n}");
        foreach (TrigonometricKind kind in Enum.GetValues<TrigonometricKind>())
        {
            if (n == 1 && kind == TrigonometricKind.Cosine1)
                continue;
            var trigonometric = new TrigonometricTransform<T>(kind, n, true);
            T[] y = new T[n * Count];
            trigonometric.Forward(x.AsSpan(0, n * Count), y);
            Hardware.SameBitsEverywhere<T>(y, $"{kind} {typeof(T).Name} {n}");
            trigonometric.Forward(x.AsSpan(n, n), one.AsSpan(0, n));
            Assert.True(one.AsSpan(0, n).SequenceEqual(y.AsSpan(n, n)), $"{kind}, n = {n}: other bits among others.");
        }

        T[] walsh = [.. x.AsSpan(0, 16)];
        WalshHadamard.Transform<T>(walsh);
        Hardware.SameBitsEverywhere<T>(walsh, $"Walsh {typeof(T).Name} {n}");
    }

    [Theory]
    [InlineData(16384)]
    [InlineData(32768)]
    [InlineData(40000)]
    public void LongTransformsHaveTheSameBitsEverywhereAndForAnyNumberOfWorkers(int n)
    {
        double[] x = Signals.Random<double>(2 * n, 8), y = new double[2 * n], z = new double[2 * n];
        var plan = new Fft<double>(n);
        plan.Forward(x, y);
        plan.Forward(x, z, Workers.Threads(3));
        Promises.SameBits(y, z, $"n = {n} with 3 workers");
        Hardware.SameBitsEverywhere<double>(y, $"long {n}");
        plan.Inverse(z, Workers.Threads(2));
        Assert.True(Signals.RelativeError<double>(z, x) < 4e-16 * Math.Log2(n));
    }

    [Fact]
    public void BatchesHaveTheSameBitsForAnyNumberOfWorkers()
    {
        double[] x = Signals.Random<double>(2 * 60 * 2000, 9), y = new double[x.Length], z = new double[x.Length];
        var plan = new FftNd<double>([20, 100, 60]);
        plan.Forward(x, y);
        plan.Forward(x, z, Workers.Threads(3));
        Promises.SameBits(y, z, "three axes");
        plan.Inverse(z, z, Workers.Threads(2));
        Assert.True(Signals.RelativeError<double>(z, x) < 1e-14);
        var trigonometric = new TrigonometricTransform<double>(TrigonometricKind.Cosine2, 60);
        trigonometric.Forward(x, y);
        trigonometric.Forward(x, z, Workers.Threads(3));
        Promises.SameBits(y, z, "DCT-II");
        var real = new RealFft<double>(60);
        double[] one = new double[2 * 31 * 4000], three = new double[one.Length];
        real.Forward(x, one);
        real.Forward(x, three, Workers.Threads(3));
        Promises.SameBits(one, three, "real");
    }

    [Fact]
    public void ConvolutionsHaveTheSameBitsEverywhere()
    {
        double[] u = Signals.Random<double>(5000, 1), v = Signals.Random<double>(70, 2), direct = new double[5069], blocks = new double[5069];
        Convolution.Convolve<double>(u, v, direct, ConvolutionMode.Full, ConvolutionMethod.Direct);
        new OverlapAdd<double>(v, 256).Convolve(u, blocks);
        Assert.True(Signals.RelativeError<double>(blocks, direct) < 1e-14);
        Hardware.SameBitsEverywhere<double>(direct, "direct");
        Hardware.SameBitsEverywhere<double>(blocks, "blocks");
    }
}
