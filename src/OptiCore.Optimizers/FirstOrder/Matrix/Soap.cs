using System.Numerics;
using OptiCore.LinearAlgebra;
using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// SOAP: Adam in the eigenbasis of Shampoo's preconditioner. For a matrix of gradients G, with the orthogonal bases Q_L and Q_R,
/// <code>
/// M := beta1 M + (1 - beta1) G
/// V := beta2 V + (1 - beta2) (Q_L' G Q_R)^2
/// N := (Q_L' M Q_R / (1 - beta1^t)) / (sqrt(V / (1 - beta2^t)) + epsilon)
/// u := rate (Q_L N Q_R' + lambda x)
/// L := beta2 L + (1 - beta2) G G',   R := beta2 R + (1 - beta2) G' G
/// every f steps:  Q_L := QR(L Q_L),   Q_R := QR(R Q_R)
/// </code>
/// </summary>
/// <remarks>
/// The bases begin as the eigenvectors of the first G G' and G' G, with which the first step is taken (the authors' code skips that step). For an m x n matrix it keeps 2 m n + 2 m^2 + 2 n^2 numbers and
/// costs about 6 (m^2 n + m n^2) operations a step, and every f-th one (10/3) (m^3 + n^3) more. A side longer than <see cref="MaxDimension"/> keeps the identity. Tensors of three axes or more are matrices of the first axis by the rest; vectors
/// go to <see cref="Others"/>. Not element-wise.
/// </remarks>
[Algorithm("SOAP", "First-order", "Vyas, Morwani, Zhao, Kwun, Shapira, Brandfonbrener, Janson, Kakade (2025), SOAP: improving and stabilizing Shampoo using Adam", Capabilities = "matrices")]
public sealed record Soap : IUpdateRule, IMatrixRule
{
    /// <summary>The step size. Default: 0.003.</summary>
    public Schedule LearningRate { get; init => field = Schedule.Valid(value); } = 3e-3;

