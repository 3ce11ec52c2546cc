using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>
/// An f-divergence D(mu || nu) = E_nu[f(d mu / d nu)], for a convex f with f(1) = 0, and its variational bounds by a critic g: the tight one
/// E_mu[g] - inf_c {E_nu[f*(g - c)] + c}, which doesn't change when a constant is added to g, and the classical E_mu[g] - E_nu[f*(g)].
/// </summary>
/// <remarks>
/// <para>Both are at most D(mu || nu) for every critic, with equality for g = f'(d mu / d nu); the tight one is at least the classical one. Its inner minimum over one number is found by Newton steps
/// within a bracket and differentiated implicitly, so that gradients of any order pass. Of the Kullback-Leibler divergence it is log E_nu[exp(g)], the bound of Donsker and Varadhan.</para>
/// <para>f is restricted to numbers that aren't negative, so that f* doesn't fall below -f(0). Cost of a bound: O(n) for each Newton step, usually fewer than ten.</para>
/// </remarks>
[Algorithm("Tight variational f-divergence", "Divergences", "D. Terjék (2021), Moreau-Yosida f-divergences", Capabilities = "nine divergences; bounds, exact values, Moreau-Yosida approximation")]
public abstract partial record FDivergence
{
    /// <summary>f(x), for x of at least 0.</summary>
    /// <param name="x">The density ratio.</param>
    public abstract double Generator(double x);

    /// <summary>f'(x), the best critic where the density ratio is x.</summary>
    /// <param name="x">The density ratio, positive.</param>
    public abstract double GeneratorSlope(double x);

    /// <summary>The limit of f(x) / x for large x, above which f* is infinite.</summary>
    public abstract double RecessionSlope { get; }

    /// <summary>The conjugate f*(y) = sup_x {x y - f(x)} over x of at least 0; infinite or not a number above <see cref="RecessionSlope"/>.</summary>
    /// <param name="y">The slope.</param>
    public abstract double Conjugate(double y);

    /// <summary>The conjugate f*(y), element-wise.</summary>
    /// <param name="y">The slopes.</param>
    public abstract Variable Conjugate(Variable y);

    /// <summary>f*'(y), the density ratio for which y is the best critic.</summary>
    /// <param name="y">The slope.</param>
    public abstract double ConjugateSlope(double y);

    /// <summary>f*''(y).</summary>
    /// <param name="y">The slope.</param>
    public abstract double ConjugateCurvature(double y);

    /// <summary>The divergence of two distributions on the same points.</summary>
    /// <param name="mu">The probabilities of the first.</param>
    /// <param name="nu">The probabilities of the second.</param>
    /// <returns>At least 0; infinity where the divergence is.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public double Between(ReadOnlySpan<double> mu, ReadOnlySpan<double> nu)
    {
        Require.Length(mu.Length, nu.Length, nameof(mu));
        double sum = 0;
        for (int i = 0; i < mu.Length; i++)
        {
            if (nu[i] > 0)
                sum += nu[i] * Generator(mu[i] / nu[i]);
            else if (mu[i] > 0)
                sum += mu[i] * RecessionSlope;
        }

        return sum;
    }

    /// <summary>The tight conjugate inf_c {E_nu[f*(g - c)] + c}.</summary>
    /// <param name="critic">The critic's values, [n].</param>
    /// <param name="weights">The probabilities of nu, [n], which sum to 1; null for 1 / n each. A point of probability 0 still bounds c from below.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ArgumentException">They aren't vectors of one length.</exception>
    public Variable TightConjugate(Variable critic, Variable? weights = null)
    {
        Variable probabilities = Probabilities(critic, weights), shift = new ShiftOperation(this).Of(critic, probabilities);
        return Operations.Sum(probabilities * Conjugate(Supported(critic - shift, probabilities))) + shift;
    }

    /// <summary>The number c at which the tight conjugate takes its infimum; its derivative is that of the condition E_nu[f*'(g - c)] = 1.</summary>
    /// <param name="critic">The critic's values, [n].</param>
    /// <param name="weights">The probabilities of nu, [n]; null for 1 / n each.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ArgumentException">They aren't vectors of one length.</exception>
    public Variable Shift(Variable critic, Variable? weights = null) => new ShiftOperation(this).Of(critic, Probabilities(critic, weights));

    /// <summary>The tight bound E_mu[g] - inf_c {E_nu[f*(g - c)] + c}, to be maximized over critics.</summary>
    /// <param name="first">The critic's values at points of mu, [m].</param>
    /// <param name="second">The critic's values at points of nu, [n].</param>
    /// <param name="firstWeights">The probabilities of mu; null for 1 / m each.</param>
    /// <param name="secondWeights">The probabilities of nu; null for 1 / n each.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ArgumentException">Critic and probabilities aren't vectors of one length.</exception>
    public Variable Bound(Variable first, Variable second, Variable? firstWeights = null, Variable? secondWeights = null) =>
        Operations.Sum(Probabilities(first, firstWeights) * first) - TightConjugate(second, secondWeights);

    /// <summary>The classical bound E_mu[g] - E_nu[f*(g)] of X. Nguyen, M. J. Wainwright, M. I. Jordan (2010) and of f-GAN.</summary>
    /// <param name="first">The critic's values at points of mu, [m].</param>
    /// <param name="second">The critic's values at points of nu, [n], none above <see cref="RecessionSlope"/>.</param>
    /// <param name="firstWeights">The probabilities of mu; null for 1 / m each.</param>
    /// <param name="secondWeights">The probabilities of nu; null for 1 / n each.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ArgumentException">Critic and probabilities aren't vectors of one length.</exception>
    public Variable ClassicalBound(Variable first, Variable second, Variable? firstWeights = null, Variable? secondWeights = null) =>
        Operations.Sum(Probabilities(first, firstWeights) * first) - Operations.Sum(Probabilities(second, secondWeights) * Conjugate(second));

