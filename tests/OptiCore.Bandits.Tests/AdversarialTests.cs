using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests;

/// <summary>Policies for rewards that anybody may choose.</summary>
public class AdversarialTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(91);

    [Fact]
    public void Exp3PFollowsItsFigureWithRaisesOfAtMostOne()
    {
        // ln(2 / 1e-10) / 20 = 1.19 is above 1, so that beta = 1; gamma = 1.05 sqrt(2 ln 2 / 10) = 0.391. Three rewards by hand.
        BanditState state = new Exp3P { Horizon = 10, Delta = 1e-10 }.Start(2, RandomKey.FromSeed(1));
        double eta = 0.95 * Math.Sqrt(Math.Log(2) / 20), gamma = 1.05 * Math.Sqrt(2 * Math.Log(2) / 10), first = 0, second = 0;
        double[] probabilities = new double[2], scores = new double[2];
        foreach ((int arm, double reward) in ((int, double)[])[(0, 1), (0, 0.25), (1, 0.5)])
        {
            double p = ((1 - gamma) / (1 + Math.Exp(eta * (second - first)))) + (gamma / 2);
            state.Probabilities(probabilities);
            Promises.Close(p, probabilities[0], 1e-12, 0, "probability");
            first += ((arm == 0 ? reward : 0) + 1) / p;
            second += ((arm == 1 ? reward : 0) + 1) / (1 - p);
            state.Update(arm, reward);
        }

        state.Scores(scores);
        Promises.Close(Math.Abs(first - second), Math.Max(-scores[0], -scores[1]), 1e-12, 0, "difference of estimates");
        Assert.Equal(first > second ? 0 : 1, Array.IndexOf(scores, 0.0));
    }

    [Theory]
    [InlineData("TsallisInf")]
    [InlineData("TsallisInf, importance weighted")]
    [InlineData("Exp3")]
    [InlineData("Exp3Ix")]
    [InlineData("Exp3P")]
    [InlineData("LogBarrier")]
    public void RegretAgainstAnAdversaryIsOfTheOrderOfTheSquareRoot(string name)
    {
        // The constrained adversary of Zimmert and Seldin (2021), section 7: the gap stays, but all means jump between (Delta, 0) and (1, 1 - Delta) for phases that grow by the factor 1.6.
        const int rounds = 20_000;
        IBanditPolicy policy = name switch
        {
            "TsallisInf" => new TsallisInf(),
            "TsallisInf, importance weighted" => new TsallisInf { Estimator = LossEstimator.ImportanceWeighted },
            "Exp3" => new Exp3 { Horizon = rounds },
            "Exp3Ix" => new Exp3Ix(),
            "Exp3P" => new Exp3P { Horizon = rounds },
            _ => new LogBarrier { Horizon = rounds },
        };
        var bandit = new ConstrainedAdversary(4, 0.125, best: 1);
        PolicyRegret regret = BanditSimulator.Run([policy], bandit, new SimulationOptions
        {
            Rounds = rounds,
            Replications = 20,
            Checkpoints = [rounds],
            Key = Key,
            Workers = Workers.Threads(2),
        }).Policies[0];
        double k = 4, t = rounds, log = Math.Log(k), bound = name switch
        {
            "TsallisInf" => (2 * Math.Sqrt(k * t)) + (10 * k * Math.Log(t)) + 16,
            "TsallisInf, importance weighted" => (4 * Math.Sqrt(k * t)) + 1,
            "Exp3" => 2.63 * Math.Sqrt(k * t * log),
            "Exp3Ix" => 4 * Math.Sqrt(k * t * log),
            "Exp3P" => 5.15 * Math.Sqrt(k * t * Math.Log(k / 0.05)),
            _ => (2 * Math.Sqrt(k * t * Math.Log(t))) + 1,
        };
        Assert.InRange(regret.MeanRegret[0], 0, bound);

        // Uniform play loses 0.094 a round, 1,875 in all.
        Assert.True(regret.MeanRegret[0] < 1400, $"{name}: regret {regret.MeanRegret[0]:f0}");
    }

    [Fact]
    public void DeterministicPoliciesAreDeceivedWhereTsallisIsNot()
    {
        var options = new SimulationOptions { Rounds = 20_000, Replications = 10, Checkpoints = [20_000], Key = Key, Workers = Workers.Threads(2) };
        RegretReport report = BanditSimulator.Run([new TsallisInf(), new Ucb1(), new ThompsonSampling()], new ConstrainedAdversary(4, 0.125, best: 1), options);
        double tsallis = report.Policies[0].MeanRegret[0];
        Assert.True(report.Policies[1].MeanRegret[0] > tsallis, $"UCB1 {report.Policies[1].MeanRegret[0]:f0}, Tsallis-INF {tsallis:f0}");
        Assert.True(report.Policies[2].MeanRegret[0] > tsallis, $"Thompson {report.Policies[2].MeanRegret[0]:f0}, Tsallis-INF {tsallis:f0}");
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(3.0)]
    [InlineData(2000.0)]
    public void TsallisProbabilitiesSolveTheirEquation(double spread)
    {
        // p_k = 4 / (eta (L_k - x))^2: the differences of 2 / (eta sqrt(p_k)) are those of the losses, and the sum is 1.
        BanditState state = new TsallisInf { Estimator = LossEstimator.ImportanceWeighted }.Start(4, Key);
        double[] losses = [0, 0.1 * spread, 0.5 * spread, spread], p = new double[4];
        double eta = 0;
        for (int arm = 0; arm < 4; arm++)
        {
            // One loss of 1/2 with the propensity that makes the estimate the one that is wanted; the first arm's is 0.
            if (losses[arm] == 0)
                state.Update(arm, 1, 1);
            else if (losses[arm] >= 0.5)
                state.Update(arm, 0.5, 0.5 / losses[arm]);
            else
                state.Update(arm, 1 - losses[arm], 1);
            eta = 2 / Math.Sqrt(state.Updates + 1);
        }

        state.Probabilities(p);
        for (int arm = 1; arm < 4; arm++)
            Promises.Close(losses[arm], 2 / eta * ((1 / Math.Sqrt(p[arm])) - (1 / Math.Sqrt(p[0]))), 1e-10, 1e-10, $"loss {arm}");
        Promises.Close(1, p.Sum(), 1e-14, 0, "sum");
    }

    [Fact]
    public void LogBarrierProbabilitiesSolveTheirEquation()
    {
        BanditState state = new LogBarrier { LearningRate = 0.3 }.Start(3, Key);
        state.Update(0, 1, 1);
        state.Update(1, 0.5, 0.25);
        state.Update(2, 0, 0.01);
        double[] p = new double[3];
        state.Probabilities(p);
        Promises.Close(2, (1 / (0.3 * p[1])) - (1 / (0.3 * p[0])), 1e-11, 0, "second loss");
        Promises.Close(100, (1 / (0.3 * p[2])) - (1 / (0.3 * p[0])), 1e-11, 0, "third loss");
    }

    [Theory]
    [InlineData("TsallisInf")]
    [InlineData("TsallisInf, importance weighted")]
    [InlineData("Exp3")]
    [InlineData("LogBarrier")]
    public void DelayedRewardsWithTheirPropensitiesAreLearnt(string name)
    {
        // Every reward comes 50 rounds late. With the propensity of its round the better arm is found; 200 rounds of regret are lost at most per run of 4,000, mean over 20 runs.
        double regret = 0;
        BanditState state = PolicyTable.Rows[name].Policy.Start(3, Key);
        double[] means = [0.3, 0.8, 0.4], p = new double[3];
        for (int run = 0; run < 20; run++)
        {
            state.Restart(Key.Fold(run));
            RandomStream rewards = Key.Fold("rewards").Fold(run).Stream();
            var flight = new Queue<(int Arm, double Propensity)>();
            for (int round = 0; round < 4000; round++)
            {
                state.Probabilities(round, p);
                int arm = state.Choose(round);
                flight.Enqueue((arm, p[arm]));
                regret += (0.8 - means[arm]) / 20;
                if (flight.Count > 50)
                {
                    (int earlier, double propensity) = flight.Dequeue();
                    state.Update(earlier, rewards.NextDouble() < means[earlier] ? 1 : 0, propensity);
                }
            }
        }

        Assert.InRange(regret, 1, 300);
    }

    [Fact]
    public void EstimatesWithPropensitiesAreUnbiased()
    {
        // One round, two arms, every choice with its probability: the mean estimate of the losses is the losses, up to the shift of all.
        foreach (LossEstimator estimator in Enum.GetValues<LossEstimator>())
        {
            BanditState state = new TsallisInf { Estimator = estimator }.Start(2, Key);
            for (int t = 0; t < 40; t++)
                state.Update(t % 2, t % 2 == 0 ? 0.9 : 0.4, 0.5);
            byte[] before = OptiCore.Persistence.StateArchive.Save(state);
            double[] p = new double[2], scores = new double[2];
            state.Probabilities(p);
            state.Scores(scores);
            double start = scores[0] - scores[1], difference = 0;
            for (int arm = 0; arm < 2; arm++)
            {
                BanditState copy = new TsallisInf { Estimator = estimator }.Start(2, Key);
                OptiCore.Persistence.StateArchive.Load(copy, before);
                copy.Update(arm, arm == 0 ? 0.7 : 0.2, p[arm]);
                copy.Scores(scores);
                difference += p[arm] * (scores[0] - scores[1] - start);
            }

            Promises.Close(0.5, difference, 1e-10, 0, $"{estimator}: difference of the rewards");
        }
    }

    [Theory]
    [InlineData("TsallisInf")]
    [InlineData("Exp3")]
    [InlineData("Exp3Ix")]
    [InlineData("Exp3P")]
    [InlineData("LogBarrier")]
    public void WithoutAPropensityItIsThatOfTheState(string name)
    {
        BanditState plain = PolicyTable.Rows[name].Policy.Start(3, Key), told = PolicyTable.Rows[name].Policy.Start(3, Key), other = PolicyTable.Rows[name].Policy.Start(3, Key);
        double[] p = new double[3];
        for (int t = 0; t < 60; t++)
        {
            int arm = plain.Choose();
            told.Probabilities(p);
            plain.Update(arm, 0.25 * (t % 4));
            told.Update(arm, 0.25 * (t % 4), p[arm]);
            other.Update(arm, 0.25 * (t % 4), 0.5 * p[arm]);
        }

        Assert.Equal(OptiCore.Persistence.StateArchive.Save(plain), OptiCore.Persistence.StateArchive.Save(told));
        Assert.NotEqual(OptiCore.Persistence.StateArchive.Save(plain), OptiCore.Persistence.StateArchive.Save(other));
    }
}
