namespace OptiCore.Bandits;

/// <summary>One decision with what came of it: what the logging policy saw, what it did, how probable that was, what it earned and when.</summary>
/// <remarks>
/// A decision has L positions: 1 for an ordinary bandit, more for a slate or a ranking. The spans belong to the caller, or to the <see cref="DecisionLog"/> or <see cref="DecisionLogReader"/> that
/// handed them out; a reader's hold until its next line. Nothing is copied, nothing is allocated.
/// </remarks>
public readonly ref struct LoggedDecision
{
    /// <summary>The context, d finite numbers; empty for a bandit without contexts. Where actions have features of their own, those are its end: see <see cref="DecisionShape.FeaturesOf"/>.</summary>
    public ReadOnlySpan<double> Context { get; init; }

    /// <summary>The action taken at each position, from 0.</summary>
    public required ReadOnlySpan<int> Actions { get; init; }

    /// <summary>The probability, in (0, 1], with which the logging policy took that action at that position, given the context and the actions at the positions before.</summary>
    public required ReadOnlySpan<double> Propensities { get; init; }

    /// <summary>The reward of each position, finite.</summary>
    public required ReadOnlySpan<double> Rewards { get; init; }

    /// <summary>The time between the decision and its reward, in the caller's unit, at least 0. Default: 0.</summary>
    public double Delay { get; init; }

    /// <summary>The probabilities that the logging policy gave to all K actions, position after position (L K numbers); empty where the log keeps only <see cref="Propensities"/>.</summary>
    public ReadOnlySpan<double> Probabilities { get; init; }
}
