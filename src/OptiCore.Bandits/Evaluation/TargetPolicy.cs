using System.Globalization;

namespace OptiCore.Bandits;

/// <summary>Writes the probabilities that a policy would give to all K actions.</summary>
/// <param name="decision">The logged decision: its context, and its actions at the positions before.</param>
/// <param name="position">The position, from 0.</param>
/// <param name="probabilities">Receives K probabilities that sum to 1; is 0 everywhere before.</param>
public delegate void ActionProbabilities(LoggedDecision decision, int position, Span<double> probabilities);

/// <summary>The policy that is to be evaluated, as the probabilities of all actions for each decision of a log: n L K numbers.</summary>
public sealed class TargetPolicy
{
    private readonly double[] _probabilities;

    private TargetPolicy(DecisionLog log, double[] probabilities, string name)
    {
        if (DecisionShape.LawFault(probabilities, log.Shape.Actions, name) is { } fault)
            throw new ArgumentException(fault.Message, name);
        _probabilities = probabilities;
        Shape = log.Shape;
    }

    /// <summary>The shape of the log's decisions.</summary>
    public DecisionShape Shape { get; }

    /// <summary>The probability of action a at position l of decision i, at i L K + l K + a.</summary>
    public ReadOnlySpan<double> Probabilities => _probabilities;

    /// <summary>The policy with the given probabilities.</summary>
    /// <param name="log">The log.</param>
    /// <param name="probabilities">n L K numbers; they are copied.</param>
    /// <exception cref="ArgumentException">The length is wrong, a number isn't a probability, or K of them don't sum to 1 within 1e-4; the message names the index.</exception>
    public static TargetPolicy From(DecisionLog log, ReadOnlySpan<double> probabilities)
    {
        int size = Size(log);
        Require.Length(probabilities.Length, size, nameof(probabilities));
        return new TargetPolicy(log, probabilities.ToArray(), nameof(probabilities));
    }

    /// <summary>The policy that a function describes.</summary>
    /// <param name="log">The log.</param>
    /// <param name="probabilities">Writes the probabilities of one position of one decision.</param>
    /// <exception cref="ArgumentException">What it wrote isn't a law; the message names the index among all n L K numbers.</exception>
    public static TargetPolicy From(DecisionLog log, ActionProbabilities probabilities)
    {
        double[] all = new double[Size(log)];
        ArgumentNullException.ThrowIfNull(probabilities);
        int actions = log.Shape.Actions, positions = log.Shape.Positions;
        for (int i = 0; i < log.Count; i++)
        {
            LoggedDecision decision = log[i];
            for (int l = 0; l < positions; l++)
                probabilities(decision, l, all.AsSpan(((i * positions) + l) * actions, actions));
        }

        return new TargetPolicy(log, all, nameof(probabilities));
    }

    /// <summary>A policy as it stands: it learns nothing from the log.</summary>
    /// <param name="log">The log, of one position a decision.</param>
    /// <param name="policy">The policy at work, of as many arms as the log has actions and as long contexts.</param>
    /// <exception cref="ArgumentException">The policy has another number of arms or length of context than the log, or the log has several positions.</exception>
    public static TargetPolicy From(DecisionLog log, PolicyState policy)
    {
        ArgumentNullException.ThrowIfNull(log);
        ArgumentNullException.ThrowIfNull(policy);
        OffPolicy.RequireOnePosition(log, nameof(log));
        OffPolicy.RequireFits(log, policy);
        return From(log, (decision, _, probabilities) => policy.Probabilities(policy.ContextLength == 0 ? [] : decision.Context, policy.Updates, probabilities));
    }

    /// <summary>The policy that takes every action with probability 1 / K.</summary>
    /// <param name="log">The log.</param>
    public static TargetPolicy Uniform(DecisionLog log)
    {
        double[] all = new double[Size(log)];
        Array.Fill(all, 1.0 / log.Shape.Actions);
        return new TargetPolicy(log, all, nameof(log));
    }

    /// <summary>The policy that takes the given actions.</summary>
    /// <param name="log">The log.</param>
    /// <param name="actions">The action of each position of each decision, n L numbers.</param>
    /// <exception cref="ArgumentException">The length is wrong.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such action; the message names the index.</exception>
    public static TargetPolicy Deterministic(DecisionLog log, ReadOnlySpan<int> actions)
    {
        double[] all = new double[Size(log)];
        int count = log.Shape.Actions;
        Require.Length(actions.Length, all.Length / count, nameof(actions));
        for (int i = 0; i < actions.Length; i++)
        {
            if ((uint)actions[i] >= (uint)count)
                throw new ArgumentOutOfRangeException(nameof(actions), actions[i], string.Create(CultureInfo.InvariantCulture, $"actions[{i}] is {actions[i]} but must be one of 0 to {count - 1}."));
            all[(i * count) + actions[i]] = 1;
        }

        return new TargetPolicy(log, all, nameof(actions));
    }

    /// <summary>The same policy for some of the decisions.</summary>
    internal TargetPolicy Select(DecisionLog selected, ReadOnlySpan<int> indices)
    {
        int row = Shape.Positions * Shape.Actions;
        double[] all = new double[indices.Length * row];
        for (int i = 0; i < indices.Length; i++)
            _probabilities.AsSpan(indices[i] * row, row).CopyTo(all.AsSpan(i * row));
        return new TargetPolicy(selected, all, nameof(indices));
    }

    private static int Size(DecisionLog log)
    {
        ArgumentNullException.ThrowIfNull(log);
        return checked(log.Count * log.Shape.Positions * log.Shape.Actions);
    }
}
