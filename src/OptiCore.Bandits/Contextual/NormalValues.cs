using OptiCore.Distributions;

namespace OptiCore.Bandits;

/// <summary>Independent normal values of arms, and the probability of each to be the largest.</summary>
/// <param name="laws">Workspace.</param>
/// <param name="scratch">Workspace, <see cref="BestArm.Scratch"/> an arm.</param>
/// <param name="deviations">The standard deviations, which the caller writes.</param>
internal readonly struct NormalValues(ArmArray<Normal> laws, ArmArray<double> scratch, ArmArray<double> deviations)
{
    /// <summary>The standard deviation of each arm's value.</summary>
    public Span<double> Deviations => deviations.Span;

    /// <summary>Replaces the means by the probabilities. A value without deviation counts as one of 1e-9 of the largest deviation; where none has any, the first of the largest means is certain.</summary>
    public void Probabilities(Span<double> means)
    {
        int best = 0;
        double widest = 0;
        for (int arm = 0; arm < means.Length; arm++)
        {
            widest = Math.Max(widest, deviations[arm]);
            if (means[arm] > means[best])
                best = arm;
        }

        if (widest == 0)
        {
            means.Clear();
            means[best] = 1;
            return;
        }

        for (int arm = 0; arm < means.Length; arm++)
            laws[arm] = new Normal(means[arm], Math.Max(deviations[arm], 1e-9 * widest));
        BestArm.Probabilities<Normal>(laws.Span, scratch.Span, means);
    }
}
