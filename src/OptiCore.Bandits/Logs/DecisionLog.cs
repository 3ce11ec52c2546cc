using System.Globalization;
using System.Runtime.InteropServices;

namespace OptiCore.Bandits;

/// <summary>Logged decisions in memory, column by column: what off-policy estimators read.</summary>
/// <remarks>
/// Filled by <see cref="Add(in LoggedDecision)"/>, <see cref="Read(Stream)"/> or <see cref="From"/>; every decision is checked when it comes in, so that estimators needn't.
/// Element (i, l) of a column of n L numbers is at i L + l, the probability of action a at i L K + l K + a.
/// </remarks>
public sealed class DecisionLog
{
    private readonly List<double> _contexts = [], _propensities = [], _rewards = [], _delays = [], _probabilities = [];
    private readonly List<int> _actions = [];

    /// <summary>An empty log.</summary>
    /// <param name="shape">What the decisions have in common.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size of the shape is too small.</exception>
    public DecisionLog(DecisionShape shape)
    {
        shape.Validate();
        Shape = shape;
    }

    /// <summary>What the decisions have in common.</summary>
    public DecisionShape Shape { get; }

    /// <summary>The number n of decisions.</summary>
    public int Count => _delays.Count;

    /// <summary>The contexts, n d numbers.</summary>
    public ReadOnlySpan<double> Contexts => CollectionsMarshal.AsSpan(_contexts);

    /// <summary>The features of an action in a decision, f numbers; empty where actions have none of their own.</summary>
    /// <param name="index">The decision, from 0.</param>
    /// <param name="action">The action, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such decision or action.</exception>
    public ReadOnlySpan<double> ActionFeatures(int index, int action)
    {
        if ((uint)action >= (uint)Shape.Actions)
            throw new ArgumentOutOfRangeException(nameof(action), action, string.Create(CultureInfo.InvariantCulture, $"action is {action} but must be one of 0 to {Shape.Actions - 1}."));
        return Shape.FeaturesOf(this[index].Context, action);
    }

    /// <summary>The actions taken, n L numbers.</summary>
    public ReadOnlySpan<int> Actions => CollectionsMarshal.AsSpan(_actions);

    /// <summary>The probabilities with which they were taken, n L numbers.</summary>
    public ReadOnlySpan<double> Propensities => CollectionsMarshal.AsSpan(_propensities);

    /// <summary>The rewards, n L numbers.</summary>
    public ReadOnlySpan<double> Rewards => CollectionsMarshal.AsSpan(_rewards);

    /// <summary>The delays of the rewards, n numbers.</summary>
    public ReadOnlySpan<double> Delays => CollectionsMarshal.AsSpan(_delays);

    /// <summary>The logging policy's probabilities of all actions, n L K numbers; empty where the log doesn't hold them.</summary>
    public ReadOnlySpan<double> Probabilities => CollectionsMarshal.AsSpan(_probabilities);

    /// <summary>The number, from 1, of the last line of the file if it was torn by a crash and therefore isn't in this log, else 0.</summary>
    public long TornLine { get; private init; }

    /// <summary>One decision; its spans hold until the log is added to.</summary>
    /// <param name="index">Which, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such decision.</exception>
    public LoggedDecision this[int index]
    {
        get
        {
            if ((uint)index >= (uint)Count)
                throw new ArgumentOutOfRangeException(nameof(index), index, string.Create(CultureInfo.InvariantCulture, $"index is {index} but the log holds {Count} decisions."));
            int d = Shape.ContextLength, l = Shape.Positions, p = Shape.HasProbabilities ? l * Shape.Actions : 0;
            return new LoggedDecision
            {
                Context = Contexts.Slice(index * d, d),
                Actions = Actions.Slice(index * l, l),
                Propensities = Propensities.Slice(index * l, l),
                Rewards = Rewards.Slice(index * l, l),
                Delay = Delays[index],
                Probabilities = Probabilities.Slice(index * p, p),
            };
        }
    }

