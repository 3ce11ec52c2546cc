using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace OptiCore.Numerics;

/// <summary>
/// Eight real numbers side by side: formulas over <see cref="IReal{TSelf}"/> for eight problems at a time. Two 256-bit registers, whose operations hide each other's latency.
/// </summary>
/// <param name="low">Lanes 0 to 3.</param>
/// <param name="high">Lanes 4 to 7.</param>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
public readonly struct Real8(Vector256<double> low, Vector256<double> high) : IReal<Real8>
{
    /// <summary>The number of lanes.</summary>
    public const int Count = 8;

    private readonly Vector256<double> _low = low;
    private readonly Vector256<double> _high = high;

    /// <summary>Lanes 0 to 3.</summary>
    public Vector256<double> Low
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _low;
    }

    /// <summary>Lanes 4 to 7.</summary>
    public Vector256<double> High
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _high;
    }

    /// <summary>The number in a lane.</summary>
    /// <param name="lane">The lane, from 0 to 7.</param>
    /// <exception cref="ArgumentOutOfRangeException">The lane lies outside.</exception>
    public double this[int lane] => lane < 4 ? _low.GetElement(lane) : _high.GetElement(lane - 4);

    /// <summary>Doubles, eight by eight, as numbers in lanes, without a copy.</summary>
    /// <param name="values">The doubles; what is left after the last whole eight isn't taken.</param>
    public static Span<Real8> Of(Span<double> values) => MemoryMarshal.Cast<double, Real8>(values);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Real8 Constant(double value) => new(Vector256.Create(value), Vector256.Create(value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Real8 operator +(Real8 x, Real8 y) => new(x._low + y._low, x._high + y._high);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Real8 operator +(Real8 x, double y) => x + Constant(y);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Real8 operator +(double x, Real8 y) => Constant(x) + y;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Real8 operator -(Real8 x, Real8 y) => new(x._low - y._low, x._high - y._high);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Real8 operator -(Real8 x, double y) => x - Constant(y);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Real8 operator -(double x, Real8 y) => Constant(x) - y;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Real8 operator -(Real8 x) => new(-x._low, -x._high);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Real8 operator *(Real8 x, Real8 y) => new(x._low * y._low, x._high * y._high);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Real8 operator *(Real8 x, double y) => x * Constant(y);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Real8 operator *(double x, Real8 y) => Constant(x) * y;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Real8 operator /(Real8 x, Real8 y) => new(x._low / y._low, x._high / y._high);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Real8 operator /(Real8 x, double y) => x / Constant(y);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Real8 operator /(double x, Real8 y) => Constant(x) / y;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Real8 Sqrt(Real8 x) => new(Vector256.Sqrt(x._low), Vector256.Sqrt(x._high));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Real8 Abs(Real8 x) => new(Vector256.Abs(x._low), Vector256.Abs(x._high));

    /// <inheritdoc/>
    public static Real8 Exp(Real8 x) => Apply(default(ExpFunction), x);

    /// <inheritdoc/>
    public static Real8 Log(Real8 x) => Apply(default(LogFunction), x);

    /// <inheritdoc/>
    public static Real8 Sin(Real8 x) => Apply(default(SinFunction), x);

    /// <inheritdoc/>
    public static Real8 Cos(Real8 x) => Apply(default(CosFunction), x);

    /// <inheritdoc/>
    public static Real8 Tanh(Real8 x) => Apply(default(TanhFunction), x);

    /// <inheritdoc/>
    public static Real8 Pow(Real8 x, double exponent)
    {
        var y = Lanes256<double>.Constant(exponent);
        return new(default(PowFunction).Of(new Lanes256<double>(x._low), y).Vector, default(PowFunction).Of(new Lanes256<double>(x._high), y).Vector);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Real8 IfLess(Real8 x, Real8 y, Real8 then, Real8 otherwise) => new(
        Vector256.ConditionalSelect(Vector256.LessThan(x._low, y._low), then._low, otherwise._low),
        Vector256.ConditionalSelect(Vector256.LessThan(x._high, y._high), then._high, otherwise._high));

    /// <summary>The numbers as text.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"[{this[0]}, {this[1]}, {this[2]}, {this[3]}, {this[4]}, {this[5]}, {this[6]}, {this[7]}]");

    private static Real8 Apply<TFunction>(TFunction f, Real8 x)
        where TFunction : struct, ILaneFunction => new(f.Of(new Lanes256<double>(x._low)).Vector, f.Of(new Lanes256<double>(x._high)).Vector);
}
