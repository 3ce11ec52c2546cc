using System.Globalization;
using System.Numerics;
using OptiCore.RL.Planning;

namespace OptiCore.RL.Games;

/// <summary>The position of a line game: one bit for each stone, bit row * columns + column.</summary>
/// <param name="First">The stones of player 0.</param>
/// <param name="Second">The stones of player 1.</param>
public readonly record struct LineGameState(ulong First, ulong Second);

/// <summary>
/// Two players set stones in turn; who first has a number of them in a line (across, down or diagonal) wins 1 from the other, and a full board is a draw. Tic-tac-toe is <c>new LineGame(3, 3, 3)</c>; with gravity an action is a column and the stone falls, as in
/// Connect Four, <c>new LineGame(6, 7, 4, hasGravity: true)</c>. For boards of at most 64 cells.
/// </summary>
public sealed class LineGame : ISimulator<LineGameState>
{
    private readonly ulong[] _lines;
    private readonly int[] _firstLine;
    private readonly ulong _full;

    /// <summary>Creates the rules.</summary>
    /// <param name="rows">The number of rows; row 0 is on top.</param>
    /// <param name="columns">The number of columns.</param>
    /// <param name="length">How many stones make a line.</param>
    /// <param name="hasGravity">Whether an action is a column, in which the stone falls to the lowest free cell; else an action is a cell.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is smaller than 1, the board has more than 64 cells, or no line fits.</exception>
    public LineGame(int rows, int columns, int length, bool hasGravity = false)
    {
        Rows = Require.Positive(rows, nameof(rows));
        Columns = Require.Positive(columns, nameof(columns));
        Length = Require.Positive(length, nameof(length));
        HasGravity = hasGravity;
        if ((long)rows * columns > 64)
            throw new ArgumentOutOfRangeException(nameof(columns), columns, string.Create(CultureInfo.InvariantCulture, $"The board has {(long)rows * columns} cells, at most 64 are possible."));
        if (length > Math.Max(rows, columns))
            throw new ArgumentOutOfRangeException(nameof(length), length, string.Create(CultureInfo.InvariantCulture, $"No line of {length} fits on {rows} by {columns} cells."));
        _full = rows * columns == 64 ? ulong.MaxValue : (1UL << (rows * columns)) - 1;

        // For each cell the lines through it, so that a move looks at those only.
        var through = new List<ulong>[rows * columns];
        for (int cell = 0; cell < through.Length; cell++)
            through[cell] = [];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                foreach ((int down, int right) in (ReadOnlySpan<(int, int)>)[(0, 1), (1, 0), (1, 1), (1, -1)])
                    AddLine(through, row, column, down, right);
            }
        }

        var lines = new List<ulong>();
        _firstLine = new int[through.Length + 1];
        for (int cell = 0; cell < through.Length; cell++)
        {
            lines.AddRange(through[cell]);
            _firstLine[cell + 1] = lines.Count;
        }

        _lines = [.. lines];
    }

    /// <summary>The number of rows.</summary>
    public int Rows { get; }

    /// <summary>The number of columns.</summary>
    public int Columns { get; }

    /// <summary>How many stones make a line.</summary>
    public int Length { get; }

    /// <summary>Whether stones fall.</summary>
    public bool HasGravity { get; }

    /// <inheritdoc/>
    public int MaxActions => HasGravity ? Columns : Rows * Columns;

    /// <inheritdoc/>
    public int PlayerToMove(in LineGameState state) => BitOperations.PopCount(state.First) == BitOperations.PopCount(state.Second) ? 0 : 1;

    /// <inheritdoc/>
    public int LegalActions(in LineGameState state, Span<int> actions)
    {
        ulong taken = state.First | state.Second;
        int count = 0, places = HasGravity ? Columns : Rows * Columns;
        for (int place = 0; place < places; place++)
        {
            if ((taken >> place & 1) == 0)
                actions[count++] = place;
        }

        return count;
    }

    /// <inheritdoc/>
    public StepOutcome Step(ref LineGameState state, int action, ref RandomStream stream) => Step(ref state, action);

    /// <summary>Sets a stone.</summary>
    /// <param name="state">A position that isn't over; replaced by the next.</param>
    /// <param name="action">A legal action.</param>
    /// <returns>1 when player 0 has won, -1 when player 1 has, and whether the game is over.</returns>
    /// <exception cref="ArgumentException">The place is taken or not on the board.</exception>
    public StepOutcome Step(ref LineGameState state, int action)
    {
        ulong taken = state.First | state.Second;
        if ((uint)action >= (uint)MaxActions || (taken >> action & 1) != 0)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Action {action} isn't legal."), nameof(action));
        int cell = action;
        while (HasGravity && cell + Columns < Rows * Columns && (taken >> (cell + Columns) & 1) == 0)
            cell += Columns;
        bool isFirst = PlayerToMove(state) == 0;
        ulong stone = 1UL << cell, own = (isFirst ? state.First : state.Second) | stone;
        state = isFirst ? state with { First = own } : state with { Second = own };
        foreach (ulong line in _lines.AsSpan(_firstLine[cell].._firstLine[cell + 1]))
        {
            if ((own & line) == line)
                return new StepOutcome(isFirst ? 1 : -1, true);
        }

        return new StepOutcome(0, (taken | stone) == _full);
    }

    private void AddLine(List<ulong>[] through, int row, int column, int down, int right)
    {
        int lastRow = row + ((Length - 1) * down), lastColumn = column + ((Length - 1) * right);
        if (lastRow >= Rows || lastColumn >= Columns || lastColumn < 0 || (Length == 1 && (down, right) != (0, 1)))
            return;
        ulong line = 0;
        for (int k = 0; k < Length; k++)
            line |= 1UL << (((row + (k * down)) * Columns) + column + (k * right));
        for (int k = 0; k < Length; k++)
            through[((row + (k * down)) * Columns) + column + (k * right)].Add(line);
    }
}
