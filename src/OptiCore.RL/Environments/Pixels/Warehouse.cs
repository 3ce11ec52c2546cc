namespace OptiCore.RL.Environments;

/// <summary>
/// Planning: push a crate onto a pad. Actions: 0 stay, 1 up, 2 right, 3 down, 4 left. Walking into the crate pushes it, if the cell behind is free; walls and pillars block. A crate on its pad earns 1, and the
/// next crate and pad appear. A crate at the border can never be brought back: the game is over (terminated). Channels: the agent, the crate, the pad, pillars.
/// </summary>
/// <remarks>
/// Pillars stand at rows and columns 3 and 6. Crates and pads appear off the border and off the pillars, where every pad can be reached from every place of the crate and of the agent.
/// A push can't be taken back, so that the way around the crate must be thought of first.
/// </remarks>
public struct Warehouse : IPixelGame<Warehouse>
{
    /// <inheritdoc/>
    public static int Channels => 4;

    /// <inheritdoc/>
    public static int Actions => 5;

    /// <summary>The agent's cell: 10 row + column.</summary>
    public int Agent { get; set; }

    /// <summary>The crate's cell.</summary>
    public int Crate { get; set; }

    /// <summary>The pad's cell.</summary>
    public int Pad { get; set; }

    /// <summary>Whether a pillar stands on a cell.</summary>
    /// <param name="cell">The cell.</param>
    public static bool IsPillar(int cell) => cell is 33 or 36 or 63 or 66;

    /// <summary>Whether a cell belongs to the border, from which a crate can't be brought back.</summary>
    /// <param name="cell">The cell.</param>
    public static bool IsBorder(int cell) => cell is < 10 or >= 90 || cell % 10 is 0 or 9;

    /// <inheritdoc/>
    public static Warehouse Begin(ref RandomStream stream)
    {
        var state = new Warehouse { Agent = -1 };
        Place(ref state, ref stream);
        do
            state.Agent = PixelField.Below(stream.NextUInt32(), PixelField.Cells);
        while (IsPillar(state.Agent) || state.Agent == state.Crate);
        return state;
    }

    /// <inheritdoc/>
    public static StepOutcome Step(ref Warehouse state, int action, ref RandomStream stream)
    {
        int next = PixelField.Walk(state.Agent, action);
        if (next == state.Agent || IsPillar(next))
            return default;
        if (next != state.Crate)
        {
            state.Agent = next;
            return default;
        }

        int behind = PixelField.Walk(state.Crate, action);
        if (behind == state.Crate || IsPillar(behind))
            return default;
        state.Agent = next;
        state.Crate = behind;
        if (behind == state.Pad)
        {
            Place(ref state, ref stream);
            return new StepOutcome(1);
        }

        return new StepOutcome(0, IsBorder(behind));
    }

    /// <inheritdoc/>
    public static void Draw(in Warehouse state, Span<float> pixels)
    {
        pixels[state.Agent] = 1;
        pixels[PixelField.Cells + state.Crate] = 1;
        pixels[(2 * PixelField.Cells) + state.Pad] = 1;
        Span<float> pillars = pixels.Slice(3 * PixelField.Cells, PixelField.Cells);
        pillars[33] = 1;
        pillars[36] = 1;
        pillars[63] = 1;
        pillars[66] = 1;
    }

    private static void Place(ref Warehouse state, ref RandomStream stream)
    {
        do
            state.Crate = Inside(stream.NextUInt32());
        while (IsPillar(state.Crate) || state.Crate == state.Agent);
        do
            state.Pad = Inside(stream.NextUInt32());
        while (IsPillar(state.Pad) || state.Pad == state.Crate);
    }

    private static int Inside(uint word) => ((1 + PixelField.Below(word, 8)) * PixelField.Size) + 1 + PixelField.Below(word >> 16, 8);
}
