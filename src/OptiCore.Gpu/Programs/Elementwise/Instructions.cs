using System.Numerics;
using System.Runtime.CompilerServices;
using ILGPU;
using OptiCore.Differentiation;
using OptiCore.Numerics;

namespace OptiCore.Gpu;

// A run of element-wise operations is a type: instructions whose registers and places are type arguments, joined by Then. ILGPU compiles one kernel of it, in which nothing is left of the types; the
// processor interprets the same run tile by tile.

/// <summary>One instruction of a run.</summary>
internal interface IInstruction
{
    /// <summary>Does it for the register of elements with a number.</summary>
    /// <param name="registers">The intermediate results.</param>
    /// <param name="wide">The memory in registers.</param>
    /// <param name="memory">The memory in elements.</param>
    /// <param name="places">The numbers of the launch.</param>
    /// <param name="i">The number of the register, which holds elements i width to (i + 1) width - 1.</param>
    static abstract void Run<T, L>(ref Registers<L> registers, ArrayView<L> wide, ArrayView<T> memory, in RunPlaces places, int i)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>;
}

/// <summary>Two instructions, one after the other.</summary>
internal readonly struct Then<TFirst, TSecond> : IInstruction
    where TFirst : unmanaged, IInstruction
    where TSecond : unmanaged, IInstruction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<T, L>(ref Registers<L> registers, ArrayView<L> wide, ArrayView<T> memory, in RunPlaces places, int i)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
    {
        TFirst.Run(ref registers, wide, memory, in places, i);
        TSecond.Run(ref registers, wide, memory, in places, i);
    }
}

/// <summary>Reads the element of the same number; the place counts registers.</summary>
internal readonly struct Load<TTo, TFrom> : IInstruction
    where TTo : unmanaged, ISlot
    where TFrom : unmanaged, IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<T, L>(ref Registers<L> registers, ArrayView<L> wide, ArrayView<T> memory, in RunPlaces places, int i)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T> => TTo.Set(ref registers, wide[TFrom.Get(in places) + i]);
}

/// <summary>Reads one number for all elements; the place counts elements.</summary>
internal readonly struct LoadNumber<TTo, TFrom> : IInstruction
    where TTo : unmanaged, ISlot
    where TFrom : unmanaged, IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<T, L>(ref Registers<L> registers, ArrayView<L> wide, ArrayView<T> memory, in RunPlaces places, int i)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T> => TTo.Set(ref registers, L.All(memory[TFrom.Get(in places)]));
}

/// <summary>Reads an argument that is repeated along axes, whose innermost one lies in memory in registers; place and strides count registers.</summary>
internal readonly struct LoadRepeated<TTo, TFrom, TAxes> : IInstruction
    where TTo : unmanaged, ISlot
    where TFrom : unmanaged, IPlace
    where TAxes : unmanaged, IAxes
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<T, L>(ref Registers<L> registers, ArrayView<L> wide, ArrayView<T> memory, in RunPlaces places, int i)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T> => TTo.Set(ref registers, wide[TFrom.Get(in places) + TAxes.Offset(in places, i)]);
}

/// <summary>Reads an argument that is repeated along the innermost axis too, so that one element fills a register; place and strides count elements.</summary>
internal readonly struct LoadSpread<TTo, TFrom, TAxes> : IInstruction
    where TTo : unmanaged, ISlot
    where TFrom : unmanaged, IPlace
    where TAxes : unmanaged, IAxes
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<T, L>(ref Registers<L> registers, ArrayView<L> wide, ArrayView<T> memory, in RunPlaces places, int i)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T> => TTo.Set(ref registers, L.All(memory[TFrom.Get(in places) + TAxes.Offset(in places, i)]));
}

/// <summary>The axes of a repeated argument, innermost first.</summary>
internal interface IAxes
{
    /// <summary>The offset of an item by its number.</summary>
    static abstract int Offset(in RunPlaces places, int index);
}

/// <summary>An axis and those outside of it.</summary>
internal readonly struct Axis<TLength, TStride, TOuter> : IAxes
    where TLength : unmanaged, IPlace
    where TStride : unmanaged, IPlace
    where TOuter : unmanaged, IAxes
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Offset(in RunPlaces places, int index)
    {
        int length = TLength.Get(in places), rest = index / length;
        return ((index - (rest * length)) * TStride.Get(in places)) + TOuter.Offset(in places, rest);
    }
}

