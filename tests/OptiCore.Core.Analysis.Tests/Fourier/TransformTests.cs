using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using OptiCore.Fourier;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.Analysis.Fourier;

public class TransformTests
{
    private static readonly Arbitrary<(int N, int Seed)> LengthAndSeed = (from n in Gen.Choose(1, 300) from seed in Gen.Choose(0, int.MaxValue) select (n, seed)).ToArbitrary();

    [Fact]
    public void RoundTripParsevalAndLinearity() => Forall.Check(Prop.ForAll(LengthAndSeed, t =>
    {
        (int n, int seed) = t;
        double[] x = Signals.Random<double>(2 * n, (ulong)seed), z = Signals.Random<double>(2 * n, (ulong)seed + 1), y = new double[2 * n], w = new double[2 * n], sum = new double[2 * n];
        foreach (FourierScaling scaling in Enum.GetValues<FourierScaling>())
        {
            var plan = new Fft<double>(n, scaling);
            plan.Forward(x, y);
            double[] back = new double[2 * n];
            plan.Inverse(y, back);
            if (scaling == FourierScaling.None)
                Scale(back, 1.0 / n);
            if (Signals.RelativeError<double>(back, x) > 1e-14)
                return false;
            double energy = scaling switch { FourierScaling.Orthonormal => 1, FourierScaling.Forward => 1.0 / n, _ => n };
            if (Math.Abs((Energy(y) / (Energy(x) * energy)) - 1) > 1e-13)
                return false;
            plan.Forward(z, w);
            for (int i = 0; i < 2 * n; i++)
                sum[i] = (2 * x[i]) - (3 * z[i]);
            plan.Forward(sum);
            for (int i = 0; i < 2 * n; i++)
                w[i] = (2 * y[i]) - (3 * w[i]);
            if (Signals.RelativeError<double>(sum, w) > 1e-13)
                return false;
        }

        return true;
    }));

    [Fact]
    public void ShiftTheoremConjugationAndRealEqualsComplex() => Forall.Check(Prop.ForAll(LengthAndSeed, t =>
    {
        (int n, int seed) = t;
        Complex[] x = new Complex[n], moved = new Complex[n], y = new Complex[n], z = new Complex[n];
        double[] real = Signals.Random<double>(n, (ulong)seed), other = Signals.Random<double>(n, (ulong)seed + 1);
        int by = seed % n;
        for (int i = 0; i < n; i++)
            moved[(i + by) % n] = x[i] = new Complex(real[i], other[i]);
        var plan = new Fft<double>(n);
        plan.Forward(x, y);
        plan.Forward(moved, z);
        double size = Math.Sqrt(n);
        for (int k = 0; k < n; k++)
        {
            if ((z[k] - (y[k] * Complex.FromPolarCoordinates(1, -2 * Math.PI * ((long)by * k % n) / n))).Magnitude > 1e-13 * size)
                return false;
            x[k] = real[k];
        }

        // The inverse is the conjugate of the forward transform of the conjugate.
        plan.Inverse(y, z);
        for (int k = 0; k < n; k++)
            y[k] = Complex.Conjugate(y[k]);
        plan.Forward(y, y);
        for (int k = 0; k < n; k++)
        {
            if ((Complex.Conjugate(y[k]) / n - z[k]).Magnitude > 1e-14 * size)
                return false;
        }

        plan.Forward(x, y);
        var realPlan = new RealFft<double>(n);
        Complex[] half = new Complex[realPlan.SpectrumLength];
        realPlan.Forward(real, half);
        for (int k = 0; k < half.Length; k++)
        {
            if ((half[k] - y[k]).Magnitude > 1e-14 * size)
                return false;
        }

        double[] back = new double[n];
        realPlan.Inverse(half, back);
        return Signals.RelativeError<double>(back, real) < 1e-14;
    }));

