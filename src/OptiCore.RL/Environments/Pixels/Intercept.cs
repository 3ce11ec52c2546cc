namespace OptiCore.RL.Environments;

/// <summary>
/// Hidden speed: shoot comets that cross the sky and disappear behind a cloud. Actions: 0 stay, 1 left, 2 right, 3 fire. The cannon moves along the bottom row and has one shot in flight at a time; a hit earns 1. The
/// third comet that gets away ends the game. Channels: the cannon, the shot, the comet (not while it is behind the cloud), the cloud.
/// </summary>
/// <remarks>
/// In each step the shot rises by a cell (one above the top row is gone), then the cannon acts (a new shot begins in the row above it), then the comet moves, one cell in every <see cref="Period"/> steps; it is hit when it and the shot are in one cell. The
/// cloud covers columns 4 to 6 of the rows 0 to 2, where comets fly. A comet's row, side and period (2 to 4 steps a cell, slow enough that every comet can be hit) are random. No picture shows the speed: it must be seen over several and then be
/// kept in mind, since a shot is under way for longer than the comet is visible.
/// </remarks>
public struct Intercept : IPixelGame<Intercept>
{
    /// <summary>The number of comets that may get away before the game ends.</summary>
    public const int Lives = 3;

    private const int Bottom = PixelField.Size - 1;

    /// <inheritdoc/>
    public static int Channels => 4;

    /// <inheritdoc/>
    public static int Actions => 4;

    /// <summary>The column of the cannon.</summary>
    public int Cannon { get; set; }

    /// <summary>The row of the shot, or -1 for none.</summary>
    public int ShotRow { get; set; }

    /// <summary>The column of the shot.</summary>
    public int ShotColumn { get; set; }

    /// <summary>The row of the comet, 0 to 2.</summary>
    public int CometRow { get; set; }

    /// <summary>The column of the comet.</summary>
    public int CometColumn { get; set; }

    /// <summary>Where the comet flies: 1 to the right, -1 to the left.</summary>
    public int Direction { get; set; }

    /// <summary>The number of steps that the comet takes for a cell, 2 to 4.</summary>
    public int Period { get; set; }

    /// <summary>The number of steps that the comet has been in its cell.</summary>
    public int Phase { get; set; }

    /// <summary>The number of comets that got away.</summary>
    public int Missed { get; set; }

    /// <summary>Whether the cloud covers a cell.</summary>
    /// <param name="row">The row.</param>
    /// <param name="column">The column.</param>
    public static bool IsCloud(int row, int column) => row <= 2 && column is >= 4 and <= 6;

    /// <inheritdoc/>
    public static Intercept Begin(ref RandomStream stream)
    {
        var state = new Intercept { Cannon = PixelField.Below(stream.NextUInt32(), PixelField.Size), ShotRow = -1 };
        Launch(ref state, stream.NextUInt32());
        return state;
    }

    /// <inheritdoc/>
    public static StepOutcome Step(ref Intercept state, int action, ref RandomStream stream)
    {
        if (state.ShotRow >= 0)
            state.ShotRow--;
        switch (action)
        {
            case 1:
                state.Cannon = Math.Max(state.Cannon - 1, 0);
                break;
            case 2:
                state.Cannon = Math.Min(state.Cannon + 1, PixelField.Size - 1);
                break;
            case 3 when state.ShotRow < 0:
                state.ShotRow = Bottom - 1;
                state.ShotColumn = state.Cannon;
                break;
        }

        if (++state.Phase == state.Period)
        {
            state.Phase = 0;
            state.CometColumn += state.Direction;
            if ((uint)state.CometColumn >= PixelField.Size)
            {
                Launch(ref state, stream.NextUInt32());
                return new StepOutcome(0, ++state.Missed >= Lives);
            }
        }

        if (state.ShotRow != state.CometRow || state.ShotColumn != state.CometColumn)
            return default;
        state.ShotRow = -1;
        Launch(ref state, stream.NextUInt32());
        return new StepOutcome(1);
    }

    /// <inheritdoc/>
    public static void Draw(in Intercept state, Span<float> pixels)
    {
        pixels[(Bottom * PixelField.Size) + state.Cannon] = 1;
        if (state.ShotRow >= 0)
            pixels[PixelField.Cells + (state.ShotRow * PixelField.Size) + state.ShotColumn] = 1;
        if (!IsCloud(state.CometRow, state.CometColumn))
            pixels[(2 * PixelField.Cells) + (state.CometRow * PixelField.Size) + state.CometColumn] = 1;
        for (int row = 0; row <= 2; row++)
            pixels.Slice((3 * PixelField.Cells) + (row * PixelField.Size) + 4, 3).Fill(1);
    }

    private static void Launch(ref Intercept state, uint word)
    {
        state.CometRow = PixelField.Below(word, 3);
        state.Period = 2 + PixelField.Below((word >> 15) & 0xFFFE, 3);
        state.Direction = word >> 31 == 0 ? 1 : -1;
        state.CometColumn = state.Direction == 1 ? 0 : PixelField.Size - 1;
        state.Phase = 0;
    }
}
