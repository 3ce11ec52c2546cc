using System.Runtime.CompilerServices;
using OptiCore.Distributions;
using OptiCore.Persistence;
using OptiCore.Randomness;

namespace OptiCore.Bandits;

/// <summary>
/// Thompson sampling with Beta priors: draws a success probability for each arm from its posterior and plays the largest.
/// </summary>
/// <remarks>
/// <para>W. R. Thompson (1933), "On the likelihood that one unknown probability exceeds another"; as evaluated by O. Chapelle, L. Li (2011),
/// "An empirical evaluation of Thompson sampling". The posterior of an arm is Beta(Alpha + successes, Beta + failures); no round is forced.
/// For rewards of 0 and 1 the regret meets the lower bound of Lai and Robbins asymptotically (E. Kaufmann, N. Korda, R. Munos, 2012).</para>
/// <para>A reward strictly between 0 and 1 counts as a success with probability equal to it, by a coin of the key and the number of the update
/// (S. Agrawal, N. Goyal, 2012, "Analysis of Thompson sampling for the multi-armed bandit problem", algorithm 2): the regret bound is that
/// of rewards of 0 and 1.</para>
/// <para>O(K) a choice. Only the arm with the largest posterior mean is always drawn, by two gamma variables. Another one, whose density f is log-concave, exceeds the largest draw L so far with
/// probability at most B = f(L) / h if h = -(ln f)'(L) is positive: so it is passed over with probability 1 - B, and otherwise drawn beyond L from the exponential law of rate h and accepted so that exactly the
/// posterior's tail beyond L results (L. Devroye, 1986, "Non-uniform random variate generation", chapter VII.2). The distribution of choices is that of drawing every arm, at a fraction of the cost.</para>
/// <para>The first choice when rewards are clicks; it also keeps exploring sensibly when they arrive late.
/// For deterministic choices see <see cref="KlUcb"/>; for real-valued rewards <see cref="GaussianThompsonSampling"/>.</para>
/// </remarks>
[Algorithm("Thompson sampling (Beta-Bernoulli)", "Posterior sampling", "O. Chapelle, L. Li (2011), An empirical evaluation of Thompson sampling")]
public sealed record ThompsonSampling : IBanditPolicy
{
    /// <summary>The prior's successes, positive. Default: 1 (uniform prior).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Alpha { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The prior's failures, positive. Default: 1 (uniform prior).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Beta { get; init => field = Require.Positive(value); } = 1;

    RewardRange IPolicy.Rewards => RewardRange.Unit;

    /// <inheritdoc cref="IBanditPolicy.Start"/>
    public BetaPosteriorState Start(int arms, RandomKey key) => new(this, arms, key);

    BanditState IBanditPolicy.Start(int arms, RandomKey key) => Start(arms, key);
}

/// <summary>The Beta posterior of one arm.</summary>
/// <param name="Alpha">The prior's and the observed successes.</param>
/// <param name="Beta">The prior's and the observed failures.</param>
public readonly record struct BetaPosterior(double Alpha, double Beta)
{
    /// <summary>Alpha / (Alpha + Beta).</summary>
    public double Mean => Alpha / (Alpha + Beta);
}

/// <summary>Thompson sampling at work: one Beta posterior an arm.</summary>
public sealed class BetaPosteriorState : BanditState
{
    private readonly ThompsonSampling _policy;
    private readonly ArmArray<Beta> _laws;
    private readonly ArmArray<double> _scratch;
    private readonly ArmArray<double> _successes;
    private readonly ArmArray<Arm> _arms;
    private RandomKey _coins;

    internal BetaPosteriorState(ThompsonSampling policy, int arms, RandomKey key)
        : base(policy, arms, key)
    {
        _policy = policy;
        _laws = PerArm<Beta>(isSaved: false);
        _scratch = PerArm<double>(BestArm.Scratch, isSaved: false);
        _successes = PerArm<double>();
        _arms = PerArm<Arm>(isSaved: false);
        Prepare();
    }

    /// <summary>The posterior of an arm.</summary>
    /// <param name="arm">The arm, from 0.</param>
    public BetaPosterior Posterior(int arm) => new(_policy.Alpha + _successes[arm], _policy.Beta + Pulls[arm] - _successes[arm]);

