using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// A policy at work, with or without contexts: it chooses arms, is told rewards, can be saved and continued to identical bits, gains and loses arms, and is joined with another's experience where
/// its statistics allow that. Neither choosing nor updating allocates.
/// </summary>
/// <remarks>
/// <para><b>Choosing is a pure function.</b> It changes nothing: asked twice without an update it gives the same arm. Its random draws belong to a round: round t uses <c>Key.Fold(t)</c>, and where
/// no round is given, t = <see cref="Updates"/>.</para>
/// <para><b>Delayed rewards.</b> When several choices are made before their rewards arrive, give each its own round: 0 for the first choice ever made, 1 for the second, and so on. Randomised
/// policies then draw afresh for each, and policies that begin with every arm once hand out different arms to choices in flight. What is learnt counts rewards (<see cref="Updates"/>), not choices;
/// rewards may arrive in any order or never. Policies that weight rewards by the probability of their choice are told it with each delayed reward
/// (<see cref="Update(ReadOnlySpan{double}, int, double, double)"/>).</para>
/// <para>An instance is not synchronised: a service that shares one between threads locks around it.</para>
/// </remarks>
public abstract class PolicyState : IPersistent
{
    private readonly List<IArmArray> _arrays = [];
    private readonly ArmArray<long> _pulls;
    private readonly ArmArray<double> _probabilities;
    private readonly RewardRange _rewards;
    private RandomKey _key;
    private long _updates;
    private int _arms, _unplayed;

    private protected PolicyState(IPolicy policy, int arms, RandomKey key)
    {
        Policy = Require.NotNull(policy);
        _arms = _unplayed = Require.Positive(arms, nameof(arms));
        _rewards = policy.Rewards;
        _key = key;
        _pulls = PerArm<long>();
        _probabilities = PerArm<double>(isSaved: false);
    }

    /// <summary>The configured policy.</summary>
    public IPolicy Policy { get; }

    /// <summary>The number K of arms.</summary>
    public int Arms => _arms;

    /// <summary>The number of rewards received.</summary>
    public long Updates => _updates;

    /// <summary>The rewards that are accepted.</summary>
    public RewardRange Rewards => _rewards;

    /// <summary>The randomness of the run.</summary>
    public RandomKey Key => _key;

    /// <summary>The number of rewards received from each arm.</summary>
    public ReadOnlySpan<long> Pulls => _pulls.Span;

    /// <summary>The length of a context: 0 for policies that take none.</summary>
    public abstract int ContextLength { get; }

    /// <summary>Whether arms can be added and removed while the policy is at work.</summary>
    public virtual bool CanChangeArms => true;

    /// <summary>Whether <see cref="Merge"/> can take up the experience of another state.</summary>
    public virtual bool CanMerge => true;

    /// <summary>A new last arm, of which nothing is known. Allocates.</summary>
    /// <returns>Its index.</returns>
    /// <exception cref="NotSupportedException">The policy's arms are fixed (<see cref="CanChangeArms"/>).</exception>
    public int AddArm()
    {
        RequireChangeableArms();
        foreach (IArmArray array in _arrays)
            array.Add();
        _unplayed++;
        _arms++;
        ArmsChanged();
        return _arms - 1;
    }

    /// <summary>Takes an arm away with what is known of it; the arms after it move down by one. Allocates.</summary>
    /// <param name="arm">The arm, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such arm, or it is the last one left.</exception>
    /// <exception cref="NotSupportedException">The policy's arms are fixed (<see cref="CanChangeArms"/>).</exception>
    public void RemoveArm(int arm)
    {
        RequireChangeableArms();
        if ((uint)arm >= (uint)_arms)
            ThrowArm(arm);
        if (_arms == 1)
            throw new ArgumentOutOfRangeException(nameof(arm), arm, "The last arm can't be removed: a policy has at least one.");
        _unplayed -= _pulls[arm] == 0 ? 1 : 0;
        foreach (IArmArray array in _arrays)
            array.RemoveAt(arm);
        _arms--;
        ArmsChanged();
    }

