using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Gpu;

/// <summary>
/// One real number of one thread, a double: formulas over <see cref="IReal{TSelf}"/> inside kernels, with the bits that <see cref="Real"/> and <see cref="Real8"/> give on the processor.
/// </summary>
/// <remarks>
/// Arithmetic is that of <see cref="ExactMath"/>, the functions are the library's.
/// </remarks>
/// <param name="value">The number.</param>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
public readonly struct DeviceReal(double value) : IReal<DeviceReal>
{
    private readonly double _value = value;

    /// <summary>The number.</summary>
    public double Value
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _value;
    }

    private Lane64 Lane
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(_value);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceReal Constant(double value) => new(value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceReal operator +(DeviceReal x, DeviceReal y) => new(ExactMath.Add(x._value, y._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceReal operator +(DeviceReal x, double y) => new(ExactMath.Add(x._value, y));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceReal operator +(double x, DeviceReal y) => new(ExactMath.Add(x, y._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceReal operator -(DeviceReal x, DeviceReal y) => new(ExactMath.Subtract(x._value, y._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceReal operator -(DeviceReal x, double y) => new(ExactMath.Subtract(x._value, y));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceReal operator -(double x, DeviceReal y) => new(ExactMath.Subtract(x, y._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceReal operator -(DeviceReal x) => Of(x.Lane ^ Lane64.SignBit);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceReal operator *(DeviceReal x, DeviceReal y) => new(ExactMath.Multiply(x._value, y._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceReal operator *(DeviceReal x, double y) => new(ExactMath.Multiply(x._value, y));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceReal operator *(double x, DeviceReal y) => new(ExactMath.Multiply(x, y._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceReal operator /(DeviceReal x, DeviceReal y) => new(ExactMath.Divide(x._value, y._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceReal operator /(DeviceReal x, double y) => new(ExactMath.Divide(x._value, y));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceReal operator /(double x, DeviceReal y) => new(ExactMath.Divide(x, y._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceReal Sqrt(DeviceReal x) => new(ExactMath.Sqrt(x._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceReal Abs(DeviceReal x) => Of(Lane64.Abs(x.Lane));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceReal Exp(DeviceReal x) => Of(ExponentialLanes.Exp(x.Lane));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceReal Log(DeviceReal x) => Of(LogarithmLanes.Log(x.Lane));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceReal Sin(DeviceReal x) => Of(TrigonometricLanes.Sin(x.Lane));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceReal Cos(DeviceReal x) => Of(TrigonometricLanes.Cos(x.Lane));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceReal Tanh(DeviceReal x) => Of(HyperbolicLanes.Tanh(x.Lane));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceReal Pow(DeviceReal x, double exponent) => Of(PowerLanes.Pow(x.Lane, Lane64.All(exponent)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceReal IfLess(DeviceReal x, DeviceReal y, DeviceReal then, DeviceReal otherwise) => ExactMath.Less(x._value, y._value) != 0 ? then : otherwise;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static DeviceReal Of(Lane64 x) => new(x.X);
}
