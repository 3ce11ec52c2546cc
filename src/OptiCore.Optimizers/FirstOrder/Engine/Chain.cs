namespace OptiCore.Optimizers;

/// <summary>Two element-wise rules as one, made by <see cref="UpdateRules.Then{TFirst64,TFirst32,TSecond64,TSecond32}"/>.</summary>
/// <typeparam name="TFirst64">The first rule's lane for doubles.</typeparam>
/// <typeparam name="TFirst32">The first rule's lane for floats.</typeparam>
/// <typeparam name="TSecond64">The second rule's lane for doubles.</typeparam>
/// <typeparam name="TSecond32">The second rule's lane for floats.</typeparam>
/// <param name="First">The rule that sees the gradient.</param>
/// <param name="Second">The rule that sees the first one's update.</param>
public sealed record Chain<TFirst64, TFirst32, TSecond64, TSecond32>(IUpdateRule<TFirst64, TFirst32> First, IUpdateRule<TSecond64, TSecond32> Second)
    : IUpdateRule<LanePair<double, TFirst64, TSecond64>, LanePair<float, TFirst32, TSecond32>>
    where TFirst64 : struct, ILane<double>
    where TFirst32 : struct, ILane<float>
    where TSecond64 : struct, ILane<double>
    where TSecond32 : struct, ILane<float>
{
    /// <inheritdoc/>
    public int SlotCount => First.SlotCount + Second.SlotCount;

    /// <inheritdoc/>
    public int ScalarCount => First.ScalarCount + Second.ScalarCount;

    /// <inheritdoc/>
    public bool NeedsUpdateNorm => First.NeedsUpdateNorm;

    /// <inheritdoc/>
    public bool IsOnePass => First.IsOnePass && Second.IsOnePass && !Second.NeedsUpdateNorm;

    /// <inheritdoc/>
    public int EvaluationSlot => Second.EvaluationSlot >= 0 ? First.SlotCount + Second.EvaluationSlot : First.EvaluationSlot;

    /// <inheritdoc/>
    public int CurvatureSlot => First.CurvatureSlot >= 0 || Second.CurvatureSlot < 0 ? First.CurvatureSlot : First.SlotCount + Second.CurvatureSlot;

    /// <inheritdoc/>
    public double CurvatureMemory => First.CurvatureSlot >= 0 ? First.CurvatureMemory : Second.CurvatureMemory;

    /// <inheritdoc/>
    public double InitialValue(int slot) => slot < First.SlotCount ? First.InitialValue(slot) : Second.InitialValue(slot - First.SlotCount);

    /// <inheritdoc/>
    public LanePair<double, TFirst64, TSecond64> Prepare(in StepContext<double> step) => new(
        First.Prepare(step with { Scalars = step.Scalars[..First.ScalarCount] }),
        Second.Prepare(step with { Scalars = step.Scalars[First.ScalarCount..], UpdateNorm = double.NaN }));

    /// <inheritdoc/>
    public LanePair<float, TFirst32, TSecond32> Prepare(in StepContext<float> step) => new(
        First.Prepare(step with { Scalars = step.Scalars[..First.ScalarCount] }),
        Second.Prepare(step with { Scalars = step.Scalars[First.ScalarCount..], UpdateNorm = float.NaN }));

    /// <inheritdoc/>
    public RuleState<double> StartDouble(ParameterLayout layout) => IsOnePass
        ? new LaneState<double, LanePair<double, TFirst64, TSecond64>>(this, layout)
        : new SequenceState<double>(First.StartDouble(layout), Second.StartDouble(layout));

    /// <inheritdoc/>
    public RuleState<float> StartSingle(ParameterLayout layout) => IsOnePass
        ? new LaneState<float, LanePair<float, TFirst32, TSecond32>>(this, layout)
        : new SequenceState<float>(First.StartSingle(layout), Second.StartSingle(layout));
}
