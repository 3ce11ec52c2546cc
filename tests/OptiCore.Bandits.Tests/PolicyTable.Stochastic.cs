namespace OptiCore.Bandits.Tests;

/// <summary>Policies for rewards that are independent draws.</summary>
public static partial class PolicyTable
{
    private static Dictionary<string, PolicyRow> Stochastic() => new()
    {
        ["Ucb1"] = new(new Ucb1()),
        ["UcbTuned"] = new(new UcbTuned()),
        ["Moss"] = new(new Moss { Horizon = 2000 }),
        ["KlUcb"] = new(new KlUcb()),
        ["KlUcb, c = 3"] = new(new KlUcb { C = 3 }),
        ["KlUcb, Gaussian"] = new(new KlUcb { Family = RewardFamily.Gaussian(0.5) }),
        ["KlUcb, Poisson"] = new(new KlUcb { Family = RewardFamily.Poisson }),
        ["UcbV"] = new(new UcbV { Zeta = 0.5, C = 0.5 }),
        ["AnytimeMoss"] = new(new AnytimeMoss()),
        ["KlUcbPlusPlus"] = new(new KlUcbPlusPlus { Horizon = 2000 }),
        ["KlUcbPlusPlus, Gaussian"] = new(new KlUcbPlusPlus { Horizon = 2000, Family = RewardFamily.Gaussian(0.5) }),
        ["Imed"] = new(new Imed()),
        ["Imed, Gaussian"] = new(new Imed { Family = RewardFamily.Gaussian(0.5) }),
        ["BayesUcb"] = new(new BayesUcb()),
        ["BayesUcb, c = 1"] = new(new BayesUcb { C = 1, Alpha = 0.5, Beta = 0.5 }),
        ["TruncatedMeanUcb"] = new(new TruncatedMeanUcb { MomentBound = 4, Alpha = 0.08 }),
        ["TruncatedMeanUcb, moment 1.5"] = new(new TruncatedMeanUcb { MomentBound = 4, MomentExcess = 0.5, Alpha = 0.05 }),
        ["MedianOfMeansUcb"] = new(new MedianOfMeansUcb { Horizon = 2000, CentralMomentBound = 0.25, Alpha = 0.05 }),
        ["ExploreThenCommit"] = new(new ExploreThenCommit { PlaysPerArm = 40 }),
        ["Softmax"] = new(new Softmax { Temperature = 0.2 }, IsRandomised: true, Growth.Linear, RegretPerRound: SoftmaxLoss(0.2)),
        ["Softmax, cooling"] = new(new Softmax { Temperature = 1, Power = 0.5 }, IsRandomised: true),
        ["BoltzmannGumbel"] = new(new BoltzmannGumbel(), IsRandomised: true),
        ["EpsilonGreedy"] = new(new EpsilonGreedy(), IsRandomised: true, Growth.Linear, RegretPerRound: 0.1 * (0.3 + 0.5) / 3),
        ["EpsilonGreedy, decaying"] = new(new EpsilonGreedy { Epsilon = 1, Decay = 30 }, IsRandomised: true),
        ["ThompsonSampling"] = new(new ThompsonSampling(), IsRandomised: true),
        ["ThompsonSampling, Jeffreys"] = new(new ThompsonSampling { Alpha = 0.5, Beta = 0.5 }, IsRandomised: true),
        ["GaussianThompsonSampling"] = new(new GaussianThompsonSampling { RewardStandardDeviation = 0.5 }, IsRandomised: true),
        ["NormalGammaThompsonSampling"] = new(new NormalGammaThompsonSampling { PriorRate = 0.25 }, IsRandomised: true),
        ["GammaPoissonThompsonSampling"] = new(new GammaPoissonThompsonSampling(), IsRandomised: true),
        ["TopTwoThompsonSampling"] = new(new TopTwoThompsonSampling { Share = 0.95 }, IsRandomised: true, Growth.Linear, RegretPerRound: TopTwoLoss(0.95)),
        ["MultinomialThompsonSampling"] = new(new MultinomialThompsonSampling { Steps = 2 }, IsRandomised: true),
        ["MultinomialThompsonSampling, two points"] = new(new MultinomialThompsonSampling { Steps = 1, Prior = 0.5 }, IsRandomised: true),
        ["NonParametricThompsonSampling"] = new(new NonParametricThompsonSampling(), IsRandomised: true, ProbabilityDraws: NonParametricThompsonSampling.ProbabilityDraws),
        ["InformationDirectedSampling"] = new(new InformationDirectedSampling { GridPoints = 100 }, IsRandomised: true),
        ["InformationDirectedSampling, variance"] = new(new InformationDirectedSampling { GridPoints = 100, Gain = InformationGain.Variance }, IsRandomised: true),
        ["PerturbedHistory"] = new(new PerturbedHistory(), IsRandomised: true),
    };

    /// <summary>The mean gap of a softmax choice at the true means of the laws' instance.</summary>
    private static double SoftmaxLoss(double temperature)
    {
        double second = Math.Exp(-0.3 / temperature), third = Math.Exp(-0.5 / temperature);
        return ((0.3 * second) + (0.5 * third)) / (1 + second + third);
    }

    /// <summary>The mean gap of the plays that make both arms of the laws' instance equally hard to confuse with the best one, which has a given share.</summary>
    private static double TopTwoLoss(double share)
    {
        double low = 0, high = 1 - share;
        for (int i = 0; i < 60; i++)
        {
            double second = 0.5 * (low + high);
            if (Cost(second, 0.6) < Cost(1 - share - second, 0.4))
                low = second;
            else
                high = second;
        }

        return (0.3 * low) + (0.5 * (1 - share - low));

        double Cost(double plays, double mean)
        {
            double joint = ((share * 0.9) + (plays * mean)) / (share + plays);
            return (share * RewardFamily.Bernoulli.Divergence(0.9, joint)) + (plays * RewardFamily.Bernoulli.Divergence(mean, joint));
        }
    }
}
