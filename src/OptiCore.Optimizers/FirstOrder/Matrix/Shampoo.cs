using System.Numerics;
using System.Numerics.Tensors;
using OptiCore.LinearAlgebra;
using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// Shampoo: Adagrad with a full matrix for every axis of a tensor. For a tensor of k axes, with G_(i) the gradient unfolded along axis i,
/// <code>
/// H_i := beta H_i + G_(i) G_(i)'            at first epsilon I; beta = 1 sums, as in the paper
/// w   := g multiplied along every axis i by H_i^(-1/(2k))
/// m   := mu m + w
/// u   := rate (m + lambda x)
/// </code>
/// With beta below 1 the new term has the weight 1 - beta.
/// </summary>
/// <remarks>
/// Axes of length 1 don't count. An axis longer than <see cref="MaxDimension"/> keeps the diagonal of its matrix, the paper's form for long axes; a vector up to that length gets Adagrad with a full matrix. Matrices cost d^2 numbers (three times) for every
/// axis and about 10 d^3 operations for every root, which is why roots are computed every few steps. If the eigenvalues of a matrix don't converge, its last root stays. Not element-wise. Its descendant <see cref="Soap"/> is easier to tune.
/// </remarks>
[Algorithm("Shampoo", "First-order", "Gupta, Koren, Singer (2018), Shampoo: preconditioned stochastic tensor optimization", Capabilities = "tensors")]
public sealed record Shampoo : IUpdateRule
{
    /// <summary>The step size. Default: 0.1.</summary>
    public Schedule LearningRate { get; init => field = Schedule.Valid(value); } = 0.1;

    /// <summary>The memory beta of the matrices; 1 sums for ever. Default: 1.</summary>
    public double Beta { get; init => field = Require.InOpenClosed(value, 0, 1); } = 1;

    /// <summary>The factor mu of the momentum. Default: 0.</summary>
    public double Momentum { get; init => field = Require.InHalfOpen(value, 0, 1); }

    /// <summary>The matrices' first diagonal. Default: 1e-4.</summary>
    public double Epsilon { get; init => field = Require.Positive(value); } = 1e-4;

    /// <summary>The decoupled decay lambda. Default: 0.</summary>
    public double WeightDecay { get; init => field = Require.NonNegative(value); }

