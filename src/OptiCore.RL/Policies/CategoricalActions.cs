using OptiCore.Differentiation;
using OptiCore.Networks;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.RL;

/// <summary>
/// Independent categorical variables, one for each element of an action, parametrised by logits: p(a) = prod_k softmax(z_k)[a_k]. The law's parameters are the logits, one variable after another.
/// </summary>
public sealed record CategoricalActions : ActionDistribution
{
    private readonly int[] _sizes;

    /// <summary>The law for given numbers of values.</summary>
    /// <param name="sizes">The number of values of each element.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number isn't positive.</exception>
    public CategoricalActions(ReadOnlySpan<int> sizes)
    {
        foreach (int size in sizes)
            LawLength = checked(LawLength + Require.Positive(size, nameof(sizes)));
        _sizes = sizes.ToArray();
    }

    /// <inheritdoc/>
    public override int ActionLength => _sizes.Length;

    /// <inheritdoc/>
    public override int LawLength { get; }

    /// <inheritdoc/>
    public override Variable Head(Scope scope, Variable features, Initializer weights) => new Linear(LawLength) { Weights = weights }.Apply(scope, features);

    /// <inheritdoc/>
    public override Variable Sample(Variable law, KeyVariable key) => Columns(law, (logits, index) => RandomCategorical(_sizes.Length == 1 ? key : key.Derive((ulong)index), logits));

    /// <inheritdoc/>
    public override Variable Mode(Variable law) => Columns(law, (logits, _) => ArgMax(logits));

    /// <inheritdoc/>
    public override Variable LogProbability(Variable law, Variable actions) => Total(index =>
    {
        Variable chosen = OneHot(Reshape(Slice(actions, -1, index, 1), [actions.Shape[0]]), _sizes[index]);
        return Sum(chosen * LogSoftmax(Logits(law, index)), -1);
    });

    /// <inheritdoc/>
    public override Variable Entropy(Variable law) => Total(index =>
    {
        Variable log = LogSoftmax(Logits(law, index));
        return -Sum(Exp(log) * log, -1);
    });

    /// <inheritdoc/>
    public override Variable Divergence(Variable from, Variable to) => Total(index =>
    {
        Variable log = LogSoftmax(Logits(from, index));
        return Sum(Exp(log) * (log - LogSoftmax(Logits(to, index))), -1);
    });

    private Variable Logits(Variable law, int index)
    {
        if (_sizes.Length == 1)
            return law;
        int start = 0;
        for (int i = 0; i < index; i++)
            start += _sizes[i];
        return Slice(law, -1, start, _sizes[index]);
    }

    private Variable Columns(Variable law, Func<Variable, int, Variable> choose)
    {
        var columns = new Variable[_sizes.Length];
        for (int i = 0; i < columns.Length; i++)
            columns[i] = ExpandAxis(choose(Logits(law, i), i), -1);
        return columns.Length == 1 ? columns[0] : Concatenate(-1, columns);
    }

    private Variable Total(Func<int, Variable> term)
    {
        Variable total = term(0);
        for (int i = 1; i < _sizes.Length; i++)
            total += term(i);
        return total;
    }
}