    /// <summary>Takes up the experience of another state, as if its rewards had come here: of two services that learnt apart, one policy.</summary>
    /// <param name="other">A state of an equal policy with as many arms; it isn't changed.</param>
    /// <exception cref="ArgumentException">It is of another policy, configuration or number of arms.</exception>
    /// <exception cref="NotSupportedException">What the policy knows depends on the order of its rewards (<see cref="CanMerge"/>).</exception>
    /// <remarks>Choices that don't depend on the order of rewards are those of one state that received all of them, up to rounding. The key and what is drawn from it stay those of this state.</remarks>
    public void Merge(PolicyState other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (!CanMerge)
            throw new NotSupportedException($"What {Kind} knows depends on the order of its rewards: two states can't be merged.");
        if (other.GetType() != GetType() || other.Configuration != Configuration)
            throw new ArgumentException($"Only states of equal policies can be merged: this is {Configuration}, the other {other.Configuration}.", nameof(other));
        Absorb(other);
        for (int arm = 0; arm < _arms; arm++)
        {
            _unplayed -= _pulls[arm] == 0 && other._pulls[arm] > 0 ? 1 : 0;
            _pulls[arm] += other._pulls[arm];
        }

        _updates += other._updates;
        Merged();
    }

    /// <summary>Forgets everything and begins again with another key, without allocation.</summary>
    /// <param name="key">The randomness of the new run.</param>
    public void Restart(RandomKey key)
    {
        foreach (IArmArray array in _arrays)
            array.Clear();
        _updates = 0;
        _unplayed = _arms;
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
        foreach (IArmArray array in _arrays)
            array.Persist(archive);
        if (archive.IsLoading)
        {
            _unplayed = 0;
            foreach (long pulls in Pulls)
                _unplayed += pulls == 0 ? 1 : 0;
        }
    }

    /// <summary>The arm to play in a context.</summary>
    /// <param name="context">The context, <see cref="ContextLength"/> finite numbers; empty for policies that take none.</param>
    /// <param name="round">The number of choices made before this one.</param>
    /// <exception cref="ArgumentException">The context has another length than <see cref="ContextLength"/>, or holds NaN, an infinity or numbers whose squares overflow.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="round"/> is negative.</exception>
    public int Choose(ReadOnlySpan<double> context, long round)
    {
        RequireContext(context);
        RequireRound(round);
        return Select(context, round);
    }

    /// <summary>The arm to play in a context, and the probability with which it is taken.</summary>
    /// <param name="context">The context, <see cref="ContextLength"/> finite numbers; empty for policies that take none.</param>
    /// <param name="round">The number of choices made before this one.</param>
    /// <param name="propensity">The probability of the arm over all keys, as <see cref="Probabilities(ReadOnlySpan{double}, long, Span{double})"/> says.</param>
    /// <exception cref="ArgumentException">The context has another length than <see cref="ContextLength"/>, or holds NaN or an infinity.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="round"/> is negative.</exception>
    public int Choose(ReadOnlySpan<double> context, long round, out double propensity)
    {
        int arm = Choose(context, round);
        propensity = Propensity(context, round, arm);
        return arm;
    }

    /// <summary>Learns from a reward.</summary>
    /// <param name="context">The context in which the arm was played.</param>
    /// <param name="arm">The arm that was played, from 0.</param>
    /// <param name="reward">Its reward, inside the policy's range.</param>
    /// <exception cref="ArgumentException">The context has another length than <see cref="ContextLength"/>, or holds NaN, an infinity or numbers whose squares overflow; nothing is changed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such arm, or the reward is NaN or outside the policy's range; nothing is changed.</exception>
    public void Update(ReadOnlySpan<double> context, int arm, double reward)
    {
        Count(context, arm, reward);
        Learn(context, arm, reward);
        _updates++;
    }

    /// <summary>
    /// Learns from a reward, given the probability with which its arm was chosen. Policies that weight rewards by it need it for choices that were made before other rewards arrived, by
    /// another state or by another policy; the others ignore it. Without it they take the arm's probability at the time of the update, which is that of the choice if no reward came in between.
    /// </summary>
    /// <param name="context">The context in which the arm was played.</param>
    /// <param name="arm">The arm that was played, from 0.</param>
    /// <param name="reward">Its reward, inside the policy's range.</param>
    /// <param name="propensity">The probability of the arm in the round in which it was chosen, as <see cref="Probabilities(ReadOnlySpan{double}, long, Span{double})"/> said then; in (0, 1].</param>
    /// <exception cref="ArgumentException">The context has another length than <see cref="ContextLength"/>, or holds NaN, an infinity or numbers whose squares overflow; nothing is changed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such arm, the reward is NaN or outside the policy's range, or the propensity lies outside (0, 1]; nothing is changed.</exception>
    public void Update(ReadOnlySpan<double> context, int arm, double reward, double propensity)
    {
        Require.InOpenClosed(propensity, 0, 1, nameof(propensity));
        Count(context, arm, reward);
        Learn(context, arm, reward, propensity);
        _updates++;
    }

