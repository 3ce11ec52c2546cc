namespace OptiCore.Bandits;

/// <summary>How the plays follow the weights.</summary>
public enum Tracking
{
    /// <summary>C-tracking: the numbers of plays follow the sum of all weights so far, each kept at least at (K^2 + t)^(-1/2) / 2.</summary>
    Cumulative,

    /// <summary>D-tracking: the numbers of plays follow t times the present weights; an arm with fewer than sqrt(t) - K/2 plays comes first.</summary>
    Direct,
}

/// <summary>
/// Track-and-stop: plays arms in the proportions w*(mean) that would be optimal if the present means were the true ones (<see cref="OptimalAllocation"/>), and stops when the generalised likelihood ratio against
/// every arm a that isn't best, n_b kl(mean_b, m) + n_a kl(mean_a, m), exceeds 2 J(ln((K - 1) / delta) / 2) + 3 ln(1 + ln n_a) + 3 ln(1 + ln n_b).
/// </summary>
/// <remarks>
/// <para>A. Garivier, E. Kaufmann (2016), "Optimal best arm identification with fixed confidence", COLT; the threshold is that of E. Kaufmann, W. M. Koolen (2021), "Mixture martingales revisited", for which the
/// recommendation is wrong with a probability of at most delta. As delta goes to 0 the number of rewards is T*(mu) ln(1 / delta) with both trackings: the lower bound.</para>
/// <para>An update solves for the weights, about 10 K equations. For large delta or many arms <see cref="KlLucb"/> and <see cref="TopTwo"/> are as good and cheaper.</para>
/// </remarks>
[Algorithm("Track-and-stop", "Pure exploration", "A. Garivier, E. Kaufmann (2016), Optimal best arm identification with fixed confidence")]
public sealed record TrackAndStop : IPureExploration
{
    /// <summary>The largest probability delta of a wrong recommendation, in (0, 1). Default: 0.05.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside (0, 1).</exception>
    public double ErrorProbability { get; init => field = Require.InOpen(value, 0, 1); } = 0.05;

    /// <summary>How the plays follow the weights. Default: direct, which the paper finds to need fewer rewards.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't defined.</exception>
    public Tracking Tracking { get; init => field = Require.Defined(value); } = Tracking.Direct;

    /// <summary>The family of rewards. Default: Bernoulli.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public RewardFamily Family { get; init => field = Require.NotNull(value); } = RewardFamily.Bernoulli;

    RewardRange IPolicy.Rewards => Family.Rewards;

    /// <inheritdoc/>
    public PureExplorationState Start(int arms, RandomKey key) => Family.Accept<Starter, PureExplorationState>(new Starter(this, arms, key));

    BanditState IBanditPolicy.Start(int arms, RandomKey key) => Start(arms, key);

    private readonly struct Starter(TrackAndStop policy, int arms, RandomKey key) : IDivergenceVisitor<PureExplorationState>
    {
        public PureExplorationState Visit<TDivergence>(TDivergence divergence) where TDivergence : struct, IDivergence => new State<TDivergence>(policy, arms, key, divergence);
    }

    private sealed class State<TDivergence> : PureExplorationState where TDivergence : struct, IDivergence
    {
        private readonly TrackAndStop _policy;
        private readonly TDivergence _divergence;
        private readonly ArmArray<double> _weights, _targets;

        public State(TrackAndStop policy, int arms, RandomKey key, TDivergence divergence)
            : base(policy, arms, key)
        {
            _policy = policy;
            _divergence = divergence;
            _weights = PerArm<double>();
            _targets = PerArm<double>();
        }

        protected override int SelectNext(long round)
        {
            int unplayed = Unplayed(round);
            if (unplayed >= 0)
                return unplayed;
            int chosen = 0;
            if (_policy.Tracking == Tracking.Direct)
            {
                for (int arm = 1; arm < Arms; arm++)
                    chosen = Pulls[arm] < Pulls[chosen] ? arm : chosen;
                if (Pulls[chosen] < Math.Sqrt(Updates) - (0.5 * Arms))
                    return chosen;
                chosen = 0;
            }

            for (int arm = 1; arm < Arms; arm++)
                chosen = Lag(arm) > Lag(chosen) ? arm : chosen;
            return chosen;
        }

        protected override void Observe(int arm, double reward)
        {
            if (Unplayed(Updates) >= 0)
                return;
            if (GeneralizedLikelihoodRatio.IsDecided(_divergence, Means, Pulls, _policy.ErrorProbability, BestMean()))
            {
                Stop(BestMean());
                return;
            }

            OptimalAllocation.Solve(_divergence, Means, _weights.Span);
            if (_policy.Tracking == Tracking.Cumulative)
                AddToTargets();
        }

        protected override void Begin()
        {
        }

        private double Lag(int arm) => (_policy.Tracking == Tracking.Direct ? (Updates * _weights[arm]) : _targets[arm]) - Pulls[arm];

        /// <summary>Adds the weights, projected in the maximum norm onto those of at least epsilon: max(w - c, epsilon) with the c that keeps the sum.</summary>
        private void AddToTargets()
        {
            double epsilon = 0.5 / Math.Sqrt(((double)Arms * Arms) + Updates), low = 0, high = 1;
            for (int i = 0; i < 60; i++)
            {
                double c = 0.5 * (low + high), sum = 0;
                foreach (double weight in _weights.Span)
                    sum += Math.Max(weight - c, epsilon);
                if (sum > 1)
                    low = c;
                else
                    high = c;
            }

            for (int arm = 0; arm < Arms; arm++)
                _targets[arm] += Math.Max(_weights[arm] - low, epsilon);
        }
    }
}

/// <summary>The stopping rule by generalised likelihood ratios.</summary>
internal static class GeneralizedLikelihoodRatio
{
    /// <summary>Whether the best mean's arm is the best with the confidence asked for.</summary>
    public static bool IsDecided<TDivergence>(TDivergence divergence, ReadOnlySpan<double> means, ReadOnlySpan<long> counts, double delta, int best) where TDivergence : struct, IDivergence
    {
        for (int arm = 0; arm < means.Length; arm++)
        {
            // A threshold is positive: arms with equal means are never told apart.
            if (arm != best && OptimalAllocation.Transport(divergence, means[arm], counts[arm], means[best], counts[best]) <= MixtureThreshold.BestArm(counts[arm], counts[best], means.Length, delta))
                return false;
        }

        return true;
    }
}
