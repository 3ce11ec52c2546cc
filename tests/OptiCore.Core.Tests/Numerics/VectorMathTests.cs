using OptiCore.Numerics;
using OptiCore.Randomness;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.Numerics;

public class VectorMathTests
{
    public static TheoryData<string> NamesOfOne => [.. ElementwiseFunctions.OfOne.Keys];

    public static TheoryData<string> NamesOfTwo => [.. ElementwiseFunctions.OfTwo.Keys];

    [Theory]
    [Trait("Suite", "Kernels")]
    [MemberData(nameof(NamesOfOne))]
    public void TheBitsDependOnTheArgumentOnly(string name)
    {
        ElementwiseFunctions.One function = ElementwiseFunctions.OfOne[name];
        double[] x = ElementwiseFunctions.Arguments(), all = new double[x.Length];
        float[] xs = [.. x.Select(static v => (float)v)], allSingle = new float[x.Length];
        function.Double(x, all);
        function.Single(xs, allSingle);
        Hardware.SameBitsEverywhere<double>(all, $"{name} double");
        Hardware.SameBitsEverywhere<float>(allSingle, $"{name} float");

        // Alone, at every place of a register, in place, with other neighbours.
        double[] one = new double[1];
        float[] oneSingle = new float[1];
        for (int i = 0; i < x.Length; i++)
        {
            function.Double(x.AsSpan(i, 1), one);
            function.Single(xs.AsSpan(i, 1), oneSingle);
            Promises.SameBits(all.AsSpan(i, 1), one, $"{name}({x[i]:r}) alone");
            Promises.SameBits(allSingle.AsSpan(i, 1), oneSingle, $"{name}({xs[i]:r}) alone");
        }

        for (int from = 1; from < 12; from++)
        {
            double[] part = x[from..^from];
            function.Double(part, part);
            Promises.SameBits(all.AsSpan()[from..^from], part, $"{name} from {from} in place");
            float[] partSingle = xs[from..^from];
            function.Single(partSingle, partSingle);
            Promises.SameBits(allSingle.AsSpan()[from..^from], partSingle, $"{name} from {from} in place");
        }
    }

    [Theory]
    [Trait("Suite", "Kernels")]
    [MemberData(nameof(NamesOfTwo))]
    public void TheBitsDependOnTheArgumentsOnly(string name)
    {
        ElementwiseFunctions.Two function = ElementwiseFunctions.OfTwo[name];
        double[] x = ElementwiseFunctions.Arguments(), y = [.. x.Skip(17), .. x.Take(17)], all = new double[x.Length];
        float[] xs = [.. x.Select(static v => (float)v)], ys = [.. y.Select(static v => (float)v)], allSingle = new float[x.Length];
        function.Double(x, y, all);
        function.Single(xs, ys, allSingle);
        Hardware.SameBitsEverywhere<double>(all, $"{name} double");
        Hardware.SameBitsEverywhere<float>(allSingle, $"{name} float");
        for (int from = 1; from < 12; from++)
        {
            double[] part = y[from..^from];
            function.Double(x.AsSpan()[from..^from], part, part);
            Promises.SameBits(all.AsSpan()[from..^from], part, $"{name} from {from} in place");
            float[] partSingle = xs[from..^from];
            function.Single(partSingle, ys.AsSpan()[from..^from], partSingle);
            Promises.SameBits(allSingle.AsSpan()[from..^from], partSingle, $"{name} from {from} in place");
        }
    }

    [Fact]
    [Trait("Suite", "Kernels")]
    public void SinesAndCosinesTogetherAreThoseAlone()
    {
        double[] x = ElementwiseFunctions.Arguments(), sin = new double[x.Length], cos = new double[x.Length], alone = new double[x.Length];
        VectorMath.SinCos<double>(x, sin, cos);
        VectorMath.Sin<double>(x, alone);
        Promises.SameBits(alone, sin, "sin");
        VectorMath.Cos<double>(x, alone);
        Promises.SameBits(alone, cos, "cos");
        float[] xs = [.. x.Select(static v => (float)v)], sins = new float[x.Length], coss = new float[x.Length], alones = new float[x.Length];
        VectorMath.SinCos<float>(xs, sins, coss);
        VectorMath.Sin<float>(xs, alones);
        Promises.SameBits(alones, sins, "sin");
        VectorMath.Cos<float>(xs, alones);
        Promises.SameBits(alones, coss, "cos");
        VectorMath.SinCos<float>(xs.AsSpan(0, 5), xs.AsSpan(0, 5), coss.AsSpan(0, 5));
        Promises.SameBits(sins.AsSpan(0, 5), xs.AsSpan(0, 5), "sin in place");
    }

    [Fact]
    public void SingleNumbersHaveTheBitsOfSpans()
    {
        foreach (double x in ElementwiseFunctions.Arguments())
        {
            double[] one = [x];
            VectorMath.Exp<double>(one, one);
            Promises.SameBits(one, [VectorMath.Exp(x)], "exp");
            float[] two = [(float)x];
            VectorMath.Pow<float>(two, [1.7f], two);
            Promises.SameBits(two, [VectorMath.Pow((float)x, 1.7f)], "pow");
        }
    }

