using System.Runtime.CompilerServices;

namespace OptiCore.RL.Environments;

/// <summary>
/// Avoidance: collect gems on a field that bolts cross from all four sides. Actions: 0 stay, 1 up, 2 right, 3 down, 4 left; a step off the field stays. A gem earns 1 and appears elsewhere; a bolt that hits
/// terminates. Channels: the agent, the gem, bolts, where the bolts were a step ago.
/// </summary>
/// <remarks>
/// In each step the agent moves, then every bolt flies one cell on and is gone when it leaves the field. It hits when it ends in the agent's cell or when the two have changed places. Then, with probability 1/2 and
/// while fewer than eight are in flight, a bolt appears at a random cell of the border and heads across; none appears in the agent's cell. A bolt flies straight, so that whoever looks one step ahead can dodge almost all.
/// </remarks>
public struct Crossfire : IPixelGame<Crossfire>
{
    /// <summary>The largest number of bolts in flight.</summary>
    public const int MaxBolts = 8;

    private BoltArray _bolts;

    /// <inheritdoc/>
    public static int Channels => 4;

    /// <inheritdoc/>
    public static int Actions => 5;

    /// <summary>The agent's cell: 10 row + column.</summary>
    public int Agent { get; set; }

    /// <summary>The gem's cell.</summary>
    public int Gem { get; set; }

    /// <summary>One of the bolts, as <see cref="Bolt"/> makes it; 0 for none.</summary>
    /// <param name="slot">Which, 0 to <see cref="MaxBolts"/> - 1.</param>
    public readonly int BoltAt(int slot) => _bolts[slot];

    /// <summary>The same state with one bolt replaced.</summary>
    /// <param name="slot">Which, 0 to <see cref="MaxBolts"/> - 1.</param>
    /// <param name="bolt">The bolt, as <see cref="Bolt"/> makes it; 0 for none.</param>
    public readonly Crossfire WithBolt(int slot, int bolt)
    {
        Crossfire state = this;
        state._bolts[slot] = bolt;
        return state;
    }

    /// <summary>A bolt in flight.</summary>
    /// <param name="cell">Its cell.</param>
    /// <param name="heading">Where it flies: 0 up, 1 right, 2 down, 3 left.</param>
    /// <param name="previous">Its cell one step ago, or the same one when it has just appeared.</param>
    public static int Bolt(int cell, int heading, int previous) => 1 + cell + (heading << 8) + (previous << 16);

    /// <summary>The cell of a bolt.</summary>
    /// <param name="bolt">The bolt, not 0.</param>
    public static int CellOf(int bolt) => (bolt & 0xFF) - 1;

    /// <summary>Where a bolt flies: 0 up, 1 right, 2 down, 3 left.</summary>
    /// <param name="bolt">The bolt, not 0.</param>
    public static int HeadingOf(int bolt) => (bolt >> 8) & 0xFF;

    /// <inheritdoc/>
    public static Crossfire Begin(ref RandomStream stream)
    {
        uint word = stream.NextUInt32();
        var state = new Crossfire { Agent = PixelField.Below(word, PixelField.Cells) };
        state.Gem = OtherThan(state.Agent, word >> 16);
        return state;
    }

    /// <inheritdoc/>
    public static StepOutcome Step(ref Crossfire state, int action, ref RandomStream stream)
    {
        int before = state.Agent, agent = PixelField.Walk(before, action);
        state.Agent = agent;
        bool hit = false;
        int free = -1;
        for (int k = 0; k < MaxBolts; k++)
        {
            int bolt = state._bolts[k];
            if (bolt == 0)
            {
                free = k;
                continue;
            }

            int cell = CellOf(bolt), heading = HeadingOf(bolt), next = PixelField.Walk(cell, heading + 1);
            if (next == cell)
            {
                state._bolts[k] = 0;
                free = k;
                continue;
            }

            hit |= next == agent | (next == before & cell == agent);
            state._bolts[k] = Bolt(next, heading, cell);
        }

        uint word = stream.NextUInt32();
        if (free >= 0 && word >> 31 == 0)
        {
            int heading = (int)(word >> 29) & 3, along = PixelField.Below(word, PixelField.Size);
            int cell = heading switch
            {
                0 => PixelField.Cells - PixelField.Size + along,
                1 => along * PixelField.Size,
                2 => along,
                _ => (along * PixelField.Size) + PixelField.Size - 1,
            };
            if (cell != agent)
                state._bolts[free] = Bolt(cell, heading, cell);
        }

        double reward = 0;
        if (agent == state.Gem && !hit)
        {
            reward = 1;
            state.Gem = OtherThan(agent, stream.NextUInt32());
        }

        return new StepOutcome(reward, hit);
    }

    /// <inheritdoc/>
    public static void Draw(in Crossfire state, Span<float> pixels)
    {
        pixels[state.Agent] = 1;
        pixels[PixelField.Cells + state.Gem] = 1;
        for (int k = 0; k < MaxBolts; k++)
        {
            int bolt = state._bolts[k];
            if (bolt != 0)
            {
                pixels[(2 * PixelField.Cells) + CellOf(bolt)] = 1;
                pixels[(3 * PixelField.Cells) + (bolt >> 16)] = 1;
            }
        }
    }

    /// <summary>A random cell that isn't the given one.</summary>
    private static int OtherThan(int cell, uint bits)
    {
        int drawn = PixelField.Below(bits, PixelField.Cells - 1);
        return drawn >= cell ? drawn + 1 : drawn;
    }

    [InlineArray(MaxBolts)]
    private struct BoltArray
    {
        private int _first;
    }
}
