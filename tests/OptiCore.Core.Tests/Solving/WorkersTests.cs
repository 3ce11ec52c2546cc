namespace OptiCore.Core.Tests.Solving;

public class WorkersTests
{
    public static TheoryData<int> Counts => new() { 1, 2, 5 };

    [Theory]
    [MemberData(nameof(Counts))]
    public void EveryPieceIsDoneOnce(int count)
    {
        int[] done = new int[200];
        IWorkers workers = Workers.Threads(count);
        Assert.Equal(count, workers.Count);
        workers.ForEach(done.Length, i => Interlocked.Increment(ref done[i]));
        workers.ForEach(0, _ => Assert.Fail("There is no piece."));
        Assert.All(done, n => Assert.Equal(1, n));
    }

    [Theory]
    [MemberData(nameof(Counts))]
    public void TheExceptionOfTheLowestIndexIsRethrownAsItWas(int count)
    {
        Exception[] failures = [.. Enumerable.Range(0, 50).Select(i => new InvalidDataException($"piece {i}"))];
        using var together = new Barrier(Math.Min(count, 2));
        Exception? seen = Record.Exception(() => Workers.Threads(count).ForEach(50, i =>
        {
            // Two pieces fail at the same time where there are two workers.
            if (i is 3 or 4)
            {
                if (count > 1)
                    together.SignalAndWait();
                throw failures[i];
            }
        }));
        Assert.Same(failures[3], seen);
    }

    [Theory]
    [MemberData(nameof(Counts))]
    public void CancellationStopsHandingOutPieces(int count)
    {
        using var source = new CancellationTokenSource();
        int done = 0;
        Assert.ThrowsAny<OperationCanceledException>(() => Workers.Threads(count).ForEach(
            1000,
            _ =>
            {
                if (Interlocked.Increment(ref done) == 10)
                    source.Cancel();
            },
            source.Token));
        Assert.InRange(done, 10, 10 + count);
    }

    [Fact]
    public void ACountBelowOneIsAMistake() => Assert.Throws<ArgumentOutOfRangeException>("count", () => Workers.Threads(0));
}
