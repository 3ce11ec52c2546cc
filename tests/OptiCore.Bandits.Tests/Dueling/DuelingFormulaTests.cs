using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests;

/// <summary>Choices of dueling policies against closed forms, preferences and their regrets.</summary>
public class DuelingFormulaTests
{
    private const double Sigmas = 4.5;

    private static readonly RandomKey Key = RandomKey.FromSeed(102);

    [Fact]
    public void DoubleThompsonSamplingOfTwoArmsHasItsClosedForm()
    {
        // Arm 0 won both duels: P(Beta(3, 1) > 1/2) = 7/8 in each of the two independent draws; 0.51 ln 3 / 2 leaves both arms possible. The first arm is the drawn winner, the second the other
        // one if the second draw says that it beats the first.
        foreach (bool plus in (bool[])[false, true])
        {
            DuelingState state = new DoubleThompsonSampling { BreaksTiesByRegret = plus }.Start(2, Key);
            state.Update(new Duel(0, 1), 0);
            state.Update(new Duel(1, 0), 0);
            CheckShares(state, new() { [new(0, 0)] = 49 / 64.0, [new(0, 1)] = 7 / 64.0, [new(1, 0)] = 7 / 64.0, [new(1, 1)] = 1 / 64.0 });
        }
    }

    [Fact]
    public void DoubleThompsonSamplingLeavesOutArmsThatAreCertain()
    {
        // Arm 1 lost 60 of 60 duels: it can't be first. Its lower bound against arm 0 is below 1/2, but a draw of Beta(1, 61) above 1/2 has probability 2^-61. Arm 2, beaten by nobody, is unknown against both.
        DuelingState state = new DoubleThompsonSampling().Start(3, Key);
        for (int i = 0; i < 60; i++)
            state.Update(new Duel(0, 1), 0);

        // First: 0 or 2 by upper bounds (arm 0 may beat both, arm 2 too). Draws: 0 beats 1 surely; 0 against 2 and 1 against 2 are uniform. Arm 0 has 1 or 2 wins, arm 2 0 to 2.
        // 0 first: it beats 2 (1/2), or it doesn't and 2 doesn't beat 1 either (1/4: a tie at 1, half of it): 5/8. The second draw is uniform: the other with probability 1/2. Against arm 2 as the first, 0 and 1 are
        // uniform: one of them with 3/8 each, 2 itself with 1/4.
        CheckShares(state, new()
        {
            [new(0, 0)] = 5 / 16.0,
            [new(0, 2)] = 5 / 16.0,
            [new(2, 0)] = 9 / 64.0,
            [new(2, 1)] = 9 / 64.0,
            [new(2, 2)] = 6 / 64.0,
        });
    }

    [Fact]
    public void TiesGoToTheSmallestRegretIfAsked()
    {
        // Arms 0 and 1 beat two others each, arm 1 by 0.9, arm 0 by 0.6 and losing to arm 3 by 0.6: telling the rivals of arm 1 apart is cheaper. 4000 duels a pair leave no doubt in a draw.
        double[] p = [0.5, 0.9, 0.6, 0.4, 0.1, 0.5, 0.9, 0.9, 0.4, 0.1, 0.5, 0.9, 0.6, 0.1, 0.1, 0.5];
        var bandit = new PreferenceMatrix(4, p);
        Assert.Equal([2 / 3.0, 2 / 3.0, 1 / 3.0, 1 / 3.0], bandit.CopelandScores.ToArray());
        DuelingState plain = Fed(new DoubleThompsonSampling()), plus = Fed(new DoubleThompsonSampling { BreaksTiesByRegret = true });
        int zeros = 0;
        for (int round = 0; round < 2000; round++)
        {
            zeros += plain.Choose(round).First == 0 ? 1 : 0;
            Assert.Equal(1, plus.Choose(round).First);
        }

        Assert.InRange(zeros, 1000 - (Sigmas * Math.Sqrt(500)), 1000 + (Sigmas * Math.Sqrt(500)));

        DuelingState Fed(DoubleThompsonSampling policy)
        {
            DuelingState state = policy.Start(4, Key);
            for (int i = 0; i < 4; i++)
            {
                for (int j = 0; j < i; j++)
                {
                    for (int n = 0; n < 4000; n++)
                        state.Update(new Duel(i, j), n < Math.Round(4000 * p[(i * 4) + j]) ? i : j);
                }
            }

            return state;
        }
    }

