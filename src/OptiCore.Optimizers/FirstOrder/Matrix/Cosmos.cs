using System.Numerics;
using System.Numerics.Tensors;
using OptiCore.LinearAlgebra;
using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// COSMOS: <see cref="Soap"/> in the few leading directions of a matrix's gradients, <see cref="Muon"/> in the rest. For an m x n matrix of gradients G with the orthonormal basis U (n x r),
/// <code>
/// M := beta1 M + (1 - beta1) G
/// U := QR(beta2 U S + (1 - beta2) G' G U)
/// S := beta2 T' S T + (1 - beta2) (G U)' (G U)               T = U_before' U
/// V := beta2 V + (1 - beta2) (G U)^2
/// A := (M U / (1 - beta1^t)) / (sqrt(V / (1 - beta2^t)) + epsilon) U'
/// B := sqrt(m n) N / |N|_F,   N = NewtonSchulz(M - M U U')
/// u := rate (sqrt(m n) D / |D|_F + lambda x),   D = A + gamma B
/// </code>
/// </summary>
/// <remarks>
/// With Nesterov's momentum (an option of the authors' code) beta1 M + (1 - beta1) G stands for M in A and B, and t + 1 for t in the correction of A.
/// Keeps m n + (m + n) r + r^2 numbers where SOAP keeps 2 (m n + m^2 + n^2). Normalising B and D follows the authors' code: the root mean square of a step is the rate, so that rates near AdamW's suit. U begins as the leading eigenvectors of the
/// first G' G, a decomposition of order n. The side of the columns carries the basis, as in the paper. Tensors of three axes or more are matrices of the first axis by the rest; vectors go to <see cref="Others"/>. Not element-wise.
/// </remarks>
[Algorithm("COSMOS", "First-order", "Liu, Xu, Zhang, Kang, Li, Liang, Chen, Zhao (2025), COSMOS: a hybrid adaptive optimizer for memory-efficient training of LLMs", Capabilities = "matrices")]
public sealed record Cosmos : IUpdateRule, IMatrixRule
{
    /// <summary>The step size, the root mean square of a matrix's step. Default: 0.001.</summary>
    public Schedule LearningRate { get; init => field = Schedule.Valid(value); } = 1e-3;

