using OptiCore.Persistence;

namespace OptiCore.RL.Environments;

/// <summary>
/// Cart-pole swing-up: swing a hanging pole up and hold it, by pushing its cart with a force of -10 to 10 N (an action of -1 to 1). The observation is (x, x', cos theta, sin theta, theta'), the reward (1 + cos theta) / 2 after the
/// step. The task ends (terminated) when the cart leaves the rail, |x| &gt; 2.4 m. Use <see cref="Create"/> for episodes truncated after 500 steps.
/// </summary>
/// <remarks>
/// The cart-pole of <see cref="CartPole"/> (mass of the cart 1 kg, of the pole 0.1 kg, half length of the pole 0.5 m, gravity 9.8 m/s^2, no friction) with its equations of motion, A. G. Barto, R. S. Sutton, C. W. Anderson (1983), and one
/// classic Runge-Kutta step of 0.02 s instead of an Euler step, since here the pole turns fast. Without force the energy is conserved to the order of the method. Episodes begin hanging: x and x' uniform in (-0.05, 0.05), theta in
/// pi + (-0.05, 0.05), theta' in (-0.05, 0.05).
/// </remarks>
public sealed class CartPoleSwingUp : IEnvironment<float, float>, IPersistent
{
    private const double Gravity = 9.8;
    private const double PoleMass = 0.1;
    private const double TotalMass = 1.0 + PoleMass;
    private const double HalfLength = 0.5;
    private const double MaxForce = 10;
    private const double TimeStep = 0.02;
    private const double PositionLimit = 2.4;

    private CartPoleState _state;

    /// <inheritdoc/>
    public Space<float> ObservationSpace { get; } = new Box(
        [float.NegativeInfinity, float.NegativeInfinity, -1, -1, float.NegativeInfinity], [float.PositiveInfinity, float.PositiveInfinity, 1, 1, float.PositiveInfinity]);

    /// <inheritdoc/>
    public Space<float> ActionSpace { get; } = new Box(-1, 1, 1);

    /// <summary>The state; the angle isn't wrapped.</summary>
    public CartPoleState State => _state;

    /// <summary>Environments truncated after 500 steps.</summary>
    /// <param name="count">The number of environments.</param>
    public static IVectorEnvironment<float, float> Create(int count = 1) =>
        new TimeLimit<float, float>(new EnvironmentArray<float, float>(count, static () => new CartPoleSwingUp()), 500);

    /// <summary>Replaces the state.</summary>
    /// <param name="state">The new state.</param>
    public void SetState(CartPoleState state) => _state = state;

    /// <summary>The time derivative of the state, for planners and checks.</summary>
    /// <param name="state">The state.</param>
    /// <param name="force">The force in newtons.</param>
    public static CartPoleState Derivative(CartPoleState state, double force)
    {
        (double sin, double cos) = Math.SinCos(state.Angle);
        double omega = state.AngularVelocity;
        double u = (force + (PoleMass * HalfLength * (omega * omega) * sin)) / TotalMass;
        double alpha = ((Gravity * sin) - (cos * u)) / (HalfLength * ((4.0 / 3.0) - (PoleMass * (cos * cos) / TotalMass)));
        return new CartPoleState(state.Velocity, u - (PoleMass * HalfLength * alpha * cos / TotalMass), omega, alpha);
    }

    /// <summary>The state one step of 0.02 s later.</summary>
    /// <param name="state">The state.</param>
    /// <param name="force">The force in newtons.</param>
    public static CartPoleState Next(CartPoleState state, double force)
    {
        CartPoleState k1 = Derivative(state, force);
        CartPoleState k2 = Derivative(Shift(state, k1, TimeStep / 2), force);
        CartPoleState k3 = Derivative(Shift(state, k2, TimeStep / 2), force);
        CartPoleState k4 = Derivative(Shift(state, k3, TimeStep), force);
        return new CartPoleState(
            state.Position + (TimeStep / 6 * (k1.Position + (2 * k2.Position) + (2 * k3.Position) + k4.Position)),
            state.Velocity + (TimeStep / 6 * (k1.Velocity + (2 * k2.Velocity) + (2 * k3.Velocity) + k4.Velocity)),
            state.Angle + (TimeStep / 6 * (k1.Angle + (2 * k2.Angle) + (2 * k3.Angle) + k4.Angle)),
            state.AngularVelocity + (TimeStep / 6 * (k1.AngularVelocity + (2 * k2.AngularVelocity) + (2 * k3.AngularVelocity) + k4.AngularVelocity)));
    }

    /// <summary>Kinetic plus potential energy in joules: M x'^2 / 2 + m l x' theta' cos theta + (4/3) m l^2 theta'^2 / 2 + m g l cos theta, with the total mass M.</summary>
    /// <param name="state">The state.</param>
    public static double Energy(CartPoleState state)
    {
        double cos = Math.Cos(state.Angle), v = state.Velocity, omega = state.AngularVelocity;
        return (TotalMass * v * v / 2) + (PoleMass * HalfLength * v * omega * cos) + (2.0 / 3.0 * PoleMass * HalfLength * HalfLength * omega * omega) + (PoleMass * Gravity * HalfLength * cos);
    }

    /// <inheritdoc/>
    public void Reset(RandomKey key, Span<float> observation)
    {
        RandomStream stream = key.Stream();
        _state = new CartPoleState(
            Draw.Uniform(ref stream, -0.05, 0.05), Draw.Uniform(ref stream, -0.05, 0.05), Math.PI + Draw.Uniform(ref stream, -0.05, 0.05), Draw.Uniform(ref stream, -0.05, 0.05));
        Observe(observation);
    }

    /// <inheritdoc/>
    public StepOutcome Step(ReadOnlySpan<float> action, Span<float> observation)
    {
        _state = Next(_state, MaxForce * Math.Clamp((double)action[0], -1, 1));
        Observe(observation);

        // Written so that a state that isn't a number ends the episode too.
        return new StepOutcome((1 + Math.Cos(_state.Angle)) / 2, !(Math.Abs(_state.Position) <= PositionLimit));
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(ref _state);
    }

    private static CartPoleState Shift(CartPoleState s, CartPoleState d, double step) => new(
        s.Position + (step * d.Position), s.Velocity + (step * d.Velocity), s.Angle + (step * d.Angle), s.AngularVelocity + (step * d.AngularVelocity));

    private void Observe(Span<float> observation)
    {
        (double sin, double cos) = Math.SinCos(_state.Angle);
        observation[0] = (float)_state.Position;
        observation[1] = (float)_state.Velocity;
        observation[2] = (float)cos;
        observation[3] = (float)sin;
        observation[4] = (float)_state.AngularVelocity;
    }
}
