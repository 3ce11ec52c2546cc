using System.Numerics;
using System.Numerics.Tensors;
using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>Which axis of a weight tensor counts the units that it computes.</summary>
public enum UnitAxis
{
    /// <summary>The last one: weights [inputs, outputs], the layout of this library's layers and of JAX.</summary>
    Last,

    /// <summary>The first one: weights [outputs, inputs], the layout of PyTorch.</summary>
    First,
}

/// <summary>
/// Adaptive gradient clipping: limits the gradient of every unit to a share of its weights' length. With the norms over all that belongs to unit i,
/// <code>
/// where |g_i| > lambda max(|x_i|, epsilon):   g_i := lambda max(|x_i|, epsilon) / |g_i| g_i
/// </code>
/// </summary>
/// <remarks>
/// A vector (a bias, a gain) or a number is one unit. Made for networks without normalisation at large batches; the paper leaves the last layer unclipped: <see cref="ParameterGroups.Masked"/>. Needs the layout of the tensors, one more
/// reading of gradient and parameters, and the update in memory: not element-wise. No state.
/// </remarks>
[Algorithm("Adaptive gradient clipping", "First-order", "Brock, De, Smith, Simonyan (2021), High-performance large-scale image recognition without normalization")]
public sealed record AdaptiveGradientClipping : IUpdateRule
{
    /// <summary>The share lambda. Default: 0.01.</summary>
    public double Limit { get; init => field = Require.Positive(value); } = 1e-2;

    /// <summary>The smallest length of a unit's weights that counts. Default: 0.001.</summary>
    public double Epsilon { get; init => field = Require.Positive(value); } = 1e-3;

    /// <summary>The axis that counts units. Default: the last one.</summary>
    public UnitAxis Units { get; init => field = Require.Defined(value); }

    /// <inheritdoc/>
    public RuleState<double> StartDouble(ParameterLayout layout) => new State<double>(this, layout);

    /// <inheritdoc/>
    public RuleState<float> StartSingle(ParameterLayout layout) => new State<float>(this, layout);

    private sealed class State<T> : RuleState<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly AdaptiveGradientClipping _rule;
        private readonly T[] _lengths;
        private readonly T[] _slopes;

        public State(AdaptiveGradientClipping rule, ParameterLayout layout)
            : base(layout)
        {
            _rule = rule;
            int widest = 0;
            for (int b = 0; b < layout.BlockCount; b++)
                widest = Math.Max(widest, layout.Shape(b).Length >= 2 && rule.Units == UnitAxis.Last ? layout.Shape(b)[^1] : 0);
            _lengths = new T[widest];
            _slopes = new T[widest];
        }

        protected override void TransformCore(Span<T> update, ReadOnlySpan<T> parameters, IWorkers workers)
        {
            for (int b = 0; b < Layout.BlockCount; b++)
            {
                Span<T> u = update.Slice(Layout.Offset(b), Layout.BlockLength(b));
                ReadOnlySpan<T> x = parameters.Slice(Layout.Offset(b), u.Length);
                ReadOnlySpan<int> shape = Layout.Shape(b);
                if (u.IsEmpty)
                    continue;
                if (shape.Length >= 2 && _rule.Units == UnitAxis.Last)
                    ClipColumns(u, x, shape[^1]);
                else
                    ClipRows(u, x, shape.Length < 2 ? u.Length : u.Length / shape[0], workers);
            }
        }

        protected override void PersistCore(StateArchive archive)
        {
        }

        private void ClipRows(Span<T> u, ReadOnlySpan<T> x, int width, IWorkers workers)
        {
            for (int i = 0; i < u.Length; i += width)
            {
                Span<T> row = u.Slice(i, width);
                T factor = Factor(Reduce.Norm<T>(row, workers), Reduce.Norm(x.Slice(i, width), workers));
                if (factor != T.One)
                    TensorPrimitives.Multiply(row, factor, row);
            }
        }

        private void ClipColumns(Span<T> u, ReadOnlySpan<T> x, int units)
        {
            Span<T> slopes = _slopes.AsSpan(0, units), lengths = _lengths.AsSpan(0, units);
            slopes.Clear();
            lengths.Clear();
            for (int i = 0; i < u.Length; i += units)
            {
                Elements.AddSquares(slopes, u.Slice(i, units));
                Elements.AddSquares(lengths, x.Slice(i, units));
            }

            for (int j = 0; j < units; j++)
                slopes[j] = Factor(T.Sqrt(slopes[j]), T.Sqrt(lengths[j]));
            for (int i = 0; i < u.Length; i += units)
                TensorPrimitives.Multiply(u.Slice(i, units), slopes, u.Slice(i, units));
        }

        private T Factor(T slope, T length)
        {
            T limit = T.CreateTruncating(_rule.Limit) * T.Max(length, T.CreateTruncating(_rule.Epsilon));
            return slope > limit ? limit / slope : T.One;
        }
    }
}