    [Fact]
    public void RelativeUcbTakesItsHypothesisWithOneHalf()
    {
        // Without duels every arm may be best and every pair is new: all pairs of different arms are equally likely.
        DuelingState state = new RelativeUcb().Start(3, Key);
        CheckShares(state, Enumerable.Range(0, 9).Where(i => i / 3 != i % 3).ToDictionary(i => new Duel(i / 3, i % 3), _ => 1 / 6.0));

        // Arm 0 beats the others until it alone may be best, so it is the hypothesis; then arm 1 wins until it may be best too, and arm 2 stays out.
        for (int n = 0; n < 40; n++)
        {
            state.Update(new Duel(0, 1), 0);
            state.Update(new Duel(0, 2), 0);
            state.Update(new Duel(1, 2), 1);
        }

        Assert.Equal([0, 0, 0, 0], Enumerable.Range(0, 4).Select(round => state.Choose(round).First));
        int duels = 40;
        while (state.Choose(1).First == 0 && state.Choose(2).First == 0 && state.Choose(3).First == 0 && state.Choose(4).First == 0 && state.Choose(5).First == 0)
        {
            state.Update(new Duel(0, 1), 1);
            duels++;
        }

        // By the bounds arm 1 got in, arm 2 is out and arm 0 stays in: half of the choices each. Against arm 0 the largest bound is that of arm 1 and the other way round.
        double radius = Math.Sqrt(0.51 * Math.Log(state.Updates + 1) / duels), share = (duels - 40) / (double)duels;
        Assert.True(share + radius >= 0.5 && 1 - share + radius >= 0.5);
        CheckShares(state, new() { [new(0, 1)] = 0.5, [new(1, 0)] = 0.5 });

        // A third candidate shares the other half: arm 2 wins enough against both.
        for (int n = 0; n < 40; n++)
        {
            state.Update(new Duel(0, 2), 2);
            state.Update(new Duel(1, 2), 2);
        }

        double[] firsts = new double[3];
        for (int round = 0; round < 10_000; round++)
            firsts[state.Choose(round).First] += 1e-4;
        Assert.InRange(firsts[0], 0.5 - (Sigmas * 0.005), 0.5 + (Sigmas * 0.005));
        Assert.InRange(firsts[1], 0.25 - (Sigmas * 0.0044), 0.25 + (Sigmas * 0.0044));
    }

    [Fact]
    public void RelativeUcbComparesTheBestArmWithItselfWhenItIsSure()
    {
        DuelingState state = new RelativeUcb().Start(3, Key);
        for (int n = 0; n < 200; n++)
        {
            state.Update(new Duel(0, 1), 0);
            state.Update(new Duel(2, 0), 0);
        }

        // 0.51 ln 401 / 200 has the root 0.124: nobody reaches 1/2 against arm 0.
        CheckShares(state, new() { [new(0, 0)] = 1 });
        Assert.Equal(0, state.Champion);
    }

    [Fact]
    public void PreferencesHaveTheirWinnersScoresAndGaps()
    {
        PreferenceMatrix strengths = PreferenceMatrix.BradleyTerry(1, 4, 2);
        Assert.Equal(1, strengths.CondorcetWinner);
        Promises.Close(0.8, strengths.Preference(1, 0), 1e-15, 0, "P(1 beats 0)");
        Promises.Close(1 / 3.0, strengths.Preference(0, 2), 1e-15, 0, "P(0 beats 2)");
        Assert.Equal([0, 1, 0.5], strengths.CopelandScores.ToArray());
        Promises.Close(0.3, strengths.Gap(0), 1e-15, 0, "gap");
        Assert.Equal(0, strengths.Gap(1));
        Promises.Close(2 / 3.0 - 0.5, strengths.Gap(2), 1e-15, 0, "gap");
        Assert.Equal(0.5, strengths.Against(DuelBenchmark.Copeland).Gap(2));
        Assert.Equal(0.5, PreferenceMatrix.BradleyTerry(double.MaxValue, double.MaxValue).Preference(0, 1));

        // By hand: arm 2 is told by arm 1 alone, arm 0 by arm 1 (gap 0.3 over kl(0.2, 1/2)) more cheaply than by arm 2.
        double kl0 = RewardFamily.Bernoulli.Divergence(0.2, 0.5), kl2 = RewardFamily.Bernoulli.Divergence(1 / 3.0, 0.5), gap2 = (2 / 3.0) - 0.5;
        Promises.Close((0.3 / (2 * kl0)) + (gap2 / (2 * kl2)), strengths.LowerBoundConstant, 1e-12, 0, "lower bound");

        PreferenceMatrix circle = PreferenceMatrix.Cycle(5, 0.9);
        Assert.Null(circle.CondorcetWinner);
        Assert.Equal(DuelBenchmark.Copeland, circle.Benchmark);
        Assert.All(circle.CopelandScores.ToArray(), score => Assert.Equal(0.5, score));
        Assert.Equal([0.9, 0.9, 0.1, 0.1], Enumerable.Range(1, 4).Select(j => Math.Round(circle.Preference(0, j), 12)));
        Assert.True(double.IsNaN(circle.LowerBoundConstant));
        Assert.Equal(0.5, PreferenceMatrix.Cycle(4, 0.9).Preference(1, 3));
        Assert.Equal(0, new PreferenceMatrix(1, [0.5]).Gap(0));

        // The winner doesn't depend on the order of the pair, and wins as often as it is said.
        int wins = 0;
        for (int t = 0; t < 20_000; t++)
        {
            int winner = strengths.Winner(new Duel(1, 0), Key.Fold(t));
            Assert.Equal(winner, strengths.Winner(new Duel(0, 1), Key.Fold(t)));
            wins += winner;
        }

        Assert.InRange(wins / 20_000.0, 0.8 - (Sigmas * 0.0029), 0.8 + (Sigmas * 0.0029));
    }

