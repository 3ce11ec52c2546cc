using OptiCore.Differentiation;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Networks;

/// <summary>
/// A mixture of experts with noisy top-k gating: y = sum_i G(x)_i E_i(x), where G keeps the k largest of H(x)_i = (x W_g)_i + normal softplus((x W_n)_i) and is their softmax, 0 elsewhere.
/// [..., features] to the experts' output. Parts: <c>expert0</c>, ...; parameters: <c>gate</c> and, with noise, <c>noise</c>, both [features, experts].
/// </summary>
/// <remarks>
/// <para>N. Shazeer et al. (2017), "Outrageously large neural networks: the sparsely-gated mixture-of-experts layer". While training, two terms are added to <see cref="Scope.Penalty"/>, which
/// spread the examples over the experts: w_importance CV(sum_x G(x))^2 and w_load CV(sum_x P(x))^2, with the squared coefficient of variation CV^2 over the experts, and the
/// probability P(x)_i that expert i would be chosen if its noise alone were drawn again. Without noise there is no such probability, and the first term stands alone. The deviation of the
/// noise has the floor 0.01, so that the probability stays differentiable.</para>
/// <para>Every expert is evaluated for every example and masked by its gate: the cost is that of all experts, not of k. Exact, and right for a few experts; the saving of the paper needs
/// examples sorted by expert.</para>
/// </remarks>
public sealed record MixtureOfExperts : Module
{
    private const double NoiseFloor = 0.01;

    /// <summary>The number of experts.</summary>
    public required int Count { get; init => field = Require.Positive(value); }

    /// <summary>How many experts are used for an example, k. Default: 2.</summary>
    public int Used { get; init => field = Require.Positive(value); } = 2;

    /// <summary>What each expert is.</summary>
    public required Module Expert { get; init => field = Require.NotNull(value); }

    /// <summary>True for noise in the choice while training. Default: true.</summary>
    public bool IsNoisy { get; init; } = true;

    /// <summary>The weight of the term that makes gates equally large. Default: 0.1.</summary>
    public double ImportanceWeight { get; init => field = Require.NonNegative(value); } = 0.1;

    /// <summary>The weight of the term that makes choices equally frequent. Default: 0.1.</summary>
    public double LoadWeight { get; init => field = Require.NonNegative(value); } = 0.1;

    /// <summary>What the gate is at first; null for zeros with noise, as in the paper, and <see cref="Initializer.LeCunNormal"/> without.</summary>
    public Initializer? GateWeights { get; init; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">More experts are used than there are.</exception>
    public override Variable Apply(Scope scope, Variable x)
    {
        ArgumentNullException.ThrowIfNull(scope);
        if (Used > Count)
            throw new ArgumentException($"{Used} of {Count} experts can't be used.", nameof(x));
        Shape gateShape = [x.Shape[-1], Count];
        Variable clean = MatMul(x, scope.Parameter("gate", gateShape, GateWeights ?? (IsNoisy ? Initializer.Zeros : Initializer.LeCunNormal)));
        Variable h = clean, deviation = 0;
        if (IsNoisy)
        {
            Variable noise = scope.Parameter("noise", gateShape, Initializer.Zeros);
            if (scope.IsTraining)
            {
                deviation = Softplus(MatMul(x, noise)) + NoiseFloor;
                h = clean + (RandomNormal(scope.Key("noise"), clean.Shape) * deviation);
            }
        }

        (Variable chosen, Variable last, Variable next) = Top(h);
        Variable gates = Softmax(Select(chosen, h, double.NegativeInfinity));
        if (scope.IsTraining && Count > 1)
        {
            Variable penalty = ImportanceWeight * SquaredVariation(gates);
            if (IsNoisy && Used < Count)
            {
                // An expert stays chosen as long as it is above the k-th largest of the others: that is the next one for those that are chosen, the last chosen for those that aren't.
                Variable threshold = Select(chosen, next, last);
                penalty += LoadWeight * SquaredVariation(NormalCdf((clean - threshold) / deviation));
            }

            scope.Penalize(penalty);
        }

        Variable? sum = null;
        for (int i = 0; i < Count; i++)
        {
            Variable y = Expert.Apply(scope.Part($"expert{i}"), x) * Slice(gates, -1, i, 1);
            sum = sum is { } before ? before + y : y;
        }

        return sum!.Value;
    }

    /// <summary>The mask of the k largest, the k-th largest, and the one after it (the k-th itself if there is none).</summary>
    private (Variable Chosen, Variable Last, Variable Next) Top(Variable h)
    {
        Variable chosen = BroadcastTo(0, h.Shape), last = 0, rest = h;
        for (int i = 0; i < Used; i++)
        {
            Variable best = OneHot(ArgMax(rest), Count);
            last = Max(rest, -1, keepAxis: true);
            chosen += best;
            rest = Select(best, double.NegativeInfinity, rest);
        }

        return (chosen, last, Used < Count ? Max(rest, -1, keepAxis: true) : last);
    }

    /// <summary>The squared coefficient of variation over experts of the sums over examples.</summary>
    private Variable SquaredVariation(Variable x)
    {
        Variable sums = Sum(Reshape(x, [x.Shape.ElementCount / Count, Count]), 0);
        Variable mean = Mean(sums);
        return Mean(Square(sums - mean)) / (Square(mean) + 1e-10);
    }
}
