using System.Numerics;

namespace OptiCore.Differentiation;

/// <summary>Where the numbers of a variable lie: in which buffer and from which element on.</summary>
internal readonly record struct Operand(int Buffer, int Offset, Shape Shape)
{
    /// <summary>The number of elements.</summary>
    public int Count { get; } = Shape.ElementCount;
}

/// <summary>Where a kernel finds its arguments, its results and its workspace.</summary>
internal sealed class KernelSite
{
    public required Node Node { get; init; }

    public required Operand[] Inputs { get; init; }

    public required Operand[] Outputs { get; init; }

    public required Operand Scratch { get; init; }

    /// <summary>The kernel's place in the computation, under which a frame keeps its state.</summary>
    public required int Index { get; init; }

    /// <summary>The keys that replays are given.</summary>
    public required List<KeyVariable> Keys { get; init; }

    /// <summary>The place of a key among those that replays are given.</summary>
    public int KeyIndex(KeyVariable root)
    {
        int known = Keys.IndexOf(root);
        if (known >= 0)
            return known;
        Keys.Add(root);
        return Keys.Count - 1;
    }
}

/// <summary>Computes the results of one node, or of a run of fused nodes, from memory to memory.</summary>
internal abstract class Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Computes the results.</summary>
    public abstract void Run(Frame<T> frame);

    /// <summary>What a replay keeps for this kernel, such as the memory of a loop's body; null for nothing.</summary>
    public virtual object? NewState(Frame<T> frame) => null;
}

/// <summary>The memory of one replay: the addresses of all buffers, none of which moves.</summary>
internal sealed unsafe class Frame<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly nint[] _bases;
    private readonly Block<T> _tiles;
    private readonly int _tileScratch;

    public Frame(Plan<T> plan, IWorkers? workers)
    {
        _bases = new nint[plan.BufferCount];
        _tileScratch = plan.TileScratch;
        _tiles = new Block<T>(_tileScratch * (workers?.Count ?? 1));
        Workers = workers is { Count: > 1 } ? workers : null;
        Keys = new RandomKey[plan.Keys.Count];
        States = new object?[plan.Kernels.Length];
    }

    /// <summary>Who does the pieces of large kernels; null for the calling thread alone.</summary>
    public IWorkers? Workers { get; }

    /// <summary>The keys of random draws.</summary>
    public RandomKey[] Keys { get; }

    /// <summary>What kernels keep from run to run.</summary>
    public object?[] States { get; }

    public void Bind(int buffer, T* address) => _bases[buffer] = (nint)address;

    public T* At(Operand operand) => (T*)_bases[operand.Buffer] + operand.Offset;

    public Span<T> Span(Operand operand) => new(At(operand), operand.Count);

    /// <summary>The registers of tiles of one of the pieces that run at a time.</summary>
    public T* Tiles(int piece) => _tiles.Pointer + ((nint)piece * _tileScratch);
}
