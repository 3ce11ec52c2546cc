using System.Numerics;
using System.Numerics.Tensors;
using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// Accumulates the gradients of k micro-batches and lets a rule step by their mean: the parameters move at every k-th step only, as with one batch k times as large.
/// </summary>
/// <remarks>
/// One value a parameter, the sum. Schedules of the rule inside count its own steps, one for k of this. A step in between is one pass over gradient and sum.
/// </remarks>
/// <param name="Rule">The rule that takes the mean.</param>
/// <param name="Count">The number k of micro-batches.</param>
public sealed record AccumulateGradients(IUpdateRule Rule, int Count) : IUpdateRule
{
    /// <summary>The rule that takes the mean.</summary>
    public IUpdateRule Rule { get; init => field = Require.NotNull(value, nameof(Rule)); } = Require.NotNull(Rule);

    /// <summary>The number k of micro-batches.</summary>
    public int Count { get; init => field = Require.Positive(value); } = Require.Positive(Count);

    /// <inheritdoc/>
    public RuleState<double> StartDouble(ParameterLayout layout) => new State<double>(Rule.StartDouble(layout), Count);

    /// <inheritdoc/>
    public RuleState<float> StartSingle(ParameterLayout layout) => new State<float>(Rule.StartSingle(layout), Count);

    private sealed class State<T>(RuleState<T> inner, int count) : RuleState<T>(inner.Layout) where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly T[] _sum = new T[inner.Length];

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
            if (!Add(update))
            {
                update.Clear();
                return;
            }

            _sum.CopyTo(update);
            Array.Clear(_sum);
            inner.Transform(update, parameters, workers);
        }

        protected override void StepCore(Span<T> parameters, ReadOnlySpan<T> gradient, IWorkers workers)
        {
            if (!Add(gradient))
                return;
            inner.Step(parameters, _sum, workers);
            Array.Clear(_sum);
        }

        protected override void PersistCore(StateArchive archive)
        {
            archive.Transfer<T>(_sum);
            archive.Transfer(inner);
        }

        /// <summary>Adds a gradient; at the last one the sum becomes the mean.</summary>
        private bool Add(ReadOnlySpan<T> gradient)
        {
            TensorPrimitives.Add(_sum, gradient, _sum);
            if ((Steps + 1) % count != 0)
                return false;
            TensorPrimitives.Multiply(_sum, T.One / T.CreateTruncating(count), _sum);
            return true;
        }
    }
}
