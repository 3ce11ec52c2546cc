using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using OptiCore.Numerics;
using OptiCore.Randomness;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.Numerics;

public class ReduceTests
{
    private const double Unit = 1.1102230246251565e-16, UnitSingle = 5.9604644775390625e-08;

    private static readonly int[] Lengths = [0, 1, 2, 3, 5, 8, 15, 16, 17, 31, 32, 33, 47, 63, 64, 100, 4095, 4096, 4097, 8192, 12288, 12305, 40_000];

    [Fact]
    [Trait("Suite", "Kernels")]
    public void EmptySpansHaveTheirNeutralValues()
    {
        Assert.Equal(0, Reduce.Sum<double>([]));
        Assert.Equal(0, Reduce.Dot<double>([], []));
        Assert.Equal(0, Reduce.SumOfSquares<double>([]));
        Assert.Equal(0, Reduce.Norm<double>([]));
        Assert.Equal(0, Reduce.MaxNorm<double>([]));
        Assert.Equal(double.NegativeInfinity, Reduce.Max<double>([]));
        Assert.Equal(double.NegativeInfinity, Reduce.LogSumExp<double>([]));
        Assert.Equal(double.NaN, Reduce.Mean<double>([]));
        Assert.Equal((double.NaN, double.NaN), Reduce.MeanAndVariance<double>([]));
        Assert.Equal((4f, float.NaN), Reduce.MeanAndVariance<float>([4f]));
        Assert.Equal(0, Reduce.Variance<double>([4], unbiased: false));
    }

    [Fact]
    [Trait("Suite", "Kernels")]
    public void SmallCasesAreExact()
    {
        Assert.Equal(10, Reduce.Sum<double>([1, 2, 3, 4]));
        Assert.Equal(32, Reduce.Dot<float>([1, 2, 3], [4, 5, 6]));
        Assert.Equal(5, Reduce.Norm<double>([3, -4]));
        Assert.Equal(4, Reduce.MaxNorm<double>([3, -4, 1]));
        Assert.Equal(3, Reduce.Max<double>([3, -4, 1]));
        Assert.Equal((2.5, 5.0 / 3), Reduce.MeanAndVariance<double>([1, 2, 3, 4]));
        Assert.Equal(1.25, Reduce.Variance<double>([1, 2, 3, 4], unbiased: false));
        Assert.Equal(Math.Log(6), Reduce.LogSumExp<double>([0, Math.Log(2), Math.Log(3)]), 4e-16);
        Assert.Throws<ArgumentException>(() => Reduce.Dot<double>([1], [1, 2]));
    }

    /// <summary>The bound of the documentation of Reduce, against a compensated sum, for spans with magnitudes of 40 binades.</summary>
    [Fact]
    public void SumsAndProductsKeepTheStatedErrorBound()
    {
        Forall.Check(Prop.ForAll(Gen.Choose(0, 20_000).ToArbitrary(), Gen.Choose(0, int.MaxValue).ToArbitrary(), static (length, seed) =>
        {
            double[] x = Spread(seed, length), y = Spread(seed + 1L, length);
            float[] xs = [.. x.Select(static v => (float)v)], ys = [.. y.Select(static v => (float)v)];
            double[] one = [.. Enumerable.Repeat(1.0, length)];
            (double sum, double magnitude) = Compensated(x, one);
            bool sums = Math.Abs(Reduce.Sum<double>(x) - sum) <= Bound(length, 16, 4, Unit, 1) * magnitude;
            (sum, magnitude) = Compensated(x, y);
            bool products = Math.Abs(Reduce.Dot<double>(x, y) - sum) <= Bound(length, 16, 4, Unit, 2) * magnitude;
            (sum, magnitude) = Compensated([.. xs.Select(static v => (double)v)], [.. ys.Select(static v => (double)v)]);
            bool single = Math.Abs(Reduce.Dot<float>(xs, ys) - sum) <= Bound(length, 32, 5, UnitSingle, 2) * magnitude;
            return sums && products && single;
        }));

        static double Bound(int length, int lanes, int fold, double unit, int extra)
        {
            double blocks = Math.Ceiling(Math.Max(length, 1) / 4096.0);
            double d = Math.Ceiling(Math.Min(length, 4096) / (double)lanes) + fold + Math.Ceiling(Math.Log2(blocks)) + extra;
            return d * unit / (1 - (d * unit));
        }
    }

