using System.Runtime.CompilerServices;
using ILGPU;
using OptiCore.Numerics;
using OptiCore.RL.Environments;

namespace OptiCore.Gpu;

/// <summary>What is observed of a pendulum.</summary>
/// <param name="Cosine">The cosine of its angle.</param>
/// <param name="Sine">The sine of its angle.</param>
/// <param name="AngularVelocity">The angular velocity.</param>
public readonly record struct PendulumObservation(float Cosine, float Sine, float AngularVelocity);

/// <summary>The state of a pendulum with the sine and cosine of its angle, which observations show and the next step uses.</summary>
/// <param name="Angle">The angle theta, 0 when upright, not wrapped.</param>
/// <param name="AngularVelocity">The angular velocity.</param>
/// <param name="Sine">The sine of the angle.</param>
/// <param name="Cosine">The cosine of the angle.</param>
public readonly record struct SpinningPendulum(double Angle, double AngularVelocity, double Sine, double Cosine);

/// <summary>The task of <see cref="Pendulum"/>, with its bits for angles below 2^40. Torques are clipped to [-2, 2]; one that isn't a number makes its environment's numbers NaN until the episode ends.</summary>
/// <param name="gravity">The acceleration of gravity.</param>
public readonly struct PendulumWorld(double gravity) : IDeviceWorld<SpinningPendulum, PendulumObservation, float>
{
    private readonly double _gravity = Require.Finite(gravity, nameof(gravity));

    /// <inheritdoc/>
    public int Numbers => 4;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public SpinningPendulum Begin(RandomKey episode)
    {
        DeviceDraws.Pair(episode, 0, out double angle, out double speed);
        return Make(PendulumDynamics.StartAngle(new DeviceReal(angle)), PendulumDynamics.StartSpeed(new DeviceReal(speed)));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Step(ref SpinningPendulum state, float action, RandomKey episode, out double reward)
    {
        DeviceReal theta = new(state.Angle), speed = new(state.AngularVelocity);
        reward = PendulumDynamics.Advance(ref theta, ref speed, new DeviceReal(state.Sine), new DeviceReal(action), _gravity).Value;
        state = Make(theta, speed);
        return false;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PendulumObservation Observe(SpinningPendulum state) => new((float)state.Cosine, (float)state.Sine, (float)state.AngularVelocity);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public SpinningPendulum Load(ArrayView<double> memory, long index, long count) =>
        new(memory[index], memory[index + count], memory[index + (2 * count)], memory[index + (3 * count)]);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(SpinningPendulum state, ArrayView<double> memory, long index, long count)
    {
        memory[index] = state.Angle;
        memory[index + count] = state.AngularVelocity;
        memory[index + (2 * count)] = state.Sine;
        memory[index + (3 * count)] = state.Cosine;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static SpinningPendulum Make(DeviceReal theta, DeviceReal speed)
    {
        Lane64 sin = TrigonometricLanes.SinCosBelow(new Lane64(theta.Value), out Lane64 cos);
        return new SpinningPendulum(theta.Value, speed.Value, sin.X, cos.X);
    }
}

/// <summary>Turns a pendulum with the torque w . observation, which the world clips. Products and sums are rounded one by one, from the first to the last.</summary>
/// <param name="weights">The weights w.</param>
public readonly struct LinearTorque(PendulumObservation weights) : IDevicePolicy<PendulumObservation, float>
{
    private readonly PendulumObservation _weights = weights;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(RandomKey key, long step)
    {
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Act(PendulumObservation observation)
    {
        Lane32 sum = new Lane32(_weights.Cosine) * new Lane32(observation.Cosine);
        sum += new Lane32(_weights.Sine) * new Lane32(observation.Sine);
        sum += new Lane32(_weights.AngularVelocity) * new Lane32(observation.AngularVelocity);
        return sum.X;
    }
}

/// <summary>Pendulum-v1 on a device, with the bits of <see cref="Pendulum"/>: the same key, the same episodes, whatever the device and its number of threads.</summary>
/// <remarks>About 90 operations of doubles a step, most of them for the sine and cosine of the new angle.</remarks>
/// <param name="device">The device.</param>
/// <param name="count">The number of environments.</param>
/// <param name="maxEpisodeSteps">The step after which an episode is truncated.</param>
/// <param name="gravity">The acceleration of gravity.</param>
/// <exception cref="ArgumentOutOfRangeException">A number is smaller than 1, or gravity isn't finite.</exception>
public sealed class GpuPendulum(GpuDevice device, int count, int maxEpisodeSteps = 200, double gravity = 10)
    : GpuEnvironment<PendulumWorld, SpinningPendulum, PendulumObservation, float, float>(device, new PendulumWorld(gravity), count, maxEpisodeSteps);