    [Fact]
    public void ConvolutionTheoremAndMethodsAgree() => Forall.Check(Prop.ForAll(
        (from m in Gen.Choose(1, 400) from n in Gen.Choose(1, 400) from seed in Gen.Choose(0, int.MaxValue) select (m, n, seed)).ToArbitrary(),
        t =>
        {
            (int m, int n, int seed) = t;
            double[] u = Signals.Random<double>(m, (ulong)seed), v = Signals.Random<double>(n, (ulong)seed + 1), direct = new double[m + n - 1], fourier = new double[m + n - 1], swapped = new double[m + n - 1];
            Convolution.Convolve<double>(u, v, direct, ConvolutionMode.Full, ConvolutionMethod.Direct);
            Convolution.Convolve<double>(u, v, fourier, ConvolutionMode.Full, ConvolutionMethod.Fourier);
            Convolution.Convolve<double>(v, u, swapped);
            for (int k = 0; k < direct.Length; k++)
            {
                double sum = 0;
                for (int j = Math.Max(0, k - m + 1); j <= Math.Min(k, n - 1); j++)
                    sum += u[k - j] * v[j];
                if (Math.Abs(sum - direct[k]) > 1e-13)
                    return false;
            }

            if (Signals.RelativeError<double>(fourier, direct) > 1e-14 || Signals.RelativeError<double>(swapped, direct) > 1e-14)
                return false;

            // A circulant product is the circular convolution, a Toeplitz product the linear one.
            double[] x = Signals.Random<double>(m, (ulong)seed + 2), y = new double[m], product = new double[m + n - 1], column = new double[m + n - 1], row = new double[m];
            new CirculantOperator<double>(u).Apply(x, y);
            v.CopyTo(column, 0);
            row[0] = v[0];
            new ToeplitzOperator<double>(column, row).Apply(u, product);
            if (Signals.RelativeError<double>(product, direct) > 1e-14)
                return false;
            for (int i = 0; i < m; i++)
            {
                double sum = 0;
                for (int j = 0; j < m; j++)
                    sum += u[(i - j + m) % m] * x[j];
                if (Math.Abs(sum - y[i]) > 1e-12)
                    return false;
            }

            // The products with the transposes: (A x)' z = x' (A' z).
            double[] z = Signals.Random<double>(m + n - 1, (ulong)seed + 3), back = new double[m], turned = new double[m];
            new ToeplitzOperator<double>(column, row).ApplyAdjoint(z, back);
            new CirculantOperator<double>(u).ApplyAdjoint(back, turned);
            return Math.Abs(Dot(product, z) - Dot(u, back)) <= 1e-11 * (m + n) && Math.Abs(Dot(y, back) - Dot(x, turned)) <= 1e-11 * (m + n) * (m + n);
        }));

    private static double Dot(double[] a, double[] b) => a.Zip(b, (p, q) => p * q).Sum();

    [Fact]
    public void OrthonormalKindsAreOrthogonal() => Forall.Check(Prop.ForAll(
        (from kind in Gen.Choose(0, 7) from n in Gen.Choose(2, 120) from seed in Gen.Choose(0, int.MaxValue) select (kind, n, seed)).ToArbitrary(),
        t =>
        {
            (int kind, int n, int seed) = t;
            double[] x = Signals.Random<double>(n, (ulong)seed), y = new double[n], z = new double[n];
            var plan = new TrigonometricTransform<double>((TrigonometricKind)kind, n, true);
            plan.Forward(x, y);
            plan.Inverse(y, z);
            var plain = new TrigonometricTransform<double>((TrigonometricKind)kind, n);
            double[] w = new double[n];
            plain.Forward(x, w);
            plain.Inverse(w, w);
            return Math.Abs((Energy(y) / Energy(x)) - 1) < 1e-13 && Signals.RelativeError<double>(z, x) < 1e-14 && Signals.RelativeError<double>(w, x) < 1e-14;
        }));

