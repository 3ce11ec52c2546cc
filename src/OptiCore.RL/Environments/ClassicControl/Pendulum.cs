using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.RL.Environments;

/// <summary>The state of a pendulum, in radians and seconds.</summary>
/// <param name="Angle">The angle theta, 0 when upright, not wrapped.</param>
/// <param name="AngularVelocity">The angular velocity.</param>
public readonly record struct PendulumState(double Angle, double AngularVelocity);

/// <summary>
/// Pendulum-v1 of Gymnasium: swing a pendulum up and hold it with a torque in [-2, 2] that is too weak to lift it at once. The observation is (cos theta, sin theta, theta'),
/// the reward -(theta^2 + 0.1 theta'^2 + 0.001 u^2) of the state before the step, with theta wrapped to [-pi, pi) and u the clipped torque. Never terminates, truncates after 200 steps.
/// </summary>
/// <remarks>
/// <para>theta'' = 3 g / (2 l) sin theta + 3 / (m l^2) u with m = l = 1; theta' is stepped by 0.05 s and clipped to [-8, 8], then theta is stepped with the new theta'. Episodes begin
/// uniformly in (-pi, pi) x (-1, 1).</para>
/// <para>The state is double precision and a structure of arrays; several environments step at once, with the same bits for any vector width.</para>
/// </remarks>
public sealed class Pendulum : IVectorEnvironment<float, float>
{
    private const double MaxSpeed = PendulumDynamics.MaxSpeed;
    private const double MaxTorque = PendulumDynamics.MaxTorque;

    private readonly EpisodeClock _clock;
    private readonly double[] _theta;
    private readonly double[] _speed;
    private readonly double[] _torque;
    private readonly double[] _reward;
    private readonly double[] _sine;
    private readonly double[] _cosine;

    /// <summary>Creates the environments; reset them before the first step.</summary>
    /// <param name="count">The number of environments.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is smaller than 1.</exception>
    public Pendulum(int count = 1)
    {
        Count = Require.Positive(count, nameof(count));
        _clock = new EpisodeClock(count);
        _theta = LaneArrays.Create(count);
        _speed = LaneArrays.Create(count);
        _torque = LaneArrays.Create(count);
        _reward = LaneArrays.CreateScratch(count);
        _sine = LaneArrays.Create(count);
        _cosine = LaneArrays.CreateScratch(count);
    }

    /// <summary>The step after which an episode is truncated. Default: 200.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The limit is smaller than 1.</exception>
    public int MaxEpisodeSteps { get; init => field = Require.Positive(value); } = 200;

    /// <summary>The acceleration of gravity g. Default: 10.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not finite.</exception>
    public double Gravity { get; init => field = Require.Finite(value); } = 10;

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public Space<float> ObservationSpace { get; } = new Box([-1, -1, -(float)MaxSpeed], [1, 1, (float)MaxSpeed]);

    /// <inheritdoc/>
    public Space<float> ActionSpace { get; } = new Box(-(float)MaxTorque, (float)MaxTorque, 1);

    /// <summary>Pendulum-v1, truncated after 200 steps.</summary>
    /// <param name="count">The number of environments.</param>
    public static Pendulum Create(int count = 1) => new(count);

    /// <summary>The state of one environment.</summary>
    /// <param name="index">The environment.</param>
    public PendulumState GetState(int index) => new(_theta.AsSpan(0, Count)[index], _speed[index]);

    /// <summary>Replaces the state of one environment. Its episode and the steps counted in it go on.</summary>
    /// <param name="index">The environment.</param>
    /// <param name="state">The new state.</param>
    public void SetState(int index, PendulumState state)
    {
        _theta.AsSpan(0, Count)[index] = state.Angle;
        _speed[index] = state.AngularVelocity;
        SinCos(index);
    }

    /// <inheritdoc/>
    public void Reset(RandomKey key, Span<float> observations)
    {
        Require.Length(observations.Length, 3 * Count, nameof(observations));
        _clock.Reset(key);
        for (int i = 0; i < Count; i++)
            Begin(i, _clock.Current(i), observations.Slice(3 * i, 3));
    }

