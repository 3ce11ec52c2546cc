using System.Numerics;
using System.Reflection;
using OptiCore.Devices;
using OptiCore.Optimizers;
using OptiCore.Persistence;
using OptiCore.Randomness;

namespace OptiCore.Gpu.Tests;

/// <summary>Update rules on a device against the processor's, bit for bit.</summary>
public sealed class RuleTests(SimulatedDevice fixture) : IClassFixture<SimulatedDevice>, IKernelRows
{
    private const int Length = 23, Steps = 4;

    private static readonly IUpdateRule[] Rules = [.. Elementwise(), .. Compositions()];

    public static IEnumerable<MethodInfo> Rows
    {
        get
        {
            foreach (IUpdateRule rule in Rules)
            {
                foreach (Type number in (Type[])[typeof(float), typeof(double)])
                {
                    if (LaneOf(rule, number) is not { } lane)
                        continue;
                    Type register = number == typeof(float) ? typeof(Lane32x4) : typeof(Lane64x2);
                    yield return KernelTable.Of(typeof(RuleKernels), nameof(RuleKernels.Step), number, register, lane);
                    yield return KernelTable.Of(typeof(RuleKernels), nameof(RuleKernels.Transform), number, register, lane);
                }
            }
        }
    }

    public static TheoryData<int> Places => [.. Enumerable.Range(0, Rules.Length)];

    [Theory]
    [MemberData(nameof(Places))]
    public void Rules_have_the_bits_of_the_processor(int rule)
    {
        Check<float>(Rules[rule]);
        Check<double>(Rules[rule]);
    }

    [Fact]
    public void Every_element_wise_rule_is_there() => Assert.True(Elementwise().Count() >= 20);

    [Fact]
    public void A_rule_that_is_not_element_wise_is_named()
    {
        NotSupportedException e = Assert.Throws<NotSupportedException>(() => new Muon().Start<float>(ParameterLayout.Of([3, 4]), fixture.Device));
        Assert.Contains("Muon", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rule_that_wants_the_Hessian_is_refused()
    {
        NotSupportedException e = Assert.Throws<NotSupportedException>(() => new Sophia().Start<float>(3, fixture.Device));
        Assert.Contains("Hessian", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gradient_of_another_length_is_refused()
    {
        using DeviceRuleState<float> state = new AdamW().Start<float>(3, fixture.Device);
        using DeviceBuffer<float> x = fixture.Device.Zeros<float>(3), g = fixture.Device.Zeros<float>(4);
        Assert.Throws<ArgumentException>(() => state.Step(x, g));
        Assert.Equal(0, state.Steps);
    }

    private static IEnumerable<IUpdateRule> Elementwise() =>
        from type in typeof(AdamW).Assembly.GetTypes()
        where typeof(IUpdateRule).IsAssignableFrom(type) && !type.IsAbstract && !type.IsGenericType && type.GetConstructor(Type.EmptyTypes) is not null
        orderby type.Name
        let rule = (IUpdateRule)Activator.CreateInstance(type)!
        where LaneOf(rule, typeof(float)) is not null && ((ILaneRule)rule).CurvatureSlot < 0
        select rule;

    private static IEnumerable<IUpdateRule> Compositions() =>
    [
        new ClipByNorm(0.5).Then(new AdamW { LearningRate = Schedule.Cosine(1e-2, steps: 10) }),
        new ClipByValue(0.3).Then(new ScaleByAdam()).Then(new AddDecayedWeights(0.01)).Then(new ScaleBySchedule(0.05)),
        new ScaleByAdam().Then(new ClipByNorm(0.1)).Then(new ScaleBySchedule(0.5)),
        new AdamW { AmsGrad = true, WeightDecay = 0.1 },
        new Sgd { Momentum = 0.9, Nesterov = true, WeightDecay = 0.01 },
    ];

    private static Type? LaneOf(IUpdateRule rule, Type number)
    {
        foreach (Type face in rule.GetType().GetInterfaces())
        {
            if (face.IsGenericType && face.GetGenericTypeDefinition() == typeof(ILaneSource<,>) && face.GetGenericArguments()[0] == number)
                return ((ILaneRule)rule).IsOnePass ? face.GetGenericArguments()[1] : null;
        }

        return null;
    }

    private void Check<T>(IUpdateRule rule) where T : unmanaged, IFloatingPointIeee754<T>
    {
        GpuDevice device = fixture.Device;
        RuleState<T> expected = rule.Start<T>(Length);
        using DeviceRuleState<T> actual = rule.Start<T>(Length, device);
        T[] x = Numbers<T>(1);
        using DeviceBuffer<T> onDevice = device.Upload<T>(x), gradient = device.Allocate<T>(Length);
        DeviceRuleState<T>? continued = null;
        for (int step = 0; step < Steps; step++)
        {
            T[] g = Numbers<T>((ulong)step + 2);
            gradient.CopyFrom(g);
            expected.Step(x, g);
            (continued ?? actual).Step(onDevice, gradient);
            if (step == 1)
            {
                // What was saved is continued elsewhere: here in another state of the device.
                continued = rule.Start<T>(Length, device);
                using var saved = new MemoryStream();
                Checkpoint.Write(saved, "rule", "", actual);
                saved.Position = 0;
                Checkpoint.Read(saved, "rule", "", continued);
            }

            Assert.Equal(x, onDevice.ToArray());
            Assert.Equal(expected.EvaluationPoint(x).ToArray(), (continued ?? actual).EvaluationPoint(onDevice).ToArray());
        }

        continued?.Dispose();
    }

    private static T[] Numbers<T>(ulong seed) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var numbers = new double[Length];
        RandomFill.Normal(RandomKey.FromSeed(seed), numbers);
        return Array.ConvertAll(numbers, T.CreateTruncating);
    }
}
