namespace OptiCore.Bandits;

/// <summary>
/// How an oracle that knows the means would divide its rewards: the weights w that maximise min over arms a that aren't best of
/// w_b kl(mu_b, m_a) + w_a kl(mu_a, m_a), m_a = (w_b mu_b + w_a mu_a) / (w_b + w_a). The maximum is 1 / T*(mu), and every method that is wrong with a probability of at most delta takes at least
/// T*(mu) kl(delta, 1 - delta) rewards on average.
/// </summary>
/// <remarks>
/// A. Garivier, E. Kaufmann (2016), "Optimal best arm identification with fixed confidence", COLT, theorem 5: with x_a = w_a / w_b all g_a(x_a) = kl(mu_b, m) + x_a kl(mu_a, m) equal one y, and
/// F(y) = sum kl(mu_b, m_a) / kl(mu_a, m_a) = 1. The inner equations are concave, Newton's iteration rises to their roots; the outer one is solved in (F - 1) / (F + 1) by false position (Illinois).
/// F is met to 1e-13; about 10 K inner solutions, no allocation.
/// </remarks>
public static class OptimalAllocation
{
    /// <summary>Writes the weights and returns T*(mu).</summary>
    /// <param name="family">The family of rewards.</param>
    /// <param name="means">The means of the arms, at least two, inside the family's open range of means or equal to those of arms that are certain.</param>
    /// <param name="weights">Receives the weights, which sum to 1. Where several arms are best, they share alike and T* is infinite.</param>
    /// <returns>The characteristic time T*(mu).</returns>
    /// <exception cref="ArgumentException">There are fewer than two means, one isn't finite, or the lengths differ.</exception>
    public static double Solve(RewardFamily family, ReadOnlySpan<double> means, Span<double> weights)
    {
        ArgumentNullException.ThrowIfNull(family);
        if (means.Length < 2)
            throw new ArgumentException($"means has {means.Length} numbers; at least two arms are needed.", nameof(means));
        Require.AllFinite(means, nameof(means));
        Require.Length(weights.Length, means.Length, nameof(weights));
        return family.Accept<Solver, Function>(default).Invoke(means, weights);
    }

    /// <summary>The least expected number of rewards of any method that is wrong with a probability of at most delta: T*(mu) kl(delta, 1 - delta).</summary>
    /// <param name="characteristicTime">T*(mu).</param>
    /// <param name="errorProbability">The probability delta, in (0, 1/2).</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public static double LowerBound(double characteristicTime, double errorProbability)
    {
        Require.NonNegative(characteristicTime, nameof(characteristicTime));
        Require.InOpen(errorProbability, 0, 0.5, nameof(errorProbability));
        return characteristicTime * (1 - (2 * errorProbability)) * Math.Log((1 - errorProbability) / errorProbability);
    }

