using System.Numerics;
using System.Numerics.Tensors;
using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// Adafactor: Adam's scaling with the second moments of a matrix kept as a row and a column, n + m numbers in place of n m. At step t = 1, 2, ..., with b = 1 - t^-0.8,
/// <code>
/// r_i := b r_i + (1 - b) sum_j (g_ij^2 + epsilon1)
/// c_j := b c_j + (1 - b) sum_i (g_ij^2 + epsilon1)
/// w_ij = g_ij / sqrt(r_i c_j / sum_i r_i)                    w = g / sqrt(v) for vectors, v kept in full
/// w := w / max(1, rms(w) / d)
/// u := rate max(epsilon2, rms(x)) w + lambda rate max(epsilon2, rms(x)) x
/// </code>
/// </summary>
/// <remarks>
/// The last two axes of a tensor are factored; axes before them count matrices of their own, as the form is usually written for stacked weights. The default rate is the paper's relative step min(0.01, 1/sqrt(t)). With
/// <see cref="Beta1"/> the update itself is averaged, one value a parameter. Give the layout of the tensors: of one long vector the moments are kept in full. Needs two readings of
/// the gradient and three of the update.
/// </remarks>
[Algorithm("Adafactor", "First-order", "Shazeer, Stern (2018), Adafactor: adaptive learning rates with sublinear memory cost")]
public sealed record Adafactor : IUpdateRule
{
    /// <summary>The paper's relative step size: min(0.01, 1 / sqrt(t)) at step t = 1, 2, ...</summary>
    public static Schedule RelativeStep { get; } = new RelativeStepSchedule();

    /// <summary>The step size, relative to the parameters where <see cref="ScalesByParameters"/> says so. Default: <see cref="RelativeStep"/>.</summary>
    public Schedule LearningRate { get; init => field = Schedule.Valid(value); } = RelativeStep;

    /// <summary>Whether the step is multiplied by max(epsilon2, rms(x)) of each tensor. Default: true.</summary>
    public bool ScalesByParameters { get; init; } = true;

    /// <summary>The memory of the mean of updates; 0 for none. Default: 0.</summary>
    public double Beta1 { get; init => field = Require.InHalfOpen(value, 0, 1); }

    /// <summary>The power p of the memory of squares, 1 - t^-p. Default: 0.8.</summary>
    public double DecayRate { get; init => field = Require.InOpenClosed(value, 0, 1); } = 0.8;

    /// <summary>The limit d of the root mean square of a tensor's update. Default: 1.</summary>
    public double ClippingThreshold { get; init => field = Require.Positive(value); } = 1;

    /// <summary>Added to squared gradients, epsilon1. Default: 1e-30.</summary>
    public double Epsilon { get; init => field = Require.Positive(value); } = 1e-30;

    /// <summary>The smallest root mean square of parameters that counts, epsilon2. Default: 0.001.</summary>
    public double SmallestScale { get; init => field = Require.Positive(value); } = 1e-3;

    /// <summary>The decoupled decay lambda. Default: 0.</summary>
    public double WeightDecay { get; init => field = Require.NonNegative(value); }

    /// <inheritdoc/>
    public RuleState<double> StartDouble(ParameterLayout layout) => new State<double>(this, layout);

    /// <inheritdoc/>
    public RuleState<float> StartSingle(ParameterLayout layout) => new State<float>(this, layout);

    private sealed record RelativeStepSchedule : Schedule
    {
        protected override double Evaluate(long step) => Math.Min(1e-2, 1 / Math.Sqrt(step + 1.0));
    }

    private sealed class State<T> : RuleState<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly Adafactor _rule;
        private readonly T[][] _rows;
        private readonly T[][] _columns;
        private readonly T[] _mean;
        private readonly T[] _scratch;

        public State(Adafactor rule, ParameterLayout layout)
            : base(layout)
        {
            _rule = rule;
            _rows = new T[layout.BlockCount][];
            _columns = new T[layout.BlockCount][];
            int widest = 0;
            for (int b = 0; b < layout.BlockCount; b++)
            {
                (int matrices, int m, int n) = Sizes(layout.Shape(b));
                bool factored = layout.Shape(b).Length >= 2;
                _rows[b] = new T[factored ? matrices * m : layout.BlockLength(b)];
                _columns[b] = new T[factored ? matrices * n : 0];
                widest = Math.Max(widest, factored ? n : 0);
            }

            _scratch = new T[widest];
            _mean = rule.Beta1 > 0 ? new T[layout.Length] : [];
        }