    [Fact]
    public void OddFunctionsAreOddToTheBit()
    {
        double[] x = [.. ElementwiseFunctions.Arguments().Where(static v => !double.IsNaN(v))], negated = [.. x.Select(static v => -v)];
        foreach (string name in (string[])["Tanh", "Sinh", "Asinh", "Atanh", "Sin", "Tan", "Asin", "Atan", "Erf", "ErfInv", "Cbrt"])
        {
            double[] plus = new double[x.Length], minus = new double[x.Length];
            ElementwiseFunctions.OfOne[name].Double(x, plus);
            ElementwiseFunctions.OfOne[name].Double(negated, minus);
            Promises.SameBits(plus, [.. minus.Select(static v => double.IsNaN(v) ? v : -v)], name);
        }
    }

    [Fact]
    public void SpansThatOverlapInPartAreRefused()
    {
        double[] x = new double[20];
        ArgumentException error = Assert.Throws<ArgumentException>(() => VectorMath.Exp<double>(x.AsSpan(0, 10), x.AsSpan(1, 10)));
        Assert.Equal("destination", error.ParamName);
        Assert.Throws<ArgumentException>(() => VectorMath.Exp<double>(x.AsSpan(1, 10), x.AsSpan(0, 10)));
        Assert.Throws<ArgumentException>(() => VectorMath.Exp<double>(x.AsSpan(0, 10), x.AsSpan(10, 9)));
        Assert.Throws<ArgumentException>(() => VectorMath.Pow<double>(x.AsSpan(0, 5), x.AsSpan(6, 5), x.AsSpan(7, 5)));
        Assert.Throws<ArgumentException>(() => VectorMath.Pow<double>(x.AsSpan(0, 5), x.AsSpan(6, 4), x.AsSpan(0, 5)));
        Assert.Throws<ArgumentException>(() => VectorMath.SinCos<double>(x.AsSpan(0, 5), x.AsSpan(6, 5), x.AsSpan(8, 5)));
        Assert.Throws<NotSupportedException>(() => VectorMath.Exp<Half>([(Half)1], new Half[1]));
        VectorMath.Exp<double>([], []);
    }

    [Fact]
    [Trait("Suite", "Kernels")]
    public void LinearUnitsAreTheirFormulas()
    {
        double[] x = ElementwiseFunctions.Arguments(), elu = new double[x.Length], selu = new double[x.Length], expm1 = new double[x.Length];
        VectorMath.Elu(x, 1.5, elu);
        VectorMath.Selu<double>(x, selu);
        VectorMath.Expm1<double>(x, expm1);
        for (int i = 0; i < x.Length; i++)
        {
            Assert.Equal(x[i] > 0 ? x[i] : 1.5 * expm1[i], elu[i]);
            Promises.Close(x[i] > 0 ? 1.0507009873554805 * x[i] : 1.0507009873554805 * 1.6732632423543772 * expm1[i], selu[i], 4e-16, double.Epsilon, $"selu({x[i]})");
        }
    }

    [Fact]
    [Trait("Suite", "Kernels")]
    public void SoftmaxSumsToOneAndKeepsRatios()
    {
        double[] x = new double[1003], p = new double[1003], log = new double[1003];
        RandomFill.Normal(RandomKey.FromSeed(4), x);
        VectorMath.Softmax<double>(x, p);
        VectorMath.LogSoftmax<double>(x, log);
        Hardware.SameBitsEverywhere<double>(p, "softmax");
        Hardware.SameBitsEverywhere<double>(log, "log-softmax");
        Promises.Close(1, Reduce.Sum<double>(p), 1e-14, 0, "sum");
        double total = x.Sum(Math.Exp);
        for (int i = 0; i < x.Length; i++)
        {
            Promises.Close(Math.Exp(x[i]) / total, p[i], 1e-14, 0, $"softmax {i}");
            Promises.Close(x[i] - Math.Log(total), log[i], 1e-14, 1e-14, $"log-softmax {i}");
        }

        // A common offset changes nothing but its own rounding; rows are like spans of their own.
        double[] shifted = [.. x.Take(8).Select(static v => Math.Round(v * 64) / 64)], far = [.. shifted.Select(static v => v + 1e6)];
        double[] a = new double[8], b = new double[8];
        VectorMath.LogSoftmax<double>(shifted, a);
        VectorMath.LogSoftmax<double>(far, b);
        Promises.SameBits(a, b, "shifted");
        double[] rows = new double[1000];
        VectorMath.Softmax<double>(x.AsSpan(0, 1000), 25, rows);
        VectorMath.Softmax<double>(x.AsSpan(75, 25), p.AsSpan(0, 25));
        Promises.SameBits(p.AsSpan(0, 25), rows.AsSpan(75, 25), "row");
        VectorMath.LogSoftmax<double>(x.AsSpan(0, 1000), 25, rows);
        VectorMath.LogSoftmax<double>(x.AsSpan(75, 25), p.AsSpan(0, 25));
        Promises.SameBits(p.AsSpan(0, 25), rows.AsSpan(75, 25), "row");
        float[] extreme = [1000, 0, -1000], result = new float[3];
        VectorMath.Softmax<float>(extreme, result);
        Assert.Equal([1f, 0f, 0f], result);
        float[] masked = [float.NegativeInfinity, -95, 0, -104, float.NegativeInfinity, -88, -20, -1, float.NegativeInfinity], weights = new float[9];
        VectorMath.Softmax<float>(masked, weights);
        double sum = masked.Sum(static v => Math.Exp(v));
        for (int i = 0; i < masked.Length; i++)
            Promises.Close(Math.Exp(masked[i]) / sum, weights[i], 4e-7, 3e-45, $"masked softmax {i}");
        Assert.Equal(0f, weights[0]);
        VectorMath.LogSoftmax<float>(extreme, result);
        Assert.Equal([0f, -1000f, -2000f], result);
        VectorMath.Softmax<float>([1, float.NaN, 2], result);
        Assert.All(result, static v => Assert.Equal(float.NaN, v));
        Assert.Throws<ArgumentException>(() => VectorMath.Softmax<double>(x, 4, p));
        Assert.Throws<ArgumentOutOfRangeException>(() => VectorMath.Softmax<double>(x, 0, p));
    }

