using System.Globalization;

namespace OptiCore.Bandits;

/// <summary>What all decisions of a log have in common: how many numbers are in a context, how many actions and positions there are, and what is kept of the logging policy.</summary>
/// <param name="Actions">The number K of actions, at least 1.</param>
/// <param name="ContextLength">The number d of numbers in a context, at least 0.</param>
/// <param name="Positions">The number L of positions of a decision: 1, or the length of a slate or ranking.</param>
/// <param name="HasProbabilities">Whether a decision holds the logging policy's probabilities of all actions, and not only of the ones it took.</param>
/// <param name="ActionFeatureCount">The number f of features that each action has of its own: the last K f numbers of a context are those of action after action. 0 where actions have none.</param>
public readonly record struct DecisionShape(int Actions, int ContextLength = 0, int Positions = 1, bool HasProbabilities = false, int ActionFeatureCount = 0)
{
    /// <summary>How far the sum of probabilities may lie from 1: a table rounded to six digits still counts as a law.</summary>
    internal const double SumTolerance = 1e-4;

    /// <summary>The numbers of a context that all actions share, those before the features of actions.</summary>
    public int SharedLength => ContextLength - (Actions * ActionFeatureCount);

    /// <summary>The shape of decisions whose actions have features of their own.</summary>
    /// <param name="actions">The number K of actions, at least 1.</param>
    /// <param name="actionFeatureCount">The number f of features of each, at least 1.</param>
    /// <param name="sharedLength">The numbers that come before them in a context, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is too small.</exception>
    public static DecisionShape WithActionFeatures(int actions, int actionFeatureCount, int sharedLength = 0) => new(
        Require.Positive(actions, nameof(actions)),
        checked(Require.NonNegative(sharedLength, nameof(sharedLength)) + (actions * Require.Positive(actionFeatureCount, nameof(actionFeatureCount)))),
        ActionFeatureCount: actionFeatureCount);

    /// <summary>The numbers of a context that all actions share.</summary>
    /// <param name="context">The context of a decision.</param>
    public ReadOnlySpan<double> SharedContext(ReadOnlySpan<double> context) => context[..SharedLength];

    /// <summary>The features of an action in a context.</summary>
    /// <param name="context">The context of a decision.</param>
    /// <param name="action">The action, from 0.</param>
    public ReadOnlySpan<double> FeaturesOf(ReadOnlySpan<double> context, int action) => context.Slice(SharedLength + (action * ActionFeatureCount), ActionFeatureCount);

    /// <summary>Throws unless the sizes are possible.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is too small.</exception>
    internal void Validate()
    {
        Require.Positive(Actions, nameof(Actions));
        Require.NonNegative(ContextLength, nameof(ContextLength));
        Require.Positive(Positions, nameof(Positions));
        Require.NonNegative(ActionFeatureCount, nameof(ActionFeatureCount));
        if ((long)Actions * ActionFeatureCount > ContextLength)
        {
            throw new ArgumentOutOfRangeException(nameof(ActionFeatureCount), ActionFeatureCount, string.Create(
                CultureInfo.InvariantCulture, $"{ActionFeatureCount} features of {Actions} actions don't fit into contexts of {ContextLength} numbers."));
        }
    }

    /// <summary>What is wrong with a decision of this shape, or null: the argument's name and a sentence.</summary>
    internal (string Name, string Message)? Fault(in LoggedDecision decision)
    {
        if (decision.Context.Length != ContextLength)
            return Text(nameof(decision.Context), $"has {decision.Context.Length} numbers, expected {ContextLength}");
        if (decision.Actions.Length != Positions)
            return Text(nameof(decision.Actions), $"has {decision.Actions.Length} elements, expected one for each of {Positions} positions");
        if (decision.Propensities.Length != Positions)
            return Text(nameof(decision.Propensities), $"has {decision.Propensities.Length} elements, expected one for each of {Positions} positions");
        if (decision.Rewards.Length != Positions)
            return Text(nameof(decision.Rewards), $"has {decision.Rewards.Length} elements, expected one for each of {Positions} positions");
        int probabilities = HasProbabilities ? Positions * Actions : 0;
        if (decision.Probabilities.Length != probabilities)
            return Text(nameof(decision.Probabilities), $"has {decision.Probabilities.Length} elements, expected {probabilities}");

        for (int i = 0; i < decision.Context.Length; i++)
        {
            if (!double.IsFinite(decision.Context[i]))
                return Text($"{nameof(decision.Context)}[{i}]", $"is {decision.Context[i]} but must be finite");
        }

        for (int l = 0; l < Positions; l++)
        {
            if ((uint)decision.Actions[l] >= (uint)Actions)
                return Text($"{nameof(decision.Actions)}[{l}]", $"is {decision.Actions[l]} but must be one of 0 to {Actions - 1}");
            if (!(decision.Propensities[l] > 0 && decision.Propensities[l] <= 1))
                return Text($"{nameof(decision.Propensities)}[{l}]", $"is {decision.Propensities[l]} but must be a probability in (0, 1]: what was taken was possible");
            if (!double.IsFinite(decision.Rewards[l]))
                return Text($"{nameof(decision.Rewards)}[{l}]", $"is {decision.Rewards[l]} but must be finite");
        }

        if (!(decision.Delay >= 0 && double.IsFinite(decision.Delay)))
            return Text(nameof(decision.Delay), $"is {decision.Delay} but must be at least 0 and finite");
        return HasProbabilities ? ProbabilityFault(decision) : null;
    }

    /// <summary>What is wrong with probabilities of K actions each, or null.</summary>
    internal static (string Name, string Message)? LawFault(ReadOnlySpan<double> probabilities, int actions, string name)
    {
        for (int row = 0; row < probabilities.Length; row += actions)
        {
            double sum = 0;
            for (int a = row; a < row + actions; a++)
            {
                if (!(probabilities[a] >= 0 && probabilities[a] <= 1))
                    return Text($"{name}[{a}]", $"is {probabilities[a]} but must be a probability in [0, 1]");
                sum += probabilities[a];
            }

            if (Math.Abs(sum - 1) > SumTolerance)
                return Text($"{name}[{row}]", $"begins the probabilities of {actions} actions whose sum is {sum} but must be 1");
        }

        return null;
    }

    private static (string Name, string Message)? Text(string name, FormattableString message) => (name, $"{name} {message.ToString(CultureInfo.InvariantCulture)}.");

    private (string Name, string Message)? ProbabilityFault(in LoggedDecision decision)
    {
        if (LawFault(decision.Probabilities, Actions, nameof(decision.Probabilities)) is { } fault)
            return fault;
        for (int l = 0; l < Positions; l++)
        {
            int index = (l * Actions) + decision.Actions[l];
            if (Math.Abs(decision.Probabilities[index] - decision.Propensities[l]) > SumTolerance)
                return Text($"{nameof(decision.Probabilities)}[{index}]", $"is {decision.Probabilities[index]} for the action that was taken, whose propensity is {decision.Propensities[l]}");
        }

        return null;
    }
}
