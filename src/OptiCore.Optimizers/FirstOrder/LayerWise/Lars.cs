using System.Numerics;
using System.Numerics.Tensors;
using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// LARS: momentum with a rate of its own for every tensor, proportional to the ratio of its parameters' length to its gradient's:
/// <code>
/// r := eta |x| / (|g| + lambda |x|)      1 where |x| or |g| is 0
/// v := mu v + rate r (g + lambda x)
/// u := v
/// </code>
/// </summary>
/// <remarks>
/// One value a parameter (v, with the rate inside, as in the paper). For SGD with large batches; <see cref="Lamb"/> is the same idea for Adam. Give the layout of the tensors; biases and normalisation weights are better left
/// to <see cref="Sgd"/> (<see cref="ParameterGroups"/>). The norms read gradient and parameters once more before the pass.
/// </remarks>
[Algorithm("LARS", "First-order", "You, Gitman, Ginsburg (2017), Large batch training of convolutional networks")]
public sealed record Lars : IUpdateRule
{
    /// <summary>The global step size. Default: 1.</summary>
    public Schedule LearningRate { get; init => field = Schedule.Valid(value); } = 1.0;

    /// <summary>The trust coefficient eta: how far a tensor may move in a step, relative to its length. Default: 0.001.</summary>
    public double TrustCoefficient { get; init => field = Require.Positive(value); } = 1e-3;

    /// <summary>The factor mu of the velocity. Default: 0.9.</summary>
    public double Momentum { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.9;

    /// <summary>The L2 term lambda. Default: 0.0005.</summary>
    public double WeightDecay { get; init => field = Require.NonNegative(value); } = 5e-4;

    /// <inheritdoc/>
    public RuleState<double> StartDouble(ParameterLayout layout) => new State<double>(this, layout);

    /// <inheritdoc/>
    public RuleState<float> StartSingle(ParameterLayout layout) => new State<float>(this, layout);

    private sealed class State<T>(Lars rule, ParameterLayout layout) : RuleState<T>(layout) where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly T[] _velocity = new T[layout.Length];

        public override int SlotCount => 1;

        public override ReadOnlySpan<T> Slot(int slot) => slot == 0 ? _velocity : base.Slot(slot);

        protected override void TransformCore(Span<T> update, ReadOnlySpan<T> parameters, IWorkers workers)
        {
            Advance(update, parameters, workers);
            _velocity.CopyTo(update);
        }

        protected override void StepCore(Span<T> parameters, ReadOnlySpan<T> gradient, IWorkers workers)
        {
            Advance(gradient, parameters, workers);
            TensorPrimitives.Subtract(parameters, _velocity, parameters);
        }

        protected override void PersistCore(StateArchive archive) => archive.Transfer<T>(_velocity);

        private void Advance(ReadOnlySpan<T> gradient, ReadOnlySpan<T> parameters, IWorkers workers)
        {
            double rate = RateScale * rule.LearningRate.At(Steps);
            for (int b = 0; b < Layout.BlockCount; b++)
            {
                ReadOnlySpan<T> g = gradient.Slice(Layout.Offset(b), Layout.BlockLength(b)), x = parameters.Slice(Layout.Offset(b), g.Length);
                double length = double.CreateTruncating(Reduce.Norm(x, workers)), slope = double.CreateTruncating(Reduce.Norm(g, workers));
                double ratio = length > 0 && slope > 0 ? rule.TrustCoefficient * length / (slope + (rule.WeightDecay * length)) : 1;
                Elements.Velocity(
                    _velocity.AsSpan(Layout.Offset(b), g.Length), T.CreateTruncating(rule.Momentum), T.CreateTruncating(rate * ratio), g, T.CreateTruncating(rule.WeightDecay), x);
            }
        }
    }
}
