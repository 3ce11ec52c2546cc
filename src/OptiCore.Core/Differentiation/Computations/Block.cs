using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptiCore.Differentiation;

/// <summary>Memory that doesn't move, beginning on a cache line: parameters that several replays and an optimizer share, or the memory of a replay.</summary>
/// <typeparam name="T">The element type.</typeparam>
public sealed unsafe class Block<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int LineBytes = 64;

    private readonly T[] _array;
    private readonly int _start;

    /// <summary>A block of zeros.</summary>
    /// <param name="length">The number of elements.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    public Block(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        _array = GC.AllocateArray<T>(checked(length + (LineBytes / sizeof(T))), pinned: true);
        var address = (nuint)Unsafe.AsPointer(ref _array[0]);
        _start = (int)(((LineBytes - (address % LineBytes)) % LineBytes) / (nuint)sizeof(T));
    }

    /// <summary>The number of elements.</summary>
    public int Length { get; }

    /// <summary>The elements.</summary>
    public Span<T> Span => _array.AsSpan(_start, Length);

    /// <summary>The address of the first element, valid as long as the block is referred to.</summary>
    internal T* Pointer => (T*)Unsafe.AsPointer(ref _array[0]) + _start;
}
