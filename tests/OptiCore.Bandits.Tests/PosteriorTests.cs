using System.Text.Json;
using OptiCore.Randomness;
using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests;

/// <summary>
/// Draws and choices of posterior sampling against known distributions. Shares are within 4.5 standard errors of their probabilities (7e-6 each);
/// keys are fixed.
/// </summary>
public class PosteriorTests
{
    private const double Sigmas = 4.5;

    [Theory]
    [InlineData("men")]
    [InlineData("women")]
    public void ChoicesHaveTheProbabilitiesOfTheOpenBanditReference(string campaign)
    {
        // The probability that an item comes first when each value is drawn from its Beta is the probability that it is chosen. The reference
        // counts a million simulations; the error of an entry is at most 0.0005.
        JsonElement reference = Reference.Json("open-bandit/reference-estimates.json").GetProperty("campaigns").GetProperty(campaign);
        double[] alpha = reference.GetProperty("bts_prior").Numbers("alpha"), beta = reference.GetProperty("bts_prior").Numbers("beta");
        JsonElement probabilities = reference.GetProperty("bts_action_distribution");
        BetaPosteriorState state = new ThompsonSampling().Start(alpha.Length, RandomKey.FromSeed(51));
        for (int item = 0; item < alpha.Length; item++)
        {
            for (double i = 1; i < alpha[item]; i++)
                state.Update(item, 1);
            for (double i = 1; i < beta[item]; i++)
                state.Update(item, 0);
            Assert.Equal(new BetaPosterior(alpha[item], beta[item]), state.Posterior(item));
        }

        double[] expected = [.. probabilities.EnumerateArray().Select(p => p[0].Number())];
        CheckShares(state, expected, 40_000, 0.0005, campaign);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0.5)]
    public void ChoicesHaveTheirClosedFormProbabilities(double prior)
    {
        // A draw from Beta(a, 1) is U^(1/a), so the arm with parameter a is the largest with probability a / sum a.
        BetaPosteriorState state = new ThompsonSampling { Alpha = prior }.Start(4, RandomKey.FromSeed(52));
        int[] successes = [0, 9, 4, 1];
        double[] expected = new double[4];
        for (int arm = 0; arm < 4; arm++)
        {
            for (int i = 0; i < successes[arm]; i++)
                state.Update(arm, 1);
            expected[arm] = (prior + successes[arm]) / (14 + (4 * prior));
        }

        CheckShares(state, expected, 40_000, 0, $"prior {prior}");
    }

    [Fact]
    public void ChoicesWithFailuresHaveTheirClosedFormProbabilities()
    {
        // P(Beta(2, 2) > Beta(1, 2)) with densities 6x(1-x) and distribution function 1 - (1-x)^2: 7/10.
        BetaPosteriorState state = new ThompsonSampling().Start(2, RandomKey.FromSeed(53));
        state.Update(0, 1);
        state.Update(0, 0);
        state.Update(1, 0);
        CheckShares(state, [0.7, 0.3], 40_000, 0, "Beta(2, 2) against Beta(1, 2)");
    }

    [Theory]
    [InlineData(1, 1, new[] { 0, 400, 380, 3 }, new[] { 0, 600, 620, 5 })]
    [InlineData(1, 1, new[] { 990, 980, 50, 0 }, new[] { 10, 20, 1, 0 })]
    [InlineData(1, 1, new[] { 2, 1, 0, 5 }, new[] { 300, 100, 50, 400 })]
    [InlineData(1, 1, new[] { 12, 200, 11, 190 }, new[] { 8, 130, 9, 140 })]
    [InlineData(0.4, 2.5, new[] { 0, 3, 30, 8 }, new[] { 2, 0, 17, 7 })]
    [InlineData(2e7, 3e7, new[] { 4000, 0, 0, 900 }, new[] { 0, 0, 4000, 0 })]
    public void ChoicesAmongPosteriorsOfAllShapesHaveTheProbabilitiesOfQuadrature(double alpha, double beta, int[] successes, int[] failures)
    {
        // Levels below and beyond the modes, sharp and wide laws, densities without a mode, and counts too large for their logarithms.
        BetaPosteriorState state = new ThompsonSampling { Alpha = alpha, Beta = beta }.Start(4, RandomKey.FromSeed(57));
        for (int arm = 0; arm < 4; arm++)
        {
            for (int i = 0; i < successes[arm]; i++)
                state.Update(arm, 1);
            for (int i = 0; i < failures[arm]; i++)
                state.Update(arm, 0);
        }

        double[] expected = new double[4];
        state.Probabilities(expected);
        CheckShares(state, expected, 100_000, 1e-9, $"prior ({alpha}, {beta}), successes {string.Join(' ', successes)}");
    }

    [Fact]
    public void NormalChoicesHaveTheirClosedFormProbabilities()
    {
        // Posterior N(1/2, 1/2) against the prior N(0, 1): the difference is N(1/2, 3/2), and Phi(1/sqrt(6)) = 0.6584543...
        NormalPosteriorState state = new GaussianThompsonSampling().Start(2, RandomKey.FromSeed(54));
        state.Update(0, 1);
        Assert.Equal(0.5, state.Posterior(0).Mean);
        Promises.Close(Math.Sqrt(0.5), state.Posterior(0).StandardDeviation, 1e-15, 0, "standard deviation");
        const double phi = 0.658454;
        CheckShares(state, [phi, 1 - phi], 40_000, 1e-6, "normal");
    }

    [Fact]
    public void NormalGammaPosteriorsFollowTheRecurrence()
    {
        // Rewards 2, 4, 6 under m = 1, k = 2, a = 3, b = 4: D = 8, k n (x - m)^2 / (2 k') = 2*3*9/10 = 5.4.
        NormalGammaPosteriorState state = new NormalGammaThompsonSampling { PriorMean = 1, PriorCount = 2, PriorShape = 3, PriorRate = 4 }.Start(1, RandomKey.FromSeed(1));
        Assert.Equal(new NormalGammaPosterior(1, 2, 3, 4), state.Posterior(0));
        foreach (double reward in (double[])[2, 4, 6])
            state.Update(0, reward);
        NormalGammaPosterior posterior = state.Posterior(0);
        Promises.Close(2.8, posterior.Mean, 1e-15, 0, "mean");
        Assert.Equal(5, posterior.Count);
        Assert.Equal(4.5, posterior.Shape);
        Promises.Close(4 + 4 + 5.4, posterior.Rate, 1e-15, 0, "rate");
    }

    [Fact]
    public void FractionalRewardsAreSuccessesWithTheirProbability()
    {
        BetaPosteriorState state = new ThompsonSampling().Start(1, RandomKey.FromSeed(55));
        const int count = 20_000;
        for (int i = 0; i < count; i++)
            state.Update(0, 0.3);
        CheckShare((state.Posterior(0).Alpha - 1) / count, 0.3, count, 0, "successes");
        Assert.Equal(count + 2, state.Posterior(0).Alpha + state.Posterior(0).Beta);
    }

    [Fact]
    public void NormalDrawsAreNormal()
    {
        // Distribution function at points inside layers, at the edge of the tail and beyond; values from tables of the normal distribution.
        (double X, double Below)[] points =
        [
            (-3.6541528853610088, 0.00012903), (-3, 0.001349898), (-1.5, 0.066807201), (-0.2, 0.420740291), (0, 0.5), (0.1, 0.539827837), (1, 0.841344746), (2, 0.977249868), (3.8, 0.99992765),
        ];
        const int count = 400_000;
        int[] below = new int[points.Length];
        RandomStream stream = RandomKey.FromSeed(56).Stream();
        for (int i = 0; i < count; i++)
        {
            double x = stream.NextNormal();
            for (int p = 0; p < points.Length; p++)
                below[p] += x < points[p].X ? 1 : 0;
        }

        for (int p = 0; p < points.Length; p++)
            CheckShare(below[p] / (double)count, points[p].Below, count, 1e-8, $"P(x < {points[p].X})");
    }

    [Fact]
    public void GammaAndBetaDrawsHaveTheirDistributions()
    {
        const int count = 100_000;
        RandomStream stream = RandomKey.FromSeed(57).Stream();

        // Gamma(1): P(x < 1) = 1 - 1/e. Gamma(3): P(x < 3) = 1 - e^-3 (1 + 3 + 9/2).
        // Gamma(1/2) = z^2/2: P(x < 1/2) = P(|z| < 1) = 0.682689492.
        Check(1, 1, 1 - Math.Exp(-1));
        Check(3, 3, 1 - (8.5 * Math.Exp(-3)));
        Check(0.5, 0.5, 0.682689492);

        // Beta(2, 3): P(x < 0.4) = P(Bin(4, 0.4) >= 2) = 0.5248. Beta(1/2, 1/2): P(x < 1/4) = (2/pi) asin(1/2) = 1/3.
        CheckBeta(2, 3, 0.4, 0.5248);
        CheckBeta(0.5, 0.5, 0.25, 1.0 / 3);

        // Beta(1e-3, 1e-3) sits at the ends: the gammas alone would underflow to 0/0.
        CheckBeta(1e-3, 1e-3, 0.5, 0.5);

        void Check(double shape, double x, double probability)
        {
            var gamma = new GammaDraw(shape);
            int below = 0;
            for (int i = 0; i < count; i++)
                below += Math.Exp(gamma.NextLog(ref stream)) < x ? 1 : 0;
            CheckShare(below / (double)count, probability, count, 1e-9, $"Gamma({shape})");
        }

        void CheckBeta(double a, double b, double x, double probability)
        {
            GammaDraw alpha = new(a), beta = new(b);
            int below = 0;
            for (int i = 0; i < count; i++)
            {
                double draw = GammaDraw.NextBeta(alpha, beta, ref stream);
                Assert.InRange(draw, 0, 1);
                below += draw < x ? 1 : 0;
            }

            CheckShare(below / (double)count, probability, count, 1e-9, $"Beta({a}, {b})");
        }
    }

    private static void CheckShares(BanditState state, double[] expected, int count, double slack, string what)
    {
        int[] chosen = new int[expected.Length];
        for (int round = 0; round < count; round++)
            chosen[state.Choose(round)]++;
        for (int arm = 0; arm < expected.Length; arm++)
            CheckShare(chosen[arm] / (double)count, expected[arm], count, slack, $"{what}: arm {arm}");
    }

    private static void CheckShare(double share, double probability, int count, double slack, string what)
    {
        double error = (Sigmas * Math.Sqrt(probability * (1 - probability) / count)) + slack + (0.5 / count);
        Assert.True(Math.Abs(share - probability) <= error, $"{what}: share {share}, probability {probability}, allowed {error:g3}");
    }
}
