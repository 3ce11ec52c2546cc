using OptiCore.Persistence;

namespace OptiCore.RL.Environments;

/// <summary>
/// Pendulum of Gymnasium: swing a pendulum up and hold it with a torque in [-2, 2] that is too weak to lift it at once. The observation is (cos theta, sin theta, theta'),
/// the reward -(theta^2 + 0.1 theta'^2 + 0.001 u^2) of the state before the step, with theta wrapped to [-pi, pi) and u the clipped torque. Never terminates.
/// </summary>
/// <remarks>
/// theta'' = 3 g / (2 l) sin theta + 3 / (m l^2) u with g = 10, m = l = 1; theta' is stepped by 0.05 s and clipped to [-8, 8], then theta is stepped with the new theta'. Episodes begin
/// uniformly in (-pi, pi) x (-1, 1). Use <see cref="Create"/> for Pendulum-v1, truncated after 200 steps.
/// </remarks>
public sealed class Pendulum : IEnvironment<float, float>, IPersistent
{
    private const double MaxSpeed = 8;
    private const double MaxTorque = 2;
    private const double TimeStep = 0.05;
    private const double Gravity = 10;

    private double _theta;
    private double _speed;

    /// <inheritdoc/>
    public Space<float> ObservationSpace { get; } = new Box([-1, -1, -(float)MaxSpeed], [1, 1, (float)MaxSpeed]);

    /// <inheritdoc/>
    public Space<float> ActionSpace { get; } = new Box(-(float)MaxTorque, (float)MaxTorque, 1);

    /// <summary>The angle, 0 when upright, not wrapped.</summary>
    public double Angle => _theta;

    /// <summary>The angular velocity.</summary>
    public double AngularVelocity => _speed;

    /// <summary>Pendulum-v1, truncated after 200 steps.</summary>
    /// <param name="count">The number of environments.</param>
    public static IVectorEnvironment<float, float> Create(int count = 1) =>
        new TimeLimit<float, float>(new EnvironmentArray<float, float>(count, static () => new Pendulum()), 200);

    /// <summary>Replaces the state.</summary>
    /// <param name="angle">The angle, 0 when upright.</param>
    /// <param name="angularVelocity">The angular velocity.</param>
    public void SetState(double angle, double angularVelocity) => (_theta, _speed) = (angle, angularVelocity);

    /// <inheritdoc/>
    public void Reset(RandomKey key, Span<float> observation)
    {
        RandomStream stream = key.Stream();
        _theta = Draw.Uniform(ref stream, -Math.PI, Math.PI);
        _speed = Draw.Uniform(ref stream, -1, 1);
        Observe(observation);
    }

    /// <inheritdoc/>
    public StepOutcome Step(ReadOnlySpan<float> action, Span<float> observation)
    {
        double torque = Math.Clamp((double)action[0], -MaxTorque, MaxTorque);
        double wrapped = _theta + Math.PI;
        wrapped -= (Math.Floor(wrapped / (2 * Math.PI)) * 2 * Math.PI) + Math.PI;
        double cost = (wrapped * wrapped) + (0.1 * (_speed * _speed)) + (0.001 * (torque * torque));
        _speed = Math.Clamp(_speed + (((3 * Gravity / 2 * Math.Sin(_theta)) + (3 * torque)) * TimeStep), -MaxSpeed, MaxSpeed);
        _theta += _speed * TimeStep;
        Observe(observation);
        return new StepOutcome(-cost);
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(ref _theta);
        archive.Transfer(ref _speed);
    }

    private void Observe(Span<float> observation)
    {
        observation[0] = (float)Math.Cos(_theta);
        observation[1] = (float)Math.Sin(_theta);
        observation[2] = (float)_speed;
    }
}
