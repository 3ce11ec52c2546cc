using System.Globalization;

namespace OptiCore.RL;

/// <summary>
/// What happened in T steps of <see cref="Count"/> environments, as far as returns need it. All spans are time-major: step t of environment i is entry t * Count + i.
/// </summary>
/// <remarks>
/// The chain of an episode is cut where a step is terminated or truncated, and at the end of the rollout. A cut bootstraps from <see cref="NextValues"/> unless the step is
/// terminated; a step that is both terminated and truncated counts as terminated.
/// </remarks>
public readonly ref struct Rollout
{
    /// <summary>The number of environments.</summary>
    public required int Count { get; init; }

    /// <summary>The discount gamma of [0, 1].</summary>
    public required double Discount { get; init; }

    /// <summary>The rewards r_t.</summary>
    public required ReadOnlySpan<float> Rewards { get; init; }

    /// <summary>
    /// The values of the true successors, of the final observation where an episode has ended: V(s_{t+1}), or for action values what the target policy expects there,
    /// sum over a of pi(a|s_{t+1}) Q(s_{t+1}, a). Never read where a step is terminated.
    /// </summary>
    public required ReadOnlySpan<float> NextValues { get; init; }

    /// <summary>Where the task ended: nothing follows, its value is 0.</summary>
    public required ReadOnlySpan<bool> Terminated { get; init; }

    /// <summary>Where only the recording ended.</summary>
    public required ReadOnlySpan<bool> Truncated { get; init; }

    /// <summary>The number of entries, T * Count.</summary>
    public int Length => Rewards.Length;

    /// <summary>Checks all lengths and the discount.</summary>
    /// <exception cref="ArgumentException">A span has the wrong length; the message names it.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Count or discount is invalid.</exception>
    public void Check()
    {
        Require.Positive(Count, nameof(Count));
        Require.InClosed(Discount, 0, 1, nameof(Discount));
        if (Length % Count != 0)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Rewards has {Length} elements, expected a multiple of the {Count} environments."), nameof(Rewards));
        Require.Length(NextValues.Length, Length, nameof(NextValues));
        Require.Length(Terminated.Length, Length, nameof(Terminated));
        Require.Length(Truncated.Length, Length, nameof(Truncated));
    }

    /// <summary>Whether the entry is the last one of its chain.</summary>
    /// <param name="entry">t * Count + i.</param>
    internal bool IsCut(int entry) => entry >= Length - Count || Terminated[entry] || Truncated[entry];

    /// <summary>r + gamma V(s'), without the second term where the step is terminated.</summary>
    /// <param name="entry">t * Count + i.</param>
    internal double OneStep(int entry) => Terminated[entry] ? Rewards[entry] : Rewards[entry] + (Discount * NextValues[entry]);
}
