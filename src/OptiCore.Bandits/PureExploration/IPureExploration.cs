using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// A configured method that looks for the best arm: how it is found counts, not what is earned meanwhile. With fixed confidence it stops by itself and is wrong with a probability of at most delta; with a
/// fixed budget it stops after so many rewards.
/// </summary>
/// <remarks>It is a policy too: after it has stopped, its choice is its recommendation for ever (explore, then commit).</remarks>
public interface IPureExploration : IBanditPolicy
{
    /// <inheritdoc cref="IBanditPolicy.Start"/>
    new PureExplorationState Start(int arms, RandomKey key);
}

/// <summary>A search for the best arm: <see cref="BanditState.Choose()"/> and <see cref="BanditState.Update(int, double)"/> until <see cref="HasStopped"/>, then <see cref="Recommendation"/>.</summary>
public abstract class PureExplorationState : BanditState
{
    private int _recommendation = -1;

    /// <summary>Allocates the statistics that every method keeps.</summary>
    /// <param name="policy">The configured method.</param>
    /// <param name="arms">The number K of arms.</param>
    /// <param name="key">The randomness of the run.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="arms"/> is smaller than 1.</exception>
    protected PureExplorationState(IPureExploration policy, int arms, RandomKey key)
        : base(policy, arms, key)
    {
        if (arms == 1)
            _recommendation = 0;
    }

    /// <summary>False: the guarantees are for a fixed set of arms.</summary>
    public sealed override bool CanChangeArms => false;

    /// <summary>False: stopping depends on the order of rewards.</summary>
    public sealed override bool CanMerge => false;

    /// <summary>Whether the search is over. Later rewards change neither this nor the recommendation.</summary>
    public bool HasStopped => _recommendation >= 0;

    /// <summary>The arm that is held for the best: final once the search is over, the best guess before.</summary>
    public int Recommendation => _recommendation >= 0 ? _recommendation : BestGuess();

    /// <inheritdoc/>
    public override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        archive.Transfer(ref _recommendation);
    }

    /// <summary>The arm to play while the search goes on.</summary>
    /// <param name="round">The round.</param>
    protected abstract int SelectNext(long round);

    /// <summary>Learns from a reward while the search goes on, and calls <see cref="Stop"/> when it is over.</summary>
    /// <param name="arm">The arm.</param>
    /// <param name="reward">The reward.</param>
    protected abstract void Observe(int arm, double reward);

    /// <summary>Begins again.</summary>
    protected abstract void Begin();

    /// <summary>Ends the search.</summary>
    /// <param name="arm">The recommendation.</param>
    protected void Stop(int arm) => _recommendation = arm;

    /// <inheritdoc/>
    protected sealed override int Select(long round) => HasStopped ? _recommendation : SelectNext(round);

    /// <inheritdoc/>
    protected sealed override void Learn(int arm, double reward)
    {
        if (!HasStopped)
            Observe(arm, reward);
    }

    /// <inheritdoc/>
    protected sealed override void Forget()
    {
        _recommendation = Arms == 1 ? 0 : -1;
        Begin();
    }

    /// <summary>Writes the means; infinity for arms without rewards.</summary>
    /// <param name="scores">Receives one score an arm.</param>
    protected override void Score(Span<double> scores)
    {
        for (int arm = 0; arm < scores.Length; arm++)
            scores[arm] = Pulls[arm] == 0 ? double.PositiveInfinity : Means[arm];
    }

    /// <summary>The arm that is held for the best while the search goes on. As it is, that with the largest mean.</summary>
    private protected virtual int BestGuess() => BestMean();

    /// <summary>The arm with the largest mean, the first of equal ones.</summary>
    private protected int BestMean()
    {
        ReadOnlySpan<double> means = Means;
        int best = 0;
        for (int arm = 1; arm < means.Length; arm++)
        {
            if (means[arm] > means[best])
                best = arm;
        }

        return best;
    }
}
