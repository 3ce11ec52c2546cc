using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptiCore.Differentiation;

/// <summary>
/// A run of element-wise operations over tensors of one number of elements, computed tile by tile: what only the run itself needs stays in tiles in the first-level cache, and memory is
/// read and written once.
/// </summary>
internal sealed unsafe class TileProgram<T> : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    // A range of fewer elements isn't worth another thread.
    private const int PieceElements = 1 << 15;

    private readonly int _index, _count, _tile;
    private readonly Place[] _places;
    private readonly Step[] _steps;
    private readonly (Expansion<T> Expansion, int Place, bool Once)[] _expansions;

    public TileProgram(int index, int count, int tile, Place[] places, Step[] steps, (Expansion<T> Expansion, int Place)[] expansions)
    {
        _index = index;
        _count = count;
        _tile = tile;
        _places = places;
        _steps = steps;

        // Where tiles are whole periods, every tile needs the same numbers.
        _expansions = Array.ConvertAll(expansions, e => (e.Expansion, e.Place, e.Expansion.Period > 0 && (tile % e.Expansion.Period == 0 || count <= tile)));
    }

    public override object? NewState(Frame<T> frame) => frame.Workers is null || _count < 2 * PieceElements ? null : new Pieces(this, frame);

    public override void Run(Frame<T> frame)
    {
        if (frame.States[_index] is Pieces pieces)
            pieces.Run();
        else
            Run(frame, 0, 0, _count);
    }

    /// <summary>Computes a range of elements.</summary>
    /// <param name="frame">The memory.</param>
    /// <param name="piece">Whose registers of tiles are used.</param>
    /// <param name="from">The first element.</param>
    /// <param name="to">The element after the last.</param>
    [SkipLocalsInit]
    public void Run(Frame<T> frame, int piece, int from, int to)
    {
        nint* bases = stackalloc nint[_places.Length];
        T* tiles = frame.Tiles(piece);
        for (int i = 0; i < _places.Length; i++)
            bases[i] = (nint)(_places[i].IsTile ? tiles + (_places[i].Tile * _tile) : frame.At(_places[i].Operand));
        for (int start = from; start < to; start += _tile)
        {
            int n = Math.Min(_tile, to - start);
            foreach ((Expansion<T> expansion, int place, bool once) in _expansions)
            {
                if (!once || start == from)
                    expansion.Write(frame.At(expansion.Source), (T*)bases[place], start, n);
            }

            foreach (Step step in _steps)
                step.Kernel.Run(At(bases, step.A, start), At(bases, step.B, start), At(bases, step.C, start), At(bases, step.Y, start), n);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private T* At(nint* bases, int place, int start) => (T*)bases[place] + (_places[place].Moves ? start : 0);

    /// <summary>Where a step finds a number: in a tile, or in memory, where it moves on with the tiles or is one number for all.</summary>
    public readonly record struct Place(bool IsTile, int Tile, Operand Operand, bool Moves);

    /// <summary>One operation: the places of up to three arguments and of the result.</summary>
    public readonly record struct Step(TileKernel<T> Kernel, int A, int B, int C, int Y);

    /// <summary>The run divided among threads, at tile boundaries.</summary>
    private sealed class Pieces
    {
        private readonly TileProgram<T> _program;
        private readonly Frame<T> _frame;
        private readonly Action<int> _work;
        private readonly int _pieces, _length;

        public Pieces(TileProgram<T> program, Frame<T> frame)
        {
            _program = program;
            _frame = frame;
            _pieces = Math.Min(frame.Workers!.Count, program._count / PieceElements);
            int tiles = (program._count + program._tile - 1) / program._tile;
            _length = (tiles + _pieces - 1) / _pieces * program._tile;
            _work = Work;
        }

        public void Run() => _frame.Workers!.ForEach(_pieces, _work);

        private void Work(int piece)
        {
            int from = piece * _length;
            _program.Run(_frame, piece, from, Math.Min(from + _length, _program._count));
        }
    }
}
