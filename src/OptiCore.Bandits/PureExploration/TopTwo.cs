using OptiCore.Distributions;
using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>How a top-two method finds the challenger of its leader.</summary>
public enum TopTwoChallenger
{
    /// <summary>TTTS: the winner of the first further draw from the posterior that another arm than the leader wins.</summary>
    Resampling,

    /// <summary>T3C: the arm with the smallest likelihood ratio against the leader, at random among equal ones.</summary>
    TransportationCost,
}

/// <summary>
/// Top-two Thompson sampling for rewards in [0, 1]: the leader is the winner of a draw from the Beta posteriors; with probability beta it is played, else its challenger. It stops by the generalised likelihood
/// ratio of <see cref="TrackAndStop"/>.
/// </summary>
/// <remarks>
/// <para>D. Russo (2016), "Simple Bayesian algorithms for best arm identification", COLT; with T3C and for fixed confidence X. Shang, R. de Heide, P. Ménard, E. Kaufmann, M. Valko (2020), "Fixed-confidence guarantees
/// for Bayesian best-arm identification", AISTATS. As delta goes to 0 the number of rewards is T*_beta(mu) ln(1 / delta), the best possible when the share of the best arm is beta; with beta = 1/2 that
/// is at most 2 T*(mu) ln(1 / delta). Rewards strictly between 0 and 1 count as successes with probability equal to them.</para>
/// <para>O(K) a choice, no equations. Resampling takes 1 / (1 - p) draws when the leader wins with probability p; after 1,000 of them the challenger is drawn from the same distribution computed by
/// quadrature. T3C needs a single draw.</para>
/// </remarks>
[Algorithm("Top-two Thompson sampling (TTTS, T3C)", "Pure exploration", "X. Shang, R. de Heide, P. Ménard, E. Kaufmann, M. Valko (2020), Fixed-confidence guarantees for Bayesian best-arm identification")]
public sealed record TopTwo : IPureExploration
{
    /// <summary>The largest probability delta of a wrong recommendation, in (0, 1). Default: 0.05.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside (0, 1).</exception>
    public double ErrorProbability { get; init => field = Require.InOpen(value, 0, 1); } = 0.05;

    /// <summary>The probability beta that the leader is played, in (0, 1). Default: 1/2.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside (0, 1).</exception>
    public double LeaderShare { get; init => field = Require.InOpen(value, 0, 1); } = 0.5;

    /// <summary>How the challenger is found. Default: by transportation costs (T3C).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't defined.</exception>
    public TopTwoChallenger Challenger { get; init => field = Require.Defined(value); } = TopTwoChallenger.TransportationCost;

    RewardRange IPolicy.Rewards => RewardRange.Unit;

    /// <inheritdoc/>
    public PureExplorationState Start(int arms, RandomKey key) => new State(this, arms, key);

    BanditState IBanditPolicy.Start(int arms, RandomKey key) => Start(arms, key);

    private sealed class State : PureExplorationState
    {
        // As many cost about as much as the quadrature that follows.
        private const int Draws = 1000;

        private readonly TopTwo _policy;
        private readonly ArmArray<double> _successes, _means, _winning, _scratch;
        private readonly ArmArray<BetaPosterior> _posteriors;
        private readonly ArmArray<Beta> _laws;
        private RandomKey _coins;

        public State(TopTwo policy, int arms, RandomKey key)
            : base(policy, arms, key)
        {
            _policy = policy;
            _successes = PerArm<double>();
            _means = PerArm<double>(isSaved: false);
            _winning = PerArm<double>(isSaved: false);
            _scratch = PerArm<double>(BestArm.Scratch, isSaved: false);
            _posteriors = PerArm<BetaPosterior>(isSaved: false);
            _laws = PerArm<Beta>(isSaved: false);
            Begin();
        }

        public override void Persist(StateArchive archive)
        {
            base.Persist(archive);
            if (archive.IsLoading)
                Begin();
        }

