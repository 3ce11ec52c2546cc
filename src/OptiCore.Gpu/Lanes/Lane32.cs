using System.Runtime.CompilerServices;
using ILGPU;
using OptiCore.Numerics;

namespace OptiCore.Gpu;

/// <summary>One float of one thread.</summary>
/// <remarks>The register with which the library's kernels, written once for all widths of the processor's registers, run on a device, bit for bit (<see cref="ExactMath"/>).</remarks>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
internal readonly struct Lane32(float x) : IDeviceLanes<Lane32, float>
{
    public readonly float X = x;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 1;
    }

    public static Lane32 SignBit
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => AllBits(int.MinValue);
    }

    public static Lane32 WholeFrom
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => All(8388608.0f);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32 Constant(double value) => All((float)value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32 All(float value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32 AllBits(long bits) => All(Interop.IntAsFloat((uint)bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32 operator +(Lane32 a, Lane32 b) => new(ExactMath.Add(a.X, b.X));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32 operator -(Lane32 a, Lane32 b) => new(ExactMath.Subtract(a.X, b.X));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32 operator *(Lane32 a, Lane32 b) => new(ExactMath.Multiply(a.X, b.X));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32 operator /(Lane32 a, Lane32 b) => new(ExactMath.Divide(a.X, b.X));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32 operator &(Lane32 a, Lane32 b) => new(Interop.IntAsFloat(Interop.FloatAsInt(a.X) & Interop.FloatAsInt(b.X)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32 operator |(Lane32 a, Lane32 b) => new(Interop.IntAsFloat(Interop.FloatAsInt(a.X) | Interop.FloatAsInt(b.X)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32 operator ^(Lane32 a, Lane32 b) => new(Interop.IntAsFloat(Interop.FloatAsInt(a.X) ^ Interop.FloatAsInt(b.X)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32 Sqrt(Lane32 a) => new(ExactMath.Sqrt(a.X));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32 Fma(Lane32 a, Lane32 b, Lane32 c) => new(ExactMath.FusedMultiplyAdd(a.X, b.X, c.X));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32 Abs(Lane32 a) => new(Interop.IntAsFloat(Interop.FloatAsInt(a.X) & 0x7FFFFFFFu));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32 Normal(Lane32 a) => Select(Less(Abs(a), All(1.17549435E-38f)), All(0), a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32 SelectLess(Lane32 a, Lane32 b, Lane32 where, Lane32 elsewhere) => new(ExactMath.Less(a.X, b.X) != 0 ? where.X : elsewhere.X);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32 Exp(Lane32 a) => LaneMath.ExpSingle(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32 Max(Lane32 a, Lane32 b) => new(ScalarMath.Max(a.X, b.X));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32 Least(Lane32 a, Lane32 b) => new(ExactMath.Less(a.X, b.X) != 0 ? a.X : b.X);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32 Less(Lane32 a, Lane32 b) => new(Interop.IntAsFloat(ExactMath.Less(a.X, b.X)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32 Equal(Lane32 a, Lane32 b) => new(Interop.IntAsFloat(ExactMath.AreEqual(a.X, b.X)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32 Select(Lane32 mask, Lane32 a, Lane32 b) => new(ScalarMath.Select(mask.X, a.X, b.X));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Any(Lane32 mask) => (Interop.FloatAsInt(mask.X)) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Every(Lane32 mask) => (Interop.FloatAsInt(mask.X)) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32 AddBits(Lane32 a, Lane32 b) => new(Interop.IntAsFloat(Interop.FloatAsInt(a.X) + Interop.FloatAsInt(b.X)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32 SubtractBits(Lane32 a, Lane32 b) => new(Interop.IntAsFloat(Interop.FloatAsInt(a.X) - Interop.FloatAsInt(b.X)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32 ShiftLeft(Lane32 a, int count) => new(Interop.IntAsFloat(Interop.FloatAsInt(a.X) << count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32 ShiftRight(Lane32 a, int count) => new(Interop.IntAsFloat(Interop.FloatAsInt(a.X) >> count));

    public static Lane32 Load(ref readonly float source, nuint index) => throw OnTheProcessor.Only();

    public static Lane32 LoadPart(ref readonly float source, nuint index, nuint count) => throw OnTheProcessor.Only();

    public static Lane32 FirstLanes(nuint count) => throw OnTheProcessor.Only();

    public static Lane32 Descend(Lane32 a, int step) => throw OnTheProcessor.Only();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float First(Lane32 a) => a.X;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long FirstBits(Lane32 a) => Interop.FloatAsInt(a.X);

    public static Lane32 OneByOne<TFunction>(Lane32 x, Lane32 usual, Lane32 result) where TFunction : struct, IOneLane => throw OnTheProcessor.Only();

    public void Store(ref float destination, nuint index) => throw OnTheProcessor.Only();

    public static Lane32 LoadSingle(ref readonly float source, nuint index) => throw OnTheProcessor.Only();

    public void StoreSingle(ref float destination, nuint index) => throw OnTheProcessor.Only();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32 Map<TFunction>(Lane32 x) where TFunction : unmanaged, ILaneFunction => new(InDoubles.Of<TFunction>(x.X));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32 Map2<TFunction>(Lane32 x, Lane32 y) where TFunction : unmanaged, ILaneFunction2 => new(InDoubles.Of2<TFunction>(x.X, y.X));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane32 MapFloats<TFunction>(Lane32 x) where TFunction : unmanaged, IFloatFunction
    {
        Lane32 result = default(TFunction).OfFloats(x, out Lane32 usual);
        return Every(usual) ? result : new(ScalarMath.IsSet(usual.X) ? result.X : InDoubles.Of<TFunction>(x.X));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unzip(Lane32 a, Lane32 b, out Lane32 first, out Lane32 second)
    {
        first = a;
        second = b;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Zip(Lane32 first, Lane32 second, out Lane32 a, out Lane32 b)
    {
        a = first;
        b = second;
    }
}
