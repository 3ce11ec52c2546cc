using OptiCore.RL.Environments;

namespace OptiCore.RL.Drawing;

/// <summary>Draws a world of square tiles: <see cref="FrozenLake"/> or <see cref="CliffWalking"/>, with the player where the state says.</summary>
public sealed class GridScene : IScene<int>
{
    private const double Tile = 40;

    private readonly string[] _map;

    /// <summary>Creates the scene of a frozen lake.</summary>
    /// <param name="map">Rows of equal length of the letters S, F, H and G, as for <see cref="FrozenLake.Model"/>; C is a cliff.</param>
    /// <exception cref="ArgumentException">The map is empty, not rectangular or has another letter.</exception>
    public GridScene(IReadOnlyList<string> map)
    {
        ArgumentNullException.ThrowIfNull(map);
        _map = [.. map];
        foreach (string row in _map)
        {
            if (row.Length == 0 || row.Length != _map[0].Length || row.AsSpan().ContainsAnyExcept("SFHGC"))
                throw new ArgumentException($"The row \"{row}\" isn't as long as the first one, or has letters other than S, F, H, G and C.", nameof(map));
        }

        if (_map.Length == 0)
            throw new ArgumentException("The map is empty.", nameof(map));
    }

    /// <summary>The scene of <see cref="CliffWalking"/>.</summary>
    public static GridScene Cliff { get; } = new(["FFFFFFFFFFFF", "FFFFFFFFFFFF", "FFFFFFFFFFFF", "SCCCCCCCCCCG"]);

    /// <inheritdoc/>
    public double Width => (Tile * _map[0].Length) + 2;

    /// <inheritdoc/>
    public double Height => (Tile * _map.Length) + 2;

    /// <inheritdoc/>
    public int ObservationLength => 1;

    /// <inheritdoc/>
    public void DrawBackground(SvgCanvas canvas)
    {
        ArgumentNullException.ThrowIfNull(canvas);
        for (int row = 0; row < _map.Length; row++)
        {
            for (int column = 0; column < _map[0].Length; column++)
            {
                (double x, double y) = (1 + (column * Tile), 1 + (row * Tile));
                char letter = _map[row][column];
                canvas.Rectangle(x + 1, y + 1, Tile - 2, Tile - 2, letter switch { 'G' => Palette.Goal, 'C' => Palette.Cliff, _ => Palette.Ice });
                if (letter == 'H')
                    canvas.Circle(x + (Tile / 2), y + (Tile / 2), 0.4 * Tile, Palette.Hole);
                else if (letter is 'S' or 'G')
                    canvas.Text(x + (Tile / 2), y + (Tile / 2), 15, letter == 'S' ? "start" : "goal", letter == 'S' ? Palette.Ground : "white");
            }
        }
    }

    /// <inheritdoc/>
    public void Draw(SvgCanvas canvas, ReadOnlySpan<int> observation)
    {
        ArgumentNullException.ThrowIfNull(canvas);
        (int row, int column) = Math.DivRem(observation[0], _map[0].Length);
        canvas.Circle(1 + ((column + 0.5) * Tile), 1 + ((row + 0.5) * Tile), 0.27 * Tile, Palette.Accent);
    }
}

/// <summary>Draws <see cref="Taxi"/>: the four places, the walls, the taxi, the waiting passenger, or the passenger inside, and a ring around the destination.</summary>
public sealed class TaxiScene : IScene<int>
{
    private const double Tile = 44;

    private static readonly (int Row, int Column, string Colour)[] Places = [(0, 0, Palette.Red), (0, 4, Palette.Green), (4, 0, Palette.Yellow), (4, 3, Palette.Blue)];
    private static readonly (int Row, int Column)[] WallsToTheEast = [(0, 1), (1, 1), (3, 0), (4, 0), (3, 2), (4, 2)];

    /// <inheritdoc/>
    public double Width => (5 * Tile) + 2;

    /// <inheritdoc/>
    public double Height => (5 * Tile) + 2;

    /// <inheritdoc/>
    public int ObservationLength => 1;

    /// <inheritdoc/>
    public void DrawBackground(SvgCanvas canvas)
    {
        ArgumentNullException.ThrowIfNull(canvas);
        for (int tile = 0; tile < 25; tile++)
            canvas.Rectangle(2 + (tile % 5 * Tile), 2 + (tile / 5 * Tile), Tile - 2, Tile - 2, Palette.Floor);
        for (int k = 0; k < Places.Length; k++)
        {
            (int row, int column, string colour) = Places[k];
            canvas.Rectangle(2 + (column * Tile), 2 + (row * Tile), Tile - 2, Tile - 2, colour);
        }

        foreach ((int row, int column) in WallsToTheEast)
            canvas.Line(1 + ((column + 1) * Tile), 3 + (row * Tile), 1 + ((column + 1) * Tile), ((row + 1) * Tile) - 1, Palette.Ink, 4);
    }

    /// <inheritdoc/>
    public void Draw(SvgCanvas canvas, ReadOnlySpan<int> observation)
    {
        ArgumentNullException.ThrowIfNull(canvas);
        (int row, int column, int passenger, int destination) = Taxi.Decode(observation[0]);
        (double x, double y) = Centre(Places[destination].Row, Places[destination].Column);
        canvas.Circle(x, y, 0.42 * Tile, "white");
        canvas.Circle(x, y, 0.34 * Tile, Places[destination].Colour);
        (x, y) = Centre(row, column);
        canvas.Rectangle(x - 15, y - 9, 30, 18, Palette.Ink);
        if (passenger < Places.Length)
            (x, y) = Centre(Places[passenger].Row, Places[passenger].Column);
        canvas.Circle(x, y, 6, "white");
        canvas.Circle(x, y, 4.5, Palette.Accent);
    }

    private static (double X, double Y) Centre(int row, int column) => (1 + ((column + 0.5) * Tile), 1 + ((row + 0.5) * Tile));
}
