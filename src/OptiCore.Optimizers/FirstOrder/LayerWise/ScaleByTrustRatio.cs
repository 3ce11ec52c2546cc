using System.Numerics;
using System.Numerics.Tensors;
using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// Gives every tensor's update the length of its parameters: u := rate phi(|x|) / |u| u with the norms of each tensor of the layout, phi(z) = min(max(z, smallest), largest).
/// The layer-wise part of <see cref="Lamb"/>.
/// </summary>
/// <remarks>
/// A tensor whose parameters or whose update are zero keeps its update, times the rate. Norms need one more reading of update and parameters, and the update in memory: this isn't
/// element-wise, so that a chain is divided before it. No state.
/// </remarks>
[Algorithm("Trust ratio", "First-order", "You, Li, Reddi, Hseu, Kumar, Bhojanapalli, Song, Demmel, Keutzer, Hsieh (2020), Large batch optimization for deep learning: training BERT in 76 minutes")]
public sealed record ScaleByTrustRatio : IUpdateRule
{
    /// <summary>The step size. Default: 1.</summary>
    public Schedule LearningRate { get; init => field = Schedule.Valid(value); } = 1.0;

    /// <summary>The smallest length of a tensor that counts. Default: 0.</summary>
    public double Smallest { get; init => field = Require.NonNegative(value); }

    /// <summary>The largest length of a tensor that counts; may be infinite. Default: infinity.</summary>
    public double Largest { get; init => field = Require.InOpenClosed(value, 0, double.PositiveInfinity); } = double.PositiveInfinity;

    /// <inheritdoc/>
    public RuleState<double> StartDouble(ParameterLayout layout) => new State<double>(this, layout);

    /// <inheritdoc/>
    public RuleState<float> StartSingle(ParameterLayout layout) => new State<float>(this, layout);

    private sealed class State<T>(ScaleByTrustRatio rule, ParameterLayout layout) : RuleState<T>(layout) where T : unmanaged, IFloatingPointIeee754<T>
    {
        protected override void TransformCore(Span<T> update, ReadOnlySpan<T> parameters, IWorkers workers)
        {
            for (int b = 0; b < Layout.BlockCount; b++)
            {
                Span<T> u = update.Slice(Layout.Offset(b), Layout.BlockLength(b));
                TensorPrimitives.Multiply(u, Factor(u, parameters.Slice(Layout.Offset(b), u.Length), workers), u);
            }
        }

        protected override void StepCore(Span<T> parameters, ReadOnlySpan<T> gradient, IWorkers workers)
        {
            for (int b = 0; b < Layout.BlockCount; b++)
            {
                ReadOnlySpan<T> u = gradient.Slice(Layout.Offset(b), Layout.BlockLength(b));
                Span<T> x = parameters.Slice(Layout.Offset(b), u.Length);
                Elements.AddScaled(x, -Factor(u, x, workers), u);
            }
        }

        protected override void PersistCore(StateArchive archive)
        {
        }

        private T Factor(ReadOnlySpan<T> u, ReadOnlySpan<T> x, IWorkers workers)
        {
            double rate = RateScale * rule.LearningRate.At(Steps);
            double length = Math.Clamp(double.CreateTruncating(Reduce.Norm(x, workers)), rule.Smallest, Math.Max(rule.Smallest, rule.Largest));
            double norm = double.CreateTruncating(Reduce.Norm(u, workers));
            return T.CreateTruncating(length > 0 && norm > 0 ? rate * length / norm : rate);
        }
    }
}
