using System.Numerics;
using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <summary>
/// The inner part of an update rule: what is done to one register of elements. A <c>readonly struct</c> that holds the constants of one step, so that a composition of rules is one
/// struct and the compiler makes one loop of it.
/// </summary>
/// <typeparam name="T">The element type: <see cref="float"/> or <see cref="double"/>.</typeparam>
/// <remarks>
/// <para>
/// One definition serves the registers of every CPU, where the loop takes the widest there are, and the threads of a GPU, for which <see cref="Apply"/> is compiled from the same
/// code. Hence the restrictions. The fields are numbers of type <typeparamref name="T"/>, computed and rounded once, where the lane is made; <see cref="Flag"/> for truth values; and other lanes. In
/// <see cref="Apply"/> they become registers by <see cref="ILanes{TSelf, T}.All"/>; it calls the register's operations and branches on flags, but not on elements, and has no
/// exceptions, no delegates, no tests of types, no spans and nothing of <see cref="Math"/>.
/// </para>
/// <para>
/// Element i of the result may depend on element i of the operands only, through operations that are correctly rounded (no fused multiply-add), so that results have the same
/// bits for any register of any CPU and on a GPU, whose registers round every operation as written. Mark <see cref="Apply"/> for aggressive inlining.
/// </para>
/// <code>
/// public readonly struct MomentumLane&lt;T&gt;(double rate, double memory) : ILane&lt;T&gt; where T : unmanaged, IFloatingPointIeee754&lt;T&gt;
/// {
///     private readonly T _rate = T.CreateTruncating(rate), _memory = T.CreateTruncating(memory);
///
///     [MethodImpl(MethodImplOptions.AggressiveInlining)]
///     public TLanes Apply&lt;TLanes, TSlots&gt;(TLanes update, TLanes parameter, ref TSlots slots)
///         where TLanes : struct, ILanes&lt;TLanes, T&gt;
///         where TSlots : struct, ISlots&lt;TLanes&gt;, allows ref struct
///     {
///         ref TLanes buffer = ref slots.Next();
///         TLanes b = (TLanes.All(_memory) * buffer) + update;
///         buffer = b;
///         return TLanes.All(_rate) * b;
///     }
/// }
/// </code>
/// </remarks>
public interface ILane<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Maps the update of one register of elements.</summary>
    /// <typeparam name="TLanes">The register.</typeparam>
    /// <typeparam name="TSlots">The kind of access to the state.</typeparam>
    /// <param name="update">What came out of the rule before: at the beginning of a chain the gradient.</param>
    /// <param name="parameter">The parameters before the step.</param>
    /// <param name="slots">The state of these elements; the rule takes its slots in order, the same number at every call of a run.</param>
    /// <returns>The update for the next rule. What comes out of the last one is subtracted from the parameters.</returns>
    TLanes Apply<TLanes, TSlots>(TLanes update, TLanes parameter, ref TSlots slots)
        where TLanes : struct, ILanes<TLanes, T>
        where TSlots : struct, ISlots<TLanes>, allows ref struct;
}

/// <summary>The state slots of one register of elements, in the order in which the rules of a chain take them.</summary>
/// <typeparam name="TLanes">The register.</typeparam>
public interface ISlots<TLanes> where TLanes : struct
{
    /// <summary>The next slot of the elements, to be read and written in place.</summary>
    ref TLanes Next();
}

/// <summary>Walks over rows of memory, a row a slot.</summary>
internal ref struct SlotCursor<TLanes> : ISlots<TLanes> where TLanes : struct
{
    private readonly nint _strideBytes;
    private ref TLanes _next;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public SlotCursor(ref TLanes first, nint strideBytes)
    {
        _next = ref first;
        _strideBytes = strideBytes;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref TLanes Next()
    {
        // Rows are padded to whole registers, so that the slot of a register at the end of the parameters lies in the array as well.
        ref TLanes current = ref _next;
        _next = ref Unsafe.AddByteOffset(ref current, _strideBytes);
        return ref current;
    }
}

/// <summary>Two lanes, one after the other: the static composition that makes a chain of rules one loop.</summary>
/// <typeparam name="T">The element type.</typeparam>
/// <typeparam name="TFirst">The first lane.</typeparam>
/// <typeparam name="TSecond">The lane that takes the first one's result.</typeparam>
/// <param name="first">The first lane.</param>
/// <param name="second">The second lane.</param>
public struct LanePair<T, TFirst, TSecond>(TFirst first, TSecond second) : ILane<T>
    where T : unmanaged, IFloatingPointIeee754<T>
    where TFirst : struct, ILane<T>
    where TSecond : struct, ILane<T>
{
    private TFirst _first = first;
    private TSecond _second = second;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Apply<TLanes, TSlots>(TLanes update, TLanes parameter, ref TSlots slots)
        where TLanes : struct, ILanes<TLanes, T>
        where TSlots : struct, ISlots<TLanes>, allows ref struct
    {
        // By writable references: of a read-only field the compiler would make a copy for the call, as it can't know that the lane changes nothing, and copy all constants for each register.
        ref TFirst first = ref _first;
        ref TSecond second = ref _second;
        return second.Apply(first.Apply(update, parameter, ref slots), parameter, ref slots);
    }
}
