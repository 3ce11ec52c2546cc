using OptiCore.Persistence;

namespace OptiCore.Dynamics;

/// <summary>
/// Gillespie's direct method: exact simulation, event by event. The time to the next event is exponential with rate a0 = sum of the propensities, and it is reaction j with
/// probability a_j / a0.
/// </summary>
/// <remarks>
/// Cost of an event: the sum over R reactions, and the propensities that depend on what changed. With hundreds of reactions prefer <see cref="NextReaction"/>, with many molecules
/// <see cref="TauLeaping"/>. D. T. Gillespie (1977), Exact stochastic simulation of coupled chemical reactions.
/// </remarks>
[Algorithm("Gillespie's direct method", "Jump processes", "D. T. Gillespie (1977), Exact stochastic simulation of coupled chemical reactions", Capabilities = "exact")]
public sealed record GillespieDirect : IJumpMethod
{
    /// <summary>The largest number of events. Default: 1,000,000,000.</summary>
    public long MaxSteps { get; init => field = Require.Positive(value); } = 1_000_000_000;

    /// <inheritdoc/>
    public JumpState Start(ReactionNetwork network, double time, ReadOnlySpan<long> counts, double end, RandomKey key) => new State(this, network, time, counts, end, key);

    private sealed class State(GillespieDirect method, ReactionNetwork network, double time, ReadOnlySpan<long> counts, double end, RandomKey key)
        : JumpState(network, time, counts, end, key, method.MaxSteps)
    {
        // The event that comes next; kept when it lies behind the end, so that stops on the way change nothing.
        private double _nextTime;
        private int _next;
        private bool _pending;

        public override void Persist(StateArchive archive)
        {
            base.Persist(archive);
            archive.Transfer(ref _nextTime);
            archive.Transfer(ref _next);
            archive.Transfer(ref _pending);
            if (archive.IsLoading && (_next < 0 || _next >= Network.Reactions.Length))
                throw new CheckpointException("The saved state is damaged: the next reaction is numbered impossibly.");
        }

        private protected override void Prepare()
        {
            _pending = false;
            _next = 0;
        }

        private protected override bool Advance(double stop)
        {
            if (!_pending)
            {
                double total = Sum();
                _nextTime = total > 0 ? Time + (Random.NextExponential() / total) : double.PositiveInfinity;
                _next = total > 0 ? Choose(Random.NextDouble() * total) : 0;
                _pending = true;
            }

            if (_nextTime > stop)
            {
                Wait(stop);
                return true;
            }

            if (!Fire(_next, _nextTime))
                return false;
            _pending = false;
            foreach (int j in Network.Dependents[_next])
            {
                if (!Measure(j))
                    return false;
            }

            return true;
        }

        private double Sum()
        {
            double sum = 0;
            foreach (double a in Propensities)
                sum += a;
            return sum;
        }

        /// <summary>The first reaction with whose propensity the sum goes beyond a level; rounding never chooses one of propensity 0.</summary>
        private int Choose(double level)
        {
            int chosen = 0;
            for (int j = 0; j < Propensities.Length; j++)
            {
                if (Propensities[j] == 0)
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
