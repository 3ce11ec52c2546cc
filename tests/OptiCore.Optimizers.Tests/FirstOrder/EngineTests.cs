using OptiCore.Persistence;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.FirstOrder;

/// <summary>What holds of every rule because of the engine.</summary>
public class EngineTests
{
    public static TheoryData<string> Names => Rules.Names;

    /// <summary>Rules whose elements don't depend on each other.</summary>
    public static TheoryData<string> ElementWise => [.. Rules.All.Where(r => r.Value is ILaneRule { IsOnePass: true, NeedsUpdateNorm: false }).Select(r => r.Key)];

    [Theory]
    [MemberData(nameof(ElementWise))]
    public void EveryElementHasTheBitsItHasAlone(string name)
    {
        const int Steps = 4;
        for (int length = 0; length <= 70; length++)
        {
            double[] x = Run(name, length, Steps);
            float[] y = RunSingle(name, length, Steps);
            for (int i = 0; i < length; i++)
            {
                // A vector of one element goes through the padded buffer, so that this compares it with whole registers.
                RuleState<double> alone = Rules.All[name].Start<double>(1);
                RuleState<float> aloneSingle = Rules.All[name].Start<float>(1);
                double[] xi = [Rules.Parameters(length)[i]];
                float[] yi = [(float)xi[0]];
                for (int k = 0; k < Steps; k++)
                {
                    double g = Rules.Gradient(length, k)[i];
                    alone.Step(xi, [g]);
                    aloneSingle.Step(yi, [(float)g]);
                }

                Promises.SameBits(xi, x.AsSpan(i, 1), $"{name}, length {length}, element {i}");
                Promises.SameBits(yi, y.AsSpan(i, 1), $"{name} in floats, length {length}, element {i}");
            }

            length += length > 35 ? 4 : 0;
        }
    }

