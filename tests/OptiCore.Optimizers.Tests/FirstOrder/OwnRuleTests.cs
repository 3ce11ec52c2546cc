using System.Numerics;
using System.Reflection;
using System.Runtime.CompilerServices;
using OptiCore.Numerics;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.FirstOrder;

/// <summary>A rule of a user's own, with the lane of docs/adding-an-algorithm.md.</summary>
public sealed record MomentumRule(double Rate, double Memory) : IUpdateRule<MomentumLane<double>, MomentumLane<float>>
{
    public int SlotCount => 1;

    public MomentumLane<double> Prepare(in StepContext<double> step) => new(Rate, Memory);

    public MomentumLane<float> Prepare(in StepContext<float> step) => new(Rate, Memory);
}

public readonly struct MomentumLane<T>(double rate, double memory) : ILane<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _rate = T.CreateTruncating(rate), _memory = T.CreateTruncating(memory);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Apply<TLanes, TSlots>(TLanes update, TLanes parameter, ref TSlots slots)
        where TLanes : struct, ILanes<TLanes, T>
        where TSlots : struct, ISlots<TLanes>, allows ref struct
    {
        ref TLanes buffer = ref slots.Next();
        TLanes b = (TLanes.All(_memory) * buffer) + update;
        buffer = b;
        return TLanes.All(_rate) * b;
    }
}

public class OwnRuleTests
{
    [Fact]
    public void ARuleOfAUsersOwnIsComposedLikeTheOthers()
    {
        IUpdateRule own = new ClipByValue(0.5).Then(new MomentumRule(0.1, 0.9)), ours = new ClipByValue(0.5).Then(new Sgd { LearningRate = 0.1, Momentum = 0.9 });
        for (int length = 1; length <= 70; length++)
        {
            double[] x = Rules.Parameters(length), y = Rules.Parameters(length);
            RuleState<double> a = own.Start<double>(length), b = ours.Start<double>(length);
            for (int k = 0; k < 5; k++)
            {
                a.Step(x, Rules.Gradient(length, k));
                b.Step(y, Rules.Gradient(length, k));
            }

            Promises.SameBits(y, x, $"length {length}");
        }
    }

    /// <summary>A lane travels to a GPU as its bytes.</summary>
    [Fact]
    public void LanesHoldNumbersFlagsAndOtherLanesOnly()
    {
        int lanes = 0;
        foreach (Type type in typeof(ILane<>).Assembly.GetTypes().Where(t => t is { IsValueType: true, IsGenericTypeDefinition: true } && IsLane(t)))
        {
            lanes++;
            foreach (FieldInfo field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
            {
                Type of = field.FieldType;
                Assert.True(of == type.GetGenericArguments()[0] || of == typeof(Flag) || IsLane(of), $"{type.Name} has a field {field.Name} of type {of.Name}.");
            }
        }

        Assert.True(lanes > 20);
        Assert.Equal(4, Unsafe.SizeOf<Flag>());

        static bool IsLane(Type type) => (type.IsGenericParameter ? type.GetGenericParameterConstraints() : type.GetInterfaces())
            .Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(ILane<>));
    }
}
