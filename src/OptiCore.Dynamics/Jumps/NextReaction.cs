using OptiCore.Persistence;

namespace OptiCore.Dynamics;

/// <summary>
/// The next reaction method: exact simulation with a clock for every reaction in a heap. When a propensity changes from a to a', the rest of its clock is scaled by a / a'; only the reaction that
/// happened, or one that became possible, draws anew.
/// </summary>
/// <remarks>
/// Cost of an event: one random number, and log2 R operations for each propensity that depends on what changed, for R reactions. M. A. Gibson, J. Bruck (2000), Efficient exact
/// stochastic simulation of chemical systems with many species and many channels.
/// </remarks>
[Algorithm("Next reaction method", "Jump processes", "M. A. Gibson, J. Bruck (2000), Efficient exact stochastic simulation of chemical systems with many species and many channels", Capabilities = "exact, for many reactions")]
public sealed record NextReaction : IJumpMethod
{
    /// <summary>The largest number of events. Default: 1,000,000,000.</summary>
    public long MaxSteps { get; init => field = Require.Positive(value); } = 1_000_000_000;

    /// <inheritdoc/>
    public JumpState Start(ReactionNetwork network, double time, ReadOnlySpan<long> counts, double end, RandomKey key) => new State(this, network, time, counts, end, key);

    private sealed class State : JumpState
    {
        private readonly double[] _clocks;

        // A binary heap of reactions by clock, and where each reaction is in it.
        private readonly int[] _heap;
        private readonly int[] _place;

        public State(NextReaction method, ReactionNetwork network, double time, ReadOnlySpan<long> counts, double end, RandomKey key)
            : base(network, time, counts, end, key, method.MaxSteps)
        {
            _clocks = new double[network.Reactions.Length];
            _heap = new int[_clocks.Length];
            _place = new int[_clocks.Length];
        }

        public override void Persist(StateArchive archive)
        {
            base.Persist(archive);
            archive.Transfer<double>(_clocks);
            archive.Transfer<int>(_heap);
            archive.Transfer<int>(_place);
            for (int i = 0; archive.IsLoading && Work.Steps > 0 && i < _heap.Length; i++)
            {
                if ((uint)_heap[i] >= (uint)_heap.Length || _place[_heap[i]] != i)
                    throw new CheckpointException("The saved state is damaged: the order of the clocks is impossible.");
            }
        }

        private protected override void Prepare()
        {
            for (int j = 0; j < _clocks.Length; j++)
            {
                _clocks[j] = Clock(j);
                _heap[j] = _place[j] = j;
            }

            for (int i = (_heap.Length / 2) - 1; i >= 0; i--)
                Sink(i);
        }

        private protected override bool Advance(double stop)
        {
            int next = _heap[0];
            double when = _clocks[next];
            if (when > stop)
            {
                Wait(stop);
                return true;
            }

            if (!Fire(next, when))
                return false;
            foreach (int j in Network.Dependents[next])
            {
                double before = Propensities[j];
                if (!Measure(j))
                    return false;
                double after = Propensities[j];
                if (j == next || before == 0)
                    _clocks[j] = Clock(j);
                else if (after != before)
                    _clocks[j] = after > 0 ? Time + (before / after * (_clocks[j] - Time)) : double.PositiveInfinity;
                Sink(Rise(_place[j]));
            }

            return true;
        }

        private double Clock(int reaction) => Propensities[reaction] > 0 ? Time + (Random.NextExponential() / Propensities[reaction]) : double.PositiveInfinity;

        private int Rise(int i)
        {
            while (i > 0 && _clocks[_heap[i]] < _clocks[_heap[(i - 1) / 2]])
            {
                Swap(i, (i - 1) / 2);
                i = (i - 1) / 2;
            }

            return i;
        }

        private void Sink(int i)
        {
            while (true)
            {
                int child = (2 * i) + 1;
                if (child >= _heap.Length)
                    return;
                if (child + 1 < _heap.Length && _clocks[_heap[child + 1]] < _clocks[_heap[child]])
                    child++;
                if (_clocks[_heap[i]] <= _clocks[_heap[child]])
                    return;
                Swap(i, child);
                i = child;
            }
        }

        private void Swap(int i, int j)
        {
            (_heap[i], _heap[j]) = (_heap[j], _heap[i]);
            _place[_heap[i]] = i;
            _place[_heap[j]] = j;
        }
    }
}
