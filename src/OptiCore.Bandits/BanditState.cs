using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// A policy at work: it chooses arms, is told rewards, and can be saved and continued to identical bits. Allocated once; neither choosing nor
/// updating allocates.
/// </summary>
/// <remarks>
/// <para><b>Choosing is a pure function.</b> <see cref="Choose()"/> changes nothing: asked twice without an update it gives the same arm.
/// Its random draws belong to a round: round t uses <c>Key.Fold(t)</c>, and <see cref="Choose()"/> takes t = <see cref="Updates"/>.</para>
/// <para><b>Delayed rewards.</b> When several choices are made before their rewards arrive, give each its own round through
/// <see cref="Choose(long)"/>: 0 for the first choice ever made, 1 for the second, and so on. Randomised policies then draw afresh for each,
/// and policies that begin with every arm once hand out different arms to choices in flight. What is learnt, the time t of index formulas
/// included, counts rewards (<see cref="Updates"/>), not choices; rewards may arrive in any order or never.</para>
/// <para>An instance is not synchronised: a service that shares one between threads locks around it.</para>
/// </remarks>
public abstract class BanditState : IPersistent
{
    private readonly long[] _pulls;
    private readonly double[] _sums;
    private readonly double[] _means;
    private readonly double[] _deviations;
    private readonly RewardRange _rewards;
    private RandomKey _key;
    private long _updates;
    private int _unplayed;

    /// <summary>Allocates the statistics that every policy keeps.</summary>
    /// <param name="policy">The configured policy.</param>
    /// <param name="arms">The number K of arms.</param>
    /// <param name="key">The randomness of the run.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="arms"/> is smaller than 1.</exception>
    protected BanditState(IBanditPolicy policy, int arms, RandomKey key)
    {
        Policy = Require.NotNull(policy);
        Arms = Require.Positive(arms, nameof(arms));
        _rewards = policy.Rewards;
        _pulls = new long[arms];
        _sums = new double[arms];
        _means = new double[arms];
        _deviations = new double[arms];
        _unplayed = arms;
        _key = key;
    }

    /// <summary>The configured policy.</summary>
    public IBanditPolicy Policy { get; }

    /// <summary>The number K of arms.</summary>
    public int Arms { get; }

    /// <summary>The number of rewards received.</summary>
    public long Updates => _updates;

    /// <summary>The rewards that <see cref="Update"/> accepts.</summary>
    public RewardRange Rewards => _rewards;

    /// <summary>The randomness of the run.</summary>
    public RandomKey Key => _key;

    /// <summary>The number of rewards received from each arm.</summary>
    public ReadOnlySpan<long> Pulls => _pulls;

    /// <summary>The mean reward of each arm; 0 where none has arrived.</summary>
    public ReadOnlySpan<double> Means => _means;

    /// <summary>The sum of squared deviations from the mean of each arm (Welford's recurrence).</summary>
    public ReadOnlySpan<double> SquaredDeviations => _deviations;

    /// <summary>The arm to play next, given one reward for each earlier choice.</summary>
    public int Choose() => Select(_updates);

    /// <summary>The arm to play when rewards are delayed.</summary>
    /// <param name="round">The number of choices made before this one.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="round"/> is negative.</exception>
    public int Choose(long round)
    {
        if (round < 0)
            throw new ArgumentOutOfRangeException(nameof(round), round, "round counts the choices made before this one; it must be at least 0.");
        return Select(round);
    }

    /// <summary>Learns from a reward. O(1) in the number of arms.</summary>
    /// <param name="arm">The arm that was played, from 0.</param>
    /// <param name="reward">Its reward, inside the policy's range.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such arm, or the reward is NaN or outside the policy's range; nothing is changed.</exception>
    public void Update(int arm, double reward)
    {
        if ((uint)arm >= (uint)_pulls.Length)
            ThrowArm(arm);
        if (!_rewards.Contains(reward))
            ThrowReward(reward);

        long pulls = ++_pulls[arm];
        if (pulls == 1)
            _unplayed--;
        double before = _means[arm];
        double sum = _sums[arm] += reward;
        double mean = _means[arm] = sum / pulls;
        _deviations[arm] += pulls == 1 ? 0 : (reward - before) * (reward - mean);
        Learn(arm, reward);
        _updates++;
    }

