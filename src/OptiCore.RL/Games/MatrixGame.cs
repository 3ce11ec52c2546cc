namespace OptiCore.RL.Games;

/// <summary>The state of a matrix game.</summary>
/// <param name="First">The row player's choice plus 1, or 0.</param>
/// <param name="Second">The column player's choice plus 1, or 0.</param>
public readonly record struct MatrixGameState(int First, int Second);

/// <summary>
/// A game of two players who choose at the same time, a row and a column: in extensive form the column player moves second and doesn't see the row.
/// </summary>
public sealed class MatrixGame : IExtensiveGame<MatrixGameState>
{
    private readonly double[] _row;
    private readonly double[] _column;

    /// <summary>Creates a game of two payoff matrices.</summary>
    /// <param name="rows">The number of choices of the row player.</param>
    /// <param name="columns">The number of choices of the column player.</param>
    /// <param name="rowPayoffs">What the row player wins, row-major.</param>
    /// <param name="columnPayoffs">What the column player wins, row-major.</param>
    /// <exception cref="ArgumentException">A matrix has another size or an element that isn't finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A player has no choice.</exception>
    public MatrixGame(int rows, int columns, ReadOnlySpan<double> rowPayoffs, ReadOnlySpan<double> columnPayoffs)
    {
        Rows = Require.Positive(rows, nameof(rows));
        Columns = Require.Positive(columns, nameof(columns));
        Require.Length(rowPayoffs.Length, checked(rows * columns), nameof(rowPayoffs));
        Require.Length(columnPayoffs.Length, rows * columns, nameof(columnPayoffs));
        Require.AllFinite(rowPayoffs, nameof(rowPayoffs));
        Require.AllFinite(columnPayoffs, nameof(columnPayoffs));
        _row = rowPayoffs.ToArray();
        _column = columnPayoffs.ToArray();
    }

    /// <summary>The number of choices of the row player, player 0.</summary>
    public int Rows { get; }

    /// <summary>The number of choices of the column player, player 1.</summary>
    public int Columns { get; }

    /// <inheritdoc/>
    public int Players => 2;

    /// <inheritdoc/>
    public int MaxActions => Math.Max(Rows, Columns);

    /// <inheritdoc/>
    public MatrixGameState Initial => default;

    /// <summary>Rock, paper, scissors: the winner gets 1 from the loser. The equilibrium is uniform.</summary>
    public static MatrixGame RockPaperScissors() => ZeroSum(3, 3, [0, -1, 1, 1, 0, -1, -1, 1, 0]);

    /// <summary>Matching pennies: the row player wins 1 when both show the same side, else the column player. The equilibrium is uniform.</summary>
    public static MatrixGame MatchingPennies() => ZeroSum(2, 2, [1, -1, -1, 1]);

    /// <summary>The prisoners' dilemma with the payoffs 3, 1 and the temptation 5, the loser 0; 0 cooperates, 1 defects. Defecting dominates.</summary>
    public static MatrixGame PrisonersDilemma() => new(2, 2, [3, 0, 5, 1], [3, 5, 0, 1]);

    /// <summary>The stag hunt: 4 each for two who hunt the stag (0), 3 for each who hunts hares (1), nothing for who hunts the stag alone. Both pure pairs are equilibria.</summary>
    public static MatrixGame StagHunt() => new(2, 2, [4, 0, 3, 3], [4, 3, 0, 3]);

    /// <summary>A game in which the column player loses what the row player wins.</summary>
    /// <param name="rows">The number of choices of the row player.</param>
    /// <param name="columns">The number of choices of the column player.</param>
    /// <param name="rowPayoffs">What the row player wins, row-major.</param>
    public static MatrixGame ZeroSum(int rows, int columns, ReadOnlySpan<double> rowPayoffs)
    {
        double[] losses = rowPayoffs.ToArray();
        for (int i = 0; i < losses.Length; i++)
            losses[i] = 0 - losses[i];
        return new MatrixGame(rows, columns, rowPayoffs, losses);
    }

    /// <inheritdoc/>
    public int PlayerToMove(in MatrixGameState state) => state.First == 0 ? 0 : state.Second == 0 ? 1 : GameTurn.Over;

    /// <inheritdoc/>
    public int LegalActions(in MatrixGameState state, Span<int> actions)
    {
        int count = state.First == 0 ? Rows : Columns;
        for (int i = 0; i < count; i++)
            actions[i] = i;
        return count;
    }

    /// <inheritdoc/>
    public void ChanceProbabilities(in MatrixGameState state, Span<double> probabilities) =>
        throw new InvalidOperationException("There is no chance in a matrix game.");

    /// <inheritdoc/>
    public MatrixGameState Next(in MatrixGameState state, int action) => state.First == 0 ? state with { First = action + 1 } : state with { Second = action + 1 };

    /// <inheritdoc/>
    public ulong InformationKey(in MatrixGameState state) => 0;

    /// <inheritdoc/>
    public void Returns(in MatrixGameState state, Span<double> returns)
    {
        int cell = ((state.First - 1) * Columns) + state.Second - 1;
        returns[0] = _row[cell];
        returns[1] = _column[cell];
    }
}