    [Fact]
    public void ScalingByAPowerOfTwoScalesTheResult()
    {
        Forall.Check(Prop.ForAll(Gen.Choose(1, 6000).ToArbitrary(), Gen.Choose(-400, 400).ToArbitrary(), static (length, exponent) =>
        {
            double[] x = Spread(length, length);
            double[] scaled = [.. x.Select(v => Math.ScaleB(v, exponent))];
            return Reduce.Sum<double>(scaled) == Math.ScaleB(Reduce.Sum<double>(x), exponent)
                && Reduce.Norm<double>(scaled) == Math.ScaleB(Reduce.Norm<double>(x), exponent)
                && Reduce.MaxNorm<double>(scaled) == Math.ScaleB(Reduce.MaxNorm<double>(x), exponent)
                && Reduce.Sum<double>([.. x.Select(static v => -v)]) == -Reduce.Sum<double>(x);
        }));
    }

    [Fact]
    [Trait("Suite", "Kernels")]
    public void NormsNeitherOverflowNorUnderflow()
    {
        foreach (int n in (int[])[1, 4, 100, 5000])
        {
            foreach (double scale in (double[])[double.MaxValue / 128, 1e200, 1, 1e-160, 1e-300, 2.2250738585072014E-308, 1e-310])
            {
                double[] x = [.. Enumerable.Repeat(scale, n)];
                double expected = Math.Sqrt(n) * scale;
                Promises.Close(expected, Reduce.Norm<double>(x), 170 * Unit, double.Epsilon, $"norm of {n} times {scale}");
            }

            foreach (float scale in (float[])[float.MaxValue / 128, 1e30f, 1, 1e-22f, 1e-38f, 1e-42f])
            {
                float[] x = [.. Enumerable.Repeat(scale, n)];
                Promises.Close(Math.Sqrt(n) * scale, Reduce.Norm<float>(x), 80 * UnitSingle, float.Epsilon, $"norm of {n} times {scale}");
            }
        }

        Assert.Equal(5 * double.Epsilon, Reduce.Norm<double>([3 * double.Epsilon, 4 * double.Epsilon]));
        Assert.Equal(double.PositiveInfinity, Reduce.Norm<double>([1, double.NegativeInfinity]));
        Assert.Equal(double.NaN, Reduce.Norm<double>([double.NaN, double.NegativeInfinity]));
        Assert.Equal(double.PositiveInfinity, Reduce.Norm<double>([double.MaxValue, double.MaxValue]));
    }

    [Fact]
    public void ANaNAnywhereReachesTheResult()
    {
        double other = BitConverter.Int64BitsToDouble(0x7FF8000000001234);
        foreach (int length in Lengths)
        {
            for (int at = 0; at < length; at += Math.Max(1, length / 7))
            {
                double[] x = Spread(3, length);
                x[at] = other;
                foreach (double result in (double[])[Reduce.Sum<double>(x), Reduce.Dot<double>(x, x), Reduce.Norm<double>(x), Reduce.MaxNorm<double>(x), Reduce.Max<double>(x), Reduce.LogSumExp<double>(x), Reduce.Mean<double>(x), Reduce.Variance<double>(x)])
                    Assert.Equal(BitConverter.DoubleToInt64Bits(double.NaN), BitConverter.DoubleToInt64Bits(result));
            }
        }
    }

    [Fact]
    [Trait("Suite", "Kernels")]
    public void LargestValuesAreThoseOfALoop()
    {
        foreach (int length in Lengths.Where(static n => n > 0))
        {
            double[] x = Spread(11, length);
            Assert.Equal(x.Max(), Reduce.Max<double>(x));
            Assert.Equal(x.Max(Math.Abs), Reduce.MaxNorm<double>(x));
            float[] y = [.. x.Select(static v => (float)v)];
            Assert.Equal(y.Max(), Reduce.Max<float>(y));
        }
    }

    [Fact]
    [Trait("Suite", "Kernels")]
    public void LogSumExpIsShiftedAndDefinedAtInfinity()
    {
        const double Infinity = double.PositiveInfinity;
        Assert.Equal(-Infinity, Reduce.LogSumExp<double>([-Infinity, -Infinity]));
        Assert.Equal(Infinity, Reduce.LogSumExp<double>([1, Infinity, -Infinity]));
        Assert.Equal(3, Reduce.LogSumExp<double>([-Infinity, 3]));
        Assert.Equal(1000 + Math.Log(2), Reduce.LogSumExp<double>([1000, 1000]), 1e-13);
        Assert.Equal(-1000 + Math.Log(2), Reduce.LogSumExp<double>([-1000, -1000]), 1e-13);
        Assert.Equal(0, Reduce.LogSumExp<double>([0, -800]));
        Assert.Equal(88.8f + MathF.Log(3), Reduce.LogSumExp<float>([88.8f, 88.8f, 88.8f]), 1e-5f);
        double[] x = new double[10_000];
        RandomFill.Normal(RandomKey.FromSeed(5), x);
        Assert.Equal(Math.Log(x.Sum(Math.Exp)), Reduce.LogSumExp<double>(x), 1e-14 * 10);
        Promises.Close(Reduce.LogSumExp<double>(x) - 400, Reduce.LogSumExp<double>([.. x.Select(static v => v - 400)]), 0, 1e-13, "shifted");
    }