    /// <summary>The memory of the mean of gradients. Default: 0.95.</summary>
    public double Beta1 { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.95;

    /// <summary>The memory of squares and of the preconditioner. Default: 0.95.</summary>
    public double Beta2 { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.95;

    /// <summary>Added to the root. Default: 1e-8.</summary>
    public double Epsilon { get; init => field = Require.Positive(value); } = 1e-8;

    /// <summary>The decoupled decay lambda. Default: 0.01.</summary>
    public double WeightDecay { get; init => field = Require.NonNegative(value); } = 0.01;

    /// <summary>The steps f from one improvement of the bases to the next. Default: 10.</summary>
    public int PreconditionEvery { get; init => field = Require.Positive(value); } = 10;

    /// <summary>The longest side that has a basis. Default: 4096.</summary>
    public int MaxDimension { get; init => field = Require.Positive(value); } = 4096;

    /// <summary>The rule of tensors that aren't matrices; null for AdamW with the same hyperparameters. Default: null.</summary>
    public IUpdateRule? Others { get; init; }

    IUpdateRule IMatrixRule.Companion => Others ?? new AdamW { LearningRate = LearningRate, Beta1 = Beta1, Beta2 = Beta2, Epsilon = Epsilon, WeightDecay = WeightDecay };

    /// <inheritdoc/>
    public RuleState<double> StartDouble(ParameterLayout layout) => MatrixRules.Start<double>(this, layout);

    /// <inheritdoc/>
    public RuleState<float> StartSingle(ParameterLayout layout) => MatrixRules.Start<float>(this, layout);

    IMatrixState<T> IMatrixRule.StartMatrix<T>(int rows, int columns) => new State<T>(this, rows, columns);

    private sealed class State<T> : IMatrixState<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly Soap _rule;
        private readonly int _rows, _columns;
        private readonly T[] _mean;
        private readonly T[] _squares;
        private readonly T[] _rotated;
        private readonly T[] _product;
        private readonly EigenBasis<T>? _left;
        private readonly EigenBasis<T>? _right;

        public State(Soap rule, int rows, int columns)
        {
            _rule = rule;
            (_rows, _columns) = (rows, columns);
            _mean = new T[checked(rows * columns)];
            _squares = new T[_mean.Length];
            _rotated = new T[_mean.Length];
            _product = new T[_mean.Length];
            _left = rows <= rule.MaxDimension ? new EigenBasis<T>(rows) : null;
            _right = columns <= rule.MaxDimension ? new EigenBasis<T>(columns) : null;
        }

        public void Transform(Span<T> update, ReadOnlySpan<T> parameters, long step, double rateScale, IWorkers workers)
        {
            double rate = rateScale * _rule.LearningRate.At(step);
            if (step == 0)
            {
                Accumulate(update, workers);
                _left?.Decompose();
                _right?.Decompose();
            }

            T beta1 = T.CreateTruncating(_rule.Beta1), beta2 = T.CreateTruncating(_rule.Beta2);
            Elements.Average(_mean, beta1, T.CreateTruncating(1 - _rule.Beta1), update);
            Rotate(update, workers);
            Elements.AverageSquares(_squares, beta2, T.CreateTruncating(1 - _rule.Beta2), _rotated);
            if (step > 0)
                Accumulate(update, workers);
            Rotate(_mean, workers);
            Elements.DivideByRoot<T>(
                _rotated, T.CreateTruncating(rate / Lanes.BiasCorrection(_rule.Beta1, step + 1)), _squares, T.CreateTruncating(1 / Math.Sqrt(Lanes.BiasCorrection(_rule.Beta2, step + 1))), T.CreateTruncating(_rule.Epsilon));
            RotateBack(update, workers);
            if (_rule.WeightDecay > 0)
                Elements.AddScaled(update, T.CreateTruncating(rate * _rule.WeightDecay), parameters);
            if (step > 0 && step % _rule.PreconditionEvery == 0)
            {
                _left?.Improve(workers);
                _right?.Improve(workers);
            }
        }

        public void Persist(StateArchive archive)
        {
            archive.Transfer<T>(_mean);
            archive.Transfer<T>(_squares);
            if (_left is not null)
                archive.Transfer(_left);
            if (_right is not null)
                archive.Transfer(_right);
        }

        private void Accumulate(ReadOnlySpan<T> gradient, IWorkers workers)
        {
            T memory = T.CreateTruncating(_rule.Beta2), share = T.CreateTruncating(1 - _rule.Beta2);
            if (_left is not null)
                Blas.Gemm(false, true, _rows, _rows, _columns, share, gradient, _columns, gradient, _columns, memory, _left.Matrix, _rows, workers);
            if (_right is not null)
                Blas.Gemm(true, false, _columns, _columns, _rows, share, gradient, _columns, gradient, _columns, memory, _right.Matrix, _columns, workers);
        }

        /// <summary>The matrix in the bases: Q_L' X Q_R.</summary>
        private void Rotate(ReadOnlySpan<T> x, IWorkers workers)
        {
            if (_left is null)
                x.CopyTo(_product);
            else
                Blas.Gemm<T>(true, false, _rows, _columns, _rows, T.One, _left.Vectors, _rows, x, _columns, T.Zero, _product, _columns, workers);
            if (_right is null)
                _product.CopyTo(_rotated, 0);
            else
                Blas.Gemm<T>(false, false, _rows, _columns, _columns, T.One, _product, _columns, _right.Vectors, _columns, T.Zero, _rotated, _columns, workers);
        }

        /// <summary>The rotated matrix in the parameters' own bases: Q_L N Q_R'.</summary>
        private void RotateBack(Span<T> x, IWorkers workers)
        {
            if (_right is null)
                _rotated.CopyTo(_product, 0);
            else
                Blas.Gemm<T>(false, true, _rows, _columns, _columns, T.One, _rotated, _columns, _right.Vectors, _columns, T.Zero, _product, _columns, workers);
            if (_left is null)
                _product.CopyTo(x);
            else
                Blas.Gemm(false, false, _rows, _columns, _rows, T.One, _left.Vectors, _rows, _product, _columns, T.Zero, x, _columns, workers);
        }
    }
}
