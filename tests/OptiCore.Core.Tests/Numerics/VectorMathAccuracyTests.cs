using System.Globalization;
using OptiCore.Numerics;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.Numerics;

/// <summary>The stated errors in ULP: double against values with 40 digits (tests/reference/vector-math), float against double.</summary>
public class VectorMathAccuracyTests
{
    public static TheoryData<string> Names => [.. ElementwiseFunctions.OfOne.Keys, .. ElementwiseFunctions.OfTwo.Keys];

    public static TheoryData<string> NamesOfOne => [.. ElementwiseFunctions.OfOne.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void DoublesKeepTheirBound(string name)
    {
        string[][] cases = [.. Reference.Json($"vector-math/{name}.json").GetProperty("cases").EnumerateArray().Select(static c => c.GetString()!.Split(' '))];
        double[] result = new double[cases.Length];
        double bound;
        if (ElementwiseFunctions.OfTwo.TryGetValue(name, out ElementwiseFunctions.Two? two))
        {
            two.Double(Column(0), Column(1), result);
            bound = two.Ulps;
        }
        else
        {
            ElementwiseFunctions.OfOne[name].Double(Column(0), result);
            bound = ElementwiseFunctions.OfOne[name].Ulps;
        }

        double[] rounded = Column(cases[0].Length - 2);
        double worst = 0;
        for (int i = 0; i < cases.Length; i++)
        {
            double missing = double.Parse(cases[i][^1], CultureInfo.InvariantCulture), ulps = Ulps(result[i], rounded[i], missing);
            Assert.True(ulps <= bound, $"{name}({string.Join(", ", cases[i][..^2])}) is {result[i]:r}, expected {rounded[i]:r}: {ulps:f3} ULP, stated {bound}.");
            worst = Math.Max(worst, ulps);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {worst:f3} ULP in {cases.Length} cases");
        Assert.True(cases.Length > 100);

        double[] Column(int at) => [.. cases.Select(c => BitConverter.UInt64BitsToDouble(ulong.Parse(c[at], NumberStyles.HexNumber, CultureInfo.InvariantCulture)))];
    }

    /// <summary>Every 9973rd of all floats. The reference is the runtime's function of doubles where it has one, else the function of doubles that the other test checks.</summary>
    [Theory]
    [MemberData(nameof(NamesOfOne))]
    public void FloatsKeepTheirBound(string name)
    {
        ElementwiseFunctions.One function = ElementwiseFunctions.OfOne[name];
        const long Step = 9973;
        float[] x = [.. Enumerable.Range(0, (int)((1L << 32) / Step)).Select(static i => BitConverter.UInt32BitsToSingle((uint)(i * Step))), .. ElementwiseFunctions.Arguments().Select(static v => (float)v), .. NearMultiplesOfHalfPi()];
        double[] exact = [.. x.Select(static v => (double)v)];
        float[] result = new float[x.Length];
        function.Single(x, result);
        if (function.Independent is { } independent)
            exact = [.. exact.Select(independent)];
        else
            function.Double(exact, exact);

        double worst = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double ulps = UlpsSingle(result[i], exact[i]);
            Assert.True(ulps <= function.SingleUlps, $"{name}({x[i]:r}) is {result[i]:r}, expected {exact[i]:r}: {ulps:f4} ULP, stated {function.SingleUlps}.");
            worst = Math.Max(worst, ulps);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {worst:f4} ULP");
        Assert.True(worst > 0.49);
    }

    /// <summary>The floats on both sides of multiples of pi/2, where a reduction loses most, below and above the bounds of the ways that are taken.</summary>
    private static IEnumerable<float> NearMultiplesOfHalfPi()
    {
        for (int k = 1; k < 100000; k = k < 2000 ? k + 1 : k + 37)
        {
            float nearest = (float)(k * (Math.PI / 2));
            yield return nearest;
            yield return MathF.BitDecrement(nearest);
            yield return -MathF.BitIncrement(nearest);
        }
    }

    [Fact]
    public void FloatsOfTwoArgumentsKeepTheirBound()
    {
        double[] samples = [.. ElementwiseFunctions.Arguments().Where(static v => double.IsNaN(v) || Math.Abs(v) is 0 or double.PositiveInfinity or (> 1e-44 and < 3e38))];
        float[] values = [.. samples.Select(static v => (float)v)];
        float[] y = new float[values.Length], result = new float[values.Length];
        foreach ((string name, ElementwiseFunctions.Two function) in ElementwiseFunctions.OfTwo)
        {
            double worst = 0;
            for (int shift = 0; shift < values.Length; shift += 7)
            {
                for (int i = 0; i < y.Length; i++)
                    y[i] = values[(i + shift) % y.Length];
                function.Single(values, y, result);
                for (int i = 0; i < y.Length; i++)
                {
                    double exact = function.Independent!(values[i], y[i]), ulps = UlpsSingle(result[i], exact);
                    Assert.True(ulps <= 0.51, $"{name}({values[i]:r}, {y[i]:r}) is {result[i]:r}, expected {exact:r}: {ulps:f4} ULP, stated 0.51.");
                    worst = Math.Max(worst, ulps);
                }
            }

            Assert.True(worst > 0.45, name);
        }
    }

    [Fact]
    public void TheGammaFunctionOfNegativeNumbersIsReflected()
    {
        // mpmath with 40 digits; the error is relative to the larger of 1 and |x| or |pi cot(pi x)|.
        (double X, double Log, double Psi)[] cases = [(-0.5, 1.2655121234846454, 0.03648997397857652), (-1.5, 0.860047015376481, 0.7031566406452432), (-2.25, 0.5555015450206475, 4.158583564657972), (-10.75, -15.403074503504817, -0.7208957601671612), (-1e-05, 11.512931237209125, 99999.42276788563), (-30.5, -75.22646798193337, 3.434030554207563)];
        foreach ((double x, double log, double psi) in cases)
        {
            Promises.Close(log, VectorMath.LogGamma(x), 0, 4.5e-16 * Math.Max(1, Math.Abs(x)), $"lgamma({x})");
            Promises.Close(psi, VectorMath.Digamma(x), 0, 4.5e-16 * Math.Max(4, Math.Abs(psi)), $"psi({x})");
        }

        foreach (double pole in (double[])[-1, -2, -170, double.NegativeInfinity])
        {
            Assert.Equal(double.PositiveInfinity, VectorMath.LogGamma(pole));
            Assert.Equal(double.NaN, VectorMath.Digamma(pole));
        }

        Assert.Equal(double.NegativeInfinity, VectorMath.Digamma(0.0));
        Assert.Equal(double.PositiveInfinity, VectorMath.Digamma(-0.0));
        Assert.Equal(double.PositiveInfinity, VectorMath.LogGamma(double.MaxValue));
    }

    private static double Ulps(double computed, double rounded, double missing)
    {
        if (double.IsNaN(rounded) || double.IsInfinity(rounded) || (rounded == 0 && missing == 0))
            return BitConverter.DoubleToInt64Bits(computed) == BitConverter.DoubleToInt64Bits(double.IsNaN(rounded) ? double.NaN : rounded) ? 0 : double.PositiveInfinity;
        double ulps = Math.Abs(((computed - rounded) / Math.Max(Math.ScaleB(1, Math.ILogB(rounded) - 52), double.Epsilon)) - missing);
        return double.IsNaN(ulps) ? double.PositiveInfinity : ulps;
    }

    private static double UlpsSingle(float computed, double exact)
    {
        // Halfway between the largest float and the next power of two rounding gives infinity.
        if (double.IsNaN(exact) || float.IsNaN(computed))
            return double.IsNaN(exact) && float.IsNaN(computed) ? 0 : double.PositiveInfinity;
        if (float.IsInfinity(computed) || Math.Abs(exact) >= 3.4028235677973366e38)
            return float.IsInfinity(computed) && Math.Abs(exact) >= 3.4028235677973366e38 && Math.Sign(computed) == Math.Sign(exact) ? 0 : double.PositiveInfinity;
        if (exact == 0)
            return computed == 0 && float.IsNegative(computed) == double.IsNegative(exact) ? 0 : double.PositiveInfinity;
        return Math.Abs(computed - exact) / Math.ScaleB(1, Math.Max(Math.ILogB(exact) - 23, -149));
    }
}
