using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptiCore.Optimizers;

/// <summary>
/// The inner part of an update rule: what is done to one vector register of elements. A <c>readonly struct</c> that holds the constants of one
/// step, broadcast to vectors, so that a composition of rules is one struct and the compiler makes one loop of it.
/// </summary>
/// <typeparam name="T">The element type: <see cref="float"/> or <see cref="double"/>.</typeparam>
/// <remarks>
/// Element i of the result may depend on element i of the operands only, through operations that are correctly rounded (no fused multiply-add),
/// so that results have the same bits for any vector width. Mark <see cref="Apply"/> for aggressive inlining.
/// </remarks>
public interface ILane<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Maps the update of one register of elements.</summary>
    /// <param name="update">What came out of the rule before: at the beginning of a chain the gradient.</param>
    /// <param name="parameter">The parameters before the step.</param>
    /// <param name="slots">The state of these elements; the rule takes its slots in order, the same number at every call of a run.</param>
    /// <returns>The update for the next rule. What comes out of the last one is subtracted from the parameters.</returns>
    Vector<T> Apply(Vector<T> update, Vector<T> parameter, ref SlotCursor<T> slots);
}

/// <summary>Walks over the state slots of one register of elements, in the order in which the rules of a chain take them.</summary>
/// <typeparam name="T">The element type.</typeparam>
public ref struct SlotCursor<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly nint _stride;
    private ref T _next;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal SlotCursor(ref T first, nint stride)
    {
        _next = ref first;
        _stride = stride;
    }

    /// <summary>The next slot of the elements, to be read and written in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref Vector<T> Next()
    {
        // Rows are padded to whole registers, so that the slot of a register at the end of the parameters lies in the array as well.
        ref T current = ref _next;
        _next = ref Unsafe.Add(ref current, _stride);
        return ref Unsafe.As<T, Vector<T>>(ref current);
    }
}

/// <summary>Two lanes, one after the other: the static composition that makes a chain of rules one loop.</summary>
/// <typeparam name="T">The element type.</typeparam>
/// <typeparam name="TFirst">The first lane.</typeparam>
/// <typeparam name="TSecond">The lane that takes the first one's result.</typeparam>
/// <param name="first">The first lane.</param>
/// <param name="second">The second lane.</param>
public readonly struct LanePair<T, TFirst, TSecond>(TFirst first, TSecond second) : ILane<T>
    where T : unmanaged, IFloatingPointIeee754<T>
    where TFirst : struct, ILane<T>
    where TSecond : struct, ILane<T>
{
    private readonly TFirst _first = first;
    private readonly TSecond _second = second;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Apply(Vector<T> update, Vector<T> parameter, ref SlotCursor<T> slots) =>
        _second.Apply(_first.Apply(update, parameter, ref slots), parameter, ref slots);
}
