using System.Diagnostics.Metrics;

namespace OptiCore.Bandits;

/// <summary>The metrics of a service, of the meter <c>OptiCore.Bandits</c> with the tag <c>service</c>. Without a listener each costs a test of a flag.</summary>
internal sealed class DecisionMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _decisions, _rewards, _givenUp, _removed;
    private readonly Histogram<double> _reward;

    public DecisionMetrics(string name, Func<int> pending)
    {
        _meter = new Meter(new MeterOptions("OptiCore.Bandits") { Tags = [new KeyValuePair<string, object?>("service", name)] });
        _decisions = _meter.CreateCounter<long>("opticore.bandits.decisions", "{decision}", "Decisions made.");
        _rewards = _meter.CreateCounter<long>("opticore.bandits.rewards", "{reward}", "Rewards learnt from.");
        _givenUp = _meter.CreateCounter<long>("opticore.bandits.given_up", "{decision}", "Decisions given up without a reward.");
        _removed = _meter.CreateCounter<long>("opticore.bandits.removed", "{reward}", "Rewards of actions that had been removed.");
        _reward = _meter.CreateHistogram<double>("opticore.bandits.reward", description: "The rewards learnt from.");
        _meter.CreateObservableGauge("opticore.bandits.pending", pending, "{decision}", "Decisions that wait for their rewards.");
    }

    public void Decided() => _decisions.Add(1);

    public void GivenUp() => _givenUp.Add(1);

    public void Rewarded(double reward, RewardOutcome outcome)
    {
        if (outcome == RewardOutcome.ActionRemoved)
        {
            _removed.Add(1);
            return;
        }

        _rewards.Add(1);
        _reward.Record(reward);
    }

    public void Dispose() => _meter.Dispose();
}