    [Theory]
    [InlineData(4, 6, 5)]
    [InlineData(3, 8, 16)]
    [InlineData(1, 7, 9)]
    public void AxesAreTransformedOneAfterTheOther(int a, int b, int c)
    {
        int count = a * b * c;
        double[] x = Signals.Random<double>(2 * count, 4), y = new double[2 * count];
        new FftNd<double>([a, b, c]).Forward(x, y);
        new Fft<double>(c).Forward(x);
        for (int i = 0; i < a; i++)
            new Fft<double>(b).Transform(x.AsSpan(2 * i * b * c, 2 * b * c), x.AsSpan(2 * i * b * c, 2 * b * c), new FourierLayout(c, c, 1));
        new Fft<double>(a).Transform(x, x, new FourierLayout(b * c, b * c, 1));
        Promises.SameBits(x, y, $"{a} x {b} x {c}");
        double[] real = Signals.Random<double>(count, 5), back = new double[count];
        var plan = new RealFftNd<double>([a, b, c], FourierScaling.Orthonormal);
        double[] half = new double[2 * plan.SpectrumCount];
        plan.Forward(real, half);
        plan.Inverse(half, back);
        Assert.True(Signals.RelativeError<double>(back, real) < 1e-14);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    [InlineData(64)]
    [InlineData(512)]
    [InlineData(8192)]
    public void WalshHadamardMeetsItsDefinitionAndIsItsOwnInverse(int n)
    {
        float[] x = Signals.Random<float>(n, 6), y = [.. x];
        WalshHadamard.Transform<float>(y);
        for (int i = 0; i < n; i += Math.Max(1, n / 16))
        {
            double sum = 0;
            for (int j = 0; j < n; j++)
                sum += BitOperations.PopCount((uint)(i & j)) % 2 == 0 ? x[j] : -x[j];
            Promises.Close(sum, y[i], 0, 1e-6 * n, $"n = {n}, element {i}");
        }

        WalshHadamard.Transform<float>(y);
        for (int i = 0; i < n; i++)
            Promises.Close(x[i], y[i] / n, 0, 1e-5, $"n = {n}, element {i} of the round trip");
    }

    [Fact]
    public void FrequenciesShiftsAndLengths()
    {
        double[] frequencies = new double[4], shifted = new double[5];
        FourierGrid.RealFrequencies<double>(6, 0.5, frequencies);
        Assert.Equal([0, 1 / 3.0, 2 / 3.0, 1], frequencies);
        FourierGrid.Shift<double>([0, 1, 2, 3, 4], shifted);
        Assert.Equal([3, 4, 0, 1, 2], shifted);
        FourierGrid.InverseShift<double>([3, 4, 0, 1, 2], shifted);
        Assert.Equal([0, 1, 2, 3, 4], shifted);
        double[] plane = new double[6];
        FourierGrid.Shift<double>([0, 1, 2, 3, 4, 5], plane, 2, 3);
        Assert.Equal([5, 3, 4, 2, 0, 1], plane);
        FourierGrid.InverseShift<double>([5, 3, 4, 2, 0, 1], plane, 2, 3);
        Assert.Equal([0, 1, 2, 3, 4, 5], plane);
        for (int n = 1; n < 3000; n++)
        {
            int fast = FourierGrid.NextFastLength(n), smallest = n;
            while (!IsSmooth(smallest))
                smallest++;
            Assert.Equal(smallest, fast);
        }

        static bool IsSmooth(int n)
        {
            foreach (int f in (int[])[2, 3, 5])
            {
                while (n % f == 0)
                    n /= f;
            }

            return n == 1;
        }
    }

    [Fact]
    public void RootsAreCorrectlyRounded()
    {
        // 30 digits from mpmath: cos and sin of 2 pi k / n for n = 1000003.
        var roots = new RootsOfUnity(1000003);
        (long K, double Cos, double Sin)[] expected =
        [
            (1, 0.9999999999802609, 6.283166457638872e-06),
            (2, 0.9999999999210436, 1.2566332915029696e-05),
            (777, 0.999988082962381, 0.004882000944528778),
            (125000, 0.7071084472606883, 0.7071051151084812),
            (125001, 0.7071040043875894, 0.7071095579746013),
            (250001, -1.5707916144194074e-06, 0.9999999999987663),
            (333333, -0.4999927448067628, 0.8660295925316868),
            (499999, -0.9999999998766307, 1.5707916143554574e-05),
            (612345, -0.7610455858517532, -0.6486984016132318),
            (875003, 0.7071084472606883, -0.7071051151084812),
            (1000002, 0.9999999999802609, -6.283166457638872e-06),
        ];
        foreach ((long k, double cos, double sin) in expected)
        {
            (double re, double im) = roots[k];
            Assert.Equal(cos, re);
            Assert.Equal(-sin, im);
        }

        var eighths = new RootsOfUnity(8);
        Assert.Equal((0, -1), eighths[2]);
        Assert.Equal((-1, 0), eighths[4]);
        Assert.Equal((Math.Sqrt(0.5), -Math.Sqrt(0.5)), eighths[1]);
    }

    [Fact]
    public void NothingIsAllocatedAfterWarmUp()
    {
        foreach (int n in (int[])[60, 97, 256, 1009, 32768])
        {
            double[] x = Signals.Random<double>(2 * n, 1), y = new double[2 * n], half = new double[2 * ((n / 2) + 1)];
            var plan = new Fft<double>(n);
            Promises.AllocatesNothing(() => plan.Forward(x, y), $"Fft {n}", 40, 5);
            var real = new RealFft<double>(n);
            Promises.AllocatesNothing(() => real.Forward(x.AsSpan(0, n), half), $"RealFft {n}", 40, 5);
            var cosine = new TrigonometricTransform<double>(TrigonometricKind.Cosine4, n);
            Promises.AllocatesNothing(() => cosine.Forward(x.AsSpan(0, n), y.AsSpan(0, n)), $"DCT-IV {n}", 40, 5);
        }

        double[] plane = Signals.Random<double>(2 * 24 * 36, 1), u = Signals.Random<double>(500, 2), w = new double[519];
        var nd = new FftNd<double>([24, 36]);
        Promises.AllocatesNothing(() => nd.Forward(plane, plane), "FftNd");
        var blocks = new OverlapAdd<double>(u.AsSpan(0, 20), 64);
        Promises.AllocatesNothing(() => blocks.Convolve(u, w), "OverlapAdd");
        var toeplitz = new ToeplitzOperator<double>(u.AsSpan(0, 100), u.AsSpan(0, 200));
        Promises.AllocatesNothing(() => toeplitz.Apply(u.AsSpan(0, 200), w.AsSpan(0, 100)), "Toeplitz");
        var circulant = new CirculantOperator<double>(u);
        Promises.AllocatesNothing(() => circulant.Apply(u, w.AsSpan(0, 500)), "Circulant");
        Promises.AllocatesNothing(() => WalshHadamard.Transform<double>(plane.AsSpan(0, 1024)), "WalshHadamard");
    }

    [Fact]
    public void MistakesAreNamed()
    {
        double[] x = new double[20];
        Assert.Throws<ArgumentOutOfRangeException>("length", () => new Fft<double>(0));
        Assert.Throws<ArgumentOutOfRangeException>("length", () => new RealFft<double>(-2));
        Assert.Throws<ArgumentOutOfRangeException>("length", () => new Fft<float>(int.MaxValue));
        Assert.Throws<ArgumentOutOfRangeException>("scaling", () => new Fft<float>(4, (FourierScaling)9));
        Assert.Throws<NotSupportedException>(() => new Fft<Half>(4));
        var plan = new Fft<double>(5);
        string message = Assert.Throws<ArgumentException>("source", () => plan.Forward(x.AsSpan(0, 12), x.AsSpan(0, 12))).Message;
        Assert.Contains("12", message, StringComparison.Ordinal);
        Assert.Contains("10", message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>("destination", () => plan.Forward(x, x.AsSpan(0, 10)));
        Assert.Throws<ArgumentException>("destination", () => plan.Forward(x.AsSpan(0, 10), x.AsSpan(2, 10)));
        Assert.Throws<ArgumentException>("source", () => plan.Transform(x, x, new FourierLayout(3, 1, 5)));
        Assert.Throws<ArgumentOutOfRangeException>("Stride", () => plan.Transform(x, x, new FourierLayout(2, 0, 5)));
        var real = new RealFft<double>(6);
        Assert.Throws<ArgumentException>("spectrum", () => real.Forward(new double[6], new double[6]));
        Assert.Throws<ArgumentException>("destination", () => real.Inverse(x.AsSpan(0, 8), x.AsSpan(2, 6)));
        Assert.Throws<ArgumentException>("shape", () => new FftNd<double>([]));
        Assert.Throws<ArgumentOutOfRangeException>("shape", () => new FftNd<double>([3, 0]));
        Assert.Throws<ArgumentOutOfRangeException>("length", () => new TrigonometricTransform<double>(TrigonometricKind.Cosine1, 1));
        Assert.Throws<ArgumentException>("data", () => WalshHadamard.Transform<double>(x));
        Assert.Throws<ArgumentException>("v", () => Convolution.Convolve<double>(x, [], new double[20]));
        Assert.Throws<ArgumentException>("result", () => Convolution.Convolve<double>(x, new double[3], new double[20]));
        Assert.Throws<ArgumentException>("v", () => Convolution.Convolve2D<double>(x, 4, 5, new double[6], 6, 1, new double[15], ConvolutionMode.Valid));
        Assert.Throws<ArgumentException>("row", () => new ToeplitzOperator<double>([1, 2], [3, 4]));
        Assert.Throws<ArgumentException>("column", () => new CirculantOperator<double>([]));
        Assert.Throws<ArgumentOutOfRangeException>("block", () => new OverlapAdd<double>(new double[9], 8));
        Assert.Throws<ArgumentOutOfRangeException>("spacing", () => FourierGrid.Frequencies<double>(0, x));
        plan.Forward([], []);
    }

    [Fact]
    public void WhatIsNotFiniteReachesEveryResult()
    {
        double[] x = new double[24];
        x[6] = x[7] = double.NaN;
        new Fft<double>(12).Forward(x);
        Assert.All(x, v => Assert.True(double.IsNaN(v)));
    }

    private static double Energy(double[] x) => x.Sum(v => v * v);

    private static void Scale(double[] x, double by)
    {
        for (int i = 0; i < x.Length; i++)
            x[i] *= by;
    }
}