    /// <summary>Writes the probability with which each arm is taken in a context, over all keys: 1 for one arm where the policy doesn't choose at random.</summary>
    /// <param name="context">The context.</param>
    /// <param name="round">The number of choices made before this one.</param>
    /// <param name="probabilities">Receives one probability an arm; they sum to 1.</param>
    /// <exception cref="ArgumentException">A length is wrong, or the context holds NaN or an infinity.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="round"/> is negative.</exception>
    public void Probabilities(ReadOnlySpan<double> context, long round, Span<double> probabilities)
    {
        RequireContext(context);
        RequireRound(round);
        Require.Length(probabilities.Length, Arms, nameof(probabilities));
        Distribute(context, round, probabilities);
    }

    /// <summary>Writes what the policy thinks of each arm in a context: its index, mean or estimated reward. An arm that has to be played first scores infinity.</summary>
    /// <param name="context">The context.</param>
    /// <param name="scores">Receives one score an arm.</param>
    /// <exception cref="ArgumentException">A length is wrong, or the context holds NaN or an infinity.</exception>
    public void Scores(ReadOnlySpan<double> context, Span<double> scores)
    {
        RequireContext(context);
        Require.Length(scores.Length, Arms, nameof(scores));
        Score(context, scores);
    }

    /// <summary>The arm of a round in a valid context: a pure function of the state, the context and the round.</summary>
    /// <param name="context">The context.</param>
    /// <param name="round">The round, whose draws come from <c>Key.Fold(round)</c>.</param>
    protected abstract int Select(ReadOnlySpan<double> context, long round);

    /// <summary>Learns from a valid reward; <see cref="Pulls"/> counts it already, <see cref="Updates"/> not yet.</summary>
    /// <param name="context">The context.</param>
    /// <param name="arm">The arm.</param>
    /// <param name="reward">The reward.</param>
    protected abstract void Learn(ReadOnlySpan<double> context, int arm, double reward);

    /// <summary>Learns from a valid reward whose arm was chosen with a given probability. As it is, for policies that don't weight rewards by it.</summary>
    /// <param name="context">The context.</param>
    /// <param name="arm">The arm.</param>
    /// <param name="reward">The reward.</param>
    /// <param name="propensity">The probability of the arm when it was chosen, in (0, 1].</param>
    protected virtual void Learn(ReadOnlySpan<double> context, int arm, double reward, double propensity) => Learn(context, arm, reward);

    /// <summary>Writes the scores of round <see cref="Updates"/>.</summary>
    /// <param name="context">The context.</param>
    /// <param name="scores">Receives one score an arm.</param>
    protected abstract void Score(ReadOnlySpan<double> context, Span<double> scores);

    /// <summary>Writes the distribution of <see cref="Select(ReadOnlySpan{double}, long)"/> over keys. As it is, for policies that don't choose at random.</summary>
    /// <param name="context">The context.</param>
    /// <param name="round">The round.</param>
    /// <param name="probabilities">Receives one probability an arm.</param>
    protected virtual void Distribute(ReadOnlySpan<double> context, long round, Span<double> probabilities)
    {
        probabilities.Clear();
        probabilities[Select(context, round)] = 1;
    }

    /// <summary>The probability of the arm that <see cref="Select(ReadOnlySpan{double}, long)"/> took. As it is, that of <see cref="Distribute(ReadOnlySpan{double}, long, Span{double})"/>.</summary>
    /// <param name="context">The context.</param>
    /// <param name="round">The round.</param>
    /// <param name="arm">The arm.</param>
    protected virtual double Propensity(ReadOnlySpan<double> context, long round, int arm)
    {
        Distribute(context, round, _probabilities.Span);
        return _probabilities[arm];
    }

