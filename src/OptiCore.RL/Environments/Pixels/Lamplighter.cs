namespace OptiCore.RL.Environments;

/// <summary>
/// Memory: four lamps light up one after the other; then they are to be visited in the same order. Actions: 0 stay, 1 up, 2 right, 3 down, 4 left. While a sequence is shown, lamps can be walked over freely; afterwards
/// stepping onto the right lamp earns 1 and onto a wrong one terminates. After a whole sequence a new one, longer by one, is shown, from 2 lamps up to 16. Channels: the agent, the lamps, the lit lamp, and the
/// whole top row while it is the player's turn.
/// </summary>
/// <remarks>
/// The lamps stand at rows and columns 2 and 7, numbered 0 to 3 row by row. Lamp j of a sequence is lit in the pictures after an even number 2j of steps since the sequence began, and no lamp in those between, so that a lamp that is lit
/// twice is seen twice. Only stepping onto a lamp counts: to visit it twice in a row, step off and on again. The order is seen once and nowhere in later pictures: a policy without memory can't do better than guess.
/// </remarks>
public struct Lamplighter : IPixelGame<Lamplighter>
{
    /// <summary>The length of the first sequence.</summary>
    public const int ShortestSequence = 2;

    /// <summary>The length of the longest sequences.</summary>
    public const int LongestSequence = 16;

    /// <inheritdoc/>
    public static int Channels => 4;

    /// <inheritdoc/>
    public static int Actions => 5;

    /// <summary>The agent's cell: 10 row + column.</summary>
    public int Agent { get; set; }

    /// <summary>The sequence: bits 2j and 2j + 1 are the number of lamp j.</summary>
    public uint Sequence { get; set; }

    /// <summary>The number of lamps of the sequence.</summary>
    public int Length { get; set; }

    /// <summary>The number of steps since the sequence began; from 2 <see cref="Length"/> on it is the player's turn.</summary>
    public int Clock { get; set; }

    /// <summary>The number of lamps visited.</summary>
    public int Visited { get; set; }

    /// <summary>Whether it is the player's turn.</summary>
    public readonly bool IsPlaying => Clock >= 2 * Length;

    /// <summary>The number of a lamp of the sequence.</summary>
    /// <param name="position">The position in the sequence.</param>
    public readonly int LampAt(int position) => (int)(Sequence >> (2 * position)) & 3;

    /// <summary>The cell of a lamp.</summary>
    /// <param name="lamp">Its number, 0 to 3.</param>
    public static int CellOf(int lamp) => (lamp < 2 ? 20 : 70) + ((lamp & 1) == 0 ? 2 : 7);

    /// <inheritdoc/>
    public static Lamplighter Begin(ref RandomStream stream) => new()
    {
        Agent = PixelField.Below(stream.NextUInt32(), PixelField.Cells),
        Sequence = stream.NextUInt32(),
        Length = ShortestSequence,
    };

    /// <inheritdoc/>
    public static StepOutcome Step(ref Lamplighter state, int action, ref RandomStream stream)
    {
        int before = state.Agent;
        state.Agent = PixelField.Walk(before, action);
        if (!state.IsPlaying)
        {
            state.Clock++;
            return default;
        }

        int lamp = state.Agent == before ? -1 : LampOn(state.Agent);
        if (lamp < 0)
            return default;
        if (lamp != state.LampAt(state.Visited))
            return new StepOutcome(0, true);
        if (++state.Visited == state.Length)
        {
            state.Length = Math.Min(state.Length + 1, LongestSequence);
            state.Sequence = stream.NextUInt32();
            state.Clock = 0;
            state.Visited = 0;
        }

        return new StepOutcome(1);
    }

    /// <inheritdoc/>
    public static void Draw(in Lamplighter state, Span<float> pixels)
    {
        pixels[state.Agent] = 1;
        for (int lamp = 0; lamp < 4; lamp++)
            pixels[PixelField.Cells + CellOf(lamp)] = 1;
        if (state.IsPlaying)
            pixels.Slice(3 * PixelField.Cells, PixelField.Size).Fill(1);
        else if ((state.Clock & 1) == 0)
            pixels[(2 * PixelField.Cells) + CellOf(state.LampAt(state.Clock / 2))] = 1;
    }

    /// <summary>The number of the lamp on a cell, or -1.</summary>
    private static int LampOn(int cell) => cell switch
    {
        22 => 0,
        27 => 1,
        72 => 2,
        77 => 3,
        _ => -1,
    };
}
