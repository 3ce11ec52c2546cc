namespace OptiCore.RL.Environments;

/// <summary>
/// Deep sea: a diver sinks one row a step through a grid of N by N and steers left or right; only who always went right finds the treasure in the last corner. Which of the actions 0 and 1 means right is random in every
/// cell. Going right costs 0.01 / N, the treasure is 1: the best return is 0.99, and exploration that doesn't plan needs about 2^N episodes to see it.
/// </summary>
/// <remarks>
/// <para>I. Osband, B. Van Roy, D. J. Russo, Z. Wen (2019), "Deep exploration via randomized value functions", in the form of I. Osband et al. (2020), "Behaviour suite for reinforcement learning". States are N row + column and N^2 after the
/// last row, where every episode terminates, after N steps; <see cref="FlattenObservations{TAction}"/> makes the suite's pictures of them, with one more element for the end.</para>
/// <para>Uniformly random play earns 2^-N - 0.005. In wind, going right stays in the column with probability 1/N (at no less cost); always right earns (1 - 1/N)^(N - 1) less the cost. The suite's stochastic variant adds
/// noise to the last rewards too, which a table can't say; its means are the same.</para>
/// </remarks>
public static class DeepSea
{
    /// <summary>Environments that play it.</summary>
    /// <param name="count">The number of environments.</param>
    /// <param name="size">The number N of rows and columns, at least 1. Default: 10.</param>
    /// <param name="mapping">Says in which cells action 0 means right; the default is one of them.</param>
    /// <param name="isWindy">Whether going right fails with probability 1/N.</param>
    public static TabularEnvironment Create(int count = 1, int size = 10, RandomKey mapping = default, bool isWindy = false) => new(Model(size, mapping, isWindy), count);

    /// <summary>The decision process.</summary>
    /// <param name="size">The number N of rows and columns, at least 1. Default: 10.</param>
    /// <param name="mapping">Says in which cells action 0 means right; the default is one of them.</param>
    /// <param name="isWindy">Whether going right fails with probability 1/N.</param>
    /// <param name="moveCost">What an episode of going right costs, at least 0. Default: 0.01.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is smaller than 1 or the cost negative.</exception>
    public static TabularModel Model(int size = 10, RandomKey mapping = default, bool isWindy = false, double moveCost = 0.01)
    {
        Require.Positive(size, nameof(size));
        Require.NonNegative(moveCost, nameof(moveCost));
        int end = checked(size * size);
        double[] initial = new double[end + 1];
        initial[0] = 1;
        double wind = isWindy ? 1.0 / size : 0, cost = moveCost / size;
        return TabularModel.Create(end + 1, 2, initial, (state, action) =>
        {
            if (state == end)
                return [new TabularOutcome(1, end, 0, true)];
            (int row, int column) = Math.DivRem(state, size);
            bool last = row == size - 1;
            if (action != RightAction(mapping, state))
                return [new TabularOutcome(1, last ? end : state + size - Math.Min(column, 1), 0, last)];
            double reward = (column == size - 1 ? 1 : 0) - cost;
            int right = last ? end : state + size + (column < size - 1 ? 1 : 0);
            return wind == 0 || last
                ? [new TabularOutcome(1, right, reward, last)]
                : [new TabularOutcome(1 - wind, right, reward, false), new TabularOutcome(wind, state + size, reward, false)];
        });
    }

    /// <summary>The action that means right in a cell.</summary>
    /// <param name="mapping">The mapping.</param>
    /// <param name="state">The cell's state.</param>
    public static int RightAction(RandomKey mapping, int state) => (int)(mapping.Fold(state).Low >> 63);
}