    /// <summary>An array with so many elements for each arm, which is resized, cleared and saved with the state: called in constructors.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="width">The elements of an arm.</param>
    /// <param name="isSaved">False for what is computed from the rest: such arrays are computed again in <see cref="Forget"/>, <see cref="ArmsChanged"/>, <see cref="Merged"/> and after loading.</param>
    protected ArmArray<T> PerArm<T>(int width = 1, bool isSaved = true) where T : unmanaged
    {
        var array = new ArmArray<T>(_arms, width, isSaved);
        _arrays.Add(array);
        return array;
    }

    /// <summary>Refuses contexts of finite numbers that a policy can't use. As it is, none.</summary>
    /// <param name="context">The context, of the right length.</param>
    /// <exception cref="ArgumentException">The context can't be used.</exception>
    protected virtual void Validate(ReadOnlySpan<double> context)
    {
    }

    /// <summary>Puts what the policy keeps beside the arrays of <see cref="PerArm{T}"/> back to its beginning, and computes what isn't saved; <see cref="Key"/> is the new one.</summary>
    protected virtual void Forget()
    {
    }

    /// <summary>Computes what depends on the number of arms or isn't saved, after an arm came or went.</summary>
    protected virtual void ArmsChanged()
    {
    }

    /// <summary>Adds another state's statistics to what the policy keeps beside <see cref="Pulls"/>, which, like <see cref="Updates"/>, doesn't count them yet.</summary>
    /// <param name="other">A state of the same type and configuration.</param>
    protected virtual void Absorb(PolicyState other)
    {
    }

    /// <summary>Computes what isn't saved, after another state was merged in.</summary>
    protected virtual void Merged() => ArmsChanged();

    /// <summary>The arm that a policy plays because it has no reward yet, or -1 when every arm has one: the first such arm, or a later one when choices are in flight.</summary>
    /// <param name="round">The round.</param>
    protected int Unplayed(long round) => _unplayed == 0 ? -1 : FindUnplayed(round);

    private protected static void RequireRound(long round)
    {
        if (round < 0)
            throw new ArgumentOutOfRangeException(nameof(round), round, "round counts the choices made before this one; it must be at least 0.");
    }

    private void Count(ReadOnlySpan<double> context, int arm, double reward)
    {
        RequireContext(context);
        if ((uint)arm >= (uint)_arms)
            ThrowArm(arm);
        if (!_rewards.Contains(reward))
            ThrowReward(reward);
        if (++_pulls[arm] == 1)
            _unplayed--;
    }

    private void RequireContext(ReadOnlySpan<double> context)
    {
        if (context.Length != ContextLength)
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"context has {context.Length} numbers but {Kind} takes {ContextLength}."), nameof(context));
        }

        // A sum of squares that is finite has finite terms: one pass in vectors for the usual case.
        if (!double.IsFinite(RidgeModel.Dot(context, context)))
            ThrowContext(context);
        Validate(context);
    }

    private string Kind => Policy.GetType().Name;

    private string Configuration => string.Create(CultureInfo.InvariantCulture, $"{Checkpoint.Describe(Policy)} with {Arms} arms{(ContextLength > 0 ? $" and contexts of {ContextLength}" : "")}");

    private int FindUnplayed(long round)
    {
        long skip = Math.Max(0, round - _updates) % _unplayed;
        for (int arm = 0; ; arm++)
        {
            if (_pulls[arm] == 0 && skip-- == 0)
                return arm;
        }
    }

    private void RequireChangeableArms()
    {
        if (!CanChangeArms)
            throw new NotSupportedException($"The arms of {Kind} are fixed while it is at work.");
    }

    [DoesNotReturn]
    private static void ThrowContext(ReadOnlySpan<double> context)
    {
        for (int i = 0; i < context.Length; i++)
        {
            if (!double.IsFinite(context[i]))
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"context[{i}] is {context[i]} but must be finite."), nameof(context));
        }

        throw new ArgumentException("context holds numbers whose squares overflow: features should be of the order of 1.", nameof(context));
    }

    [DoesNotReturn]
    private void ThrowArm(int arm) => throw new ArgumentOutOfRangeException(
        nameof(arm), arm, string.Create(CultureInfo.InvariantCulture, $"arm is {arm} but must be one of 0 to {Arms - 1}."));

    [DoesNotReturn]
    private void ThrowReward(double reward) => throw new ArgumentOutOfRangeException(
        nameof(reward), reward, string.Create(CultureInfo.InvariantCulture, $"reward is {reward} but must {_rewards} for {Kind}."));
}
