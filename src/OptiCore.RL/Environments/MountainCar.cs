using OptiCore.Persistence;

namespace OptiCore.RL.Environments;

/// <summary>The state of a mountain car.</summary>
/// <param name="Position">The position, in [-1.2, 0.6]; the valley is at -pi/6.</param>
/// <param name="Velocity">The velocity, in positions per step, at most 0.07.</param>
public readonly record struct MountainCarState(double Position, double Velocity);

/// <summary>
/// MountainCar-v0 of Gymnasium: an engine too weak for the slope has to swing a car out of a valley. The observation is (position, velocity), the actions are 0 left, 1 nothing,
/// 2 right, every step costs 1. Terminates at position 0.5, truncates after 200 steps; solved at a mean return of -110.
/// </summary>
/// <remarks>
/// <para>A. W. Moore (1990), "Efficient memory-based learning for robot control". velocity += 0.001 (action - 1) - 0.0025 cos(3 position), clipped to 0.07; the left wall at -1.2 stops the car.
/// Episodes begin at rest, uniformly in (-0.6, -0.4).</para>
/// <para>The state is double precision and a structure of arrays; several environments step at once, with the same bits for any vector width.</para>
/// </remarks>
public sealed class MountainCar : IVectorEnvironment<float, int>
{
    private const double Goal = 0.5;
    private const double Force = 0.001;

    private readonly EpisodeClock _clock;
    private readonly MountainCarDynamics _cars;

    /// <summary>Creates the environments; reset them before the first step.</summary>
    /// <param name="count">The number of environments.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is smaller than 1.</exception>
    public MountainCar(int count = 1)
    {
        Count = Require.Positive(count, nameof(count));
        _clock = new EpisodeClock(count);
        _cars = new MountainCarDynamics(count);
    }

    /// <summary>The step after which an episode is truncated. Default: 200.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The limit is smaller than 1.</exception>
    public int MaxEpisodeSteps { get; init => field = Require.Positive(value); } = 200;

    /// <summary>The least velocity with which the goal must be reached. Default: 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The velocity is not finite.</exception>
    public double GoalVelocity { get; init => field = Require.Finite(value); }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public Space<float> ObservationSpace { get; } = new Box(
        [(float)MountainCarDynamics.MinPosition, -(float)MountainCarDynamics.MaxSpeed], [(float)MountainCarDynamics.MaxPosition, (float)MountainCarDynamics.MaxSpeed]);

    /// <inheritdoc/>
    public Space<int> ActionSpace { get; } = new Discrete(3);

    /// <summary>MountainCar-v0, truncated after 200 steps.</summary>
    /// <param name="count">The number of environments.</param>
    public static MountainCar Create(int count = 1) => new(count);

    /// <summary>The state of one environment.</summary>
    /// <param name="index">The environment.</param>
    public MountainCarState GetState(int index) => new(_cars.Positions[index], _cars.Velocities[index]);

    /// <summary>Replaces the state of one environment. Its episode and the steps counted in it go on.</summary>
    /// <param name="index">The environment.</param>
    /// <param name="state">The new state.</param>
    public void SetState(int index, MountainCarState state) => (_cars.Positions[index], _cars.Velocities[index]) = (state.Position, state.Velocity);

    /// <inheritdoc/>
    public void Reset(RandomKey key, Span<float> observations)
    {
        Require.Length(observations.Length, 2 * Count, nameof(observations));
        _clock.Reset(key);
        for (int i = 0; i < Count; i++)
            Begin(i, _clock.Current(i), observations);
    }

    /// <inheritdoc/>
    public void Restart(int index, Span<float> observation)
    {
        Require.Length(observation.Length, 2, nameof(observation));
        _clock.EnsureStarted();
        _cars.Begin(index, _clock.Next(index));
        _cars.Observe(index, observation);
    }

    /// <inheritdoc/>
    public void Step(ReadOnlySpan<int> actions, in StepOutput<float> output)
    {
        Require.Length(actions.Length, Count, nameof(actions));
        output.Check(Count, 2);
        _clock.EnsureStarted();
        ReadPushes(actions);
        _cars.Advance();

        ReadOnlySpan<double> positions = _cars.Positions, velocities = _cars.Velocities[..positions.Length];
        Span<float> observations = output.Observations;
        Span<bool> terminated = output.Terminated[..positions.Length];
        for (int i = 0; i < positions.Length; i++)
        {
            Span<float> observation = observations.Slice(2 * i, 2);
            observation[0] = (float)positions[i];
            observation[1] = (float)velocities[i];
            terminated[i] = positions[i] >= Goal & velocities[i] >= GoalVelocity;
        }

        output.Rewards.Fill(-1);
        foreach (int i in _clock.Tick(MaxEpisodeSteps, terminated, output.Truncated))
        {
            observations.Slice(2 * i, 2).CopyTo(output.FinalObservations[(2 * i)..]);
            Begin(i, _clock.Next(i), observations);
        }
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Expect(Count, "a number of environments of");
        archive.Expect(MaxEpisodeSteps, "a time limit of");
        archive.Transfer(_clock);
        archive.Transfer(_cars);
    }

    /// <summary>Actions become pushes before anything changes, so that a wrong action leaves the environments as they were.</summary>
    private void ReadPushes(ReadOnlySpan<int> actions)
    {
        bool wrong = false;
        Span<double> pushes = _cars.Pushes[..actions.Length];
        for (int i = 0; i < actions.Length; i++)
        {
            wrong |= (uint)actions[i] > 2;
            pushes[i] = (actions[i] - 1) * Force;
        }

        if (wrong)
            throw WrongAction.Of(actions, 2);
    }

    private void Begin(int index, RandomKey key, Span<float> observations)
    {
        _cars.Begin(index, key);
        _cars.Observe(index, observations.Slice(2 * index, 2));
    }
}
