using System.Runtime.CompilerServices;
using ILGPU;
using OptiCore.RL.Environments;

namespace OptiCore.Gpu;

/// <summary>What is observed of a cart-pole.</summary>
/// <param name="Position">The cart's position.</param>
/// <param name="Velocity">The cart's velocity.</param>
/// <param name="Angle">The pole's angle, 0 when upright.</param>
/// <param name="AngularVelocity">The pole's angular velocity.</param>
public readonly record struct CartPoleObservation(float Position, float Velocity, float Angle, float AngularVelocity);

/// <summary>The task of <see cref="CartPole"/>, with its bits. Action 1 pushes to the right, any other to the left.</summary>
/// <remarks>
/// Episodes begin upright and end at 0.21 radians, where the sine's polynomials are right to the last bit; a state beyond 1/4 that was written into memory gets their value, not the sine's.
/// </remarks>
/// <param name="suttonBartoReward">Whether rewards are those of the original task, 0 for every step and -1 for the one that terminates.</param>
public readonly struct CartPoleWorld(bool suttonBartoReward) : IDeviceWorld<CartPoleState, CartPoleObservation, int>
{
    private readonly double _reward = suttonBartoReward ? 0 : 1, _lastReward = suttonBartoReward ? -1 : 1;

    /// <inheritdoc/>
    public int Numbers => 4;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public CartPoleState Begin(RandomKey episode)
    {
        DeviceDraws.Pair(episode, 0, out double x, out double v);
        DeviceDraws.Pair(episode, 1, out double theta, out double omega);
        return new CartPoleState(Start(x), Start(v), Start(theta), Start(omega));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Step(ref CartPoleState state, int action, RandomKey episode, out double reward)
    {
        DeviceReal x = new(state.Position), v = new(state.Velocity), theta = new(state.Angle), omega = new(state.AngularVelocity);
        SmallAngle.SinCos(theta, out DeviceReal sin, out DeviceReal cos);
        CartPoleDynamics.Advance(ref x, ref v, ref theta, ref omega, new DeviceReal(CartPoleDynamics.Force(action)), sin, cos);
        state = new CartPoleState(x.Value, v.Value, theta.Value, omega.Value);
        bool end = CartPoleDynamics.IsTerminal(x.Value, theta.Value);
        reward = end ? _lastReward : _reward;
        return end;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public CartPoleObservation Observe(CartPoleState state) => new((float)state.Position, (float)state.Velocity, (float)state.Angle, (float)state.AngularVelocity);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public CartPoleState Load(ArrayView<double> memory, long index, long count) =>
        new(memory[index], memory[index + count], memory[index + (2 * count)], memory[index + (3 * count)]);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(CartPoleState state, ArrayView<double> memory, long index, long count)
    {
        memory[index] = state.Position;
        memory[index + count] = state.Velocity;
        memory[index + (2 * count)] = state.Angle;
        memory[index + (3 * count)] = state.AngularVelocity;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Start(double uniform) => CartPoleDynamics.Start(new DeviceReal(uniform)).Value;
}

/// <summary>Pushes a cart to the right where w . observation &gt; 0, else to the left. Products and sums are rounded one by one, from the first to the last.</summary>
/// <param name="weights">The weights w.</param>
public readonly struct LinearPush(CartPoleObservation weights) : IDevicePolicy<CartPoleObservation, int>
{
    private readonly CartPoleObservation _weights = weights;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(RandomKey key, long step)
    {
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Act(CartPoleObservation observation)
    {
        Lane32 sum = new Lane32(_weights.Position) * new Lane32(observation.Position);
        sum += new Lane32(_weights.Velocity) * new Lane32(observation.Velocity);
        sum += new Lane32(_weights.Angle) * new Lane32(observation.Angle);
        sum += new Lane32(_weights.AngularVelocity) * new Lane32(observation.AngularVelocity);
        return sum.X > 0 ? 1 : 0;
    }
}

/// <summary>
/// CartPole-v1 on a device, with the bits of <see cref="CartPole"/>: the same key, the same episodes, whatever the device and its number of threads.
/// </summary>
/// <remarks>Action 1 pushes to the right, any other to the left. About 50 additions and products, 4 divisions of doubles a step, and 3 blocks of random words for each episode.</remarks>
/// <param name="device">The device.</param>
/// <param name="count">The number of environments.</param>
/// <param name="maxEpisodeSteps">The step after which an episode is truncated.</param>
/// <param name="suttonBartoReward">Whether rewards are those of the original task, 0 for every step and -1 for the one that terminates.</param>
/// <exception cref="ArgumentOutOfRangeException">A number is smaller than 1.</exception>
public sealed class GpuCartPole(GpuDevice device, int count, int maxEpisodeSteps = 500, bool suttonBartoReward = false)
    : GpuEnvironment<CartPoleWorld, CartPoleState, CartPoleObservation, float, int>(device, new CartPoleWorld(suttonBartoReward), count, maxEpisodeSteps);
