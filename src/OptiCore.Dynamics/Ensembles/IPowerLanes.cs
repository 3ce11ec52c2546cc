using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptiCore.Dynamics;

/// <summary>Numbers for <see cref="StepPower"/>, whose formulas are written once for the processor's registers and for the threads of a device.</summary>
/// <typeparam name="TSelf">One number, or several side by side.</typeparam>
internal interface IPowerLanes<TSelf> where TSelf : struct, IPowerLanes<TSelf>
{
    static abstract TSelf All(double value);

    static abstract TSelf operator +(TSelf a, TSelf b);

    static abstract TSelf operator -(TSelf a, TSelf b);

    static abstract TSelf operator *(TSelf a, TSelf b);

    /// <summary>a b + c with one rounding.</summary>
    static abstract TSelf Fma(TSelf a, TSelf b, TSelf c);

    static abstract TSelf Abs(TSelf a);

    /// <summary>The smaller number; either where one is NaN.</summary>
    static abstract TSelf Least(TSelf a, TSelf b);

    /// <summary>The larger number; either where one is NaN.</summary>
    static abstract TSelf Largest(TSelf a, TSelf b);

    /// <summary>The sum of the bits as integers.</summary>
    static abstract TSelf AddBits(TSelf a, long bits);

    /// <summary>2^52 plus the bits above the mantissa as an integer.</summary>
    static abstract TSelf Exponent(TSelf a);

    /// <summary>The bits of the mantissa, zeros above.</summary>
    static abstract TSelf Mantissa(TSelf a);

    /// <summary>2^n, where n is in the low bits.</summary>
    static abstract TSelf PowerOfTwo(TSelf a);

    /// <summary>One of two numbers: the first where x is 0.</summary>
    static abstract TSelf IfZero(TSelf x, TSelf then, TSelf otherwise);
}

/// <summary>Four numbers in a register.</summary>
/// <param name="value">The register.</param>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
internal readonly struct PowerVector(Vector256<double> value) : IPowerLanes<PowerVector>
{
    public readonly Vector256<double> Value = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PowerVector All(double value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PowerVector operator +(PowerVector a, PowerVector b) => new(a.Value + b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PowerVector operator -(PowerVector a, PowerVector b) => new(a.Value - b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PowerVector operator *(PowerVector a, PowerVector b) => new(a.Value * b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PowerVector Fma(PowerVector a, PowerVector b, PowerVector c) => new(Vector256.FusedMultiplyAdd(a.Value, b.Value, c.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PowerVector Abs(PowerVector a) => new(Vector256.Abs(a.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PowerVector Least(PowerVector a, PowerVector b) => new(Vector256.MinNative(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PowerVector Largest(PowerVector a, PowerVector b) => new(Vector256.MaxNative(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PowerVector AddBits(PowerVector a, long bits) => new((a.Value.AsInt64() + Vector256.Create(bits)).AsDouble());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PowerVector Exponent(PowerVector a) => new((Vector256.ShiftRightLogical(a.Value.AsInt64(), 52) | Vector256.Create(0x4330000000000000)).AsDouble());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PowerVector Mantissa(PowerVector a) => new((a.Value.AsInt64() & Vector256.Create(0x000FFFFFFFFFFFFF)).AsDouble());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PowerVector PowerOfTwo(PowerVector a) => new(Vector256.ShiftLeft(a.Value.AsInt64() + Vector256.Create(1023L), 52).AsDouble());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PowerVector IfZero(PowerVector x, PowerVector then, PowerVector otherwise) =>
        new(Vector256.ConditionalSelect(Vector256.Equals(x.Value, Vector256<double>.Zero), then.Value, otherwise.Value));
}
