using System.Numerics;
using System.Runtime.CompilerServices;
using OptiCore.Numerics;
using OptiCore.Optimizers;

namespace OptiCore.GpuTour.Chapters;

/// <summary>
/// Momentum whose step is bounded: m := beta m + (1 - beta) g, u := rate m / (|m| + epsilon). What is needed of a rule besides its options are the number of values that it remembers and the lane of a
/// step; composition, passes over memory, saving and the device's kernel come from the library.
/// </summary>
internal sealed record SoftSignMomentum : IUpdateRule<SoftSignLane<double>, SoftSignLane<float>>
{
    public Schedule LearningRate { get; init; } = 0.01;

    public double Beta { get; init; } = 0.9;

    public double Epsilon { get; init; } = 0.1;

    public int SlotCount => 1;

    public SoftSignLane<double> Prepare(in StepContext<double> step) => new(step.Rate(LearningRate), Beta, Epsilon);

    public SoftSignLane<float> Prepare(in StepContext<float> step) => new(step.Rate(LearningRate), Beta, Epsilon);
}

/// <summary>What happens to one register: of 1 to 16 elements on the processor, of 16 bytes in a thread of a GPU. Fields are numbers; there are no branches on elements.</summary>
internal readonly struct SoftSignLane<T>(double rate, double beta, double epsilon) : ILane<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _rate = T.CreateTruncating(rate), _beta = T.CreateTruncating(beta), _share = T.CreateTruncating(1 - beta), _epsilon = T.CreateTruncating(epsilon);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Apply<TLanes, TSlots>(TLanes update, TLanes parameter, ref TSlots slots)
        where TLanes : struct, ILanes<TLanes, T>
        where TSlots : struct, ISlots<TLanes>, allows ref struct
    {
        ref TLanes memory = ref slots.Next();
        TLanes m = (TLanes.All(_beta) * memory) + (TLanes.All(_share) * update);
        memory = m;
        return TLanes.All(_rate) * m / (TLanes.Abs(m) + TLanes.All(_epsilon));
    }
}
