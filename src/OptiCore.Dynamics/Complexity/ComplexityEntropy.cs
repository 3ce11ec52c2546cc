namespace OptiCore.Dynamics;

/// <summary>A place in the plane of entropy and complexity.</summary>
/// <param name="Entropy">The normalized entropy H from 0, one pattern only, to 1, all equally often.</param>
/// <param name="Complexity">The complexity C: 0 at both ends, large where many patterns occur and some never.</param>
public readonly record struct ComplexityPoint(double Entropy, double Complexity);

/// <summary>
/// The plane of normalized Shannon entropy H = S(p) / log N and Jensen-Shannon complexity C = Q H (S((p + u) / 2) - S(p) / 2 - S(u) / 2) of distributions p over N outcomes, with u the uniform one and Q
/// such that the divergence's largest value is 1. Regular series lie at the left, noise at the lower right, chaos in the middle near the upper border.
/// </summary>
/// <remarks>
/// For given H the complexity lies between two curves: the least where one outcome is more probable than the equal others, the largest where some outcomes are impossible, one is less probable and the others
/// are equal. M. T. Martin, A. Plastino, O. A. Rosso (2006), Generalized statistical complexity measures: geometrical and analytical properties.
/// </remarks>
[Algorithm("Jensen-Shannon complexity", "Complexity", "O. A. Rosso, H. A. Larrondo, M. T. Martin, A. Plastino, M. A. Fuentes (2007), Distinguishing noise from chaos")]
public static class ComplexityEntropy
{
    /// <summary>The place of a distribution.</summary>
    /// <param name="weights">Counts or probabilities of the N outcomes, at least 0; they need not add up to 1.</param>
    /// <exception cref="ArgumentException">There are fewer than two outcomes, a weight is negative or not finite, or all are 0.</exception>
    public static ComplexityPoint Of(ReadOnlySpan<double> weights)
    {
        int n = RequireOutcomes(weights.Length);
        double total = 0;
        for (int i = 0; i < n; i++)
        {
            if (!(weights[i] >= 0) || !double.IsFinite(weights[i]))
                throw new ArgumentException(FormattableString.Invariant($"weights[{i}] is {weights[i]} but must be at least 0 and finite."), nameof(weights));
            total += weights[i];
        }

        if (total == 0)
            throw new ArgumentException("All weights are 0; there must be an outcome.", nameof(weights));
        double entropy = 0, mixed = 0;
        for (int i = 0; i < n; i++)
        {
            double p = weights[i] / total;
            entropy += Term(p);
            mixed += Term(0.5 * (p + (1.0 / n)));
        }

        return Place(entropy, mixed, n);
    }

    /// <summary>The least complexity of a distribution with given entropy.</summary>
    /// <param name="entropy">The normalized entropy H, in [0, 1].</param>
    /// <param name="outcomes">The number N of outcomes, at least 2: d! for ordinal patterns of order d.</param>
    public static double Minimum(double entropy, int outcomes)
    {
        Require.InClosed(entropy, 0, 1, nameof(entropy));
        RequireOutcomes(outcomes);

        // From the certain outcome, p = 1, to the uniform distribution, p = 1 / N, the entropy rises.
        return Solve(entropy, 0, outcomes, 1, 1.0 / outcomes);
    }

    /// <summary>The largest complexity of a distribution with given entropy.</summary>
    /// <param name="entropy">The normalized entropy H, in [0, 1].</param>
    /// <param name="outcomes">The number N of outcomes, at least 2: d! for ordinal patterns of order d.</param>
    public static double Maximum(double entropy, int outcomes)
    {
        Require.InClosed(entropy, 0, 1, nameof(entropy));
        RequireOutcomes(outcomes);

        // k equal outcomes have the entropy log k: between k and k + 1 of them lies one that is less probable.
        int k = Math.Clamp((int)Math.Floor(Math.Exp(entropy * Math.Log(outcomes))), 1, outcomes - 1);
        return Solve(entropy, outcomes - k - 1, outcomes, 0, 1.0 / (k + 1));
    }

    /// <summary>The complexity at an entropy on the curve of one outcome of probability p, some of probability 0 and the others equal; the entropy rises from p = first to p = last.</summary>
    private static double Solve(double entropy, int zeros, int n, double first, double last)
    {
        for (int i = 0; i < 200 && first != last; i++)
        {
            double middle = 0.5 * (first + last);
            if (middle == first || middle == last)
                break;
            if (OnCurve(middle, zeros, n).Entropy < entropy)
                first = middle;
            else
                last = middle;
        }

        return OnCurve(last, zeros, n).Complexity;
    }

    private static ComplexityPoint OnCurve(double p, int zeros, int n)
    {
        double others = n - zeros - 1, q = (1 - p) / others, u = 1.0 / n;
        double entropy = Term(p) + (others * Term(q));
        double mixed = Term(0.5 * (p + u)) + (others * Term(0.5 * (q + u))) + (zeros * Term(0.5 * u));
        return Place(entropy, mixed, n);
    }

    private static ComplexityPoint Place(double entropy, double mixed, int n)
    {
        double largest = Math.Log(n), h = Math.Clamp(entropy / largest, 0, 1);

        // The divergence of the certain outcome from the uniform distribution, the largest there is.
        double most = -0.5 * (((n + 1.0) / n * Math.Log(n + 1.0)) - (2 * Math.Log(2.0 * n)) + largest);
        double divergence = Math.Max(0, mixed - (0.5 * entropy) - (0.5 * largest));
        return new ComplexityPoint(h, h * divergence / most);
    }

    private static double Term(double p) => p > 0 ? -p * Math.Log(p) : 0;

    private static int RequireOutcomes(int n) => n >= 2
        ? n
        : throw new ArgumentException(FormattableString.Invariant($"There are {n} outcomes; there must be at least 2."), nameof(n));
}
