using OptiCore.Differentiation;
using OptiCore.Networks;

namespace OptiCore.RL;

/// <summary>
/// A law of actions that a network parametrises: what its last layer puts out for an observation, and as expressions of that how an action is drawn, how probable one is, and how far
/// two laws are apart. Acting and learning are written with the same formulas.
/// </summary>
/// <remarks>
/// Actions are rows of floats here, whatever the environment's element type: a <see cref="Discrete"/> action is its number counted from 0, a <see cref="Box"/> action its elements.
/// The parameters of the law are rows of <see cref="LawLength"/> numbers.
/// </remarks>
public abstract record ActionDistribution
{
    /// <summary>The number of elements of an action.</summary>
    public abstract int ActionLength { get; }

    /// <summary>The number of parameters of one law.</summary>
    public abstract int LawLength { get; }

    /// <summary>Writes the last layer: the parameters of the law, [rows, <see cref="LawLength"/>].</summary>
    /// <param name="scope">Where its parameters are.</param>
    /// <param name="features">What it sees, [rows, features].</param>
    /// <param name="weights">How its weights begin.</param>
    public abstract Variable Head(Scope scope, Variable features, Initializer weights);

    /// <summary>Draws an action from each law, [rows, <see cref="ActionLength"/>].</summary>
    /// <param name="law">The parameters.</param>
    /// <param name="key">The key of the draws.</param>
    public abstract Variable Sample(Variable law, KeyVariable key);

    /// <summary>The action of the highest probability or density, [rows, <see cref="ActionLength"/>].</summary>
    /// <param name="law">The parameters.</param>
    public abstract Variable Mode(Variable law);

    /// <summary>The logarithm of the probability or density of actions, [rows].</summary>
    /// <param name="law">The parameters.</param>
    /// <param name="actions">The actions, [rows, <see cref="ActionLength"/>].</param>
    public abstract Variable LogProbability(Variable law, Variable actions);

    /// <summary>The entropy in nats, [rows].</summary>
    /// <param name="law">The parameters.</param>
    public abstract Variable Entropy(Variable law);

    /// <summary>The Kullback-Leibler divergence KL(from || to), [rows].</summary>
    /// <param name="from">The parameters of the law that the expectation is taken of.</param>
    /// <param name="to">The parameters of the other.</param>
    public abstract Variable Divergence(Variable from, Variable to);

    /// <summary>The number of parts of the divergence that trust regions may bound apart: by default one, the whole; for normal laws two.</summary>
    public virtual int DivergenceParts => 1;

    /// <summary>
    /// The divergence in parts that trust regions may bound apart, [rows, <see cref="DivergenceParts"/>]: by default the whole; for normal laws that to the law with the other's means and the own covariance, then
    /// that to the law with the own means and the other's covariance.
    /// </summary>
    /// <param name="from">The parameters of the law that the expectation is taken of.</param>
    /// <param name="to">The parameters of the other.</param>
    /// <remarks>
    /// A. Abdolmaleki et al. (2018), "Relative entropy regularized policy iteration": a bound for each keeps the covariance from shrinking as fast as the mean moves. The parts of normal laws add up to the divergence
    /// where one of them is 0.
    /// </remarks>
    public virtual Variable DivergenceByPart(Variable from, Variable to) => Operations.ExpandAxis(Divergence(from, to), -1);

    /// <summary>
    /// The usual law for a space: <see cref="CategoricalActions"/> for <see cref="Discrete"/> and <see cref="MultiDiscrete"/>, <see cref="BernoulliActions"/> for <see cref="MultiBinary"/>,
    /// <see cref="GaussianActions"/> for <see cref="Box"/>.
    /// </summary>
    /// <typeparam name="TAction">The element type of actions.</typeparam>
    /// <param name="space">The space.</param>
    /// <exception cref="ArgumentException">There is no usual law for it.</exception>
    public static ActionDistribution For<TAction>(Space<TAction> space) where TAction : unmanaged => (object)space switch
    {
        Discrete discrete => new CategoricalActions([discrete.N]),
        MultiDiscrete multi => new CategoricalActions(multi.Sizes),
        MultiBinary binary => new BernoulliActions(binary.Length),
        Box box => new GaussianActions(box.Length),
        _ => throw new ArgumentException($"There is no usual law for actions of {space}: give one.", nameof(space)),
    };
}
