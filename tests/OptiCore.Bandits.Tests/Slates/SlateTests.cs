using System.Reflection;
using OptiCore.Persistence;
using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests;

/// <summary>The laws of slate policies, their indices, and their regret in the models that they are for.</summary>
public class SlateTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(73);

    private static readonly double[] Attractions = [0.1, 0.3, 0.05, 0.5, 0.2, 0.15, 0.4, 0.1];

    private static readonly double[] Examination = [0.6, 1, 0.3];

    private static readonly Dictionary<string, ISlatePolicy> Policies = new()
    {
        ["CascadeKlUcb"] = new CascadeKlUcb(),
        ["PbmUcb"] = new PbmUcb { Examination = Examination },
        ["CombUcb1"] = new CombUcb1(),
        ["CombUcb1, pairs"] = new CombUcb1 { Oracle = new OneOfEachPair() },
    };

    public static TheoryData<string> Names => [.. Policies.Keys];

    [Fact]
    public void EverySlateAlgorithmOfTheAssemblyIsTested()
    {
        Type[] algorithms = [.. typeof(ISlatePolicy).Assembly.GetTypes().Where(t => t.GetCustomAttribute<AlgorithmAttribute>() is not null && t.IsAssignableTo(typeof(ISlatePolicy)))];
        Assert.Equal(algorithms.ToHashSet(), Policies.Values.Select(p => p.GetType()).ToHashSet());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void SavedRestartedMergedAndPure(string name)
    {
        SlateState whole = Policies[name].Start(8, 3), continued = Policies[name].Start(8, 3);
        Play(whole, 0, 70, Independent);
        using var stream = new MemoryStream();
        whole.Save(stream);
        stream.Position = 0;
        Play(continued, 5, 9, Independent);
        continued.Load(stream);
        Play(whole, 70, 200, Independent);
        Play(continued, 70, 200, Independent);
        Assert.Equal(StateArchive.Save(whole), StateArchive.Save(continued));

        continued.Restart();
        Assert.Equal(StateArchive.Save(Policies[name].Start(8, 3)), StateArchive.Save(continued));

        // Choosing is pure, all items differ, and indices fall from the best position on (LargestItems and rankings).
        byte[] before = StateArchive.Save(whole);
        int[] slate = new int[3], again = new int[3];
        int count = whole.Choose(slate);
        Assert.Equal(count, whole.Choose(again));
        Assert.Equal(slate, again);
        Assert.Equal(count, slate.Take(count).Distinct().Count());
        Assert.Equal(before, StateArchive.Save(whole));

        SlateState first = Policies[name].Start(8, 3), second = Policies[name].Start(8, 3), all = Policies[name].Start(8, 3);
        for (int t = 0; t < 60; t++)
        {
            int[] shown = [t % 8, (t + 3) % 8, (t + 5) % 8];
            double[] clicks = [.. shown.Select((item, position) => Independent(t, item, position))];
            all.Update(shown, clicks);
            (t < 20 ? first : second).Update(shown, clicks);
        }

        first.Merge(second);
        double[] expected = new double[8], actual = new double[8];
        all.Scores(expected);
        first.Scores(actual);
        for (int item = 0; item < 8; item++)
            Promises.Close(expected[item], actual[item], 1e-12, 1e-12, $"{name}: merged index {item}");
        Assert.Equal(all.Updates, first.Updates);
        Assert.Throws<ArgumentException>(() => first.Merge(Policies[name].Start(9, 3)));

        double[] none = new double[3];
        Promises.AllocatesNothing(
            () =>
            {
                int shown = whole.Choose(slate);
                whole.Update(slate.AsSpan(0, shown), none.AsSpan(0, shown));
                whole.Scores(expected);
            },
            name);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void BadSlatesThrowAndChangeNothing(string name)
    {
        SlateState state = Policies[name].Start(5, 3);
        state.Update([1, 2], [0, 1]);
        byte[] before = StateArchive.Save(state);
        Assert.Contains("slate shows item 1 twice", Assert.Throws<ArgumentException>(() => state.Update([1, 2, 1], [0, 0, 0])).Message, StringComparison.Ordinal);
        Assert.Contains("slate[1] is 5", Assert.Throws<ArgumentOutOfRangeException>(() => state.Update([1, 5], [0, 0])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => state.Update([1, -1], [0, 0]));
        Assert.Throws<ArgumentOutOfRangeException>(() => state.Update([1, 2], [0, 1.5]));
        Assert.Throws<ArgumentOutOfRangeException>(() => state.Update([1, 2], [double.NaN, 1]));
        Assert.Throws<ArgumentException>(() => state.Update([1, 2], [0, 1, 0]));
        Assert.Throws<ArgumentException>(() => state.Update([0, 1, 2, 3], [0, 1, 0, 0]));
        Assert.Throws<ArgumentException>(() => state.Choose(new int[2]));
        Assert.Throws<ArgumentException>(() => state.Scores(new double[4]));
        Assert.Equal(before, StateArchive.Save(state));
        Assert.Throws<ArgumentOutOfRangeException>(() => Policies[name].Start(2, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => Policies[name].Start(0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Policies[name].Start(3, 0));
    }

    [Fact]
    public void CascadesObserveDownToTheFirstClick()
    {
        SlateState state = new CascadeKlUcb { C = 0 }.Start(4, 3);
        state.Update([2, 0, 3], [0, 1, 1]);
        Assert.Equal([1.0, 0, 1, 0], state.Observations.ToArray());
        Assert.Equal([1.0, 0, 0, 0], state.Clicks.ToArray());
        state.Update([3, 1, 2], [0, 0, 0]);
        Assert.Equal([1.0, 1, 2, 1], state.Observations.ToArray());

        // n kl(0, q) = -n ln(1 - q) = ln t gives q = 1 - t^(-1/n); kl(1, q) = -ln q is never reached above 1.
        double[] scores = new double[4];
        state.Scores(scores);
        Assert.Equal(1, scores[0], 12);
        Assert.Equal(0.5, scores[1], 12);
        Assert.Equal(1 - Math.Sqrt(0.5), scores[2], 12);
        Assert.Equal(0.5, scores[3], 12);
        int[] slate = new int[3];
        state.Choose(slate);
        Assert.Equal([0, 1, 3], slate);
    }

    [Fact]
    public void PositionBasedIndicesWeighByExamination()
    {
        SlateState state = new PbmUcb { Examination = [0.5, 1], Epsilon = 0.2 }.Start(3, 2);
        state.Update([0, 1], [1, 0]);
        state.Update([0, 2], [0, 1]);
        state.Update([1, 0], [0, 0]);
        double[] scores = new double[3];
        state.Scores(scores);
        double delta = 1.2 * Math.Log(3);
        Assert.Equal((1 / 2.0) + (Math.Sqrt(3 / 2.0) * Math.Sqrt(delta / (2 * 2.0))), scores[0], 12);
        Assert.Equal(Math.Sqrt(2 / 1.5) * Math.Sqrt(delta / (2 * 1.5)), scores[1], 12);
        Assert.Equal(1 + Math.Sqrt(delta / 2), scores[2], 12);

        // The largest index at the position that is looked at most: the second.
        int[] slate = new int[2];
        state.Choose(slate);
        Assert.Equal([0, 2], slate);
        Assert.Throws<ArgumentException>(() => new PbmUcb { Examination = [0.5, 1] }.Start(4, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PbmUcb { Examination = [0.5, 0] });
        Assert.Equal(new PbmUcb { Examination = [0.5, 1] }, new PbmUcb { Examination = [0.5, 1] });
        Assert.NotEqual(new PbmUcb { Examination = [0.5, 1] }, new PbmUcb { Examination = [0.5, 0.9] });
    }

    [Fact]
    public void CombinatorialIndicesAndConstraints()
    {
        SlateState state = new CombUcb1 { Oracle = new OneOfEachPair() }.Start(4, 2);
        int[] slate = new int[2];

        // Items that weren't observed come first, as many as a set may hold.
        Assert.Equal(2, state.Choose(slate));
        Assert.Equal([0, 2], slate);
        state.Update(slate, [0.9, 0.1]);
        state.Choose(slate);
        Assert.Equal([1, 3], slate);
        state.Update(slate, [0.2, 0.6]);
        double[] scores = new double[4];
        state.Scores(scores);
        double width = Math.Sqrt(1.5 * Math.Log(2));
        Assert.Equal(0.9 + width, scores[0], 12);
        Assert.Equal(0.6 + width, scores[3], 12);
        state.Choose(slate);
        Assert.Equal([0, 3], slate);
    }

    [Theory]
    [InlineData("CascadeKlUcb")]
    [InlineData("PbmUcb")]
    [InlineData("CombUcb1")]
    [InlineData("CombUcb1, pairs")]
    public void RegretIsSublinearInTheModelOfThePolicy(string name)
    {
        // Against the best slate; the first half of the time costs more than the second. 20 runs.
        const int Rounds = 6000, Runs = 20;
        bool isCascade = name == "CascadeKlUcb", isPositional = name == "PbmUcb", isPairs = name == "CombUcb1, pairs";
        double best = isPairs ? Value([1, 3, 4]) : isPositional ? Value([6, 3, 1]) : Value([3, 6, 1]);
        double early = 0, late = 0;
        int[] slate = new int[3];
        double[] clicks = new double[3];
        SlateState state = Policies[name].Start(8, 3);
        for (int run = 0; run < Runs; run++)
        {
            state.Restart();
            for (int t = 0; t < Rounds; t++)
            {
                int count = state.Choose(slate);
                RandomStream stream = Key.Fold(run).Fold(t).Stream();
                for (int position = 0; position < count; position++)
                {
                    double p = Attractions[slate[position]] * (isPositional ? Examination[position] : 1);
                    clicks[position] = stream.NextDouble() < p ? 1 : 0;
                }

                state.Update(slate.AsSpan(0, count), clicks.AsSpan(0, count));
                double lost = best - Value(slate.AsSpan(0, count));
                if (t < Rounds / 2)
                    early += lost / Runs;
                else
                    late += lost / Runs;
            }
        }

        Assert.True(late < 0.5 * early, $"{name}: regret {early:f2} in the first half, {late:f2} in the second");
        Assert.True(early > 1, $"{name}: regret {early:f2} is too good to be true");

        double Value(ReadOnlySpan<int> items)
        {
            double sum = 0, missed = 1;
            for (int position = 0; position < items.Length; position++)
            {
                sum += Attractions[items[position]] * (isPositional ? Examination[position] : 1);
                missed *= 1 - Attractions[items[position]];
            }

            return isCascade ? 1 - missed : sum;
        }
    }

    private static double Independent(int t, int item, int position)
    {
        RandomStream stream = Key.Fold("clicks").Fold(t).Fold(item).Fold(position).Stream();
        return stream.NextDouble() < Attractions[item] ? 1 : 0;
    }

    private static void Play(SlateState state, int from, int to, Func<int, int, int, double> click)
    {
        int[] slate = new int[state.Positions];
        for (int t = from; t < to; t++)
        {
            int count = state.Choose(slate);
            state.Update(slate.AsSpan(0, count), [.. slate.Take(count).Select((item, position) => click(t, item, position))]);
        }
    }

    /// <summary>The larger of items 0 and 1, of 2 and 3, and so on, as many as there are places; a partition matroid.</summary>
    private sealed record OneOfEachPair : ICombinatorialOracle
    {
        public int Maximize(ReadOnlySpan<double> weights, Span<int> chosen)
        {
            int count = Math.Min(chosen.Length, weights.Length / 2);
            for (int pair = 0; pair < count; pair++)
                chosen[pair] = weights[(2 * pair) + 1] > weights[2 * pair] ? (2 * pair) + 1 : 2 * pair;
            return count;
        }
    }
}
