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
/// Acrobot-v1 of Gymnasium: swing a double pendulum, driven only at the joint between its links, until its tip is one link above the base. The observation is (cos and sin of both
/// angles, both angular velocities), the actions 0, 1, 2 are torques of -1, 0, 1, every step costs 1 but the last, which costs nothing. Truncates after 500 steps; solved at a mean return of -100.
/// </summary>
/// <remarks>
/// <para>R. S. Sutton (1996), "Generalization in reinforcement learning: successful examples using sparse coarse coding"; equations of R. S. Sutton, A. G. Barto's book. One classic
/// Runge-Kutta step of 0.2 s; angles are wrapped to [-pi, pi], velocities clipped to 4 pi and 9 pi. Episodes begin uniformly in (-0.1, 0.1)^4.</para>
/// <para>The state is double precision and a structure of arrays; several environments step at once, with the same bits for any vector width.</para>
/// </remarks>
public sealed class Acrobot : IVectorEnvironment<float, int>
{
    private const double InitialBound = 0.1;

    private readonly EpisodeClock _clock;
    private readonly AcrobotDynamics _arms;
    private RandomStream[] _noise = [];

    /// <summary>Creates the environments; reset them before the first step.</summary>
    /// <param name="count">The number of environments.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is smaller than 1.</exception>
    public Acrobot(int count = 1)
    {
        Count = Require.Positive(count, nameof(count));
        _clock = new EpisodeClock(count);
        _arms = new AcrobotDynamics(count);
    }

    /// <summary>The step after which an episode is truncated. Default: 500.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The limit is smaller than 1.</exception>
    public int MaxEpisodeSteps { get; init => field = Require.Positive(value); } = 500;

    /// <summary>The equations of motion. Default: those of the book.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are no such equations.</exception>
    public AcrobotEquations Equations { get; init => field = Require.Defined(value); }

    /// <summary>The largest disturbance of a torque, which is uniform between it and its negative. Default: 0, none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative, NaN or infinite.</exception>
    public double TorqueNoise
    {
        get;
        init
        {
            field = Require.Finite(Require.NonNegative(value));
            _noise = value > 0 ? new RandomStream[Count] : [];
        }
    }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public Space<float> ObservationSpace { get; } = new Box(
        [-1, -1, -1, -1, -(float)AcrobotDynamics.MaxVelocity1, -(float)AcrobotDynamics.MaxVelocity2], [1, 1, 1, 1, (float)AcrobotDynamics.MaxVelocity1, (float)AcrobotDynamics.MaxVelocity2]);

    /// <inheritdoc/>
    public Space<int> ActionSpace { get; } = new Discrete(3);

    /// <summary>Acrobot-v1, truncated after 500 steps.</summary>
    /// <param name="count">The number of environments.</param>
    public static Acrobot Create(int count = 1) => new(count);

    /// <summary>The state of one environment.</summary>
    /// <param name="index">The environment.</param>
    public AcrobotState GetState(int index) => _arms[index];

    /// <summary>Replaces the state of one environment. Its episode and the steps counted in it go on.</summary>
    /// <param name="index">The environment.</param>
    /// <param name="state">The new state.</param>
    public void SetState(int index, AcrobotState state) => _arms[index] = state;

    /// <inheritdoc/>
    public void Reset(RandomKey key, Span<float> observations)
    {
        Require.Length(observations.Length, 6 * Count, nameof(observations));
        _clock.Reset(key);
        for (int i = 0; i < Count; i++)
            Begin(i, _clock.Current(i), observations.Slice(6 * i, 6));
    }

    /// <inheritdoc/>
    public void Restart(int index, Span<float> observation)
    {
        Require.Length(observation.Length, 6, nameof(observation));
        _clock.EnsureStarted();
        Begin(index, _clock.Next(index), observation);
    }

    /// <inheritdoc/>
    public void Step(ReadOnlySpan<int> actions, in StepOutput<float> output)
    {
        Require.Length(actions.Length, Count, nameof(actions));
        output.Check(Count, 6);
        _clock.EnsureStarted();
        ReadTorques(actions);
        for (int first = 0; first < Count; first += LaneArrays.Chunk)
        {
            int count = Math.Min(LaneArrays.Chunk, Count - first);
            _arms.Advance(first, Equations);
            _arms.Observe(first, output.Observations.Slice(6 * first, 6 * count), output.Terminated.Slice(first, count));
        }

        output.Rewards.Fill(-1);
        foreach (int i in _clock.Tick(MaxEpisodeSteps, output.Terminated, output.Truncated))
        {
            if (output.Terminated[i])
                output.Rewards[i] = 0;
            Span<float> observation = output.Observations.Slice(6 * i, 6);
            observation.CopyTo(output.FinalObservations[(6 * i)..]);
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
        archive.Transfer(_arms);
        for (int i = 0; i < _noise.Length; i++)
        {
            ulong position = _noise[i].Position;
            archive.Transfer(ref position);
            if (archive.IsLoading)
                _noise[i] = RandomStream.At(_clock.Current(i), position);
        }
    }

    /// <summary>Actions become torques before anything changes, so that a wrong action leaves the environments as they were.</summary>
    private void ReadTorques(ReadOnlySpan<int> actions)
    {
        bool wrong = false;
        Span<double> torques = _arms.Torques[..actions.Length];
        for (int i = 0; i < actions.Length; i++)
        {
            wrong |= (uint)actions[i] > 2;
            torques[i] = actions[i] - 1;
        }

        if (wrong)
            throw WrongAction.Of(actions, 2);
        for (int i = 0; i < _noise.Length; i++)
            torques[i] += Draw.Uniform(ref _noise[i], -TorqueNoise, TorqueNoise);
    }

    private void Begin(int index, RandomKey key, Span<float> observation)
    {
        (double angle1, double angle2, double velocity1, double velocity2) = Draw.FirstFour(key);
        _arms[index] = new AcrobotState(Initial(angle1), Initial(angle2), Initial(velocity1), Initial(velocity2));
        if (_noise.Length > 0)
            _noise[index] = RandomStream.At(key, 8);
        _arms.Observe(index, observation);

        static double Initial(double uniform) => -InitialBound + (2 * InitialBound * uniform);
    }
}