    /// <inheritdoc/>
    public override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        if (archive.IsLoading)
            Prepare();
    }

    /// <inheritdoc/>
    protected override int Select(long round)
    {
        RandomStream stream = Key.Fold(round).Stream();
        Span<Arm> arms = _arms.Span;
        int first = 0;
        double largest = arms[0].Mean;
        for (int arm = 1; arm < arms.Length; arm++)
        {
            if (arms[arm].Mean > largest)
                (largest, first) = (arms[arm].Mean, arm);
        }

        int best = first;
        var level = new Level(arms[first].Next(ref stream));
        var coins = default(Coins);
        for (int arm = 0; arm < arms.Length; arm++)
        {
            if (arm != first && arms[arm].TryExceed(ref level, ref coins, ref stream))
                best = arm;
        }

        return best;
    }

    /// <summary>Writes the probability of each arm to have the largest draw, by quadrature: 170 K evaluations of each arm's law.</summary>
    /// <param name="round">The round, which doesn't enter.</param>
    /// <param name="probabilities">Receives one probability an arm.</param>
    protected override void Distribute(long round, Span<double> probabilities)
    {
        for (int arm = 0; arm < Arms; arm++)
            _laws[arm] = new Beta(Posterior(arm).Alpha, Posterior(arm).Beta);
        BestArm.Probabilities<Beta>(_laws.Span, _scratch.Span, probabilities);
    }

    /// <summary>Writes the posterior means.</summary>
    /// <param name="scores">Receives one mean an arm.</param>
    protected override void Score(Span<double> scores)
    {
        for (int arm = 0; arm < scores.Length; arm++)
            scores[arm] = _arms[arm].Mean;
    }

    /// <inheritdoc/>
    protected override void Learn(int arm, double reward)
    {
        bool success = BetaCounts.IsSuccess(reward, _coins, Updates);
        if (success)
            _successes[arm]++;
        _arms[arm].Update(Posterior(arm), success);
    }

    /// <inheritdoc/>
    protected override void Forget() => Prepare();

    /// <inheritdoc/>
    protected override void ArmsChanged() => Prepare();

    /// <inheritdoc/>
    protected override void Absorb(PolicyState other)
    {
        base.Absorb(other);
        for (int arm = 0; arm < Arms; arm++)
            _successes[arm] += ((BetaPosteriorState)other)._successes[arm];
    }

    private void Prepare()
    {
        _coins = Key.Fold("reward coins");
        for (int arm = 0; arm < Arms; arm++)
            _arms[arm] = new Arm(Posterior(arm));
    }

    /// <summary>The largest draw so far, with what the densities of all arms take of it.</summary>
    private readonly struct Level(double value)
    {
        public readonly double Value = value, Inverse = 1 / value, InverseRest = 1 / (1 - value), Log = Math.Log(value), LogRest = Math.Log(1 - value);
    }

    /// <summary>The upper 16 bits of uniform numbers of [0, 1): few comparisons need more.</summary>
    private struct Coins
    {
        public const double Unit = 1.0 / (1 << 16);

        private ulong _bits;
        private int _left;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public double Next(ref RandomStream stream)
        {
            if (_left == 0)
            {
                _bits = stream.NextUInt64();
                _left = 4;
            }

            double high = (uint)(_bits & 0xFFFF) * Unit;
            _bits >>= 16;
            _left--;
            return high;
        }
    }

    /// <summary>One arm's posterior with what drawing from it needs.</summary>
    private struct Arm(BetaPosterior posterior)
    {
        // A probability below this isn't worth a random number.
        private const double Never = 1e-17;

        // Beyond so many rewards the logarithm of the density loses digits, as a difference of large terms: the arm is always drawn.
        private const double Many = 1e7;

        private const double Log2E = 1.4426950408889634;

        private GammaDraw _alpha = new(posterior.Alpha);
        private GammaDraw _beta = new(posterior.Beta);

        // The exponents of x and 1 - x in the density, and ln B(alpha, beta), NaN before it is needed: never for the arm that is always drawn.
        private double _a = posterior.Alpha - 1, _b = posterior.Beta - 1, _logBeta = double.NaN;

        public double Mean { get; private set; } = posterior.Mean;

        public void Update(BetaPosterior posterior, bool success)
        {
            if (success)
                _alpha = new GammaDraw(posterior.Alpha);
            else
                _beta = new GammaDraw(posterior.Beta);
            (_a, _b, _logBeta) = (posterior.Alpha - 1, posterior.Beta - 1, double.NaN);
            Mean = posterior.Mean;
        }

        public readonly double Next(ref RandomStream stream) => GammaDraw.NextBeta(_alpha, _beta, ref stream);

        /// <summary>Whether a draw exceeds the level; if it does, the level becomes the draw.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool TryExceed(ref Level level, ref Coins coins, ref RandomStream stream)
        {
            double rate = (_b * level.InverseRest) - (_a * level.Inverse);
            if (_a < 0 || _b < 0 || _a + _b > Many || !(rate > 0))
                return TryDraw(ref level, ref stream);
            if (double.IsNaN(_logBeta))
                _logBeta = SpecialFunctions.LogGamma(_alpha.Shape) + SpecialFunctions.LogGamma(_beta.Shape) - SpecialFunctions.LogGamma(_alpha.Shape + _beta.Shape);
            double log = (_a * level.Log) + (_b * level.LogRest) - _logBeta, bound = UpperExp(log);
            if (bound < Never * rate)
                return false;
            double u = coins.Next(ref stream);
            return !(u * rate >= bound) && TryNear(u, log, rate, ref level, ref stream);
        }

        /// <summary>At least e^x and at most 6.2 % more, by the line between powers of 2 that the bits of a number are; below the smallest one negative or NaN.</summary>
        private static double UpperExp(double x) => BitConverter.Int64BitsToDouble((long)(((x * Log2E) + 1023.000001) * (1L << 52)));

        [MethodImpl(MethodImplOptions.NoInlining)]
        private readonly bool TryNear(double u, double log, double rate, ref Level level, ref RandomStream stream)
        {
            double probability = Math.Exp(log) / rate;
            if (!(probability < 1))
                return TryDraw(ref level, ref stream);
            return u < probability && (u + Coins.Unit <= probability || u + (stream.NextDouble() * Coins.Unit) < probability) && TryTail(rate, ref level, ref stream);
        }

        private readonly bool TryDraw(ref Level level, ref RandomStream stream)
        {
            double draw = Next(ref stream);
            if (draw <= level.Value)
                return false;
            level = new Level(draw);
            return true;
        }

        /// <summary>A draw beyond the level under the tangent of the logarithm of the density, f(x) &lt;= f(L) exp(-rate (x - L)), kept with the probability that the density has of it.</summary>
        private readonly bool TryTail(double rate, ref Level level, ref RandomStream stream)
        {
            double step = -Math.Log(stream.NextOpenDouble());
            double draw = level.Value + (step / rate);
            if (draw >= 1)
                return false;
            var next = new Level(draw);
            if (stream.NextDouble() >= Math.Exp((_a * (next.Log - level.Log)) + (_b * (next.LogRest - level.LogRest)) + step))
                return false;
            level = next;
            return true;
        }
    }
}
