namespace OptiCore.RL.Environments;

/// <summary>
/// MountainCar-v0 of Gymnasium: an engine too weak for the slope has to swing a car out of a valley. The observation is (position, velocity), the actions are 0 left, 1 nothing,
/// 2 right, every step costs 1. Terminates at position 0.5, truncates after 200 steps; solved at a mean return of -110.
/// </summary>
/// <remarks>
/// <para>A. W. Moore (1990), "Efficient memory-based learning for robot control". velocity += 0.001 (action - 1) - 0.0025 cos(3 position), clipped to 0.07; the left wall at -1.2 stops the car.
/// Episodes begin at rest, uniformly in (-0.6, -0.4).</para>
/// <para>The state is double precision and a structure of arrays; several environments step at once, with the same bits for any vector width.</para>
/// </remarks>
public sealed class MountainCar : MountainCarTask<int>
{
    private const double Force = 0.001;

    /// <summary>Creates the environments; reset them before the first step.</summary>
    /// <param name="count">The number of environments.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is smaller than 1.</exception>
    public MountainCar(int count = 1)
        : base(count, 0.5, 200, new Discrete(3))
    {
    }

    /// <summary>MountainCar-v0, truncated after 200 steps.</summary>
    /// <param name="count">The number of environments.</param>
    public static MountainCar Create(int count = 1) => new(count);

    private protected override void ReadPushes(ReadOnlySpan<int> actions, Span<double> pushes)
    {
        bool wrong = false;
        for (int i = 0; i < pushes.Length; i++)
        {
            wrong |= (uint)actions[i] > 2;
            pushes[i] = (actions[i] - 1) * Force;
        }

        if (wrong)
            throw WrongAction.Of(actions, 2);
    }

    private protected override void Reward(ReadOnlySpan<int> actions, ReadOnlySpan<bool> reached, Span<double> rewards) => rewards.Fill(-1);
}
