namespace OptiCore.Bandits.Tests;

/// <summary>Regret on fixed linear instances, and what OFUL promises of its ellipsoids.</summary>
public class ContextualRegretTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(59);

    // Five features; four arms with coefficients of their own, or ten arms that share the first.
    private static readonly double[] Coefficients =
    [
        0.6, -0.4, 0.2, 0.5, -0.3,
        -0.5, 0.3, 0.6, -0.2, 0.4,
        0.1, 0.7, -0.5, -0.3, -0.2,
        -0.3, -0.5, -0.4, 0.6, 0.3,
    ];

    public static TheoryData<string> Learners => [.. ContextualPolicyTable.Rows.Where(r => r.Value.LearnsLinear).Select(r => r.Key)];

    [Theory]
    [MemberData(nameof(Learners))]
    public void RegretIsSublinearAndBelowThatOfEpsilonGreedy(string name)
    {
        // Uniform play would lose as much in the second 1,000 rounds as in the first; regret of the order sqrt(T) 0.41 times as much.
        IContextualPolicy policy = ContextualPolicyTable.Rows[name].Policy;
        bool isShared = policy.Start(2, 5, Key).HasActionFeatures;
        LinearContextualBandit bandit = isShared
            ? new(ModelSharing.Shared, 10, 5, Coefficients.AsSpan(0, 5), 0.1)
            : new(ModelSharing.Disjoint, 4, 5, Coefficients, 0.1);
        RegretReport report = BanditSimulator.Run(
            [policy, new LinGreedy { Epsilon = 0.1, Sharing = isShared ? ModelSharing.Shared : ModelSharing.Disjoint }], bandit,
            new SimulationOptions { Rounds = 2000, Replications = 16, Checkpoints = [1000, 2000], Key = Key, Workers = Workers.Threads(2) });
        double first = report.Policies[0].MeanRegret[0], whole = report.Policies[0].MeanRegret[1], greedy = report.Policies[1].MeanRegret[1];
        Assert.True(whole - first < 0.5 * first, $"{name}: regret {first:f2} in the first half, {whole - first:f2} in the second");
        Assert.True(whole < greedy, $"{name}: regret {whole:f2}, epsilon-greedy {greedy:f2}");

        // What isn't known must be found out: peeking would cost nothing.
        Assert.True(whole > 0.5, $"{name}: regret {whole:f2} is too good to be true");
    }

    [Theory]
    [InlineData("Falcon")]
    [InlineData("Falcon, shared")]
    [InlineData("BootstrapBagging")]
    [InlineData("BootstrapBagging, shared")]
    [InlineData("Oful, disjoint")]
    public void WhatLearnsSlowlyLosesLessThanHalfOfRandomPlay(string name)
    {
        // Fits that lag behind, few replicates and bounds for each of many arms cost more than epsilon-greedy at such short times. Rewards lie in [0, 1].
        IContextualPolicy policy = ContextualPolicyTable.Rows[name].Policy;
        ModelSharing sharing = policy.Start(2, 5, Key).HasActionFeatures ? ModelSharing.Shared : ModelSharing.Disjoint;
        double[] coefficients = [.. Coefficients.Select(c => 4 * c)];
        var bandit = new NonlinearContextualBandit(RewardFunction.Logistic, sharing, 4, 5, sharing == ModelSharing.Shared ? coefficients.AsSpan(0, 5) : coefficients, 0);
        RegretReport report = BanditSimulator.Run(
            [policy, new LinGreedy { Epsilon = 1, Sharing = sharing }], bandit, new SimulationOptions { Rounds = 2000, Replications = 16, Key = Key, Workers = Workers.Threads(2) });
        double regret = report.Policies[0].MeanRegret[^1], random = report.Policies[1].MeanRegret[^1];
        Assert.True(regret < 0.5 * random, $"{name}: regret {regret:f2}, at random {random:f2}");
    }

    [Fact]
    public void TheEllipsoidsOfOfulHoldTheParameterAsOftenAsPromised()
    {
        // In all rounds together, in at least 1 - delta = 0.9 of the runs; the bound is conservative, so that no allowance for chance is needed.
        const int Runs = 200, Rounds = 300;
        var bandit = new LinearContextualBandit(ModelSharing.Shared, 10, 5, Coefficients.AsSpan(0, 5), 0.3);
        double[] context = new double[50];
        int held = 0;
        double tightest = double.PositiveInfinity;
        for (int run = 0; run < Runs; run++)
        {
            OfulState state = new Oful { NoiseScale = 0.3, ParameterBound = 1, Delta = 0.1 }.Start(10, 5, Key.Fold(run));
            RandomKey key = Key.Fold("coverage").Fold(run);
            bool holds = true;
            for (int t = 0; t < Rounds; t++)
            {
                RandomKey shown = key.Fold("context").Fold(t);
                bandit.Context(shown, context);
                var round = new ContextualRound { Context = context, Key = shown };
                int arm = state.Choose(context);
                state.Update(context, arm, bandit.Reward(round, arm, key.Fold("reward").Fold((10 * t) + arm)));
                holds &= state.Contains(0, Coefficients.AsSpan(0, 5));
            }

            held += holds ? 1 : 0;
            tightest = Math.Min(tightest, state.Radius(0));
        }

        Assert.True(held >= 0.9 * Runs, $"the ellipsoids held the parameter in {held} of {Runs} runs");

        // They aren't the whole space: 0.3 sqrt(2 ln(10)) + 1 at the start, and a parameter of the bound's norm that is wrong lies outside in the end.
        Assert.InRange(tightest, 1.6, 4);
        OfulState last = new Oful { NoiseScale = 0.3, Delta = 0.1 }.Start(1, 2, Key);
        for (int t = 0; t < 400; t++)
            last.Update([t % 2, 1 - (t % 2)], 0, t % 2 == 0 ? 0.6 : -0.4);
        Assert.True(last.Contains(0, [-0.4, 0.6]));
        Assert.False(last.Contains(0, [0.4, 0.6]));
        Assert.Throws<ArgumentException>(() => last.Contains(0, [0.4]));
    }

    [Fact]
    public void HybridModelsLearnWhatArmsShare()
    {
        // Rewards z' beta + x' theta_a: the estimates are those of one ridge regression on all features together, solved as a dense system.
        const int Shared = 2, Own = 3, Arms = 3, All = Shared + (Arms * Own);
        var policy = new HybridLinUcb { SharedFeatures = Shared, Regularization = 1 };
        HybridLinUcbState state = policy.Start(Arms, Shared + Own, Key);
        RandomStream stream = Key.Fold("hybrid").Stream();
        double[] gram = new double[All * All], moment = new double[All], context = new double[Arms * (Shared + Own)], row = new double[All];
        for (int i = 0; i < All; i++)
            gram[i * (All + 1)] = 1;
        for (int t = 0; t < 500; t++)
        {
            foreach (ref double x in context.AsSpan())
                x = stream.NextNormal();
            int arm = t % Arms;
            double reward = stream.NextNormal();
            Expand(arm);
            for (int i = 0; i < All; i++)
            {
                moment[i] += reward * row[i];
                for (int j = 0; j < All; j++)
                    gram[(i * All) + j] += row[i] * row[j];
            }

            state.Update(context, arm, reward);
        }

        Assert.True(LinearAlgebra.Cholesky.TryFactor<double>(gram, All));
        double[] solution = [.. moment];
        LinearAlgebra.Cholesky.Solve<double>(gram, All, All, solution);
        for (int i = 0; i < Shared; i++)
            TestKit.Promises.Close(solution[i], state.SharedCoefficients[i], 1e-10, 1e-12, $"shared coefficient {i}");
        double[] own = new double[Own], scores = new double[Arms];
        state.Scores(context, scores);
        for (int arm = 0; arm < Arms; arm++)
        {
            state.Coefficients(arm, own);
            for (int i = 0; i < Own; i++)
                TestKit.Promises.Close(solution[Shared + (arm * Own) + i], own[i], 1e-10, 1e-12, $"coefficient {i} of arm {arm}");

            // The paper's s is the variance of that estimate.
            Expand(arm);
            double[] solved = [.. row];
            LinearAlgebra.Cholesky.Solve<double>(gram, All, All, solved);
            double mean = 0, variance = 0;
            for (int i = 0; i < All; i++)
            {
                mean += row[i] * solution[i];
                variance += row[i] * solved[i];
            }

            TestKit.Promises.Close(mean + Math.Sqrt(variance), scores[arm], 1e-10, 1e-12, $"score of arm {arm}");
        }

        void Expand(int arm)
        {
            Array.Clear(row);
            context.AsSpan(arm * (Shared + Own), Shared).CopyTo(row);
            context.AsSpan((arm * (Shared + Own)) + Shared, Own).CopyTo(row.AsSpan(Shared + (arm * Own)));
        }
    }

    [Fact]
    public void RidgeModelsStayExactOverManyUpdates()
    {
        // A hundred thousand updates, at conditions of 1e8: the inverse times A is the identity still.
        const int D = 6;
        LinearState state = new LinUcb { Regularization = 1e-3 }.Start(1, D, Key);
        RandomStream stream = Key.Fold("long").Stream();
        double[] x = new double[D], gram = new double[D * D];
        for (int i = 0; i < D; i++)
            gram[i * (D + 1)] = 1e-3;
        for (int t = 0; t < 100_000; t++)
        {
            for (int i = 0; i < D; i++)
                x[i] = stream.NextNormal() * Math.Pow(10, -i * 0.6);
            state.Update(x, 0, stream.NextNormal());
            for (int i = 0; i < D; i++)
            {
                for (int j = 0; j < D; j++)
                    gram[(i * D) + j] += x[i] * x[j];
            }
        }

        for (int i = 0; i < D; i++)
        {
            for (int j = 0; j < D; j++)
            {
                double sum = 0;
                for (int k = 0; k < D; k++)
                    sum += state.InversePrecision(0)[(i * D) + k] * gram[(k * D) + j];

                // In units of the features, which is what scores see.
                sum *= Math.Pow(10, (j - i) * 0.6);
                TestKit.Promises.Close(i == j ? 1 : 0, sum, 0, 1e-9, $"A^-1 A ({i}, {j})");
            }
        }
    }
}
