namespace OptiCore.Optimizers;

/// <summary>Which vectors make a donor in differential evolution. r are different random members, b is the best, x the target.</summary>
public enum DifferentialStrategy
{
    /// <summary>rand/1: r0 + F (r1 - r2). Robust.</summary>
    Rand1,

    /// <summary>best/1: b + F (r0 - r1). Fast where there is one minimum.</summary>
    Best1,

    /// <summary>current-to-best/1: x + F (b - x) + F (r0 - r1).</summary>
    CurrentToBest1,

    /// <summary>rand/2: r0 + F (r1 - r2) + F (r3 - r4).</summary>
    Rand2,

    /// <summary>best/2: b + F (r0 - r1) + F (r2 - r3).</summary>
    Best2,

    /// <summary>current-to-rand/1: x + K (r0 - x) + F (r1 - r2), K uniform in [0, 1], without crossover: unchanged by rotations.</summary>
    CurrentToRand1,
}

/// <summary>How a donor and its target are mixed.</summary>
public enum DifferentialCrossover
{
    /// <summary>Each variable with probability CR, and one in any case.</summary>
    Binomial,

    /// <summary>A run of neighbouring variables, whose length is geometric with CR.</summary>
    Exponential,
}