    [Fact]
    public void AdamWHasTheBitsOfAScalarLoop()
    {
        for (int length = 0; length <= 70; length++)
        {
            double[] x = Rules.Parameters(length), m = new double[length], v = new double[length];
            for (int k = 0; k < 5; k++)
            {
                double[] g = Rules.Gradient(length, k);
                double stepSize = 0.01 / (1 - Math.Pow(0.9, k + 1)), root = 1 / Math.Sqrt(1 - Math.Pow(0.99, k + 1)), decay = 0.01 * 0.1;
                for (int i = 0; i < length; i++)
                {
                    m[i] = (0.9 * m[i]) + ((1 - 0.9) * g[i]);
                    v[i] = (0.99 * v[i]) + ((1 - 0.99) * (g[i] * g[i]));
                    x[i] -= (stepSize * m[i] / ((Math.Sqrt(v[i]) * root) + 1e-8)) + (decay * x[i]);
                }
            }

            double[] actual = Rules.Parameters(length);
            RuleState<double> state = new AdamW { LearningRate = 0.01, Beta2 = 0.99, WeightDecay = 0.1 }.Start<double>(length);
            for (int k = 0; k < 5; k++)
                state.Step(actual, Rules.Gradient(length, k));
            Promises.SameBits(x, actual, $"length {length}");
            Promises.SameBits(m, state.Slot(0), "first moment");
            Promises.SameBits(v, state.Slot(1), "second moment");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ElementsAfterTheVectorsAreLeftAlone(string name)
    {
        double[] x = [.. Rules.Parameters(13), 77, 78], g = [.. Rules.Gradient(13, 0), 99, 98];
        Rules.All[name].Start<double>(13).Step(x.AsSpan(0, 13), g.AsSpan(0, 13));
        Assert.Equal([77, 78], x[13..]);
        Assert.Equal([.. Rules.Gradient(13, 0), 99, 98], g);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void AnyNumberOfThreadsGivesTheSameBits(string name)
    {
        const int Length = (3 << 16) + 5;
        double[] g = Rules.Gradient(Length, 0), start = Rules.Parameters(Length);
        double[] expected = [.. start];
        RuleState<double> serial = Rules.All[name].Start<double>(Length);
        for (int k = 0; k < 2; k++)
            serial.Step(expected, g);
        for (int threads = 2; threads <= 4; threads++)
        {
            double[] x = [.. start];
            RuleState<double> state = Rules.All[name].Start<double>(Length);
            for (int k = 0; k < 2; k++)
                state.Step(x, g, Workers.Threads(threads));
            Promises.SameBits(expected, x, $"{name} on {threads} threads");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void SavedAndResumedEqualsUninterrupted(string name)
    {
        const int Length = 21;
        double[] whole = Run(name, Length, 12), x = Rules.Parameters(Length);
        RuleState<double> first = Rules.All[name].Start<double>(Length);
        for (int k = 0; k < 5; k++)
            first.Step(x, Rules.Gradient(Length, k));
        RuleState<double> second = Rules.All[name].Start<double>(Length);
        StateArchive.Load(second, StateArchive.Save(first));
        Assert.Equal(5, second.Steps);
        for (int k = 5; k < 12; k++)
            second.Step(x, Rules.Gradient(Length, k));
        Promises.SameBits(whole, x, name);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void AStepAllocatesNothing(string name)
    {
        double[] x = Rules.Parameters(37), g = Rules.Gradient(37, 0);
        RuleState<double> state = Rules.All[name].Start<double>(37);
        float[] y = [.. x.Select(v => (float)v)], h = [.. g.Select(v => (float)v)];
        RuleState<float> single = Rules.All[name].Start<float>(37);
        Promises.AllocatesNothing(() =>
        {
            state.Step(x, g);
            single.Step(y, h);
        }, name);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void FloatsFollowDoubles(string name)
    {
        // Rounding is relative to the largest number of the path; sign-like rules amplify it near zero, but these gradients stay clear of it.
        const int Length = 19, Steps = 10;
        double[] x = Run(name, Length, Steps);
        float[] y = RunSingle(name, Length, Steps);
        for (int i = 0; i < Length; i++)
            Promises.Close(x[i], y[i], 2e-5, 2e-5, $"{name}, element {i}");
    }

    [Fact]
    public void ANewRateScaleHoldsFromTheNextStep()
    {
        foreach (IUpdateRule rule in new IUpdateRule[] { new Sgd { LearningRate = 0.5 }, new ClipByNorm(9).Then(new Sgd { LearningRate = 0.5 }), new AddDecayedWeights(0).Then((IUpdateRule)new Sgd { LearningRate = 0.5 }) })
        {
            RuleState<double> state = rule.Start<double>(1);
            double[] x = [0];
            state.Step(x, [1]);
            state.RateScale = 0.25;
            state.Step(x, [1]);
            Assert.Equal(-0.625, x[0]);
            RuleState<double> resumed = rule.Start<double>(1);
            StateArchive.Load(resumed, StateArchive.Save(state));
            resumed.Step(x, [1]);
            Assert.Equal(-0.75, x[0]);
            Assert.Throws<ArgumentOutOfRangeException>("RateScale", () => { state.RateScale = -1; });
        }
    }

    [Fact]
    public void ANanGradientReachesItsOwnParameterOnly()
    {
        foreach ((string name, IUpdateRule rule) in Rules.All)
        {
            if (!ElementWise.Any(row => row.Data == name))
                continue;
            double[] x = [1, 2, 3, 4, 5];
            rule.Start<double>(5).Step(x, [0.1, -0.1, double.NaN, 0.1, 0.2]);
            for (int i = 0; i < 5; i++)
                Assert.True(double.IsNaN(x[i]) == (i == 2), $"{name}: x[{i}] = {x[i]}");
        }
    }

    [Fact]
    public void MistakesAreRefusedAndChangeNothing()
    {
        RuleState<double> state = new Adam().Start<double>(3);
        double[] x = [1, 2, 3];
        Assert.Throws<ArgumentException>("gradient", () => state.Step(x, [1, 2]));
        Assert.Throws<ArgumentException>("parameters", () => state.Step(x.AsSpan(1), [1, 2, 3]));
        Assert.Throws<ArgumentOutOfRangeException>("slot", () => state.Slot(2).Length);
        Assert.Throws<NotSupportedException>(() => new Adam().Start<Half>(3));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Adam().Start<double>(-1));
        Assert.Equal([1, 2, 3], x);
        Assert.Equal(0, state.Steps);
        Assert.Throws<CheckpointException>(() => StateArchive.Load(new Adam().Start<double>(4), StateArchive.Save(state)));
        Assert.Throws<CheckpointException>(() => StateArchive.Load(new Lion().Start<double>(3), StateArchive.Save(state)));
    }

    public static TheoryData<IUpdateRule> Averaging =>
    [
        new Sgd { Momentum = 0.9 }, new Adam { Beta2 = 0.9 }, new AdamW { Beta2 = 0.9 }, new NAdam { Beta2 = 0.9 }, new RAdam { Beta2 = 0.9 }, new Adamax { Beta2 = 0.9 }, new Yogi { Beta2 = 0.9 },
        new AdaBelief { Beta2 = 0.9 }, new RmsProp { Alpha = 0.9, Centered = true, Momentum = 0.9 },
    ];

    /// <summary>Averages that sink to the denormal numbers would stay there, and steps would be many times slower for good.</summary>
    [Theory]
    [MemberData(nameof(Averaging))]
    public void AveragesOfGradientsThatStayZeroHaveNoDenormalNumbers(IUpdateRule rule)
    {
        const int Length = 11;
        double[] x = new double[Length], g = new double[Length];
        float[] y = new float[Length], h = new float[Length];
        Array.Fill(g, 1);
        Array.Fill(h, 1);
        RuleState<double> state = rule.Start<double>(Length);
        RuleState<float> single = rule.Start<float>(Length);
        for (int k = 0; k < 8000; k++)
        {
            state.Step(x, g);
            single.Step(y, h);
            Array.Clear(g);
            Array.Clear(h);
        }

        for (int slot = 0; slot < state.SlotCount; slot++)
        {
            Assert.All(state.Slot(slot).ToArray(), value => Assert.False(double.IsSubnormal(value)));
            Assert.All(single.Slot(slot).ToArray(), value => Assert.False(float.IsSubnormal(value)));
        }
    }

    [Fact]
    public void ALayoutKnowsItsTensors()
    {
        ParameterLayout layout = ParameterLayout.Of([3, 4], [4], []);
        Assert.Equal((17, 3, 12, 4, 1), (layout.Length, layout.BlockCount, layout.Offset(1), layout.BlockLength(1), layout.BlockLength(2)));
        Assert.Equal([3, 4], layout.Shape(0).ToArray());
        Assert.Equal("[3x4] [4] []", layout.ToString());
        Assert.Throws<ArgumentOutOfRangeException>(() => ParameterLayout.Of([3, -1]));
        Assert.Throws<OverflowException>(() => ParameterLayout.Of([1 << 20, 1 << 20]));
    }

    private static double[] Run(string name, int length, int steps)
    {
        double[] x = Rules.Parameters(length);
        RuleState<double> state = Rules.All[name].Start<double>(length);
        for (int k = 0; k < steps; k++)
            state.Step(x, Rules.Gradient(length, k));
        return x;
    }

    private static float[] RunSingle(string name, int length, int steps)
    {
        float[] x = [.. Rules.Parameters(length).Select(v => (float)v)];
        RuleState<float> state = Rules.All[name].Start<float>(length);
        for (int k = 0; k < steps; k++)
            state.Step(x, [.. Rules.Gradient(length, k).Select(v => (float)v)]);
        return x;
    }
}