    [Fact]
    [Trait("Suite", "Kernels")]
    public void AVarianceFarBelowTheSquaredMeanKeepsItsDigits()
    {
        // 1e9 + {4, 7, 13, 16}: mean 1e9 + 10, variance 30 (Chan, Golub, LeVeque).
        double[] x = [.. Enumerable.Range(0, 4000).Select(static i => 1e9 + (i % 4) switch { 0 => 4, 1 => 7, 2 => 13, _ => 16 })];
        (double mean, double variance) = Reduce.MeanAndVariance<double>(x, unbiased: false);
        Assert.Equal(1e9 + 10, mean);
        Assert.Equal(22.5, variance, 1e-12);
    }

    [Fact]
    [Trait("Suite", "Kernels")]
    public void TheBitsDependOnTheDataOnly()
    {
        foreach (int length in Lengths)
        {
            double[] x = Spread(21, length), y = Spread(22, length);
            float[] xs = [.. x.Select(static v => (float)v)], ys = [.. y.Select(static v => (float)v)];
            SameForAllWidths<double, SumMap<double>>(default, x, y);
            SameForAllWidths<double, ProductMap<double>>(default, x, y);
            SameForAllWidths<double, MagnitudeMap<double>>(default, x, y);
            SameForAllWidths<double, ShiftedExpMap<double>>(new(1), x, y);
            SameForAllWidths<float, SumMap<float>>(default, xs, ys);
            SameForAllWidths<float, ProductMap<float>>(default, xs, ys);
            SameForAllWidths<float, MaxMap<float>>(default, xs, ys);
            SameForAllWidths<float, ShiftedExpMap<float>>(new(1), xs, ys);
            Hardware.SameBitsEverywhere<double>(All<double>(x, y), $"double {length}");
            Hardware.SameBitsEverywhere<float>(All<float>(xs, ys), $"float {length}");
        }

        static T[] All<T>(T[] x, T[] y) where T : unmanaged, IFloatingPointIeee754<T> =>
            [Reduce.Sum<T>(x), Reduce.Dot<T>(x, y), Reduce.SumOfSquares<T>(x), Reduce.Norm<T>(x), Reduce.MaxNorm<T>(x), Reduce.Max<T>(x), Reduce.LogSumExp<T>(x), Reduce.Mean<T>(x), Reduce.Variance<T>(x)];

        static void SameForAllWidths<T, TMap>(TMap map, T[] x, T[] y)
            where T : unmanaged, IFloatingPointIeee754<T>
            where TMap : struct, ILaneMap<T>
        {
            T one = LaneReduction.Tree<T, TMap, Lanes1<T>>(map, x, y);
            Assert.Equal(one, LaneReduction.Tree<T, TMap, Lanes256<T>>(map, x, y));
            Assert.Equal(one, LaneReduction.Tree<T, TMap, Lanes512<T>>(map, x, y));
        }
    }

    [Fact]
    public void ShortSpansHaveTheSameBitsAtAnyWidthForZerosOfEitherSign()
    {
        double[][] spans = [[], [-0.0], [-0.0, -0.0], [-0.0, 0.0, -0.0], [1, -1, -0.0], [double.NaN, 1], [double.PositiveInfinity, 1, double.NegativeInfinity]];
        foreach (double[] x in spans)
        {
            double one = LaneReduction.Tree<double, SumMap<double>, Lanes1<double>>(default, x, x);
            double registers = LaneReduction.Tree<double, SumMap<double>, Lanes256<double>>(default, x, x);
            Assert.True(double.IsNaN(one) ? double.IsNaN(registers) : BitConverter.DoubleToInt64Bits(one) == BitConverter.DoubleToInt64Bits(registers), string.Join(", ", x));
        }
    }

