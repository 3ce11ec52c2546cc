using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptiCore.Differentiation;

/// <summary>Assigns tiles and places to the operations of a run.</summary>
internal sealed class TileProgramBuilder<T>(int index, int count, Func<Variable, Operand> operand) where T : unmanaged, IFloatingPointIeee754<T>
{
    // All tiles of a run together should stay in a first-level cache of 32 KiB, with room for what they are read from.
    private const int CacheBytes = 16 * 1024;
    private const int LargestTile = 1024, SmallestTile = 64;

    private readonly List<TileProgram<T>.Place> _places = [];
    private readonly List<(Node Node, bool IsKept)> _nodes = [];

    /// <summary>The elements that the tiles need.</summary>
    public int Scratch { get; private set; }

    /// <summary>Adds an operation, after those whose results it needs.</summary>
    public void Add(Node node, bool isKept) => _nodes.Add((node, isKept));

    /// <summary>The run.</summary>
    public TileProgram<T> Build()
    {
        var inside = new HashSet<Node>();
        var lastUse = new Dictionary<Node, int>();
        for (int i = 0; i < _nodes.Count; i++)
        {
            inside.Add(_nodes[i].Node);
            foreach (Variable input in _nodes[i].Node.Inputs)
            {
                if (inside.Contains(Clusters.Source(input).Node) && input.Shape.ElementCount == count)
                    lastUse[Clusters.Source(input).Node] = i;
            }
        }

        var results = new Dictionary<Node, int>();
        var shown = new Dictionary<(Operand Operand, Shape Target, bool IsNumber), int>();
        var steps = new List<TileProgram<T>.Step>();
        var expansions = new List<(Expansion<T> Expansion, int Place)>();
        var free = new Stack<int>();
        int tiles = 0;
        for (int i = 0; i < _nodes.Count; i++)
        {
            (Node node, bool isKept) = _nodes[i];
            var operation = (ElementwiseOperation)node.Operation;
            Span<int> at = [0, 0, 0];
            Span<bool> isNumber = [false, false, false];
            for (int k = 0; k < node.Inputs.Length; k++)
            {
                Variable input = node.Inputs[k];
                Node source = Clusters.Source(input).Node;
                if (inside.Contains(source) && input.Shape.ElementCount == count)
                {
                    at[k] = results[source];
                    continue;
                }

                isNumber[k] = input.Shape.ElementCount == 1 && count > 1 && (operation.TakesNumbers);
                at[k] = Show(operand(input), node.Shapes[0], isNumber[k]);
            }

            // The tiles of arguments that aren't needed any more are free for the result: kernels may write where they read.
            for (int k = 0; k < node.Inputs.Length; k++)
            {
                Node source = Clusters.Source(node.Inputs[k]).Node;
                if (lastUse.TryGetValue(source, out int last) && last == i && results.TryGetValue(source, out int place) && _places[place].IsTile)
                {
                    free.Push(_places[place].Tile);
                    lastUse.Remove(source);
                }
            }

            int result;
            if (isKept)
            {
                result = _places.Count;
                _places.Add(new TileProgram<T>.Place(false, 0, operand(new Variable(node, 0)), Moves: true));
            }
            else
            {
                result = _places.Count;
                _places.Add(new TileProgram<T>.Place(true, free.TryPop(out int tile) ? tile : tiles++, default, Moves: false));
            }

            results[node] = result;
            steps.Add(new TileProgram<T>.Step(operation.Tile<T>(isNumber[..node.Inputs.Length]), at[0], at[1], at[2], result));
        }

        int length = TileLength(tiles, expansions);
        Scratch = tiles * length;
        return new TileProgram<T>(index, count, length, [.. _places], [.. steps], [.. expansions]);

        int Show(Operand source, Shape target, bool isNumber)
        {
            if (shown.TryGetValue((source, target, isNumber), out int known))
                return known;
            int place = _places.Count;
            if (isNumber || source.Count == count)
                _places.Add(new TileProgram<T>.Place(false, 0, source, Moves: !isNumber));
            else
            {
                // Written out once and then left alone: its tile is nobody else's.
                _places.Add(new TileProgram<T>.Place(true, tiles++, default, Moves: false));
                expansions.Add((new Expansion<T>(source, target), place));
            }

            shown[(source, target, isNumber)] = place;
            return place;
        }
    }

    /// <summary>As long as the cache allows; whole periods of repeated arguments where that is possible, so that they are written out only once.</summary>
    private static int TileLength(int tiles, List<(Expansion<T> Expansion, int Place)> expansions)
    {
        int most = Math.Clamp(CacheBytes / (Unsafe.SizeOf<T>() * Math.Max(1, tiles)), SmallestTile, LargestTile);
        int period = 1;
        foreach ((Expansion<T> expansion, _) in expansions)
        {
            int own = Math.Max(1, expansion.Period);
            int common = own / Gcd(own, period) * period;
            period = common <= most ? common : period;
        }

        return most / period * period;
    }

    private static int Gcd(int a, int b) => b == 0 ? a : Gcd(b, a % b);
}
