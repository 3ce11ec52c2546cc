using System.Globalization;

namespace OptiCore.Bandits;

/// <summary>How hard it is to find the best of arms with normal rewards: the complexity H = s^2 sum over arms that aren't best of 1 / gap^2, and the instances up to a complexity.</summary>
/// <remarks>J.-Y. Audibert, S. Bubeck, R. Munos (2010), "Best arm identification in multi-armed bandits" (H1). Up to a factor of 4 it is the characteristic time of <see cref="OptimalAllocation"/>.</remarks>
public static class InstanceComplexity
{
    private const double Widest = 6;

    /// <summary>The complexity of an instance; infinity where several arms are best.</summary>
    /// <param name="means">The means, at least two.</param>
    /// <param name="noiseScale">The standard deviation s of a reward.</param>
    /// <exception cref="ArgumentException">There are fewer than two means.</exception>
    public static double Of(ReadOnlySpan<double> means, double noiseScale)
    {
        int best = Best(means);
        double sum = 0;
        for (int arm = 0; arm < means.Length; arm++)
        {
            double gap = means[best] - means[arm];
            sum += arm == best ? 0 : 1 / (gap * gap);
        }

        return noiseScale * noiseScale * sum;
    }

    /// <summary>
    /// Makes an instance at most so complex, with the same best arm: gaps below s / sqrt(r), which no instance of the class has, are raised to that, and if that isn't enough, all gaps are multiplied by one factor. Gaps beyond 6 s, which are
    /// as good as certain, are lowered to that.
    /// </summary>
    /// <param name="means">The means, at least two; replaced, with the best at 0.</param>
    /// <param name="noiseScale">The standard deviation s of a reward.</param>
    /// <param name="complexity">The largest complexity r, at least (K - 1) / 36.</param>
    /// <exception cref="ArgumentException">There are fewer than two means.</exception>
    /// <exception cref="ArgumentOutOfRangeException">No instance with gaps up to 6 s is so easy.</exception>
    public static void Project(Span<double> means, double noiseScale, double complexity)
    {
        int best = Best(means);
        if (!(complexity >= (means.Length - 1) / (Widest * Widest)))
            throw new ArgumentOutOfRangeException(nameof(complexity), complexity, string.Create(CultureInfo.InvariantCulture, $"complexity is {complexity} but must be at least {(means.Length - 1) / (Widest * Widest)} for {means.Length} arms."));
        double top = means[best], closest = noiseScale / Math.Sqrt(complexity), least = 1, most = Math.Max(1, Widest * Math.Sqrt(complexity));
        for (int arm = 0; arm < means.Length; arm++)
            means[arm] = arm == best ? 0 : Math.Min(means[arm] - top, -closest);
        if (Stretched(means, best, noiseScale, 1) <= complexity)
            most = 1;
        for (int i = 0; i < 60 && most > least; i++)
        {
            double factor = 0.5 * (least + most);
            if (Stretched(means, best, noiseScale, factor) <= complexity)
                most = factor;
            else
                least = factor;
        }

        for (int arm = 0; arm < means.Length; arm++)
            means[arm] = arm == best ? 0 : Math.Max(means[arm] * most, -Widest * noiseScale);
    }

    /// <summary>The complexity with gaps multiplied by a factor, up to the widest.</summary>
    private static double Stretched(ReadOnlySpan<double> means, int best, double noiseScale, double factor)
    {
        double sum = 0;
        for (int arm = 0; arm < means.Length; arm++)
        {
            double gap = Math.Min(-means[arm] * factor / noiseScale, Widest);
            sum += arm == best ? 0 : 1 / (gap * gap);
        }

        return sum;
    }

    private static int Best(ReadOnlySpan<double> means)
    {
        if (means.Length < 2)
            throw new ArgumentException($"means has {means.Length} numbers; at least two arms are needed.", nameof(means));
        int best = 0;
        for (int arm = 1; arm < means.Length; arm++)
            best = means[arm] > means[best] ? arm : best;
        return best;
    }
}