    /// <inheritdoc/>
    public void Restart(int index, Span<float> observation)
    {
        Require.Length(observation.Length, 3, nameof(observation));
        _clock.EnsureStarted();
        Begin(index, _clock.Next(index), observation);
    }

    /// <inheritdoc/>
    public void Step(ReadOnlySpan<float> actions, in StepOutput<float> output)
    {
        Require.Length(actions.Length, Count, nameof(actions));
        output.Check(Count, 3);
        _clock.EnsureStarted();
        Require.AllFinite(actions, nameof(actions));
        Span<double> torques = _torque.AsSpan(0, actions.Length);
        for (int i = 0; i < actions.Length; i++)
            torques[i] = actions[i];
        for (int first = 0; first < Count; first += LaneArrays.Chunk)
        {
            int count = Math.Min(LaneArrays.Chunk, Count - first);
            Advance(first);
            Observe(first, output.Observations.Slice(3 * first, 3 * count));
            _reward.AsSpan(0, count).CopyTo(output.Rewards[first..]);
        }

        output.Terminated.Clear();
        foreach (int i in _clock.Tick(MaxEpisodeSteps, output.Terminated, output.Truncated))
        {
            Span<float> observation = output.Observations.Slice(3 * i, 3);
            observation.CopyTo(output.FinalObservations[(3 * i)..]);
            Begin(i, _clock.Next(i), observation);
        }
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Expect(Count, "a number of environments of");
        archive.Expect(MaxEpisodeSteps, "a time limit of");
        archive.Transfer(_clock);
        archive.Transfer<double>(_theta);
        archive.Transfer<double>(_speed);
        archive.Transfer<double>(_sine);
    }

    /// <summary>Rewards of a chunk, then its next state, and the sines and cosines of that.</summary>
    private void Advance(int first)
    {
        Span<double> angles = LaneArrays.ChunkOf(_theta, first), sines = LaneArrays.ChunkOf(_sine, first);
        Span<Real8> theta = Real8.Of(angles);
        Span<Real8> sine = Real8.Of(sines)[..theta.Length];
        Span<Real8> speed = Real8.Of(LaneArrays.ChunkOf(_speed, first))[..theta.Length];
        Span<Real8> torque = Real8.Of(LaneArrays.ChunkOf(_torque, first))[..theta.Length];
        Span<Real8> reward = Real8.Of(_reward)[..theta.Length];
        for (int k = 0; k < theta.Length; k++)
            reward[k] = PendulumDynamics.Advance(ref theta[k], ref speed[k], sine[k], torque[k], Gravity);
        VectorMath.SinCos<double>(angles, sines, _cosine.AsSpan(0, angles.Length));
    }

    private void Observe(int first, Span<float> observations)
    {
        ReadOnlySpan<double> cosines = _cosine.AsSpan(0, observations.Length / 3);
        ReadOnlySpan<double> sines = _sine.AsSpan(first, cosines.Length), speeds = _speed.AsSpan(first, cosines.Length);
        for (int i = 0; i < cosines.Length; i++)
        {
            Span<float> observation = observations.Slice(3 * i, 3);
            observation[0] = (float)cosines[i];
            observation[1] = (float)sines[i];
            observation[2] = (float)speeds[i];
        }
    }

    private void Begin(int index, RandomKey key, Span<float> observation)
    {
        (double angle, double speed) = Draw.Pair(key, 0);
        _theta[index] = PendulumDynamics.StartAngle(new Real(angle));
        _speed[index] = PendulumDynamics.StartSpeed(new Real(speed));
        observation[0] = (float)SinCos(index);
        observation[1] = (float)_sine[index];
        observation[2] = (float)_speed[index];
    }

    /// <summary>The sine of one angle is kept for the next step; its cosine is returned.</summary>
    private double SinCos(int index)
    {
        double cosine = 0;
        VectorMath.SinCos<double>(_theta.AsSpan(index, 1), _sine.AsSpan(index, 1), new Span<double>(ref cosine));
        return cosine;
    }
}
