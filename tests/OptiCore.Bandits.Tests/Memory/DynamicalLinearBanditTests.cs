using OptiCore.Persistence;
using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests;

/// <summary>Actions that work through a hidden linear state.</summary>
public class DynamicalLinearBanditTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(67);

    [Fact]
    public void AnActionThatIsHeldEarnsItsLongRunMean()
    {
        // The noise-free system is iterated until it stands still.
        RandomStream stream = Key.Fold("systems").Stream();
        for (int trial = 0; trial < 20; trial++)
        {
            int n = 1 + (trial % 4), d = 1 + (trial % 3);
            double[] a = Normals(ref stream, n * n);
            for (int i = 0; i < a.Length; i++)
                a[i] *= 0.45 / Math.Sqrt(n);
            double[] actions = Normals(ref stream, 5 * d);
            var bandit = new DynamicalLinearBandit(a, Normals(ref stream, n * d), Normals(ref stream, n), Normals(ref stream, d), actions, 0, 0);
            double[] state = new double[n];
            for (int arm = 0; arm < 5; arm++)
            {
                bandit.Begin(state);
                Assert.All(state, x => Assert.Equal(0, x));
                for (int t = 0; t < 2000; t++)
                    bandit.Play(state, arm, Key.Fold(t));
                double settled = bandit.Mean(state, arm);
                Promises.Close(settled, bandit.LongRunMean(arm), 1e-10, 1e-10, $"trial {trial}, arm {arm}");
                Assert.Equal(settled, bandit.Play(state, arm, Key));
                Assert.True(bandit.LongRunMean(arm) <= bandit.Benchmark);
            }
        }
    }

    [Fact]
    public void SpectralRadiiAreThoseOfTheirMatrices()
    {
        // A rotation times 0.9, a Jordan block, a nilpotent matrix.
        double c = 0.9 * Math.Cos(1), s = 0.9 * Math.Sin(1);
        Promises.Close(0.9, Make([c, -s, s, c]).SpectralRadius, 1e-12, 0, "rotation");
        Promises.Close(0.7, Make([0.7, 5, 0, 0.7]).SpectralRadius, 1e-11, 0, "Jordan block");
        Assert.Equal(0, Make([0, 3, 0, 0]).SpectralRadius);
        Assert.Contains("spectral radius below 1", Assert.Throws<ArgumentOutOfRangeException>(() => Make([1, 0, 0, 0.5])).Message, StringComparison.Ordinal);

        static DynamicalLinearBandit Make(double[] transition) => new(transition, [1, 1], [1, 1], [1], [1, 2], 0, 0);
    }

    [Fact]
    public void ActionsAreHeldAndOnlyLastRewardsAreLearnt()
    {
        // rho = 0.5: epoch m has 1 + floor(log2 m) rounds.
        DynLinUcbState state = new DynLinUcb { SpectralRadius = 0.5 }.Start(3, 2, Key);
        double[] context = [1, 0, 0, 1, 0.6, 0.8];
        RandomStream stream = Key.Fold("holding").Stream();
        double[,] gram = new double[2, 2];
        double[] moment = new double[2];
        for (int m = 1; m <= 40; m++)
        {
            Assert.Equal(m, state.Epoch);
            int length = 1 + (int)Math.Floor(Math.Log2(m)), arm = state.Choose(context);
            Assert.Equal(length, state.EpochLength);
            double reward = 0;
            for (int i = 0; i < length; i++)
            {
                Assert.Equal(arm, state.Choose(context));
                state.Update(context, arm, reward = stream.NextNormal());
            }

            for (int i = 0; i < 2; i++)
            {
                moment[i] += reward * context[(2 * arm) + i];
                for (int j = 0; j < 2; j++)
                    gram[i, j] += context[(2 * arm) + i] * context[(2 * arm) + j];
            }
        }

        // Ridge regression with lambda = 1 on the last rewards.
        double a = gram[0, 0] + 1, b = gram[0, 1], c = gram[1, 1] + 1, determinant = (a * c) - (b * b);
        Promises.Close(((c * moment[0]) - (b * moment[1])) / determinant, state.Coefficients(0)[0], 1e-10, 1e-10, "first coefficient");
        Promises.Close(((a * moment[1]) - (b * moment[0])) / determinant, state.Coefficients(0)[1], 1e-10, 1e-10, "second coefficient");

        // Another action in between begins the epoch anew.
        long epoch = state.Epoch, rounds = state.EpochLength;
        int held = state.Choose(context), other = (held + 1) % 3;
        state.Update(context, held, 0);
        state.Update(context, other, 0);
        Assert.Equal(other, state.Choose(context));
        for (int i = 2; i < rounds; i++)
            state.Update(context, other, 0);
        Assert.Equal(epoch, state.Epoch);
        state.Update(context, other, 0);
        Assert.Equal(epoch + 1, state.Epoch);
    }

    [Fact]
    public void TheRadiusIsThePapers()
    {
        // By hand: c1 = 2 x 0.5 x 3 (2 x 0.25 / 0.2 + 1) = 10.5, c2 = 2 + 0.5 x 3 x 0.25 / 0.2 = 3.875, s^2 = 0.01 (1 + 2.25 / 0.36) = 0.0725; at t = 99 with lambda = 4, d = 2, delta = e^-5:
        // 10.5 (1 + ln 100) / 2 + 3.875 x 2 + sqrt(0.145 (5 + ln(1 + 99 x 4 / 8))).
        var policy = new DynLinUcb
        {
            SpectralRadius = 0.8,
            TransitionBound = 3,
            InputBound = 0.25,
            OutputBound = 0.5,
            DirectBound = 2,
            ActionBound = 2,
            StartBound = 1,
            NoiseScale = 0.1,
            Delta = Math.Exp(-5),
            Regularization = 4,
        };
        DynLinUcbState state = policy.Start(2, 2, Key);
        for (int t = 0; t < 99; t++)
            state.Update([1, 0, 0, 1], t % 2, 0);
        Promises.Close(5.25 + (5.25 * Math.Log(100)) + 7.75 + Math.Sqrt(0.145 * (5 + Math.Log(50.5))), state.Radius, 1e-13, 0, "radius");
    }

    [Theory]
    [InlineData(0.2)]
    [InlineData(0.9)]
    public void RegretGrowsLikeTheSquareRootAndTheEstimateConverges(double rho)
    {
        // 120 actions on the positive part of the sphere; a third of the second coordinate's weight comes late.
        DynamicalLinearBandit bandit = Sphere(rho);
        DynLinUcb policy = For(rho, 0.1, 0.4);
        const int Last = 300_000;
        PolicyRegret regret = BanditSimulator.Run([policy], bandit, new SimulationOptions { Rounds = Last, Replications = 1, Checkpoints = [Last / 10, Last], Key = Key }).Policies[0];
        double slope = Math.Log10(regret.MeanRegret[1] / regret.MeanRegret[0]);
        TestContext.Current.TestOutputHelper?.WriteLine($"rho = {rho}: regret {regret.MeanRegret[0]:f0} after {Last / 10}, {regret.MeanRegret[1]:f0} after {Last} rounds, slope {slope:f3}");

        // sqrt(T) ln(T) has slope 0.58 over this decade; the epochs, which grow with ln(T), add to it, the gaps between actions take away.
        Assert.InRange(slope, 0.4, 0.7);

        // The confidence ellipsoid holds h at the end of every epoch, and the estimate comes close to it.
        DynLinUcbState state = policy.Start(bandit.Arms, 3, Key);
        double[] hidden = new double[3];
        for (int t = 0; t < 100_000; t++)
        {
            int arm = state.Choose(bandit.ActionFeatures);
            long epoch = state.Epoch;
            state.Update(bandit.ActionFeatures, arm, bandit.Play(hidden, arm, Key.Fold("ellipsoid").Fold(t)));
            if (state.Epoch != epoch)
                Assert.True(Distance(state, bandit) <= state.Radius, $"round {t}");
        }

        for (int i = 0; i < 3; i++)
            Promises.Close(bandit.MarkovParameter[i], state.Coefficients(0)[i], 0, 0.02, $"h[{i}]");
    }

    private static double Distance(DynLinUcbState state, DynamicalLinearBandit bandit)
    {
        // sqrt(e'Ve) by a solve with V^-1, which is 3 x 3: maximise (e'x)^2 / x'V^-1 x over x, at x = V e.
        ReadOnlySpan<double> w = state.InversePrecision(0);
        double[] e = [.. Enumerable.Range(0, 3).Select(i => state.Coefficients(0)[i] - bandit.MarkovParameter[i])];
        double Minor(ReadOnlySpan<double> m, int i, int j)
        {
            int r0 = (i + 1) % 3, r1 = (i + 2) % 3, c0 = (j + 1) % 3, c1 = (j + 2) % 3;
            return (m[(3 * r0) + c0] * m[(3 * r1) + c1]) - (m[(3 * r0) + c1] * m[(3 * r1) + c0]);
        }

        double determinant = 0, sum = 0;
        for (int j = 0; j < 3; j++)
            determinant += w[j] * Minor(w, 0, j);
        for (int i = 0; i < 3; i++)
        {
            for (int j = 0; j < 3; j++)
                sum += e[i] * e[j] * Minor(w, j, i) / determinant;
        }

        return Math.Sqrt(sum);
    }

    [Fact]
    public void PoliciesThatLearnFromEveryRewardAreMisled()
    {
        // The second action costs 0.6 at once and brings 1.5 later, 0.9 together; the first brings 0.3 at once.
        const double Rho = 0.9;
        var bandit = new DynamicalLinearBandit(
            [Rho, 0, 0, 0, Rho, 0, 0, 0, Rho], [0, 0, 0, 0, 1 - Rho, 0, 0, 0, 0], [0, 1.5, 0], [0.3, -0.6, 0.1], [1, 0, 0, 0, 1, 0, 0, 0, 1], 0.02, 0.02);
        Promises.Close(0.9, bandit.Benchmark, 1e-12, 0, "benchmark");
        const int Rounds = 100_000;
        RegretReport report = BanditSimulator.Run(
            [For(Rho, 1.5, 0.7), new LinUcb { Sharing = ModelSharing.Shared }, new Rescaled(new Exp3Ix())], bandit,
            new SimulationOptions { Rounds = Rounds, Replications = 1, Checkpoints = [Rounds / 3, Rounds], Key = Key });
        foreach (PolicyRegret policy in report.Policies)
            TestContext.Current.TestOutputHelper?.WriteLine($"{policy.Policy.GetType().Name}: {policy.MeanRegret[0]:f0}, {policy.MeanRegret[1]:f0}");
        double own = report.Policies[0].MeanRegret[1];
        Assert.True(own < 0.5 * report.Policies[1].MeanRegret[1] && own < 0.5 * report.Policies[2].MeanRegret[1]);
    }

    [Fact]
    public void RegretGrowsAsTheStateSettlesMoreSlowly()
    {
        // The bound grows like (1 - rho)^-1.5.
        double[] radii = [0, 0.5, 0.8, 0.9], regrets = new double[4];
        for (int i = 0; i < radii.Length; i++)
        {
            regrets[i] = BanditSimulator.Run(
                [For(radii[i], 0.1, 0.4)], Sphere(radii[i]), new SimulationOptions { Rounds = 50_000, Replications = 1, Checkpoints = [50_000], Key = Key }).Policies[0].MeanRegret[0];
        }

        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(", ", regrets));
        for (int i = 1; i < radii.Length; i++)
            Assert.InRange(regrets[i] / regrets[i - 1], 1, Math.Pow((1 - radii[i - 1]) / (1 - radii[i]), 1.5));
    }

    [Fact]
    public void SimulationsHaveTheSameBitsForAnyNumberOfWorkersAndRefuseWhatDoesNotFit()
    {
        DynamicalLinearBandit bandit = Sphere(0.5);
        var options = new SimulationOptions { Rounds = 300, Replications = 20, Key = Key };
        PolicyRegret one = BanditSimulator.Run([new DynLinUcb()], bandit, options).Policies[0], three = BanditSimulator.Run([new DynLinUcb()], bandit, options with { Workers = Workers.Threads(3) }).Policies[0];
        Promises.SameBits(one.MeanRegret, three.MeanRegret, "regret");
        Promises.SameBits(one.MeanPulls, three.MeanPulls, "pulls");
        Assert.Contains("LinUcb takes contexts", Assert.Throws<ArgumentException>(() => BanditSimulator.Run([new LinUcb()], bandit, options)).Message, StringComparison.Ordinal);

        double[] state = new double[3];
        int t = 0;
        Promises.AllocatesNothing(() => bandit.Play(state, t % 120, Key.Fold(t++)), "a round");
    }

    [Fact]
    public void BadOptionsThrow()
    {
        Throws(() => new DynLinUcb { SpectralRadius = 1 }, nameof(DynLinUcb.SpectralRadius));
        Throws(() => new DynLinUcb { SpectralRadius = -0.1 }, nameof(DynLinUcb.SpectralRadius));
        Throws(() => new DynLinUcb { TransitionBound = 0.9 }, nameof(DynLinUcb.TransitionBound));
        Throws(() => new DynLinUcb { InputBound = -1 }, nameof(DynLinUcb.InputBound));
        Throws(() => new DynLinUcb { OutputBound = double.NaN }, nameof(DynLinUcb.OutputBound));
        Throws(() => new DynLinUcb { DirectBound = double.PositiveInfinity }, nameof(DynLinUcb.DirectBound));
        Throws(() => new DynLinUcb { ActionBound = 0 }, nameof(DynLinUcb.ActionBound));
        Throws(() => new DynLinUcb { StartBound = -1 }, nameof(DynLinUcb.StartBound));
        Throws(() => new DynLinUcb { NoiseScale = -1 }, nameof(DynLinUcb.NoiseScale));
        Throws(() => new DynLinUcb { Delta = 1 }, nameof(DynLinUcb.Delta));
        Throws(() => new DynLinUcb { Regularization = 0 }, nameof(DynLinUcb.Regularization));
        Throws(() => new DynamicalLinearBandit([0.5], [1], [1], [1], [1], -1, 0), "stateNoise");
        Throws(() => new DynamicalLinearBandit([0.5], [1], [1], [1], [], 0, 0), "actions");
        Assert.Contains("input", Assert.Throws<ArgumentException>(() => new DynamicalLinearBandit([0.5], [1, 2], [1], [1], [1], 0, 0)).Message, StringComparison.Ordinal);
        Assert.Contains("output", Assert.Throws<ArgumentException>(() => new DynamicalLinearBandit([0.5], [1], [double.NaN], [1], [1], 0, 0)).Message, StringComparison.Ordinal);

        static void Throws(Func<object> make, string name) => Assert.Equal(name, Assert.Throws<ArgumentOutOfRangeException>(make).ParamName);
    }

    private static DynLinUcb For(double rho, double output, double direct) =>
        new() { SpectralRadius = rho, InputBound = 1 - rho, OutputBound = output, DirectBound = direct, NoiseScale = 0.02, Delta = 1e-6 };

    /// <summary>120 actions, evenly over the part of the unit sphere whose coordinates aren't negative, h = (0.3, 0.3, 0.1).</summary>
    private static DynamicalLinearBandit Sphere(double rho)
    {
        const int Actions = 120;
        double[] actions = new double[3 * Actions];
        for (int i = 0; i < Actions; i++)
        {
            double z = (i + 0.5) / Actions, r = Math.Sqrt(1 - (z * z)), turn = i * 0.618033988749895, angle = 0.5 * Math.PI * (turn - Math.Floor(turn));
            (actions[3 * i], actions[(3 * i) + 1], actions[(3 * i) + 2]) = (r * Math.Cos(angle), r * Math.Sin(angle), z);
        }

        double left = 1 - rho;
        return new DynamicalLinearBandit([rho, 0, 0, 0, rho, 0, 0, 0, rho], [left, 0, 0, 0, left, 0, 0, 0, left], [0, 0.1, 0], [0.3, 0.2, 0.1], actions, 0.02, 0.02);
    }

    private static double[] Normals(ref RandomStream stream, int count)
    {
        double[] values = new double[count];
        foreach (ref double value in values.AsSpan())
            value = stream.NextNormal();
        return values;
    }

    /// <summary>A policy for rewards of [0, 1], told (reward + 1) / 3, cut off at the ends.</summary>
    private sealed record Rescaled(IBanditPolicy Inner) : IBanditPolicy
    {
        RewardRange IPolicy.Rewards => RewardRange.Finite;

        public BanditState Start(int arms, RandomKey key) => new State(this, arms, key);

        private sealed class State(Rescaled policy, int arms, RandomKey key) : BanditState(policy, arms, key)
        {
            private readonly BanditState _inner = policy.Inner.Start(arms, key);

            public override void Persist(StateArchive archive)
            {
                base.Persist(archive);
                archive.Transfer(_inner);
            }

            protected override int Select(long round) => _inner.Choose(round);

            protected override void Score(Span<double> scores) => _inner.Scores(scores);

            protected override void Learn(int arm, double reward) => _inner.Update(arm, Math.Clamp((reward + 1) / 3, 0, 1));

            protected override void Forget() => _inner.Restart(Key);
        }
    }
}
