namespace OptiCore.RL.Environments;

/// <summary>
/// MountainCarContinuous-v0 of Gymnasium: the mountain car with a force of [-1, 1] instead of three actions. The observation is (position, velocity); a step costs 0.1 action^2 (the action as it
/// came, before it is clipped), and reaching the goal earns 100. Terminates at position 0.45, truncates after 999 steps; solved at a mean return of 90.
/// </summary>
/// <remarks>
/// <para>velocity += 0.0015 force - 0.0025 cos(3 position), clipped to 0.07; the left wall at -1.2 stops the car. Episodes begin at rest, uniformly in (-0.6, -0.4). The car is that of
/// A. W. Moore (1990), "Efficient memory-based learning for robot control".</para>
/// <para>Gymnasium rounds this task's state to single precision after every step; here it is double precision as in the other tasks, so that observations drift apart by that rounding.</para>
/// </remarks>
public sealed class MountainCarContinuous : MountainCarTask<float>
{
    private const double Power = 0.0015;

    /// <summary>Creates the environments; reset them before the first step.</summary>
    /// <param name="count">The number of environments.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is smaller than 1.</exception>
    public MountainCarContinuous(int count = 1)
        : base(count, 0.45, 999, new Box(-1, 1, 1))
    {
    }

    private protected override void ReadPushes(ReadOnlySpan<float> actions, Span<double> pushes)
    {
        Require.AllFinite(actions, nameof(actions));
        for (int i = 0; i < pushes.Length; i++)
            pushes[i] = Math.Clamp((double)actions[i], -1, 1) * Power;
    }

    private protected override void Reward(ReadOnlySpan<float> actions, ReadOnlySpan<bool> reached, Span<double> rewards)
    {
        for (int i = 0; i < rewards.Length; i++)
            rewards[i] = (reached[i] ? 100.0 : 0) - ((double)actions[i] * actions[i] * 0.1);
    }
}
