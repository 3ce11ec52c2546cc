using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.RL.Environments;

/// <summary>The motion of <see cref="CartPole"/>, written once for one environment and for several side by side.</summary>
internal static class CartPoleDynamics
{
    public const double PositionLimit = 2.4;
    public const double AngleLimit = 12 * 2 * Math.PI / 360;

    private const double Gravity = 9.8;
    private const double PoleMass = 0.1;
    private const double TotalMass = 1.0 + PoleMass;
    private const double HalfLength = 0.5;
    private const double PoleMassLength = PoleMass * HalfLength;
    private const double ForceMagnitude = 10;
    private const double TimeStep = 0.02;
    private const double InitialBound = 0.05;

    /// <summary>The force of an action.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Force(int action) => action == 1 ? ForceMagnitude : -ForceMagnitude;

    /// <summary>Whether a state ends the task. Written so that one that isn't a number does.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsTerminal(double position, double angle) => !(Math.Abs(position) <= PositionLimit & Math.Abs(angle) <= AngleLimit);

    /// <summary>A component of a state in which an episode begins, from a uniform number of [0, 1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Start<T>(T uniform) where T : struct, IReal<T> => -InitialBound + (2 * InitialBound * uniform);

    /// <summary>The state one step later, with the sine and cosine of its angle.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Advance<T>(ref T x, ref T v, ref T theta, ref T omega, T force, T sin, T cos)
        where T : struct, IReal<T>
    {
        T u = (force + (PoleMassLength * (omega * omega) * sin)) / TotalMass;
        T inertia = HalfLength * ((4.0 / 3.0) - (PoleMass * (cos * cos) / TotalMass));
        T alpha = ((Gravity * sin) - (cos * u)) / inertia;
        T acceleration = u - (PoleMassLength * alpha * cos / TotalMass);
        x += TimeStep * v;
        v += TimeStep * acceleration;
        theta += TimeStep * omega;
        omega += TimeStep * alpha;
    }
}
