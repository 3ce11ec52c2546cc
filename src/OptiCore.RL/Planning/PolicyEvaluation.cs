using OptiCore.LinearAlgebra;

namespace OptiCore.RL;

/// <summary>
/// The exact values of a policy: V solves (I - gamma P_pi) V = r_pi, with P_pi(s, s') the probability to go on in s' and r_pi the expected reward. One LU factorisation: O(states^3) operations and
/// states^2 numbers of memory, to rounding; <see cref="ModifiedPolicyIteration"/> shows how far a few sweeps lead instead.
/// </summary>
public static class PolicyEvaluation
{
    /// <summary>The values of a stochastic policy.</summary>
    /// <param name="model">The model.</param>
    /// <param name="probabilities">pi(a | s), row-major by state.</param>
    /// <param name="discount">The discount gamma of [0, 1]. With 1, the policy must terminate from everywhere.</param>
    /// <returns>V(s), one for each state.</returns>
    /// <exception cref="ArgumentException">The table has another size, or the discount is 1 and the policy doesn't terminate from everywhere: its values aren't determined.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The discount is outside [0, 1].</exception>
    public static double[] Values(TabularModel model, ReadOnlySpan<double> probabilities, double discount)
    {
        ArgumentNullException.ThrowIfNull(model);
        Require.Length(probabilities.Length, model.States * model.Actions, nameof(probabilities));
        Require.InClosed(discount, 0, 1, nameof(discount));
        int n = model.States;
        double[] matrix = new double[n * n], rewards = new double[n];
        for (int state = 0; state < n; state++)
        {
            matrix[(state * n) + state] = 1;
            for (int action = 0; action < model.Actions; action++)
                Add(model, state, action, probabilities[(state * model.Actions) + action], discount, matrix, rewards);
        }

        return Solve(matrix, rewards, discount);
    }

    /// <summary>The values of a deterministic policy.</summary>
    /// <param name="model">The model.</param>
    /// <param name="actions">The action in each state.</param>
    /// <param name="discount">The discount gamma of [0, 1]. With 1, the policy must terminate from everywhere.</param>
    /// <returns>V(s), one for each state.</returns>
    /// <exception cref="ArgumentException">There is not one action for each state, or the discount is 1 and the policy doesn't terminate from everywhere: its values aren't determined.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The discount is outside [0, 1], or an action doesn't exist.</exception>
    public static double[] Values(TabularModel model, ReadOnlySpan<int> actions, double discount)
    {
        ArgumentNullException.ThrowIfNull(model);
        Require.Length(actions.Length, model.States, nameof(actions));
        Require.InClosed(discount, 0, 1, nameof(discount));
        int n = model.States;
        double[] matrix = new double[n * n], rewards = new double[n];
        for (int state = 0; state < n; state++)
        {
            matrix[(state * n) + state] = 1;
            Add(model, state, actions[state], 1, discount, matrix, rewards);
        }

        return Solve(matrix, rewards, discount);
    }

    private static double[] Solve(double[] matrix, double[] rewards, double discount)
    {
        int n = rewards.Length;
        if (discount == 1 && !Terminates(matrix, n))
            throw new ArgumentException("The values aren't determined: with a discount of 1 the policy must terminate from every state.", nameof(discount));
        int[] permutation = new int[n];
        double[] values = new double[n];
        Lu.TryFactor<double>(matrix, n, n, permutation);
        Lu.Solve<double>(matrix, n, n, permutation, rewards, values);
        return values;
    }

    /// <summary>Whether from every state a state is reachable whose row of I - P has a positive sum: one that may terminate. Probabilities add up to 1 within 1e-9.</summary>
    private static bool Terminates(double[] matrix, int n)
    {
        bool[] reaches = new bool[n];
        int count = 0;
        for (int state = 0; state < n; state++)
        {
            double sum = 0;
            foreach (double element in matrix.AsSpan(state * n, n))
                sum += element;
            reaches[state] = sum > 1e-9;
            count += reaches[state] ? 1 : 0;
        }

        for (int before = -1; before != count;)
        {
            before = count;
            for (int pair = 0; pair < n * n; pair++)
            {
                (int from, int to) = Math.DivRem(pair, n);
                if (from == to || reaches[from] || !reaches[to] || matrix[pair] >= 0)
                    continue;
                reaches[from] = true;
                count++;
            }
        }

        return count == n;
    }

    private static void Add(TabularModel model, int state, int action, double weight, double discount, double[] matrix, double[] rewards)
    {
        foreach (ref readonly TabularOutcome outcome in model.Outcomes(state, action))
        {
            rewards[state] += weight * outcome.Probability * outcome.Reward;
            if (!outcome.Terminated)
                matrix[(state * rewards.Length) + outcome.NextState] -= weight * outcome.Probability * discount;
        }
    }
}
