using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// RUCB, relative upper confidence bounds: with u_ij = share of duels that i won against j + sqrt(alpha ln t / n_ij) and u_ii = 1/2, an arm that may still beat all others (u_cj &gt;= 1/2 for every j)
/// is compared with the one that is most likely to beat it, the largest u_jc.
/// </summary>
/// <remarks>
/// <para>M. Zoghi, S. Whiteson, R. Munos, M. de Rijke (2014), "Relative upper confidence bound for the k-armed dueling bandit problem", ICML, algorithm 1. Among several arms that may beat all others, the
/// hypothesised best, the last one that was the only such arm and has been one ever since, is taken with probability 1/2, or else one of the rest, each equally likely; without a hypothesis each equally likely; if
/// there is none at all, any arm. Ties of the second arm are broken at random, against the first arm itself. A pair that has never met has u = 2 (the paper's x / 0 := 1 in both terms).</para>
/// <para>Needs an arm that beats every other with a probability above 1/2, a Condorcet winner; no order of the others. Then for alpha &gt; 1/2 the regret is O(K ln T) after O(K^2) rounds. Where preferences
/// go round in a circle it grows by a constant a round: see <see cref="DoubleThompsonSampling"/>, which also loses less in practice.</para>
/// <para>O(K^2) an update, O(K) a choice.</para>
/// </remarks>
[Algorithm("RUCB", "Dueling", "M. Zoghi, S. Whiteson, R. Munos, M. de Rijke (2014), Relative upper confidence bound for the k-armed dueling bandit problem")]
public sealed record RelativeUcb : IDuelingPolicy
{
    /// <summary>The weight alpha of exploration, above 1/2. Default: 0.51, that of the paper's experiments.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't above 1/2 and finite.</exception>
    public double Alpha { get; init => field = Require.InOpenClosed(value, 0.5, double.MaxValue); } = 0.51;

    /// <inheritdoc/>
    public DuelingState Start(int arms, RandomKey key) => new State(this, arms, key);

    private sealed class State : DuelingState
    {
        private const int None = -1;

        private readonly RelativeUcb _policy;

        // Computed from the counts after every duel, so that choosing is O(K) and pure.
        private readonly bool[] _isCandidate;
        private readonly double[] _challenges;
        private int _candidates, _hypothesis = None;

        public State(RelativeUcb policy, int arms, RandomKey key)
            : base(policy, arms, key)
        {
            _policy = policy;
            _isCandidate = new bool[arms];
            _challenges = new double[arms * arms];
            Refresh();
        }

        public override void Persist(StateArchive archive)
        {
            base.Persist(archive);
            archive.Transfer(ref _hypothesis);
            if (archive.IsLoading)
                Refresh();
        }

        protected override Duel Select(long round)
        {
            RandomStream stream = Key.Fold(round).Stream();
            int first = First(ref stream);

            // The upper bounds of all arms against the first.
            ReadOnlySpan<double> bounds = _challenges.AsSpan(first * Arms, Arms);
            int second = first, ties = 0;
            double largest = 0.5;
            for (int arm = 0; arm < Arms; arm++)
            {
                if (arm == first || bounds[arm] < largest)
                    continue;
                if (bounds[arm] > largest || ties == 0)
                    (largest, second, ties) = (bounds[arm], arm, 1);
                else if (stream.NextDouble() * ++ties < 1)
                    second = arm;
            }

            return new Duel(first, second);
        }

        protected override void Learn(int winner, int loser) => Refresh();

        protected override void CountsChanged() => Refresh();

        protected override void Forget()
        {
            _hypothesis = None;
            Refresh();
        }

        private int First(ref RandomStream stream)
        {
            if (_candidates == 0)
                return Math.Min((int)(stream.NextDouble() * Arms), Arms - 1);
            bool hasHypothesis = _hypothesis != None;
            if (hasHypothesis && (_candidates == 1 || stream.NextDouble() < 0.5))
                return _hypothesis;

            int others = _candidates - (hasHypothesis ? 1 : 0);
            int skip = Math.Min((int)(stream.NextDouble() * others), others - 1);
            for (int arm = 0; ; arm++)
            {
                if (_isCandidate[arm] && arm != _hypothesis && skip-- == 0)
                    return arm;
            }
        }

        /// <summary>The bounds, the candidates and the hypothesis of the next round.</summary>
        private void Refresh()
        {
            double budget = _policy.Alpha * Math.Log(Updates + 1);
            _candidates = 0;
            int only = None;
            for (int arm = 0; arm < Arms; arm++)
            {
                bool isCandidate = true;
                for (int other = 0; other < Arms; other++)
                {
                    if (other == arm)
                        continue;
                    (double share, double width) = Estimate(arm, other, budget);
                    double bound = _challenges[(other * Arms) + arm] = share + width;
                    isCandidate &= bound >= 0.5;
                }

                _isCandidate[arm] = isCandidate;
                if (isCandidate)
                {
                    _candidates++;
                    only = arm;
                }
            }

            if (_candidates == 1)
                _hypothesis = only;
            else if (_hypothesis != None && !_isCandidate[_hypothesis])
                _hypothesis = None;
        }
    }
}
