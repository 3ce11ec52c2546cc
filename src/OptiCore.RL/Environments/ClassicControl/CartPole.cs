using System.Globalization;
using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.RL.Environments;

/// <summary>The state of a cart-pole, in metres, radians and seconds.</summary>
/// <param name="Position">The cart's position x.</param>
/// <param name="Velocity">The cart's velocity.</param>
/// <param name="Angle">The pole's angle theta, 0 when upright.</param>
/// <param name="AngularVelocity">The pole's angular velocity.</param>
public readonly record struct CartPoleState(double Position, double Velocity, double Angle, double AngularVelocity);

/// <summary>
/// CartPole-v1 of Gymnasium: a pole hinged to a cart is kept upright by pushing the cart left (0) or right (1) with 10 N. The observation is the state as
/// four floats, the reward 1 for every step. Terminates when |x| &gt; 2.4 m or |theta| &gt; 12 degrees, truncates after 500 steps; solved at a mean return of 475.
/// </summary>
/// <remarks>
/// <para>A. G. Barto, R. S. Sutton, C. W. Anderson (1983), "Neuronlike adaptive elements that can solve difficult learning control problems". With the
/// force F, total mass M, pole mass m and half length l: u = (F + m l omega^2 sin theta) / M, alpha = (g sin theta - u cos theta) /
/// (l (4/3 - m cos^2 theta / M)), a = u - m l alpha cos theta / M, then one explicit Euler step of 0.02 s. Episodes begin uniformly in (-0.05, 0.05)^4.</para>
/// <para>The state is double precision and a structure of arrays; several environments step at once, one in each SIMD lane. Every operation is done lane by lane
/// and without fused multiply-add, so that all vector widths give the same bits.</para>
/// </remarks>
public sealed class CartPole : IVectorEnvironment<float, int>
{
    private const double PositionLimit = CartPoleDynamics.PositionLimit;
    private const double AngleLimit = CartPoleDynamics.AngleLimit;

    private readonly EpisodeClock _clock;
    private readonly double[] _x;
    private readonly double[] _v;
    private readonly double[] _theta;
    private readonly double[] _omega;
    private readonly double[] _force;

    /// <summary>Creates the environments; reset them before the first step.</summary>
    /// <param name="count">The number of environments.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is smaller than 1.</exception>
    public CartPole(int count = 1)
    {
        Count = Require.Positive(count, nameof(count));
        _clock = new EpisodeClock(count);
        _x = LaneArrays.Create(count);
        _v = LaneArrays.Create(count);
        _theta = LaneArrays.Create(count);
        _omega = LaneArrays.Create(count);
        _force = LaneArrays.Create(count);
    }

    /// <summary>The step after which an episode is truncated. Default: 500.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The limit is smaller than 1.</exception>
    public int MaxEpisodeSteps { get; init => field = Require.Positive(value); } = 500;

    /// <summary>Whether rewards are those of the original task, 0 for every step and -1 for the one that terminates. Default: no, 1 for every step.</summary>
    public bool SuttonBartoReward { get; init; }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public Space<float> ObservationSpace { get; } = new Box(
        [-2 * (float)PositionLimit, float.NegativeInfinity, -2 * (float)AngleLimit, float.NegativeInfinity],
        [2 * (float)PositionLimit, float.PositiveInfinity, 2 * (float)AngleLimit, float.PositiveInfinity]);

    /// <inheritdoc/>
    public Space<int> ActionSpace { get; } = new Discrete(2);

    /// <summary>The state of one environment.</summary>
    /// <param name="index">The environment.</param>
    public CartPoleState GetState(int index) => new(_x.AsSpan(0, Count)[index], _v[index], _theta[index], _omega[index]);

    /// <summary>Replaces the state of one environment. Its episode and the steps counted in it go on.</summary>
    /// <param name="index">The environment.</param>
    /// <param name="state">The new state.</param>
    public void SetState(int index, CartPoleState state)
    {
        _x.AsSpan(0, Count)[index] = state.Position;
        _v[index] = state.Velocity;
        _theta[index] = state.Angle;
        _omega[index] = state.AngularVelocity;
    }

