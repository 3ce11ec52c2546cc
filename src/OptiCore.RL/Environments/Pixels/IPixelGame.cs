namespace OptiCore.RL.Environments;

/// <summary>
/// The rules of a small game on a field of 10 by 10 cells, written as the struct of its state. <see cref="PixelGame{TGame}"/> plays many of them; because the rules are static members of a struct, the compiler
/// makes a loop of its own for each game. Write a game of your own by implementing these four members.
/// </summary>
/// <typeparam name="TSelf">The game itself: a struct without references and without padding (fields of one size), so that it can be saved.</typeparam>
public interface IPixelGame<TSelf> where TSelf : unmanaged, IPixelGame<TSelf>
{
    /// <summary>The number of channels of the picture.</summary>
    static abstract int Channels { get; }

    /// <summary>The number of actions.</summary>
    static abstract int Actions { get; }

    /// <summary>Begins an episode.</summary>
    /// <param name="stream">The randomness of the episode.</param>
    static abstract TSelf Begin(ref RandomStream stream);

    /// <summary>Takes one action.</summary>
    /// <param name="state">The state, which is replaced by the next.</param>
    /// <param name="action">The action, of 0 to <see cref="Actions"/> - 1.</param>
    /// <param name="stream">The randomness of the episode.</param>
    /// <returns>The reward and whether the game is over. Time limits are not the game's.</returns>
    static abstract StepOutcome Step(ref TSelf state, int action, ref RandomStream stream);

    /// <summary>Draws the picture: pixel (row, column) of channel c is element 100 c + 10 row + column, and only ones are written.</summary>
    /// <param name="state">The state.</param>
    /// <param name="pixels">100 <see cref="Channels"/> elements, all 0.</param>
    static abstract void Draw(in TSelf state, Span<float> pixels);
}

/// <summary>What the games share: the field, moves and pixels.</summary>
internal static class PixelField
{
    public const int Size = 10;
    public const int Cells = Size * Size;

    private static readonly byte[] NextCells = AllMoves();

    /// <summary>The cell after a move of a walker: 0 stays, 1 up, 2 right, 3 down, 4 left; a step off the field stays.</summary>
    public static int Walk(int cell, int action) => NextCells[(action * Cells) + cell];

    /// <summary>A number of [0, n) from 16 bits of a random word; probabilities are off by less than n / 2^16.</summary>
    public static int Below(uint bits, int n) => (int)(((bits & 0xFFFF) * (uint)n) >> 16);

    private static byte[] AllMoves()
    {
        byte[] next = new byte[5 * Cells];
        for (int cell = 0; cell < Cells; cell++)
        {
            (int row, int column) = Math.DivRem(cell, Size);
            next[cell] = (byte)cell;
            next[Cells + cell] = (byte)(row > 0 ? cell - Size : cell);
            next[(2 * Cells) + cell] = (byte)(column < Size - 1 ? cell + 1 : cell);
            next[(3 * Cells) + cell] = (byte)(row < Size - 1 ? cell + Size : cell);
            next[(4 * Cells) + cell] = (byte)(column > 0 ? cell - 1 : cell);
        }

        return next;
    }
}
