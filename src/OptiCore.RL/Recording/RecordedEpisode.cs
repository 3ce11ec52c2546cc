namespace OptiCore.RL;

/// <summary>An episode as it was played, of T steps.</summary>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public sealed record RecordedEpisode<TObservation, TAction>
    where TObservation : unmanaged
    where TAction : unmanaged
{
    /// <summary>The environment that it was played in, from 0.</summary>
    public required int Environment { get; init; }

    /// <summary>The number of the episode in that environment, from 0.</summary>
    public required long Number { get; init; }

    /// <summary>The observations, T + 1 rows: the first one to the last one, which no action followed.</summary>
    public required TObservation[] Observations { get; init; }

    /// <summary>The actions, T rows.</summary>
    public required TAction[] Actions { get; init; }

    /// <summary>The rewards, T numbers.</summary>
    public required double[] Rewards { get; init; }

    /// <summary>Whether the task was over at the end: nothing more could be gained from the last observation on.</summary>
    public required bool Terminated { get; init; }

    /// <summary>Whether the episode was cut off at the end: the last observation still has a value.</summary>
    public required bool Truncated { get; init; }

    /// <summary>The number of steps T.</summary>
    public int Length => Rewards.Length;

    /// <summary>The sum of the rewards.</summary>
    public double Return
    {
        get
        {
            double sum = 0;
            foreach (double reward in Rewards)
                sum += reward;
            return sum;
        }
    }

    /// <summary>One observation.</summary>
    /// <param name="step">How many actions came before it, of 0 to T.</param>
    public ReadOnlySpan<TObservation> Observation(int step)
    {
        int length = Observations.Length / (Length + 1);
        return Observations.AsSpan(step * length, length);
    }

    /// <summary>One action.</summary>
    /// <param name="step">How many actions came before it, of 0 to T - 1.</param>
    public ReadOnlySpan<TAction> Action(int step)
    {
        int length = Actions.Length / Length;
        return Actions.AsSpan(step * length, length);
    }
}
