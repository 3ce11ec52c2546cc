namespace OptiCore.Peers;

/// <summary>One row of the table: a task that the library and a peer both do, on the same data.</summary>
/// <param name="Name">What is compared, for example "gemm double n=256".</param>
/// <param name="Peer">Who the peer is, for example "OpenBLAS" or "NumPy".</param>
/// <param name="Prepare">Makes the data and both sides; called once, so that nothing of one row burdens another.</param>
internal sealed record PeerCase(string Name, string Peer, Func<Contest> Prepare)
{
    /// <summary>The threads that both sides use.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Why the row can't be measured here, or null.</summary>
    public string? Missing { get; init; }
}

/// <summary>Both sides of a row, ready to run: each action does the task once.</summary>
/// <param name="Ours">The library's side.</param>
/// <param name="Theirs">The peer's side, in this process or in Python.</param>
internal sealed record Contest(Action Ours, ITheirs Theirs);

/// <summary>The peer's side.</summary>
internal interface ITheirs : IDisposable
{
    /// <summary>Does the task so many times and returns the seconds it took.</summary>
    double Time(int repeat);
}

/// <summary>A peer called in this process, by P/Invoke.</summary>
internal sealed class Native(Action action) : ITheirs
{
    public double Time(int repeat) => Stopwatch.Seconds(action, repeat);

    public void Dispose()
    {
    }
}
