using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// A dueling policy at work: it chooses pairs of arms, is told winners, can be saved and continued to identical bits, and is joined with another's experience. Neither choosing nor updating
/// allocates.
/// </summary>
/// <remarks>
/// <para><b>Choosing is a pure function.</b> It changes nothing: asked twice without an update it gives the same pair. Its random draws belong to a round: round t uses <c>Key.Fold(t)</c>, and where
/// no round is given, t = <see cref="Updates"/>. When several pairs are chosen before their winners are known, give each its own round; winners may arrive in any order or never.</para>
/// <para>An instance is not synchronised: a service that shares one between threads locks around it.</para>
/// </remarks>
public abstract class DuelingState : IPersistent
{
    private readonly long[] _wins;
    private readonly long[] _appearances;
    private RandomKey _key;
    private long _updates;

    /// <summary>Allocates the counts that every policy keeps.</summary>
    /// <param name="policy">The configured policy.</param>
    /// <param name="arms">The number K of arms.</param>
    /// <param name="key">The randomness of the run.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="arms"/> is smaller than 1.</exception>
    protected DuelingState(IDuelingPolicy policy, int arms, RandomKey key)
    {
        Policy = Require.NotNull(policy);
        Arms = Require.Positive(arms, nameof(arms));
        _wins = new long[checked(arms * arms)];
        _appearances = new long[arms];
        _key = key;
    }

    /// <summary>The configured policy.</summary>
    public IDuelingPolicy Policy { get; }

    /// <summary>The number K of arms.</summary>
    public int Arms { get; }

    /// <summary>The number of duels that were learnt from.</summary>
    public long Updates => _updates;

    /// <summary>The randomness of the run.</summary>
    public RandomKey Key => _key;

    /// <summary>How often each arm was one of a pair; twice in a duel with itself.</summary>
    public ReadOnlySpan<long> Appearances => _appearances;

    /// <summary>The number of duels that an arm won against another.</summary>
    /// <param name="winner">The arm that won, from 0.</param>
    /// <param name="loser">The arm that lost, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such arm.</exception>
    public long Wins(int winner, int loser)
    {
        RequireArm(winner, nameof(winner));
        RequireArm(loser, nameof(loser));
        return _wins[(winner * Arms) + loser];
    }

    /// <summary>
    /// The arm that beats most others by the winners so far (more than half of their duels), the first of equal ones: the best guess of the best arm. O(K^2).
    /// </summary>
    public int Champion
    {
        get
        {
            int best = 0, most = -1;
            for (int arm = 0; arm < Arms; arm++)
            {
                int beaten = 0;
                for (int other = 0; other < Arms; other++)
                    beaten += Won(arm, other) > Won(other, arm) ? 1 : 0;
                if (beaten > most)
                    (most, best) = (beaten, arm);
            }

            return best;
        }
    }

    /// <summary>The pair to compare next, given the winner of each earlier pair.</summary>
    public Duel Choose() => Select(_updates);

    /// <summary>The pair to compare when winners are delayed.</summary>
    /// <param name="round">The number of pairs chosen before this one.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="round"/> is negative.</exception>
    public Duel Choose(long round)
    {
        if (round < 0)
            throw new ArgumentOutOfRangeException(nameof(round), round, "round counts the choices made before this one; it must be at least 0.");
        return Select(round);
    }

    /// <summary>Learns from a duel, which the policy needn't have chosen.</summary>
    /// <param name="duel">The two arms.</param>
    /// <param name="winner">The arm that won, one of the two.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such arm, or the winner isn't one of the pair; nothing is changed.</exception>
    public void Update(Duel duel, int winner)
    {
        RequireArm(duel.First, nameof(duel));
        RequireArm(duel.Second, nameof(duel));
        if (winner != duel.First && winner != duel.Second)
            ThrowWinner(duel, winner);
        int loser = winner == duel.First ? duel.Second : duel.First;
        _wins[(winner * Arms) + loser]++;
        _appearances[winner]++;
        _appearances[loser]++;
        _updates++;
        Learn(winner, loser);
    }

