using System.Runtime.CompilerServices;
using ILGPU;
using OptiCore.Numerics;

namespace OptiCore.Gpu;

/// <summary>4 neighbouring floats of one thread, 16 bytes, which is what a thread loads and stores at a time best.</summary>
/// <remarks>The register with which the library's kernels, written once for all widths of the processor's registers, run on a device, bit for bit (<see cref="ExactMath"/>).</remarks>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
internal readonly struct Lane32x4(float x, float y, float z, float w) : IDeviceLanes<Lane32x4, float>
{
    public readonly float X = x;
    public readonly float Y = y;
    public readonly float Z = z;
    public readonly float W = w;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 4;
    }

    public static Lane32x4 SignBit
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => AllBits(int.MinValue);
    }

    public static Lane32x4 WholeFrom
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => All(8388608.0f);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32x4 Constant(double value) => All((float)value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32x4 All(float value) => new(value, value, value, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32x4 AllBits(long bits) => All(Interop.IntAsFloat((uint)bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32x4 operator +(Lane32x4 a, Lane32x4 b) => new(ExactMath.Add(a.X, b.X), ExactMath.Add(a.Y, b.Y), ExactMath.Add(a.Z, b.Z), ExactMath.Add(a.W, b.W));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32x4 operator -(Lane32x4 a, Lane32x4 b) => new(ExactMath.Subtract(a.X, b.X), ExactMath.Subtract(a.Y, b.Y), ExactMath.Subtract(a.Z, b.Z), ExactMath.Subtract(a.W, b.W));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32x4 operator *(Lane32x4 a, Lane32x4 b) => new(ExactMath.Multiply(a.X, b.X), ExactMath.Multiply(a.Y, b.Y), ExactMath.Multiply(a.Z, b.Z), ExactMath.Multiply(a.W, b.W));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32x4 operator /(Lane32x4 a, Lane32x4 b) => new(ExactMath.Divide(a.X, b.X), ExactMath.Divide(a.Y, b.Y), ExactMath.Divide(a.Z, b.Z), ExactMath.Divide(a.W, b.W));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32x4 operator &(Lane32x4 a, Lane32x4 b) => new(Interop.IntAsFloat(Interop.FloatAsInt(a.X) & Interop.FloatAsInt(b.X)), Interop.IntAsFloat(Interop.FloatAsInt(a.Y) & Interop.FloatAsInt(b.Y)), Interop.IntAsFloat(Interop.FloatAsInt(a.Z) & Interop.FloatAsInt(b.Z)), Interop.IntAsFloat(Interop.FloatAsInt(a.W) & Interop.FloatAsInt(b.W)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32x4 operator |(Lane32x4 a, Lane32x4 b) => new(Interop.IntAsFloat(Interop.FloatAsInt(a.X) | Interop.FloatAsInt(b.X)), Interop.IntAsFloat(Interop.FloatAsInt(a.Y) | Interop.FloatAsInt(b.Y)), Interop.IntAsFloat(Interop.FloatAsInt(a.Z) | Interop.FloatAsInt(b.Z)), Interop.IntAsFloat(Interop.FloatAsInt(a.W) | Interop.FloatAsInt(b.W)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32x4 operator ^(Lane32x4 a, Lane32x4 b) => new(Interop.IntAsFloat(Interop.FloatAsInt(a.X) ^ Interop.FloatAsInt(b.X)), Interop.IntAsFloat(Interop.FloatAsInt(a.Y) ^ Interop.FloatAsInt(b.Y)), Interop.IntAsFloat(Interop.FloatAsInt(a.Z) ^ Interop.FloatAsInt(b.Z)), Interop.IntAsFloat(Interop.FloatAsInt(a.W) ^ Interop.FloatAsInt(b.W)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32x4 Sqrt(Lane32x4 a) => new(ExactMath.Sqrt(a.X), ExactMath.Sqrt(a.Y), ExactMath.Sqrt(a.Z), ExactMath.Sqrt(a.W));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32x4 Fma(Lane32x4 a, Lane32x4 b, Lane32x4 c) => new(ExactMath.FusedMultiplyAdd(a.X, b.X, c.X), ExactMath.FusedMultiplyAdd(a.Y, b.Y, c.Y), ExactMath.FusedMultiplyAdd(a.Z, b.Z, c.Z), ExactMath.FusedMultiplyAdd(a.W, b.W, c.W));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32x4 Abs(Lane32x4 a) => new(Interop.IntAsFloat(Interop.FloatAsInt(a.X) & 0x7FFFFFFFu), Interop.IntAsFloat(Interop.FloatAsInt(a.Y) & 0x7FFFFFFFu), Interop.IntAsFloat(Interop.FloatAsInt(a.Z) & 0x7FFFFFFFu), Interop.IntAsFloat(Interop.FloatAsInt(a.W) & 0x7FFFFFFFu));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32x4 Normal(Lane32x4 a) => Select(Less(Abs(a), All(1.17549435E-38f)), All(0), a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32x4 SelectLess(Lane32x4 a, Lane32x4 b, Lane32x4 where, Lane32x4 elsewhere) => new(ExactMath.Less(a.X, b.X) != 0 ? where.X : elsewhere.X, ExactMath.Less(a.Y, b.Y) != 0 ? where.Y : elsewhere.Y, ExactMath.Less(a.Z, b.Z) != 0 ? where.Z : elsewhere.Z, ExactMath.Less(a.W, b.W) != 0 ? where.W : elsewhere.W);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32x4 Exp(Lane32x4 a) => LaneMath.ExpSingle(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32x4 Max(Lane32x4 a, Lane32x4 b) => new(ScalarMath.Max(a.X, b.X), ScalarMath.Max(a.Y, b.Y), ScalarMath.Max(a.Z, b.Z), ScalarMath.Max(a.W, b.W));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32x4 Least(Lane32x4 a, Lane32x4 b) => new(ExactMath.Less(a.X, b.X) != 0 ? a.X : b.X, ExactMath.Less(a.Y, b.Y) != 0 ? a.Y : b.Y, ExactMath.Less(a.Z, b.Z) != 0 ? a.Z : b.Z, ExactMath.Less(a.W, b.W) != 0 ? a.W : b.W);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32x4 Less(Lane32x4 a, Lane32x4 b) => new(Interop.IntAsFloat(ExactMath.Less(a.X, b.X)), Interop.IntAsFloat(ExactMath.Less(a.Y, b.Y)), Interop.IntAsFloat(ExactMath.Less(a.Z, b.Z)), Interop.IntAsFloat(ExactMath.Less(a.W, b.W)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32x4 Equal(Lane32x4 a, Lane32x4 b) => new(Interop.IntAsFloat(ExactMath.AreEqual(a.X, b.X)), Interop.IntAsFloat(ExactMath.AreEqual(a.Y, b.Y)), Interop.IntAsFloat(ExactMath.AreEqual(a.Z, b.Z)), Interop.IntAsFloat(ExactMath.AreEqual(a.W, b.W)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32x4 Select(Lane32x4 mask, Lane32x4 a, Lane32x4 b) => new(ScalarMath.Select(mask.X, a.X, b.X), ScalarMath.Select(mask.Y, a.Y, b.Y), ScalarMath.Select(mask.Z, a.Z, b.Z), ScalarMath.Select(mask.W, a.W, b.W));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Any(Lane32x4 mask) => (Interop.FloatAsInt(mask.X) | Interop.FloatAsInt(mask.Y) | Interop.FloatAsInt(mask.Z) | Interop.FloatAsInt(mask.W)) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Every(Lane32x4 mask) => (Interop.FloatAsInt(mask.X) & Interop.FloatAsInt(mask.Y) & Interop.FloatAsInt(mask.Z) & Interop.FloatAsInt(mask.W)) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32x4 AddBits(Lane32x4 a, Lane32x4 b) => new(Interop.IntAsFloat(Interop.FloatAsInt(a.X) + Interop.FloatAsInt(b.X)), Interop.IntAsFloat(Interop.FloatAsInt(a.Y) + Interop.FloatAsInt(b.Y)), Interop.IntAsFloat(Interop.FloatAsInt(a.Z) + Interop.FloatAsInt(b.Z)), Interop.IntAsFloat(Interop.FloatAsInt(a.W) + Interop.FloatAsInt(b.W)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32x4 SubtractBits(Lane32x4 a, Lane32x4 b) => new(Interop.IntAsFloat(Interop.FloatAsInt(a.X) - Interop.FloatAsInt(b.X)), Interop.IntAsFloat(Interop.FloatAsInt(a.Y) - Interop.FloatAsInt(b.Y)), Interop.IntAsFloat(Interop.FloatAsInt(a.Z) - Interop.FloatAsInt(b.Z)), Interop.IntAsFloat(Interop.FloatAsInt(a.W) - Interop.FloatAsInt(b.W)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32x4 ShiftLeft(Lane32x4 a, int count) => new(Interop.IntAsFloat(Interop.FloatAsInt(a.X) << count), Interop.IntAsFloat(Interop.FloatAsInt(a.Y) << count), Interop.IntAsFloat(Interop.FloatAsInt(a.Z) << count), Interop.IntAsFloat(Interop.FloatAsInt(a.W) << count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32x4 ShiftRight(Lane32x4 a, int count) => new(Interop.IntAsFloat(Interop.FloatAsInt(a.X) >> count), Interop.IntAsFloat(Interop.FloatAsInt(a.Y) >> count), Interop.IntAsFloat(Interop.FloatAsInt(a.Z) >> count), Interop.IntAsFloat(Interop.FloatAsInt(a.W) >> count));

    public static Lane32x4 Load(ref readonly float source, nuint index) => throw OnTheProcessor.Only();

    public static Lane32x4 LoadPart(ref readonly float source, nuint index, nuint count) => throw OnTheProcessor.Only();

    public static Lane32x4 FirstLanes(nuint count) => throw OnTheProcessor.Only();

    public static Lane32x4 Descend(Lane32x4 a, int step) => throw OnTheProcessor.Only();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float First(Lane32x4 a) => a.X;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long FirstBits(Lane32x4 a) => Interop.FloatAsInt(a.X);

    public static Lane32x4 OneByOne<TFunction>(Lane32x4 x, Lane32x4 usual, Lane32x4 result) where TFunction : struct, IOneLane => throw OnTheProcessor.Only();

    public void Store(ref float destination, nuint index) => throw OnTheProcessor.Only();

    public static Lane32x4 LoadSingle(ref readonly float source, nuint index) => throw OnTheProcessor.Only();

    public void StoreSingle(ref float destination, nuint index) => throw OnTheProcessor.Only();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32x4 Map<TFunction>(Lane32x4 x) where TFunction : unmanaged, ILaneFunction => new(InDoubles.Of<TFunction>(x.X), InDoubles.Of<TFunction>(x.Y), InDoubles.Of<TFunction>(x.Z), InDoubles.Of<TFunction>(x.W));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32x4 Map2<TFunction>(Lane32x4 x, Lane32x4 y) where TFunction : unmanaged, ILaneFunction2 => new(InDoubles.Of2<TFunction>(x.X, y.X), InDoubles.Of2<TFunction>(x.Y, y.Y), InDoubles.Of2<TFunction>(x.Z, y.Z), InDoubles.Of2<TFunction>(x.W, y.W));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32x4 MapFloats<TFunction>(Lane32x4 x) where TFunction : unmanaged, IFloatFunction
    {
        Lane32x4 result = default(TFunction).OfFloats(x, out Lane32x4 usual);
        return Every(usual) ? result : new(ScalarMath.IsSet(usual.X) ? result.X : InDoubles.Of<TFunction>(x.X), ScalarMath.IsSet(usual.Y) ? result.Y : InDoubles.Of<TFunction>(x.Y), ScalarMath.IsSet(usual.Z) ? result.Z : InDoubles.Of<TFunction>(x.Z), ScalarMath.IsSet(usual.W) ? result.W : InDoubles.Of<TFunction>(x.W));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unzip(Lane32x4 a, Lane32x4 b, out Lane32x4 first, out Lane32x4 second)
    {
        first = new(a.X, a.Z, b.X, b.Z);
        second = new(a.Y, a.W, b.Y, b.W);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Zip(Lane32x4 first, Lane32x4 second, out Lane32x4 a, out Lane32x4 b)
    {
        a = new(first.X, second.X, first.Y, second.Y);
        b = new(first.Z, second.Z, first.W, second.W);
    }
}