    [Fact]
    [Trait("Suite", "Kernels")]
    public void ExtremesAndTheirPlacesAreThoseOfALoop()
    {
        foreach (int length in Lengths.Where(static n => n > 0))
        {
            double[] x = [.. Spread(31, length).Select(static v => Math.Round(v * 1e9) / 1e9)];
            float[] y = [.. x.Select(static v => (float)v)];
            Assert.Equal(x.Min(), Reduce.Min<double>(x));
            Assert.Equal(y.Min(), Reduce.Min<float>(y));
            Assert.Equal(Array.IndexOf(x, x.Max()), Reduce.ArgMax<double>(x));
            Assert.Equal(Array.IndexOf(y, y.Min()), Reduce.ArgMin<float>(y));
            Promises.Close(x.Sum(Math.Abs), Reduce.SumOfMagnitudes<double>(x), 1e-13, 0, "sum of magnitudes");
            Assert.Equal(Reduce.SumOfMagnitudes<double>(x), Reduce.Sum<double>([.. x.Select(Math.Abs)]));
            double[] sums = [.. x];
            Reduce.CumulativeSum<double>(sums, sums);
            double sum = 0;
            for (int i = 0; i < length; i++)
                Assert.Equal(sum += x[i], sums[i]);
        }

        Assert.Equal(double.PositiveInfinity, Reduce.Min<double>([]));
        Assert.Equal((-1, -1), (Reduce.ArgMin<double>([]), Reduce.ArgMax<float>([])));
        Assert.Equal(2, Reduce.ArgMax<double>([5, 7, double.NaN, 9, double.NaN]));
        Assert.Equal(double.NaN, Reduce.Min<double>([5, double.NaN]));
        Assert.Equal(0, Reduce.ArgMin<double>([0.0, -0.0, 1]));
        Assert.Equal(1, Reduce.ArgMin<double>([0.0, double.NegativeInfinity, 1]));
        Assert.Equal(0, Reduce.ArgMax<double>([double.NegativeInfinity, double.NegativeInfinity]));
        double[] far = new double[LaneReduction.Piece + 77];
        RandomFill.Normal(RandomKey.FromSeed(3), far);
        Assert.Equal((Reduce.Min<double>(far), Reduce.SumOfMagnitudes<double>(far)), (Reduce.Min<double>(far, Workers.Threads(3)), Reduce.SumOfMagnitudes<double>(far, Workers.Threads(3))));
        double[] result = new double[3];
        Reduce.CumulativeSum<double>([1, double.NaN, 1], result);
        Assert.Equal([1, double.NaN, double.NaN], result);
    }

    [Fact]
    public void WorkersGiveTheBitsOfOneThread()
    {
        foreach (int length in (int[])[1000, LaneReduction.Piece, LaneReduction.Piece + 1, (3 * LaneReduction.Piece) - 5000, (5 * LaneReduction.Piece) + 77])
        {
            double[] x = new double[length];
            RandomFill.Normal(RandomKey.FromSeed(9), x);
            IWorkers workers = Workers.Threads(3);
            double[] expected = [Reduce.Sum<double>(x), Reduce.Dot<double>(x, x), Reduce.SumOfSquares<double>(x), Reduce.Norm<double>(x), Reduce.MaxNorm<double>(x), Reduce.Max<double>(x), Reduce.LogSumExp<double>(x), Reduce.Mean<double>(x), Reduce.Variance<double>(x)];
            double[] actual = [Reduce.Sum<double>(x, workers), Reduce.Dot<double>(x, x, workers), Reduce.SumOfSquares<double>(x, workers), Reduce.Norm<double>(x, workers), Reduce.MaxNorm<double>(x, workers), Reduce.Max<double>(x, workers), Reduce.LogSumExp<double>(x, workers), Reduce.Mean<double>(x, workers), Reduce.Variance<double>(x, true, workers)];
            Promises.SameBits(expected, actual, $"{length} elements");
        }
    }

    /// <summary>Numbers of both signs with magnitudes of 40 binades.</summary>
    private static double[] Spread(long seed, int length)
    {
        double[] x = new double[length];
        int[] exponents = new int[length];
        RandomKey key = RandomKey.FromSeed((ulong)seed);
        RandomFill.Normal(key.Fold("mantissa"), x);
        RandomFill.Integers(key.Fold("exponent"), 40, exponents);
        for (int i = 0; i < length; i++)
            x[i] = Math.ScaleB(x[i], exponents[i] - 33);
        return x;
    }

    /// <summary>The sum of products and of their magnitudes, by exact products and Neumaier's compensated sum.</summary>
    private static (double Sum, double Magnitude) Compensated(double[] x, double[] y)
    {
        double sum = 0, correction = 0, magnitude = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double product = x[i] * y[i];
            correction += Math.FusedMultiplyAdd(x[i], y[i], -product);
            double next = sum + product;
            correction += Math.Abs(sum) >= Math.Abs(product) ? (sum - next) + product : (product - next) + sum;
            sum = next;
            magnitude += Math.Abs(product);
        }

        return (sum + correction, magnitude);
    }
}
