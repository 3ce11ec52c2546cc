using OptiCore.Differentiation;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Networks;

public static partial class Losses
{
    /// <summary>
    /// The energy distance between the laws of two samples, 2 E|X - Y| - E|X - X'| - E|Y - Y'| with Euclidean norms: 0 exactly for equal laws. G. J. Székely, M. L. Rizzo (2013), "Energy
    /// statistics: a class of statistics based on distances".
    /// </summary>
    /// <param name="x">A sample [..., n, dimension].</param>
    /// <param name="y">A sample [..., m, dimension].</param>
    /// <param name="unbiased">True for expectations over pairs of different points (which may give less than 0), false for all pairs (never less than 0).</param>
    /// <returns>[...]. The cost is (n + m)^2 dimension.</returns>
    /// <exception cref="ArgumentException">A sample has fewer than two axes, or too few points.</exception>
    public static Variable EnergyDistance(Variable x, Variable y, bool unbiased = false)
    {
        int least = unbiased ? 2 : 1;
        if (x.Rank < 2 || y.Rank < 2 || x.Shape[-2] < least || y.Shape[-2] < least)
            throw new ArgumentException($"Samples {x.Shape} and {y.Shape}: each is [..., points, dimension], with at least {least} points.", nameof(x));
        int n = x.Shape[-2], m = y.Shape[-2];
        return (Sum(x, y) * (2.0 / ((double)n * m))) - (Sum(x, x) * (1 / ((double)n * (unbiased ? n - 1 : n)))) - (Sum(y, y) * (1 / ((double)m * (unbiased ? m - 1 : m))));

        static Variable Sum(Variable a, Variable b) => Operations.Sum(Operations.Sum(Norm(ExpandAxis(a, -2) - ExpandAxis(b, -3), -1), -1), -1);
    }

    /// <summary>
    /// The squared Cramér distance between the laws of two samples of numbers, the integral of (F - G)^2 over their distribution functions: half their energy distance. M. G. Bellemare et al.
    /// (2017), "The Cramer distance as a solution to biased Wasserstein gradients".
    /// </summary>
    /// <param name="x">A sample [..., n].</param>
    /// <param name="y">A sample [..., m].</param>
    /// <param name="unbiased">As in <see cref="EnergyDistance"/>.</param>
    /// <returns>[...].</returns>
    public static Variable CramerDistance(Variable x, Variable y, bool unbiased = false) => 0.5 * EnergyDistance(ExpandAxis(x, -1), ExpandAxis(y, -1), unbiased);

    /// <summary>The Kullback-Leibler divergence of normal laws per element, KL(p || q) = (log var_q - log var_p + (var_p + (mean_p - mean_q)^2) / var_q - 1) / 2.</summary>
    /// <param name="mean">The mean of p.</param>
    /// <param name="logVariance">The logarithm of its variance.</param>
    /// <param name="otherMean">The mean of q; 0 for the standard normal law.</param>
    /// <param name="otherLogVariance">The logarithm of its variance; 0 for the standard normal law.</param>
    public static Variable GaussianDivergence(Variable mean, Variable logVariance, Variable otherMean, Variable otherLogVariance)
    {
        // e^d - d - 1 with d = log var_p - log var_q, without cancellation near 0.
        Variable difference = logVariance - otherLogVariance;
        return 0.5 * (Expm1(difference) - difference + (Square(mean - otherMean) * Exp(-otherLogVariance)));
    }

    /// <summary>The Kullback-Leibler divergence KL(p || q) of laws over the last axis, given by logits, per example.</summary>
    /// <param name="logits">The logits of p.</param>
    /// <param name="otherLogits">The logits of q.</param>
    public static Variable CategoricalDivergence(Variable logits, Variable otherLogits) =>
        Operations.Sum(Softmax(logits) * (LogSoftmax(logits) - LogSoftmax(otherLogits)), -1);

    /// <summary>The Kullback-Leibler divergence KL(p || q) of Bernoulli laws given by logits, per element.</summary>
    /// <param name="logits">The logits of p.</param>
    /// <param name="otherLogits">The logits of q.</param>
    public static Variable BernoulliDivergence(Variable logits, Variable otherLogits) =>
        (Sigmoid(logits) * (logits - otherLogits)) + Softplus(otherLogits) - Softplus(logits);
}
