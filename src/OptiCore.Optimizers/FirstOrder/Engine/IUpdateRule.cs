using System.Numerics;

namespace OptiCore.Optimizers;

/// <summary>
/// A first-order method, or a part of one, as an immutable value: it maps the gradient to the update that is subtracted from the parameters.
/// Rules are composed with <see cref="UpdateRules.Then{TFirst64,TFirst32,TSecond64,TSecond32}"/>:
/// <code>
/// IUpdateRule rule = new ClipByNorm(1.0).Then(new AdamW { LearningRate = Schedule.Cosine(1e-3, steps: 10_000).WithWarmUp(500) });
/// RuleState&lt;float&gt; state = rule.Start&lt;float&gt;(weights.Length);
/// state.Step(weights, gradient);
/// </code>
/// </summary>
/// <remarks>
/// Element-wise rules implement <see cref="IUpdateRule{TLane64,TLane32}"/> and fuse into one pass over memory. A rule that isn't
/// element-wise (per-tensor norms, matrix preconditioners, wrappers that look at the parameters over time) implements this interface with a
/// <see cref="RuleState{T}"/> of its own; it can stand anywhere in a chain, where the update is then written to memory in between.
/// </remarks>
public interface IUpdateRule
{
    /// <summary>Allocates the state for double-precision parameters. See <see cref="UpdateRules.Start{T}(IUpdateRule, ParameterLayout)"/>.</summary>
    /// <param name="layout">The number of parameters, and their shapes.</param>
    RuleState<double> StartDouble(ParameterLayout layout);

    /// <summary>Allocates the state for single-precision parameters. See <see cref="UpdateRules.Start{T}(IUpdateRule, ParameterLayout)"/>.</summary>
    /// <param name="layout">The number of parameters, and their shapes.</param>
    RuleState<float> StartSingle(ParameterLayout layout);
}

/// <summary>
/// An element-wise rule. Once per step it makes the lane that is then applied to every register of elements; the two lane types stand in the
/// interface's type, so that compositions are inferred, compiled as one loop and visible to ahead-of-time compilation.
/// </summary>
/// <typeparam name="TLane64">The lane for doubles.</typeparam>
/// <typeparam name="TLane32">The lane for floats.</typeparam>
public interface IUpdateRule<TLane64, TLane32> : IUpdateRule, ILaneSource<double, TLane64>, ILaneSource<float, TLane32>
    where TLane64 : struct, ILane<double>
    where TLane32 : struct, ILane<float>
{
    RuleState<double> IUpdateRule.StartDouble(ParameterLayout layout) => new LaneState<double, TLane64>(this, layout);

    RuleState<float> IUpdateRule.StartSingle(ParameterLayout layout) => new LaneState<float, TLane32>(this, layout);
}

/// <summary>What is the same of an element-wise rule for either element type.</summary>
public interface ILaneRule
{
    /// <summary>The number of values that the rule remembers for each parameter.</summary>
    int SlotCount => 0;

    /// <summary>The number of values that the rule remembers for all parameters together (<see cref="StepContext{T}.Scalars"/>).</summary>
    int ScalarCount => 0;

    /// <summary>True when the rule needs the Euclidean norm of its input (<see cref="StepContext{T}.UpdateNorm"/>), for which the engine reads it once more before the pass.</summary>
    bool NeedsUpdateNorm => false;

    /// <summary>True when the rule can be applied in one pass; false for a chain in which a norm is needed of what an earlier rule makes.</summary>
    bool IsOnePass => true;

    /// <summary>The slot with the point at which the method's result is to be evaluated, where that isn't the parameters (<see cref="RuleState{T}.EvaluationPoint"/>); -1 for none.</summary>
    int EvaluationSlot => -1;

    /// <summary>The slot that averages estimates of the Hessian's diagonal (<see cref="RuleState{T}.ReportCurvature"/>); -1 for none.</summary>
    int CurvatureSlot => -1;

    /// <summary>The memory of that average: h := memory h + (1 - memory) estimate.</summary>
    double CurvatureMemory => 0;

    /// <summary>What a slot holds before the first step. Default: 0.</summary>
    /// <param name="slot">Its number, from 0 to <see cref="SlotCount"/> - 1.</param>
    double InitialValue(int slot) => 0;
}

/// <summary>Makes the lane of each step.</summary>
/// <typeparam name="T">The element type.</typeparam>
/// <typeparam name="TLane">The lane.</typeparam>
public interface ILaneSource<T, TLane> : ILaneRule
    where T : unmanaged, IFloatingPointIeee754<T>
    where TLane : struct, ILane<T>
{
    /// <summary>Makes the lane of a step: computes what depends on the step's number and rounds the constants to the element type. Called exactly once a step.</summary>
    /// <param name="step">The step.</param>
    TLane Prepare(in StepContext<T> step);
}

/// <summary>What a rule is told of a step before the pass over the elements.</summary>
/// <typeparam name="T">The element type.</typeparam>
public readonly ref struct StepContext<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The number of the step, from 0: how many were taken before.</summary>
    public required long Step { get; init; }

    /// <summary>The factor of all learning rates, <see cref="RuleState{T}.RateScale"/>.</summary>
    public required double RateScale { get; init; }

    /// <summary>The Euclidean norm of the rule's input, where it asked for it; else NaN.</summary>
    public required T UpdateNorm { get; init; }

    /// <summary>The rule's own numbers, saved with the state; 0 before the first step.</summary>
    public Span<double> Scalars { get; init; }

    /// <summary>The learning rate of this step: what the schedule says, times <see cref="RateScale"/>.</summary>
    /// <param name="schedule">The rule's schedule.</param>
    public double Rate(Schedule schedule)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        return RateScale * schedule.At(Step);
    }
}
