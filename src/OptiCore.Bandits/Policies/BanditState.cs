namespace OptiCore.Bandits;

/// <summary>A policy without contexts at work: see <see cref="PolicyState"/>.</summary>
public abstract class BanditState : PolicyState
{
    private readonly ArmArray<double> _sums, _means, _deviations;

    /// <summary>Allocates the statistics that every policy keeps.</summary>
    /// <param name="policy">The configured policy.</param>
    /// <param name="arms">The number K of arms.</param>
    /// <param name="key">The randomness of the run.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="arms"/> is smaller than 1.</exception>
    protected BanditState(IBanditPolicy policy, int arms, RandomKey key)
        : base(policy, arms, key)
    {
        _sums = PerArm<double>();
        _means = PerArm<double>();
        _deviations = PerArm<double>();
    }

    /// <inheritdoc/>
    public sealed override int ContextLength => 0;

    /// <summary>The sum of the rewards of each arm.</summary>
    public ReadOnlySpan<double> Sums => _sums.Span;

    /// <summary>The mean reward of each arm; 0 where none has arrived.</summary>
    public ReadOnlySpan<double> Means => _means.Span;

    /// <summary>The sum of squared deviations from the mean of each arm (Welford's recurrence).</summary>
    public ReadOnlySpan<double> SquaredDeviations => _deviations.Span;

    /// <summary>The arm to play next, given one reward for each earlier choice.</summary>
    public int Choose() => Select(Updates);

    /// <summary>The arm to play when rewards are delayed.</summary>
    /// <param name="round">The number of choices made before this one.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="round"/> is negative.</exception>
    public int Choose(long round)
    {
        RequireRound(round);
        return Select(round);
    }

    /// <summary>Learns from a reward. O(1) in the number of arms unless the policy says otherwise.</summary>
    /// <param name="arm">The arm that was played, from 0.</param>
    /// <param name="reward">Its reward, inside the policy's range.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such arm, or the reward is NaN or outside the policy's range; nothing is changed.</exception>
    public void Update(int arm, double reward) => Update(ReadOnlySpan<double>.Empty, arm, reward);

    /// <summary>Learns from a reward, given the probability with which its arm was chosen: for policies that weight rewards by it, when other rewards arrived in between.</summary>
    /// <param name="arm">The arm that was played, from 0.</param>
    /// <param name="reward">Its reward, inside the policy's range.</param>
    /// <param name="propensity">The probability of the arm in the round in which it was chosen, as <see cref="Probabilities(long, Span{double})"/> said then; in (0, 1].</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such arm, the reward is NaN or outside the policy's range, or the propensity lies outside (0, 1]; nothing is changed.</exception>
    public void Update(int arm, double reward, double propensity) => Update(ReadOnlySpan<double>.Empty, arm, reward, propensity);

    /// <summary>
    /// Writes what the policy thinks of each arm: its index, mean or posterior mean. Where the policy doesn't explore at random or by a plan,
    /// <see cref="Choose()"/> takes the largest, the first of equal ones. An arm that has to be played first scores infinity.
    /// </summary>
    /// <param name="scores">Receives one score an arm.</param>
    /// <exception cref="ArgumentException">The span doesn't have <see cref="PolicyState.Arms"/> elements.</exception>
    public void Scores(Span<double> scores) => Scores(default, scores);

    /// <summary>Writes the probability with which <see cref="Choose()"/> takes each arm, over all keys: 1 for one arm where the policy doesn't choose at random.</summary>
    /// <param name="probabilities">Receives one probability an arm; they sum to 1.</param>
    /// <exception cref="ArgumentException">The span doesn't have <see cref="PolicyState.Arms"/> elements.</exception>
    public void Probabilities(Span<double> probabilities) => Probabilities(Updates, probabilities);

    /// <summary>Writes the probability with which <see cref="Choose(long)"/> takes each arm.</summary>
    /// <param name="round">The number of choices made before this one.</param>
    /// <param name="probabilities">Receives one probability an arm; they sum to 1.</param>
    /// <exception cref="ArgumentException">The span doesn't have <see cref="PolicyState.Arms"/> elements.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="round"/> is negative.</exception>
    public void Probabilities(long round, Span<double> probabilities) => Probabilities(default, round, probabilities);

    /// <inheritdoc/>
    protected sealed override int Select(ReadOnlySpan<double> context, long round) => Select(round);

    /// <inheritdoc/>
    protected sealed override void Learn(ReadOnlySpan<double> context, int arm, double reward)
    {
        Summarise(arm, reward);
        Learn(arm, reward);
    }

    /// <inheritdoc/>
    protected sealed override void Learn(ReadOnlySpan<double> context, int arm, double reward, double propensity)
    {
        Summarise(arm, reward);
        Learn(arm, reward, propensity);
    }

    /// <inheritdoc/>
    protected sealed override void Score(ReadOnlySpan<double> context, Span<double> scores) => Score(scores);

    /// <inheritdoc/>
    protected sealed override void Distribute(ReadOnlySpan<double> context, long round, Span<double> probabilities) => Distribute(round, probabilities);

    /// <summary>The arm of a round: a pure function of the state and the round.</summary>
    /// <param name="round">The round, whose draws come from <c>Key.Fold(round)</c>.</param>
    protected abstract int Select(long round);

    /// <summary>Writes the scores of round <see cref="PolicyState.Updates"/>.</summary>
    /// <param name="scores">Receives one score an arm.</param>
    protected abstract void Score(Span<double> scores);

    /// <summary>Writes the distribution of <see cref="Select(long)"/> over keys. As it is, for policies that don't choose at random.</summary>
    /// <param name="round">The round.</param>
    /// <param name="probabilities">Receives one probability an arm.</param>
    protected virtual void Distribute(long round, Span<double> probabilities)
    {
        probabilities.Clear();
        probabilities[Select(round)] = 1;
    }

    /// <summary>Absorbs a valid reward into what the policy keeps beside the common statistics, which hold it already. <see cref="PolicyState.Updates"/> doesn't count it yet.</summary>
    /// <param name="arm">The arm.</param>
    /// <param name="reward">The reward.</param>
    protected virtual void Learn(int arm, double reward)
    {
    }

    /// <summary>Absorbs a valid reward whose arm was chosen with a given probability. As it is, for policies that don't weight rewards by it.</summary>
    /// <param name="arm">The arm.</param>
    /// <param name="reward">The reward.</param>
    /// <param name="propensity">The probability of the arm when it was chosen, in (0, 1].</param>
    protected virtual void Learn(int arm, double reward, double propensity) => Learn(arm, reward);

    /// <inheritdoc/>
    protected override void Absorb(PolicyState other)
    {
        var state = (BanditState)other;
        for (int arm = 0; arm < Arms; arm++)
        {
            // T. F. Chan, G. H. Golub, R. J. LeVeque (1983), "Algorithms for computing the sample variance".
            double n = Pulls[arm], m = other.Pulls[arm];
            if (m == 0)
                continue;
            double difference = state._means[arm] - _means[arm];
            _deviations[arm] += state._deviations[arm] + (n == 0 ? 0 : difference * difference * n * m / (n + m));
            _sums[arm] += state._sums[arm];
            _means[arm] = _sums[arm] / (n + m);
        }
    }

    private void Summarise(int arm, double reward)
    {
        long pulls = Pulls[arm];
        double before = _means[arm];
        double sum = _sums[arm] += reward;
        double mean = _means[arm] = sum / pulls;
        _deviations[arm] += pulls == 1 ? 0 : (reward - before) * (reward - mean);
    }
}
