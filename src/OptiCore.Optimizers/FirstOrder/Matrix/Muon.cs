using System.Numerics;
using System.Numerics.Tensors;
using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>How <see cref="Muon"/> scales an orthogonal update by the shape of its matrix.</summary>
public enum MuonScale
{
    /// <summary>sqrt(max(1, outputs / inputs)), Jordan's: equal changes of the outputs' root mean square.</summary>
    Spectral,

    /// <summary>0.2 sqrt(max(rows, columns)), Moonshot's: the root mean square of AdamW's updates, so that its rates can be kept.</summary>
    MatchAdam,
}

/// <summary>
/// Muon, momentum orthogonalised: the momentum of every matrix is replaced by its nearest orthogonal matrix, approximately, so that all its directions move alike:
/// <code>
/// m := mu m + g
/// w := NewtonSchulz(g + mu m)        or of m without Nesterov's momentum
/// u := rate (scale w + lambda x)
/// </code>
/// </summary>
/// <remarks>
/// For the weights of hidden layers: tensors of two axes or more, as matrices of the first axis by the rest. Others go to <see cref="Others"/>; input embeddings and the last layer should too, by <see cref="ParameterGroups"/>. One value a
/// parameter. Five iterations cost some 20 k^2 l + 10 k^3 operations for a k x l matrix (k the smaller side), to be compared with the batch's own. Not element-wise.
/// </remarks>
[Algorithm("Muon", "First-order", "Jordan, Jin, Boza, You, Cesista, Newhouse, Bernstein (2024), Muon: an optimizer for hidden layers in neural networks; Liu et al. (2025), Muon is scalable for LLM training", Capabilities = "matrices")]
public sealed record Muon : IUpdateRule, IMatrixRule
{
    /// <summary>The step size of matrices. Default: 0.02.</summary>
    public Schedule LearningRate { get; init => field = Schedule.Valid(value); } = 0.02;

    /// <summary>The factor mu of the momentum. Default: 0.95.</summary>
    public double Momentum { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.95;

    /// <summary>Looks one step ahead along the momentum. Default: true.</summary>
    public bool Nesterov { get; init; } = true;

    /// <summary>The iterations of Newton and Schulz. Default: 5.</summary>
    public int Iterations { get; init => field = Require.Positive(value); } = 5;

    /// <summary>The scale by shape. Default: Jordan's.</summary>
    public MuonScale Scale { get; init => field = Require.Defined(value); }

    /// <summary>The axis of weights that counts outputs, for the scale. Default: the last one, the layout of this library's layers.</summary>
    public UnitAxis Units { get; init => field = Require.Defined(value); }

    /// <summary>The decoupled decay lambda of matrices. Default: 0.</summary>
    public double WeightDecay { get; init => field = Require.NonNegative(value); }

    /// <summary>The rule of tensors that aren't matrices. Default: AdamW with rate 0.0003, memories 0.9 and 0.95 and no decay.</summary>
    public IUpdateRule Others { get; init => field = Require.NotNull(value, nameof(Others)); } = new AdamW { LearningRate = 3e-4, Beta2 = 0.95, WeightDecay = 0 };

    IUpdateRule IMatrixRule.Companion => Others;

    /// <inheritdoc/>
    public RuleState<double> StartDouble(ParameterLayout layout) => MatrixRules.Start<double>(this, layout);

    /// <inheritdoc/>
    public RuleState<float> StartSingle(ParameterLayout layout) => MatrixRules.Start<float>(this, layout);

    IMatrixState<T> IMatrixRule.StartMatrix<T>(int rows, int columns) => new State<T>(this, rows, columns);

    private double Factor(int rows, int columns)
    {
        if (Scale == MuonScale.MatchAdam)
            return 0.2 * Math.Sqrt(Math.Max(rows, columns));
        (double outputs, double inputs) = Units == UnitAxis.Last ? (columns, rows) : (rows, columns);
        return Math.Sqrt(Math.Max(1, outputs / inputs));
    }

    private sealed class State<T>(Muon rule, int rows, int columns) : IMatrixState<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly T[] _momentum = new T[checked(rows * columns)];
        private readonly NewtonSchulz<T> _newtonSchulz = new(rows, columns);

        public void Transform(Span<T> update, ReadOnlySpan<T> parameters, long step, double rateScale, IWorkers workers)
        {
            T mu = T.CreateTruncating(rule.Momentum);
            Elements.Average(_momentum, mu, T.One, update);
            if (rule.Nesterov)
                Elements.AddScaled(update, mu, _momentum);
            else
                _momentum.CopyTo(update);
            _newtonSchulz.Orthogonalize(update, rule.Iterations, workers);
            double rate = rateScale * rule.LearningRate.At(step);
            TensorPrimitives.Multiply(update, T.CreateTruncating(rate * rule.Factor(rows, columns)), update);
            if (rule.WeightDecay > 0)
                Elements.AddScaled(update, T.CreateTruncating(rate * rule.WeightDecay), parameters);
        }

        public void Persist(StateArchive archive) => archive.Transfer<T>(_momentum);
    }
}
