using System.Text;
using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests.Evaluation;

/// <summary>Decisions survive the way through a file bit by bit; damage is named, a torn end is reported.</summary>
public class DecisionLogTests
{
    private static readonly DecisionShape Rankings = new(Actions: 3, ContextLength: 2, Positions: 2, HasProbabilities: true);

    [Fact]
    public void ADecisionIsReadToTheBitsThatWereWritten()
    {
        DecisionLog log = Some(50);
        using var stream = new MemoryStream();
        log.Write(stream);
        stream.Position = 0;
        DecisionLog read = DecisionLog.Read(stream);
        Same(log, read);
        Assert.Equal(0, read.TornLine);
        Assert.Equal(51, Encoding.UTF8.GetString(stream.ToArray()).Count(c => c == '\n'));
    }

    [Fact]
    public void ALogThatWasCutAnywhereKeepsItsWholeLines()
    {
        DecisionLog log = Some(3);
        using var whole = new MemoryStream();
        log.Write(whole);
        byte[] bytes = whole.ToArray();
        int[] newlines = [.. Enumerable.Range(0, bytes.Length).Where(i => bytes[i] == '\n')];
        for (int length = newlines[0] + 1; length <= bytes.Length; length++)
        {
            using var stream = new MemoryStream(bytes, 0, length);
            DecisionLog read = DecisionLog.Read(stream);

            // A line is whole as soon as its closing brace is there.
            int complete = newlines.Count(n => n <= length) - 1;
            bool torn = length > newlines[complete] + 1 && !(complete + 1 < newlines.Length && length == newlines[complete + 1]);
            Assert.Equal(complete, read.Count);
            Assert.Equal(torn ? complete + 2 : 0, read.TornLine);
        }
    }

    [Fact]
    public void ATornLogIsContinuedBehindItsLastWholeLine()
    {
        DecisionLog log = Some(6);
        using var stream = new MemoryStream();
        using (var writer = new DecisionLogWriter(stream, Rankings, leaveOpen: true))
        {
            for (int i = 0; i < 4; i++)
                writer.Write(log[i]);
        }

        // The last line loses its second half, and the last whole line its end of line in a second run.
        long full = stream.Length;
        foreach (long cut in new[] { 20L, 0L, 1L })
        {
            using var copy = new MemoryStream();
            copy.Write(stream.ToArray().AsSpan(0, (int)(full - cut)));
            int kept = cut == 20 ? 3 : 4;
            using (DecisionLogWriter writer = DecisionLogWriter.Continue(copy, leaveOpen: true))
            {
                Assert.Equal(kept, writer.Count);
                Assert.Equal(cut == 20, writer.RemovedBytes > 0);
                for (int i = kept; i < 6; i++)
                    writer.Write(log[i]);
                Assert.Equal(6, writer.Count);
            }

            copy.Position = 0;
            Same(log, DecisionLog.Read(copy));
        }
    }

