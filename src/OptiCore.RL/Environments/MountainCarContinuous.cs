using OptiCore.Persistence;

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
public sealed class MountainCarContinuous : IVectorEnvironment<float, float>
{
    private const double Goal = 0.45;
    private const double Power = 0.0015;

    private readonly EpisodeClock _clock;
    private readonly MountainCarDynamics _cars;

    /// <summary>Creates the environments; reset them before the first step.</summary>
    /// <param name="count">The number of environments.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is smaller than 1.</exception>
    public MountainCarContinuous(int count = 1)
    {
        Count = Require.Positive(count, nameof(count));
        _clock = new EpisodeClock(count);
        _cars = new MountainCarDynamics(count);
    }

    /// <summary>The step after which an episode is truncated. Default: 999.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The limit is smaller than 1.</exception>
    public int MaxEpisodeSteps { get; init => field = Require.Positive(value); } = 999;

    /// <summary>The least velocity with which the goal must be reached. Default: 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The velocity is not finite.</exception>
    public double GoalVelocity { get; init => field = Require.Finite(value); }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public Space<float> ObservationSpace { get; } = new Box(
        [(float)MountainCarDynamics.MinPosition, -(float)MountainCarDynamics.MaxSpeed], [(float)MountainCarDynamics.MaxPosition, (float)MountainCarDynamics.MaxSpeed]);

    /// <inheritdoc/>
    public Space<float> ActionSpace { get; } = new Box(-1, 1, 1);

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
    public void Step(ReadOnlySpan<float> actions, in StepOutput<float> output)
    {
        Require.Length(actions.Length, Count, nameof(actions));
        output.Check(Count, 2);
        _clock.EnsureStarted();
        Require.AllFinite(actions, nameof(actions));
        Span<double> pushes = _cars.Pushes[..actions.Length];
        for (int i = 0; i < actions.Length; i++)
            pushes[i] = Math.Clamp((double)actions[i], -1, 1) * Power;
        _cars.Advance();

        ReadOnlySpan<double> positions = _cars.Positions, velocities = _cars.Velocities[..positions.Length];
        Span<float> observations = output.Observations;
        Span<bool> terminated = output.Terminated[..positions.Length];
        Span<double> rewards = output.Rewards[..positions.Length];
        actions = actions[..positions.Length];
        for (int i = 0; i < positions.Length; i++)
        {
            Span<float> observation = observations.Slice(2 * i, 2);
            observation[0] = (float)positions[i];
            observation[1] = (float)velocities[i];
            bool reached = positions[i] >= Goal & velocities[i] >= GoalVelocity;
            terminated[i] = reached;
            rewards[i] = (reached ? 100.0 : 0) - ((double)actions[i] * actions[i] * 0.1);
        }

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

    private void Begin(int index, RandomKey key, Span<float> observations)
    {
        _cars.Begin(index, key);
        _cars.Observe(index, observations.Slice(2 * index, 2));
    }
}
