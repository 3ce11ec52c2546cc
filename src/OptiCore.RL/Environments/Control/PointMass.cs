using System.Runtime.InteropServices;
using OptiCore.Persistence;

namespace OptiCore.RL.Environments;

/// <summary>The state of a point mass in the plane, in metres and metres per second.</summary>
/// <param name="X">The first coordinate.</param>
/// <param name="Y">The second coordinate.</param>
/// <param name="VelocityX">The velocity along the first axis.</param>
/// <param name="VelocityY">The velocity along the second axis.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct PointMassState(double X, double Y, double VelocityX, double VelocityY);

/// <summary>
/// Point mass: bring a mass of 1 kg to the middle of a table by a force of -1 to 1 N along each axis, and hold it there. The observation is (x, y, x', y'), the reward 1 / (1 + (x^2 + y^2) / 0.25^2) after the step: 1 in the middle,
/// 1/2 at a quarter of a metre. Never terminates. Use <see cref="Create"/> for episodes truncated after 100 steps.
/// </summary>
/// <remarks>
/// A frictionless table of 2 m by 2 m with walls that don't give back: where the mass would pass |x| = 1 or |y| = 1 it stops there, along that axis. One step of 0.1 s, exact for a constant force: x += v dt + F dt^2 / 2, v += F dt. Episodes
/// begin at rest, uniformly over the table. The smallest task of continuous control that isn't one of regulation by a single axis: exercise for learners that need many runs; its motion, without the walls, is a pair of the double integrators of
/// <see cref="LinearQuadraticControl.DoubleIntegrator"/>. The form of the reward is this project's choice.
/// </remarks>
public sealed class PointMass : IEnvironment<float, float>, IPersistent
{
    private const double Wall = 1;
    private const double TimeStep = 0.1;
    private const double HalfWidth = 0.25;

    // From wall to wall with full force: v^2 = 2 F (2 m).
    private const float FastestPossible = 2;

    private PointMassState _state;

    /// <inheritdoc/>
    public Space<float> ObservationSpace { get; } = new Box([-1, -1, -FastestPossible, -FastestPossible], [1, 1, FastestPossible, FastestPossible]);

    /// <inheritdoc/>
    public Space<float> ActionSpace { get; } = new Box(-1, 1, 2);

    /// <summary>The state.</summary>
    public PointMassState State => _state;

    /// <summary>Environments truncated after 100 steps.</summary>
    /// <param name="count">The number of environments.</param>
    public static IVectorEnvironment<float, float> Create(int count = 1) =>
        new TimeLimit<float, float>(new EnvironmentArray<float, float>(count, static () => new PointMass()), 100);

    /// <summary>Replaces the state.</summary>
    /// <param name="state">The new state.</param>
    public void SetState(PointMassState state) => _state = state;

    /// <summary>The state one step of 0.1 s later.</summary>
    /// <param name="state">The state.</param>
    /// <param name="forceX">The force along the first axis in newtons.</param>
    /// <param name="forceY">The force along the second axis.</param>
    public static PointMassState Next(PointMassState state, double forceX, double forceY)
    {
        (double x, double velocityX) = Move(state.X, state.VelocityX, forceX);
        (double y, double velocityY) = Move(state.Y, state.VelocityY, forceY);
        return new PointMassState(x, y, velocityX, velocityY);
    }

    /// <summary>The reward in a state.</summary>
    /// <param name="state">The state.</param>
    public static double Reward(PointMassState state) => 1 / (1 + (((state.X * state.X) + (state.Y * state.Y)) / (HalfWidth * HalfWidth)));

    /// <inheritdoc/>
    public void Reset(RandomKey key, Span<float> observation)
    {
        RandomStream stream = key.Stream();
        _state = new PointMassState(Draw.Uniform(ref stream, -Wall, Wall), Draw.Uniform(ref stream, -Wall, Wall), 0, 0);
        Observe(observation);
    }

    /// <inheritdoc/>
    public StepOutcome Step(ReadOnlySpan<float> action, Span<float> observation)
    {
        _state = Next(_state, Math.Clamp((double)action[0], -1, 1), Math.Clamp((double)action[1], -1, 1));
        Observe(observation);
        return new StepOutcome(Reward(_state));
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(ref _state);
    }

    private static (double Position, double Velocity) Move(double position, double velocity, double force)
    {
        position += (velocity * TimeStep) + (force * TimeStep * TimeStep / 2);
        return Math.Abs(position) >= Wall ? (Math.CopySign(Wall, position), 0) : (position, velocity + (force * TimeStep));
    }

    private void Observe(Span<float> observation)
    {
        observation[0] = (float)_state.X;
        observation[1] = (float)_state.Y;
        observation[2] = (float)_state.VelocityX;
        observation[3] = (float)_state.VelocityY;
    }
}
