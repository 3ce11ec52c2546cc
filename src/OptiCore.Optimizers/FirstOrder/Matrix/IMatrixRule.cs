using System.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// What rules that precondition whole matrices share: tensors of two axes or more are matrices of their first axis by all others, each with a state of its own; the other tensors go to an element-wise companion.
/// </summary>
internal interface IMatrixRule
{
    /// <summary>The rule of biases, gains and other tensors that aren't matrices.</summary>
    IUpdateRule Companion { get; }

    /// <summary>Allocates the state of one matrix.</summary>
    IMatrixState<T> StartMatrix<T>(int rows, int columns) where T : unmanaged, IFloatingPointIeee754<T>;
}

/// <summary>The state of one matrix.</summary>
internal interface IMatrixState<T> : IPersistent where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Replaces the gradient by the update that is subtracted.</summary>
    /// <param name="update">The gradient, row-major; receives the update.</param>
    /// <param name="parameters">The matrix before the step.</param>
    /// <param name="step">The number of the step, from 0.</param>
    /// <param name="rateScale">The factor of the learning rate.</param>
    /// <param name="workers">Who computes large products.</param>
    void Transform(Span<T> update, ReadOnlySpan<T> parameters, long step, double rateScale, IWorkers workers);
}

/// <summary>Starts the states of matrix rules.</summary>
internal static class MatrixRules
{
    /// <summary>The state of a layout: matrices by the rule, the rest by its companion.</summary>
    public static RuleState<T> Start<T>(IMatrixRule rule, ParameterLayout layout) where T : unmanaged, IFloatingPointIeee754<T> =>
        new ParameterGroups(new(new Matrices(rule), BlockSelection.Matrices), new(rule.Companion, BlockSelection.All)).Start<T>(layout);

    private sealed record Matrices(IMatrixRule Rule) : IUpdateRule
    {
        public RuleState<double> StartDouble(ParameterLayout layout) => new State<double>(Rule, layout);

        public RuleState<float> StartSingle(ParameterLayout layout) => new State<float>(Rule, layout);
    }

    private sealed class State<T> : RuleState<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly IMatrixState<T>[] _matrices;

        public State(IMatrixRule rule, ParameterLayout layout)
            : base(layout)
        {
            _matrices = new IMatrixState<T>[layout.BlockCount];
            for (int b = 0; b < _matrices.Length; b++)
            {
                int rows = layout.Shape(b)[0];
                _matrices[b] = rule.StartMatrix<T>(rows, rows == 0 ? 0 : layout.BlockLength(b) / rows);
            }
        }

        protected override void TransformCore(Span<T> update, ReadOnlySpan<T> parameters, IWorkers workers)
        {
            for (int b = 0; b < _matrices.Length; b++)
            {
                int length = Layout.BlockLength(b);
                if (length > 0)
                    _matrices[b].Transform(update.Slice(Layout.Offset(b), length), parameters.Slice(Layout.Offset(b), length), Steps, RateScale, workers);
            }
        }

        protected override void PersistCore(StateArchive archive)
        {
            foreach (IMatrixState<T> matrix in _matrices)
                archive.Transfer(matrix);
        }
    }
}