    /// <summary>Reads a log that <see cref="DecisionLogWriter"/> wrote.</summary>
    /// <param name="stream">The log; stays open.</param>
    /// <exception cref="InvalidDataException">It isn't a log of decisions, or a line is damaged; the message names the line. A torn last line isn't an error: see <see cref="TornLine"/>.</exception>
    public static DecisionLog Read(Stream stream)
    {
        using var reader = new DecisionLogReader(stream, leaveOpen: true);
        var decisions = new DecisionLog(reader.Shape);
        while (reader.Read())
            decisions.Append(reader.Current);
        return reader.TornLine == 0 ? decisions : new DecisionLog(decisions, reader.TornLine);
    }

    /// <summary>The impressions of an Open Bandit log: the context is the position (one number, as logged), the action the item, the reward the click.</summary>
    /// <param name="log">The log.</param>
    /// <param name="actions">The number of items; 0 takes those of the log.</param>
    /// <exception cref="ArgumentException">The log names an item beyond <paramref name="actions"/>.</exception>
    public static DecisionLog From(OpenBanditLog log, int actions = 0)
    {
        ArgumentNullException.ThrowIfNull(log);
        Require.NonNegative(actions, nameof(actions));
        var decisions = new DecisionLog(new DecisionShape(actions == 0 ? log.ItemCount : actions, ContextLength: 1));
        for (int i = 0; i < log.Count; i++)
            decisions.Add([log.Positions[i]], log.Items[i], log.Propensities[i], log.Clicks[i]);
        return decisions;
    }

    /// <summary>Adds a decision.</summary>
    /// <param name="decision">The decision; it is copied.</param>
    /// <exception cref="ArgumentException">It isn't of the log's <see cref="Shape"/>, a propensity isn't in (0, 1], or a number isn't finite; the message names the index of the decision.</exception>
    public void Add(in LoggedDecision decision)
    {
        if (Shape.Fault(decision) is { } fault)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Decision {Count}: {fault.Message}"), nameof(decision));
        Append(decision);
    }

    /// <summary>Adds the decision of a bandit that takes one action.</summary>
    /// <param name="context">The context.</param>
    /// <param name="action">The action, from 0.</param>
    /// <param name="propensity">Its probability under the policy that took it, in (0, 1].</param>
    /// <param name="reward">Its reward.</param>
    /// <param name="delay">The time until the reward came.</param>
    /// <exception cref="ArgumentException">As in <see cref="Add(in LoggedDecision)"/>.</exception>
    public void Add(ReadOnlySpan<double> context, int action, double propensity, double reward, double delay = 0) => Add(new LoggedDecision
    {
        Context = context,
        Actions = new ReadOnlySpan<int>(in action),
        Propensities = new ReadOnlySpan<double>(in propensity),
        Rewards = new ReadOnlySpan<double>(in reward),
        Delay = delay,
    });

    /// <summary>A log of some of the decisions, in the order named; one may be named more than once.</summary>
    /// <param name="indices">Which, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such decision.</exception>
    public DecisionLog Select(ReadOnlySpan<int> indices)
    {
        var selected = new DecisionLog(Shape);
        foreach (int index in indices)
            selected.Append(this[index]);
        return selected;
    }

    /// <summary>Writes the log as a file of its own.</summary>
    /// <param name="stream">Receives UTF-8; stays open.</param>
    public void Write(Stream stream)
    {
        using var writer = new DecisionLogWriter(stream, Shape, leaveOpen: true);
        for (int i = 0; i < Count; i++)
            writer.Write(this[i]);
    }

    private DecisionLog(DecisionLog other, long tornLine)
        : this(other.Shape)
    {
        (_contexts, _actions, _propensities, _rewards, _delays, _probabilities) =
            (other._contexts, other._actions, other._propensities, other._rewards, other._delays, other._probabilities);
        TornLine = tornLine;
    }

    private void Append(in LoggedDecision decision)
    {
        _contexts.AddRange(decision.Context);
        _actions.AddRange(decision.Actions);
        _propensities.AddRange(decision.Propensities);
        _rewards.AddRange(decision.Rewards);
        _delays.Add(decision.Delay);
        _probabilities.AddRange(decision.Probabilities);
    }
}
