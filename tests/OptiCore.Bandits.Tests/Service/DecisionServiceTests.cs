using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using OptiCore.Persistence;
using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests.Service;

public sealed class DecisionServiceTests
{
    private static readonly string[] Headlines = ["calm", "loud", "short"];

    [Fact]
    public void Rewards_come_late_out_of_order_or_never()
    {
        using var service = new DecisionService(new UcbTuned(), Headlines);
        Decision[] decisions = [.. Enumerable.Range(0, 9).Select(_ => service.Decide())];
        Assert.Equal(Enumerable.Range(0, 9).Select(i => (long)i), decisions.Select(d => d.Id));

        // Nothing has come back: every action is tried equally often.
        Assert.All(Headlines, name => Assert.Equal(3, decisions.Count(d => d.Action == name)));
        Assert.All(decisions, d => Assert.Equal(1, d.Propensity));
        service.Reward(7, 1);
        service.Reward(2, 0.5);
        service.GiveUp(4);
        Assert.Equal(6, service.PendingCount);
        Assert.Equal(2, service.RewardCount);
        Refused("has had one", () => service.Reward(7, 1));
        Refused("has had one", () => service.Reward(4, 1));
        Refused("no decision 9: 9 have been made", () => service.Reward(9, 1));
        Refused("no decision -1", () => service.Reward(-1, 1));
        Refused("has had one", () => service.GiveUp(2));
        foreach (double reward in (double[])[double.NaN, -0.1, 1.1, double.PositiveInfinity])
            Assert.Contains("lie in [0, 1]", Assert.Throws<ArgumentOutOfRangeException>(() => service.Reward(0, reward)).Message, StringComparison.Ordinal);
        Refused("context has 1 numbers but UcbTuned takes 0", () => service.Decide([1]));
        Assert.Equal((6, 2L, 9L), (service.PendingCount, service.RewardCount, service.DecisionCount));

        void Refused(string reason, Action call)
        {
            byte[] before = Saved(service);
            Assert.Contains(reason, Assert.Throws<ArgumentException>(call).Message, StringComparison.Ordinal);
            Assert.Equal(before, Saved(service));
        }
    }

    [Fact]
    public void The_oldest_is_given_up_when_too_many_wait()
    {
        using var service = new DecisionService(new Ucb1(), Headlines, new DecisionServiceOptions { MostPending = 100 });
        for (int i = 0; i < 1000; i++)
            service.Decide();
        Assert.Equal(128, service.PendingCount);
        Assert.Throws<ArgumentException>(() => service.Reward(1000 - 129, 1));
        service.Reward(1000 - 128, 1);
        service.Reward(999, 1);
        Assert.Equal(126, service.PendingCount);
    }

    [Fact]
    public void Actions_come_and_go_while_decisions_wait()
    {
        using var service = new DecisionService(new ThompsonSampling(), Headlines);
        var first = new Dictionary<string, Decision>();
        while (first.Count < 3)
        {
            Decision decision = service.Decide();
            if (!first.TryAdd(decision.Action, decision))
                service.GiveUp(decision.Id);
        }

        service.RemoveAction("loud");
        service.AddAction("new");
        Assert.Equal(["calm", "short", "new"], service.ActionNames);
        Assert.Equal(RewardOutcome.Learnt, service.Reward(first["short"].Id, 1));
        Assert.Equal(RewardOutcome.ActionRemoved, service.Reward(first["loud"].Id, 1));
        Assert.Equal(RewardOutcome.Learnt, service.Reward(first["calm"].Id, 0));
        Assert.Equal(2, service.RewardCount);
        var seen = new HashSet<string>();
        for (int i = 0; i < 200; i++)
            seen.Add(service.Decide().Action);
        Assert.Equal(["calm", "new", "short"], seen.Order());
        Assert.Contains("already", Assert.Throws<ArgumentException>(() => service.AddAction("calm")).Message, StringComparison.Ordinal);
        Assert.Contains("no action 'loud'", Assert.Throws<ArgumentException>(() => service.RemoveAction("loud")).Message, StringComparison.Ordinal);
        service.RemoveAction("calm");
        service.RemoveAction("new");
        Assert.Contains("last action", Assert.Throws<ArgumentException>(() => service.RemoveAction("short")).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new DecisionService(new Ucb1(), []));
        Assert.Throws<ArgumentException>(() => new DecisionService(new Ucb1(), ["a", "a"]));
    }

