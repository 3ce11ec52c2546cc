using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptiCore.Numerics;

/// <summary>Two registers as one, so that what a loop does once a register, as spreading constants over lanes, is done once for two.</summary>
/// <typeparam name="L">The register.</typeparam>
/// <typeparam name="T">The element, <see cref="float"/> or <see cref="double"/>.</typeparam>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
internal readonly struct TwoLanes<L, T>(L first, L second) : ILanes<TwoLanes<L, T>, T>
    where L : struct, ILanes<L, T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly L _first = first;
    private readonly L _second = second;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private TwoLanes(L both)
        : this(both, both)
    {
    }

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 2 * L.Count;
    }

    public static TwoLanes<L, T> WholeFrom
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(L.WholeFrom);
    }

    public static TwoLanes<L, T> SignBit
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(L.SignBit);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoLanes<L, T> Constant(double value) => new(L.Constant(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoLanes<L, T> AllBits(long bits) => new(L.AllBits(bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoLanes<L, T> All(T value) => new(L.All(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoLanes<L, T> Load(ref readonly T source, nuint index) => new(L.Load(in source, index), L.Load(in source, index + (nuint)L.Count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ref T destination, nuint index)
    {
        _first.Store(ref destination, index);
        _second.Store(ref destination, index + (nuint)L.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoLanes<L, T> operator +(TwoLanes<L, T> a, TwoLanes<L, T> b) => new(a._first + b._first, a._second + b._second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoLanes<L, T> operator -(TwoLanes<L, T> a, TwoLanes<L, T> b) => new(a._first - b._first, a._second - b._second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoLanes<L, T> operator *(TwoLanes<L, T> a, TwoLanes<L, T> b) => new(a._first * b._first, a._second * b._second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoLanes<L, T> operator /(TwoLanes<L, T> a, TwoLanes<L, T> b) => new(a._first / b._first, a._second / b._second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoLanes<L, T> operator &(TwoLanes<L, T> a, TwoLanes<L, T> b) => new(a._first & b._first, a._second & b._second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoLanes<L, T> operator |(TwoLanes<L, T> a, TwoLanes<L, T> b) => new(a._first | b._first, a._second | b._second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoLanes<L, T> operator ^(TwoLanes<L, T> a, TwoLanes<L, T> b) => new(a._first ^ b._first, a._second ^ b._second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoLanes<L, T> Sqrt(TwoLanes<L, T> a) => new(L.Sqrt(a._first), L.Sqrt(a._second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoLanes<L, T> Abs(TwoLanes<L, T> a) => new(L.Abs(a._first), L.Abs(a._second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoLanes<L, T> Normal(TwoLanes<L, T> a) => new(L.Normal(a._first), L.Normal(a._second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoLanes<L, T> Exp(TwoLanes<L, T> a) => new(L.Exp(a._first), L.Exp(a._second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoLanes<L, T> Fma(TwoLanes<L, T> a, TwoLanes<L, T> b, TwoLanes<L, T> c) => new(L.Fma(a._first, b._first, c._first), L.Fma(a._second, b._second, c._second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoLanes<L, T> Max(TwoLanes<L, T> a, TwoLanes<L, T> b) => new(L.Max(a._first, b._first), L.Max(a._second, b._second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoLanes<L, T> Least(TwoLanes<L, T> a, TwoLanes<L, T> b) => new(L.Least(a._first, b._first), L.Least(a._second, b._second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoLanes<L, T> Less(TwoLanes<L, T> a, TwoLanes<L, T> b) => new(L.Less(a._first, b._first), L.Less(a._second, b._second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoLanes<L, T> Equal(TwoLanes<L, T> a, TwoLanes<L, T> b) => new(L.Equal(a._first, b._first), L.Equal(a._second, b._second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoLanes<L, T> AddBits(TwoLanes<L, T> a, TwoLanes<L, T> b) => new(L.AddBits(a._first, b._first), L.AddBits(a._second, b._second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoLanes<L, T> SubtractBits(TwoLanes<L, T> a, TwoLanes<L, T> b) => new(L.SubtractBits(a._first, b._first), L.SubtractBits(a._second, b._second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoLanes<L, T> Select(TwoLanes<L, T> mask, TwoLanes<L, T> a, TwoLanes<L, T> b) => new(L.Select(mask._first, a._first, b._first), L.Select(mask._second, a._second, b._second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoLanes<L, T> SelectLess(TwoLanes<L, T> a, TwoLanes<L, T> b, TwoLanes<L, T> where, TwoLanes<L, T> elsewhere) => new(L.SelectLess(a._first, b._first, where._first, elsewhere._first), L.SelectLess(a._second, b._second, where._second, elsewhere._second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoLanes<L, T> ShiftLeft(TwoLanes<L, T> a, int count) => new(L.ShiftLeft(a._first, count), L.ShiftLeft(a._second, count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoLanes<L, T> ShiftRight(TwoLanes<L, T> a, int count) => new(L.ShiftRight(a._first, count), L.ShiftRight(a._second, count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Any(TwoLanes<L, T> mask) => L.Any(mask._first) || L.Any(mask._second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Every(TwoLanes<L, T> mask) => L.Every(mask._first) && L.Every(mask._second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static long ILanes<TwoLanes<L, T>, T>.FirstBits(TwoLanes<L, T> a) => L.FirstBits(a._first);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TwoLanes<L, T> ILanes<TwoLanes<L, T>, T>.OneByOne<TFunction>(TwoLanes<L, T> x, TwoLanes<L, T> usual, TwoLanes<L, T> result) =>
        new(L.OneByOne<TFunction>(x._first, usual._first, result._first), L.OneByOne<TFunction>(x._second, usual._second, result._second));
}
