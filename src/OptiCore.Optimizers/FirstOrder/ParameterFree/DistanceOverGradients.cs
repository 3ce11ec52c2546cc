using System.Numerics;
using System.Numerics.Tensors;
using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// DoG, distance over gradients: SGD without a rate to tune. The step is the largest distance from the start so far over the root of the sum of squared gradients so far,
/// <code>
/// rbar := max(rbar, |x - x0|)            at first r (1 + |x0|)
/// G    := G + |g|^2
/// u    := c rbar / sqrt(G + epsilon) g
/// </code>
/// </summary>
/// <remarks>
/// Keeps x0 and a scratch vector. Its bounds are for the weighted average of the iterates: follow it by <see cref="PolyakAveraging"/> with gamma = 8, the paper's, and evaluate there. With
/// <see cref="LayerWise"/> every tensor of the layout has its own rbar and G (L-DoG). Norms of gradient and displacement are read before the pass.
/// </remarks>
[Algorithm("DoG", "First-order", "Ivgi, Hinder, Carmon (2023), DoG is SGD's best friend: a parameter-free dynamic step size schedule")]
public sealed record DistanceOverGradients : IUpdateRule
{
    /// <summary>The factor c of the step. Default: 1.</summary>
    public Schedule LearningRate { get; init => field = Schedule.Valid(value); } = 1.0;

    /// <summary>The first distance r, relative to 1 + |x0|. Default: 1e-6.</summary>
    public double InitialDistance { get; init => field = Require.Positive(value); } = 1e-6;

    /// <summary>Added to the sum of squared gradients. Default: 1e-8.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value); } = 1e-8;

    /// <summary>L-DoG: a step size for every tensor. Default: false.</summary>
    public bool LayerWise { get; init; }

    /// <inheritdoc/>
    public RuleState<double> StartDouble(ParameterLayout layout) => new State<double>(this, layout);

    /// <inheritdoc/>
    public RuleState<float> StartSingle(ParameterLayout layout) => new State<float>(this, layout);

    private sealed class State<T> : RuleState<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly DistanceOverGradients _rule;
        private readonly T[] _origin;
        private readonly T[] _travelled;
        private readonly double[] _distances;
        private readonly double[] _gradients;

        public State(DistanceOverGradients rule, ParameterLayout layout)
            : base(layout)
        {
            _rule = rule;
            _origin = new T[layout.Length];
            _travelled = new T[layout.Length];
            _distances = new double[rule.LayerWise ? layout.BlockCount : 1];
            _gradients = new double[_distances.Length];
        }

        public override int SlotCount => 1;

        public override ReadOnlySpan<T> Slot(int slot) => slot == 0 ? _origin : base.Slot(slot);

        protected override void TransformCore(Span<T> update, ReadOnlySpan<T> parameters, IWorkers workers)
        {
            if (Steps == 0)
                parameters.CopyTo(_origin);
            for (int b = 0; b < _distances.Length; b++)
            {
                (int from, int count) = Part(b);
                TensorPrimitives.Multiply(update.Slice(from, count), Factor(b, update.Slice(from, count), parameters.Slice(from, count), workers), update.Slice(from, count));
            }
        }

        protected override void StepCore(Span<T> parameters, ReadOnlySpan<T> gradient, IWorkers workers)
        {
            if (Steps == 0)
                parameters.CopyTo(_origin);
            for (int b = 0; b < _distances.Length; b++)
            {
                (int from, int count) = Part(b);
                Span<T> x = parameters.Slice(from, count);
                Elements.AddScaled(x, -Factor(b, gradient.Slice(from, count), x, workers), gradient.Slice(from, count));
            }
        }

        protected override void PersistCore(StateArchive archive)
        {
            archive.Transfer<T>(_origin);
            archive.Transfer<double>(_distances);
            archive.Transfer<double>(_gradients);
        }

        private (int From, int Count) Part(int b) => _rule.LayerWise ? (Layout.Offset(b), Layout.BlockLength(b)) : (0, Length);

        private T Factor(int b, ReadOnlySpan<T> gradient, ReadOnlySpan<T> parameters, IWorkers workers)
        {
            (int from, int count) = Part(b);
            if (Steps == 0)
            {
                _distances[b] = _rule.InitialDistance * (1 + double.CreateTruncating(Reduce.Norm(parameters, workers)));
            }
            else
            {
                Span<T> travelled = _travelled.AsSpan(from, count);
                TensorPrimitives.Subtract(parameters, _origin.AsSpan(from, count), travelled);
                _distances[b] = Math.Max(_distances[b], double.CreateTruncating(Reduce.Norm<T>(travelled, workers)));
            }

            double norm = double.CreateTruncating(Reduce.Norm(gradient, workers));
            _gradients[b] += norm * norm;
            double root = Math.Sqrt(_gradients[b] + _rule.Epsilon);
            return T.CreateTruncating(root > 0 ? RateScale * _rule.LearningRate.At(Steps) * _distances[b] / root : 0);
        }
    }
}