    /// <summary>The steps from one computation of the roots to the next. Default: 1.</summary>
    public int PreconditionEvery { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The longest axis that has a full matrix. Default: 1024.</summary>
    public int MaxDimension { get; init => field = Require.Positive(value); } = 1024;

    /// <inheritdoc/>
    public RuleState<double> StartDouble(ParameterLayout layout) => new State<double>(this, layout);

    /// <inheritdoc/>
    public RuleState<float> StartSingle(ParameterLayout layout) => new State<float>(this, layout);

    private sealed class State<T> : RuleState<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly Shampoo _rule;
        private readonly Axis[][] _axes;
        private readonly T[] _scratch;
        private readonly T[] _momentum;

        public State(Shampoo rule, ParameterLayout layout)
            : base(layout)
        {
            _rule = rule;
            _axes = new Axis[layout.BlockCount][];
            int longest = 0;
            for (int b = 0; b < _axes.Length; b++)
            {
                _axes[b] = Axes(rule, layout.Shape(b), layout.BlockLength(b));
                longest = Math.Max(longest, layout.BlockLength(b));
            }

            _scratch = new T[longest];
            _momentum = new T[rule.Momentum > 0 ? layout.Length : 0];
        }

        protected override void TransformCore(Span<T> update, ReadOnlySpan<T> parameters, IWorkers workers)
        {
            double rate = RateScale * _rule.LearningRate.At(Steps);
            bool roots = Steps % _rule.PreconditionEvery == 0;
            for (int b = 0; b < _axes.Length; b++)
            {
                Span<T> u = update.Slice(Layout.Offset(b), Layout.BlockLength(b));
                if (u.IsEmpty)
                    continue;
                foreach (Axis axis in _axes[b])
                    axis.Add(u, _rule.Beta, workers);
                foreach (Axis axis in _axes[b])
                {
                    if (roots)
                        axis.ComputeRoot(-0.5 / _axes[b].Length, workers);
                    axis.Apply(u, _scratch.AsSpan(0, u.Length), workers);
                }
            }

            if (_rule.Momentum > 0)
            {
                Elements.Average(_momentum, T.CreateTruncating(_rule.Momentum), T.One, update);
                _momentum.CopyTo(update);
            }

            TensorPrimitives.Multiply(update, T.CreateTruncating(rate), update);
            if (_rule.WeightDecay > 0)
                Elements.AddScaled(update, T.CreateTruncating(rate * _rule.WeightDecay), parameters);
        }

        protected override void PersistCore(StateArchive archive)
        {
            foreach (Axis[] axes in _axes)
            {
                foreach (Axis axis in axes)
                    archive.Transfer(axis);
            }

            archive.Transfer<T>(_momentum);
        }

        private static Axis[] Axes(Shampoo rule, ReadOnlySpan<int> shape, int length)
        {
            if (length == 0)
                return [];
            var axes = new List<Axis>();
            int right = length;
            foreach (int size in shape)
            {
                right /= size;
                if (size > 1)
                    axes.Add(new Axis(rule, length / (size * right), size, right));
            }

            return axes.Count > 0 ? [.. axes] : [new Axis(rule, 1, 1, 1)];
        }

        /// <summary>One axis of a tensor left x size x right: its matrix, or the diagonal of a long one, and the inverse root.</summary>
        private sealed class Axis : IPersistent
        {
            private readonly int _left, _size, _right;
            private readonly bool _isFull;
            private readonly T[] _matrix;
            private readonly T[] _root;
            private readonly T[] _scaled;
            private readonly SymmetricEigen<T>? _eigen;

            public Axis(Shampoo rule, int left, int size, int right)
            {
                (_left, _size, _right) = (left, size, right);
                _isFull = size <= rule.MaxDimension;
                _matrix = new T[_isFull ? checked(size * size) : size];
                _root = new T[_matrix.Length];
                _scaled = new T[_isFull ? _matrix.Length : 0];
                _eigen = _isFull ? new SymmetricEigen<T>(size) : null;
                for (int i = 0; i < size; i++)
                    _matrix[_isFull ? (i * size) + i : i] = T.CreateTruncating(rule.Epsilon);
            }

            public void Add(ReadOnlySpan<T> gradient, double beta, IWorkers workers)
            {
                T memory = T.CreateTruncating(beta), share = T.CreateTruncating(beta < 1 ? 1 - beta : 1);
                if (!_isFull)
                {
                    AddDiagonal(gradient, memory, share);
                }
                else if (_right == 1)
                {
                    Blas.Gemm<T>(true, false, _size, _size, _left, share, gradient, _size, gradient, _size, memory, _matrix, _size, workers);
                }
                else
                {
                    for (int l = 0; l < _left; l++)
                    {
                        ReadOnlySpan<T> slice = gradient.Slice(l * _size * _right, _size * _right);
                        Blas.Gemm<T>(false, true, _size, _size, _right, share, slice, _right, slice, _right, l == 0 ? memory : T.One, _matrix, _size, workers);
                    }
                }
            }

            public void ComputeRoot(double exponent, IWorkers workers)
            {
                if (!_isFull)
                {
                    for (int i = 0; i < _size; i++)
                        _root[i] = T.CreateTruncating(Math.Pow(double.CreateTruncating(_matrix[i]), exponent));
                    return;
                }

                if (!_eigen!.Factor(_matrix))
                    return;

                // Rounding may leave eigenvalues of a singular matrix at or below zero: what lies below the precision of the largest one isn't known, and counts as that.
                double floor = Math.Max(double.CreateTruncating(_eigen.Values[^1]) * double.CreateTruncating(T.BitIncrement(T.One) - T.One), double.CreateTruncating(T.Epsilon));
                for (int j = 0; j < _size; j++)
                {
                    T factor = T.CreateTruncating(Math.Pow(Math.Max(double.CreateTruncating(_eigen.Values[j]), floor), exponent));
                    TensorPrimitives.Multiply(_eigen.Vector(j), factor, _scaled.AsSpan(j * _size, _size));
                }

                Blas.Gemm<T>(true, false, _size, _size, _size, T.One, _scaled, _size, _eigen.VectorRows, _size, T.Zero, _root, _size, workers);
            }

            public void Apply(Span<T> x, Span<T> scratch, IWorkers workers)
            {
                if (!_isFull)
                {
                    ApplyDiagonal(x);
                    return;
                }

                if (_right == 1)
                {
                    Blas.Gemm<T>(false, false, _left, _size, _size, T.One, x, _size, _root, _size, T.Zero, scratch, _size, workers);
                }
                else
                {
                    for (int l = 0; l < _left; l++)
                    {
                        int from = l * _size * _right, count = _size * _right;
                        Blas.Gemm<T>(false, false, _size, _right, _size, T.One, _root, _size, x.Slice(from, count), _right, T.Zero, scratch.Slice(from, count), _right, workers);
                    }
                }

                scratch.CopyTo(x);
            }

            public void Persist(StateArchive archive)
            {
                archive.Transfer<T>(_matrix);
                archive.Transfer<T>(_root);
            }

            private void AddDiagonal(ReadOnlySpan<T> gradient, T memory, T share)
            {
                if (_right == 1)
                {
                    for (int l = 0; l < _left; l++)
                        Elements.AverageSquares(_matrix, l == 0 ? memory : T.One, share, gradient.Slice(l * _size, _size));
                    return;
                }

                for (int i = 0; i < _size; i++)
                {
                    T sum = T.Zero;
                    for (int l = 0; l < _left; l++)
                        sum += Reduce.SumOfSquares(gradient.Slice(((l * _size) + i) * _right, _right));
                    _matrix[i] = (memory * _matrix[i]) + (share * sum);
                }
            }

            private void ApplyDiagonal(Span<T> x)
            {
                for (int l = 0; l < _left; l++)
                {
                    if (_right == 1)
                    {
                        TensorPrimitives.Multiply(x.Slice(l * _size, _size), _root, x.Slice(l * _size, _size));
                        continue;
                    }

                    for (int i = 0; i < _size; i++)
                    {
                        Span<T> row = x.Slice(((l * _size) + i) * _right, _right);
                        TensorPrimitives.Multiply(row, _root[i], row);
                    }
                }
            }
        }
    }
}
