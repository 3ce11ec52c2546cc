using System.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>Two rules of any kind, one after the other, with the update written to memory in between. Made by <see cref="UpdateRules.Then(IUpdateRule, IUpdateRule)"/>.</summary>
/// <param name="First">The rule that sees the gradient.</param>
/// <param name="Second">The rule that sees the first one's update.</param>
public sealed record Sequence(IUpdateRule First, IUpdateRule Second) : IUpdateRule
{
    /// <inheritdoc/>
    public RuleState<double> StartDouble(ParameterLayout layout) => new SequenceState<double>(First.StartDouble(layout), Second.StartDouble(layout));

    /// <inheritdoc/>
    public RuleState<float> StartSingle(ParameterLayout layout) => new SequenceState<float>(First.StartSingle(layout), Second.StartSingle(layout));
}

/// <summary>The states of two rules and the update between them.</summary>
internal sealed class SequenceState<T>(RuleState<T> first, RuleState<T> second) : RuleState<T>(first.Layout)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T[] _between = new T[first.Length];

    public override double RateScale
    {
        get => base.RateScale;
        set => base.RateScale = first.RateScale = second.RateScale = value;
    }

    public override int SlotCount => first.SlotCount + second.SlotCount;

    public override ReadOnlySpan<T> Slot(int slot) => slot < first.SlotCount ? first.Slot(slot) : second.Slot(slot - first.SlotCount);

    public override bool UsesCurvature => first.UsesCurvature || second.UsesCurvature;

    public override ReadOnlySpan<T> EvaluationPoint(ReadOnlySpan<T> parameters) => second.EvaluationPoint(first.EvaluationPoint(parameters));

    protected override void ReportCurvatureCore(ReadOnlySpan<T> estimate) => (first.UsesCurvature ? first : second).ReportCurvature(estimate);

    protected override void StepCore(Span<T> parameters, ReadOnlySpan<T> gradient, IWorkers workers)
    {
        gradient.CopyTo(_between);
        first.Transform(_between, parameters, workers);
        second.Step(parameters, _between, workers);
    }

    protected override void TransformCore(Span<T> update, ReadOnlySpan<T> parameters, IWorkers workers)
    {
        first.Transform(update, parameters, workers);
        second.Transform(update, parameters, workers);
    }

    protected override void PersistCore(StateArchive archive)
    {
        archive.Transfer(first);
        archive.Transfer(second);
    }
}
