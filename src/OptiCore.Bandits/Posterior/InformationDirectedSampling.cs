using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>What information-directed sampling counts as information.</summary>
public enum InformationGain
{
    /// <summary>The mutual information between the best arm and the reward of an arm.</summary>
    Entropy,

    /// <summary>The variance of an arm's expected reward over which arm is best, a lower bound of half the mutual information.</summary>
    Variance,
}

/// <summary>
/// Information-directed sampling with Beta priors: plays at random by the distribution pi that makes (sum pi_k D_k)^2 / sum pi_k g_k smallest, D_k being the expected regret of arm k and g_k what its
/// reward is expected to tell about which arm is best.
/// </summary>
/// <remarks>
/// <para>D. Russo, B. Van Roy (2014), "Learning to optimize via information-directed sampling", NIPS (Operations Research 66, 2018), algorithm for Beta-Bernoulli bandits. With P(a) the probability that arm a is the best, M(k|a) the
/// expected value of arm k if it is, and m_k = sum P(a) M(k|a): D_k = sum_a P(a) M(a|a) - m_k; g_k = sum_a P(a) kl(M(k|a), m_k), or sum_a P(a) (M(k|a) - m_k)^2. A minimiser has at most two arms (proposition 6);
/// all pairs are tried, each in closed form. Bayesian regret at most sqrt(K H T / 2), H being the entropy of the best arm under the prior.</para>
/// <para>The posteriors are computed on <see cref="GridPoints"/> equal cells of [0, 1], from which P and M follow by sums, as in the paper. An update costs GridPoints exponentials and GridPoints K^2 multiplications: some thousand times
/// a choice of <see cref="ThompsonSampling"/>, which it beats where plays are few and dear, or where some arms tell more than others. Fractions of rewards count by coins as there.
/// <see cref="BanditState.Scores"/> are the posterior means.</para>
/// </remarks>
[Algorithm("Information-directed sampling (Beta-Bernoulli)", "Posterior sampling", "D. Russo, B. Van Roy (2014), Learning to optimize via information-directed sampling")]
public sealed record InformationDirectedSampling : IBanditPolicy
{
    /// <summary>The prior's successes, positive. Default: 1 (uniform prior).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Alpha { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The prior's failures, positive. Default: 1 (uniform prior).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Beta { get; init => field = Require.Positive(value); } = 1;

    /// <summary>What counts as information. Default: the mutual information.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't defined.</exception>
    public InformationGain Gain { get; init => field = Require.Defined(value); }

    /// <summary>The number of cells, at least 16. A posterior's standard deviation should be above a cell: n rewards need about 2 sqrt(n). Default: 1000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 16.</exception>
    public int GridPoints { get; init => field = Require.AtLeast(value, 16); } = 1000;

    RewardRange IPolicy.Rewards => RewardRange.Unit;

    /// <inheritdoc/>
    public BanditState Start(int arms, RandomKey key) => new State(this, arms, key);

    private sealed class State : BanditState
    {
        private readonly InformationDirectedSampling _policy;
        private readonly int _cells;
        private readonly double[] _x, _logX, _logRest, _product;
        private readonly ArmArray<double> _successes;
        private readonly ArmArray<double> _mass, _below, _meanBelow, _best;
        private readonly ArmArray<double> _probabilities, _expected, _isBest, _information;
        private double[] _conditional = [];
        private RandomKey _coins;

        public State(InformationDirectedSampling policy, int arms, RandomKey key)
            : base(policy, arms, key)
        {
            _policy = policy;
            _cells = policy.GridPoints;
            (_x, _logX, _logRest, _product) = (new double[_cells], new double[_cells], new double[_cells], new double[_cells]);
            for (int i = 0; i < _cells; i++)
            {
                _x[i] = (i + 0.5) / _cells;
                _logX[i] = Math.Log(_x[i]);
                _logRest[i] = Math.Log(1 - _x[i]);
            }

            _successes = PerArm<double>();
            _mass = PerArm<double>(_cells, isSaved: false);
            _below = PerArm<double>(_cells, isSaved: false);
            _meanBelow = PerArm<double>(_cells, isSaved: false);
            _best = PerArm<double>(_cells, isSaved: false);
            _probabilities = PerArm<double>(isSaved: false);
            _expected = PerArm<double>(isSaved: false);
            _isBest = PerArm<double>(isSaved: false);
            _information = PerArm<double>(isSaved: false);
            ArmsChanged();
        }

