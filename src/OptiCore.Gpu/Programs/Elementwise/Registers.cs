using System.Runtime.CompilerServices;

namespace OptiCore.Gpu;

/// <summary>The intermediate results of one thread of a run of element-wise operations. The compiler keeps in hardware registers those that a run uses.</summary>
internal struct Registers<L> where L : unmanaged
{
    public L V0, V1, V2, V3, V4, V5, V6, V7, V8, V9, V10, V11, V12, V13, V14, V15, V16, V17, V18, V19, V20, V21, V22, V23, V24, V25, V26, V27, V28, V29, V30, V31;
}

/// <summary>One of the registers, as a type, so that a run of operations is a type too, and compiled as one.</summary>
internal interface ISlot
{
    static abstract L Get<L>(in Registers<L> registers) where L : unmanaged;

    static abstract void Set<L>(ref Registers<L> registers, L value) where L : unmanaged;
}

internal readonly struct Slot0 : ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Get<L>(in Registers<L> registers) where L : unmanaged => registers.V0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<L>(ref Registers<L> registers, L value) where L : unmanaged => registers.V0 = value;
}

internal readonly struct Slot1 : ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Get<L>(in Registers<L> registers) where L : unmanaged => registers.V1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<L>(ref Registers<L> registers, L value) where L : unmanaged => registers.V1 = value;
}

internal readonly struct Slot2 : ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Get<L>(in Registers<L> registers) where L : unmanaged => registers.V2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<L>(ref Registers<L> registers, L value) where L : unmanaged => registers.V2 = value;
}

internal readonly struct Slot3 : ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Get<L>(in Registers<L> registers) where L : unmanaged => registers.V3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<L>(ref Registers<L> registers, L value) where L : unmanaged => registers.V3 = value;
}

internal readonly struct Slot4 : ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Get<L>(in Registers<L> registers) where L : unmanaged => registers.V4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<L>(ref Registers<L> registers, L value) where L : unmanaged => registers.V4 = value;
}

internal readonly struct Slot5 : ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Get<L>(in Registers<L> registers) where L : unmanaged => registers.V5;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<L>(ref Registers<L> registers, L value) where L : unmanaged => registers.V5 = value;
}

internal readonly struct Slot6 : ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Get<L>(in Registers<L> registers) where L : unmanaged => registers.V6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<L>(ref Registers<L> registers, L value) where L : unmanaged => registers.V6 = value;
}

internal readonly struct Slot7 : ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Get<L>(in Registers<L> registers) where L : unmanaged => registers.V7;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<L>(ref Registers<L> registers, L value) where L : unmanaged => registers.V7 = value;
}

internal readonly struct Slot8 : ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Get<L>(in Registers<L> registers) where L : unmanaged => registers.V8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<L>(ref Registers<L> registers, L value) where L : unmanaged => registers.V8 = value;
}

internal readonly struct Slot9 : ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Get<L>(in Registers<L> registers) where L : unmanaged => registers.V9;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<L>(ref Registers<L> registers, L value) where L : unmanaged => registers.V9 = value;
}

internal readonly struct Slot10 : ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Get<L>(in Registers<L> registers) where L : unmanaged => registers.V10;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<L>(ref Registers<L> registers, L value) where L : unmanaged => registers.V10 = value;
}

internal readonly struct Slot11 : ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Get<L>(in Registers<L> registers) where L : unmanaged => registers.V11;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<L>(ref Registers<L> registers, L value) where L : unmanaged => registers.V11 = value;
}

internal readonly struct Slot12 : ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Get<L>(in Registers<L> registers) where L : unmanaged => registers.V12;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<L>(ref Registers<L> registers, L value) where L : unmanaged => registers.V12 = value;
}

internal readonly struct Slot13 : ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Get<L>(in Registers<L> registers) where L : unmanaged => registers.V13;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<L>(ref Registers<L> registers, L value) where L : unmanaged => registers.V13 = value;
}

