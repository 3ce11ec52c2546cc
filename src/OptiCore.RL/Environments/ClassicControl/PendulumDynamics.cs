using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.RL.Environments;

/// <summary>The motion of <see cref="Pendulum"/>, written once for one environment and for several side by side.</summary>
internal static class PendulumDynamics
{
    public const double MaxSpeed = 8;
    public const double MaxTorque = 2;

    private const double TimeStep = 0.05;

    /// <summary>The angle in which an episode begins, from a uniform number of [0, 1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T StartAngle<T>(T uniform) where T : struct, IReal<T> => -Math.PI + (2 * Math.PI * uniform);

    /// <summary>The speed with which an episode begins, from a uniform number of [0, 1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T StartSpeed<T>(T uniform) where T : struct, IReal<T> => -1 + (2 * uniform);

    /// <summary>The state one step later, and the reward of the state before.</summary>
    /// <param name="theta">The angle.</param>
    /// <param name="speed">The angular velocity.</param>
    /// <param name="sine">The sine of the angle before the step.</param>
    /// <param name="torque">The torque that was asked for.</param>
    /// <param name="gravity">The acceleration of gravity.</param>
    /// <returns>The reward.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Advance<T>(ref T theta, ref T speed, T sine, T torque, double gravity) where T : struct, IReal<T>
    {
        T u = Clamp(torque, MaxTorque);
        T wrapped = theta + Math.PI;
        wrapped -= (Floor(wrapped / (2 * Math.PI)) * (2 * Math.PI)) + Math.PI;
        T reward = -((wrapped * wrapped) + (0.1 * (speed * speed)) + (0.001 * (u * u)));
        speed = Clamp(speed + (((3 * gravity / 2 * sine) + (3 * u)) * TimeStep), MaxSpeed);
        theta += speed * TimeStep;
        return reward;
    }

    /// <summary>The number within [-limit, limit]; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Clamp<T>(T x, double limit) where T : struct, IReal<T>
    {
        x = T.IfLess(T.Constant(limit), x, T.Constant(limit), x);
        return T.IfLess(x, T.Constant(-limit), T.Constant(-limit), x);
    }

    /// <summary>The largest whole number that isn't larger; of zeros either.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Floor<T>(T x) where T : struct, IReal<T>
    {
        // A sum with 2^52 is rounded to a whole number; beyond, and for NaN, there is nothing to round.
        const double Whole = 4503599627370496.0;
        T zero = T.Constant(0), magnitude = T.Abs(x), rounded = magnitude + Whole - Whole;
        T nearest = T.IfLess(x, zero, -rounded, rounded);
        return T.IfLess(magnitude, T.Constant(Whole), nearest - T.IfLess(x, nearest, T.Constant(1), zero), x);
    }
}
