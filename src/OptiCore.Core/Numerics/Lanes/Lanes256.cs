using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OptiCore.Numerics;

/// <summary>Lanes of a 256-bit register.</summary>
/// <typeparam name="T">The element, <see cref="float"/> or <see cref="double"/>.</typeparam>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
internal readonly struct Lanes256<T>(Vector256<T> value) : IVectorLanes<Lanes256<T>, T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Vector256<T> _v = value;

    /// <summary>The register itself.</summary>
    public Vector256<T> Vector
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _v;
    }

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector256<T>.Count;
    }

    public static Lanes256<T> SignBit
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(typeof(T) == typeof(double) ? Vector256.Create(long.MinValue).As<long, T>() : Vector256.Create(int.MinValue).As<int, T>());
    }

    public static Lanes256<T> WholeFrom
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Constant(typeof(T) == typeof(double) ? 4503599627370496.0 : 8388608.0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Constant(double value) =>
        new(typeof(T) == typeof(double) ? Vector256.Create(value).As<double, T>() : Vector256.Create((float)value).As<float, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> All(T value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> AllBits(long bits) =>
        new(typeof(T) == typeof(double) ? Vector256.Create(bits).As<long, T>() : Vector256.Create((int)bits).As<int, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Load(ref readonly T source, nuint index) => new(Vector256.LoadUnsafe(in source, index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Lanes256<T> LoadPart(ref readonly T source, nuint index, nuint count)
    {
        if (Avx.IsSupported)
        {
            fixed (T* pinned = &Unsafe.Add(ref Unsafe.AsRef(in source), index))
            {
                return new(typeof(T) == typeof(double)
                    ? Avx.MaskLoad((double*)pinned, FirstLanes(count)._v.AsDouble()).As<double, T>()
                    : Avx.MaskLoad((float*)pinned, FirstLanes(count)._v.AsSingle()).As<float, T>());
            }
        }

        Vector256<T> part = default;
        for (nuint i = 0; i < count; i++)
            part = part.WithElement((int)i, Unsafe.Add(ref Unsafe.AsRef(in source), index + i));
        return new(part);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> FirstLanes(nuint count) => new(typeof(T) == typeof(double)
        ? Vector256.LessThan(Vector256<long>.Indices, Vector256.Create((long)count)).As<long, T>()
        : Vector256.LessThan(Vector256<int>.Indices, Vector256.Create((int)count)).As<int, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Descend(Lanes256<T> a, int step)
    {
        if (typeof(T) == typeof(double))
        {
            return new((step == 2
                ? Vector256.Shuffle(a._v.AsInt64(), Vector256.Create(2L, 3, 2, 3))
                : Vector256.Shuffle(a._v.AsInt64(), Vector256.Create(1L, 1, 3, 3))).As<long, T>());
        }

        return new((step == 4 ? Vector256.Shuffle(a._v.AsInt32(), Vector256.Create(4, 5, 6, 7, 4, 5, 6, 7))
            : step == 2 ? Vector256.Shuffle(a._v.AsInt32(), Vector256.Create(2, 3, 2, 3, 6, 7, 6, 7))
            : Vector256.Shuffle(a._v.AsInt32(), Vector256.Create(1, 1, 3, 3, 5, 5, 7, 7))).As<int, T>());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T First(Lanes256<T> a) => a._v.ToScalar();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long FirstBits(Lanes256<T> a) => typeof(T) == typeof(double) ? a._v.AsInt64().ToScalar() : a._v.AsUInt32().ToScalar();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> OneByOne<TFunction>(Lanes256<T> x, Lanes256<T> usual, Lanes256<T> result) where TFunction : struct, IOneLane =>
        Unsafe.BitCast<Lanes256<double>, Lanes256<T>>(Numerics.OneByOne.Of<TFunction, Lanes256<double>>(
            Unsafe.BitCast<Lanes256<T>, Lanes256<double>>(x), Unsafe.BitCast<Lanes256<T>, Lanes256<double>>(usual), Unsafe.BitCast<Lanes256<T>, Lanes256<double>>(result)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ref T destination, nuint index) => _v.StoreUnsafe(ref destination, index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> operator +(Lanes256<T> a, Lanes256<T> b) => new(a._v + b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> operator -(Lanes256<T> a, Lanes256<T> b) => new(a._v - b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> operator *(Lanes256<T> a, Lanes256<T> b) => new(a._v * b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> operator /(Lanes256<T> a, Lanes256<T> b) => new(a._v / b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> operator &(Lanes256<T> a, Lanes256<T> b) => new(a._v & b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> operator |(Lanes256<T> a, Lanes256<T> b) => new(a._v | b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> operator ^(Lanes256<T> a, Lanes256<T> b) => new(a._v ^ b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Sqrt(Lanes256<T> a) => new(Vector256.Sqrt(a._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Fma(Lanes256<T> a, Lanes256<T> b, Lanes256<T> c) => new(typeof(T) == typeof(double)
        ? Vector256.FusedMultiplyAdd(a._v.AsDouble(), b._v.AsDouble(), c._v.AsDouble()).As<double, T>()
        : Vector256.FusedMultiplyAdd(a._v.AsSingle(), b._v.AsSingle(), c._v.AsSingle()).As<float, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Any(Lanes256<T> mask) => mask._v.ExtractMostSignificantBits() != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Every(Lanes256<T> mask) => mask._v.ExtractMostSignificantBits() == (1u << Vector256<T>.Count) - 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> LoadSingle(ref readonly float source, nuint index)
    {
        Vector128<float> v = Vector128.LoadUnsafe(in source, index);
        return new((Avx.IsSupported ? Avx.ConvertToVector256Double(v) : Vector256.Create(Vector128.WidenLower(v), Vector128.WidenUpper(v))).As<double, T>());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreSingle(ref float destination, nuint index)
    {
        Vector256<double> v = _v.AsDouble();
        (Avx.IsSupported ? Avx.ConvertToVector128Single(v) : Vector128.Narrow(v.GetLower(), v.GetUpper())).StoreUnsafe(ref destination, index);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Abs(Lanes256<T> a) => new(Vector256.Abs(a._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Normal(Lanes256<T> a) =>
        new(Vector256.AndNot(a._v, Vector256.LessThan(Vector256.Abs(a._v), Constant(typeof(T) == typeof(double) ? 2.2250738585072014e-308 : 1.1754943508222875e-38)._v)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Exp(Lanes256<T> a) => typeof(T) == typeof(double)
        ? Unsafe.BitCast<Lanes256<double>, Lanes256<T>>(LaneMath.Exp(Unsafe.BitCast<Lanes256<T>, Lanes256<double>>(a)))
        : Unsafe.BitCast<Lanes256<float>, Lanes256<T>>(LaneMath.ExpSingle(Unsafe.BitCast<Lanes256<T>, Lanes256<float>>(a)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Max(Lanes256<T> a, Lanes256<T> b) => new(Vector256.Max(a._v, b._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Least(Lanes256<T> a, Lanes256<T> b) => new(Vector256.MinNative(a._v, b._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Less(Lanes256<T> a, Lanes256<T> b) => new(Vector256.LessThan(a._v, b._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Equal(Lanes256<T> a, Lanes256<T> b) => new(Vector256.Equals(a._v, b._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Select(Lanes256<T> mask, Lanes256<T> a, Lanes256<T> b) => new(Vector256.ConditionalSelect(mask._v, a._v, b._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> SelectLess(Lanes256<T> a, Lanes256<T> b, Lanes256<T> where, Lanes256<T> elsewhere) =>
        new(Vector256.ConditionalSelect(Vector256.LessThan(a._v, b._v), where._v, elsewhere._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> AddBits(Lanes256<T> a, Lanes256<T> b) => new(typeof(T) == typeof(double)
        ? (a._v.AsInt64() + b._v.AsInt64()).As<long, T>()
        : (a._v.AsInt32() + b._v.AsInt32()).As<int, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> SubtractBits(Lanes256<T> a, Lanes256<T> b) => new(typeof(T) == typeof(double)
        ? (a._v.AsInt64() - b._v.AsInt64()).As<long, T>()
        : (a._v.AsInt32() - b._v.AsInt32()).As<int, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> ShiftLeft(Lanes256<T> a, int count) => new(typeof(T) == typeof(double)
        ? (a._v.AsInt64() << count).As<long, T>()
        : (a._v.AsInt32() << count).As<int, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> ShiftRight(Lanes256<T> a, int count) => new(typeof(T) == typeof(double)
        ? (a._v.AsInt64() >>> count).As<long, T>()
        : (a._v.AsInt32() >>> count).As<int, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unzip(Lanes256<T> a, Lanes256<T> b, out Lanes256<T> first, out Lanes256<T> second)
    {
        if (Avx.IsSupported && typeof(T) == typeof(double))
        {
            first = new(Avx.UnpackLow(a._v.AsDouble(), b._v.AsDouble()).As<double, T>());
            second = new(Avx.UnpackHigh(a._v.AsDouble(), b._v.AsDouble()).As<double, T>());
        }
        else if (Avx.IsSupported)
        {
            first = new(Avx.Shuffle(a._v.AsSingle(), b._v.AsSingle(), 0b10_00_10_00).As<float, T>());
            second = new(Avx.Shuffle(a._v.AsSingle(), b._v.AsSingle(), 0b11_01_11_01).As<float, T>());
        }
        else
        {
            Lanes1<T>.Unzip(a._v.GetLower(), b._v.GetLower(), out Vector128<T> firstLower, out Vector128<T> secondLower);
            Lanes1<T>.Unzip(a._v.GetUpper(), b._v.GetUpper(), out Vector128<T> firstUpper, out Vector128<T> secondUpper);
            first = new(Vector256.Create(firstLower, firstUpper));
            second = new(Vector256.Create(secondLower, secondUpper));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Zip(Lanes256<T> first, Lanes256<T> second, out Lanes256<T> a, out Lanes256<T> b)
    {
        if (Avx.IsSupported && typeof(T) == typeof(double))
        {
            a = new(Avx.UnpackLow(first._v.AsDouble(), second._v.AsDouble()).As<double, T>());
            b = new(Avx.UnpackHigh(first._v.AsDouble(), second._v.AsDouble()).As<double, T>());
        }
        else if (Avx.IsSupported)
        {
            a = new(Avx.UnpackLow(first._v.AsSingle(), second._v.AsSingle()).As<float, T>());
            b = new(Avx.UnpackHigh(first._v.AsSingle(), second._v.AsSingle()).As<float, T>());
        }
        else
        {
            Lanes1<T>.Zip(first._v.GetLower(), second._v.GetLower(), out Vector128<T> aLower, out Vector128<T> bLower);
            Lanes1<T>.Zip(first._v.GetUpper(), second._v.GetUpper(), out Vector128<T> aUpper, out Vector128<T> bUpper);
            a = new(Vector256.Create(aLower, aUpper));
            b = new(Vector256.Create(bLower, bUpper));
        }
    }
}
