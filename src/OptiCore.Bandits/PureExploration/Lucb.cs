using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// LUCB: in each turn t the arm with the largest mean and, of the others, the one with the largest upper bound mean + sqrt(ln(5 K t^4 / (4 delta)) / (2 n)) are played. It stops when that upper bound lies less
/// than epsilon above the lower bound of the first; with epsilon = 0, once it isn't above it.
/// </summary>
/// <remarks>
/// <para>S. Kalyanakrishnan, A. Tewari, P. Auer, P. Stone (2012), "PAC subset selection in stochastic multi-armed bandits", ICML, for one best arm. For rewards in [0, 1] the recommendation is within epsilon of
/// the best with a probability of at least 1 - delta, after O(H ln(H / delta)) rewards, H = sum 1 / max(gap, epsilon / 2)^2.</para>
/// <para>O(K) a turn. <see cref="KlLucb"/> needs fewer rewards, far fewer where means are near 0 or 1.</para>
/// </remarks>
[Algorithm("LUCB", "Pure exploration", "S. Kalyanakrishnan, A. Tewari, P. Auer, P. Stone (2012), PAC subset selection in stochastic multi-armed bandits")]
public sealed record Lucb : IPureExploration
{
    /// <summary>The largest probability delta of a wrong recommendation, in (0, 1). Default: 0.05.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside (0, 1).</exception>
    public double ErrorProbability { get; init => field = Require.InOpen(value, 0, 1); } = 0.05;

    /// <summary>The gap epsilon that doesn't matter. Default: 0, only the best arm will do.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double Tolerance { get; init => field = Require.NonNegative(value); }

    RewardRange IPolicy.Rewards => RewardRange.Unit;

    /// <inheritdoc/>
    public PureExplorationState Start(int arms, RandomKey key) => new LucbState<Bounds>(this, arms, key, new Bounds(ErrorProbability, arms), Tolerance);

    BanditState IBanditPolicy.Start(int arms, RandomKey key) => Start(arms, key);

    private readonly struct Bounds(double delta, int arms) : IConfidenceBounds
    {
        public double Level(long turn) => Math.Log(1.25 * arms / delta) + (4 * Math.Log(turn));

        public double Upper(double mean, double count, double level) => mean + Math.Sqrt(level / (2 * count));

        public double Lower(double mean, double count, double level) => mean - Math.Sqrt(level / (2 * count));
    }
}

/// <summary>
/// KL-LUCB: <see cref="Lucb"/> with the bounds of Kullback-Leibler divergences, max and min { q : n kl(mean, q) &lt;= b + ln b } with b = ln(k K t^alpha / delta).
/// </summary>
/// <remarks>
/// <para>E. Kaufmann, S. Kalyanakrishnan (2013), "Information complexity in bandit subset selection", COLT, for one best arm, with alpha = 1.1 and k = 405.5, for which the
/// paper proves both the error and the number of rewards. For rewards in [0, 1] the recommendation is within epsilon of the best with a probability of at least 1 - delta if
/// k &gt; 2 e + 1 + e / (alpha - 1) + (e + 1) / (alpha - 1)^2, which is 405.45 for alpha = 1.1. The number of rewards is O(H* ln(H* / delta)) with the Chernoff information in the place of squared gaps.</para>
/// <para>O(K) a turn, with an equation for each arm. <see cref="TrackAndStop"/> approaches the lower bound for small delta.</para>
/// </remarks>
[Algorithm("KL-LUCB", "Pure exploration", "E. Kaufmann, S. Kalyanakrishnan (2013), Information complexity in bandit subset selection")]
public sealed record KlLucb : IPureExploration
{
    /// <summary>The largest probability delta of a wrong recommendation, in (0, 1). Default: 0.05.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside (0, 1).</exception>
    public double ErrorProbability { get; init => field = Require.InOpen(value, 0, 1); } = 0.05;

    /// <summary>The gap epsilon that doesn't matter. Default: 0, only the best arm will do.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double Tolerance { get; init => field = Require.NonNegative(value); }

    /// <summary>The exponent alpha, more than 1. Default: 1.1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't in (1, infinity).</exception>
    public double Alpha { get; init => field = Require.InOpen(value, 1, double.PositiveInfinity); } = 1.1;

    /// <summary>The constant k. Default: 405.5, which goes with alpha = 1.1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Constant { get; init => field = Require.Positive(value); } = 405.5;

    RewardRange IPolicy.Rewards => RewardRange.Unit;

    /// <inheritdoc/>
    public PureExplorationState Start(int arms, RandomKey key) => new LucbState<Bounds>(this, arms, key, new Bounds(Math.Log(Constant * arms / ErrorProbability), Alpha), Tolerance);

    BanditState IBanditPolicy.Start(int arms, RandomKey key) => Start(arms, key);

    private readonly struct Bounds(double constant, double alpha) : IConfidenceBounds
    {
        public double Level(long turn)
        {
            // Below 1 the iterated logarithm would narrow the bounds.
            double level = constant + (alpha * Math.Log(turn));
            return level + Math.Log(Math.Max(1, level));
        }

        // Of failures, the upper bound is one minus the lower bound of successes.
        public double Upper(double mean, double count, double level) => default(BernoulliDivergence).UpperBound(Math.Clamp(mean, 0, 1), level / count);

        public double Lower(double mean, double count, double level) => 1 - default(BernoulliDivergence).UpperBound(Math.Clamp(1 - mean, 0, 1), level / count);
    }
}

/// <summary>Confidence bounds of a mean.</summary>
internal interface IConfidenceBounds
{
    /// <summary>What n times the divergence may reach in a turn, from 1.</summary>
    double Level(long turn);

    /// <summary>The upper bound.</summary>
    double Upper(double mean, double count, double level);

    /// <summary>The lower bound.</summary>
    double Lower(double mean, double count, double level);
}

/// <summary>LUCB with any bounds.</summary>
internal sealed class LucbState<TBounds>(IPureExploration policy, int arms, RandomKey key, TBounds bounds, double tolerance) : PureExplorationState(policy, arms, key)
    where TBounds : struct, IConfidenceBounds
{
    private long _turn = 1;
    private int _leader = -1, _challenger = -1;
    private bool _isLeaderPlayed;

    public override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        archive.Transfer(ref _turn);
        archive.Transfer(ref _leader);
        archive.Transfer(ref _challenger);
        archive.Transfer(ref _isLeaderPlayed);
    }

    protected override int SelectNext(long round)
    {
        int unplayed = Unplayed(round);
        return unplayed >= 0 ? unplayed : _isLeaderPlayed ? _challenger : _leader;
    }

    protected override void Observe(int arm, double reward)
    {
        if (Unplayed(Updates) >= 0)
            return;
        if (_leader >= 0)
        {
            _isLeaderPlayed = !_isLeaderPlayed;
            if (_isLeaderPlayed)
                return;
            _turn++;
        }

        double level = bounds.Level(_turn), largest = double.NegativeInfinity;
        _leader = BestMean();
        for (int other = 0; other < Arms; other++)
        {
            if (other == _leader)
                continue;
            double upper = bounds.Upper(Means[other], Pulls[other], level);
            if (upper > largest)
            {
                largest = upper;
                _challenger = other;
            }
        }

        if (largest - bounds.Lower(Means[_leader], Pulls[_leader], level) < tolerance || (tolerance == 0 && largest <= bounds.Lower(Means[_leader], Pulls[_leader], level)))
            Stop(_leader);
    }

    protected override void Begin()
    {
        _turn = 1;
        _leader = _challenger = -1;
        _isLeaderPlayed = false;
    }
}
