using System.Runtime.CompilerServices;

namespace OptiCore.Gpu;

/// <summary>The numbers of a launch of a run of element-wise operations: where its arguments and results begin, and the lengths and strides of repeated ones.</summary>
internal struct RunPlaces
{
    public int N0, N1, N2, N3, N4, N5, N6, N7, N8, N9, N10, N11, N12, N13, N14, N15, N16, N17, N18, N19, N20, N21, N22, N23, N24, N25, N26, N27, N28, N29, N30, N31, N32, N33, N34, N35, N36, N37, N38, N39, N40, N41, N42, N43, N44, N45, N46, N47, N48, N49, N50, N51, N52, N53, N54, N55, N56, N57, N58, N59, N60, N61, N62, N63;

    /// <summary>Sets a number, on the host.</summary>
    public void Set(int index, int value) => Unsafe.Add(ref N0, index) = value;
}

/// <summary>One of the numbers, as a type.</summary>
internal interface IPlace
{
    static abstract int Get(in RunPlaces places);
}

internal readonly struct Place0 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N0;
}

internal readonly struct Place1 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N1;
}

internal readonly struct Place2 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N2;
}

internal readonly struct Place3 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N3;
}

internal readonly struct Place4 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N4;
}

internal readonly struct Place5 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N5;
}

internal readonly struct Place6 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N6;
}

internal readonly struct Place7 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N7;
}

internal readonly struct Place8 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N8;
}

internal readonly struct Place9 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N9;
}

internal readonly struct Place10 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N10;
}

internal readonly struct Place11 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N11;
}

internal readonly struct Place12 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N12;
}

internal readonly struct Place13 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N13;
}

internal readonly struct Place14 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N14;
}

internal readonly struct Place15 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N15;
}

internal readonly struct Place16 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N16;
}

internal readonly struct Place17 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N17;
}

internal readonly struct Place18 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N18;
}

internal readonly struct Place19 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N19;
}

internal readonly struct Place20 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N20;
}

internal readonly struct Place21 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N21;
}

internal readonly struct Place22 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N22;
}

internal readonly struct Place23 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N23;
}

internal readonly struct Place24 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N24;
}

internal readonly struct Place25 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N25;
}

internal readonly struct Place26 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N26;
}

internal readonly struct Place27 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N27;
}

internal readonly struct Place28 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N28;
}

internal readonly struct Place29 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N29;
}

internal readonly struct Place30 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N30;
}

internal readonly struct Place31 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N31;
}

internal readonly struct Place32 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N32;
}

internal readonly struct Place33 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N33;
}

internal readonly struct Place34 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N34;
}

internal readonly struct Place35 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N35;
}

internal readonly struct Place36 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N36;
}

internal readonly struct Place37 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N37;
}

internal readonly struct Place38 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N38;
}

internal readonly struct Place39 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N39;
}

internal readonly struct Place40 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N40;
}

internal readonly struct Place41 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N41;
}

internal readonly struct Place42 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N42;
}

internal readonly struct Place43 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N43;
}

internal readonly struct Place44 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N44;
}

internal readonly struct Place45 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N45;
}

internal readonly struct Place46 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N46;
}

internal readonly struct Place47 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N47;
}

internal readonly struct Place48 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N48;
}

internal readonly struct Place49 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N49;
}

internal readonly struct Place50 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N50;
}

internal readonly struct Place51 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N51;
}

internal readonly struct Place52 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N52;
}

internal readonly struct Place53 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N53;
}

internal readonly struct Place54 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N54;
}

internal readonly struct Place55 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N55;
}

internal readonly struct Place56 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N56;
}

internal readonly struct Place57 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N57;
}

internal readonly struct Place58 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N58;
}

internal readonly struct Place59 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N59;
}

internal readonly struct Place60 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N60;
}

internal readonly struct Place61 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N61;
}

internal readonly struct Place62 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N62;
}

internal readonly struct Place63 : IPlace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Get(in RunPlaces places) => places.N63;
}
