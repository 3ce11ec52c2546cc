namespace OptiCore.Samplers;

/// <summary>
/// Pareto-smoothed importance sampling: the largest importance weights are replaced by the expected order statistics of a generalised Pareto
/// distribution fitted to them, whose shape k says whether the weights can be trusted: below 0.5 well, up to 0.7 usefully, beyond not.
/// </summary>
/// <remarks>
/// Vehtari, Simpson, Gelman, Yao, Gabry (2024), Pareto smoothed importance sampling; the fit is by Zhang, Stephens (2009), A new and efficient estimation
/// method for the generalized Pareto distribution, with a weak prior on k.
/// </remarks>
public static class ParetoSmoothing
{
    private const int LeastTail = 5;

    /// <summary>Smooths log weights and normalises them, so that their exponentials sum to 1.</summary>
    /// <param name="logRatios">The logarithms of the importance ratios, target over proposal.</param>
    /// <param name="logWeights">Receives the smoothed and normalised logarithms; may be the same span.</param>
    /// <param name="relativeEfficiency">The effective sample size of the draws divided by their number; 1 for independent draws.</param>
    /// <returns>The shape k; infinity where the tail has too few draws to fit.</returns>
    public static double Smooth(ReadOnlySpan<double> logRatios, Span<double> logWeights, double relativeEfficiency = 1)
    {
        int count = Require.Positive(logRatios.Length, nameof(logRatios));
        Require.Length(logWeights.Length, count, nameof(logWeights));
        Require.AllFinite(logRatios, nameof(logRatios));
        Require.Positive(relativeEfficiency, nameof(relativeEfficiency));
        double largest = double.NegativeInfinity;
        foreach (double v in logRatios)
            largest = Math.Max(largest, v);
        double[] sorted = new double[count];
        int[] order = new int[count];
        for (int i = 0; i < count; i++)
        {
            sorted[i] = logWeights[i] = logRatios[i] - largest;
            order[i] = i;
        }

        Array.Sort(sorted, order);
        int wanted = (int)Math.Ceiling(Math.Min(count / 5.0, 3 * Math.Sqrt(count / relativeEfficiency)));
        double cutoff = Math.Max(sorted[Math.Max(0, count - 1 - wanted)], Math.Log(2.2250738585072014e-308));
        int begin = count;
        while (begin > 0 && sorted[begin - 1] > cutoff)
            begin--;
        double k = double.PositiveInfinity;
        if (count - begin >= LeastTail)
        {
            double[] tail = new double[count - begin];
            for (int i = 0; i < tail.Length; i++)
                tail[i] = Math.Exp(sorted[begin + i]) - Math.Exp(cutoff);
            (k, double sigma) = FitGeneralizedPareto(tail);
            if (double.IsFinite(k))
            {
                for (int i = 0; i < tail.Length; i++)
                {
                    double p = (i + 0.5) / tail.Length;
                    double excess = Math.Abs(k) < double.Epsilon ? -Math.Log(1 - p) * sigma : sigma * (Math.Exp(-k * LogOnePlus(-p)) - 1) / k;
                    logWeights[order[begin + i]] = Math.Min(0, Math.Log(excess + Math.Exp(cutoff)));
                }
            }
        }

        double sum = 0;
        foreach (double v in logWeights)
            sum += Math.Exp(v);
        double normaliser = Math.Log(sum);
        for (int i = 0; i < count; i++)
            logWeights[i] -= normaliser;
        return k;
    }

    /// <summary>The posterior mean of the shape and the scale of ascending positive excesses.</summary>
    private static (double K, double Sigma) FitGeneralizedPareto(ReadOnlySpan<double> excesses)
    {
        // Zhang and Stephens (2009): a grid of m points for b = k / sigma, with a data-based prior of scale 3, and m growing with the sample.
        const double PriorScale = 3;

        // The weak prior of Vehtari et al.: as much as ten observations at k = 0.5.
        const double PriorCount = 10, PriorShape = 0.5;

        int n = excesses.Length;
        int m = 30 + (int)Math.Sqrt(n);
        double quartile = excesses[(int)((n / 4.0) + 0.5) - 1];
        double[] b = new double[m];
        double[] logLikelihood = new double[m];
        for (int j = 0; j < m; j++)
        {
            b[j] = (1 / excesses[^1]) + ((1 - Math.Sqrt(m / (j + 0.5))) / (PriorScale * quartile));
            double shape = MeanLog(b[j], excesses);
            logLikelihood[j] = n * (Math.Log(-b[j] / shape) - shape - 1);
        }

        double total = 0, mean = 0;
        for (int j = 0; j < m; j++)
        {
            double inverse = 0;
            for (int i = 0; i < m; i++)
                inverse += Math.Exp(logLikelihood[i] - logLikelihood[j]);

            // Points that carry no weight in double precision are left out.
            double weight = 1 / inverse;
            if (!(weight >= 10 * 2.220446049250313e-16))
                continue;
            total += weight;
            mean += weight * b[j];
        }

        double best = mean / total;
        double k = MeanLog(best, excesses);
        double sigma = -k / best;
        return (((n * k) + (PriorCount * PriorShape)) / (n + PriorCount), sigma);
    }

    private static double MeanLog(double b, ReadOnlySpan<double> excesses)
    {
        double sum = 0;
        foreach (double x in excesses)
            sum += LogOnePlus(-b * x);
        return sum / excesses.Length;
    }

    /// <summary>log(1 + x) without loss for small x (Kahan's correction of the rounding of 1 + x).</summary>
    private static double LogOnePlus(double x)
    {
        double u = 1 + x;
        return u == 1 ? x : Math.Log(u) * (x / (u - 1));
    }
}
