namespace OptiCore.RL;

/// <summary>
/// Where a step of n environments writes what happened. The spans may be slices of larger buffers, so that a rollout is recorded without a copy.
/// </summary>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
public readonly ref struct StepOutput<TObservation> where TObservation : unmanaged
{
    /// <summary>The observation to act on next, n rows: of the running episode, or the first of the next one where an episode has ended.</summary>
    public required Span<TObservation> Observations { get; init; }

    /// <summary>The rewards of the step, n numbers.</summary>
    public required Span<double> Rewards { get; init; }

    /// <summary>Whether the task reached its end: nothing more can be gained from the final observation on. n flags.</summary>
    public required Span<bool> Terminated { get; init; }

    /// <summary>Whether the episode was cut off, by a time limit for example: the final observation still has a value. n flags.</summary>
    public required Span<bool> Truncated { get; init; }

    /// <summary>The last observation of the old episode, n rows. Only the rows of environments whose episode has ended are written.</summary>
    public required Span<TObservation> FinalObservations { get; init; }

    /// <summary>Checks all lengths.</summary>
    /// <param name="count">The number of environments.</param>
    /// <param name="length">The number of elements of one observation.</param>
    /// <exception cref="ArgumentException">A span has the wrong length; the message names it.</exception>
    public void Check(int count, int length)
    {
        Require.Length(Observations.Length, count * length, nameof(Observations));
        Require.Length(Rewards.Length, count, nameof(Rewards));
        Require.Length(Terminated.Length, count, nameof(Terminated));
        Require.Length(Truncated.Length, count, nameof(Truncated));
        Require.Length(FinalObservations.Length, count * length, nameof(FinalObservations));
    }
}

/// <summary>Owns the buffers of one <see cref="StepOutput{TObservation}"/>.</summary>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
/// <param name="count">The number of environments.</param>
/// <param name="length">The number of elements of one observation.</param>
public sealed class StepBuffers<TObservation>(int count, int length) where TObservation : unmanaged
{
    /// <summary>The observations to act on next.</summary>
    public TObservation[] Observations { get; } = new TObservation[checked(Require.Positive(count, nameof(count)) * Require.Positive(length, nameof(length)))];

    /// <summary>The rewards of the last step.</summary>
    public double[] Rewards { get; } = new double[count];

    /// <summary>Which environments terminated in the last step.</summary>
    public bool[] Terminated { get; } = new bool[count];

    /// <summary>Which environments were truncated in the last step.</summary>
    public bool[] Truncated { get; } = new bool[count];

    /// <summary>The last observations of the episodes that ended in the last step; other rows are older.</summary>
    public TObservation[] FinalObservations { get; } = new TObservation[count * length];

    /// <summary>The buffers as the target of a step.</summary>
    public StepOutput<TObservation> Output => new()
    {
        Observations = Observations,
        Rewards = Rewards,
        Terminated = Terminated,
        Truncated = Truncated,
        FinalObservations = FinalObservations,
    };

    /// <summary>The observation of one environment.</summary>
    /// <param name="index">The environment.</param>
    public Span<TObservation> Observation(int index) => Observations.AsSpan(index * length, length);

    /// <summary>The final observation of one environment.</summary>
    /// <param name="index">The environment.</param>
    public Span<TObservation> FinalObservation(int index) => FinalObservations.AsSpan(index * length, length);
}
