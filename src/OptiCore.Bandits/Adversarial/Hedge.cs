using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// Hedge, exponential weights with full information: the losses of all arms are seen each round, not only that of the arm that was played; p_k proportional to exp(-eta_t L_k), L_k being the cumulative loss of arm k.
/// </summary>
/// <remarks>
/// <para>Y. Freund, R. E. Schapire (1997), "A decision-theoretic generalization of on-line learning and an application to boosting", Journal of Computer and System Sciences 55. For losses of [0, 1] that anybody may choose, eta_t = 2 sqrt(ln K / t)
/// keeps the expected regret against the best arm below ln K / eta_T + (eta_1 + ... + eta_T) / 8 &lt;= sqrt(T ln K) at every T; eta = sqrt(8 ln K / T) below sqrt(T ln K / 2) at a known T (N. Cesa-Bianchi, G. Lugosi, 2006, "Prediction, learning, and games", theorem 2.2).</para>
/// <para>O(K) a round. For combining forecasts and policies whose losses can all be computed; where only one is seen, <see cref="TsallisInf"/> or <see cref="Exp3Ix"/>.</para>
/// </remarks>
[Algorithm("Hedge", "Adversarial", "Y. Freund, R. E. Schapire (1997), A decision-theoretic generalization of on-line learning and an application to boosting")]
public sealed record Hedge
{
    /// <summary>A constant learning rate eta, positive. Default: null, 2 sqrt(ln K / t).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double? LearningRate { get; init => field = value is { } rate ? Require.Positive(rate) : null; }

    /// <summary>Begins to learn: allocates everything that choosing and updating need.</summary>
    /// <param name="arms">The number K of arms, at least 1.</param>
    /// <param name="key">The randomness of this run.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="arms"/> is smaller than 1.</exception>
    public HedgeState Start(int arms, RandomKey key) => new(this, Require.Positive(arms, nameof(arms)), key);
}

/// <summary>Hedge at work. Choosing is a pure function of the state, whose draw in round t comes from <c>Key.Fold(t)</c>; nothing allocates.</summary>
public sealed class HedgeState : IPersistent
{
    private readonly Hedge _policy;
    private readonly double[] _losses, _probabilities;
    private RandomKey _key;
    private long _rounds;

    internal HedgeState(Hedge policy, int arms, RandomKey key)
    {
        _policy = policy;
        _losses = new double[arms];
        _probabilities = new double[arms];
        Restart(key);
    }

    /// <summary>The number K of arms.</summary>
    public int Arms => _losses.Length;

    /// <summary>The number of rounds whose losses were received.</summary>
    public long Rounds => _rounds;

    /// <summary>The probability of each arm in the next round.</summary>
    public ReadOnlySpan<double> Probabilities => _probabilities;

    /// <summary>The cumulative loss of each arm above the smallest.</summary>
    public ReadOnlySpan<double> Losses => _losses;

    /// <summary>An arm drawn from the distribution of the next round.</summary>
    public int Choose()
    {
        double u = _key.Fold(_rounds).Stream().NextDouble();
        int last = 0;
        for (int arm = 0; arm < _probabilities.Length; arm++)
        {
            if (_probabilities[arm] == 0)
                continue;
            last = arm;
            if (u < _probabilities[arm])
                break;
            u -= _probabilities[arm];
        }

        return last;
    }

    /// <summary>Learns from the losses of a round.</summary>
    /// <param name="losses">One loss of [0, 1] for each arm.</param>
    /// <exception cref="ArgumentException">There aren't as many losses as arms; nothing is changed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A loss lies outside [0, 1]; nothing is changed.</exception>
    public void Update(ReadOnlySpan<double> losses)
    {
        Require.Length(losses.Length, Arms, nameof(losses));
        foreach (double loss in losses)
            Require.InClosed(loss, 0, 1, nameof(losses));
        double least = double.PositiveInfinity;
        for (int arm = 0; arm < losses.Length; arm++)
            least = Math.Min(least, _losses[arm] += losses[arm]);
        foreach (ref double loss in _losses.AsSpan())
            loss -= least;
        _rounds++;
        Weigh();
    }

    /// <summary>Forgets everything and begins again with another key, without allocation.</summary>
    /// <param name="key">The randomness of the new run.</param>
    public void Restart(RandomKey key)
    {
        _key = key;
        _rounds = 0;
        Array.Clear(_losses);
        Weigh();
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(ref _key);
        archive.Transfer(ref _rounds);
        archive.Transfer(_losses.AsSpan());
        if (archive.IsLoading)
            Weigh();
    }

    private void Weigh() => ExponentialWeights.Write(_losses, _policy.LearningRate ?? (2 * Math.Sqrt(Math.Log(Arms) / (_rounds + 1))), 0, _probabilities);
}
