namespace OptiCore.Bandits;

/// <summary>
/// Softmax, or Boltzmann exploration: every arm once at first; then arm k with probability exp(mean_k / tau) / sum_j exp(mean_j / tau), where the temperature is
/// tau = max(<see cref="LowestTemperature"/>, <see cref="Temperature"/> t^-<see cref="Power"/>), t being the plays so far.
/// </summary>
/// <remarks>
/// <para>R. S. Sutton, A. G. Barto (1998), "Reinforcement learning: an introduction", section 2.3, at a constant temperature (<see cref="Power"/> = 0), when the regret grows linearly. Schedules as in N. Cesa-Bianchi, C. Gentile,
/// G. Lugosi, G. Neu (2017), "Boltzmann exploration done right": they show that none that is the same for all arms is near-optimal, a fast one may stay with a wrong arm, a slow one loses a constant share;
/// their remedy is <see cref="BoltzmannGumbel"/>.</para>
/// <para>O(K) a choice, one exponential an arm. Its use is where choice probabilities are wanted that follow the means smoothly. <see cref="BanditState.Scores"/> are the means.</para>
/// </remarks>
[Algorithm("Softmax (Boltzmann)", "Greedy", "R. S. Sutton, A. G. Barto (1998), Reinforcement learning: an introduction, section 2.3")]
public sealed record Softmax : IBanditPolicy
{
    /// <summary>The temperature at t = 1, in units of the rewards, positive. Default: 0.1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Temperature { get; init => field = Require.Positive(value); } = 0.1;

    /// <summary>The power of 1/t by which the temperature falls: 0 keeps it, 1/2 and 1 are usual. Default: 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double Power { get; init => field = Require.NonNegative(value); }

    /// <summary>The temperature below which it doesn't fall. Default: 0, at which only the best means are chosen.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double LowestTemperature { get; init => field = Require.NonNegative(value); }

    RewardRange IPolicy.Rewards => RewardRange.Finite;

    /// <inheritdoc/>
    public BanditState Start(int arms, RandomKey key) => new State(this, arms, key);

    private sealed class State : BanditState
    {
        private readonly Softmax _policy;
        private readonly ArmArray<double> _weights;
        private double _total;

        public State(Softmax policy, int arms, RandomKey key)
            : base(policy, arms, key)
        {
            _policy = policy;
            _weights = PerArm<double>(isSaved: false);
        }

        protected override int Select(long round)
        {
            int unplayed = Unplayed(round);
            if (unplayed >= 0)
                return unplayed;

            Weigh();
            double u = Key.Fold(round).Stream().NextDouble() * _total;
            int last = 0;
            for (int arm = 0; arm < Arms; arm++)
            {
                if (_weights[arm] == 0)
                    continue;
                last = arm;
                if (u < _weights[arm])
                    return arm;
                u -= _weights[arm];
            }

            return last;
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

            Weigh();
            for (int arm = 0; arm < probabilities.Length; arm++)
                probabilities[arm] = _weights[arm] / _total;
        }

        protected override void Score(Span<double> scores)
        {
            for (int arm = 0; arm < scores.Length; arm++)
                scores[arm] = Pulls[arm] == 0 ? double.PositiveInfinity : Means[arm];
        }

        /// <summary>Computes the weights relative to the best arm's, 1.</summary>
        private void Weigh()
        {
            double temperature = _policy.Power == 0 ? _policy.Temperature : _policy.Temperature * Math.Pow(Updates, -_policy.Power);
            temperature = Math.Max(temperature, _policy.LowestTemperature);
            double best = double.NegativeInfinity;
            foreach (double mean in Means)
                best = Math.Max(best, mean);
            _total = 0;
            for (int arm = 0; arm < Arms; arm++)
            {
                double distance = Means[arm] - best;
                _total += _weights[arm] = distance == 0 ? 1 : Math.Exp(distance / temperature);
            }
        }
    }
}
