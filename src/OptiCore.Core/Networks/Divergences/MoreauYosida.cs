using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>
/// The Moreau-Yosida approximation of an f-divergence with respect to Wasserstein's distance, inf_xi {D(xi || nu) + lambda W_1(mu, xi)^alpha}: finite for distributions that don't overlap, close to
/// lambda W_1(mu, nu)^alpha for a small lambda and to D(mu || nu) for a large one. As a bound by a critic it is the tight bound of D less a penalty on the critic's Lipschitz constant.
/// </summary>
/// <remarks>
/// <para>With L the Lipschitz constant of g, the value is sup_g {E_mu[g] - inf_c {E_nu[f*(g - c)] + c} - p(L)}, where p(L) = (alpha - 1) alpha^(alpha / (1 - alpha)) lambda^(1 / (1 - alpha)) L^(alpha / (alpha - 1))
/// for alpha above 1, as L^2 / (4 lambda) for alpha = 2. For alpha = 1 critics with L above lambda aren't allowed: they are scaled down to L = lambda, which keeps the objective a lower bound for every g.</para>
/// <para>As a loss of adversarial training: critics ascend the objective, generators of nu or mu descend it. Source: D. Terjék (2021), "Moreau-Yosida f-divergences".</para>
/// </remarks>
public sealed record MoreauYosida
{
    /// <summary>The divergence D.</summary>
    public required FDivergence Divergence { get; init => field = Require.NotNull(value); }

    /// <summary>The weight lambda of the distance.</summary>
    public double Lambda { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The power alpha of the distance, at least 1.</summary>
    public double Power { get; init => field = Require.InHalfOpen(value, 1, double.PositiveInfinity); } = 1;

    /// <summary>The objective of critics, a lower bound of the approximation as far as L isn't smaller than the critic's constant.</summary>
    /// <param name="first">The critic's values at points of mu, [m].</param>
    /// <param name="second">The critic's values at points of nu, [n].</param>
    /// <param name="lipschitz">The critic's Lipschitz constant L or an estimate, a scalar: see <see cref="LargestSlope"/>, or norms of gradients.</param>
    /// <param name="firstWeights">The probabilities of mu; null for 1 / m each.</param>
    /// <param name="secondWeights">The probabilities of nu; null for 1 / n each.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ArgumentException">Critic and probabilities aren't vectors of one length, or L isn't a scalar.</exception>
    public Variable Objective(Variable first, Variable second, Variable lipschitz, Variable? firstWeights = null, Variable? secondWeights = null)
    {
        if (lipschitz.Rank != 0)
            throw new ArgumentException($"A Lipschitz constant is a scalar, not {lipschitz.Shape}.", nameof(lipschitz));
        if (Power > 1)
            return Divergence.Bound(first, second, firstWeights, secondWeights) - Penalty(lipschitz);
        Variable scale = Operations.Select(lipschitz > Lambda, Lambda / Operations.Max(lipschitz, Lambda), 1);
        return Divergence.Bound(scale * first, scale * second, firstWeights, secondWeights);
    }

    /// <summary>The penalty p(L) for alpha above 1.</summary>
    /// <param name="lipschitz">The Lipschitz constant L.</param>
    /// <exception cref="InvalidOperationException">alpha is 1: there L is bounded by lambda.</exception>
    public Variable Penalty(Variable lipschitz)
    {
        if (Power == 1)
            throw new InvalidOperationException("For the power 1 the Lipschitz constant is bounded, not penalized.");
        double factor = (Power - 1) * Math.Pow(Power, Power / (1 - Power)) * Math.Pow(Lambda, 1 / (1 - Power));
        return factor * (Power == 2 ? Operations.Square(lipschitz) : Operations.Pow(lipschitz, Power / (Power - 1)));
    }

    /// <summary>The largest slope between any two points, max |g_i - g_j| / ||x_i - x_j||: the Lipschitz constant of a critic on these points.</summary>
    /// <param name="critic">The critic's values, [n].</param>
    /// <param name="points">The points, [n, d], all different.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ArgumentException">There isn't one value for each point.</exception>
    public static Variable LargestSlope(Variable critic, Variable points)
    {
        if (critic.Rank != 1 || points.Rank != 2 || critic.Shape[0] != points.Shape[0])
            throw new ArgumentException($"{critic.Shape} values for points {points.Shape}.", nameof(critic));

        // A point has the distance 1 from itself here, so that its slope is 0 and not 0 / 0.
        Variable squares = Operations.Sum(Operations.Square(Operations.ExpandAxis(points, 1) - Operations.ExpandAxis(points, 0)), -1) + Operations.Identity(critic.Shape[0]);
        return Operations.Max(Operations.Abs(Operations.ExpandAxis(critic, 1) - Operations.ExpandAxis(critic, 0)) / Operations.Sqrt(squares));
    }
}