    /// <summary>Writes the weights; returns T*(mu).</summary>
    internal static double Solve<TDivergence>(TDivergence divergence, ReadOnlySpan<double> means, Span<double> weights) where TDivergence : struct, IDivergence
    {
        int best = 0, ties = 1;
        for (int arm = 1; arm < means.Length; arm++)
        {
            ties = means[arm] > means[best] ? 1 : ties + (means[arm] == means[best] ? 1 : 0);
            if (means[arm] > means[best])
                best = arm;
        }

        double limit = double.PositiveInfinity;
        for (int arm = 0; arm < means.Length; arm++)
        {
            if (means[arm] < means[best])
                limit = Math.Min(limit, divergence.Between(means[best], means[arm]));
        }

        // Means that differ by rounding alone have a divergence of zero.
        if (ties > 1 || limit <= 0)
        {
            for (int arm = 0; arm < means.Length; arm++)
                weights[arm] = ties > 1 ? (means[arm] == means[best] ? 1.0 / ties : 0) : 1.0 / means.Length;
            return double.PositiveInfinity;
        }

        // Where an arm's mean is impossible for the best (0 against more), the limit is infinite: any y is reached, a doubling bracket finds where F exceeds 1.
        double low = 0, high, fLow = -1, fHigh = 1, y = 0, before = -1;
        if (double.IsFinite(limit))
        {
            high = limit;
        }
        else
        {
            high = 1;
            while ((fHigh = Excess(divergence, means, best, high, weights)) < 0 && high < 1e300)
                high *= 2;
        }

        int side = 0;
        for (int i = 0; i < 200 && high - low > 4e-16 * high; i++)
        {
            y = ((low * fHigh) - (high * fLow)) / (fHigh - fLow);
            if (!(y > low && y < high))
                y = 0.5 * (low + high);
            double f = Excess(divergence, means, best, y, weights);
            double change = Math.Abs(y - before);
            before = y;
            if (Math.Abs(f) < 1e-13 || change <= 1e-15 * y)
                break;
            if (f < 0)
            {
                low = y;
                fLow = f;
                fHigh *= side < 0 ? 0.5 : 1;
                side = -1;
            }
            else
            {
                high = y;
                fHigh = f;
                fLow *= side > 0 ? 0.5 : 1;
                side = 1;
            }
        }

        double sum = 0;
        foreach (double x in weights)
            sum += x;
        for (int arm = 0; arm < weights.Length; arm++)
            weights[arm] /= sum;
        return sum / y;
    }

    /// <summary>The pair's part of the likelihood ratio, n_b kl(mu_b, m) + n_a kl(mu_a, m), m being the mean of both.</summary>
    internal static double Transport<TDivergence>(TDivergence divergence, double meanA, double countA, double meanB, double countB) where TDivergence : struct, IDivergence
    {
        double middle = ((countA * meanA) + (countB * meanB)) / (countA + countB);
        return middle == meanA || middle == meanB ? 0 : (countA * divergence.Between(meanA, middle)) + (countB * divergence.Between(meanB, middle));
    }

    /// <summary>(F - 1) / (F + 1) at y; leaves the x_a in the weights.</summary>
    private static double Excess<TDivergence>(TDivergence divergence, ReadOnlySpan<double> means, int best, double y, Span<double> ratios) where TDivergence : struct, IDivergence
    {
        double total = 0;
        ratios[best] = 1;
        for (int arm = 0; arm < means.Length; arm++)
        {
            if (arm == best)
                continue;
            double slope = divergence.Between(means[arm], means[best]), own = 0, others = 0, x;
            if (double.IsFinite(slope))
            {
                x = y / slope;
            }
            else
            {
                // The best arm's mean is impossible for this one (1 for less): the iteration can't begin at 0, but anywhere below the root.
                for (x = 1; x > 1e-300; x *= 0.25)
                {
                    double middle = means[best] + (x * (means[arm] - means[best]) / (1 + x));
                    if (divergence.Between(means[best], middle) + (x * divergence.Between(means[arm], middle)) < y)
                        break;
                }
            }

            for (int i = 0; i < 200; i++)
            {
                double middle = means[best] + (x * (means[arm] - means[best]) / (1 + x));
                own = divergence.Between(means[arm], middle);
                others = divergence.Between(means[best], middle);
                double missing = y - others - (x * own);
                double next = x + (missing / own);
                if (!(next > x * (1 + 1e-14)) || !double.IsFinite(next))
                    break;
                x = next;
            }

            ratios[arm] = x;
            total += others / own;
        }

        return double.IsFinite(total) ? (total - 1) / (total + 1) : 1;
    }

    private delegate double Function(ReadOnlySpan<double> means, Span<double> weights);

    private readonly struct Solver : IDivergenceVisitor<Function>
    {
        public Function Visit<TDivergence>(TDivergence divergence) where TDivergence : struct, IDivergence => (means, weights) => Solve(divergence, means, weights);
    }
}
