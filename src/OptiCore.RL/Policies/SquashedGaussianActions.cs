using OptiCore.Differentiation;
using OptiCore.Networks;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.RL;

/// <summary>
/// A normal law squeezed into the bounds of a box: a = center + half tanh(u), u ~ N(mu(s), sigma(s)^2), with independent elements. The law's parameters are mu, then log sigma, which is held in
/// [-20, 2].
/// </summary>
/// <remarks>
/// T. Haarnoja, A. Zhou, P. Abbeel, S. Levine (2018), "Soft actor-critic", appendix C: log p(a) = log N(u) - sum log(half (1 - tanh^2 u)), computed as
/// log(1 - tanh^2 u) = 2 (log 2 - u - softplus(-2 u)). There is no closed form of the entropy and of divergences between the squashed laws: <see cref="Divergence"/> is that of the
/// normal laws, which is the same, and <see cref="Entropy"/> isn't supported.
/// </remarks>
public sealed record SquashedGaussianActions : ActionDistribution
{
    private static readonly double HalfLogTwoPi = 0.5 * Math.Log(2 * Math.PI), LogTwo = Math.Log(2);

    private readonly Variable _center;
    private readonly Variable _half;

    /// <summary>The law for a box.</summary>
    /// <param name="box">The box, bounded on all sides.</param>
    /// <exception cref="ArgumentException">A side isn't bounded.</exception>
    public SquashedGaussianActions(Box box)
    {
        ArgumentNullException.ThrowIfNull(box);
        ActionLength = box.Length;
        double[] center = new double[box.Length], half = new double[box.Length];
        for (int i = 0; i < half.Length; i++)
        {
            (double low, double high) = (box.Low[i], box.High[i]);
            if (!double.IsFinite(high - low) || !(high > low))
                throw new ArgumentException($"Squashed actions need bounds on all sides, not {box}.", nameof(box));
            (center[i], half[i]) = ((low + high) / 2, (high - low) / 2);
            LogVolume += Math.Log(half[i]);
        }

        _center = Variable.Constant<double>(center, [half.Length]);
        _half = Variable.Constant<double>(half, [half.Length]);
    }

    /// <inheritdoc/>
    public override int ActionLength { get; }

    /// <inheritdoc/>
    public override int LawLength => 2 * ActionLength;

    /// <summary>The logarithm of the volume of the box over that of [-1, 1]^n.</summary>
    public double LogVolume { get; }

    /// <summary>Actions in the units of [-1, 1], [rows, elements].</summary>
    /// <param name="actions">Actions of the box.</param>
    public Variable Normalize(Variable actions) => (actions - _center) / _half;

    /// <summary>Actions of the box from those of [-1, 1].</summary>
    /// <param name="normalized">[rows, elements].</param>
    public Variable Scale(Variable normalized) => _center + (_half * normalized);

    /// <inheritdoc/>
    public override Variable Head(Scope scope, Variable features, Initializer weights) => new Linear(LawLength) { Weights = weights }.Apply(scope, features);

    /// <inheritdoc/>
    public override Variable Sample(Variable law, KeyVariable key) => Scale(Tanh(Draw(law, key)));

    /// <inheritdoc/>
    public override Variable Mode(Variable law) => Scale(Tanh(Mean(law)));

    /// <summary>Draws actions through which gradients flow, with the logarithms of their densities.</summary>
    /// <param name="law">The parameters.</param>
    /// <param name="key">The key of the draws.</param>
    public (Variable Actions, Variable LogProbability) SampleWithLogProbability(Variable law, KeyVariable key)
    {
        Variable u = Draw(law, key);
        return (Scale(Tanh(u)), LogDensity(law, u));
    }

    /// <inheritdoc/>
    public override Variable LogProbability(Variable law, Variable actions) => LogDensity(law, Atanh(Clamp(Normalize(actions), -1 + 1e-6, 1 - 1e-6)));

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Always: there is no closed form.</exception>
    public override Variable Entropy(Variable law) => throw new NotSupportedException("A squashed normal law has no closed form of its entropy; the mean of minus the log probability estimates it.");

    /// <inheritdoc/>
    public override Variable Divergence(Variable from, Variable to) => NormalDivergence.Whole(Mean(from), LogDeviation(from), Mean(to), LogDeviation(to));

    /// <inheritdoc/>
    public override int DivergenceParts => 2;

    /// <inheritdoc/>
    public override Variable DivergenceByPart(Variable from, Variable to) => NormalDivergence.ByPart(Mean(from), LogDeviation(from), Mean(to), LogDeviation(to));

    private Variable Mean(Variable law) => Slice(law, -1, 0, ActionLength);

    private Variable LogDeviation(Variable law) => Clamp(Slice(law, -1, ActionLength, ActionLength), -20, 2);

    private Variable Draw(Variable law, KeyVariable key)
    {
        Variable mean = Mean(law);
        return mean + (Exp(LogDeviation(law)) * RandomNormal(key, mean.Shape));
    }

    private Variable LogDensity(Variable law, Variable u)
    {
        Variable logDeviation = LogDeviation(law);
        Variable normal = (0.5 * Square((u - Mean(law)) * Exp(-logDeviation))) + logDeviation + HalfLogTwoPi, squash = 2 * (LogTwo - u - Softplus(-2 * u));
        return -Sum(normal + squash, -1) - LogVolume;
    }
}