    [Fact]
    public void ADamagedLineIsNamed()
    {
        const string header = "{\"format\":\"opticore-decisions\",\"version\":1,\"action_count\":2,\"context_length\":1,\"positions\":1,\"has_probabilities\":false}\n";
        const string good = "{\"context\":[1],\"actions\":[0],\"propensities\":[0.5],\"rewards\":[1],\"delay\":0,\"note\":{\"a\":[1]}}\n";
        Fails("", "empty");
        Fails("{\"context\":[1]}\n", "Line 1 of the log can't be read: it isn't the first line of a log of decisions");
        Fails("[]\n", "Line 1 of the log can't be read: it isn't a JSON object");
        Fails(header.Replace("\"version\":1", "\"version\":2", StringComparison.Ordinal), "version 2; this library reads version 1");
        Fails(header.Replace("\"action_count\":2", "\"action_count\":0", StringComparison.Ordinal), "action_count is 0");
        Fails(header + good + "garbage\n" + good, "Line 3 of the log can't be read");
        Fails(header + good + good[..20] + "\n", "Line 3 of the log can't be read");
        Fails(header + good.Replace("[0.5]", "[0]", StringComparison.Ordinal), "Line 2 of the log: Propensities[0] is 0 but must be a probability in (0, 1]");
        Fails(header + good.Replace("[0.5]", "[1.5]", StringComparison.Ordinal), "Line 2 of the log: Propensities[0] is 1.5");
        Fails(header + good.Replace("\"actions\":[0]", "\"actions\":[2]", StringComparison.Ordinal), "Line 2 of the log: Actions[0] is 2 but must be one of 0 to 1");
        Fails(header + good.Replace("\"rewards\":[1]", "\"rewards\":[null]", StringComparison.Ordinal), "Line 2 of the log can't be read: rewards holds a Null, expected a number");
        Fails(header + good.Replace("\"rewards\":[1],", "", StringComparison.Ordinal), "Line 2 of the log can't be read: rewards has 0 elements, expected 1");
        Fails(header + good.Replace("[1],\"actions", "[1,2],\"actions", StringComparison.Ordinal), "Line 2 of the log can't be read: context has 2 elements, expected 1");
        Fails(header + good.Replace("\"delay\":0", "\"delay\":-1", StringComparison.Ordinal), "Line 2 of the log: Delay is -1");
        Fails(header + good.TrimEnd('\n') + good, "Line 2 of the log can't be read");

        using var fine = new MemoryStream(Encoding.UTF8.GetBytes(header + good + "\n" + good));
        Assert.Equal(2, DecisionLog.Read(fine).Count);

        static void Fails(string text, string expected)
        {
            using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
            Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => DecisionLog.Read(stream)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void AnImpossibleDecisionIsRefusedNamingWhatIsWrong()
    {
        var log = new DecisionLog(new DecisionShape(2, 1));
        log.Add([0.5], 1, 0.25, -1);
        Fails("Decision 1: Propensities[0] is 0", () => log.Add([0], 0, 0, 1));
        Fails("Decision 1: Propensities[0] is NaN", () => log.Add([0], 0, double.NaN, 1));
        Fails("Decision 1: Propensities[0] is 1.5", () => log.Add([0], 0, 1.5, 1));
        Fails("Decision 1: Rewards[0] is NaN", () => log.Add([0], 0, 0.5, double.NaN));
        Fails("Decision 1: Actions[0] is 2 but must be one of 0 to 1", () => log.Add([0], 2, 0.5, 1));
        Fails("Decision 1: Actions[0] is -1", () => log.Add([0], -1, 0.5, 1));
        Fails("Decision 1: Context has 2 numbers, expected 1", () => log.Add([0, 0], 0, 0.5, 1));
        Fails("Decision 1: Context[0] is Infinity", () => log.Add([double.PositiveInfinity], 0, 0.5, 1));
        Fails("Decision 1: Delay is NaN", () => log.Add([0], 0, 0.5, 1, double.NaN));
        Assert.Equal(1, log.Count);

        var full = new DecisionLog(new DecisionShape(2, 0, 1, HasProbabilities: true));
        Fails("Probabilities has 0 elements, expected 2", () => full.Add([], 0, 0.5, 1));
        Fails("Probabilities[1] is -0.1", () => full.Add(new LoggedDecision { Actions = [0], Propensities = [0.5], Rewards = [1], Probabilities = [0.5, -0.1] }));
        Fails("whose sum is 0.9", () => full.Add(new LoggedDecision { Actions = [0], Propensities = [0.5], Rewards = [1], Probabilities = [0.5, 0.4] }));
        Fails("Probabilities[0] is 0.25 for the action that was taken, whose propensity is 0.5",
            () => full.Add(new LoggedDecision { Actions = [0], Propensities = [0.5], Rewards = [1], Probabilities = [0.25, 0.75] }));
        Assert.Contains("Actions", Assert.Throws<ArgumentOutOfRangeException>(() => new DecisionLog(new DecisionShape(0))).Message, StringComparison.Ordinal);
        Assert.Contains("index", Assert.Throws<ArgumentOutOfRangeException>(() => log[1].Delay).Message, StringComparison.Ordinal);

        using var stream = new MemoryStream();
        using var writer = new DecisionLogWriter(stream, new DecisionShape(2), leaveOpen: true);
        long before = stream.Length;
        Fails("Propensities[0] is 0", () => writer.Write([], 0, 0, 1));
        Assert.Equal(before, stream.Length);

        static void Fails(string expected, Action action) => Assert.Contains(expected, Assert.ThrowsAny<ArgumentException>(action).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FeaturesOfActionsComeBackAndOlderLogsHaveNone()
    {
        DecisionShape shape = DecisionShape.WithActionFeatures(3, 2, sharedLength: 1);
        Assert.Equal(new DecisionShape(3, 7, ActionFeatureCount: 2), shape);
        var log = new DecisionLog(shape);
        log.Add([0.5, 1, 2, 3, 4, 5, 6], 1, 0.25, 1);
        log.Add([-0.5, 7, 8, 9, 10, 11, 1.0 / 3], 2, 0.5, 0);
        using var stream = new MemoryStream();
        log.Write(stream);
        stream.Position = 0;
        DecisionLog read = DecisionLog.Read(stream);
        Same(log, read);
        Assert.Equal([3.0, 4.0], read.ActionFeatures(0, 1).ToArray());
        Assert.Equal([11.0, 1.0 / 3], read.ActionFeatures(1, 2).ToArray());
        Assert.Equal([-0.5], shape.SharedContext(read[1].Context).ToArray());
        Assert.Contains("action is 3", Assert.Throws<ArgumentOutOfRangeException>(() => read.ActionFeatures(0, 3).Length).Message, StringComparison.Ordinal);

        // Without features the first line is that of logs before there were any; a reader that passes over the name sees contexts.
        string text = Encoding.UTF8.GetString(stream.ToArray());
        Assert.StartsWith("{\"format\":\"opticore-decisions\",\"version\":1,\"action_count\":3,\"context_length\":7,\"positions\":1,\"has_probabilities\":false,\"action_feature_count\":2}\n", text, StringComparison.Ordinal);
        using var plain = new MemoryStream();
        new DecisionLog(new DecisionShape(3, 7)).Write(plain);
        Assert.Equal("{\"format\":\"opticore-decisions\",\"version\":1,\"action_count\":3,\"context_length\":7,\"positions\":1,\"has_probabilities\":false}\n", Encoding.UTF8.GetString(plain.ToArray()));
        using var old = new MemoryStream(Encoding.UTF8.GetBytes(text.Replace(",\"action_feature_count\":2", "", StringComparison.Ordinal)));
        DecisionLog contexts = DecisionLog.Read(old);
        Assert.Equal(new DecisionShape(3, 7), contexts.Shape);
        Promises.SameBits(log.Contexts, contexts.Contexts, "contexts");
        Assert.True(contexts.ActionFeatures(0, 2).IsEmpty);

        Assert.Contains("ActionFeatureCount", Assert.Throws<ArgumentOutOfRangeException>(() => new DecisionLog(new DecisionShape(3, 5, ActionFeatureCount: 2))).Message, StringComparison.Ordinal);
        Assert.Contains("ActionFeatureCount", Assert.Throws<ArgumentOutOfRangeException>(() => new DecisionLog(new DecisionShape(3, 5, ActionFeatureCount: -1))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => DecisionShape.WithActionFeatures(3, 0));
        using var damaged = new MemoryStream(Encoding.UTF8.GetBytes(text.Replace("count\":2", "count\":3", StringComparison.Ordinal)));
        Assert.Contains("Line 1 of the log can't be read: action_feature_count is 3", Assert.Throws<InvalidDataException>(() => DecisionLog.Read(damaged)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void StreamingAllocatesNothing()
    {
        using var stream = new MemoryStream(new byte[1 << 22], writable: true);
        using (var writer = new DecisionLogWriter(stream, new DecisionShape(4, 3), leaveOpen: true))
        {
            double[] context = [0.1, -2.5, 3e-7];
            Promises.AllocatesNothing(() => writer.Write(context, 3, 0.125, 1, 0.5), "writing a decision", warmUp: 200, measured: 20);
            stream.SetLength(stream.Position);
        }

        stream.Position = 0;
        using var reader = new DecisionLogReader(stream, leaveOpen: true);
        Promises.AllocatesNothing(() => reader.Read(), "reading a decision", warmUp: 100, measured: 2);
        Assert.True(reader.Count > 0);
    }

    private static DecisionLog Some(int count)
    {
        var log = new DecisionLog(Rankings);
        RandomStream stream = RandomKey.FromSeed(4).Stream();
        for (int i = 0; i < count; i++)
        {
            double p = 0.1 + (0.8 * stream.NextDouble());
            log.Add(new LoggedDecision
            {
                Context = [stream.NextDouble() * 1e-12, -stream.NextDouble() * 1e20],
                Actions = [1, 2],
                Propensities = [p, 1.0 / 3],
                Rewards = [stream.NextDouble(), -0.0],
                Delay = stream.NextDouble() * 100,
                Probabilities = [1 - p, p, 0, 1.0 / 3, 1.0 / 3, 1.0 / 3],
            });
        }

        return log;
    }

    private static void Same(DecisionLog expected, DecisionLog actual)
    {
        Assert.Equal(expected.Shape, actual.Shape);
        Assert.Equal(expected.Actions.ToArray(), actual.Actions.ToArray());
        Promises.SameBits(expected.Contexts, actual.Contexts, "contexts");
        Promises.SameBits(expected.Propensities, actual.Propensities, "propensities");
        Promises.SameBits(expected.Rewards, actual.Rewards, "rewards");
        Promises.SameBits(expected.Delays, actual.Delays, "delays");
        Promises.SameBits(expected.Probabilities, actual.Probabilities, "probabilities");
    }
}
