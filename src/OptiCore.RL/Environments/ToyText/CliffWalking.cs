namespace OptiCore.RL.Environments;

/// <summary>
/// CliffWalking of Gymnasium: walk along a cliff from the lower left to the lower right corner of a grid of 4 by 12. States are row * 12 + column; actions are 0 up, 1 right,
/// 2 down, 3 left; a step off the grid stays. Every step costs 1, a step off the cliff 100 and leads back to the start; the goal terminates.
/// </summary>
/// <remarks>
/// R. S. Sutton, A. G. Barto (2018), "Reinforcement learning: an introduction", example 6.6. There is no time limit. On a slippery cliff the chosen direction and the two perpendicular ones
/// are taken with probability 1/3 each.
/// </remarks>
public static class CliffWalking
{
    private const int Rows = 4;
    private const int Columns = 12;
    private const int Start = (Rows - 1) * Columns;
    private const int Goal = (Rows * Columns) - 1;

    /// <summary>CliffWalking-v1.</summary>
    /// <param name="count">The number of environments.</param>
    public static TabularEnvironment Create(int count = 1) => new(Model(), count);

    /// <summary>CliffWalkingSlippery-v1.</summary>
    /// <param name="count">The number of environments.</param>
    public static TabularEnvironment CreateSlippery(int count = 1) => new(Model(isSlippery: true), count);

    /// <summary>The decision process.</summary>
    /// <param name="isSlippery">Whether the cliff is slippery.</param>
    public static TabularModel Model(bool isSlippery = false)
    {
        double[] initial = new double[Rows * Columns];
        initial[Start] = 1;
        return TabularModel.Create(Rows * Columns, 4, initial, (state, action) => isSlippery
            ? [Move(state, (action + 3) % 4, 1.0 / 3), Move(state, action, 1.0 / 3), Move(state, (action + 1) % 4, 1.0 / 3)]
            : [Move(state, action, 1)]);
    }

    private static TabularOutcome Move(int state, int direction, double probability)
    {
        (int row, int column) = Math.DivRem(state, Columns);
        (int down, int right) = direction switch
        {
            0 => (-1, 0),
            1 => (0, 1),
            2 => (1, 0),
            _ => (0, -1),
        };
        row = Math.Clamp(row + down, 0, Rows - 1);
        column = Math.Clamp(column + right, 0, Columns - 1);
        int next = (row * Columns) + column;
        return next is > Start and < Goal
            ? new TabularOutcome(probability, Start, -100, false)
            : new TabularOutcome(probability, next, -1, next == Goal);
    }
}