        protected override int SelectNext(long round)
        {
            RandomStream stream = Key.Fold(round).Stream();
            int leader = BetaDraws.Largest(_posteriors.Span, ref stream);
            if (stream.NextDouble() < _policy.LeaderShare)
                return leader;
            if (_policy.Challenger == TopTwoChallenger.TransportationCost)
            {
                int ties = Nearest(leader, -1, out int challenger);
                if (ties > 1)
                    Nearest(leader, (int)(stream.NextDouble() * ties), out challenger);
                return challenger;
            }

            for (int i = 0; i < Draws; i++)
            {
                int winner = BetaDraws.Largest(_posteriors.Span, ref stream);
                if (winner != leader)
                    return winner;
            }

            Win();
            double others = Others(leader), u = stream.NextDouble() * others;
            for (int arm = 0; arm < Arms && others > 0; arm++)
            {
                u -= arm == leader ? 0 : _winning[arm];
                if (u < 0 && arm != leader)
                    return arm;
            }

            // Nobody else wins, to double accuracy: the one that comes nearest.
            Nearest(leader, 0, out int nearest);
            return nearest;
        }

        /// <summary>The exact law of the choice, from the probabilities that each arm wins a draw.</summary>
        protected override void Distribute(long round, Span<double> probabilities)
        {
            probabilities.Clear();
            if (HasStopped)
            {
                probabilities[Recommendation] = 1;
                return;
            }

            Win();
            double challenge = 1 - _policy.LeaderShare;
            for (int leader = 0; leader < Arms; leader++)
            {
                probabilities[leader] += _policy.LeaderShare * _winning[leader];
                double others = Others(leader);
                if (_policy.Challenger == TopTwoChallenger.Resampling && others > 0)
                {
                    for (int arm = 0; arm < Arms; arm++)
                        probabilities[arm] += arm == leader ? 0 : challenge * _winning[leader] * _winning[arm] / others;
                    continue;
                }

                int ties = Nearest(leader, -1, out _);
                for (int i = 0; i < ties; i++)
                {
                    Nearest(leader, i, out int arm);
                    probabilities[arm] += challenge * _winning[leader] / ties;
                }
            }
        }

        protected override void Observe(int arm, double reward)
        {
            if (BetaCounts.IsSuccess(reward, _coins, Updates))
                _successes[arm]++;
            Condition(arm);
            int best = 0;
            for (int other = 0; other < Arms; other++)
            {
                if (Pulls[other] == 0)
                    return;
                best = _means[other] > _means[best] ? other : best;
            }

            if (GeneralizedLikelihoodRatio.IsDecided(default(BernoulliDivergence), _means.Span, Pulls, _policy.ErrorProbability, best))
                Stop(best);
        }

        protected override void Begin()
        {
            _coins = Key.Fold("reward coins");
            for (int arm = 0; arm < Arms; arm++)
                Condition(arm);
        }

        private void Condition(int arm)
        {
            _posteriors[arm] = new BetaPosterior(1 + _successes[arm], 1 + Pulls[arm] - _successes[arm]);
            _means[arm] = Pulls[arm] == 0 ? 0 : _successes[arm] / Pulls[arm];
        }

        private void Win() => BetaDraws.Probabilities(_posteriors.Span, _laws.Span, _scratch.Span, _winning.Span);

        private double Others(int leader)
        {
            double sum = 0;
            for (int arm = 0; arm < Arms; arm++)
                sum += arm == leader ? 0 : _winning[arm];
            return sum;
        }

        /// <summary>The arm with the smallest cost of seeming better than the leader: the number of such arms, and the one at a place among them.</summary>
        private int Nearest(int leader, int place, out int challenger)
        {
            double least = double.PositiveInfinity;
            int ties = 0;
            challenger = -1;
            for (int arm = 0; arm < Arms; arm++)
            {
                if (arm == leader)
                    continue;
                double cost = Cost(leader, arm);
                if (cost < least)
                {
                    least = cost;
                    ties = 0;
                    challenger = arm;
                }

                ties += cost == least ? 1 : 0;
            }

            for (int arm = 0; arm < Arms && place >= 0; arm++)
            {
                if (arm != leader && Cost(leader, arm) == least && place-- == 0)
                    challenger = arm;
            }

            return ties;
        }

        private double Cost(int leader, int arm) => Pulls[arm] == 0 || Pulls[leader] == 0 || _means[arm] >= _means[leader]
            ? 0
            : OptimalAllocation.Transport(default(BernoulliDivergence), _means[arm], Pulls[arm], _means[leader], Pulls[leader]);
    }
}