    [Fact]
    public void BadPreferencesThrow()
    {
        Assert.Contains("preferences", Assert.Throws<ArgumentOutOfRangeException>(() => new PreferenceMatrix(2, [0.5, double.NaN, 0.5, 0.5])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new PreferenceMatrix(2, [0.5, 1.1, -0.1, 0.5]));
        Assert.Contains("must add up to 1", Assert.Throws<ArgumentException>(() => new PreferenceMatrix(2, [0.5, 0.6, 0.5, 0.5])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new PreferenceMatrix(2, [0.6, 0.6, 0.4, 0.4]));
        Assert.Throws<ArgumentException>(() => new PreferenceMatrix(2, [0.5, 0.5, 0.5]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PreferenceMatrix(0, []));
        Assert.Throws<ArgumentException>(() => PreferenceMatrix.Cycle(3, 0.7).Against(DuelBenchmark.Condorcet));
        Assert.Throws<ArgumentOutOfRangeException>(() => PreferenceMatrix.Cycle(2, 0.7));
        Assert.Throws<ArgumentOutOfRangeException>(() => PreferenceMatrix.Cycle(3, 0.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => PreferenceMatrix.BradleyTerry(1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => PreferenceMatrix.BradleyTerry(1, double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => PreferenceMatrix.BradleyTerry());
        Assert.Contains(nameof(RelativeUcb.Alpha), Assert.Throws<ArgumentOutOfRangeException>(() => new RelativeUcb { Alpha = 0.5 }).Message, StringComparison.Ordinal);
        Assert.Contains(nameof(RelativeUcb.Alpha), Assert.Throws<ArgumentOutOfRangeException>(() => new DoubleThompsonSampling { Alpha = double.NaN }).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => BanditSimulator.Run([new RelativeUcb()], PreferenceMatrix.Cycle(3, 0.7), (DuelRegret)7));
    }

    [Fact]
    public void RegretsOfADuelAreTheMeanTheLargerAndTheSmallerGap()
    {
        var options = new SimulationOptions { Rounds = 300, Replications = 8, Key = Key };
        PreferenceMatrix bandit = PreferenceMatrix.BradleyTerry(3, 1, 0.5);
        PolicyRegret average = Run(DuelRegret.Average), strong = Run(DuelRegret.Strong), weak = Run(DuelRegret.Weak);
        for (int c = 0; c < average.MeanRegret.Length; c++)
            Promises.Close(2 * average.MeanRegret[c], strong.MeanRegret[c] + weak.MeanRegret[c], 1e-12, 1e-12, "larger and smaller gap");
        Assert.True(weak.MeanRegret[^1] < 0.5 * strong.MeanRegret[^1]);
        double appearances = (bandit.Gap(1) * average.MeanPulls[1]) + (bandit.Gap(2) * average.MeanPulls[2]);
        Promises.Close(0.5 * appearances, average.MeanRegret[^1], 1e-12, 0, "regret from appearances");

        PolicyRegret Run(DuelRegret regret) => BanditSimulator.Run([new DoubleThompsonSampling()], bandit, regret, options).Policies[0];
    }

    [Fact]
    public void ThompsonSamplingLosesSeveralTimesLessThanUpperBounds()
    {
        // The order of the experiments of Wu and Liu (2016), section 5.
        PreferenceMatrix bandit = PreferenceMatrix.BradleyTerry(4, 2, 1.5, 1, 0.7, 0.5);
        RegretReport report = BanditSimulator.Run(
            [new RelativeUcb(), new DoubleThompsonSampling(), new DoubleThompsonSampling { BreaksTiesByRegret = true }],
            bandit,
            options: new SimulationOptions { Rounds = 5000, Replications = 20, Checkpoints = [5000], Key = Key, Workers = Workers.Threads(2) });
        double upper = report.Policies[0].MeanRegret[0];
        Assert.True(2 * report.Policies[1].MeanRegret[0] < upper, report.ToString());
        Assert.True(2 * report.Policies[2].MeanRegret[0] < upper, report.ToString());
    }

    private static void CheckShares(DuelingState state, Dictionary<Duel, double> expected)
    {
        const int count = 40_000;
        var chosen = new Dictionary<Duel, int>();
        for (int round = 0; round < count; round++)
        {
            Duel duel = state.Choose(round);
            chosen[duel] = chosen.GetValueOrDefault(duel) + 1;
        }

        foreach ((Duel duel, int times) in chosen)
            Assert.True(expected.ContainsKey(duel), $"{duel} was chosen {times} times");
        foreach ((Duel duel, double probability) in expected)
        {
            double share = chosen.GetValueOrDefault(duel) / (double)count, error = (Sigmas * Math.Sqrt(probability * (1 - probability) / count)) + 1e-12;
            Assert.True(Math.Abs(share - probability) <= error, $"{duel}: share {share}, probability {probability}, allowed {error:g3}");
        }
    }
}
