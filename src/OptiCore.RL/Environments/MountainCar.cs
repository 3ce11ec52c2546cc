using OptiCore.Persistence;

namespace OptiCore.RL.Environments;

/// <summary>
/// MountainCar of Gymnasium: an engine too weak for the slope has to swing a car out of a valley. The observation is (position, velocity), the actions are 0 left, 1 nothing,
/// 2 right, every step costs 1. Terminates at position 0.5.
/// </summary>
/// <remarks>
/// A. W. Moore (1990), "Efficient memory-based learning for robot control". velocity += 0.001 (action - 1) - 0.0025 cos(3 position), clipped to 0.07; the left wall at -1.2 stops the car.
/// Episodes begin at rest, uniformly in (-0.6, -0.4). Use <see cref="Create"/> for MountainCar-v0, truncated after 200 steps.
/// </remarks>
public sealed class MountainCar : IEnvironment<float, int>, IPersistent
{
    private const double MinPosition = -1.2;
    private const double MaxPosition = 0.6;
    private const double MaxSpeed = 0.07;
    private const double Goal = 0.5;

    private double _position;
    private double _velocity;

    /// <inheritdoc/>
    public Space<float> ObservationSpace { get; } = new Box([(float)MinPosition, -(float)MaxSpeed], [(float)MaxPosition, (float)MaxSpeed]);

    /// <inheritdoc/>
    public Space<int> ActionSpace { get; } = new Discrete(3);

    /// <summary>The position.</summary>
    public double Position => _position;

    /// <summary>The velocity, in positions per step.</summary>
    public double Velocity => _velocity;

    /// <summary>MountainCar-v0, truncated after 200 steps.</summary>
    /// <param name="count">The number of environments.</param>
    public static IVectorEnvironment<float, int> Create(int count = 1) =>
        new TimeLimit<float, int>(new EnvironmentArray<float, int>(count, static () => new MountainCar()), 200);

    /// <summary>Replaces the state.</summary>
    /// <param name="position">The position.</param>
    /// <param name="velocity">The velocity.</param>
    public void SetState(double position, double velocity) => (_position, _velocity) = (position, velocity);

    /// <inheritdoc/>
    public void Reset(RandomKey key, Span<float> observation)
    {
        RandomStream stream = key.Stream();
        _position = Draw.Uniform(ref stream, -0.6, -0.4);
        _velocity = 0;
        Observe(observation);
    }

    /// <inheritdoc/>
    public StepOutcome Step(ReadOnlySpan<int> action, Span<float> observation)
    {
        _velocity = Math.Clamp(_velocity + (((action[0] - 1) * 0.001) + (Math.Cos(3 * _position) * -0.0025)), -MaxSpeed, MaxSpeed);
        _position = Math.Clamp(_position + _velocity, MinPosition, MaxPosition);
        if (_position == MinPosition && _velocity < 0)
            _velocity = 0;
        Observe(observation);
        return new StepOutcome(-1, _position >= Goal && _velocity >= 0);
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(ref _position);
        archive.Transfer(ref _velocity);
    }

    private void Observe(Span<float> observation)
    {
        observation[0] = (float)_position;
        observation[1] = (float)_velocity;
    }
}