    [Fact]
    public void Short_rows_have_the_bits_of_rows_alone()
    {
        // All lengths below and above the limit for rows side by side, and numbers of rows that fill no register; infinities and NaN in some.
        for (int columns = 1; columns <= 18; columns++)
        {
            foreach (int rows in new[] { 7, 8, 63, 64, 65, 130 })
            {
                double[] x = new double[rows * columns], y = new double[x.Length], alone = new double[columns];
                RandomFill.Normal(RandomKey.FromSeed((ulong)columns).Fold(rows), x);
                for (int i = 0; i < x.Length; i++)
                    x[i] = i % 97 == 11 ? double.NegativeInfinity : i % 89 == 13 ? 300 * x[i] : i % 101 == 7 ? double.NaN : i % 103 == 5 ? double.PositiveInfinity : 3 * x[i];
                float[] xs = Array.ConvertAll(x, static v => (float)v), ys = new float[x.Length], aloneSingle = new float[columns];
                VectorMath.LogSoftmax<double>(x, columns, y);
                VectorMath.LogSoftmax<float>(xs, columns, ys);
                for (int row = 0; row < rows; row++)
                {
                    VectorMath.LogSoftmax<double>(x.AsSpan(row * columns, columns), alone);
                    Same(alone, y.AsSpan(row * columns, columns), $"row {row} of {rows}, {columns} columns");
                    VectorMath.LogSoftmax<float>(xs.AsSpan(row * columns, columns), aloneSingle);
                    Same(Array.ConvertAll(aloneSingle, static v => (double)v), Array.ConvertAll(ys[(row * columns)..((row + 1) * columns)], static v => (double)v), $"row {row} of {rows}, {columns} columns of floats");
                }

                VectorMath.LogSoftmax<float>(xs, columns, xs);
                Assert.Equal(ys, xs);
            }
        }

        // Which NaN doesn't matter.
        static void Same(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, string what)
        {
            for (int i = 0; i < expected.Length; i++)
                Assert.True(double.IsNaN(expected[i]) ? double.IsNaN(actual[i]) : BitConverter.DoubleToInt64Bits(expected[i]) == BitConverter.DoubleToInt64Bits(actual[i]), $"{what}: {actual[i]:r} for {expected[i]:r}.");
        }
    }

    [Fact]
    public void FunctionsAllocateNothing()
    {
        double[] x = new double[101], y = new double[101];
        float[] xs = new float[101], ys = new float[101];
        RandomFill.Normal(RandomKey.FromSeed(1), x);
        RandomFill.Normal(RandomKey.FromSeed(1), xs);
        ElementwiseFunctions.One[] functions = [.. ElementwiseFunctions.OfOne.Values];
        ElementwiseFunctions.Two[] others = [.. ElementwiseFunctions.OfTwo.Values];
        Promises.AllocatesNothing(
            () =>
            {
                foreach (ElementwiseFunctions.One function in functions)
                {
                    function.Double(x, y);
                    function.Single(xs, ys);
                }

                foreach (ElementwiseFunctions.Two function in others)
                {
                    function.Double(x, x, y);
                    function.Single(xs, xs, ys);
                }

                VectorMath.SinCos<double>(x.AsSpan(0, 50), y.AsSpan(0, 50), y.AsSpan(50, 50));
                VectorMath.Softmax<double>(x, y);
                VectorMath.LogSoftmax<float>(xs, ys);
                Reduce.CumulativeSum<double>(x, y);
            },
            "element-wise functions",
            warmUp: 60,
            measured: 20);
    }
}
