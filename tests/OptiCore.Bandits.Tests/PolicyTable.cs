namespace OptiCore.Bandits.Tests;

/// <summary>How the regret of a policy grows.</summary>
public enum Growth
{
    /// <summary>Slower than the square root of time, once the gaps are resolved.</summary>
    Sublinear,

    /// <summary>By a constant a round.</summary>
    Linear,
}

/// <summary>One policy under the laws that hold for every policy.</summary>
/// <param name="Policy">The configured policy.</param>
/// <param name="IsRandomised">Whether choices depend on the key.</param>
/// <param name="Growth">How its regret grows on Bernoulli instances.</param>
public sealed record PolicyRow(IBanditPolicy Policy, bool IsRandomised = false, Growth Growth = Growth.Sublinear);

/// <summary>The conformance table: every policy of the package has at least one row; the laws need no further code.</summary>
public static class PolicyTable
{
    public static IReadOnlyDictionary<string, PolicyRow> Rows { get; } = new Dictionary<string, PolicyRow>
    {
        ["Ucb1"] = new(new Ucb1()),
        ["UcbTuned"] = new(new UcbTuned()),
        ["Moss"] = new(new Moss { Horizon = 2000 }),
        ["KlUcb"] = new(new KlUcb()),
        ["KlUcb, c = 3"] = new(new KlUcb { C = 3 }),
        ["KlUcb, Gaussian"] = new(new KlUcb { Family = RewardFamily.Gaussian(0.5) }),
        ["KlUcb, Poisson"] = new(new KlUcb { Family = RewardFamily.Poisson }),
        ["EpsilonGreedy"] = new(new EpsilonGreedy(), IsRandomised: true, Growth.Linear),
        ["EpsilonGreedy, decaying"] = new(new EpsilonGreedy { Epsilon = 1, Decay = 30 }, IsRandomised: true),
        ["ThompsonSampling"] = new(new ThompsonSampling(), IsRandomised: true),
        ["ThompsonSampling, Jeffreys"] = new(new ThompsonSampling { Alpha = 0.5, Beta = 0.5 }, IsRandomised: true),
        ["GaussianThompsonSampling"] = new(new GaussianThompsonSampling { RewardStandardDeviation = 0.5 }, IsRandomised: true),
        ["NormalGammaThompsonSampling"] = new(new NormalGammaThompsonSampling { PriorRate = 0.25 }, IsRandomised: true),
    };

    public static TheoryData<string> Names => [.. Rows.Keys];
}