    [Fact]
    public void Many_threads_share_one_service()
    {
        const int Threads = 4, Rounds = 5000;
        using var service = new DecisionService(new UcbTuned(), Headlines);
        var open = new ConcurrentBag<(long Id, double Reward)>();
        var ids = new ConcurrentDictionary<long, bool>();
        double total = 0;
        var gate = new Lock();
        Parallel.For(0, Threads, new ParallelOptions { MaxDegreeOfParallelism = Threads }, thread =>
        {
            double own = 0;
            for (int i = 0; i < Rounds; i++)
            {
                Decision decision = service.Decide();
                Assert.True(ids.TryAdd(decision.Id, true));
                open.Add((decision.Id, decision.Action == "short" ? 1 : 0.25));

                // Somebody's decision, not necessarily the own one.
                if (open.TryTake(out (long Id, double Reward) other))
                {
                    service.Reward(other.Id, other.Reward);
                    own += other.Reward;
                }
            }

            lock (gate)
                total += own;
        });
        Assert.Equal(Threads * Rounds, service.DecisionCount);
        Assert.Equal(Threads * Rounds, service.RewardCount + service.PendingCount);
        Assert.Equal(Threads * Rounds, ids.Count);
        Assert.True(total > 0.9 * service.RewardCount, $"{total} of {service.RewardCount}");
    }

    [Fact]
    public void Saved_and_loaded_equals_uninterrupted()
    {
        using DecisionService whole = Played(new ThompsonSampling(), 0, 300, 1), other = Played(new ThompsonSampling(), 0, 20, 9);
        whole.AddAction("new");
        byte[] saved = Saved(whole);
        other.Load(new MemoryStream(saved));
        Play(whole, 300, 600);
        Play(other, 300, 600);
        Assert.Equal(Saved(whole), Saved(other));
        Assert.Equal(whole.ActionNames, other.ActionNames);

        byte[] before = Saved(other);
        byte[] damaged = [.. saved];
        damaged[^40] ^= 1;
        Assert.Throws<CheckpointException>(() => other.Load(new MemoryStream(damaged)));
        Assert.Throws<CheckpointException>(() => other.Load(new MemoryStream(saved[..^1])));
        using var foreign = new DecisionService(new Ucb1(), Headlines);
        Assert.Contains("ThompsonSampling", Assert.Throws<CheckpointException>(() => foreign.Load(new MemoryStream(saved))).Message, StringComparison.Ordinal);
        Assert.Equal(before, Saved(other));
    }