        protected override void TransformCore(Span<T> update, ReadOnlySpan<T> parameters, IWorkers workers)
        {
            double t = Steps + 1, memory = 1 - Math.Pow(t, -_rule.DecayRate);
            for (int b = 0; b < Layout.BlockCount; b++)
            {
                Span<T> u = update.Slice(Layout.Offset(b), Layout.BlockLength(b));
                ReadOnlySpan<T> x = parameters.Slice(Layout.Offset(b), u.Length);
                if (u.IsEmpty)
                    continue;
                (int matrices, int m, int n) = Sizes(Layout.Shape(b));
                if (_columns[b].Length == 0)
                {
                    ScaleVector(u, _rows[b], memory);
                }
                else
                {
                    for (int k = 0; k < matrices; k++)
                        ScaleMatrix(u.Slice(k * m * n, m * n), _rows[b].AsSpan(k * m, m), _columns[b].AsSpan(k * n, n), memory);
                }

                double rms = RootMeanSquare(u, workers), rate = RateScale * _rule.LearningRate.At(Steps);
                if (_rule.ScalesByParameters)
                    rate *= Math.Max(_rule.SmallestScale, RootMeanSquare(x, workers));
                TensorPrimitives.Multiply(u, T.CreateTruncating(rate / Math.Max(1, rms / _rule.ClippingThreshold)), u);
                if (_rule.Beta1 > 0)
                {
                    Span<T> mean = _mean.AsSpan(Layout.Offset(b), u.Length);
                    Elements.Average(mean, T.CreateTruncating(_rule.Beta1), T.CreateTruncating(1 - _rule.Beta1), u);
                    mean.CopyTo(u);
                }

                if (_rule.WeightDecay > 0)
                    Elements.AddScaled(u, T.CreateTruncating(_rule.WeightDecay * rate), x);
            }
        }

        protected override void PersistCore(StateArchive archive)
        {
            for (int b = 0; b < _rows.Length; b++)
            {
                archive.Transfer<T>(_rows[b]);
                archive.Transfer<T>(_columns[b]);
            }

            archive.Transfer<T>(_mean);
        }

        private static (int Matrices, int Rows, int Columns) Sizes(ReadOnlySpan<int> shape)
        {
            int matrices = 1;
            for (int i = 0; i < shape.Length - 2; i++)
                matrices *= shape[i];
            return shape.Length < 2 ? (1, 1, shape.Length == 0 ? 1 : shape[0]) : (matrices, shape[^2], shape[^1]);
        }

        private static double RootMeanSquare(ReadOnlySpan<T> x, IWorkers workers) => double.CreateTruncating(Reduce.Norm(x, workers)) / Math.Sqrt(x.Length);

        private void ScaleVector(Span<T> u, Span<T> v, double memory)
        {
            T old = T.CreateTruncating(memory), share = T.CreateTruncating(1 - memory), epsilon = T.CreateTruncating(_rule.Epsilon);
            for (int i = 0; i < u.Length; i++)
            {
                v[i] = (old * v[i]) + (share * ((u[i] * u[i]) + epsilon));
                u[i] /= T.Sqrt(v[i]);
            }
        }

        private void ScaleMatrix(Span<T> u, Span<T> rows, Span<T> columns, double memory)
        {
            int n = columns.Length;
            T old = T.CreateTruncating(memory), share = T.CreateTruncating(1 - memory);
            Span<T> sums = _scratch.AsSpan(0, n);
            sums.Fill(T.CreateTruncating(rows.Length * _rule.Epsilon));
            T inRow = T.CreateTruncating(n * _rule.Epsilon);
            for (int i = 0; i < rows.Length; i++)
            {
                ReadOnlySpan<T> row = u.Slice(i * n, n);
                rows[i] = (old * rows[i]) + (share * (Reduce.SumOfSquares(row) + inRow));
                Elements.AddSquares(sums, row);
            }

            Elements.Average(columns, old, share, sums);

            // 1 / sqrt(r c / R) = 1 / sqrt(r / R) 1 / sqrt(c): the product of r and c, which may be as small as epsilon1^2, is never formed.
            for (int j = 0; j < n; j++)
                sums[j] = T.One / T.Sqrt(columns[j]);
            T total = Reduce.Sum<T>(rows);
            for (int i = 0; i < rows.Length; i++)
            {
                Span<T> row = u.Slice(i * n, n);
                TensorPrimitives.Multiply(row, T.One / T.Sqrt(rows[i] / total), row);
                TensorPrimitives.Multiply(row, sums, row);
            }
        }
    }
}
