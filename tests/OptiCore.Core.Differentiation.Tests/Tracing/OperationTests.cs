using OptiCore.Differentiation;
using OptiCore.Numerics;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Core.Tests.Differentiation.Tracing;

/// <summary>One row for each operation, under the laws of <see cref="DerivativeLaws"/>.</summary>
public sealed class OperationTests
{
    private static readonly Func<double, double> Real = x => x;
    private static readonly Func<double, double> Positive = x => Math.Exp(0.5 * x);
    private static readonly Func<double, double> Unit = x => 0.45 * x;

    // Away from the places where a step or a kink is.
    private static readonly Func<double, double> Apart = x => Math.Round(x * 5) / 5 + 0.07 + (0.01 * x);

    private static readonly Dictionary<string, (Func<Variable[], Variable> Function, Shape[] Shapes, Func<double, double> Domain)> Rows = new()
    {
        ["negate"] = (x => -x[0], [[3, 2]], Real),
        ["square"] = (x => Square(x[0]), [[3, 2]], Real),
        ["reciprocal"] = (x => Reciprocal(x[0]), [[5]], Positive),
        ["sqrt"] = (x => Sqrt(x[0]), [[5]], Positive),
        ["cbrt"] = (x => Cbrt(x[0]), [[5]], Positive),
        ["exp"] = (x => Exp(x[0]), [[5]], Real),
        ["expm1"] = (x => Expm1(x[0]), [[5]], Real),
        ["log"] = (x => Log(x[0]), [[5]], Positive),
        ["log1p"] = (x => Log1p(x[0]), [[5]], Positive),
        ["sin"] = (x => Sin(x[0]), [[5]], Real),
        ["cos"] = (x => Cos(x[0]), [[5]], Real),
        ["tan"] = (x => Tan(x[0]), [[5]], Unit),
        ["asin"] = (x => Asin(x[0]), [[5]], Unit),
        ["acos"] = (x => Acos(x[0]), [[5]], Unit),
        ["atan"] = (x => Atan(x[0]), [[5]], Real),
        ["sinh"] = (x => Sinh(x[0]), [[5]], Real),
        ["cosh"] = (x => Cosh(x[0]), [[5]], Real),
        ["tanh"] = (x => Tanh(x[0]), [[5]], Real),
        ["asinh"] = (x => Asinh(x[0]), [[5]], Real),
        ["acosh"] = (x => Acosh(1.5 + x[0]), [[5]], Positive),
        ["atanh"] = (x => Atanh(x[0]), [[5]], Unit),
        ["relu"] = (x => Relu(x[0]), [[7]], Apart),
        ["leaky relu"] = (x => LeakyRelu(x[0]), [[7]], Apart),
        ["elu"] = (x => Elu(x[0]), [[7]], Apart),
        ["selu"] = (x => Selu(x[0]), [[7]], Apart),
        ["sigmoid"] = (x => Sigmoid(x[0]), [[5]], Real),
        ["log-sigmoid"] = (x => LogSigmoid(x[0]), [[5]], Real),
        ["softplus"] = (x => Softplus(x[0]), [[5]], Real),
        ["silu"] = (x => Silu(x[0]), [[5]], Real),
        ["gelu"] = (x => Gelu(x[0]), [[5]], Real),
        ["mish"] = (x => Mish(x[0]), [[5]], Real),
        ["erf"] = (x => Erf(x[0]), [[5]], Real),
        ["erfc"] = (x => Erfc(x[0]), [[5]], Real),
        ["erfinv"] = (x => ErfInv(x[0]), [[5]], Unit),
        ["normal cdf"] = (x => NormalCdf(x[0]), [[5]], Real),
        ["normal density"] = (x => NormalDensity(x[0]), [[5]], Real),
        ["lgamma"] = (x => LogGamma(x[0]), [[5]], Positive),
        ["digamma"] = (x => Digamma(x[0]), [[5]], Positive),
        ["abs"] = (x => Abs(x[0]), [[7]], Apart),
        ["steps"] = (x => Floor(x[0]) + Ceiling(x[0]) + Round(x[0]) + Sign(x[0]) + IsNaN(x[0]) + (x[0] > 0.3) + (x[0] <= 0.5), [[7]], Apart),
        ["add, broadcast"] = (x => x[0] + x[1], [[4, 1, 3], [2, 1]], Real),
        ["subtract, broadcast"] = (x => x[0] - x[1], [[3], [4, 3]], Real),
        ["multiply, broadcast"] = (x => x[0] * x[1], [[4, 3], [4, 1]], Real),
        ["multiply by number"] = (x => x[0] * x[1], [[4, 3], []], Real),
        ["divide, broadcast"] = (x => x[0] / x[1], [[2, 3, 2], [3, 1]], Positive),
        ["pow"] = (x => Pow(x[0], x[1]), [[6], [6]], Positive),
        ["pow of constants"] = (x => Pow(x[0], 0) + Pow(x[0], 1) + Pow(x[0], 2) + Pow(x[0], 3), [[6]], Real),
        ["atan2"] = (x => Atan2(x[0], x[1]), [[6], [6]], Positive),
        ["hypot"] = (x => Hypot(x[0], x[1]), [[6], [1]], Positive),
        ["max of two"] = (x => Max(x[0], x[1] + 0.03), [[7], [7]], Apart),
        ["min of two"] = (x => Min(x[0], x[1] + 0.03), [[7], [7]], Apart),
        ["clamp"] = (x => Clamp(x[0], -0.7, 0.5), [[7]], Apart),
        ["select"] = (x => Select(x[0] > 0, x[1], x[2]), [[7], [7], []], Apart),
        ["sum of all"] = (x => Sum(x[0]), [[4, 3]], Real),
        ["sum of rows"] = (x => Sum(x[0], 0), [[4, 3]], Real),
        ["sum of the middle"] = (x => Sum(x[0], 1, keepAxis: true), [[2, 3, 4]], Real),
        ["mean"] = (x => Mean(x[0]) * Mean(x[0], -1), [[4, 3]], Real),
        ["variance"] = (x => Variance(x[0], -1) + Variance(x[0], -1, unbiased: true), [[4, 3]], Real),
        ["norm"] = (x => Norm(x[0]) * Norm(x[0], 0), [[4, 3]], Real),
        ["max of all"] = (x => Max(x[0]), [[2, 3]], Real),
        ["max of an axis"] = (x => Max(x[0], 0), [[4, 3]], Real),
        ["min of an axis"] = (x => Min(x[0], -1, keepAxis: true), [[4, 3]], Real),
        ["log-sum-exp"] = (x => LogSumExp(x[0]), [[3, 4]], Real),
        ["log-sum-exp of rows"] = (x => LogSumExp(x[0], 0, keepAxis: true), [[3, 4]], Real),
        ["softmax"] = (x => Softmax(x[0]), [[3, 4]], Real),
        ["softmax of rows"] = (x => Softmax(x[0], 0), [[3, 4]], Real),
        ["log-softmax"] = (x => LogSoftmax(x[0]), [[3, 4]], Real),
        ["reshape"] = (x => Reshape(x[0], [3, 2]) * Reshape(x[0], [3, 2]), [[2, 3]], Real),
        ["transpose"] = (x => Transpose(x[0]) * x[1], [[2, 3], [3, 2]], Real),
        ["transpose of axes"] = (x => Exp(Transpose(x[0], 2, 0, 1)), [[2, 3, 4]], Real),
        ["slice"] = (x => Square(Slice(x[0], 1, 1, 2)), [[3, 4]], Real),
        ["index and range"] = (x => x[0][1] * x[0][^1] + Sum(x[0][..2], 0), [[3, 4]], Real),
        ["pad"] = (x => Square(Pad(x[0], 0, 1, 2)), [[3, 2]], Real),
        ["concatenate"] = (x => Square(Concatenate(0, x[0], x[1], x[0])), [[2, 3], [1, 3]], Real),
        ["concatenate columns"] = (x => Square(Concatenate(-1, x[0], Exp(x[1]))), [[2, 3], [2, 1]], Real),
        ["stack"] = (x => Square(Stack(1, x[0], x[1])), [[2, 3], [2, 3]], Real),
        ["broadcast"] = (x => Exp(BroadcastTo(x[0], [2, 4, 3])), [[4, 1]], Real),
        ["matmul"] = (x => MatMul(x[0], x[1]), [[3, 4], [4, 2]], Real),
        ["matmul, transposed"] = (x => MatMul(Transpose(x[0]), Transpose(x[1])), [[4, 3], [2, 4]], Real),
        ["matmul of a batch"] = (x => MatMul(x[0], x[1]), [[2, 3, 4], [4, 2]], Real),
        ["matmul of batches"] = (x => MatMul(x[0], x[1]), [[2, 1, 3, 4], [3, 4, 2]], Real),
        ["matmul of moved axes"] = (x => MatMul(Transpose(x[0], 0, 2, 1, 3), Transpose(x[1], 0, 2, 3, 1)), [[2, 3, 2, 4], [2, 5, 2, 4]], Real),
        ["matmul with a vector"] = (x => MatMul(x[0], x[1]) * MatMul(x[1], Transpose(x[0])), [[3, 4], [4]], Real),
        ["dot"] = (x => Dot(x[0], x[1]), [[5], [5]], Real),
        ["a network"] = (x => Mean(Square(MatMul(Tanh(MatMul(x[0], x[1]) + x[2]), x[3]) - 1)), [[5, 3], [3, 4], [4], [4, 2]], Real),
    };

