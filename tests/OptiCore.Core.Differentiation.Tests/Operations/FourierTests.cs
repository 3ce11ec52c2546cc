using OptiCore.Core.Tests.Differentiation.Tracing;
using OptiCore.Differentiation;
using OptiCore.TestKit;
using static OptiCore.Differentiation.Derivative;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Core.Tests.Differentiation.Operators;

/// <summary>Fourier transforms: one row each under the laws, and what is special to them.</summary>
public sealed class FourierTests
{
    private static readonly Dictionary<string, (Func<Variable[], Variable> Function, Shape[] Shapes)> Rows = new()
    {
        ["fft"] = (x => Square(Fft(x[0])), [[2, 6, 2]]),
        ["inverse fft"] = (x => Square(InverseFft(x[0])), [[7, 2]]),
        ["real fft"] = (x => Square(RealFft(x[0])), [[2, 6]]),
        ["real fft of odd length"] = (x => Square(RealFft(x[0])), [[7]]),
        ["real fft of one element"] = (x => Square(RealFft(x[0])), [[3, 1]]),
        ["inverse real fft"] = (x => Square(InverseRealFft(x[0], 6)), [[2, 4, 2]]),
        ["inverse real fft of odd length"] = (x => Square(InverseRealFft(x[0], 7)), [[4, 2]]),
        ["cosine transform"] = (x => Square(CosineTransform(x[0])), [[2, 6]]),
        ["cosine transform of odd length"] = (x => Square(CosineTransform(x[0])), [[7]]),
        ["inverse cosine transform"] = (x => Square(InverseCosineTransform(x[0])), [[2, 3, 5]]),
        ["cosine transform of one element"] = (x => Square(CosineTransform(x[0])), [[3, 1]]),
        ["a filter"] = (x => InverseRealFft(RealFft(x[0]) * ExpandAxis(x[1], -1), 8), [[2, 8], [5]]),
    };

    public static TheoryData<string> Names => [.. Rows.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Derivatives_batches_and_floats_agree_with_values(string name)
    {
        (Func<Variable[], Variable> function, Shape[] shapes) = Rows[name];
        for (int seed = 0; seed < 2; seed++)
            DerivativeLaws.Check(name, function, shapes, x => x, seed);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(12)]
    [InlineData(37)]
    public void Inverses_give_the_sequence_back(int length)
    {
        Variable x = Variable.Input("x", [3, length, 2]), real = Variable.Input("real", [3, length]);
        Replay<double> replay = Computation.Compile<double>([x, real], InverseFft(Fft(x)), InverseRealFft(RealFft(real), length), InverseCosineTransform(CosineTransform(real))).Start();
        for (int i = 0; i < 2; i++)
        {
            for (int j = 0; j < replay.Input(i).Length; j++)
                replay.Input(i)[j] = Math.Cos(j * j);
        }

        replay.Run();
        for (int i = 0; i < 3; i++)
        {
            ReadOnlySpan<double> expected = replay.Input(Math.Min(i, 1));
            for (int j = 0; j < expected.Length; j++)
                Promises.Close(expected[j], replay.Output(i)[j], 1e-14, 1e-14, $"element {j}");
        }
    }

    [Fact]
    public void Wrong_shapes_are_named()
    {
        Variable x = Variable.Input("x", [4, 3]);
        Assert.Contains("[4 x 3]", Assert.Throws<ArgumentException>(() => Fft(x)).Message, StringComparison.Ordinal);
        Assert.Contains("[4 x 2]", Assert.Throws<ArgumentException>(() => InverseRealFft(x, 6)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => InverseRealFft(x, 0));
        Assert.Throws<ArgumentException>(() => RealFft(1));
        Assert.Throws<ArgumentException>(() => CosineTransform(1));
        Assert.Contains("[4 x 0]", Assert.Throws<ArgumentException>(() => InverseCosineTransform(Variable.Input("x", [4, 0]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Replays_allocate_nothing()
    {
        Variable x = Variable.Input("x", [3, 60, 2]), real = Variable.Input("real", [4, 45]);
        Variable y = Sum(Square(InverseFft(Exp(Fft(x))))) + Sum(Square(InverseRealFft(Square(RealFft(real)), 45)))
            + Sum(InverseCosineTransform(Exp(CosineTransform(real))));
        Replay<double> replay = Computation.Compile<double>([x, real], y, Gradient(y, x), Gradient(y, real)).Start();
        Promises.AllocatesNothing(replay.Run, "Fourier transforms");
    }
}
