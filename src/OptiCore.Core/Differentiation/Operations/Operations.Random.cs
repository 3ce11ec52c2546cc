namespace OptiCore.Differentiation;

public static partial class Operations
{
    /// <summary>Uniform numbers on [0, 1) from a key. They have no derivative.</summary>
    /// <param name="key">The key; the same key gives the same numbers.</param>
    /// <param name="shape">The shape.</param>
    public static Variable RandomUniform(KeyVariable key, Shape shape) => RandomOperation.Of(RandomLaw.Uniform, key, shape);

    /// <summary>Standard normal numbers from a key.</summary>
    /// <param name="key">The key; the same key gives the same numbers.</param>
    /// <param name="shape">The shape.</param>
    public static Variable RandomNormal(KeyVariable key, Shape shape) => RandomOperation.Of(RandomLaw.Normal, key, shape);

    /// <summary>Exponential numbers of mean 1 from a key.</summary>
    /// <param name="key">The key; the same key gives the same numbers.</param>
    /// <param name="shape">The shape.</param>
    public static Variable RandomExponential(KeyVariable key, Shape shape) => RandomOperation.Of(RandomLaw.Exponential, key, shape);

    /// <summary>Standard Gumbel numbers from a key: the argmax of logits plus such numbers is a draw from their softmax.</summary>
    /// <param name="key">The key; the same key gives the same numbers.</param>
    /// <param name="shape">The shape.</param>
    public static Variable RandomGumbel(KeyVariable key, Shape shape) => RandomOperation.Of(RandomLaw.Gumbel, key, shape);

    /// <summary>1 with a probability, else 0.</summary>
    /// <param name="key">The key; the same key gives the same numbers.</param>
    /// <param name="probability">The probability, a number or a tensor that broadcasts to the shape.</param>
    /// <param name="shape">The shape.</param>
    public static Variable RandomBernoulli(KeyVariable key, Variable probability, Shape shape) => RandomUniform(key, shape) < probability;

    /// <summary>Draws of indices along the last axis with the probabilities softmax(logits), by the Gumbel-max trick.</summary>
    /// <param name="key">The key; the same key gives the same indices.</param>
    /// <param name="logits">The logarithms of the probabilities, up to a constant.</param>
    public static Variable RandomCategorical(KeyVariable key, Variable logits) => ArgMax(StopGradient(logits) + RandomGumbel(key, logits.Shape));
}
