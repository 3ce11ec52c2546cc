using OptiCore.Distributions;
using OptiCore.Persistence;
using OptiCore.Randomness;

namespace OptiCore.Bandits;

/// <summary>
/// Boltzmann-Gumbel exploration: the largest mean_k + C / sqrt(n_k) Z_k, Z being independent draws of the standard Gumbel law; every arm once at first.
/// </summary>
/// <remarks>
/// <para>N. Cesa-Bianchi, C. Gentile, G. Lugosi, G. Neu (2017), "Boltzmann exploration done right", NIPS. With equal factors of Z this would be <see cref="Softmax"/>, by the Gumbel-max trick; letting them fall with the plays of each
/// arm is what makes it near-optimal. For S-sub-Gaussian rewards and C = S the regret is of the order S^2 sum (ln(T gap^2 / S^2))^2 / gap and sqrt(K T) ln K without gaps.</para>
/// <para>O(K) a choice, one Gumbel draw an arm. Needs no horizon and, unlike posterior sampling, no law of rewards. <see cref="BanditState.Scores"/> are the means.</para>
/// </remarks>
[Algorithm("Boltzmann-Gumbel exploration", "Greedy", "N. Cesa-Bianchi, C. Gentile, G. Lugosi, G. Neu (2017), Boltzmann exploration done right")]
public sealed record BoltzmannGumbel : IBanditPolicy
{
    /// <summary>The factor C of the perturbation, positive: the rewards' sub-Gaussian standard deviation. Default: 1/2, for rewards in [0, 1].</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double C { get; init => field = Require.Positive(value); } = 0.5;

    RewardRange IPolicy.Rewards => RewardRange.Finite;

    /// <inheritdoc/>
    public BanditState Start(int arms, RandomKey key) => new State(this, arms, key);

    private sealed class State : BanditState
    {
        private readonly BoltzmannGumbel _policy;
        private readonly ArmArray<Gumbel> _laws;
        private readonly ArmArray<double> _scratch, _scales, _draws;

        public State(BoltzmannGumbel policy, int arms, RandomKey key)
            : base(policy, arms, key)
        {
            _policy = policy;
            _laws = PerArm<Gumbel>(isSaved: false);
            _scratch = PerArm<double>(BestArm.Scratch, isSaved: false);
            _scales = PerArm<double>(isSaved: false);
            _draws = PerArm<double>(isSaved: false);
        }

        public override void Persist(StateArchive archive)
        {
            base.Persist(archive);
            if (archive.IsLoading)
                ArmsChanged();
        }

        protected override int Select(long round)
        {
            int unplayed = Unplayed(round);
            if (unplayed >= 0)
                return unplayed;

            Span<double> draws = _draws.Span;
            ReadOnlySpan<double> means = Means, scales = _scales.Span;
            RandomFill.Gumbel(Key.Fold(round), draws);
            var best = new ArgMax();
            for (int arm = 0; arm < draws.Length; arm++)
                best.Offer(arm, means[arm] + (scales[arm] * draws[arm]));
            return best.Place;
        }

        protected override void Distribute(long round, Span<double> probabilities)
        {
            int unplayed = Unplayed(round);
            if (unplayed >= 0)
            {
                probabilities.Clear();
                probabilities[unplayed] = 1;
                return;
            }

            for (int arm = 0; arm < Arms; arm++)
                _laws[arm] = new Gumbel(Means[arm], _scales[arm]);
            BestArm.Probabilities<Gumbel>(_laws.Span, _scratch.Span, probabilities);
        }

        protected override void Score(Span<double> scores)
        {
            for (int arm = 0; arm < scores.Length; arm++)
                scores[arm] = Pulls[arm] == 0 ? double.PositiveInfinity : Means[arm];
        }

        protected override void Learn(int arm, double reward) => _scales[arm] = _policy.C / Math.Sqrt(Pulls[arm]);

        // An arm that was never played has none, and is chosen before its scale matters.
        protected override void ArmsChanged()
        {
            for (int arm = 0; arm < Arms; arm++)
                _scales[arm] = _policy.C / Math.Sqrt(Pulls[arm]);
        }
    }
}
