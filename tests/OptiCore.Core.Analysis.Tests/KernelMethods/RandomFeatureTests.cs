using System.Numerics;
using OptiCore.KernelMethods;
using OptiCore.LinearAlgebra;
using OptiCore.Randomness;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.KernelMethods;

public class RandomFeatureTests
{
    public static TheoryData<KernelFamily, bool> Kernels => new()
    {
        { KernelFamily.Gaussian, false }, { KernelFamily.Gaussian, true }, { KernelFamily.Laplacian, false }, { KernelFamily.Matern, false }, { KernelFamily.Matern, true },
    };

    private static ShiftInvariantKernel Kernel(KernelFamily family, double gamma) => family switch
    {
        KernelFamily.Gaussian => ShiftInvariantKernel.Gaussian(gamma),
        KernelFamily.Laplacian => ShiftInvariantKernel.Laplacian(gamma),
        _ => ShiftInvariantKernel.Matern(1.5, gamma),
    };

    [Theory]
    [MemberData(nameof(Kernels))]
    public void EstimatesMeetTheKernelWithinTheirStandardError(KernelFamily family, bool orthogonal)
    {
        const int Dimension = 5, Features = 20_000, Count = 8;
        ShiftInvariantKernel kernel = Kernel(family, 0.4);
        double[] points = Normal(Count * Dimension, 1), z = new double[Count * Features];
        var features = new RandomFourierFeatures<double>(Dimension, Features, kernel, RandomKey.FromSeed(2), orthogonal);
        features.Transform(points, z);
        for (int i = 0; i < Count; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double expected = kernel.Evaluate<double>(points.AsSpan(i * Dimension, Dimension), points.AsSpan(j * Dimension, Dimension));
                ReadOnlySpan<double> x = z.AsSpan(i * Features, Features), y = z.AsSpan(j * Features, Features);

                // The product of two features has a variance of at most 3/2; 4.5 standard deviations.
                Promises.Close(expected, RandomFourierFeatures<double>.Estimate(x, y), 0, 4.5 * Math.Sqrt(1.5 / Features), $"{family} {i} {j}");
                Promises.Close(expected, RandomFourierFeatures<double>.NormalizedEstimate(x, y), 0, 6 * Math.Sqrt(1.5 / Features), $"{family} {i} {j}, normalized");
            }
        }
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(1)]
    [InlineData(10)]
    public void FeaturesFollowTheArcsineLawForEveryScaleAndKernel(double gamma)
    {
        const int Dimension = 3, Features = 20_000;
        foreach (KernelFamily family in Enum.GetValues<KernelFamily>())
        {
            double[] z = new double[Features], point = Normal(Dimension, 3);
            new RandomFourierFeatures<double>(Dimension, Features, Kernel(family, gamma), RandomKey.FromSeed(4)).Transform(point, z);
            Array.Sort(z);
            double statistic = 0;
            for (int i = 0; i < Features; i++)
            {
                double cdf = 0.5 + (Math.Asin(Math.Clamp(z[i] / Math.Sqrt(2), -1, 1)) / Math.PI);
                statistic = Math.Max(statistic, Math.Max(cdf - ((double)i / Features), ((i + 1.0) / Features) - cdf));
            }

            // The Kolmogorov-Smirnov quantile of significance 0.001 is 1.95 / sqrt(n).
            Assert.True(statistic < 1.95 / Math.Sqrt(Features), $"{family} {gamma}: {statistic}");
        }
    }

    [Fact]
    public void OrthogonalFrequenciesHaveASmallerError()
    {
        const int Dimension = 16, Features = 64, Count = 30;
        double[] points = Normal(Count * Dimension, 5), z = new double[Count * Features], errors = new double[2];
        ShiftInvariantKernel kernel = ShiftInvariantKernel.Gaussian(0.2);
        for (int seed = 0; seed < 20; seed++)
        {
            foreach (bool orthogonal in (bool[])[false, true])
            {
                new RandomFourierFeatures<double>(Dimension, Features, kernel, RandomKey.FromSeed((ulong)seed), orthogonal).Transform(points, z);
                errors[orthogonal ? 1 : 0] += SquaredError(points, Dimension, kernel, (i, j) => RandomFourierFeatures<double>.Estimate(z.AsSpan(i * Features, Features), z.AsSpan(j * Features, Features)));
            }
        }

        Assert.True(errors[1] < 0.9 * errors[0], $"{errors[1]} against {errors[0]}");
    }

    [Theory]
    [InlineData(64, false)]
    [InlineData(512, true)]
    public void QuantizedEstimatesBeatStochasticOnesAndComeNearFullPrecision(int features, bool scaled)
    {
        // With 1 bit the mean is 8/pi^2 (k + k^9/9 + ...) for the Gaussian kernel: nearly a multiple of the kernel, which learning doesn't notice. So many features are
        // compared after the best scaling, few as they are.
        const int Dimension = 8, Count = 40;
        ShiftInvariantKernel kernel = ShiftInvariantKernel.Gaussian(0.25);
        double[] points = Normal(Count * Dimension, 6), z = new double[Count * features];
        double full = 0;
        double[] lloydMax = new double[5], stochastic = new double[5];
        for (int seed = 0; seed < 5; seed++)
        {
            new RandomFourierFeatures<double>(Dimension, features, kernel, RandomKey.FromSeed((ulong)(50 + seed))).Transform(points, z);
            full += Error((i, j) => RandomFourierFeatures<double>.NormalizedEstimate(z.AsSpan(i * features, features), z.AsSpan(j * features, features)));
            foreach (int bits in (int[])[1, 2, 4])
            {
                var quantizer = new LloydMaxQuantizer(bits);
                var other = new StochasticQuantizer(bits);
                byte[][] codes = Encode(quantizer, z, features), random = Encode(other, z, features);
                lloydMax[bits] += Error((i, j) => quantizer.NormalizedKernel(codes[i], codes[j], features));
                stochastic[bits] += Error((i, j) => other.Kernel(random[i], random[j], features));
            }
        }

        string figures = $"full {full}, LM {string.Join(' ', lloydMax)}, StocQ {string.Join(' ', stochastic)}";
        Assert.True(lloydMax[1] < 0.6 * stochastic[1] && lloydMax[2] < 0.6 * stochastic[2] && lloydMax[4] < stochastic[4], figures);
        Assert.True(lloydMax[2] < 1.5 * full && lloydMax[4] < 1.1 * full, figures);
        Assert.True(lloydMax[4] < lloydMax[2] && lloydMax[2] < lloydMax[1], figures);

        double Error(Func<int, int, double> estimate) => SquaredError(points, Dimension, kernel, estimate, scaled);
    }

    [Fact]
    public void StochasticRoundingIsUnbiased()
    {
        const int Draws = 20_000;
        double[] features = [-1.4, -0.7, 0, 0.3, 1.41];
        foreach (int bits in (int[])[1, 2, 3, 8])
        {
            var quantizer = new StochasticQuantizer(bits);
            double step = quantizer.Levels[1] - quantizer.Levels[0];
            byte[] packed = new byte[quantizer.PackedLength(5)];
            double[] values = new double[5], sums = new double[5];
            for (int i = 0; i < Draws; i++)
            {
                quantizer.Encode<double>(RandomKey.FromSeed(7).Fold(i), features, packed);
                quantizer.Decode<double>(packed, values);
                for (int j = 0; j < 5; j++)
                    sums[j] += values[j];
            }

            for (int j = 0; j < 5; j++)
                Promises.Close(features[j], sums[j] / Draws, 0, 4.5 * step / 2 / Math.Sqrt(Draws), $"{bits} bits, {features[j]}");
        }
    }

    [Fact]
    public void KernelRidgeRegressionOnCodesComesNearFullPrecision()
    {
        const int Dimension = 4, Features = 1024, Train = 300, Test = 200;
        double[] points = Normal((Train + Test) * Dimension, 8), targets = new double[Train + Test], noise = Normal(Train + Test, 9), z = new double[(Train + Test) * Features];
        for (int i = 0; i < targets.Length; i++)
        {
            ReadOnlySpan<double> x = points.AsSpan(i * Dimension, Dimension);
            targets[i] = Math.Sin(x[0] + x[1]) + (0.5 * x[2] * x[3] / (1 + (x[2] * x[2]))) + (i < Train ? 0.1 * noise[i] : 0);
        }

        ShiftInvariantKernel kernel = ShiftInvariantKernel.Gaussian(0.5);
        new RandomFourierFeatures<double>(Dimension, Features, kernel, RandomKey.FromSeed(10)).Transform(points, z);
        double full = RidgeError(z, Features, targets, Train);
        double exact = targets[Train..].Sum(t => t * t) / Test;
        foreach (int bits in (int[])[1, 2])
        {
            double[] lloydMax = Decoded(new LloydMaxQuantizer(bits)), stochastic = Decoded(new StochasticQuantizer(bits));
            double error = RidgeError(lloydMax, Features, targets, Train), other = RidgeError(stochastic, Features, targets, Train);
            string figures = $"{bits} bits: LM {error}, StocQ {other}, full precision {full}, variance {exact}";
            Assert.True(error < other && error < (bits == 1 ? 2.5 : 1.4) * full && full < 0.2 * exact, figures);
        }

        double[] Decoded(FeatureQuantizer quantizer)
        {
            double[] values = new double[z.Length];
            byte[][] codes = Encode(quantizer, z, Features);
            for (int i = 0; i < codes.Length; i++)
                quantizer.Decode<double>(codes[i], values.AsSpan(i * Features, Features));
            return values;
        }
    }

    /// <summary>The mean squared error on the points after the first <paramref name="train"/> of ridge regression in dual form: (Z Z'/m + lambda I) a = y.</summary>
    private static double RidgeError(double[] z, int features, double[] targets, int train)
    {
        int test = targets.Length - train;
        double[] gram = new double[train * train], cross = new double[test * train], a = targets[..train], predictions = new double[test];
        Blas.Gemm<double>(false, true, train, train, features, 1.0 / features, z, features, z, features, 0, gram, train);
        for (int i = 0; i < train; i++)
            gram[(i * train) + i] += 0.05;
        Assert.True(Cholesky.TryFactor<double>(gram, train));
        Cholesky.Solve<double>(gram, train, train, a);
        Blas.Gemm<double>(false, true, test, train, features, 1.0 / features, z.AsSpan(train * features), features, z, features, 0, cross, train);
        Blas.Gemv<double>(false, test, train, 1, cross, train, a, 0, predictions);
        double sum = 0;
        for (int i = 0; i < test; i++)
            sum += Math.Pow(predictions[i] - targets[train + i], 2);
        return sum / test;
    }

    [Fact]
    [Trait("Suite", "Kernels")]
    public void FeaturesHaveTheSameBitsForAnyWorkersAndHardware()
    {
        SameBits<double>(1e-12);
        SameBits<float>(1e-4);

        static void SameBits<T>(double tolerance) where T : unmanaged, IFloatingPointIeee754<T>
        {
            const int Dimension = 7, Features = 45, Count = 300;
            T[] points = Array.ConvertAll(Normal(Count * Dimension, 11), T.CreateTruncating), z = new T[Count * Features], again = new T[Count * Features];
            foreach (bool orthogonal in (bool[])[false, true])
            {
                var features = new RandomFourierFeatures<T>(Dimension, Features, ShiftInvariantKernel.Matern(2.5, 0.7), RandomKey.FromSeed(12), orthogonal);
                features.Transform(points, z);
                features.Transform(points, again, Workers.Threads(3));
                Assert.Equal(z, again);
                Hardware.SameBitsEverywhere<T>(z, $"{typeof(T)} {orthogonal}");
                Assert.All(z, x => Assert.True(T.Abs(x) <= T.CreateTruncating(1.4142136)));

                // A sum of squares of sqrt(2) cosines is near the number of features; the pieces agree with the single points.
                features.Transform(points.AsSpan(0, Dimension), again.AsSpan(0, Features));
                for (int j = 0; j < Features; j++)
                    Promises.Close(double.CreateTruncating(z[j]), double.CreateTruncating(again[j]), 0, tolerance, "one point");
            }
        }
    }

    [Fact]
    public void FeaturesAllocateNothing()
    {
        double[] points = Normal(20, 13), z = new double[10 * 16];
        var features = new RandomFourierFeatures<double>(2, 16, ShiftInvariantKernel.Gaussian(1), RandomKey.FromSeed(1));
        Promises.AllocatesNothing(() => features.Transform(points, z), "RandomFourierFeatures.Transform");
        var quantizer = new LloydMaxQuantizer(3);
        byte[] packed = new byte[quantizer.PackedLength(16)];
        Promises.AllocatesNothing(() => quantizer.Encode<double>(z.AsSpan(0, 16), packed), "LloydMaxQuantizer.Encode");
        Promises.AllocatesNothing(() => quantizer.NormalizedKernel(packed, packed, 16), "LloydMaxQuantizer.NormalizedKernel");
    }

    [Fact]
    public void MaternKernelsOfHalfIntegersMeetTheirFormulas()
    {
        foreach (double r in (double[])[0, 1e-9, 0.1, 1, 5, 50])
        {
            double a = Math.Sqrt(3) * r * 0.7, b = Math.Sqrt(5) * r * 0.7;
            Promises.Close(Math.Exp(-0.7 * r), ShiftInvariantKernel.Matern(0.5, 0.7).Evaluate<double>([0], [r]), 1e-11, 0, $"nu = 1/2, {r}");
            Promises.Close((1 + a) * Math.Exp(-a), ShiftInvariantKernel.Matern(1.5, 0.7).Evaluate<double>([0], [r]), 1e-11, 0, $"nu = 3/2, {r}");
            Promises.Close((1 + b + (b * b / 3)) * Math.Exp(-b), ShiftInvariantKernel.Matern(2.5, 0.7).Evaluate<double>([0], [r]), 1e-11, 0, $"nu = 5/2, {r}");
        }
    }

    [Fact]
    public void MistakesAreNamed()
    {
        Assert.Throws<ArgumentException>("orthogonal", () => new RandomFourierFeatures<double>(2, 4, ShiftInvariantKernel.Laplacian(1), default, orthogonal: true));
        Assert.Throws<ArgumentOutOfRangeException>("gamma", () => ShiftInvariantKernel.Gaussian(0));
        Assert.Throws<ArgumentOutOfRangeException>("smoothness", () => ShiftInvariantKernel.Matern(double.NaN, 1));
        Assert.Throws<ArgumentOutOfRangeException>("bits", () => new LloydMaxQuantizer(9));
        Assert.Throws<ArgumentOutOfRangeException>("bits", () => new StochasticQuantizer(0));
        Assert.Throws<ArgumentException>("packed", () => new LloydMaxQuantizer(3).Encode<double>(new double[3], new byte[1]));
        Assert.Throws<ArgumentException>("features", () => new RandomFourierFeatures<float>(2, 4, ShiftInvariantKernel.Gaussian(1), default).Transform([1, 2], new float[3]));
    }

    internal static double[] Normal(int count, ulong seed)
    {
        double[] values = new double[count];
        RandomFill.Normal(RandomKey.FromSeed(seed), values);
        return values;
    }

    private static byte[][] Encode(FeatureQuantizer quantizer, double[] z, int features)
    {
        byte[][] codes = new byte[z.Length / features][];
        for (int i = 0; i < codes.Length; i++)
        {
            codes[i] = new byte[quantizer.PackedLength(features)];
            ReadOnlySpan<double> row = z.AsSpan(i * features, features);
            if (quantizer is LloydMaxQuantizer lloydMax)
                lloydMax.Encode(row, codes[i]);
            else
                ((StochasticQuantizer)quantizer).Encode(RandomKey.FromSeed(14).Fold(i), row, codes[i]);
        }

        return codes;
    }

    /// <summary>The sum of squared errors of estimates for all pairs of points, after multiplication by the best factor where asked for.</summary>
    private static double SquaredError(double[] points, int dimension, ShiftInvariantKernel kernel, Func<int, int, double> estimate, bool scaled = false)
    {
        double exactExact = 0, estimateEstimate = 0, exactEstimate = 0;
        for (int i = 0; i < points.Length / dimension; i++)
        {
            for (int j = 0; j < i; j++)
            {
                double exact = kernel.Evaluate<double>(points.AsSpan(i * dimension, dimension), points.AsSpan(j * dimension, dimension)), estimated = estimate(i, j);
                exactExact += exact * exact;
                estimateEstimate += estimated * estimated;
                exactEstimate += exact * estimated;
            }
        }

        double factor = scaled ? exactEstimate / estimateEstimate : 1;
        return exactExact - (2 * factor * exactEstimate) + (factor * factor * estimateEstimate);
    }
}