        public override void Persist(StateArchive archive)
        {
            base.Persist(archive);
            if (archive.IsLoading)
                Forget();
        }

        protected override int Select(long round)
        {
            double u = Key.Fold(round).Stream().NextDouble();
            int last = 0;
            for (int arm = 0; arm < Arms; arm++)
            {
                double p = _probabilities[arm];
                if (p == 0)
                    continue;
                last = arm;
                if (u < p)
                    break;
                u -= p;
            }

            return last;
        }

        protected override void Distribute(long round, Span<double> probabilities) => _probabilities.Span.CopyTo(probabilities);

        protected override void Score(Span<double> scores)
        {
            for (int arm = 0; arm < scores.Length; arm++)
                scores[arm] = (_policy.Alpha + _successes[arm]) / (_policy.Alpha + _policy.Beta + Pulls[arm]);
        }

        protected override void Learn(int arm, double reward)
        {
            if (BetaCounts.IsSuccess(reward, _coins, Updates))
                _successes[arm]++;
            Condition(arm);
            Decide();
        }

        protected override void Absorb(PolicyState other)
        {
            base.Absorb(other);
            for (int arm = 0; arm < Arms; arm++)
                _successes[arm] += ((State)other)._successes[arm];
        }

        protected override void ArmsChanged()
        {
            _conditional = new double[Arms * Arms];
            Forget();
        }

        protected override void Forget()
        {
            _coins = Key.Fold("reward coins");
            for (int arm = 0; arm < Arms; arm++)
                Condition(arm);
            Decide();
        }

        /// <summary>An arm's posterior on the cells: its mass, the probability below the middle of a cell, and the mean below it.</summary>
        private void Condition(int arm)
        {
            double a = _policy.Alpha + _successes[arm] - 1, b = _policy.Beta + Pulls[arm] - _successes[arm] - 1;
            Span<double> mass = _mass.Of(arm), below = _below.Of(arm), meanBelow = _meanBelow.Of(arm);
            double largest = double.NegativeInfinity, total = 0;
            for (int i = 0; i < _cells; i++)
                largest = Math.Max(largest, mass[i] = (a * _logX[i]) + (b * _logRest[i]));
            for (int i = 0; i < _cells; i++)
                total += mass[i] = Math.Exp(mass[i] - largest);
            double sum = 0, moment = 0;
            for (int i = 0; i < _cells; i++)
            {
                double m = mass[i] /= total, half = 0.5 * m;
                below[i] = sum + half;
                meanBelow[i] = below[i] > 0 ? (moment + (half * _x[i])) / below[i] : 0;
                sum += m;
                moment += m * _x[i];
            }
        }

        private void Decide()
        {
            int arms = Arms;

            // best_a(x) = mass_a(x) prod over j != a of P(theta_j < x): products before and after, without a division.
            _product.AsSpan().Fill(1);
            for (int a = 0; a < arms; a++)
                Multiply(a, isAfter: false);
            _product.AsSpan().Fill(1);
            for (int a = arms - 1; a >= 0; a--)
                Multiply(a, isAfter: true);

            double totalBest = 0, optimum = 0;
            for (int a = 0; a < arms; a++)
            {
                ReadOnlySpan<double> best = _best.Of(a);
                double p = 0;
                foreach (double value in best)
                    p += value;
                _isBest[a] = p;
                totalBest += p;
                for (int k = 0; k < arms; k++)
                    _conditional[(a * arms) + k] = p > 0 ? Reduce.Dot<double>(best, k == a ? _x : _meanBelow.Of(k)) / p : 0;
            }

            _expected.Span.Clear();
            for (int a = 0; a < arms; a++)
            {
                double p = _isBest[a] /= totalBest;
                optimum += p * _conditional[(a * arms) + a];
                for (int k = 0; k < arms; k++)
                    _expected[k] += p * _conditional[(a * arms) + k];
            }

            for (int k = 0; k < arms; k++)
                _information[k] = Information(k);
            Minimise(optimum);
        }

