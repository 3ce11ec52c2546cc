namespace OptiCore.RL;

/// <summary>
/// A batch of sequences, each of one episode: structure of arrays, time-major, step t of sequence b in entry t * Size + b, as a <see cref="Rollout"/> of Size environments has it.
/// A sequence begins at t = 0 with its burn-in, which is shorter near the beginning of an episode, goes on with the steps to learn from, and is padded with zeros to the end.
/// </summary>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public sealed class SequenceBatch<TObservation, TAction>
    where TObservation : unmanaged
    where TAction : unmanaged
{
    /// <summary>Allocates a batch.</summary>
    /// <param name="size">The number of sequences.</param>
    /// <param name="length">The largest number of steps to learn from.</param>
    /// <param name="burnIn">The largest number of steps before them, which only bring a recurrent network into its state.</param>
    /// <param name="observationLength">The number of elements of one observation.</param>
    /// <param name="actionLength">The number of elements of one action.</param>
    /// <param name="stateLength">The number of elements of one stored recurrent state; 0 for none.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is too small.</exception>
    public SequenceBatch(int size, int length, int burnIn, int observationLength, int actionLength, int stateLength = 0)
    {
        Size = Require.Positive(size, nameof(size));
        Length = Require.Positive(length, nameof(length));
        BurnIn = Require.NonNegative(burnIn, nameof(burnIn));
        ObservationLength = Require.Positive(observationLength, nameof(observationLength));
        ActionLength = Require.Positive(actionLength, nameof(actionLength));
        StateLength = Require.NonNegative(stateLength, nameof(stateLength));
        int entries = checked(size * (length + burnIn));
        Observations = new TObservation[checked(entries * observationLength)];
        Actions = new TAction[checked(entries * actionLength)];
        Rewards = new float[entries];
        NextObservations = new TObservation[Observations.Length];
        Terminated = new bool[entries];
        Truncated = new bool[entries];
        Mask = new float[entries];
        States = new float[checked(size * stateLength)];
        Slots = new int[size];
        BurnIns = new int[size];
        Lengths = new int[size];
    }

    /// <summary>The number of sequences.</summary>
    public int Size { get; }

    /// <summary>The largest number of steps to learn from.</summary>
    public int Length { get; }

    /// <summary>The largest number of steps of burn-in.</summary>
    public int BurnIn { get; }

    /// <summary>The number of steps of the arrays: BurnIn + Length.</summary>
    public int Steps => BurnIn + Length;

    /// <summary>The number of elements of one observation.</summary>
    public int ObservationLength { get; }

    /// <summary>The number of elements of one action.</summary>
    public int ActionLength { get; }

    /// <summary>The number of elements of one stored recurrent state.</summary>
    public int StateLength { get; }

    /// <summary>What was observed, one row for each entry.</summary>
    public TObservation[] Observations { get; }

    /// <summary>What was done, one row for each entry.</summary>
    public TAction[] Actions { get; }

    /// <summary>The rewards, one for each entry.</summary>
    public float[] Rewards { get; }

    /// <summary>The true successors, one row for each entry.</summary>
    public TObservation[] NextObservations { get; }

    /// <summary>Where the task ended, by entry.</summary>
    public bool[] Terminated { get; }

    /// <summary>Where only the recording ended, by entry: also at the newest step of an episode that is still running, where padding follows.</summary>
    public bool[] Truncated { get; }

    /// <summary>1 for entries to learn from; 0 for burn-in and padding.</summary>
    public float[] Mask { get; }

    /// <summary>The stored recurrent state before t = 0, one row for each sequence.</summary>
    public float[] States { get; }

    /// <summary>Where the first step to learn from is stored, by sequence.</summary>
    public int[] Slots { get; }

    /// <summary>The number of steps of burn-in, by sequence.</summary>
    public int[] BurnIns { get; }

    /// <summary>The number of steps before the padding, burn-in included, by sequence.</summary>
    public int[] Lengths { get; }

    /// <summary>Makes everything padding.</summary>
    internal void Clear()
    {
        Array.Clear(Observations);
        Array.Clear(Actions);
        Array.Clear(Rewards);
        Array.Clear(NextObservations);
        Array.Clear(Terminated);
        Array.Clear(Truncated);
        Array.Clear(Mask);
    }
}
