namespace OptiCore.Bandits;

/// <summary>The distribution of exponential weights.</summary>
internal static class ExponentialWeights
{
    /// <summary>Writes (1 - mixing) exp(-rate loss_k) / sum_j exp(-rate loss_j) + mixing / K.</summary>
    /// <param name="losses">The losses, the smallest of which is 0.</param>
    /// <param name="rate">The learning rate.</param>
    /// <param name="mixing">The weight of the uniform distribution, in [0, 1].</param>
    /// <param name="probabilities">Receives the distribution.</param>
    public static void Write(ReadOnlySpan<double> losses, double rate, double mixing, Span<double> probabilities)
    {
        double total = 0;
        for (int arm = 0; arm < losses.Length; arm++)
            total += probabilities[arm] = Math.Exp(-rate * losses[arm]);
        double scale = (1 - mixing) / total, uniform = mixing / losses.Length;
        foreach (ref double p in probabilities)
            p = (p * scale) + uniform;
    }
}
