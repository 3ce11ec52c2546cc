using System.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>Lets a rule step only where every element of the gradient is finite; otherwise parameters and the rule's state stay as they are.</summary>
/// <remarks>
/// For training loops with rare overflows, in mixed precision for example. After <see cref="MaxInARow"/> gradients in a row that aren't finite the next one is let through, so that a run that is lost shows it. The
/// run protocol (<see cref="FirstOrder"/>) ends at such a gradient by itself. One more reading of the gradient.
/// </remarks>
/// <param name="Rule">The rule.</param>
public sealed record ApplyIfFinite(IUpdateRule Rule) : IUpdateRule
{
    /// <summary>The rule.</summary>
    public IUpdateRule Rule { get; init => field = Require.NotNull(value, nameof(Rule)); } = Require.NotNull(Rule);

    /// <summary>How many gradients in a row may be skipped. Default: 1000.</summary>
    public int MaxInARow { get; init => field = Require.Positive(value); } = 1000;

    /// <inheritdoc/>
    public RuleState<double> StartDouble(ParameterLayout layout) => new State<double>(Rule.StartDouble(layout), MaxInARow);

    /// <inheritdoc/>
    public RuleState<float> StartSingle(ParameterLayout layout) => new State<float>(Rule.StartSingle(layout), MaxInARow);

    private sealed class State<T>(RuleState<T> inner, int maxInARow) : RuleState<T>(inner.Layout) where T : unmanaged, IFloatingPointIeee754<T>
    {
        private int _inARow;

        public override double RateScale
        {
            get => base.RateScale;
            set => base.RateScale = inner.RateScale = value;
        }

        public override int SlotCount => inner.SlotCount;

        public override bool UsesCurvature => inner.UsesCurvature;

        public override ReadOnlySpan<T> Slot(int slot) => inner.Slot(slot);

        public override ReadOnlySpan<T> EvaluationPoint(ReadOnlySpan<T> parameters) => inner.EvaluationPoint(parameters);

        protected override void ReportCurvatureCore(ReadOnlySpan<T> estimate) => inner.ReportCurvature(estimate);

        protected override void TransformCore(Span<T> update, ReadOnlySpan<T> parameters, IWorkers workers)
        {
            if (Skips(update))
                update.Clear();
            else
                inner.Transform(update, parameters, workers);
        }

        protected override void StepCore(Span<T> parameters, ReadOnlySpan<T> gradient, IWorkers workers)
        {
            if (!Skips(gradient))
                inner.Step(parameters, gradient, workers);
        }

        protected override void PersistCore(StateArchive archive)
        {
            archive.Transfer(ref _inARow);
            archive.Transfer(inner);
        }

        private bool Skips(ReadOnlySpan<T> gradient)
        {
            bool skips = !Elements.AllFinite(gradient) && _inARow < maxInARow;
            _inARow = skips ? _inARow + 1 : 0;
            return skips;
        }
    }
}
