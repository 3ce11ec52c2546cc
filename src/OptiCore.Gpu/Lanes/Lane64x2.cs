using System.Runtime.CompilerServices;
using ILGPU;
using OptiCore.Numerics;

namespace OptiCore.Gpu;

/// <summary>2 neighbouring doubles of one thread, 16 bytes, which is what a thread loads and stores at a time best.</summary>
/// <remarks>The register with which the library's kernels, written once for all widths of the processor's registers, run on a device, bit for bit (<see cref="ExactMath"/>).</remarks>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
internal readonly struct Lane64x2(double x, double y) : IDeviceLanes<Lane64x2, double>
{
    public readonly double X = x;
    public readonly double Y = y;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 2;
    }

    public static Lane64x2 SignBit
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => AllBits(long.MinValue);
    }

    public static Lane64x2 WholeFrom
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => All(4503599627370496.0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64x2 Constant(double value) => All(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64x2 All(double value) => new(value, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64x2 AllBits(long bits) => All(Interop.IntAsFloat((ulong)bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64x2 operator +(Lane64x2 a, Lane64x2 b) => new(ExactMath.Add(a.X, b.X), ExactMath.Add(a.Y, b.Y));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64x2 operator -(Lane64x2 a, Lane64x2 b) => new(ExactMath.Subtract(a.X, b.X), ExactMath.Subtract(a.Y, b.Y));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64x2 operator *(Lane64x2 a, Lane64x2 b) => new(ExactMath.Multiply(a.X, b.X), ExactMath.Multiply(a.Y, b.Y));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64x2 operator /(Lane64x2 a, Lane64x2 b) => new(ExactMath.Divide(a.X, b.X), ExactMath.Divide(a.Y, b.Y));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64x2 operator &(Lane64x2 a, Lane64x2 b) => new(Interop.IntAsFloat(Interop.FloatAsInt(a.X) & Interop.FloatAsInt(b.X)), Interop.IntAsFloat(Interop.FloatAsInt(a.Y) & Interop.FloatAsInt(b.Y)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64x2 operator |(Lane64x2 a, Lane64x2 b) => new(Interop.IntAsFloat(Interop.FloatAsInt(a.X) | Interop.FloatAsInt(b.X)), Interop.IntAsFloat(Interop.FloatAsInt(a.Y) | Interop.FloatAsInt(b.Y)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64x2 operator ^(Lane64x2 a, Lane64x2 b) => new(Interop.IntAsFloat(Interop.FloatAsInt(a.X) ^ Interop.FloatAsInt(b.X)), Interop.IntAsFloat(Interop.FloatAsInt(a.Y) ^ Interop.FloatAsInt(b.Y)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64x2 Sqrt(Lane64x2 a) => new(ExactMath.Sqrt(a.X), ExactMath.Sqrt(a.Y));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64x2 Fma(Lane64x2 a, Lane64x2 b, Lane64x2 c) => new(ExactMath.FusedMultiplyAdd(a.X, b.X, c.X), ExactMath.FusedMultiplyAdd(a.Y, b.Y, c.Y));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64x2 Abs(Lane64x2 a) => new(Interop.IntAsFloat(Interop.FloatAsInt(a.X) & 0x7FFFFFFFFFFFFFFFul), Interop.IntAsFloat(Interop.FloatAsInt(a.Y) & 0x7FFFFFFFFFFFFFFFul));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64x2 Normal(Lane64x2 a) => Select(Less(Abs(a), All(2.2250738585072014E-308)), All(0), a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64x2 SelectLess(Lane64x2 a, Lane64x2 b, Lane64x2 where, Lane64x2 elsewhere) => new(ExactMath.Less(a.X, b.X) != 0 ? where.X : elsewhere.X, ExactMath.Less(a.Y, b.Y) != 0 ? where.Y : elsewhere.Y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64x2 Exp(Lane64x2 a) => LaneMath.Exp(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64x2 Max(Lane64x2 a, Lane64x2 b) => new(ScalarMath.Max(a.X, b.X), ScalarMath.Max(a.Y, b.Y));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64x2 Least(Lane64x2 a, Lane64x2 b) => new(ExactMath.Less(a.X, b.X) != 0 ? a.X : b.X, ExactMath.Less(a.Y, b.Y) != 0 ? a.Y : b.Y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64x2 Less(Lane64x2 a, Lane64x2 b) => new(ScalarMath.Mask(ExactMath.Less(a.X, b.X)), ScalarMath.Mask(ExactMath.Less(a.Y, b.Y)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64x2 Equal(Lane64x2 a, Lane64x2 b) => new(ScalarMath.Mask(ExactMath.AreEqual(a.X, b.X)), ScalarMath.Mask(ExactMath.AreEqual(a.Y, b.Y)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64x2 Select(Lane64x2 mask, Lane64x2 a, Lane64x2 b) => new(ScalarMath.Select(mask.X, a.X, b.X), ScalarMath.Select(mask.Y, a.Y, b.Y));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Any(Lane64x2 mask) => (Interop.FloatAsInt(mask.X) | Interop.FloatAsInt(mask.Y)) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Every(Lane64x2 mask) => (Interop.FloatAsInt(mask.X) & Interop.FloatAsInt(mask.Y)) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64x2 AddBits(Lane64x2 a, Lane64x2 b) => new(Interop.IntAsFloat(Interop.FloatAsInt(a.X) + Interop.FloatAsInt(b.X)), Interop.IntAsFloat(Interop.FloatAsInt(a.Y) + Interop.FloatAsInt(b.Y)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64x2 SubtractBits(Lane64x2 a, Lane64x2 b) => new(Interop.IntAsFloat(Interop.FloatAsInt(a.X) - Interop.FloatAsInt(b.X)), Interop.IntAsFloat(Interop.FloatAsInt(a.Y) - Interop.FloatAsInt(b.Y)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64x2 ShiftLeft(Lane64x2 a, int count) => new(Interop.IntAsFloat(Interop.FloatAsInt(a.X) << count), Interop.IntAsFloat(Interop.FloatAsInt(a.Y) << count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64x2 ShiftRight(Lane64x2 a, int count) => new(Interop.IntAsFloat(Interop.FloatAsInt(a.X) >> count), Interop.IntAsFloat(Interop.FloatAsInt(a.Y) >> count));

    public static Lane64x2 Load(ref readonly double source, nuint index) => throw OnTheProcessor.Only();

    public static Lane64x2 LoadPart(ref readonly double source, nuint index, nuint count) => throw OnTheProcessor.Only();

    public static Lane64x2 FirstLanes(nuint count) => throw OnTheProcessor.Only();

    public static Lane64x2 Descend(Lane64x2 a, int step) => throw OnTheProcessor.Only();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double First(Lane64x2 a) => a.X;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long FirstBits(Lane64x2 a) => (long)Interop.FloatAsInt(a.X);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64x2 OneByOne<TFunction>(Lane64x2 x, Lane64x2 usual, Lane64x2 result) where TFunction : struct, IOneLane =>
        new(ScalarMath.IsSet(usual.X) ? result.X : OneLane.Of<TFunction>(x.X), ScalarMath.IsSet(usual.Y) ? result.Y : OneLane.Of<TFunction>(x.Y));

    public void Store(ref double destination, nuint index) => throw OnTheProcessor.Only();

    public static Lane64x2 LoadSingle(ref readonly float source, nuint index) => throw OnTheProcessor.Only();

    public void StoreSingle(ref float destination, nuint index) => throw OnTheProcessor.Only();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64x2 Map<TFunction>(Lane64x2 x) where TFunction : unmanaged, ILaneFunction => default(TFunction).Of(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64x2 MapFloats<TFunction>(Lane64x2 x) where TFunction : unmanaged, IFloatFunction => default(TFunction).Of(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane64x2 Map2<TFunction>(Lane64x2 x, Lane64x2 y) where TFunction : unmanaged, ILaneFunction2 => default(TFunction).Of(x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unzip(Lane64x2 a, Lane64x2 b, out Lane64x2 first, out Lane64x2 second)
    {
        first = new(a.X, b.X);
        second = new(a.Y, b.Y);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Zip(Lane64x2 first, Lane64x2 second, out Lane64x2 a, out Lane64x2 b)
    {
        a = new(first.X, second.X);
        b = new(first.Y, second.Y);
    }
}