/// <summary>The outermost axis, whose length nobody needs to know.</summary>
internal readonly struct LastAxis<TStride> : IAxes
    where TStride : unmanaged, IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Offset(in RunPlaces places, int index) => index * TStride.Get(in places);
}

/// <summary>Writes a result.</summary>
internal readonly struct Store<TFrom, TTo> : IInstruction
    where TFrom : unmanaged, ISlot
    where TTo : unmanaged, IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<T, L>(ref Registers<L> registers, ArrayView<L> wide, ArrayView<T> memory, in RunPlaces places, int i)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T> => wide[TTo.Get(in places) + i] = TFrom.Get(in registers);
}

/// <summary>Writes a result along axes; place and strides count registers.</summary>
internal readonly struct StoreAlong<TFrom, TTo, TAxes> : IInstruction
    where TFrom : unmanaged, ISlot
    where TTo : unmanaged, IPlace
    where TAxes : unmanaged, IAxes
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<T, L>(ref Registers<L> registers, ArrayView<L> wide, ArrayView<T> memory, in RunPlaces places, int i)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T> => wide[TTo.Get(in places) + TAxes.Offset(in places, i)] = TFrom.Get(in registers);
}

/// <summary>A function of one number from the operations of registers.</summary>
internal readonly struct Express<TFunction, TTo, TX> : IInstruction
    where TFunction : unmanaged, ILaneExpression
    where TTo : unmanaged, ISlot
    where TX : unmanaged, ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<T, L>(ref Registers<L> registers, ArrayView<L> wide, ArrayView<T> memory, in RunPlaces places, int i)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T> => TTo.Set(ref registers, TFunction.Of(TX.Get(in registers)));
}

/// <summary>A function of one number.</summary>
internal readonly struct Map<TFunction, TTo, TX> : IInstruction
    where TFunction : unmanaged, ILaneFunction
    where TTo : unmanaged, ISlot
    where TX : unmanaged, ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<T, L>(ref Registers<L> registers, ArrayView<L> wide, ArrayView<T> memory, in RunPlaces places, int i)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T> => TTo.Set(ref registers, L.Map<TFunction>(TX.Get(in registers)));
}

/// <summary>A function of one number that has lanes of floats.</summary>
internal readonly struct MapFloats<TFunction, TTo, TX> : IInstruction
    where TFunction : unmanaged, IFloatFunction
    where TTo : unmanaged, ISlot
    where TX : unmanaged, ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<T, L>(ref Registers<L> registers, ArrayView<L> wide, ArrayView<T> memory, in RunPlaces places, int i)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T> => TTo.Set(ref registers, L.MapFloats<TFunction>(TX.Get(in registers)));
}

/// <summary>A function of two numbers.</summary>
internal readonly struct Map2<TFunction, TTo, TX, TY> : IInstruction
    where TFunction : unmanaged, ILaneFunction2
    where TTo : unmanaged, ISlot
    where TX : unmanaged, ISlot
    where TY : unmanaged, ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<T, L>(ref Registers<L> registers, ArrayView<L> wide, ArrayView<T> memory, in RunPlaces places, int i)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T> => TTo.Set(ref registers, L.Map2<TFunction>(TX.Get(in registers), TY.Get(in registers)));
}

/// <summary>A function of two numbers from the operations of registers.</summary>
internal readonly struct Join<TFunction, TTo, TX, TY> : IInstruction
    where TFunction : unmanaged, IBinary
    where TTo : unmanaged, ISlot
    where TX : unmanaged, ISlot
    where TY : unmanaged, ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<T, L>(ref Registers<L> registers, ArrayView<L> wide, ArrayView<T> memory, in RunPlaces places, int i)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T> => TTo.Set(ref registers, TFunction.Of(TX.Get(in registers), TY.Get(in registers)));
}

/// <summary>Of two numbers the first where a mask isn't 0, else the second.</summary>
internal readonly struct Choose<TTo, TMask, TX, TY> : IInstruction
    where TTo : unmanaged, ISlot
    where TMask : unmanaged, ISlot
    where TX : unmanaged, ISlot
    where TY : unmanaged, ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<T, L>(ref Registers<L> registers, ArrayView<L> wide, ArrayView<T> memory, in RunPlaces places, int i)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T> =>
        TTo.Set(ref registers, L.Select(L.Equal(TMask.Get(in registers), L.Constant(0.0)), TY.Get(in registers), TX.Get(in registers)));
}
