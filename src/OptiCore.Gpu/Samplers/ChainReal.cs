using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Gpu;

/// <summary>A real number of one thread of a device, with the arithmetic and the functions of <see cref="Real"/>, bit for bit.</summary>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
internal readonly struct ChainReal(double value) : IReal<ChainReal>
{
    public readonly double Value = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static implicit operator ChainReal(double value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ChainReal Constant(double value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ChainReal operator +(ChainReal x, ChainReal y) => new(ExactMath.Add(x.Value, y.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ChainReal operator +(ChainReal x, double y) => new(ExactMath.Add(x.Value, y));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ChainReal operator +(double x, ChainReal y) => new(ExactMath.Add(x, y.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ChainReal operator -(ChainReal x, ChainReal y) => new(ExactMath.Subtract(x.Value, y.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ChainReal operator -(ChainReal x, double y) => new(ExactMath.Subtract(x.Value, y));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ChainReal operator -(double x, ChainReal y) => new(ExactMath.Subtract(x, y.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ChainReal operator -(ChainReal x) => new((new Lane64(x.Value) ^ Lane64.SignBit).X);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ChainReal operator *(ChainReal x, ChainReal y) => new(ExactMath.Multiply(x.Value, y.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ChainReal operator *(ChainReal x, double y) => new(ExactMath.Multiply(x.Value, y));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ChainReal operator *(double x, ChainReal y) => new(ExactMath.Multiply(x, y.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ChainReal operator /(ChainReal x, ChainReal y) => new(ExactMath.Divide(x.Value, y.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ChainReal operator /(ChainReal x, double y) => new(ExactMath.Divide(x.Value, y));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ChainReal operator /(double x, ChainReal y) => new(ExactMath.Divide(x, y.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ChainReal Sqrt(ChainReal x) => new(ExactMath.Sqrt(x.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ChainReal Abs(ChainReal x) => new(Lane64.Abs(new Lane64(x.Value)).X);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ChainReal Exp(ChainReal x) => Apply(default(ExpFunction), x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ChainReal Log(ChainReal x) => Apply(default(LogFunction), x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ChainReal Sin(ChainReal x) => Apply(default(SinFunction), x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ChainReal Cos(ChainReal x) => Apply(default(CosFunction), x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ChainReal Tanh(ChainReal x) => Apply(default(TanhFunction), x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ChainReal Pow(ChainReal x, double exponent) => new(default(PowFunction).Of(new Lane64(x.Value), new Lane64(exponent)).X);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ChainReal IfLess(ChainReal x, ChainReal y, ChainReal then, ChainReal otherwise) => ExactMath.Less(x.Value, y.Value) != 0 ? then : otherwise;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ChainReal Apply<TFunction>(TFunction f, ChainReal x)
        where TFunction : struct, ILaneFunction => new(f.Of(new Lane64(x.Value)).X);
}
