using System.Runtime.CompilerServices;
using ILGPU;

namespace OptiCore.Gpu;

/// <summary>
/// Some numbers of one thread, kept in registers: the states and parameters of <see cref="GpuOdeEnsemble"/>. <see cref="DeviceVector1"/> to <see cref="DeviceVector6"/> are made; others can be written after their pattern.
/// </summary>
/// <typeparam name="TSelf">The vector.</typeparam>
public interface IDeviceVector<TSelf> where TSelf : unmanaged, IDeviceVector<TSelf>
{
    /// <summary>The number of elements.</summary>
    static abstract int Length { get; }

    /// <summary>Reads a vector, element k at k <paramref name="count"/> + <paramref name="index"/>.</summary>
    /// <param name="memory">The memory.</param>
    /// <param name="index">The vector.</param>
    /// <param name="count">The number of vectors.</param>
    static abstract TSelf Load(ArrayView<double> memory, long index, long count);

    /// <summary>Writes a vector where <see cref="Load"/> reads it.</summary>
    /// <param name="value">The vector.</param>
    /// <param name="memory">The memory.</param>
    /// <param name="index">The vector.</param>
    /// <param name="count">The number of vectors.</param>
    static abstract void Store(TSelf value, ArrayView<double> memory, long index, long count);

    /// <summary>a factor + c, each element rounded once.</summary>
    /// <param name="a">The vector that is multiplied.</param>
    /// <param name="factor">The factor.</param>
    /// <param name="c">The vector that is added.</param>
    static abstract TSelf Fused(TSelf a, double factor, TSelf c);

    /// <summary>c + factor a, products and sums rounded one by one.</summary>
    /// <param name="a">The vector that is multiplied.</param>
    /// <param name="factor">The factor.</param>
    /// <param name="c">The vector that is added.</param>
    static abstract TSelf Rounded(TSelf a, double factor, TSelf c);

    /// <summary>The sum over elements, from the first on, of (error / (relative max(|y|, |next|) + absolute))^2, with fused products.</summary>
    /// <param name="error">The errors.</param>
    /// <param name="y">The state before a step.</param>
    /// <param name="next">The state after it.</param>
    /// <param name="absolute">The absolute tolerances.</param>
    /// <param name="relative">The relative tolerance.</param>
    static abstract double SquaredError(TSelf error, TSelf y, TSelf next, TSelf absolute, double relative);

    /// <summary>The sum over elements, from the first on, of (value / (absolute + relative |y|))^2, rounded one by one.</summary>
    /// <param name="value">The values.</param>
    /// <param name="y">The state.</param>
    /// <param name="absolute">The absolute tolerances.</param>
    /// <param name="relative">The relative tolerance.</param>
    static abstract double SquaredNorm(TSelf value, TSelf y, TSelf absolute, double relative);

    /// <summary>0 where all elements of the sum of both are finite, else NaN.</summary>
    /// <param name="a">A vector.</param>
    /// <param name="b">A vector.</param>
    static abstract double Check(TSelf a, TSelf b);
}

/// <summary>What vectors do with each element.</summary>
internal static class VectorElements
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double SquaredError(double total, DeviceReal error, DeviceReal y, DeviceReal next, DeviceReal absolute, double relative)
    {
        double before = DeviceReal.Abs(y).Value, after = DeviceReal.Abs(next).Value;
        double scale = ExactMath.FusedMultiplyAdd(relative, before > after ? before : after, absolute.Value), ratio = ExactMath.Divide(error.Value, scale);
        return ExactMath.FusedMultiplyAdd(ratio, ratio, total);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double SquaredNorm(double total, DeviceReal value, DeviceReal y, DeviceReal absolute, double relative)
    {
        DeviceReal ratio = value / (absolute + (relative * DeviceReal.Abs(y)));
        return (total + (ratio * ratio)).Value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceReal Fused(DeviceReal a, double factor, DeviceReal c) => new(ExactMath.FusedMultiplyAdd(a.Value, factor, c.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Check(double total, DeviceReal a, DeviceReal b) => ExactMath.FusedMultiplyAdd((a + b).Value, 0, total);
}