    /// <summary>The memory of the mean of gradients. Default: 0.9.</summary>
    public double Beta1 { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.9;

    /// <summary>The memory of squares and of the basis. Default: 0.96.</summary>
    public double Beta2 { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.96;

    /// <summary>Added to the root. Default: 1e-8.</summary>
    public double Epsilon { get; init => field = Require.Positive(value); } = 1e-8;

    /// <summary>The number r of leading directions, at most the columns of a matrix. Default: 64.</summary>
    public int Rank { get; init => field = Require.Positive(value); } = 64;

    /// <summary>The weight gamma of the rest. Default: 0.1.</summary>
    public double Gamma { get; init => field = Require.NonNegative(value); } = 0.1;

    /// <summary>Looks one step ahead along the mean of gradients. Default: false, as in the paper.</summary>
    public bool Nesterov { get; init; }

    /// <summary>The iterations of Newton and Schulz. Default: 5.</summary>
    public int Iterations { get; init => field = Require.Positive(value); } = 5;

    /// <summary>The decoupled decay lambda. Default: 0.</summary>
    public double WeightDecay { get; init => field = Require.NonNegative(value); }

    /// <summary>The rule of tensors that aren't matrices; null for AdamW with the same hyperparameters. Default: null.</summary>
    public IUpdateRule? Others { get; init; }

    IUpdateRule IMatrixRule.Companion => Others ?? new AdamW { LearningRate = LearningRate, Beta1 = Beta1, Beta2 = Beta2, Epsilon = Epsilon, WeightDecay = WeightDecay };

    /// <inheritdoc/>
    public RuleState<double> StartDouble(ParameterLayout layout) => MatrixRules.Start<double>(this, layout);

    /// <inheritdoc/>
    public RuleState<float> StartSingle(ParameterLayout layout) => MatrixRules.Start<float>(this, layout);

    IMatrixState<T> IMatrixRule.StartMatrix<T>(int rows, int columns) => new State<T>(this, rows, columns);

    internal sealed class State<T> : IMatrixState<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly Cosmos _rule;
        private readonly int _rows, _columns, _rank;
        private readonly T[] _mean, _basis, _spectrum, _squares;
        private readonly T[] _oldBasis, _tall, _projected, _turn, _small, _rest;
        private readonly Qr<T> _qr;
        private readonly NewtonSchulz<T> _newtonSchulz;

        public State(Cosmos rule, int rows, int columns)
        {
            _rule = rule;
            (_rows, _columns, _rank) = (rows, columns, Math.Min(rule.Rank, columns));
            _mean = new T[checked(rows * columns)];
            _rest = new T[_mean.Length];
            _basis = new T[columns * _rank];
            _oldBasis = new T[_basis.Length];
            _tall = new T[_basis.Length];
            _spectrum = new T[_rank * _rank];
            _turn = new T[_spectrum.Length];
            _small = new T[_spectrum.Length];
            _squares = new T[rows * _rank];
            _projected = new T[_squares.Length];
            _qr = new Qr<T>(columns, _rank);
            _newtonSchulz = new NewtonSchulz<T>(rows, columns);
        }

        /// <summary>The orthonormal basis U, n x r.</summary>
        public ReadOnlySpan<T> Basis => _basis;

        /// <summary>The numbers that are kept from step to step.</summary>
        public int StateCount => _mean.Length + _basis.Length + _spectrum.Length + _squares.Length;

        public void Transform(Span<T> update, ReadOnlySpan<T> parameters, long step, double rateScale, IWorkers workers)
        {
            Elements.Average(_mean, T.CreateTruncating(_rule.Beta1), T.CreateTruncating(1 - _rule.Beta1), update);
            if (step == 0)
                Begin(update, workers);
            else
                Track(update, workers);
            Elements.AverageSquares(_squares, T.CreateTruncating(_rule.Beta2), T.CreateTruncating(1 - _rule.Beta2), _projected);

            // From here on the projected matrix is M U, then A before the basis is put back.
            _mean.CopyTo(_rest, 0);
            if (_rule.Nesterov)
                Elements.Average(_rest, T.CreateTruncating(_rule.Beta1), T.CreateTruncating(1 - _rule.Beta1), update);
            Blas.Gemm<T>(false, false, _rows, _rank, _columns, T.One, _rest, _columns, _basis, _rank, T.Zero, _projected, _rank, workers);
            Blas.Gemm<T>(false, true, _rows, _columns, _rank, T.NegativeOne, _projected, _rank, _basis, _rank, T.One, _rest, _columns, workers);
            Elements.DivideByRoot<T>(
                _projected, T.CreateTruncating(1 / Lanes.BiasCorrection(_rule.Beta1, step + (_rule.Nesterov ? 2 : 1))), _squares, T.CreateTruncating(1 / Math.Sqrt(Lanes.BiasCorrection(_rule.Beta2, step + 1))), T.CreateTruncating(_rule.Epsilon));
            Blas.Gemm(false, true, _rows, _columns, _rank, T.One, _projected, _rank, _basis, _rank, T.Zero, update, _columns, workers);
            double size = Math.Sqrt(_rest.Length), rate = rateScale * _rule.LearningRate.At(step);

            // With a full basis the rest is rounding; orthogonalised it would be noise of full size.
            if (_rank < _columns)
            {
                _newtonSchulz.Orthogonalize(_rest, _rule.Iterations, workers);
                double norm = double.CreateTruncating(Reduce.Norm<T>(_rest, workers));
                if (norm > 0)
                    Elements.AddScaled(update, T.CreateTruncating(_rule.Gamma * size / norm), _rest);
            }

            double length = double.CreateTruncating(Reduce.Norm<T>(update, workers));
            if (length > 0)
                TensorPrimitives.Multiply(update, T.CreateTruncating(rate * size / length), update);
            if (_rule.WeightDecay > 0)
                Elements.AddScaled(update, T.CreateTruncating(rate * _rule.WeightDecay), parameters);
        }

        public void Persist(StateArchive archive)
        {
            archive.Transfer<T>(_mean);
            archive.Transfer<T>(_basis);
            archive.Transfer<T>(_spectrum);
            archive.Transfer<T>(_squares);
        }

        /// <summary>The basis of the first gradient; allocates for the decomposition, once.</summary>
        private void Begin(ReadOnlySpan<T> gradient, IWorkers workers)
        {
            int n = _columns;
            var gram = new T[n * n];
            Blas.Gemm(true, false, n, n, _rows, T.One, gradient, n, gradient, n, T.Zero, gram.AsSpan(), n, workers);
            var eigen = new SymmetricEigen<T>(n);
            bool decomposed = eigen.Factor(gram);
            for (int j = 0; j < _rank; j++)
            {
                for (int i = 0; i < n; i++)
                    _basis[(i * _rank) + j] = decomposed ? eigen.VectorRows[((n - 1 - j) * n) + i] : i == j ? T.One : T.Zero;
            }

            Blas.Gemm<T>(false, false, _rows, _rank, n, T.One, gradient, n, _basis, _rank, T.Zero, _projected, _rank, workers);
            Blas.Gemm<T>(true, false, _rank, _rank, _rows, T.CreateTruncating(1 - _rule.Beta2), _projected, _rank, _projected, _rank, T.Zero, _spectrum, _rank, workers);
        }

        private void Track(ReadOnlySpan<T> gradient, IWorkers workers)
        {
            int n = _columns, r = _rank;
            T memory = T.CreateTruncating(_rule.Beta2), share = T.CreateTruncating(1 - _rule.Beta2);
            _basis.CopyTo(_oldBasis, 0);
            Blas.Gemm<T>(false, false, _rows, r, n, T.One, gradient, n, _basis, r, T.Zero, _projected, r, workers);
            Blas.Gemm<T>(false, false, n, r, r, memory, _basis, r, _spectrum, r, T.Zero, _tall, r, workers);
            Blas.Gemm<T>(true, false, n, r, _rows, share, gradient, n, _projected, r, T.One, _tall, r, workers);
            _qr.Factor(_tall);
            _qr.CopyQ(_basis);
            Blas.Gemm<T>(true, false, r, r, n, T.One, _oldBasis, r, _basis, r, T.Zero, _turn, r, workers);
            Blas.Gemm<T>(false, false, r, r, r, T.One, _spectrum, r, _turn, r, T.Zero, _small, r, workers);
            Blas.Gemm<T>(true, false, r, r, r, memory, _turn, r, _small, r, T.Zero, _spectrum, r, workers);
            Blas.Gemm<T>(false, false, _rows, r, n, T.One, gradient, n, _basis, r, T.Zero, _projected, r, workers);
            Blas.Gemm<T>(true, false, r, r, _rows, share, _projected, r, _projected, r, T.One, _spectrum, r, workers);
        }
    }
}