    [Fact]
    public void Services_that_learnt_apart_are_merged()
    {
        using DecisionService first = Played(new Ucb1(), 0, 200, 1), second = Played(new Ucb1(), 0, 300, 2);
        long rewards = first.RewardCount + second.RewardCount;
        first.Merge(second);
        Assert.Equal(rewards, first.RewardCount);
        using var other = new DecisionService(new Ucb1(), ["calm", "loud"]);
        Assert.Contains("same actions", Assert.Throws<ArgumentException>(() => first.Merge(other)).Message, StringComparison.Ordinal);
        using var foreign = new DecisionService(new UcbTuned(), Headlines);
        Assert.Contains("equal policies", Assert.Throws<ArgumentException>(() => first.Merge(foreign)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => first.Merge(first));
        Assert.Equal(rewards, first.RewardCount);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Contexts_wait_with_their_decisions(bool hasActionFeatures)
    {
        // With a log, without one, and the policy alone, told the contexts again: the same choices and the same state.
        string folder = Directory.CreateTempSubdirectory("opticore-journal-").FullName;
        try
        {
            IContextualPolicy policy = hasActionFeatures ? new Oful() : new LinUcb();
            RandomKey key = RandomKey.FromSeed(4);
            ContextualState alone = policy.Start(3, 2, key);
            var options = new DecisionServiceOptions { Key = key, Journal = folder, RecordsPerSnapshot = 50 };
            RandomStream stream = RandomKey.FromSeed(8).Stream();
            var open = new List<(Decision Decision, double[] Context)>();
            for (int part = 0; part < 4; part++)
            {
                using var service = new DecisionService(policy, 2, Headlines, options);
                Assert.Equal(alone.ContextLength, service.ContextLength);
                for (int i = 0; i < 60; i++)
                {
                    double[] context = new double[alone.ContextLength];
                    foreach (ref double x in context.AsSpan())
                        x = (2 * stream.NextDouble()) - 1;
                    long round = service.DecisionCount;
                    int arm = alone.Choose(context, round);
                    Decision decision = service.Decide(context);
                    Assert.Equal(Headlines[arm], decision.Action);
                    open.Add((decision, context));

                    // Rewards come in another order than decisions.
                    if (open.Count > 5)
                    {
                        int which = (int)(open.Count * stream.NextDouble());
                        (Decision rewarded, double[] then) = open[which];
                        open.RemoveAt(which);
                        double reward = stream.NextDouble();
                        service.Reward(rewarded.Id, reward);
                        alone.Update(then, Array.IndexOf(Headlines, rewarded.Action), reward);
                    }
                }

                double[] probe = new double[alone.ContextLength];
                Array.Fill(probe, 0.5);
                Assert.Equal(alone.Updates, service.RewardCount);
                Assert.Throws<ArgumentException>(() => service.Decide(probe.AsSpan(1)));
                Assert.Throws<ArgumentException>(() => service.Decide([double.NaN, .. probe[1..]]));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Decisions_with_their_rewards_stream_to_a_log_that_evaluators_read()
    {
        using var stream = new MemoryStream();
        var clock = new ManualClock();
        using (var writer = new DecisionLogWriter(stream, new DecisionShape(4, 2), leaveOpen: true))
        {
            using var service = new DecisionService(new SquareCb(), 2, Headlines, new DecisionServiceOptions { Log = writer, Clock = clock });
            for (int i = 0; i < 300; i++)
            {
                Decision decision = service.Decide([i, 0.5]);
                clock.Now += TimeSpan.FromSeconds(1.5);
                if (i % 3 != 0)
                    service.Reward(decision.Id, decision.Action == "short" ? 1 : 0);
            }

            service.RemoveAction("calm");
            service.AddAction("new");
            Assert.Contains("4 actions", Assert.Throws<NotSupportedException>(() => service.AddAction("newer")).Message, StringComparison.Ordinal);
        }

        stream.Position = 0;
        DecisionLog log = DecisionLog.Read(stream);
        Assert.Equal(200, log.Count);
        OffPolicyReport report = OffPolicy.Evaluate(log, TargetPolicy.Deterministic(log, [.. Enumerable.Repeat(2, 200)]), new OffPolicyOptions { Estimators = [new SelfNormalizedInversePropensity()] });
        Assert.Equal(1, report.Of<SelfNormalizedInversePropensity>().Value, 12);
        Assert.Contains("\"delay\":1.5", System.Text.Encoding.UTF8.GetString(stream.ToArray()), StringComparison.Ordinal);
        using var small = new DecisionLogWriter(Stream.Null, new DecisionShape(2));
        Assert.Contains("at least 3 actions", Assert.Throws<ArgumentException>(() => new DecisionService(new Ucb1(), Headlines, new DecisionServiceOptions { Log = small })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Features_of_all_actions_stream_to_the_log()
    {
        string folder = Directory.CreateTempSubdirectory("opticore-journal-").FullName;
        try
        {
            var policy = new LinUcb { Sharing = ModelSharing.Shared };
            var shown = new List<double[]>();
            using var stream = new MemoryStream();

            // Without a log only the chosen action's features are kept: that decision won't be written.
            long early, unrewarded;
            using (var service = new DecisionService(policy, 2, Headlines, new DecisionServiceOptions { Journal = folder }))
                early = service.Decide([1, 2, 3, 4, 5, 6]).Id;

            using (var writer = new DecisionLogWriter(stream, DecisionShape.WithActionFeatures(4, 2), leaveOpen: true))
            {
                var options = new DecisionServiceOptions { Journal = folder, Log = writer, RecordsPerSnapshot = 7 };
                long kept;
                using (var service = new DecisionService(policy, 2, Headlines, options))
                {
                    service.Reward(early, 1);
                    Assert.Equal(1, service.RewardCount);
                    RandomStream draws = RandomKey.FromSeed(8).Stream();
                    for (int i = 0; i < 20; i++)
                    {
                        double[] context = [.. Enumerable.Range(0, 6).Select(_ => draws.NextNormal())];
                        shown.Add([.. context, 0, 0]);
                        service.Reward(service.Decide(context).Id, i % 2);
                    }

                    // Actions keep their places: the one that went is 0, the new one is the last.
                    string second = service.ActionNames[1];
                    service.RemoveAction(second);
                    service.AddAction("new");
                    double[] after = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6];
                    shown.Add([0.1, 0.2, 0, 0, 0.3, 0.4, 0.5, 0.6]);
                    kept = service.Decide(after).Id;
                }

                // Pending decisions come back from the journal with the features of all actions.
                using (var service = new DecisionService(policy, 2, Headlines, options))
                {
                    service.Reward(kept, 1);
                    kept = service.Decide([-1, -2, -3, -4, -5, -6]).Id;
                }

                Assert.Equal(21, writer.Count);
                unrewarded = kept;
            }

            // Back without a log: the chosen action's are taken out of those of all.
            using (var service = new DecisionService(policy, 2, Headlines, new DecisionServiceOptions { Journal = folder }))
            {
                service.Reward(unrewarded, 1);
                Assert.Equal(23, service.RewardCount);
            }

            stream.Position = 0;
            DecisionLog log = DecisionLog.Read(stream);
            Assert.Equal(2, log.Shape.ActionFeatureCount);
            for (int i = 0; i < shown.Count; i++)
                Assert.Equal(shown[i], log[i].Context.ToArray());

            // Choices of a policy that learns from what the log holds are those that were made.
            LinearState again = policy.Start(3, 2, RandomKey.FromSeed(0));
            int first = again.Choose([1, 2, 3, 4, 5, 6]);
            again.Update([1, 2, 3, 4, 5, 6], first, 1);
            for (int i = 0; i < 20; i++)
            {
                Assert.Equal(log.Actions[i], again.Choose(log[i].Context[..6]));
                again.Update(log[i].Context[..6], log.Actions[i], log.Rewards[i]);
            }

            using var narrow = new DecisionLogWriter(Stream.Null, new DecisionShape(4, 8));
            Assert.Contains("2 features of each action", Assert.Throws<ArgumentException>(() => new DecisionService(policy, 2, Headlines, new DecisionServiceOptions { Log = narrow })).Message, StringComparison.Ordinal);
            using var few = new DecisionLogWriter(Stream.Null, DecisionShape.WithActionFeatures(3, 2));
            Assert.Contains("4 actions", Assert.Throws<CheckpointException>(() => new DecisionService(policy, 2, Headlines, new DecisionServiceOptions { Journal = folder, Log = few })).Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_log_keeps_the_state_and_bounds_itself()
    {
        string folder = Directory.CreateTempSubdirectory("opticore-journal-").FullName;
        try
        {
            var options = new DecisionServiceOptions { Journal = folder, RecordsPerSnapshot = 100, Durability = JournalDurability.Disk };
            byte[] saved;
            using (var service = new DecisionService(new ThompsonSampling(), Headlines, options))
            {
                Play(service, 0, 333);
                service.RemoveAction("calm");
                saved = Saved(service);
                Assert.Null(service.SnapshotError);
                Assert.Throws<IOException>(() => new DecisionService(new ThompsonSampling(), Headlines, options));
            }

            // One snapshot, one log of at most a hundred records, and the lock.
            Assert.Equal(3, Directory.GetFiles(folder).Length);
            using (var service = new DecisionService(new ThompsonSampling(), Headlines, options))
            {
                Assert.Equal(saved, Saved(service));
                Assert.Equal(["loud", "short"], service.ActionNames);
            }

            // A record that was torn off was never acknowledged.
            string journal = Directory.GetFiles(folder, "journal-*").Single();
            using (FileStream stream = File.OpenWrite(journal))
            {
                stream.Seek(0, SeekOrigin.End);
                stream.Write([21, 0, 0, 0, 1, 2, 3, 4, 1, 0, 0]);
            }

            using (var service = new DecisionService(new ThompsonSampling(), Headlines, options))
            {
                Assert.Equal(saved, Saved(service));
                service.Decide();
                saved = Saved(service);
            }

            using (var service = new DecisionService(new ThompsonSampling(), Headlines, options))
                Assert.Equal(saved, Saved(service));
            Assert.Throws<CheckpointException>(() => new DecisionService(new Ucb1(), Headlines, options));

            // Nobody holds the folder after a refusal.
            using (var service = new DecisionService(new ThompsonSampling(), Headlines, options))
                Assert.Equal(saved, Saved(service));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Metrics_tell_what_happens()
    {
        var sums = new Dictionary<string, double>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == "OptiCore.Bandits" && instrument.Meter.Tags is { } tags && tags.Any(t => (string?)t.Value == "metered"))
                l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => sums[instrument.Name] = sums.GetValueOrDefault(instrument.Name) + value);
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => sums[instrument.Name] = sums.GetValueOrDefault(instrument.Name) + value);
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => sums[instrument.Name] = value);
        listener.Start();
        using var service = new DecisionService(new Ucb1(), Headlines, new DecisionServiceOptions { Name = "metered" });
        for (int i = 0; i < 10; i++)
            service.Decide();
        service.Reward(0, 0.25);
        service.Reward(1, 0.5);
        service.GiveUp(2);
        listener.RecordObservableInstruments();
        Assert.Equal(10, sums["opticore.bandits.decisions"]);
        Assert.Equal(2, sums["opticore.bandits.rewards"]);
        Assert.Equal(0.75, sums["opticore.bandits.reward"]);
        Assert.Equal(1, sums["opticore.bandits.given_up"]);
        Assert.Equal(7, sums["opticore.bandits.pending"]);
    }

    [Fact]
    public void Deciding_and_rewarding_allocate_nothing()
    {
        string folder = Directory.CreateTempSubdirectory("opticore-journal-").FullName;
        try
        {
            using var service = new DecisionService(new Ucb1(), Headlines);
            using var logged = new DecisionService(new Ucb1(), Headlines, new DecisionServiceOptions { Journal = folder });
            Promises.AllocatesNothing(() => service.Reward(service.Decide().Id, 0.5), "a round");
            Promises.AllocatesNothing(() => logged.Reward(logged.Decide().Id, 0.5), "a round with a log");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static DecisionService Played(IBanditPolicy policy, int from, int to, ulong seed)
    {
        var service = new DecisionService(policy, Headlines, new DecisionServiceOptions { Key = RandomKey.FromSeed(seed) });
        Play(service, from, to);
        return service;
    }

    private static void Play(DecisionService service, int from, int to)
    {
        for (int i = from; i < to; i++)
        {
            Decision decision = service.Decide();
            if (i % 7 != 3)
                service.Reward(decision.Id, (i % 5) / 4.0);
        }
    }

    private static byte[] Saved(DecisionService service)
    {
        using var stream = new MemoryStream();
        service.Save(stream);
        return stream.ToArray();
    }

    private sealed class ManualClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
