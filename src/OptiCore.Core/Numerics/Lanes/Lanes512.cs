using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OptiCore.Numerics;

/// <summary>Lanes of a 512-bit register. Worth using wherever AVX-512F is there, also where the runtime prefers 256 bits; correct everywhere.</summary>
/// <typeparam name="T">The element, <see cref="float"/> or <see cref="double"/>.</typeparam>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
internal readonly struct Lanes512<T>(Vector512<T> value) : IVectorLanes<Lanes512<T>, T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Vector512<T> _v = value;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512<T>.Count;
    }

    public static Lanes512<T> SignBit
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(typeof(T) == typeof(double) ? Vector512.Create(long.MinValue).As<long, T>() : Vector512.Create(int.MinValue).As<int, T>());
    }

    public static Lanes512<T> WholeFrom
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Constant(typeof(T) == typeof(double) ? 4503599627370496.0 : 8388608.0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Constant(double value) =>
        new(typeof(T) == typeof(double) ? Vector512.Create(value).As<double, T>() : Vector512.Create((float)value).As<float, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> All(T value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> AllBits(long bits) =>
        new(typeof(T) == typeof(double) ? Vector512.Create(bits).As<long, T>() : Vector512.Create((int)bits).As<int, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Load(ref readonly T source, nuint index) => new(Vector512.LoadUnsafe(in source, index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> LoadPart(ref readonly T source, nuint index, nuint count)
    {
        nuint half = (nuint)Vector256<T>.Count;
        return new(count < half
            ? Vector512.Create(Lanes256<T>.LoadPart(in source, index, count).Vector, Vector256<T>.Zero)
            : Vector512.Create(Vector256.LoadUnsafe(in source, index), Lanes256<T>.LoadPart(in source, index + half, count - half).Vector));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> FirstLanes(nuint count) => new(typeof(T) == typeof(double)
        ? Vector512.LessThan(Vector512<long>.Indices, Vector512.Create((long)count)).As<long, T>()
        : Vector512.LessThan(Vector512<int>.Indices, Vector512.Create((int)count)).As<int, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Descend(Lanes512<T> a, int step) => step == Count / 2
        ? new(Vector512.Create(a._v.GetUpper(), a._v.GetUpper()))
        : new(Vector512.Create(Lanes256<T>.Descend(new(a._v.GetLower()), step).Vector, a._v.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T First(Lanes512<T> a) => a._v.ToScalar();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long FirstBits(Lanes512<T> a) => typeof(T) == typeof(double) ? a._v.AsInt64().ToScalar() : a._v.AsUInt32().ToScalar();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> OneByOne<TFunction>(Lanes512<T> x, Lanes512<T> usual, Lanes512<T> result) where TFunction : struct, IOneLane =>
        Unsafe.BitCast<Lanes512<double>, Lanes512<T>>(Numerics.OneByOne.Of<TFunction, Lanes512<double>>(
            Unsafe.BitCast<Lanes512<T>, Lanes512<double>>(x), Unsafe.BitCast<Lanes512<T>, Lanes512<double>>(usual), Unsafe.BitCast<Lanes512<T>, Lanes512<double>>(result)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ref T destination, nuint index) => _v.StoreUnsafe(ref destination, index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator +(Lanes512<T> a, Lanes512<T> b) => new(a._v + b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator -(Lanes512<T> a, Lanes512<T> b) => new(a._v - b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator *(Lanes512<T> a, Lanes512<T> b) => new(a._v * b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator /(Lanes512<T> a, Lanes512<T> b) => new(a._v / b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator &(Lanes512<T> a, Lanes512<T> b) => new(a._v & b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator |(Lanes512<T> a, Lanes512<T> b) => new(a._v | b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator ^(Lanes512<T> a, Lanes512<T> b) => new(a._v ^ b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Sqrt(Lanes512<T> a) => new(Vector512.Sqrt(a._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Fma(Lanes512<T> a, Lanes512<T> b, Lanes512<T> c) => new(typeof(T) == typeof(double)
        ? Vector512.FusedMultiplyAdd(a._v.AsDouble(), b._v.AsDouble(), c._v.AsDouble()).As<double, T>()
        : Vector512.FusedMultiplyAdd(a._v.AsSingle(), b._v.AsSingle(), c._v.AsSingle()).As<float, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Any(Lanes512<T> mask) => mask._v.ExtractMostSignificantBits() != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Every(Lanes512<T> mask) => mask._v.ExtractMostSignificantBits() == (1u << Vector512<T>.Count) - 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> LoadSingle(ref readonly float source, nuint index)
    {
        Vector256<float> v = Vector256.LoadUnsafe(in source, index);
        return new((Avx512F.IsSupported ? Avx512F.ConvertToVector512Double(v) : Vector512.Create(Vector256.WidenLower(v), Vector256.WidenUpper(v))).As<double, T>());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreSingle(ref float destination, nuint index)
    {
        Vector512<double> v = _v.AsDouble();
        (Avx512F.IsSupported ? Avx512F.ConvertToVector256Single(v) : Vector256.Narrow(v.GetLower(), v.GetUpper())).StoreUnsafe(ref destination, index);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Abs(Lanes512<T> a) => new(Vector512.Abs(a._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Normal(Lanes512<T> a) =>
        new(Vector512.ConditionalSelect(Vector512.LessThan(Vector512.Abs(a._v), Constant(typeof(T) == typeof(double) ? 2.2250738585072014e-308 : 1.1754943508222875e-38)._v), Vector512<T>.Zero, a._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Exp(Lanes512<T> a) => typeof(T) == typeof(double)
        ? Unsafe.BitCast<Lanes512<double>, Lanes512<T>>(LaneMath.Exp(Unsafe.BitCast<Lanes512<T>, Lanes512<double>>(a)))
        : Unsafe.BitCast<Lanes512<float>, Lanes512<T>>(LaneMath.ExpSingle(Unsafe.BitCast<Lanes512<T>, Lanes512<float>>(a)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Max(Lanes512<T> a, Lanes512<T> b) => new(Vector512.Max(a._v, b._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Least(Lanes512<T> a, Lanes512<T> b) => new(Vector512.MinNative(a._v, b._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Less(Lanes512<T> a, Lanes512<T> b) => new(Vector512.LessThan(a._v, b._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Equal(Lanes512<T> a, Lanes512<T> b) => new(Vector512.Equals(a._v, b._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Select(Lanes512<T> mask, Lanes512<T> a, Lanes512<T> b) => new(Vector512.ConditionalSelect(mask._v, a._v, b._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> SelectLess(Lanes512<T> a, Lanes512<T> b, Lanes512<T> where, Lanes512<T> elsewhere) =>
        new(Vector512.ConditionalSelect(Vector512.LessThan(a._v, b._v), where._v, elsewhere._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> AddBits(Lanes512<T> a, Lanes512<T> b) => new(typeof(T) == typeof(double)
        ? (a._v.AsInt64() + b._v.AsInt64()).As<long, T>()
        : (a._v.AsInt32() + b._v.AsInt32()).As<int, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> SubtractBits(Lanes512<T> a, Lanes512<T> b) => new(typeof(T) == typeof(double)
        ? (a._v.AsInt64() - b._v.AsInt64()).As<long, T>()
        : (a._v.AsInt32() - b._v.AsInt32()).As<int, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> ShiftLeft(Lanes512<T> a, int count) => new(typeof(T) == typeof(double)
        ? (a._v.AsInt64() << count).As<long, T>()
        : (a._v.AsInt32() << count).As<int, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> ShiftRight(Lanes512<T> a, int count) => new(typeof(T) == typeof(double)
        ? (a._v.AsInt64() >>> count).As<long, T>()
        : (a._v.AsInt32() >>> count).As<int, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unzip(Lanes512<T> a, Lanes512<T> b, out Lanes512<T> first, out Lanes512<T> second)
    {
        if (Avx512F.IsSupported && typeof(T) == typeof(double))
        {
            first = new(Avx512F.UnpackLow(a._v.AsDouble(), b._v.AsDouble()).As<double, T>());
            second = new(Avx512F.UnpackHigh(a._v.AsDouble(), b._v.AsDouble()).As<double, T>());
        }
        else if (Avx512F.IsSupported)
        {
            first = new(Avx512F.Shuffle(a._v.AsSingle(), b._v.AsSingle(), 0b10_00_10_00).As<float, T>());
            second = new(Avx512F.Shuffle(a._v.AsSingle(), b._v.AsSingle(), 0b11_01_11_01).As<float, T>());
        }
        else
        {
            Lanes256<T>.Unzip(new(a._v.GetLower()), new(b._v.GetLower()), out Lanes256<T> firstLower, out Lanes256<T> secondLower);
            Lanes256<T>.Unzip(new(a._v.GetUpper()), new(b._v.GetUpper()), out Lanes256<T> firstUpper, out Lanes256<T> secondUpper);
            first = new(Vector512.Create(firstLower.Vector, firstUpper.Vector));
            second = new(Vector512.Create(secondLower.Vector, secondUpper.Vector));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Zip(Lanes512<T> first, Lanes512<T> second, out Lanes512<T> a, out Lanes512<T> b)
    {
        if (Avx512F.IsSupported && typeof(T) == typeof(double))
        {
            a = new(Avx512F.UnpackLow(first._v.AsDouble(), second._v.AsDouble()).As<double, T>());
            b = new(Avx512F.UnpackHigh(first._v.AsDouble(), second._v.AsDouble()).As<double, T>());
        }
        else if (Avx512F.IsSupported)
        {
            a = new(Avx512F.UnpackLow(first._v.AsSingle(), second._v.AsSingle()).As<float, T>());
            b = new(Avx512F.UnpackHigh(first._v.AsSingle(), second._v.AsSingle()).As<float, T>());
        }
        else
        {
            Lanes256<T>.Zip(new(first._v.GetLower()), new(second._v.GetLower()), out Lanes256<T> aLower, out Lanes256<T> bLower);
            Lanes256<T>.Zip(new(first._v.GetUpper()), new(second._v.GetUpper()), out Lanes256<T> aUpper, out Lanes256<T> bUpper);
            a = new(Vector512.Create(aLower.Vector, aUpper.Vector));
            b = new(Vector512.Create(bLower.Vector, bUpper.Vector));
        }
    }
}
