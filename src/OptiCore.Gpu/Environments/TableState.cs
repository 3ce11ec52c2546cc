using System.Runtime.CompilerServices;
using ILGPU;

namespace OptiCore.Gpu;

/// <summary>The state of a world whose states are numbered, with the place in its episode's stream from which the next random word comes.</summary>
/// <param name="State">The state.</param>
/// <param name="Words">The random words that the episode has read.</param>
public readonly record struct TableState(int State, long Words)
{
    /// <summary>Reads a state and its place, each from a row of doubles, which hold both exactly.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static TableState Load(ArrayView<double> memory, long index, long count) => new((int)memory[index], (long)memory[index + count]);

    /// <summary>Writes what <see cref="Load"/> reads.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Store(ArrayView<double> memory, long index, long count)
    {
        memory[index] = State;
        memory[index + count] = Words;
    }
}