internal readonly struct Slot14 : ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Get<L>(in Registers<L> registers) where L : unmanaged => registers.V14;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<L>(ref Registers<L> registers, L value) where L : unmanaged => registers.V14 = value;
}

internal readonly struct Slot15 : ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Get<L>(in Registers<L> registers) where L : unmanaged => registers.V15;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<L>(ref Registers<L> registers, L value) where L : unmanaged => registers.V15 = value;
}

internal readonly struct Slot16 : ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Get<L>(in Registers<L> registers) where L : unmanaged => registers.V16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<L>(ref Registers<L> registers, L value) where L : unmanaged => registers.V16 = value;
}

internal readonly struct Slot17 : ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Get<L>(in Registers<L> registers) where L : unmanaged => registers.V17;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<L>(ref Registers<L> registers, L value) where L : unmanaged => registers.V17 = value;
}

internal readonly struct Slot18 : ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Get<L>(in Registers<L> registers) where L : unmanaged => registers.V18;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<L>(ref Registers<L> registers, L value) where L : unmanaged => registers.V18 = value;
}

internal readonly struct Slot19 : ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Get<L>(in Registers<L> registers) where L : unmanaged => registers.V19;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<L>(ref Registers<L> registers, L value) where L : unmanaged => registers.V19 = value;
}

internal readonly struct Slot20 : ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Get<L>(in Registers<L> registers) where L : unmanaged => registers.V20;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<L>(ref Registers<L> registers, L value) where L : unmanaged => registers.V20 = value;
}

internal readonly struct Slot21 : ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Get<L>(in Registers<L> registers) where L : unmanaged => registers.V21;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<L>(ref Registers<L> registers, L value) where L : unmanaged => registers.V21 = value;
}

internal readonly struct Slot22 : ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Get<L>(in Registers<L> registers) where L : unmanaged => registers.V22;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<L>(ref Registers<L> registers, L value) where L : unmanaged => registers.V22 = value;
}

internal readonly struct Slot23 : ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Get<L>(in Registers<L> registers) where L : unmanaged => registers.V23;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<L>(ref Registers<L> registers, L value) where L : unmanaged => registers.V23 = value;
}

internal readonly struct Slot24 : ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Get<L>(in Registers<L> registers) where L : unmanaged => registers.V24;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<L>(ref Registers<L> registers, L value) where L : unmanaged => registers.V24 = value;
}

internal readonly struct Slot25 : ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Get<L>(in Registers<L> registers) where L : unmanaged => registers.V25;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<L>(ref Registers<L> registers, L value) where L : unmanaged => registers.V25 = value;
}

internal readonly struct Slot26 : ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Get<L>(in Registers<L> registers) where L : unmanaged => registers.V26;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<L>(ref Registers<L> registers, L value) where L : unmanaged => registers.V26 = value;
}

internal readonly struct Slot27 : ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Get<L>(in Registers<L> registers) where L : unmanaged => registers.V27;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<L>(ref Registers<L> registers, L value) where L : unmanaged => registers.V27 = value;
}

internal readonly struct Slot28 : ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Get<L>(in Registers<L> registers) where L : unmanaged => registers.V28;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<L>(ref Registers<L> registers, L value) where L : unmanaged => registers.V28 = value;
}

internal readonly struct Slot29 : ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Get<L>(in Registers<L> registers) where L : unmanaged => registers.V29;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<L>(ref Registers<L> registers, L value) where L : unmanaged => registers.V29 = value;
}

internal readonly struct Slot30 : ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Get<L>(in Registers<L> registers) where L : unmanaged => registers.V30;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<L>(ref Registers<L> registers, L value) where L : unmanaged => registers.V30 = value;
}

internal readonly struct Slot31 : ISlot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Get<L>(in Registers<L> registers) where L : unmanaged => registers.V31;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<L>(ref Registers<L> registers, L value) where L : unmanaged => registers.V31 = value;
}
