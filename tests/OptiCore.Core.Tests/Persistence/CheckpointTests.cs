using OptiCore.Persistence;

namespace OptiCore.Core.Tests.Persistence;

public class CheckpointTests
{
    private sealed class State : IPersistent
    {
        public double[] Fixed = new double[3];
        public int[] Growing = [];
        public (int, double)[] Pairs = [];
        public string Name = "";
        public bool Flag;
        public long Count;

        public static State Filled() => new() { Fixed = [1, double.NaN, -0.0], Growing = [7, 8, 9, 10], Pairs = [(1, 2.5)], Name = "größe", Flag = true, Count = -5 };

        public void Persist(StateArchive archive)
        {
            archive.Transfer<double>(Fixed);
            archive.Transfer(ref Growing);
            archive.Transfer(ref Pairs);
            archive.Transfer(ref Name);
            archive.Transfer(ref Flag);
            archive.Transfer(ref Count);
        }
    }

    private static byte[] Write(IPersistent state, string kind = "Kind", string configuration = "Step = 1")
    {
        using var stream = new MemoryStream();
        Checkpoint.Write(stream, kind, configuration, state);
        return stream.ToArray();
    }

    private static void Read(byte[] bytes, IPersistent state, string kind = "Kind", string configuration = "Step = 1")
    {
        using var stream = new MemoryStream(bytes);
        Checkpoint.Read(stream, kind, configuration, state);
    }

    [Fact]
    public void WhatIsReadIsWhatWasWritten()
    {
        State saved = State.Filled(), loaded = new();
        Read(Write(saved), loaded);
        Assert.Equal(saved.Fixed.Select(BitConverter.DoubleToInt64Bits), loaded.Fixed.Select(BitConverter.DoubleToInt64Bits));
        Assert.Equal(saved.Growing, loaded.Growing);
        Assert.Equal(saved.Pairs, loaded.Pairs);
        Assert.Equal((saved.Name, saved.Flag, saved.Count), (loaded.Name, loaded.Flag, loaded.Count));
    }

    [Fact]
    public void SeveralCheckpointsFollowEachOtherInOneStream()
    {
        using var stream = new MemoryStream([.. Write(State.Filled()), .. Write(new State(), "Other")]);
        Checkpoint.Read(stream, "Kind", "Step = 1", new State());
        State second = State.Filled();
        Checkpoint.Read(stream, "Other", "Step = 1", second);
        Assert.Equal(0, second.Count);
    }

    [Fact]
    public void EveryTruncationIsRefusedAndChangesNothing()
    {
        byte[] bytes = Write(State.Filled());
        for (int length = 0; length < bytes.Length; length++)
            AssertRefused(bytes[..length], $"{length} bytes");
    }

    [Fact]
    public void EveryFlippedByteIsRefusedAndChangesNothing()
    {
        byte[] bytes = Write(State.Filled());
        for (int i = 0; i < bytes.Length; i++)
        {
            foreach (byte mask in (byte[])[0x01, 0x80, 0xFF])
            {
                byte[] damaged = [.. bytes];
                damaged[i] ^= mask;
                AssertRefused(damaged, $"byte {i}");
            }
        }
    }

    [Fact]
    public void ForeignFilesAreRefused()
    {
        AssertRefused("PK\u0003\u0004 not a checkpoint at all"u8.ToArray(), "text");
        AssertRefused(new byte[500], "zeros");
    }

    [Fact]
    public void AnotherKindConfigurationOrVersionIsRefusedWithBothNames()
    {
        byte[] bytes = Write(State.Filled());
        string kind = Assert.Throws<CheckpointException>(() => Read(bytes, new State(), kind: "Other")).Message;
        Assert.Contains("Other", kind, StringComparison.Ordinal);
        Assert.Contains("Kind", kind, StringComparison.Ordinal);
        string configuration = Assert.Throws<CheckpointException>(() => Read(bytes, new State(), configuration: "Step = 2")).Message;
        Assert.Contains("Step = 1", configuration, StringComparison.Ordinal);
        Assert.Contains("Step = 2", configuration, StringComparison.Ordinal);
        bytes[8] = 2;
        Assert.Contains("version 2", Assert.Throws<CheckpointException>(() => Read(bytes, new State())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AStateOfAnotherSizeIsRefusedAndPutBack()
    {
        byte[] bytes = Write(State.Filled());
        var larger = new State { Fixed = [5, 6, 7, 8], Count = 3 };
        Assert.Throws<CheckpointException>(() => Read(bytes, larger));
        Assert.Equal([5, 6, 7, 8], larger.Fixed);

        // The failure comes after some fields were already replaced.
        var longer = new Longer();
        byte[] before = StateArchive.Save(longer);
        Assert.Throws<CheckpointException>(() => Read(bytes, longer));
        Assert.Equal(before, StateArchive.Save(longer));
    }

    [Fact]
    public void BytesThatAreLeftOverAreAnError()
    {
        byte[] bytes = StateArchive.Save(State.Filled());
        Assert.Throws<CheckpointException>(() => StateArchive.Load(new State(), [.. bytes, 0]));
        Assert.Throws<CheckpointException>(() => StateArchive.Load(new State(), bytes.AsSpan(0, bytes.Length - 1)));
    }

    [Fact]
    public void AnExpectedValueThatDiffersIsNamed()
    {
        byte[] bytes = StateArchive.Save(new Sized(3));
        StateArchive.Load(new Sized(3), bytes);
        string message = Assert.Throws<CheckpointException>(() => StateArchive.Load(new Sized(4), bytes)).Message;
        Assert.Contains("the number of arms 3", message, StringComparison.Ordinal);
        Assert.Contains("4", message, StringComparison.Ordinal);
    }

    private static void AssertRefused(byte[] bytes, string what)
    {
        var state = new State { Count = 77, Growing = [1] };
        byte[] before = StateArchive.Save(state);
        Assert.True(Record.Exception(() => Read(bytes, state)) is CheckpointException, what);
        Assert.Equal(before, StateArchive.Save(state));
    }

    private sealed class Longer : IPersistent
    {
        private readonly State _state = new() { Growing = [4, 4] };
        private double _more = 1.5;

        public void Persist(StateArchive archive)
        {
            archive.Transfer(_state);
            archive.Transfer(ref _more);
        }
    }

    private sealed class Sized(int arms) : IPersistent
    {
        public void Persist(StateArchive archive) => archive.Expect(arms, "the number of arms");
    }
}
