using OptiCore.Persistence;
using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests;

/// <summary>Arms with memory and rewards that come late.</summary>
public class MemoryTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(59);

    [Fact]
    public void WhittlesIndexOfAnArmThatFreezesIsGittinsIndex()
    {
        // The Gittins index by its definition, the largest discounted reward per discounted time over all stopping sets.
        const int States = 4;
        const double Discount = 0.9;
        RandomStream stream = Key.Fold("gittins").Stream();
        double[] identity = new double[States * States], indices = new double[States];
        for (int s = 0; s < States; s++)
            identity[(s * States) + s] = 1;
        for (int trial = 0; trial < 20; trial++)
        {
            double[] play = Stochastic(ref stream, States), rewards = new double[States];
            for (int s = 0; s < States; s++)
                rewards[s] = stream.NextNormal();
            Assert.True(WhittleIndex.TryCompute(identity, play, new double[States], rewards, Discount, indices));
            for (int s = 0; s < States; s++)
            {
                double best = double.NegativeInfinity;
                for (int set = 0; set < 1 << States; set++)
                {
                    if ((set >> s & 1) == 0)
                        continue;

                    // Playing goes on inside the set: reward and time by plain iteration.
                    double[] reward = new double[States], time = new double[States];
                    for (int i = 0; i < 500; i++)
                    {
                        double[] r = new double[States], t = new double[States];
                        for (int from = 0; from < States; from++)
                        {
                            r[from] = rewards[from];
                            t[from] = 1;
                            for (int to = 0; to < States; to++)
                            {
                                if ((set >> to & 1) != 0)
                                {
                                    r[from] += Discount * play[(from * States) + to] * reward[to];
                                    t[from] += Discount * play[(from * States) + to] * time[to];
                                }
                            }
                        }

                        (reward, time) = (r, t);
                    }

                    best = Math.Max(best, reward[s] / time[s]);
                }

                Promises.Close(best, indices[s], 1e-10, 1e-10, $"index of state {s}, trial {trial}");
            }
        }
    }

    [Fact]
    public void AtTheIndexPlayingAndRestingAreEquallyGood()
    {
        // Random restless arms; those that are indexable (most) fulfil the definition by plain value iteration.
        const int States = 5;
        const double Discount = 0.8;
        RandomStream stream = Key.Fold("restless").Stream();
        int indexable = 0;
        for (int trial = 0; trial < 30; trial++)
        {
            double[] rest = Stochastic(ref stream, States), play = Stochastic(ref stream, States), r0 = new double[States], r1 = new double[States], indices = new double[States];
            for (int s = 0; s < States; s++)
            {
                r0[s] = stream.NextNormal();
                r1[s] = stream.NextNormal();
            }

            if (!WhittleIndex.TryCompute(rest, play, r0, r1, Discount, indices))
                continue;
            indexable++;
            for (int s = 0; s < States; s++)
            {
                double[] value = new double[States], next = new double[States];
                double difference = 0;
                for (int i = 0; i < 200; i++)
                {
                    for (int from = 0; from < States; from++)
                    {
                        double a = r1[from], b = r0[from] + indices[s];
                        for (int to = 0; to < States; to++)
                        {
                            a += Discount * play[(from * States) + to] * value[to];
                            b += Discount * rest[(from * States) + to] * value[to];
                        }

                        next[from] = Math.Max(a, b);
                        difference = from == s ? a - b : difference;
                    }

                    next.CopyTo(value, 0);
                }

                Promises.Close(0, difference, 0, 1e-10, $"playing minus resting in state {s}, trial {trial}");
            }
        }

        Assert.InRange(indexable, 20, 30);
    }

    [Fact]
    public void TheIndexPolicyIsNearTheOptimumOfTheJointProblem()
    {
        // Two machines that wear out (five conditions) and one mechanic: repair brings a machine back to new. The joint problem is solved by value iteration.
        const int States = 5;
        const double Discount = 0.95;
        double[] wear = [0.3, 0.5], rest = new double[States * States], play = new double[States * States], r0 = [1, 0.9, 0.7, 0.4, 0], r1 = [-0.5, -0.5, -0.5, -0.5, -0.5];
        double[][] indices = [new double[States], new double[States]], rests = new double[2][];
        for (int machine = 0; machine < 2; machine++)
        {
            Array.Clear(rest);
            for (int s = 0; s < States; s++)
            {
                rest[(s * States) + s] += 1 - wear[machine];
                rest[(s * States) + Math.Min(States - 1, s + 1)] += wear[machine];
                play[s * States] = 1;
            }

            rests[machine] = [.. rest];
            Assert.True(WhittleIndex.TryCompute(rest, play, r0, r1, Discount, indices[machine]));

            // A worse machine is worth more to repair.
            for (int s = 1; s < States; s++)
                Assert.True(indices[machine][s] > indices[machine][s - 1]);
        }

        double[] optimal = Iterate((values, _, _) => values[1] > values[0] ? 1 : 0);
        double[] byIndex = Iterate((_, a, b) => indices[1][b] > indices[0][a] ? 1 : 0);
        for (int s = 0; s < optimal.Length; s++)
        {
            Assert.True(byIndex[s] <= optimal[s] + 1e-9);
            Promises.Close(optimal[s], byIndex[s], 0.01, 0, $"value of joint state {s}");
        }

        double[] Iterate(Func<double[], int, int, int> choose)
        {
            double[] value = new double[States * States], next = new double[value.Length];
            for (int i = 0; i < 2000; i++)
            {
                for (int s = 0; s < value.Length; s++)
                {
                    int a = s / States, b = s % States;
                    double[] q = [r1[a] + r0[b], r0[a] + r1[b]];
                    for (int to = 0; to < States; to++)
                    {
                        q[0] += Discount * rests[1][(b * States) + to] * value[to];
                        q[1] += Discount * rests[0][(a * States) + to] * value[to * States];
                    }

                    next[s] = q[choose(q, a, b)];
                }

                next.CopyTo(value, 0);
            }

            return value;
        }
    }

    [Fact]
    public void BadArmsThrow()
    {
        double[] one = [1], indices = new double[1];
        Assert.Contains("rest", Assert.Throws<ArgumentException>(() => WhittleIndex.TryCompute([0.5], one, one, one, 0.5, indices)).Message, StringComparison.Ordinal);
        Assert.Contains("play", Assert.Throws<ArgumentException>(() => WhittleIndex.TryCompute(one, [1, 0], one, one, 0.5, indices)).Message, StringComparison.Ordinal);
        Assert.Contains("discount", Assert.Throws<ArgumentOutOfRangeException>(() => WhittleIndex.TryCompute(one, one, one, one, 1, indices)).Message, StringComparison.Ordinal);
        Assert.ThrowsAny<ArgumentException>(() => WhittleIndex.TryCompute(one, one, [double.NaN], one, 0.5, indices));
        Assert.True(WhittleIndex.TryCompute(one, one, [0.25], [1], 0.5, indices));
        Assert.Equal(0.75, indices[0], 1e-14);
    }

    [Fact]
    public void LongBlocksFindTheArmThatIsBestWhenItIsPlayedAllTheTime()
    {
        // Six arms with memory m = 20: the reward rises with the share of the last 20 rounds in which the arm was played, for the best arm from 0.1 to 0.9, for the others from 0.5 to 0.6. K T from 6e3 to 6e6.
        int[] horizons = [1000, 10_000, 100_000, 1_000_000];
        double[] ratios = new double[4];
        for (int i = 0; i < 4; i++)
        {
            int rounds = horizons[i];
            double own = PolicyRegret(new RepeatedExposureElimination(), rounds);
            ratios[i] = own / Math.Sqrt(6.0 * rounds);
            TestContext.Current.TestOutputHelper?.WriteLine($"T = {rounds}: complete policy regret {own:f1} ({ratios[i]:f2} sqrt(K T))");
            if (rounds != 100_000)
                continue;
            double ucb = PolicyRegret(new Ucb1(), rounds), exp3 = PolicyRegret(new Exp3(), rounds), plain = PolicyRegret(new SuccessiveElimination(), rounds);
            TestContext.Current.TestOutputHelper?.WriteLine($"UCB1 {ucb:f1}, EXP3 {exp3:f1}, elimination in turns {plain:f1}");
            Assert.True(own < 0.5 * ucb && own < 0.5 * exp3 && own < 0.5 * plain, $"{own} beside {ucb} of UCB1, {exp3} of EXP3 and {plain} of elimination in turns");
        }

        // Bounded by a constant times sqrt(K T): it falls once the memory is paid for.
        Assert.True(ratios[3] < ratios[2] && ratios[2] < ratios[1] && ratios[1] < 10, string.Join(", ", ratios));

        // Additive in M: equal steps of M cost equal amounts, within a half of the first.
        double[] swept = new double[3];
        for (int i = 0; i < 3; i++)
            swept[i] = PolicyRegret(new RepeatedExposureElimination { BurnIn = 20 + (40 * i) }, 100_000);
        TestContext.Current.TestOutputHelper?.WriteLine($"M = 20, 60, 100: {string.Join(", ", swept)}");
        double step = swept[1] - swept[0];
        Assert.InRange(swept[2] - swept[1], 0.5 * step, 1.5 * step);
    }

    /// <summary>Against the best arm played for ever, mean of ten runs.</summary>
    private static double PolicyRegret(IBanditPolicy policy, int rounds)
    {
        const int Arms = 6, Memory = 20;
        double regret = 0;
        for (int run = 0; run < 10; run++)
        {
            BanditState state = policy.Start(Arms, Key.Fold(run));
            RandomStream stream = Key.Fold("tally").Fold(run).Stream();
            int[] last = new int[Memory], counts = new int[Arms];
            Array.Fill(last, -1);
            for (int t = 0; t < rounds; t++)
            {
                int arm = state.Choose();
                double share = counts[arm] / (double)Memory, mean = arm == 3 ? 0.1 + (0.8 * share) : 0.5 + (0.1 * share);
                regret += (0.9 - mean) / 10;
                state.Update(arm, stream.NextDouble() < mean ? 1 : 0);
                ref int slot = ref last[t % Memory];
                if (slot >= 0)
                    counts[slot]--;
                slot = arm;
                counts[arm]++;
            }
        }

        return regret;
    }

    [Fact]
    public void APolicyBehindQueuesDoesNotNoticeDelays()
    {
        // Reward n of an arm is the same whenever it comes: the policy's history is a beginning of that without delays.
        BanditState plain = new Ucb1().Start(3, Key);
        var plays = new List<int>();
        for (int t = 0; t < 400; t++)
        {
            int arm = plain.Choose();
            plays.Add(arm);
            plain.Update(arm, Reward(arm, plain.Pulls[arm]));
        }

        var queue = new DelayedRewards(new Ucb1().Start(3, Key));
        var pending = new Queue<(int Arm, double Reward)>();
        long[] played = new long[3];
        int largest = 0;
        for (int t = 0; t < 400; t++)
        {
            int arm = queue.Next();
            pending.Enqueue((arm, Reward(arm, played[arm]++)));
            largest = Math.Max(largest, pending.Count);
            if (t >= 30)
            {
                (int old, double reward) = pending.Dequeue();
                queue.Receive(old, reward);
            }
        }

        // What the policy was told is what it would have been told, and all that it wasn't told waits or is on its way.
        BanditState again = new Ucb1().Start(3, Key);
        for (int t = 0; t < queue.State.Updates; t++)
        {
            Assert.Equal(plays[t], again.Choose());
            again.Update(plays[t], Reward(plays[t], again.Pulls[plays[t]]));
        }

        Assert.Equal(StateArchive.Save(again), StateArchive.Save(queue.State));
        Assert.Equal(400, queue.State.Updates + queue.Waiting(0) + queue.Waiting(1) + queue.Waiting(2) + pending.Count);

        // The regret beyond that without delays is bounded by the outstanding rewards.
        double lost = 0, without = 0;
        for (int arm = 0; arm < 3; arm++)
        {
            lost += 0.2 * (2 - arm) * played[arm];
            without += 0.2 * (2 - arm) * plain.Pulls[arm];
        }

        Assert.True(lost <= without + (0.6 * largest), $"{lost} lost, {without} without delays");

        static double Reward(int arm, long n)
        {
            RandomStream stream = Key.Fold("late").Fold((n * 8) + arm).Stream();
            return (0.2 * arm) + (0.5 * stream.NextDouble());
        }
    }

    [Fact]
    public void WaitingRewardsAreSavedAndRefusedWhenBad()
    {
        var queue = new DelayedRewards(new KlUcb().Start(2, Key));
        for (int i = 0; i < 50; i++)
            queue.Receive(1, i / 50.0);
        Assert.Equal(50, queue.Waiting(1));
        byte[] saved = StateArchive.Save(queue);
        Assert.Equal(0, queue.Next());
        queue.Receive(0, 0);
        int next = queue.Next();
        var loaded = new DelayedRewards(new KlUcb().Start(2, Key.Fold(1)));
        StateArchive.Load(loaded, saved);
        Assert.Equal(50, loaded.Waiting(1));
        Assert.Equal(0, loaded.Next());
        loaded.Receive(0, 0);
        Assert.Equal(next, loaded.Next());
        Assert.Equal(StateArchive.Save(queue), StateArchive.Save(loaded));
        Assert.Contains("reward must lie in [0, 1]", Assert.Throws<ArgumentOutOfRangeException>(() => queue.Receive(0, 2)).Message, StringComparison.Ordinal);
        Assert.Contains("arm is 2", Assert.Throws<ArgumentOutOfRangeException>(() => queue.Receive(2, 0)).Message, StringComparison.Ordinal);
    }

    private static double[] Stochastic(ref RandomStream stream, int states)
    {
        double[] matrix = new double[states * states];
        for (int s = 0; s < states; s++)
        {
            double sum = 0;
            for (int t = 0; t < states; t++)
                sum += matrix[(s * states) + t] = stream.NextOpenDouble();
            for (int t = 0; t < states; t++)
                matrix[(s * states) + t] /= sum;
        }

        return matrix;
    }
}
