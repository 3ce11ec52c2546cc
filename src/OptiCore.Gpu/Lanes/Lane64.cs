using System.Runtime.CompilerServices;
using ILGPU;
using OptiCore.Numerics;

namespace OptiCore.Gpu;

/// <summary>One double of one thread.</summary>
/// <remarks>The register with which the library's kernels, written once for all widths of the processor's registers, run on a device, bit for bit (<see cref="ExactMath"/>).</remarks>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
internal readonly struct Lane64(double x) : IDeviceLanes<Lane64, double>
{
    public readonly double X = x;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 1;
    }

    public static Lane64 SignBit
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => AllBits(long.MinValue);
    }

    public static Lane64 WholeFrom
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => All(4503599627370496.0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64 Constant(double value) => All(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64 All(double value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64 AllBits(long bits) => All(Interop.IntAsFloat((ulong)bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64 operator +(Lane64 a, Lane64 b) => new(ExactMath.Add(a.X, b.X));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64 operator -(Lane64 a, Lane64 b) => new(ExactMath.Subtract(a.X, b.X));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64 operator *(Lane64 a, Lane64 b) => new(ExactMath.Multiply(a.X, b.X));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64 operator /(Lane64 a, Lane64 b) => new(ExactMath.Divide(a.X, b.X));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64 operator &(Lane64 a, Lane64 b) => new(Interop.IntAsFloat(Interop.FloatAsInt(a.X) & Interop.FloatAsInt(b.X)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64 operator |(Lane64 a, Lane64 b) => new(Interop.IntAsFloat(Interop.FloatAsInt(a.X) | Interop.FloatAsInt(b.X)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64 operator ^(Lane64 a, Lane64 b) => new(Interop.IntAsFloat(Interop.FloatAsInt(a.X) ^ Interop.FloatAsInt(b.X)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64 Sqrt(Lane64 a) => new(ExactMath.Sqrt(a.X));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64 Fma(Lane64 a, Lane64 b, Lane64 c) => new(ExactMath.FusedMultiplyAdd(a.X, b.X, c.X));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64 Abs(Lane64 a) => new(Interop.IntAsFloat(Interop.FloatAsInt(a.X) & 0x7FFFFFFFFFFFFFFFul));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64 Normal(Lane64 a) => Select(Less(Abs(a), All(2.2250738585072014E-308)), All(0), a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64 SelectLess(Lane64 a, Lane64 b, Lane64 where, Lane64 elsewhere) => new(ExactMath.Less(a.X, b.X) != 0 ? where.X : elsewhere.X);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64 Exp(Lane64 a) => LaneMath.Exp(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64 Max(Lane64 a, Lane64 b) => new(ScalarMath.Max(a.X, b.X));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64 Least(Lane64 a, Lane64 b) => new(ExactMath.Less(a.X, b.X) != 0 ? a.X : b.X);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64 Less(Lane64 a, Lane64 b) => new(ScalarMath.Mask(ExactMath.Less(a.X, b.X)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64 Equal(Lane64 a, Lane64 b) => new(ScalarMath.Mask(ExactMath.AreEqual(a.X, b.X)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64 Select(Lane64 mask, Lane64 a, Lane64 b) => new(ScalarMath.Select(mask.X, a.X, b.X));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Any(Lane64 mask) => (Interop.FloatAsInt(mask.X)) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Every(Lane64 mask) => (Interop.FloatAsInt(mask.X)) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64 AddBits(Lane64 a, Lane64 b) => new(Interop.IntAsFloat(Interop.FloatAsInt(a.X) + Interop.FloatAsInt(b.X)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64 SubtractBits(Lane64 a, Lane64 b) => new(Interop.IntAsFloat(Interop.FloatAsInt(a.X) - Interop.FloatAsInt(b.X)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64 ShiftLeft(Lane64 a, int count) => new(Interop.IntAsFloat(Interop.FloatAsInt(a.X) << count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64 ShiftRight(Lane64 a, int count) => new(Interop.IntAsFloat(Interop.FloatAsInt(a.X) >> count));

    public static Lane64 Load(ref readonly double source, nuint index) => throw OnTheProcessor.Only();

    public static Lane64 LoadPart(ref readonly double source, nuint index, nuint count) => throw OnTheProcessor.Only();

    public static Lane64 FirstLanes(nuint count) => throw OnTheProcessor.Only();

    public static Lane64 Descend(Lane64 a, int step) => throw OnTheProcessor.Only();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double First(Lane64 a) => a.X;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long FirstBits(Lane64 a) => (long)Interop.FloatAsInt(a.X);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64 OneByOne<TFunction>(Lane64 x, Lane64 usual, Lane64 result) where TFunction : struct, IOneLane =>
        new(ScalarMath.IsSet(usual.X) ? result.X : OneLane.Of<TFunction>(x.X));

    public void Store(ref double destination, nuint index) => throw OnTheProcessor.Only();

    public static Lane64 LoadSingle(ref readonly float source, nuint index) => throw OnTheProcessor.Only();

    public void StoreSingle(ref float destination, nuint index) => throw OnTheProcessor.Only();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64 Map<TFunction>(Lane64 x) where TFunction : unmanaged, ILaneFunction => default(TFunction).Of(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64 MapFloats<TFunction>(Lane64 x) where TFunction : unmanaged, IFloatFunction => default(TFunction).Of(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64 Map2<TFunction>(Lane64 x, Lane64 y) where TFunction : unmanaged, ILaneFunction2 => default(TFunction).Of(x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unzip(Lane64 a, Lane64 b, out Lane64 first, out Lane64 second)
    {
        first = a;
        second = b;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Zip(Lane64 first, Lane64 second, out Lane64 a, out Lane64 b)
    {
        a = first;
        b = second;
    }
}
