using OptiCore.Distributions;
using OptiCore.Persistence;
using OptiCore.Randomness;

namespace OptiCore.Bandits;

/// <summary>
/// Top-two Thompson sampling, for finding the best arm rather than playing it: draws from Beta posteriors; the arm with the largest draw is played with probability Share; otherwise the posterior is drawn
/// again until another arm comes first, and that one is played.
/// </summary>
/// <remarks>
/// <para>D. Russo (2016), "Simple Bayesian algorithms for best arm identification", COLT. In the long run the best arm gets the share of plays Share, the others as much as makes them equally hard to confuse with it, and the
/// posterior probability that another arm is best falls exponentially at the best rate for that share; with Share = 1/2 at least half the best rate of all. Regret grows by a constant a round: the other half of
/// the plays is spent on arms that aren't best. For reward on the way take <see cref="ThompsonSampling"/>.</para>
/// <para>Priors Beta(Alpha, Beta); fractions of rewards count by coins as in <see cref="ThompsonSampling"/>. O(K) a draw. Once the best arm is clear the redraws are many; after 64 of them the second arm is drawn from
/// its exact distribution p_j / (1 - p_best) by quadrature, 170 K evaluations of each arm's law: the same distribution of choices.</para>
/// </remarks>
[Algorithm("Top-two Thompson sampling", "Posterior sampling", "D. Russo (2016), Simple Bayesian algorithms for best arm identification")]
public sealed record TopTwoThompsonSampling : IBanditPolicy
{
    /// <summary>The prior's successes, positive. Default: 1 (uniform prior).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Alpha { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The prior's failures, positive. Default: 1 (uniform prior).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Beta { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The probability of playing the first of the two arms, the paper's beta, in (0, 1]. 1 is Thompson sampling. Default: 1/2.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside (0, 1].</exception>
    public double Share { get; init => field = Require.InOpenClosed(value, 0, 1); } = 0.5;

    RewardRange IPolicy.Rewards => RewardRange.Unit;

    /// <inheritdoc/>
    public BanditState Start(int arms, RandomKey key) => new State(this, arms, key);

    private sealed class State : BanditState
    {
        private const int Redraws = 64;

        private readonly TopTwoThompsonSampling _policy;
        private readonly ArmArray<Beta> _laws;
        private readonly ArmArray<double> _scratch, _first, _successes;
        private readonly ArmArray<(GammaDraw Successes, GammaDraw Failures)> _draws;
        private RandomKey _coins;

        public State(TopTwoThompsonSampling policy, int arms, RandomKey key)
            : base(policy, arms, key)
        {
            _policy = policy;
            _laws = PerArm<Beta>(isSaved: false);
            _scratch = PerArm<double>(BestArm.Scratch, isSaved: false);
            _first = PerArm<double>(isSaved: false);
            _successes = PerArm<double>();
            _draws = PerArm<(GammaDraw, GammaDraw)>(isSaved: false);
            Forget();
        }

        public override void Persist(StateArchive archive)
        {
            base.Persist(archive);
            if (archive.IsLoading)
                Forget();
        }

        protected override int Select(long round)
        {
            RandomStream stream = Key.Fold(round).Stream();
            int first = Draw(ref stream);
            if (Arms == 1 || stream.NextDouble() < _policy.Share)
                return first;
            for (int redraw = 0; redraw < Redraws; redraw++)
            {
                int second = Draw(ref stream);
                if (second != first)
                    return second;
            }

            FirstProbabilities();
            double rest = 0;
            for (int arm = 0; arm < Arms; arm++)
                rest += arm == first ? 0 : _first[arm];
            double u = stream.NextDouble() * rest;
            int last = first == 0 ? 1 : 0;
            for (int arm = 0; arm < Arms; arm++)
            {
                if (arm == first || _first[arm] == 0)
                    continue;
                last = arm;
                if (u < _first[arm])
                    break;
                u -= _first[arm];
            }

            return last;
        }

        /// <summary>psi_j = p_j (Share + (1 - Share) sum over i != j of p_i / (1 - p_i)), p_i being the probability of the largest draw.</summary>
        protected override void Distribute(long round, Span<double> probabilities)
        {
            if (Arms == 1)
            {
                probabilities[0] = 1;
                return;
            }

            FirstProbabilities();
            double total = 0;
            for (int arm = 0; arm < probabilities.Length; arm++)
            {
                double asSecond = 0;
                for (int other = 0; other < probabilities.Length; other++)
                {
                    if (other == arm)
                        continue;
                    double rest = 0;
                    for (int i = 0; i < probabilities.Length; i++)
                        rest += i == other ? 0 : _first[i];
                    asSecond += rest > 0 ? _first[other] * _first[arm] / rest : 0;
                }

                total += probabilities[arm] = (_policy.Share * _first[arm]) + ((1 - _policy.Share) * asSecond);
            }

            foreach (ref double p in probabilities)
                p /= total;
        }

        protected override void Score(Span<double> scores)
        {
            for (int arm = 0; arm < scores.Length; arm++)
                scores[arm] = (_policy.Alpha + _successes[arm]) / (_policy.Alpha + _policy.Beta + Pulls[arm]);
        }

        protected override void Learn(int arm, double reward)
        {
            if (BetaCounts.IsSuccess(reward, _coins, Updates))
                _successes[arm]++;
            Prepare(arm);
        }

        protected override void Absorb(PolicyState other)
        {
            base.Absorb(other);
            for (int arm = 0; arm < Arms; arm++)
                _successes[arm] += ((State)other)._successes[arm];
        }

        protected override void ArmsChanged() => Forget();

        protected override void Forget()
        {
            _coins = Key.Fold("reward coins");
            for (int arm = 0; arm < Arms; arm++)
                Prepare(arm);
        }

        private void Prepare(int arm) => _draws[arm] = (new GammaDraw(_policy.Alpha + _successes[arm]), new GammaDraw(_policy.Beta + Pulls[arm] - _successes[arm]));

        private int Draw(ref RandomStream stream)
        {
            var best = new ArgMax();
            for (int arm = 0; arm < Arms; arm++)
            {
                ref readonly (GammaDraw Successes, GammaDraw Failures) draws = ref _draws[arm];
                best.Offer(arm, GammaDraw.NextBeta(draws.Successes, draws.Failures, ref stream));
            }

            return best.Place;
        }

        private void FirstProbabilities()
        {
            for (int arm = 0; arm < Arms; arm++)
                _laws[arm] = new Beta(_policy.Alpha + _successes[arm], _policy.Beta + Pulls[arm] - _successes[arm]);
            BestArm.Probabilities<Beta>(_laws.Span, _scratch.Span, _first.Span);
        }
    }
}