    private static Variable Probabilities(Variable critic, Variable? weights)
    {
        if (critic.Rank != 1 || critic.Shape[0] == 0)
            throw new ArgumentException($"A critic's values are a vector, not {critic.Shape}.", nameof(critic));
        if (weights is not { } given)
            return Operations.BroadcastTo(1.0 / critic.Shape[0], critic.Shape);
        return given.Shape == critic.Shape ? given : throw new ArgumentException($"{given.Shape} probabilities for {critic.Shape} values of a critic.", nameof(weights));
    }

    /// <summary>A point of probability 0 may lie where f* or its slope is infinite; it counts for nothing.</summary>
    private static Variable Supported(Variable y, Variable probabilities) => Operations.Select(probabilities > 0, y, 0);

    /// <summary>The minimum over c: where E_nu[f*'(g - c)] = 1, or the least c that is allowed if the slope stays below 1.</summary>
    private sealed record ShiftOperation(FDivergence Divergence) : CustomOperation
    {
        private const int MostSteps = 200;

        public override string Name => "shift";

        public override Shape ResultShape(IReadOnlyList<Shape> inputs) => Shape.Scalar;

        public override void Compute<T>(CustomArguments<T> arguments)
        {
            ReadOnlySpan<T> critic = arguments.Input(0), weights = arguments.Input(1);
            T most = critic[0], least = critic[0];
            foreach (T value in critic)
            {
                if (T.IsNaN(value))
                {
                    arguments.Result[0] = value;
                    return;
                }

                most = T.Max(most, value);
                least = T.Min(least, value);
            }

            // f*'(0) = 1, so that the answer lies between the least and the largest value; f* is finite from the edge on.
            T edge = most - T.CreateTruncating(Divergence.RecessionSlope);
            double low = double.CreateTruncating(T.Max(least, edge)), high = double.CreateTruncating(most);
            if (edge >= least && !(Excess(critic, weights, low).Value > 0))
            {
                arguments.Result[0] = edge;
                return;
            }

            double c = 0.5 * (low + high), last = high - low;
            for (int i = 0; i < MostSteps && low < high; i++)
            {
                (double excess, double slope) = Excess(critic, weights, c);
                double step = -excess / slope;
                if (excess == 0 || Math.Abs(step) <= 1e-16 * Math.Max(1, Math.Abs(c)))
                    break;
                if (excess > 0)
                    low = c;
                else
                    high = c;

                // Newton's step counts while it stays in the bracket and halves the last one; far away, where f*' is steep, halving the bracket is faster.
                bool isNewton = c + step > low && c + step < high && Math.Abs(step) <= 0.5 * last;
                double next = isNewton ? c + step : 0.5 * (low + high);
                last = isNewton ? Math.Abs(step) : high - low;
                if (next == c)
                    break;
                c = next;
            }

            arguments.Result[0] = T.CreateTruncating(c);
        }

        public override Variable? Derivative(IReadOnlyList<Variable> inputs, Variable result, Variable cotangent, int input)
        {
            Variable critic = inputs[0], weights = inputs[1], y = Supported(critic - result, weights);
            Variable slope = OptiCore.Differentiation.Derivative.Gradient(Operations.Sum(Divergence.Conjugate(y)), y);
            Variable curvature = OptiCore.Differentiation.Derivative.Gradient(Operations.Sum(slope), y);

            // From sum_i w_i f*'(g_i - c) = 1: dc = (sum_i w_i f*''(g_i - c) dg_i + f*'(g_i - c) dw_i) / sum_i w_i f*''(g_i - c); at the edge, c follows the largest g.
            Variable total = Operations.Sum(weights * curvature), divisor = Operations.Select(total > 0, total, 1);
            Variable inner = (input == 0 ? weights * curvature : slope) / divisor;
            if (double.IsInfinity(Divergence.RecessionSlope))
                return cotangent * inner;
            Variable largest = Operations.Max(critic), isEdge = Operations.EqualTo(result, largest - Divergence.RecessionSlope);
            Variable outer = input == 0 ? OptiCore.Differentiation.Derivative.Gradient(largest, critic) : Operations.BroadcastTo(0, critic.Shape);
            return cotangent * Operations.Select(isEdge, outer, inner);
        }

        /// <summary>E_nu[f*'(g - c)] - 1 and its derivative by c.</summary>
        private (double Value, double Slope) Excess<T>(ReadOnlySpan<T> critic, ReadOnlySpan<T> weights, double c) where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
        {
            double value = -1, slope = 0;
            for (int i = 0; i < critic.Length; i++)
            {
                double weight = double.CreateTruncating(weights[i]), y = double.CreateTruncating(critic[i]) - c;
                if (weight <= 0)
                    continue;
                value += weight * (y < Divergence.RecessionSlope ? Divergence.ConjugateSlope(y) : Divergence.SlopeAtEdge);
                slope -= weight * Divergence.ConjugateCurvature(y);
            }

            return (value, slope);
        }
    }

    /// <summary>The slope of f* at the end of its domain.</summary>
    private protected virtual double SlopeAtEdge => double.PositiveInfinity;
}
