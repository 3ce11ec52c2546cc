using System.Runtime.InteropServices;
using OptiCore.Persistence;

namespace OptiCore.RL.Environments;

/// <summary>The state of an acrobot, in radians and seconds.</summary>
/// <param name="Angle1">The angle of the first link, 0 when it hangs.</param>
/// <param name="Angle2">The angle of the second link relative to the first.</param>
/// <param name="Velocity1">The angular velocity of the first link.</param>
/// <param name="Velocity2">The angular velocity of the second link.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct AcrobotState(double Angle1, double Angle2, double Velocity1, double Velocity2);

/// <summary>
/// Acrobot of Gymnasium: swing a double pendulum, driven only at the joint between its links, until its tip is one link above the base. The observation is (cos and sin of both
/// angles, both angular velocities), the actions 0, 1, 2 are torques of -1, 0, 1, every step costs 1 but the last, which costs nothing.
/// </summary>
/// <remarks>
/// R. S. Sutton (1996), "Generalization in reinforcement learning: successful examples using sparse coarse coding"; equations of R. S. Sutton, A. G. Barto's book. One classic
/// Runge-Kutta step of 0.2 s; angles are wrapped to [-pi, pi], velocities clipped to 4 pi and 9 pi. Episodes begin uniformly in (-0.1, 0.1)^4. Use <see cref="Create"/> for Acrobot-v1,
/// truncated after 500 steps.
/// </remarks>
public sealed class Acrobot : IEnvironment<float, int>, IPersistent
{
    private const double TimeStep = 0.2;
    private const double Gravity = 9.8;
    private const double CentreOfMass = 0.5;
    private const double MaxVelocity1 = 4 * Math.PI;
    private const double MaxVelocity2 = 9 * Math.PI;

    private AcrobotState _state;

    /// <inheritdoc/>
    public Space<float> ObservationSpace { get; } = new Box(
        [-1, -1, -1, -1, -(float)MaxVelocity1, -(float)MaxVelocity2], [1, 1, 1, 1, (float)MaxVelocity1, (float)MaxVelocity2]);

    /// <inheritdoc/>
    public Space<int> ActionSpace { get; } = new Discrete(3);

    /// <summary>The state.</summary>
    public AcrobotState State => _state;

    /// <summary>Acrobot-v1, truncated after 500 steps.</summary>
    /// <param name="count">The number of environments.</param>
    public static IVectorEnvironment<float, int> Create(int count = 1) =>
        new TimeLimit<float, int>(new EnvironmentArray<float, int>(count, static () => new Acrobot()), 500);

    /// <summary>Replaces the state.</summary>
    /// <param name="state">The new state.</param>
    public void SetState(AcrobotState state) => _state = state;

    /// <inheritdoc/>
    public void Reset(RandomKey key, Span<float> observation)
    {
        RandomStream stream = key.Stream();
        _state = new AcrobotState(
            Draw.Uniform(ref stream, -0.1, 0.1), Draw.Uniform(ref stream, -0.1, 0.1), Draw.Uniform(ref stream, -0.1, 0.1), Draw.Uniform(ref stream, -0.1, 0.1));
        Observe(observation);
    }

    /// <inheritdoc/>
    public StepOutcome Step(ReadOnlySpan<int> action, Span<float> observation)
    {
        double torque = action[0] - 1;
        AcrobotState k1 = Derivative(_state, torque);
        AcrobotState k2 = Derivative(Shift(_state, k1, TimeStep / 2), torque);
        AcrobotState k3 = Derivative(Shift(_state, k2, TimeStep / 2), torque);
        AcrobotState k4 = Derivative(Shift(_state, k3, TimeStep), torque);
        _state = new AcrobotState(
            Wrap(_state.Angle1 + (TimeStep / 6 * (k1.Angle1 + (2 * k2.Angle1) + (2 * k3.Angle1) + k4.Angle1))),
            Wrap(_state.Angle2 + (TimeStep / 6 * (k1.Angle2 + (2 * k2.Angle2) + (2 * k3.Angle2) + k4.Angle2))),
            Math.Clamp(_state.Velocity1 + (TimeStep / 6 * (k1.Velocity1 + (2 * k2.Velocity1) + (2 * k3.Velocity1) + k4.Velocity1)), -MaxVelocity1, MaxVelocity1),
            Math.Clamp(_state.Velocity2 + (TimeStep / 6 * (k1.Velocity2 + (2 * k2.Velocity2) + (2 * k3.Velocity2) + k4.Velocity2)), -MaxVelocity2, MaxVelocity2));
        Observe(observation);
        bool terminated = -Math.Cos(_state.Angle1) - Math.Cos(_state.Angle2 + _state.Angle1) > 1;
        return new StepOutcome(terminated ? 0 : -1, terminated);
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(ref _state);
    }

    /// <summary>The equations of motion with unit masses, lengths and moments of inertia, and centres of mass in the middle of the links.</summary>
    private static AcrobotState Derivative(AcrobotState s, double torque)
    {
        const double C = CentreOfMass;
        (double sin2, double cos2) = Math.SinCos(s.Angle2);
        double d1 = (C * C) + (1 + (C * C) + (2 * C * cos2)) + 2;
        double d2 = (C * C) + (C * cos2) + 1;
        double phi2 = C * Gravity * Math.Cos(s.Angle1 + s.Angle2 - (Math.PI / 2));
        double phi1 = (-C * (s.Velocity2 * s.Velocity2) * sin2) - (2 * C * s.Velocity2 * s.Velocity1 * sin2)
            + ((C + 1) * Gravity * Math.Cos(s.Angle1 - (Math.PI / 2))) + phi2;
        double acceleration2 = (torque + (d2 / d1 * phi1) - (C * (s.Velocity1 * s.Velocity1) * sin2) - phi2) / ((C * C) + 1 - (d2 * d2 / d1));
        double acceleration1 = -((d2 * acceleration2) + phi1) / d1;
        return new AcrobotState(s.Velocity1, s.Velocity2, acceleration1, acceleration2);
    }

    private static AcrobotState Shift(AcrobotState s, AcrobotState d, double step) => new(
        s.Angle1 + (step * d.Angle1), s.Angle2 + (step * d.Angle2), s.Velocity1 + (step * d.Velocity1), s.Velocity2 + (step * d.Velocity2));

    private static double Wrap(double angle)
    {
        while (angle > Math.PI)
            angle -= 2 * Math.PI;
        while (angle < -Math.PI)
            angle += 2 * Math.PI;
        return angle;
    }

    private void Observe(Span<float> observation)
    {
        (double sin1, double cos1) = Math.SinCos(_state.Angle1);
        (double sin2, double cos2) = Math.SinCos(_state.Angle2);
        observation[0] = (float)cos1;
        observation[1] = (float)sin1;
        observation[2] = (float)cos2;
        observation[3] = (float)sin2;
        observation[4] = (float)_state.Velocity1;
        observation[5] = (float)_state.Velocity2;
    }
}
