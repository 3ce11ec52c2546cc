using OptiCore.Persistence;
using OptiCore.Randomness;

namespace OptiCore.Bandits;

/// <summary>
/// Non-parametric Thompson sampling, for rewards in [0, 1] of any law: the mean of an arm is drawn as a sum of its rewards and of one invented reward of 1, with weights from the uniform Dirichlet law, and the
/// arm with the largest is played, one of equal ones at random.
/// </summary>
/// <remarks>
/// <para>C. Riou, J. Honda (2020), "Bandit algorithms based on Thompson sampling for bounded reward distributions", ALT. Asymptotically optimal among policies that know only the range of the rewards: the regret is
/// sum gap / K_inf ln T, with K_inf the smallest divergence to any law on [0, 1] with a mean of the best. It needs no prior, no grid and no coins, as <see cref="MultinomialThompsonSampling"/> and
/// <see cref="ThompsonSampling"/> do. An arm without rewards draws 1 and so comes first.</para>
/// <para>Equal rewards share one weight, a gamma draw of their number, which leaves the law as it is: on a grid this is <see cref="MultinomialThompsonSampling"/> with a prior that counts 1 for the largest point and
/// nothing for the others, at no more cost.</para>
/// <para>O(n) a choice and an update and 16 n bytes, n being the number of different rewards seen, of all arms: for plays in the thousands, or rewards on few values. Storage doubles when it is full; nothing else
/// allocates. For very many plays take <see cref="MultinomialThompsonSampling"/>. <see cref="BanditState.Scores"/> are the means of the draws, (1 + sum) / (1 + count). Probabilities are frequencies among
/// <see cref="ProbabilityDraws"/> draws of the policy's key: a standard error of at most 0.008.</para>
/// </remarks>
[Algorithm("Thompson sampling (non-parametric)", "Posterior sampling", "C. Riou, J. Honda (2020), Bandit algorithms based on Thompson sampling for bounded reward distributions")]
public sealed record NonParametricThompsonSampling : IBanditPolicy
{
    /// <summary>The number of draws behind <see cref="BanditState.Probabilities(Span{double})"/>.</summary>
    public const int ProbabilityDraws = 4096;

    RewardRange IPolicy.Rewards => RewardRange.Unit;

    /// <inheritdoc/>
    public BanditState Start(int arms, RandomKey key) => new State(this, arms, key);

    private sealed class State : BanditState
    {
        // The place of an arm's history, from 1; 0 is an arm that hasn't got one yet. Arms move when others are taken away.
        private readonly ArmArray<int> _places;
        private History[] _histories = [];

        public State(NonParametricThompsonSampling policy, int arms, RandomKey key)
            : base(policy, arms, key)
        {
            _places = PerArm<int>(isSaved: false);
            ArmsChanged();
        }

        public override void Persist(StateArchive archive)
        {
            base.Persist(archive);
            foreach (History history in _histories)
                history.Persist(archive);
        }

        protected override int Select(long round)
        {
            RandomStream stream = Key.Fold(round).Stream();
            return Draw(ref stream);
        }

        protected override void Distribute(long round, Span<double> probabilities)
        {
            RandomStream stream = Key.Fold("probabilities").Stream();
            probabilities.Clear();
            for (int i = 0; i < ProbabilityDraws; i++)
                probabilities[Draw(ref stream)] += 1.0 / ProbabilityDraws;
        }

        protected override void Score(Span<double> scores)
        {
            for (int arm = 0; arm < scores.Length; arm++)
                scores[arm] = (1 + Sums[arm]) / (1 + Pulls[arm]);
        }

        protected override void Learn(int arm, double reward) => _histories[arm].Add(reward, 1);

        protected override void Absorb(PolicyState other)
        {
            base.Absorb(other);
            for (int arm = 0; arm < Arms; arm++)
                _histories[arm].Add(((State)other)._histories[arm]);
        }

        protected override void ArmsChanged()
        {
            var histories = new History[Arms];
            for (int arm = 0; arm < histories.Length; arm++)
            {
                histories[arm] = _places[arm] == 0 ? new History() : _histories[_places[arm] - 1];
                _places[arm] = arm + 1;
            }

            _histories = histories;
        }

        protected override void Forget()
        {
            for (int arm = 0; arm < Arms; arm++)
            {
                _histories[arm].Clear();
                _places[arm] = arm + 1;
            }
        }

        private int Draw(ref RandomStream stream)
        {
            int best = 0, ties = 0;
            double largest = double.NegativeInfinity;
            for (int arm = 0; arm < Arms; arm++)
            {
                double mean = _histories[arm].Mean(ref stream);
                if (mean > largest)
                    (largest, best, ties) = (mean, arm, 1);
                else if (mean == largest && stream.NextDouble() * ++ties < 1)
                    best = arm;
            }

            return best;
        }
    }

    /// <summary>The different rewards of an arm, ascending, with their numbers.</summary>
    private sealed class History
    {
        private double[] _rewards = new double[16], _counts = new double[16];
        private int _length;

        public void Add(double reward, double count)
        {
            int at = Array.BinarySearch(_rewards, 0, _length, reward);
            if (at >= 0)
            {
                _counts[at] += count;
                return;
            }

            if (_length == _rewards.Length)
            {
                Array.Resize(ref _rewards, checked(2 * _length));
                Array.Resize(ref _counts, checked(2 * _length));
            }

            at = ~at;
            Array.Copy(_rewards, at, _rewards, at + 1, _length - at);
            Array.Copy(_counts, at, _counts, at + 1, _length - at);
            (_rewards[at], _counts[at]) = (reward, count);
            _length++;
        }

        public void Add(History other)
        {
            for (int i = 0; i < other._length; i++)
                Add(other._rewards[i], other._counts[i]);
        }

        public void Clear() => _length = 0;

        /// <summary>A mean with uniform Dirichlet weights: weights are exponential draws over their sum, and the sum of those of equal rewards is a gamma draw.</summary>
        public double Mean(ref RandomStream stream)
        {
            double total = stream.NextExponential(), sum = total;
            for (int i = 0; i < _length; i++)
            {
                double weight = _counts[i] == 1 ? stream.NextExponential() : new GammaDraw(_counts[i]).Next(ref stream);
                total += weight;
                sum += weight * _rewards[i];
            }

            return sum / total;
        }

        public void Persist(StateArchive archive)
        {
            double[] rewards = _rewards[.._length], counts = _counts[.._length];
            archive.Transfer(ref rewards);
            archive.Transfer(ref counts);
            if (!archive.IsLoading)
                return;
            if (rewards.Length != counts.Length)
                throw new CheckpointException("The checkpoint is damaged: an arm has other numbers of rewards and of their counts.");
            Clear();
            for (int i = 0; i < rewards.Length; i++)
                Add(rewards[i], counts[i]);
        }
    }
}
