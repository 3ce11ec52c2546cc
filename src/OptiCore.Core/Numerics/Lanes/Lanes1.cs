using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptiCore.Numerics;

/// <summary>A single lane: plain scalar arithmetic, for one number at a time and for processors without vectors.</summary>
/// <typeparam name="T">The element, <see cref="float"/> or <see cref="double"/>.</typeparam>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
internal readonly struct Lanes1<T>(T value) : IVectorLanes<Lanes1<T>, T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _v = value;

    /// <summary>The number itself.</summary>
    public T Value
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _v;
    }

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 1;
    }

    private long Bits
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => typeof(T) == typeof(double) ? Unsafe.BitCast<T, long>(_v) : Unsafe.BitCast<T, uint>(_v);
    }

    public static Lanes1<T> SignBit
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => AllBits(typeof(T) == typeof(double) ? long.MinValue : int.MinValue);
    }

    public static Lanes1<T> WholeFrom
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Constant(typeof(T) == typeof(double) ? 4503599627370496.0 : 8388608.0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> Constant(double value) => All(typeof(T) == typeof(double) ? Unsafe.BitCast<double, T>(value) : Unsafe.BitCast<float, T>((float)value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> All(T value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> AllBits(long bits) => new(typeof(T) == typeof(double) ? Unsafe.BitCast<long, T>(bits) : Unsafe.BitCast<uint, T>((uint)bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> Load(ref readonly T source, nuint index) => new(Unsafe.Add(ref Unsafe.AsRef(in source), index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> LoadPart(ref readonly T source, nuint index, nuint count) => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> FirstLanes(nuint count) => AllBits(count > 0 ? -1 : 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> Descend(Lanes1<T> a, int step) => a;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T First(Lanes1<T> a) => a._v;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long FirstBits(Lanes1<T> a) => a.Bits;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> OneByOne<TFunction>(Lanes1<T> x, Lanes1<T> usual, Lanes1<T> result) where TFunction : struct, IOneLane =>
        Unsafe.BitCast<Lanes1<double>, Lanes1<T>>(Numerics.OneByOne.Of<TFunction, Lanes1<double>>(
            Unsafe.BitCast<Lanes1<T>, Lanes1<double>>(x), Unsafe.BitCast<Lanes1<T>, Lanes1<double>>(usual), Unsafe.BitCast<Lanes1<T>, Lanes1<double>>(result)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ref T destination, nuint index) => Unsafe.Add(ref destination, index) = _v;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> operator +(Lanes1<T> a, Lanes1<T> b) => new(a._v + b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> operator -(Lanes1<T> a, Lanes1<T> b) => new(a._v - b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> operator *(Lanes1<T> a, Lanes1<T> b) => new(a._v * b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> operator /(Lanes1<T> a, Lanes1<T> b) => new(a._v / b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> operator &(Lanes1<T> a, Lanes1<T> b) => AllBits(a.Bits & b.Bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> operator |(Lanes1<T> a, Lanes1<T> b) => AllBits(a.Bits | b.Bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> operator ^(Lanes1<T> a, Lanes1<T> b) => AllBits(a.Bits ^ b.Bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> Sqrt(Lanes1<T> a) => new(T.Sqrt(a._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> Fma(Lanes1<T> a, Lanes1<T> b, Lanes1<T> c) => new(T.FusedMultiplyAdd(a._v, b._v, c._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Any(Lanes1<T> mask) => mask.Bits != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Every(Lanes1<T> mask) => mask.Bits != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> LoadSingle(ref readonly float source, nuint index) =>
        new(Unsafe.BitCast<double, T>(Unsafe.Add(ref Unsafe.AsRef(in source), index)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreSingle(ref float destination, nuint index) => Unsafe.Add(ref destination, index) = (float)Unsafe.BitCast<T, double>(_v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> Abs(Lanes1<T> a) => new(T.Abs(a._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> Normal(Lanes1<T> a) =>
        new(T.Abs(a._v) < Constant(typeof(T) == typeof(double) ? 2.2250738585072014e-308 : 1.1754943508222875e-38)._v ? T.Zero : a._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> Exp(Lanes1<T> a) => typeof(T) == typeof(double)
        ? Unsafe.BitCast<Lanes1<double>, Lanes1<T>>(LaneMath.Exp(Unsafe.BitCast<Lanes1<T>, Lanes1<double>>(a)))
        : Unsafe.BitCast<Lanes1<float>, Lanes1<T>>(LaneMath.ExpSingle(Unsafe.BitCast<Lanes1<T>, Lanes1<float>>(a)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> Max(Lanes1<T> a, Lanes1<T> b) => new(T.Max(a._v, b._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> Least(Lanes1<T> a, Lanes1<T> b) => new(a._v < b._v ? a._v : b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> Less(Lanes1<T> a, Lanes1<T> b) => AllBits(a._v < b._v ? -1 : 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> Equal(Lanes1<T> a, Lanes1<T> b) => AllBits(a._v == b._v ? -1 : 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> Select(Lanes1<T> mask, Lanes1<T> a, Lanes1<T> b) => AllBits((mask.Bits & a.Bits) | (~mask.Bits & b.Bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> SelectLess(Lanes1<T> a, Lanes1<T> b, Lanes1<T> where, Lanes1<T> elsewhere) =>
        new(a._v < b._v ? where._v : elsewhere._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> AddBits(Lanes1<T> a, Lanes1<T> b) => AllBits(a.Bits + b.Bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> SubtractBits(Lanes1<T> a, Lanes1<T> b) => AllBits(a.Bits - b.Bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> ShiftLeft(Lanes1<T> a, int count) => AllBits(a.Bits << count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> ShiftRight(Lanes1<T> a, int count) => AllBits(a.Bits >>> count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unzip(Lanes1<T> a, Lanes1<T> b, out Lanes1<T> first, out Lanes1<T> second)
    {
        first = a;
        second = b;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Zip(Lanes1<T> first, Lanes1<T> second, out Lanes1<T> a, out Lanes1<T> b)
    {
        a = first;
        b = second;
    }

    /// <summary>Splits the pairs of two 128-bit registers where there is no instruction for it.</summary>
    internal static void Unzip(Vector128<T> a, Vector128<T> b, out Vector128<T> first, out Vector128<T> second)
    {
        if (typeof(T) == typeof(double))
        {
            first = Vector128.Create(a.AsDouble()[0], b.AsDouble()[0]).As<double, T>();
            second = Vector128.Create(a.AsDouble()[1], b.AsDouble()[1]).As<double, T>();
        }
        else
        {
            Vector128<float> x = a.AsSingle(), y = b.AsSingle();
            first = Vector128.Create(x[0], x[2], y[0], y[2]).As<float, T>();
            second = Vector128.Create(x[1], x[3], y[1], y[3]).As<float, T>();
        }
    }

    /// <summary>Joins the pairs of two 128-bit registers where there is no instruction for it.</summary>
    internal static void Zip(Vector128<T> first, Vector128<T> second, out Vector128<T> a, out Vector128<T> b)
    {
        if (typeof(T) == typeof(double))
        {
            Unzip(first, second, out a, out b);
        }
        else
        {
            Vector128<float> x = first.AsSingle(), y = second.AsSingle();
            a = Vector128.Create(x[0], y[0], x[1], y[1]).As<float, T>();
            b = Vector128.Create(x[2], y[2], x[3], y[3]).As<float, T>();
        }
    }
}
