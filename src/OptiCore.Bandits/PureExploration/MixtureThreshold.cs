namespace OptiCore.Bandits;

/// <summary>
/// Thresholds that a log-likelihood ratio of a one-parameter exponential family exceeds at any time with a probability of at most delta.
/// </summary>
/// <remarks>
/// E. Kaufmann, W. M. Koolen (2021), "Mixture martingales revisited with applications to sequential tests and confidence intervals", JMLR 22, theorem 7: with probability at least 1 - delta, for all times,
/// the sum over s arms of n_k kl(mean_k, mu_k) - 3 ln(1 + ln n_k) stays below s J(ln(1 / delta) / s).
/// </remarks>
internal static class MixtureThreshold
{
    // 2 zeta(2) = pi^2 / 3.
    private static readonly double LogTwoZeta = Math.Log(Math.PI * Math.PI / 3);

    /// <summary>
    /// J(x) = 2 H((h^-1(1 + x) + ln(2 zeta(2))) / 2) with h(u) = u - ln u and H(x) = exp(1 / h^-1(x)) h^-1(x), or its tangent 3/2 (x - ln ln(3/2)) where x &lt; h(1 / ln(3/2)).
    /// Within a tenth of x + 4 ln(1 + x + sqrt(2 x)) for x of at least 5.
    /// </summary>
    public static double J(double x)
    {
        double y = 0.5 * (InverseOfH(1 + x) + LogTwoZeta);
        double corner = 1 / Math.Log(1.5);
        if (y < corner - Math.Log(corner))
            return 3 * (y - Math.Log(Math.Log(1.5)));
        double u = InverseOfH(y);
        return 2 * Math.Exp(1 / u) * u;
    }

    /// <summary>The threshold of two arms' ratio against all K - 1 challengers of the best arm, after n_a and n_b plays.</summary>
    public static double BestArm(double countA, double countB, int arms, double delta) =>
        (2 * J(0.5 * Math.Log((arms - 1) / delta))) + (3 * Math.Log(1 + Math.Log(countA))) + (3 * Math.Log(1 + Math.Log(countB)));

    /// <summary>The threshold of the test of a change within n rewards.</summary>
    public static double Change(double count, double delta) =>
        (2 * J(0.5 * Math.Log(3 * count * Math.Sqrt(count) / delta))) + (6 * Math.Log(1 + Math.Log(count)));

    /// <summary>The u of at least 1 with u - ln u = x, x at least 1: Newton's iteration from above, where the function is convex and increasing.</summary>
    public static double InverseOfH(double x)
    {
        // u - ln u >= 1 + (u - 1)^2 / (2 u) bounds the root from above.
        double excess = x - 1;
        double u = 1 + excess + Math.Sqrt(excess * (excess + 2));
        for (int i = 0; i < 64; i++)
        {
            double next = u - ((u - Math.Log(u) - x) * u / (u - 1));
            if (!(next < u) || next <= 1)
                break;
            u = next;
        }

        return u;
    }
}
