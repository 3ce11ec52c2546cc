namespace OptiCore.RL;

/// <summary>A batch that a replay memory fills: structure of arrays, row b of every column belongs to sample b.</summary>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
/// <typeparam name="TAction">The element type of actions.</typeparam>
/// <param name="size">The number of samples.</param>
/// <param name="observationLength">The number of elements of one observation.</param>
/// <param name="actionLength">The number of elements of one action.</param>
/// <exception cref="ArgumentOutOfRangeException">A number is smaller than 1.</exception>
public sealed class ReplayBatch<TObservation, TAction>(int size, int observationLength, int actionLength)
    where TObservation : unmanaged
    where TAction : unmanaged
{
    /// <summary>The number of samples.</summary>
    public int Size { get; } = Require.Positive(size, nameof(size));

    /// <summary>The number of elements of one observation.</summary>
    public int ObservationLength { get; } = Require.Positive(observationLength, nameof(observationLength));

    /// <summary>The number of elements of one action.</summary>
    public int ActionLength { get; } = Require.Positive(actionLength, nameof(actionLength));

    /// <summary>What was observed, one row for each sample.</summary>
    public TObservation[] Observations { get; } = new TObservation[checked(size * observationLength)];

    /// <summary>What was done, one row for each sample.</summary>
    public TAction[] Actions { get; } = new TAction[checked(size * actionLength)];

    /// <summary>r_t + gamma r_{t+1} + ... + gamma^{k-1} r_{t+k-1} over the k steps of the sample.</summary>
    public float[] Rewards { get; } = new float[size];

    /// <summary>What was observed after the k steps: the final observation where the episode ended there. One row for each sample.</summary>
    public TObservation[] NextObservations { get; } = new TObservation[checked(size * observationLength)];

    /// <summary>What the value of the next observation counts: gamma^k, or 0 where the last of the k steps terminated. The target is Rewards + Discounts * value.</summary>
    public float[] Discounts { get; } = new float[size];

    /// <summary>The importance weight of each sample in the loss; 1 where samples are drawn uniformly.</summary>
    public float[] Weights { get; } = new float[size];

    /// <summary>Where each sample's first transition is stored.</summary>
    public int[] Slots { get; } = new int[size];
}