        private void Multiply(int arm, bool isAfter)
        {
            Span<double> best = _best.Of(arm), mass = _mass.Of(arm), below = _below.Of(arm), product = _product;
            for (int i = 0; i < product.Length; i++)
            {
                best[i] = (isAfter ? best[i] : mass[i]) * product[i];
                product[i] *= below[i];
            }
        }

        private double Information(int arm)
        {
            double information = 0, mean = _expected[arm];
            for (int a = 0; a < Arms; a++)
            {
                double conditional = _conditional[(a * Arms) + arm];
                if (_isBest[a] == 0)
                    continue;
                information += _isBest[a] * (_policy.Gain == InformationGain.Variance
                    ? (conditional - mean) * (conditional - mean)
                    : Math.Max(0, default(BernoulliDivergence).Between(conditional, mean)));
            }

            return information;
        }

        /// <summary>The ratio is convex in the distribution, so that the mean of all minimising pairs is a minimiser; it doesn't depend on how the arms are numbered.</summary>
        private void Minimise(double optimum)
        {
            double smallest = double.PositiveInfinity;
            for (int a = 0; a < Arms; a++)
            {
                for (int b = a; b < Arms; b++)
                {
                    Pair pair = PairOf(a, b, optimum);
                    smallest = Math.Min(Math.Min(smallest, pair.Ratio(1)), Math.Min(pair.Ratio(0), pair.Ratio(pair.Stationary)));
                }
            }

            Span<double> probabilities = _probabilities.Span;
            probabilities.Clear();
            if (double.IsPositiveInfinity(smallest))
            {
                // Nothing is left to learn: the best arm.
                int best = 0;
                for (int a = 1; a < Arms; a++)
                    best = _expected[a] > _expected[best] ? a : best;
                probabilities[best] = 1;
                return;
            }

            double limit = smallest * (1 + 1e-9), count = 0;
            for (int a = 0; a < Arms; a++)
            {
                for (int b = a; b < Arms; b++)
                {
                    Pair pair = PairOf(a, b, optimum);
                    foreach (double q in (ReadOnlySpan<double>)[1, 0, pair.Stationary])
                    {
                        if (!(pair.Ratio(q) <= limit) || (a == b && q != 1))
                            continue;
                        probabilities[a] += q;
                        probabilities[b] += 1 - q;
                        count++;
                    }
                }
            }

            foreach (ref double p in probabilities)
                p /= count;
        }

        private Pair PairOf(int a, int b, double optimum) =>
            new(Math.Max(0, optimum - _expected[a]), Math.Max(0, optimum - _expected[b]), _information[a], _information[b]);

        /// <summary>The ratio of a distribution q on one arm and 1 - q on another.</summary>
        private readonly struct Pair(double regret, double otherRegret, double gain, double otherGain)
        {
            /// <summary>Where the ratio is stationary in (0, 1), 2 slope (other gain + q growth) = growth (other regret + q slope); NaN if nowhere.</summary>
            public double Stationary
            {
                get
                {
                    double slope = regret - otherRegret, growth = gain - otherGain;
                    double q = ((growth * otherRegret) - (2 * slope * otherGain)) / (slope * growth);
                    return q > 0 && q < 1 ? q : double.NaN;
                }
            }

            /// <summary>The squared expected regret over the information; infinity for NaN.</summary>
            public double Ratio(double q)
            {
                double loss = otherRegret + (q * (regret - otherRegret)), information = otherGain + (q * (gain - otherGain));
                return double.IsNaN(q) ? double.PositiveInfinity : loss == 0 ? 0 : loss * loss / Math.Max(information, 0);
            }
        }
    }
}