    /// <summary>Takes up the experience of another state, as if its duels had been fought here.</summary>
    /// <param name="other">A state of an equal policy with as many arms; it isn't changed.</param>
    /// <exception cref="ArgumentException">It is of another policy, configuration or number of arms.</exception>
    public void Merge(DuelingState other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.GetType() != GetType() || other.Configuration != Configuration)
            throw new ArgumentException($"Only states of equal policies can be merged: this is {Configuration}, the other {other.Configuration}.", nameof(other));
        for (int i = 0; i < _wins.Length; i++)
            _wins[i] += other._wins[i];
        for (int arm = 0; arm < Arms; arm++)
            _appearances[arm] += other._appearances[arm];
        _updates += other._updates;
        CountsChanged();
    }

    /// <summary>Forgets everything and begins again with another key, without allocation.</summary>
    /// <param name="key">The randomness of the new run.</param>
    public void Restart(RandomKey key)
    {
        Array.Clear(_wins);
        Array.Clear(_appearances);
        _updates = 0;
        _key = key;
        Forget();
    }

    /// <summary>Writes a checkpoint. The stream stays open.</summary>
    /// <param name="stream">Receives the bytes.</param>
    public void Save(Stream stream) => Checkpoint.Write(stream, Policy.GetType().Name, Configuration, this);

    /// <summary>Continues a saved run, to the bits of the one that wasn't interrupted. The key comes from the checkpoint too.</summary>
    /// <param name="stream">The stream, positioned at a checkpoint of the same policy, options and number of arms.</param>
    /// <exception cref="CheckpointException">It is truncated, damaged, or of another policy, configuration or number of arms; this state is unchanged.</exception>
    public void Load(Stream stream) => Checkpoint.Read(stream, Policy.GetType().Name, Configuration, this);

    /// <inheritdoc/>
    public virtual void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(ref _key);
        archive.Transfer(ref _updates);
        archive.Transfer(_wins.AsSpan());
        archive.Transfer(_appearances.AsSpan());
    }

    /// <summary>The pair of a round: a pure function of the state and the round.</summary>
    /// <param name="round">The round, whose draws come from <c>Key.Fold(round)</c>.</param>
    protected abstract Duel Select(long round);

    /// <summary>Learns from a valid duel, which the counts hold already.</summary>
    /// <param name="winner">The arm that won.</param>
    /// <param name="loser">The arm that lost.</param>
    protected abstract void Learn(int winner, int loser);

    /// <summary>Computes what follows from counts that changed as a whole, after another state was merged in.</summary>
    protected abstract void CountsChanged();

    /// <summary>Puts what the policy keeps beside the counts back to its beginning; <see cref="Key"/> is the new one.</summary>
    protected abstract void Forget();

    /// <summary>The number of duels that an arm won against another, without a check.</summary>
    /// <param name="winner">The arm that won.</param>
    /// <param name="loser">The arm that lost.</param>
    protected long Won(int winner, int loser) => _wins[(winner * Arms) + loser];

    /// <summary>
    /// The share of the duels of two arms that the first one won and the half width sqrt(budget / n) of its confidence interval. Of a pair that has never met both are 1, the papers' x / 0 := 1:
    /// the upper bound is 2, the lower one 0.
    /// </summary>
    /// <param name="arm">The first arm.</param>
    /// <param name="other">The second arm.</param>
    /// <param name="budget">The budget, alpha ln t.</param>
    protected (double Share, double Width) Estimate(int arm, int other, double budget)
    {
        double wins = Won(arm, other), duels = wins + Won(other, arm);
        return duels == 0 ? (1, 1) : (wins / duels, Math.Sqrt(budget / duels));
    }

    private string Configuration => string.Create(CultureInfo.InvariantCulture, $"{Checkpoint.Describe(Policy)} with {Arms} arms");

    private void RequireArm(int arm, string name)
    {
        if ((uint)arm >= (uint)Arms)
            ThrowArm(arm, name);
    }

    [DoesNotReturn]
    private void ThrowArm(int arm, string name) => throw new ArgumentOutOfRangeException(
        name, arm, string.Create(CultureInfo.InvariantCulture, $"{name} has arm {arm} but arms must be one of 0 to {Arms - 1}."));

    [DoesNotReturn]
    private static void ThrowWinner(Duel duel, int winner) => throw new ArgumentOutOfRangeException(
        nameof(winner), winner, string.Create(CultureInfo.InvariantCulture, $"winner is {winner} but must be one of the pair, {duel.First} or {duel.Second}."));
}
