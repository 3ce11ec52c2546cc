using System.Runtime.ExceptionServices;

namespace OptiCore;

/// <summary>
/// The one seam behind which independent pieces of work are done: in this thread, on all cores, or elsewhere. A piece may depend on its index
/// only, so that results are the same for any number of workers and a lost piece can be done again.
/// </summary>
public interface IWorkers
{
    /// <summary>How many pieces are worked on at a time.</summary>
    int Count { get; }

    /// <summary>Does the pieces 0 to <paramref name="pieces"/> - 1, in any order, and returns when all are done.</summary>
    /// <param name="pieces">The number of pieces.</param>
    /// <param name="piece">Does one piece.</param>
    /// <param name="cancellationToken">Stops handing out pieces; the pieces that were begun are finished.</param>
    /// <exception cref="OperationCanceledException">Cancellation was requested before all pieces were handed out.</exception>
    /// <remarks>An exception of a piece is rethrown as it was; of several, the one of the lowest index.</remarks>
    void ForEach(int pieces, Action<int> piece, CancellationToken cancellationToken = default);
}

/// <summary>The workers that come with the library.</summary>
public static class Workers
{
    /// <summary>The calling thread alone.</summary>
    public static IWorkers Serial { get; } = new SerialWorkers();

    /// <summary>One worker for each processor.</summary>
    public static IWorkers AllCores => Threads(Environment.ProcessorCount);

    /// <summary>A number of threads of the thread pool, the calling one included.</summary>
    /// <param name="count">The number, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is smaller than 1.</exception>
    public static IWorkers Threads(int count) => Require.Positive(count, nameof(count)) == 1 ? Serial : new ThreadWorkers(count);

    private sealed class SerialWorkers : IWorkers
    {
        public int Count => 1;

        public void ForEach(int pieces, Action<int> piece, CancellationToken cancellationToken)
        {
            for (int i = 0; i < pieces; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                piece(i);
            }
        }
    }

    private sealed class ThreadWorkers(int count) : IWorkers
    {
        public int Count => count;

        public void ForEach(int pieces, Action<int> piece, CancellationToken cancellationToken)
        {
            if (pieces <= 1)
            {
                Serial.ForEach(pieces, piece, cancellationToken);
                return;
            }

            var loop = new Loop(pieces, piece, cancellationToken);
            int helpers = Math.Min(count, pieces) - 1;
            var tasks = new Task[helpers];
            for (int i = 0; i < helpers; i++)
                tasks[i] = Task.Run(loop.Work, CancellationToken.None);
            loop.Work();
            Task.WaitAll(tasks, CancellationToken.None);
            loop.Finish();
        }
    }

    /// <summary>One parallel loop: pieces are handed out in order through a counter; the failure of the lowest index is kept.</summary>
    private sealed class Loop(int pieces, Action<int> piece, CancellationToken cancellationToken)
    {
        private readonly Lock _lock = new();
        private int _next = -1;
        private int _done;
        private int _failedIndex = int.MaxValue;
        private ExceptionDispatchInfo? _failure;

        public void Work()
        {
            while (!cancellationToken.IsCancellationRequested && Volatile.Read(ref _failedIndex) == int.MaxValue)
            {
                int i = Interlocked.Increment(ref _next);
                if (i >= pieces)
                    return;
                try
                {
                    piece(i);
                    Interlocked.Increment(ref _done);
                }
#pragma warning disable CA1031 // Any failure of a piece is kept here and rethrown by Finish.
                catch (Exception exception)
#pragma warning restore CA1031
                {
                    lock (_lock)
                    {
                        if (i < _failedIndex)
                        {
                            _failure = ExceptionDispatchInfo.Capture(exception);
                            Volatile.Write(ref _failedIndex, i);
                        }
                    }
                }
            }
        }

        public void Finish()
        {
            _failure?.Throw();
            if (_done < pieces)
                cancellationToken.ThrowIfCancellationRequested();
        }
    }
}
