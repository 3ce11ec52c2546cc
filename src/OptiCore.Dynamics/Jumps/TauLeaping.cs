using OptiCore.Persistence;

namespace OptiCore.Dynamics;

/// <summary>
/// Tau-leaping with the step size of Cao, Gillespie and Petzold: over a time tau in which no propensity is expected to change by more than a part ε of itself, reaction j happens
/// a Poisson number of times with mean a_j tau. Reactions that are near using up a reactant happen at most once a leap, and where a leap would cover few events the events are simulated exactly.
/// </summary>
/// <remarks>
/// <para>tau = min over reactants i of max(ε x_i / g_i, 1) / |μ_i| and its square over σ_i^2, with the rates μ_i and σ_i^2 of the mean and the variance of x_i, and g_i from the highest order of a
/// reaction in which i takes part. A leap that would make a number negative is tried again with half of it.</para>
/// <para>Cost of a leap: R Poisson numbers. The error is of the order of ε. Y. Cao, D. T. Gillespie, L. R. Petzold (2006), Efficient step size selection for the tau-leaping simulation
/// method; the critical reactions after Y. Cao, D. T. Gillespie, L. R. Petzold (2005), Avoiding negative populations in explicit Poisson tau-leaping.</para>
/// </remarks>
[Algorithm("Tau-leaping", "Jump processes", "Y. Cao, D. T. Gillespie, L. R. Petzold (2006), Efficient step size selection for the tau-leaping simulation method", Capabilities = "approximate, for many molecules")]
public sealed record TauLeaping : IJumpMethod
{
    /// <summary>The part ε by which propensities may change in a leap, in (0, 1). Default: 0.03, as in the paper.</summary>
    public double Tolerance { get; init => field = Require.InOpen(value, 0, 1); } = 0.03;

    /// <summary>A reaction that can happen fewer times than this before a reactant is used up is critical. Default: 10, as in the paper.</summary>
    public int CriticalFirings { get; init => field = Require.Positive(value); } = 10;

    /// <summary>A leap shorter than this many mean times between events isn't worth it. Default: 10, as in the paper.</summary>
    public double SmallestLeap { get; init => field = Require.NonNegative(value); } = 10;

    /// <summary>How many events are then simulated exactly before a leap is tried again. Default: 100, as in the paper.</summary>
    public int ExactEvents { get; init => field = Require.Positive(value); } = 100;

    /// <summary>The largest number of steps. Default: 1,000,000,000.</summary>
    public long MaxSteps { get; init => field = Require.Positive(value); } = 1_000_000_000;

    /// <inheritdoc/>
    public JumpState Start(ReactionNetwork network, double time, ReadOnlySpan<long> counts, double end, RandomKey key) => new State(this, network, time, counts, end, key);

    private sealed class State : JumpState
    {
        private readonly TauLeaping _method;
        private readonly bool[] _critical;
        private readonly double[] _mean;
        private readonly double[] _variance;
        private readonly long[] _trial;

        // For each species the highest order of a reaction that uses it, and the most of it that one of them needs; 0 where none does.
        private readonly int[] _order;
        private readonly int[] _need;
        private int _exact;

        public State(TauLeaping method, ReactionNetwork network, double time, ReadOnlySpan<long> counts, double end, RandomKey key)
            : base(network, time, counts, end, key, method.MaxSteps)
        {
            _method = method;
            int species = network.Species.Length;
            _critical = new bool[network.Reactions.Length];
            _mean = new double[species];
            _variance = new double[species];
            _trial = new long[species];
            _order = new int[species];
            _need = new int[species];
            foreach (Reaction reaction in network.Reactions)
            {
                int order = reaction.Order;
                foreach ((int i, int count) in reaction.Reactants.Span)
                {
                    if (order > _order[i])
                        (_order[i], _need[i]) = (order, count);
                    else if (order == _order[i])
                        _need[i] = Math.Max(_need[i], count);
                }
            }
        }

        public override void Persist(StateArchive archive)
        {
            base.Persist(archive);
            archive.Transfer(ref _exact);
        }

        private protected override void Prepare() => _exact = 0;