    /// <summary>
    /// Writes what the policy thinks of each arm: its index, mean or posterior mean. Where the policy doesn't explore at random,
    /// <see cref="Choose()"/> takes the largest, the first of equal ones. An arm that has to be played first scores infinity.
    /// </summary>
    /// <param name="scores">Receives one score an arm.</param>
    /// <exception cref="ArgumentException">The span doesn't have <see cref="Arms"/> elements.</exception>
    public void Scores(Span<double> scores)
    {
        Require.Length(scores.Length, Arms, nameof(scores));
        Score(scores);
    }

    /// <summary>Forgets everything and begins again with another key, without allocation.</summary>
    /// <param name="key">The randomness of the new run.</param>
    public void Restart(RandomKey key)
    {
        Array.Clear(_pulls);
        Array.Clear(_sums);
        Array.Clear(_means);
        Array.Clear(_deviations);
        _updates = 0;
        _unplayed = Arms;
        _key = key;
        Forget();
    }

    /// <summary>Writes a checkpoint. The stream stays open.</summary>
    /// <param name="stream">Receives the bytes.</param>
    public void Save(Stream stream) => Checkpoint.Write(stream, Kind, Configuration, this);

    /// <summary>Continues a saved run, to the bits of the one that wasn't interrupted. The key comes from the checkpoint too.</summary>
    /// <param name="stream">The stream, positioned at a checkpoint of the same policy, options and number of arms.</param>
    /// <exception cref="CheckpointException">It is truncated, damaged, or of another policy, configuration or number of arms; this state is unchanged.</exception>
    public void Load(Stream stream) => Checkpoint.Read(stream, Kind, Configuration, this);

    /// <inheritdoc/>
    public virtual void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(ref _key);
        archive.Transfer(ref _updates);
        archive.Transfer(_pulls.AsSpan());
        archive.Transfer(_sums.AsSpan());
        archive.Transfer(_means.AsSpan());
        archive.Transfer(_deviations.AsSpan());
        if (archive.IsLoading)
        {
            _unplayed = 0;
            foreach (long pulls in _pulls)
                _unplayed += pulls == 0 ? 1 : 0;
        }
    }

    /// <summary>The arm of a round: a pure function of the state and the round.</summary>
    /// <param name="round">The round, whose draws come from <c>Key.Fold(round)</c>.</param>
    protected abstract int Select(long round);

    /// <summary>Writes the scores of round <see cref="Updates"/>.</summary>
    /// <param name="scores">Receives one score an arm.</param>
    protected abstract void Score(Span<double> scores);

    /// <summary>Absorbs a valid reward into what the policy keeps beside the common statistics, which hold it already. <see cref="Updates"/> doesn't count it yet.</summary>
    /// <param name="arm">The arm.</param>
    /// <param name="reward">The reward.</param>
    protected virtual void Learn(int arm, double reward)
    {
    }

    /// <summary>Puts what the policy keeps beside the common statistics back to its beginning; <see cref="Key"/> is the new one.</summary>
    protected virtual void Forget()
    {
    }

    /// <summary>
    /// The arm that a policy plays because it has no reward yet, or -1 when every arm has one: the first such arm, or a later one when
    /// choices are in flight.
    /// </summary>
    /// <param name="round">The round.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected int Unplayed(long round) => _unplayed == 0 ? -1 : FindUnplayed(round);

    private string Kind => Policy.GetType().Name;

    private string Configuration => string.Create(CultureInfo.InvariantCulture, $"{Checkpoint.Describe(Policy)} with {Arms} arms");

    private int FindUnplayed(long round)
    {
        long skip = Math.Max(0, round - _updates) % _unplayed;
        for (int arm = 0; ; arm++)
        {
            if (_pulls[arm] == 0 && skip-- == 0)
                return arm;
        }
    }

    [DoesNotReturn]
    private void ThrowArm(int arm) => throw new ArgumentOutOfRangeException(
        nameof(arm), arm, string.Create(CultureInfo.InvariantCulture, $"arm is {arm} but must be one of 0 to {Arms - 1}."));

    [DoesNotReturn]
    private void ThrowReward(double reward) => throw new ArgumentOutOfRangeException(
        nameof(reward), reward, string.Create(CultureInfo.InvariantCulture, $"reward is {reward} but must {_rewards} for {Kind}."));
}
