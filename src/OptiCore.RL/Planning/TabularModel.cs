using System.Globalization;

namespace OptiCore.RL;

/// <summary>One possible outcome of an action in a state.</summary>
/// <param name="Probability">How likely it is.</param>
/// <param name="NextState">The state that follows.</param>
/// <param name="Reward">The reward.</param>
/// <param name="Terminated">Whether the task is over then, so that the value of what follows is 0.</param>
public readonly record struct TabularOutcome(double Probability, int NextState, double Reward, bool Terminated);

/// <summary>
/// A finite Markov decision process, stated in full: for every state and action the possible outcomes with their probabilities. Planning
/// algorithms solve it, <see cref="Environments.TabularEnvironment"/> plays it. Immutable.
/// </summary>
public sealed class TabularModel
{
    private readonly TabularOutcome[] _outcomes;
    private readonly int[] _offsets;
    private readonly double[] _initial;

    private TabularModel(int states, int actions, TabularOutcome[] outcomes, int[] offsets, double[] initial)
    {
        States = states;
        Actions = actions;
        _outcomes = outcomes;
        _offsets = offsets;
        _initial = initial;
    }

    /// <summary>The number of states; they are 0 to <see cref="States"/> - 1.</summary>
    public int States { get; }

    /// <summary>The number of actions; they are 0 to <see cref="Actions"/> - 1 in every state.</summary>
    public int Actions { get; }

    /// <summary>The probability of each state to begin an episode.</summary>
    public ReadOnlySpan<double> InitialProbabilities => _initial;

    /// <summary>The possible outcomes of an action in a state, in the order in which they were stated.</summary>
    /// <param name="state">The state.</param>
    /// <param name="action">The action.</param>
    public ReadOnlySpan<TabularOutcome> Outcomes(int state, int action)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)state, (uint)States, nameof(state));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)action, (uint)Actions, nameof(action));
        int row = (state * Actions) + action;
        return _outcomes.AsSpan(_offsets[row].._offsets[row + 1]);
    }

    /// <summary>Builds and checks a model.</summary>
    /// <param name="states">The number of states.</param>
    /// <param name="actions">The number of actions.</param>
    /// <param name="initialProbabilities">How likely each state begins an episode.</param>
    /// <param name="outcomes">The outcomes of an action in a state; called once for each pair.</param>
    /// <exception cref="ArgumentException">Probabilities are negative or don't add up to 1 within 1e-9, a next state doesn't exist, or a reward isn't finite.</exception>
    public static TabularModel Create(int states, int actions, ReadOnlySpan<double> initialProbabilities, Func<int, int, TabularOutcome[]> outcomes)
    {
        Require.Positive(states, nameof(states));
        Require.Positive(actions, nameof(actions));
        Require.Length(initialProbabilities.Length, states, nameof(initialProbabilities));
        ArgumentNullException.ThrowIfNull(outcomes);
        double initialSum = 0;
        foreach (double p in initialProbabilities)
            initialSum += p >= 0 ? p : double.NaN;
        CheckSum(initialSum, "The initial probabilities", nameof(initialProbabilities));

        var all = new List<TabularOutcome>(states * actions);
        int[] offsets = new int[checked((states * actions) + 1)];
        for (int state = 0; state < states; state++)
        {
            for (int action = 0; action < actions; action++)
            {
                double sum = 0;
                foreach (TabularOutcome outcome in outcomes(state, action))
                {
                    if ((uint)outcome.NextState >= (uint)states || !double.IsFinite(outcome.Reward))
                        throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"State {state}, action {action}: {outcome} has no such next state or no finite reward."), nameof(outcomes));
                    sum += outcome.Probability >= 0 ? outcome.Probability : double.NaN;
                    all.Add(outcome);
                }

                CheckSum(sum, string.Create(CultureInfo.InvariantCulture, $"The probabilities of state {state}, action {action}"), nameof(outcomes));
                offsets[(state * actions) + action + 1] = all.Count;
            }
        }

        return new TabularModel(states, actions, [.. all], offsets, initialProbabilities.ToArray());
    }

    private static void CheckSum(double sum, string what, string name)
    {
        if (!(Math.Abs(sum - 1) <= 1e-9))
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{what} must be at least 0 and add up to 1; their sum is {sum}."), name);
    }
}