    public static TheoryData<string> Names => [.. Rows.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Derivatives_batches_and_floats_agree_with_values(string name)
    {
        (Func<Variable[], Variable> function, Shape[] shapes, Func<double, double> domain) = Rows[name];
        for (int seed = 0; seed < 3; seed++)
            DerivativeLaws.Check(name, function, shapes, domain, seed);
    }

    [Fact]
    public void TheSlopeOfGeluIsThatOfDifferencesInDoublesAndFloats()
    {
        const double H = 1e-4;
        double[] x = [.. Enumerable.Range(-4000, 8001).Select(static i => (double)(float)(i * 0.0047))], slope = new double[x.Length];
        float[] single = [.. x.Select(static v => (float)v)];
        VectorMath.GeluSlope<double>(x, slope);
        VectorMath.GeluSlope<float>(single, single);
        for (int i = 0; i < x.Length; i++)
        {
            double difference = (VectorMath.Gelu(x[i] + H) - VectorMath.Gelu(x[i] - H)) / (2 * H);
            Assert.True(Math.Abs(slope[i] - difference) < 1e-8, $"slope({x[i]:r}) is {slope[i]:r}, differences say {difference:r}.");
            Assert.True(Math.Abs(single[i] - slope[i]) <= Math.ScaleB(1, -21), $"slope({x[i]:r}) is {single[i]:r} in floats, {slope[i]:r} in doubles.");
        }

        float[] ends = [float.NegativeInfinity, -1e30f, 1e30f, float.PositiveInfinity, float.NaN];
        VectorMath.GeluSlope<float>(ends, ends);
        Assert.Equal([0, 0, 1, 1, float.NaN], ends);
    }

    [Fact]
    public void GeluOfNetworksKeepsItsBoundOverAllBinades()
    {
        float[] x = [.. Enumerable.Range(0, 1 << 18).Select(static i => BitConverter.UInt32BitsToSingle((uint)i * 16381)).Where(static v => float.IsFinite(v))], y = new float[x.Length];
        VectorMath.GeluOfNetworks<float>(x, y);
        for (int i = 0; i < x.Length; i++)
        {
            double exact = VectorMath.Gelu((double)x[i]);
            float near = (float)exact;
            double unit = Math.Max(Math.Abs((double)MathF.BitIncrement(near) - near), float.Epsilon);
            Assert.True(Math.Abs(y[i] - exact) <= 4 * unit, $"gelu({x[i]:r}) is {y[i]:r}, not {exact:r}.");
        }
    }

    [Fact]
    public void TanhOfNetworksKeepsItsBoundOverAllBinadesAndNeverLeavesOne()
    {
        float[] x = [.. Enumerable.Range(0, 1 << 18).Select(static i => BitConverter.UInt32BitsToSingle((uint)i * 16381)).Where(static v => float.IsFinite(v)), .. Enumerable.Range(0, 1 << 16).Select(static i => i * 1.6e-4f)];
        float[] y = new float[x.Length];
        VectorMath.TanhOfNetworks<float>(x, y);
        for (int i = 0; i < x.Length; i++)
        {
            double exact = Math.Tanh(x[i]);
            float below = MathF.BitDecrement(MathF.Abs((float)exact));
            double unit = Math.Max(Math.Abs((float)exact) - below, float.Epsilon);
            Assert.True(Math.Abs(y[i] - exact) <= 6 * unit && MathF.Abs(y[i]) <= 1, $"tanh({x[i]:r}) is {y[i]:r}, not {exact:r}.");
        }

        float[] ends = [float.NegativeInfinity, -9.1f, -0.0f, float.Epsilon, 9.1f, float.PositiveInfinity, float.NaN];
        VectorMath.TanhOfNetworks<float>(ends, ends);
        Assert.Equal([-1, -1, -0.0f, float.Epsilon, 1, 1, float.NaN], ends);
        Assert.True(float.IsNegative(ends[2]));
    }

    [Fact]
    public void SigmoidOfNetworksKeepsItsBoundOverAllBinadesAndNeverLeavesOne()
    {
        float[] x = [.. Enumerable.Range(0, 1 << 18).Select(static i => BitConverter.UInt32BitsToSingle((uint)i * 16381)).Where(static v => float.IsFinite(v)), .. Enumerable.Range(-(1 << 16), 1 << 17).Select(static i => i * 1.6e-3f)];
        Variable v = Variable.Input("x", [x.Length]);
        Replay<float> replay = Computation.Compile<float>([v], Sigmoid(v)).Start();
        x.CopyTo(replay.Input(0));
        replay.Run();
        ReadOnlySpan<float> y = replay.Output(0);
        for (int i = 0; i < x.Length; i++)
        {
            double exact = VectorMath.Sigmoid((double)x[i]);
            float below = MathF.BitDecrement((float)exact);
            double unit = Math.Max((float)exact - below, float.Epsilon);
            Assert.True(Math.Abs(y[i] - exact) <= 3 * unit && y[i] is >= 0 and <= 1, $"sigmoid({x[i]:r}) is {y[i]:r}, not {exact:r}.");
        }

        Variable e = Variable.Input("x", [6]);
        Replay<float> ends = Computation.Compile<float>([e], Sigmoid(e)).Start();
        ReadOnlySpan<float> points = [float.NegativeInfinity, float.MinValue, -0.0f, 0, float.PositiveInfinity, float.NaN];
        points.CopyTo(ends.Input(0));
        ends.Run();
        Assert.Equal([0, 0, 0.5f, 0.5f, 1, float.NaN], ends.Output(0).ToArray());
    }
}
