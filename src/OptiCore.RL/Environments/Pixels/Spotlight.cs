namespace OptiCore.RL.Environments;

/// <summary>
/// Tracking: keep a spotlight of 3 by 3 cells on a dancer. Actions move the light: 0 stay, 1 up, 2 right, 3 down, 4 left; its centre stays off the outer rows and columns. Every step with the dancer in the
/// light earns 1; after 20 dark steps in a row the audience leaves (terminated). Channels: the dancer, where she was a step ago, the light.
/// </summary>
/// <remarks>
/// She steps one cell a step, up, right, down or left. Before a step she turns with probability 1/8, to either side with equal chance, and then turns on until a cell of the field lies ahead (a quarter turn
/// clockwise each time). The light moves first; a light that follows can never lose her, so that the best return is close to the number of steps.
/// </remarks>
public struct Spotlight : IPixelGame<Spotlight>
{
    /// <summary>The number of dark steps that ends the game.</summary>
    public const int Patience = 20;

    /// <inheritdoc/>
    public static int Channels => 3;

    /// <inheritdoc/>
    public static int Actions => 5;

    /// <summary>The cell of the light's centre: 10 row + column.</summary>
    public int Light { get; set; }

    /// <summary>The dancer's cell.</summary>
    public int Dancer { get; set; }

    /// <summary>The dancer's cell one step ago.</summary>
    public int Previous { get; set; }

    /// <summary>Where the dancer heads: 0 up, 1 right, 2 down, 3 left.</summary>
    public int Heading { get; set; }

    /// <summary>The number of dark steps in a row.</summary>
    public int Dark { get; set; }

    /// <inheritdoc/>
    public static Spotlight Begin(ref RandomStream stream)
    {
        uint light = stream.NextUInt32(), dancer = stream.NextUInt32();
        int cell = PixelField.Below(dancer, PixelField.Cells);
        return new Spotlight
        {
            Light = ((1 + PixelField.Below(light, 8)) * PixelField.Size) + 1 + PixelField.Below(light >> 16, 8),
            Dancer = cell,
            Previous = cell,
            Heading = (int)(dancer >> 30),
        };
    }

    /// <inheritdoc/>
    public static StepOutcome Step(ref Spotlight state, int action, ref RandomStream stream)
    {
        int light = PixelField.Walk(state.Light, action);
        int row = light / PixelField.Size, column = light % PixelField.Size;
        if (row is > 0 and < 9 && column is > 0 and < 9)
            state.Light = light;

        uint word = stream.NextUInt32();
        int heading = state.Heading;
        if (word >> 29 == 0)
            heading = (heading + ((word & 1) == 0 ? 1 : 3)) & 3;
        int next = PixelField.Walk(state.Dancer, heading + 1);
        while (next == state.Dancer)
        {
            heading = (heading + 1) & 3;
            next = PixelField.Walk(state.Dancer, heading + 1);
        }

        state.Heading = heading;
        state.Previous = state.Dancer;
        state.Dancer = next;
        bool lit = Math.Abs((next / PixelField.Size) - (state.Light / PixelField.Size)) <= 1 && Math.Abs((next % PixelField.Size) - (state.Light % PixelField.Size)) <= 1;
        state.Dark = lit ? 0 : state.Dark + 1;
        return new StepOutcome(lit ? 1 : 0, state.Dark >= Patience);
    }

    /// <inheritdoc/>
    public static void Draw(in Spotlight state, Span<float> pixels)
    {
        pixels[state.Dancer] = 1;
        pixels[PixelField.Cells + state.Previous] = 1;
        for (int row = -1; row <= 1; row++)
            pixels.Slice((2 * PixelField.Cells) + state.Light + (row * PixelField.Size) - 1, 3).Fill(1);
    }
}
