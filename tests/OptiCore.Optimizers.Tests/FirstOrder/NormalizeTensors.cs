using System.Numerics;
using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Optimizers.Tests.FirstOrder;

/// <summary>
/// A rule that isn't element-wise, as a user would write one: every tensor of the layout gets norm 1, by a running mean of its norms. It shows the seam through which
/// layer-wise and matrix rules enter chains.
/// </summary>
internal sealed record NormalizeTensors : IUpdateRule
{
    public RuleState<double> StartDouble(ParameterLayout layout) => new State<double>(layout);

    public RuleState<float> StartSingle(ParameterLayout layout) => new State<float>(layout);

    private sealed class State<T>(ParameterLayout layout) : RuleState<T>(layout) where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly T[] _norms = new T[layout.BlockCount];

        protected override void TransformCore(Span<T> update, ReadOnlySpan<T> parameters, IWorkers workers)
        {
            for (int b = 0; b < Layout.BlockCount; b++)
            {
                Span<T> block = update.Slice(Layout.Offset(b), Layout.BlockLength(b));
                T norm = Reduce.Norm<T>(block), half = T.CreateTruncating(0.5);
                _norms[b] = Steps == 0 ? norm : half * (_norms[b] + norm);
                for (int i = 0; i < block.Length; i++)
                    block[i] = _norms[b] > T.Zero ? block[i] / _norms[b] : block[i];
            }
        }

        protected override void PersistCore(StateArchive archive) => archive.Transfer<T>(_norms);
    }
}
