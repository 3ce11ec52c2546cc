using OptiCore.Persistence;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests.Jumps;

public class JumpRunTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(4);

    public static TheoryData<string> All => JumpMethods.All;

    public static TheoryData<string> Exact => JumpMethods.Exact;

    [Theory, MemberData(nameof(All))]
    public void SavedAndResumedIsUninterruptedToTheBit(string name)
    {
        JumpState whole = Start();
        var saved = new List<byte[]> { StateArchive.Save(whole) };
        while (whole.Step())
            saved.Add(StateArchive.Save(whole));
        byte[] end = StateArchive.Save(whole);
        Assert.Equal(OdeStopReason.ReachedEnd, whole.Reason);
        Assert.True(saved.Count > 100);
        foreach (byte[] bytes in saved.Where((_, i) => i % (saved.Count / 10) == 0))
        {
            JumpState resumed = Start();
            StateArchive.Load(resumed, bytes);
            foreach (JumpStep step in resumed.Iterate())
                Assert.InRange(step.Reaction, -1, 5);
            Assert.Equal(end, StateArchive.Save(resumed));
        }

        JumpState Start() => JumpMethods.Of(name).Start(JumpMethods.Genes, 0, [0, 0, 0], 3, Key);
    }

    [Theory, MemberData(nameof(All))]
    public void StepsAllocateNothing(string name)
    {
        JumpState state = JumpMethods.Of(name).Start(JumpMethods.Genes, 0, [20, 500, 100], 1e6, Key);
        Promises.AllocatesNothing(() => state.Step(), name);
    }

    [Theory, MemberData(nameof(All))]
    public void AnEnsembleHasTheSameBitsForAnyNumberOfWorkersAndThoseOfSingleRuns(string name)
    {
        IJumpMethod method = JumpMethods.Of(name);
        double[] times = [0.5, 1];
        JumpEnsemble one = JumpProcess.Ensemble(method, JumpMethods.Genes, (0, 1), [0, 0, 0], Key, 40, times);
        Assert.Equal(one.States, JumpProcess.Ensemble(method, JumpMethods.Genes, (0, 1), [0, 0, 0], Key, 40, times, Workers.Threads(3)).States);
        JumpResult single = JumpProcess.Simulate(method, JumpMethods.Genes, (0, 1), [0, 0, 0], Key.Fold(21), times);
        Assert.Equal(single.State(0), one.State(21, 0));
        Assert.Equal(single.State(1), one.State(21, 1));
    }

    [Theory, MemberData(nameof(Exact))]
    public void SavedTimesDontChangeTheEvents(string name)
    {
        IJumpMethod method = JumpMethods.Of(name);
        JumpResult every = JumpProcess.Simulate(method, JumpMethods.Genes, (0, 2), [0, 0, 0], Key);
        double[] times = [0, 0.1, 0.7, 0.70001, 1.3, 2];
        JumpResult some = JumpProcess.Simulate(method, JumpMethods.Genes, (0, 2), [0, 0, 0], Key, times);
        for (int i = 0; i < times.Length; i++)
        {
            int last = Array.FindLastIndex(every.Times, t => t <= times[i]);
            Assert.Equal(every.State(last), some.State(i));
        }

        Assert.Equal(every.Counts.Events, some.Counts.Events);
    }

    [Fact]
    public void WithoutPropensitiesNothingHappensUntilTheEnd()
    {
        foreach (string name in JumpMethods.Names)
        {
            JumpResult result = JumpProcess.Simulate(JumpMethods.Of(name), ReactionNetwork.Parse("A -> 0 @ 1"), (0, 1000), [3], Key);
            Assert.Equal(OdeStopReason.ReachedEnd, result.Reason);
            Assert.Equal(1000, result.FinalTime);
            Assert.Equal([0L], result.FinalState);
            Assert.Equal(3, result.Counts.Events);
        }
    }

    [Fact]
    public void APropensityOfOnesOwnIsUsedAndCheckedFor()
    {
        // Saturated degradation: from many molecules one is lost at a rate of nearly 5.
        var reaction = new Reaction(static x => 5.0 * x[0] / (x[0] + 1), [new(0, 1)], []);
        foreach (string name in JumpMethods.Names)
        {
            JumpResult result = JumpProcess.Simulate(JumpMethods.Of(name), new ReactionNetwork(["A"], [reaction]), (0, 20), [1_000_000], Key);
            Assert.InRange(result.Counts.Events, 100 - 46, 100 + 46);
            var broken = new Reaction(static x => x[0] < 5 ? double.NaN : 1, [new(0, 1)], []);
            JumpResult failed = JumpProcess.Simulate(JumpMethods.Of(name), new ReactionNetwork(["A"], [broken]), (0, 1000), [9], Key);
            Assert.Equal(OdeStopReason.NonFinite, failed.Reason);
            Assert.Equal(RunStatus.Failed, failed.Status);
            Assert.Throws<SolverException>(failed.EnsureCompleted);
        }
    }

    [Fact]
    public void LimitsAndCancellationKeepWhatWasReached()
    {
        JumpResult limited = JumpProcess.Simulate(new GillespieDirect { MaxSteps = 10 }, JumpMethods.Genes, (0, 2), [0, 0, 0], Key);
        Assert.Equal(OdeStopReason.MaxSteps, limited.Reason);
        Assert.Equal(11, limited.Times.Length);
        JumpResult cancelled = JumpProcess.Simulate(new NextReaction(), JumpMethods.Genes, (0, 2), [0, 0, 0], Key, [1], new CancellationToken(true));
        Assert.Equal(OdeStopReason.Cancelled, cancelled.Reason);
        Assert.Empty(cancelled.Times);
    }

    [Fact]
    public void NetworksAreReadAsWritten()
    {
        ReactionNetwork network = JumpMethods.Genes;
        Assert.Equal(["mRNA", "P", "D"], network.Species);
        Assert.Equal(6, network.Reactions.Length);
        Assert.Equal([new SpeciesCount(1, 2)], network.Reactions[4].Reactants.ToArray());
        double[] a = new double[6];
        network.Propensities([3, 10, 7], a);
        Assert.Equal([20, 30, 3, 1, 0.0005 * 45, 0.14], a, (x, y) => Math.Abs(x - y) < 1e-15);
        Assert.Equal(2, network.IndexOf("D"));
        Assert.Contains("Line 2", Assert.Throws<FormatException>(() => ReactionNetwork.Parse("A -> 0 @ 1\nA @ 2")).Message, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => ReactionNetwork.Parse("A -> 0 @ -1"));
        Assert.Throws<FormatException>(() => ReactionNetwork.Parse("2 -> 0 @ 1"));
        Assert.Throws<FormatException>(() => ReactionNetwork.Parse(""));
    }

    [Fact]
    public void BadInputIsNamed()
    {
        Invalid("rate", () => new Reaction(-1, [], [new(0, 1)]));
        Invalid("reactants", () => new Reaction(1, [new(0, 1), new(0, 1)], []));
        Invalid("products", () => new Reaction(1, [], [new(0, 0)]));
        Invalid("reactions", () => new ReactionNetwork(["A"], [new Reaction(1, [new(1, 1)], [])]));
        Invalid("species", () => new ReactionNetwork(["A", "A"], [new Reaction(1, [], [new(0, 1)])]));
        Invalid("name", () => JumpMethods.Genes.IndexOf("X"));
        Invalid("counts", () => new GillespieDirect().Start(JumpMethods.Genes, 0, [1, 2], 1, Key));
        Invalid("counts", () => new GillespieDirect().Start(JumpMethods.Genes, 0, [1, 2, -1], 1, Key));
        Invalid("end", () => new GillespieDirect().Start(JumpMethods.Genes, 0, [1, 2, 3], -1, Key));
        Invalid("time", () => new GillespieDirect().Start(JumpMethods.Genes, double.NaN, [1, 2, 3], 1, Key));
        Invalid("time", () => new GillespieDirect().Start(JumpMethods.Genes, 0, [1, 2, 3], 1, Key).StopAt(2));
        Invalid("Tolerance", () => new TauLeaping { Tolerance = 1 });
        Invalid("CriticalFirings", () => new TauLeaping { CriticalFirings = 0 });
        Invalid("SmallestLeap", () => new TauLeaping { SmallestLeap = -1 });
        Invalid("ExactEvents", () => new TauLeaping { ExactEvents = 0 });
        Invalid("MaxSteps", () => new NextReaction { MaxSteps = 0 });
        Invalid("saveAt", () => JumpProcess.Simulate(new NextReaction(), JumpMethods.Genes, (0, 1), [1, 2, 3], Key, [2]));
        Invalid("runs", () => JumpProcess.Ensemble(new NextReaction(), JumpMethods.Genes, (0, 1), [1, 2, 3], Key, 0, [1]));

        static void Invalid(string member, Action action) => Assert.Equal(member, Assert.ThrowsAny<ArgumentException>(action).ParamName);
    }
}