    /// <summary>The state one step later: the transition function, for planners. The same bits as <see cref="Step"/>.</summary>
    /// <param name="state">The state.</param>
    /// <param name="action">0 pushes to the left, 1 to the right.</param>
    /// <exception cref="ArgumentOutOfRangeException">The action is neither 0 nor 1.</exception>
    public static CartPoleState Next(CartPoleState state, int action)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)action, 1u, nameof(action));
        Real x = state.Position, v = state.Velocity, theta = state.Angle, omega = state.AngularVelocity;
        (double sin, double cos) = SmallAngle.SinCos(theta);
        CartPoleDynamics.Advance<Real>(ref x, ref v, ref theta, ref omega, CartPoleDynamics.Force(action), sin, cos);
        return new CartPoleState(x, v, theta, omega);
    }

    /// <summary>Whether a state ends the task.</summary>
    /// <param name="state">The state.</param>
    public static bool IsTerminal(CartPoleState state) =>
        CartPoleDynamics.IsTerminal(state.Position, state.Angle);

    /// <inheritdoc/>
    public void Reset(RandomKey key, Span<float> observations)
    {
        Require.Length(observations.Length, 4 * Count, nameof(observations));
        _clock.Reset(key);
        for (int i = 0; i < Count; i++)
            Begin(i, _clock.Current(i), observations.Slice(4 * i, 4));
    }

    /// <inheritdoc/>
    public void Restart(int index, Span<float> observation)
    {
        Require.Length(observation.Length, 4, nameof(observation));
        _clock.EnsureStarted();
        Begin(index, _clock.Next(index), observation);
    }

    /// <inheritdoc/>
    public void Step(ReadOnlySpan<int> actions, in StepOutput<float> output)
    {
        Require.Length(actions.Length, Count, nameof(actions));
        output.Check(Count, 4);
        _clock.EnsureStarted();
        ReadForces(actions);

        Span<Real8> xs = Real8.Of(_x);
        Span<Real8> vs = Real8.Of(_v)[..xs.Length];
        Span<Real8> thetas = Real8.Of(_theta)[..xs.Length];
        Span<Real8> omegas = Real8.Of(_omega)[..xs.Length];
        Span<Real8> forces = Real8.Of(_force)[..xs.Length];
        for (int block = 0; block < xs.Length; block++)
        {
            SmallAngle.SinCos(thetas[block], out Real8 sin, out Real8 cos);
            CartPoleDynamics.Advance(ref xs[block], ref vs[block], ref thetas[block], ref omegas[block], forces[block], sin, cos);
        }

        Publish(output);
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Expect(Count, "a number of environments of");
        archive.Expect(MaxEpisodeSteps, "a time limit of");
        archive.Transfer(_clock);
        archive.Transfer<double>(_x);
        archive.Transfer<double>(_v);
        archive.Transfer<double>(_theta);
        archive.Transfer<double>(_omega);
    }

    /// <summary>Actions become forces before anything changes, so that a wrong action leaves the environments as they were.</summary>
    private void ReadForces(ReadOnlySpan<int> actions)
    {
        uint seen = 0;
        Span<double> forces = _force.AsSpan(0, actions.Length);
        for (int i = 0; i < actions.Length; i++)
        {
            seen |= (uint)actions[i];
            forces[i] = CartPoleDynamics.Force(actions[i]);
        }

        if (seen > 1)
        {
            int wrong = actions.IndexOfAnyExceptInRange(0, 1);
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The action of environment {wrong} is {actions[wrong]} but must be 0 or 1."), nameof(actions));
        }
    }

    /// <summary>Flags, rewards and observations; environments whose episode has ended begin the next.</summary>
    private void Publish(in StepOutput<float> output)
    {
        ReadOnlySpan<double> xs = _x.AsSpan(0, Count);
        ReadOnlySpan<double> vs = _v.AsSpan(0, xs.Length);
        ReadOnlySpan<double> thetas = _theta.AsSpan(0, xs.Length);
        ReadOnlySpan<double> omegas = _omega.AsSpan(0, xs.Length);
        Span<bool> terminated = output.Terminated[..xs.Length];
        Span<float> observations = output.Observations;
        for (int i = 0; i < xs.Length; i++)
        {
            Span<float> observation = observations.Slice(4 * i, 4);
            observation[0] = (float)xs[i];
            observation[1] = (float)vs[i];
            observation[2] = (float)thetas[i];
            observation[3] = (float)omegas[i];

            // Written so that a state that isn't a number ends the episode too.
            terminated[i] = !(Math.Abs(xs[i]) <= PositionLimit & Math.Abs(thetas[i]) <= AngleLimit);
        }

        output.Rewards.Fill(SuttonBartoReward ? 0 : 1);
        foreach (int i in _clock.Tick(MaxEpisodeSteps, terminated, output.Truncated))
        {
            if (SuttonBartoReward && terminated[i])
                output.Rewards[i] = -1;
            Span<float> observation = observations.Slice(4 * i, 4);
            observation.CopyTo(output.FinalObservations[(4 * i)..]);
            Begin(i, _clock.Next(i), observation);
        }
    }

    private void Begin(int index, RandomKey key, Span<float> observation)
    {
        (double x, double v, double theta, double omega) = Draw.FirstFour(key);
        observation[0] = (float)(_x[index] = Start(x));
        observation[1] = (float)(_v[index] = Start(v));
        observation[2] = (float)(_theta[index] = Start(theta));
        observation[3] = (float)(_omega[index] = Start(omega));
    }

    private static double Start(double uniform) => CartPoleDynamics.Start(new Real(uniform));
}
