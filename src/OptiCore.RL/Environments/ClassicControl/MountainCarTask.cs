using OptiCore.Persistence;

namespace OptiCore.RL.Environments;

/// <summary>The state of a mountain car.</summary>
/// <param name="Position">The position, in [-1.2, 0.6]; the valley is at -pi/6.</param>
/// <param name="Velocity">The velocity, in positions per step, at most 0.07.</param>
public readonly record struct MountainCarState(double Position, double Velocity);

/// <summary>Cars in a valley: what the two mountain cars, of three and of continuous actions, have in common.</summary>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public abstract class MountainCarTask<TAction> : IVectorEnvironment<float, TAction> where TAction : unmanaged
{
    private readonly EpisodeClock _clock;
    private readonly MountainCarDynamics _cars;
    private readonly double _goal;

    private protected MountainCarTask(int count, double goal, int maxEpisodeSteps, Space<TAction> actionSpace)
    {
        Count = Require.Positive(count, nameof(count));
        _clock = new EpisodeClock(count);
        _cars = new MountainCarDynamics(count);
        _goal = goal;
        MaxEpisodeSteps = maxEpisodeSteps;
        ActionSpace = actionSpace;
    }

    /// <summary>The step after which an episode is truncated. Default: 200 for three actions, 999 for continuous ones.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The limit is smaller than 1.</exception>
    public int MaxEpisodeSteps { get; init => field = Require.Positive(value); }

    /// <summary>The least velocity with which the goal must be reached. Default: 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The velocity is not finite.</exception>
    public double GoalVelocity { get; init => field = Require.Finite(value); }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public Space<float> ObservationSpace { get; } = new Box(
        [(float)MountainCarDynamics.MinPosition, -(float)MountainCarDynamics.MaxSpeed], [(float)MountainCarDynamics.MaxPosition, (float)MountainCarDynamics.MaxSpeed]);

    /// <inheritdoc/>
    public Space<TAction> ActionSpace { get; }

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
    public void Step(ReadOnlySpan<TAction> actions, in StepOutput<float> output)
    {
        Require.Length(actions.Length, Count, nameof(actions));
        output.Check(Count, 2);
        _clock.EnsureStarted();
        ReadPushes(actions, _cars.Pushes[..actions.Length]);
        _cars.Advance();

        ReadOnlySpan<double> positions = _cars.Positions, velocities = _cars.Velocities[..positions.Length];
        Span<float> observations = output.Observations;
        Span<bool> terminated = output.Terminated[..positions.Length];
        for (int i = 0; i < positions.Length; i++)
        {
            Span<float> observation = observations.Slice(2 * i, 2);
            observation[0] = (float)positions[i];
            observation[1] = (float)velocities[i];
            terminated[i] = positions[i] >= _goal & velocities[i] >= GoalVelocity;
        }

        Reward(actions, terminated, output.Rewards[..positions.Length]);
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

    /// <summary>Turns actions into pushes, or throws before anything has changed.</summary>
    private protected abstract void ReadPushes(ReadOnlySpan<TAction> actions, Span<double> pushes);

    private protected abstract void Reward(ReadOnlySpan<TAction> actions, ReadOnlySpan<bool> reached, Span<double> rewards);

    private void Begin(int index, RandomKey key, Span<float> observations)
    {
        _cars.Begin(index, key);
        _cars.Observe(index, observations.Slice(2 * index, 2));
    }
}