        private protected override bool Advance(double stop)
        {
            double total = 0;
            foreach (double a in Propensities)
                total += a;
            if (total == 0)
            {
                Wait(stop);
                return true;
            }

            if (_exact == 0)
            {
                FindCritical();
                double limit = LongestLeap();
                while (limit >= _method.SmallestLeap / total)
                {
                    if (TryLeap(limit, stop))
                        return MeasureAll();
                    limit *= 0.5;
                }

                _exact = _method.ExactEvents;
            }

            double when = Time + (Random.NextExponential() / total);
            int next = Choose(Random.NextDouble() * total, criticalOnly: false);
            if (when > stop)
            {
                Wait(stop);
                return true;
            }

            _exact--;
            if (!Fire(next, when))
                return false;
            foreach (int j in Network.Dependents[next])
            {
                if (!Measure(j))
                    return false;
            }

            return true;
        }

        private void FindCritical()
        {
            for (int j = 0; j < _critical.Length; j++)
            {
                long firings = long.MaxValue;
                foreach ((int species, long by) in Network.Changes[j])
                    firings = by < 0 ? Math.Min(firings, Counts[species] / -by) : firings;
                _critical[j] = Propensities[j] > 0 && firings < _method.CriticalFirings;
            }
        }

        /// <summary>Equations (32) and (33) of the paper, over the reactions that aren't critical.</summary>
        private double LongestLeap()
        {
            _mean.AsSpan().Clear();
            _variance.AsSpan().Clear();
            for (int j = 0; j < _critical.Length; j++)
            {
                if (_critical[j])
                    continue;
                foreach ((int species, long by) in Network.Changes[j])
                {
                    _mean[species] += by * Propensities[j];
                    _variance[species] += (double)by * by * Propensities[j];
                }
            }

            double tau = double.PositiveInfinity;
            for (int i = 0; i < _order.Length; i++)
            {
                if (_order[i] == 0)
                    continue;
                double change = Math.Max(_method.Tolerance * Counts[i] / Weight(i), 1);
                tau = Math.Min(tau, Math.Min(change / Math.Abs(_mean[i]), change * change / _variance[i]));
            }

            return tau;
        }

        /// <summary>The factor g_i: how much more a propensity changes, relative to itself, than the number of species i does.</summary>
        private double Weight(int i)
        {
            double x = Counts[i];
            return (_order[i], _need[i]) switch
            {
                (1, _) => 1,
                (2, 2) when x > 1 => 2 + (1 / (x - 1)),
                (3, 2) when x > 1 => 1.5 * (2 + (1 / (x - 1))),
                (3, 3) when x > 2 => 3 + (1 / (x - 1)) + (2 / (x - 2)),
                (int order, _) => order,
            };
        }

        private bool TryLeap(double limit, double stop)
        {
            double criticalTotal = 0;
            for (int j = 0; j < _critical.Length; j++)
                criticalTotal += _critical[j] ? Propensities[j] : 0;
            double toCritical = criticalTotal > 0 ? Random.NextExponential() / criticalTotal : double.PositiveInfinity;
            double tau = Math.Min(limit, toCritical), rest = stop - Time;
            bool cut = tau >= rest;
            if (cut)
                tau = rest;
            int critical = !cut && toCritical <= limit ? Choose(Random.NextDouble() * criticalTotal, criticalOnly: true) : -1;
            Counts.CopyTo(_trial);
            long events = 0;
            for (int j = 0; j < _critical.Length; j++)
            {
                long times = j == critical ? 1 : _critical[j] || Propensities[j] == 0 ? 0 : (long)Random.NextPoisson(Propensities[j] * tau);
                if (times == 0)
                    continue;
                events += times;
                foreach ((int species, long by) in Network.Changes[j])
                    _trial[species] += times * by;
            }

            foreach (long count in _trial)
            {
                if (count < 0)
                    return false;
            }

            Leap(_trial, events, cut ? stop : Time + tau);
            return true;
        }

        private bool MeasureAll()
        {
            for (int j = 0; j < _critical.Length; j++)
            {
                if (!Measure(j))
                    return false;
            }

            return true;
        }

        private int Choose(double level, bool criticalOnly)
        {
            int chosen = 0;
            for (int j = 0; j < _critical.Length; j++)
            {
                if (Propensities[j] == 0 || (criticalOnly && !_critical[j]))
                    continue;
                chosen = j;
                level -= Propensities[j];
                if (level < 0)
                    break;
            }

            return chosen;
        }
    }
}
