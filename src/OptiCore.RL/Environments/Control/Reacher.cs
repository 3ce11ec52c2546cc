using System.Runtime.InteropServices;
using OptiCore.Persistence;

namespace OptiCore.RL.Environments;

/// <summary>The state of a planar arm of two links, in radians and seconds.</summary>
/// <param name="Angle1">The angle of the first link.</param>
/// <param name="Angle2">The angle of the second link relative to the first.</param>
/// <param name="Velocity1">The angular velocity of the first joint.</param>
/// <param name="Velocity2">The angular velocity of the second joint.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct ReacherState(double Angle1, double Angle2, double Velocity1, double Velocity2);

/// <summary>
/// Reacher: bring the tip of an arm of two links to a target in the plane, by a torque of -1 to 1 Nm in each joint. The observation is (cos and sin of both angles, both angular velocities, the target's coordinates, those of the vector
/// from the tip to the target), the reward -(distance of tip and target after the step) - 0.01 (u1^2 + u2^2). Never terminates. Use <see cref="Create"/> for episodes truncated after 200 steps.
/// </summary>
/// <remarks>
/// Two uniform rods of 0.5 m and 1 kg that turn in a horizontal plane, so that there is no gravity, with viscous friction of 0.2 Nms in the joints: M(q) q'' + c(q, q') = u - 0.2 q', the equations of M. W. Spong, S. Hutchinson, M. Vidyasagar (2006), "Robot
/// modeling and control", section 7.4. One classic Runge-Kutta step of 0.02 s. Episodes begin at rest with uniform angles; the target is uniform over the ring of 0.1 to 0.95 m around the base, by area.
/// </remarks>
public sealed class Reacher : IEnvironment<float, float>, IPersistent
{
    private const double Length = 0.5;
    private const double Mass = 1;
    private const double Friction = 0.2;
    private const double TimeStep = 0.02;
    private const double NearestTarget = 0.1;
    private const double FarthestTarget = 0.95;

    // Centres of mass in the middle of the rods, moments of inertia m l^2 / 12 about them.
    private const double Inertia = Mass * Length * Length / 12;
    private const double Elbow = Mass * Length * Length / 2;
    private const double Lower = (Mass * Length * Length / 4) + Inertia;
    private const double Upper = Lower + (Mass * Length * Length) + Lower;

    private ReacherState _state;
    private double _targetX;
    private double _targetY;

    /// <inheritdoc/>
    public Space<float> ObservationSpace { get; } = new Box(
        [-1, -1, -1, -1, float.NegativeInfinity, float.NegativeInfinity, -1, -1, -2, -2], [1, 1, 1, 1, float.PositiveInfinity, float.PositiveInfinity, 1, 1, 2, 2]);

    /// <inheritdoc/>
    public Space<float> ActionSpace { get; } = new Box(-1, 1, 2);

    /// <summary>The state; angles aren't wrapped.</summary>
    public ReacherState State => _state;

    /// <summary>The target's coordinates in metres.</summary>
    public (double X, double Y) Target => (_targetX, _targetY);

    /// <summary>Environments truncated after 200 steps.</summary>
    /// <param name="count">The number of environments.</param>
    public static IVectorEnvironment<float, float> Create(int count = 1) =>
        new TimeLimit<float, float>(new EnvironmentArray<float, float>(count, static () => new Reacher()), 200);

    /// <summary>Replaces the state and the target.</summary>
    /// <param name="state">The state.</param>
    /// <param name="targetX">The target's first coordinate.</param>
    /// <param name="targetY">The target's second coordinate.</param>
    public void SetState(ReacherState state, double targetX, double targetY) => (_state, _targetX, _targetY) = (state, targetX, targetY);

    /// <summary>The coordinates of the tip.</summary>
    /// <param name="state">The state.</param>
    public static (double X, double Y) Tip(ReacherState state) => (
        Length * (Math.Cos(state.Angle1) + Math.Cos(state.Angle1 + state.Angle2)), Length * (Math.Sin(state.Angle1) + Math.Sin(state.Angle1 + state.Angle2)));

    /// <summary>The kinetic energy q'M(q) q' / 2 of the angular velocities q', in joules.</summary>
    /// <param name="state">The state.</param>
    public static double Energy(ReacherState state)
    {
        double coupling = Elbow * Math.Cos(state.Angle2), v1 = state.Velocity1, v2 = state.Velocity2;
        return ((Upper + (2 * coupling)) * v1 * v1 / 2) + ((Lower + coupling) * v1 * v2) + (Lower * v2 * v2 / 2);
    }

