namespace OptiCore.RL;

/// <summary>What an adversarial imitator earns where the discriminator's probability of a demonstration is D.</summary>
public enum AdversarialReward
{
    /// <summary>-log(1 - D): positive, so that a longer episode earns more. For tasks whose failures end episodes; the default of off-policy adversarial imitation.</summary>
    NonNegative,

    /// <summary>log D - log(1 - D): either sign, without a preference for long or short episodes (J. Fu, K. Luo, S. Levine (2018), "Learning robust rewards with adversarial inverse reinforcement learning").</summary>
    LogOdds,

    /// <summary>log D: negative, so that an episode that ends sooner earns more. For tasks whose goals end episodes.</summary>
    NonPositive,
}

/// <summary>Where the slope of a discriminator is penalised.</summary>
public enum PenaltyPoints
{
    /// <summary>On lines between a demonstrated and a replayed pair, u z_e + (1 - u) z_r with u uniform over [0, 1] (I. Gulrajani, F. Ahmed, M. Arjovsky, V. Dumoulin, A. Courville (2017), "Improved training of Wasserstein GANs").</summary>
    Interpolated,

    /// <summary>Around demonstrated pairs, z_e + normal noise (N. Kodali, J. Abernethy, J. Hays, Z. Kira (2017), "On convergence and stability of GANs").</summary>
    AroundDemonstrations,

    /// <summary>Around replayed pairs, z_r + normal noise: where rewards will be asked for.</summary>
    AroundReplayed,
}