    /// <summary>The time derivative of the state, for planners and checks.</summary>
    /// <param name="state">The state.</param>
    /// <param name="torque1">The torque of the first joint in newton metres.</param>
    /// <param name="torque2">The torque of the second joint.</param>
    public static ReacherState Derivative(ReacherState state, double torque1, double torque2)
    {
        (double sin, double cos) = Math.SinCos(state.Angle2);
        double coupling = Elbow * cos, centrifugal = Elbow * sin, v1 = state.Velocity1, v2 = state.Velocity2;
        double m11 = Upper + (2 * coupling), m12 = Lower + coupling;
        double f1 = torque1 - (Friction * v1) + (centrifugal * v2 * ((2 * v1) + v2));
        double f2 = torque2 - (Friction * v2) - (centrifugal * v1 * v1);
        double determinant = (m11 * Lower) - (m12 * m12);
        return new ReacherState(v1, v2, ((Lower * f1) - (m12 * f2)) / determinant, ((m11 * f2) - (m12 * f1)) / determinant);
    }

    /// <summary>The state one step of 0.02 s later.</summary>
    /// <param name="state">The state.</param>
    /// <param name="torque1">The torque of the first joint in newton metres.</param>
    /// <param name="torque2">The torque of the second joint.</param>
    public static ReacherState Next(ReacherState state, double torque1, double torque2)
    {
        ReacherState k1 = Derivative(state, torque1, torque2);
        ReacherState k2 = Derivative(Shift(state, k1, TimeStep / 2), torque1, torque2);
        ReacherState k3 = Derivative(Shift(state, k2, TimeStep / 2), torque1, torque2);
        ReacherState k4 = Derivative(Shift(state, k3, TimeStep), torque1, torque2);
        return new ReacherState(
            state.Angle1 + (TimeStep / 6 * (k1.Angle1 + (2 * k2.Angle1) + (2 * k3.Angle1) + k4.Angle1)),
            state.Angle2 + (TimeStep / 6 * (k1.Angle2 + (2 * k2.Angle2) + (2 * k3.Angle2) + k4.Angle2)),
            state.Velocity1 + (TimeStep / 6 * (k1.Velocity1 + (2 * k2.Velocity1) + (2 * k3.Velocity1) + k4.Velocity1)),
            state.Velocity2 + (TimeStep / 6 * (k1.Velocity2 + (2 * k2.Velocity2) + (2 * k3.Velocity2) + k4.Velocity2)));
    }

    /// <inheritdoc/>
    public void Reset(RandomKey key, Span<float> observation)
    {
        RandomStream stream = key.Stream();
        _state = new ReacherState(Draw.Uniform(ref stream, -Math.PI, Math.PI), Draw.Uniform(ref stream, -Math.PI, Math.PI), 0, 0);
        double radius = Math.Sqrt(Draw.Uniform(ref stream, NearestTarget * NearestTarget, FarthestTarget * FarthestTarget));
        (double sin, double cos) = Math.SinCos(Draw.Uniform(ref stream, -Math.PI, Math.PI));
        (_targetX, _targetY) = (radius * cos, radius * sin);
        Observe(observation);
    }

    /// <inheritdoc/>
    public StepOutcome Step(ReadOnlySpan<float> action, Span<float> observation)
    {
        double torque1 = Math.Clamp((double)action[0], -1, 1), torque2 = Math.Clamp((double)action[1], -1, 1);
        _state = Next(_state, torque1, torque2);
        Observe(observation);
        (double x, double y) = Tip(_state);
        double dx = _targetX - x, dy = _targetY - y;
        return new StepOutcome(-Math.Sqrt((dx * dx) + (dy * dy)) - (0.01 * ((torque1 * torque1) + (torque2 * torque2))));
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(ref _state);
        archive.Transfer(ref _targetX);
        archive.Transfer(ref _targetY);
    }

    private static ReacherState Shift(ReacherState s, ReacherState d, double step) => new(
        s.Angle1 + (step * d.Angle1), s.Angle2 + (step * d.Angle2), s.Velocity1 + (step * d.Velocity1), s.Velocity2 + (step * d.Velocity2));

    private void Observe(Span<float> observation)
    {
        (double sin1, double cos1) = Math.SinCos(_state.Angle1);
        (double sin2, double cos2) = Math.SinCos(_state.Angle2);
        (double x, double y) = Tip(_state);
        observation[0] = (float)cos1;
        observation[1] = (float)sin1;
        observation[2] = (float)cos2;
        observation[3] = (float)sin2;
        observation[4] = (float)_state.Velocity1;
        observation[5] = (float)_state.Velocity2;
        observation[6] = (float)_targetX;
        observation[7] = (float)_targetY;
        observation[8] = (float)(_targetX - x);
        observation[9] = (float)(_targetY - y);
    }
}
