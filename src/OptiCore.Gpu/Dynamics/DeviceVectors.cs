using System.Runtime.CompilerServices;
using ILGPU;

namespace OptiCore.Gpu;

/// <summary>One number of one thread.</summary>
/// <param name="X">The first number.</param>
public readonly record struct DeviceVector1(DeviceReal X) : IDeviceVector<DeviceVector1>
{
    /// <inheritdoc/>
    public static int Length
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 1;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceVector1 Load(ArrayView<double> memory, long index, long count) =>
        new(new(memory[index]));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(DeviceVector1 value, ArrayView<double> memory, long index, long count)
    {
        memory[index] = value.X.Value;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceVector1 Fused(DeviceVector1 a, double factor, DeviceVector1 c) =>
        new(VectorElements.Fused(a.X, factor, c.X));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceVector1 Rounded(DeviceVector1 a, double factor, DeviceVector1 c) =>
        new(c.X + (factor * a.X));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double SquaredError(DeviceVector1 error, DeviceVector1 y, DeviceVector1 next, DeviceVector1 absolute, double relative)
    {
        double total = VectorElements.SquaredError(0, error.X, y.X, next.X, absolute.X, relative);
        return total;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double SquaredNorm(DeviceVector1 value, DeviceVector1 y, DeviceVector1 absolute, double relative)
    {
        double total = VectorElements.SquaredNorm(0, value.X, y.X, absolute.X, relative);
        return total;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Check(DeviceVector1 a, DeviceVector1 b)
    {
        double total = VectorElements.Check(0, a.X, b.X);
        return total;
    }
}

/// <summary>Two numbers of one thread.</summary>
/// <param name="X">The first number.</param>
/// <param name="Y">The second number.</param>
public readonly record struct DeviceVector2(DeviceReal X, DeviceReal Y) : IDeviceVector<DeviceVector2>
{
    /// <inheritdoc/>
    public static int Length
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 2;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceVector2 Load(ArrayView<double> memory, long index, long count) =>
        new(new(memory[index]), new(memory[index + count]));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(DeviceVector2 value, ArrayView<double> memory, long index, long count)
    {
        memory[index] = value.X.Value;
        memory[index + count] = value.Y.Value;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceVector2 Fused(DeviceVector2 a, double factor, DeviceVector2 c) =>
        new(VectorElements.Fused(a.X, factor, c.X), VectorElements.Fused(a.Y, factor, c.Y));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceVector2 Rounded(DeviceVector2 a, double factor, DeviceVector2 c) =>
        new(c.X + (factor * a.X), c.Y + (factor * a.Y));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double SquaredError(DeviceVector2 error, DeviceVector2 y, DeviceVector2 next, DeviceVector2 absolute, double relative)
    {
        double total = VectorElements.SquaredError(0, error.X, y.X, next.X, absolute.X, relative);
        total = VectorElements.SquaredError(total, error.Y, y.Y, next.Y, absolute.Y, relative);
        return total;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double SquaredNorm(DeviceVector2 value, DeviceVector2 y, DeviceVector2 absolute, double relative)
    {
        double total = VectorElements.SquaredNorm(0, value.X, y.X, absolute.X, relative);
        total = VectorElements.SquaredNorm(total, value.Y, y.Y, absolute.Y, relative);
        return total;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Check(DeviceVector2 a, DeviceVector2 b)
    {
        double total = VectorElements.Check(0, a.X, b.X);
        total = VectorElements.Check(total, a.Y, b.Y);
        return total;
    }
}

/// <summary>Three numbers of one thread.</summary>
/// <param name="X">The first number.</param>
/// <param name="Y">The second number.</param>
/// <param name="Z">The third number.</param>
public readonly record struct DeviceVector3(DeviceReal X, DeviceReal Y, DeviceReal Z) : IDeviceVector<DeviceVector3>
{
    /// <inheritdoc/>
    public static int Length
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 3;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceVector3 Load(ArrayView<double> memory, long index, long count) =>
        new(new(memory[index]), new(memory[index + count]), new(memory[index + (2 * count)]));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(DeviceVector3 value, ArrayView<double> memory, long index, long count)
    {
        memory[index] = value.X.Value;
        memory[index + count] = value.Y.Value;
        memory[index + (2 * count)] = value.Z.Value;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceVector3 Fused(DeviceVector3 a, double factor, DeviceVector3 c) =>
        new(VectorElements.Fused(a.X, factor, c.X), VectorElements.Fused(a.Y, factor, c.Y), VectorElements.Fused(a.Z, factor, c.Z));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceVector3 Rounded(DeviceVector3 a, double factor, DeviceVector3 c) =>
        new(c.X + (factor * a.X), c.Y + (factor * a.Y), c.Z + (factor * a.Z));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double SquaredError(DeviceVector3 error, DeviceVector3 y, DeviceVector3 next, DeviceVector3 absolute, double relative)
    {
        double total = VectorElements.SquaredError(0, error.X, y.X, next.X, absolute.X, relative);
        total = VectorElements.SquaredError(total, error.Y, y.Y, next.Y, absolute.Y, relative);
        total = VectorElements.SquaredError(total, error.Z, y.Z, next.Z, absolute.Z, relative);
        return total;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double SquaredNorm(DeviceVector3 value, DeviceVector3 y, DeviceVector3 absolute, double relative)
    {
        double total = VectorElements.SquaredNorm(0, value.X, y.X, absolute.X, relative);
        total = VectorElements.SquaredNorm(total, value.Y, y.Y, absolute.Y, relative);
        total = VectorElements.SquaredNorm(total, value.Z, y.Z, absolute.Z, relative);
        return total;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Check(DeviceVector3 a, DeviceVector3 b)
    {
        double total = VectorElements.Check(0, a.X, b.X);
        total = VectorElements.Check(total, a.Y, b.Y);
        total = VectorElements.Check(total, a.Z, b.Z);
        return total;
    }
}

/// <summary>Four numbers of one thread.</summary>
/// <param name="X">The first number.</param>
/// <param name="Y">The second number.</param>
/// <param name="Z">The third number.</param>
/// <param name="W">The fourth number.</param>
public readonly record struct DeviceVector4(DeviceReal X, DeviceReal Y, DeviceReal Z, DeviceReal W) : IDeviceVector<DeviceVector4>
{
    /// <inheritdoc/>
    public static int Length
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 4;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceVector4 Load(ArrayView<double> memory, long index, long count) =>
        new(new(memory[index]), new(memory[index + count]), new(memory[index + (2 * count)]), new(memory[index + (3 * count)]));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(DeviceVector4 value, ArrayView<double> memory, long index, long count)
    {
        memory[index] = value.X.Value;
        memory[index + count] = value.Y.Value;
        memory[index + (2 * count)] = value.Z.Value;
        memory[index + (3 * count)] = value.W.Value;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceVector4 Fused(DeviceVector4 a, double factor, DeviceVector4 c) =>
        new(VectorElements.Fused(a.X, factor, c.X), VectorElements.Fused(a.Y, factor, c.Y), VectorElements.Fused(a.Z, factor, c.Z), VectorElements.Fused(a.W, factor, c.W));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceVector4 Rounded(DeviceVector4 a, double factor, DeviceVector4 c) =>
        new(c.X + (factor * a.X), c.Y + (factor * a.Y), c.Z + (factor * a.Z), c.W + (factor * a.W));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double SquaredError(DeviceVector4 error, DeviceVector4 y, DeviceVector4 next, DeviceVector4 absolute, double relative)
    {
        double total = VectorElements.SquaredError(0, error.X, y.X, next.X, absolute.X, relative);
        total = VectorElements.SquaredError(total, error.Y, y.Y, next.Y, absolute.Y, relative);
        total = VectorElements.SquaredError(total, error.Z, y.Z, next.Z, absolute.Z, relative);
        total = VectorElements.SquaredError(total, error.W, y.W, next.W, absolute.W, relative);
        return total;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double SquaredNorm(DeviceVector4 value, DeviceVector4 y, DeviceVector4 absolute, double relative)
    {
        double total = VectorElements.SquaredNorm(0, value.X, y.X, absolute.X, relative);
        total = VectorElements.SquaredNorm(total, value.Y, y.Y, absolute.Y, relative);
        total = VectorElements.SquaredNorm(total, value.Z, y.Z, absolute.Z, relative);
        total = VectorElements.SquaredNorm(total, value.W, y.W, absolute.W, relative);
        return total;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Check(DeviceVector4 a, DeviceVector4 b)
    {
        double total = VectorElements.Check(0, a.X, b.X);
        total = VectorElements.Check(total, a.Y, b.Y);
        total = VectorElements.Check(total, a.Z, b.Z);
        total = VectorElements.Check(total, a.W, b.W);
        return total;
    }
}

/// <summary>Six numbers of one thread.</summary>
/// <param name="X">The first number.</param>
/// <param name="Y">The second number.</param>
/// <param name="Z">The third number.</param>
/// <param name="W">The fourth number.</param>
/// <param name="U">The fifth number.</param>
/// <param name="V">The sixth number.</param>
public readonly record struct DeviceVector6(DeviceReal X, DeviceReal Y, DeviceReal Z, DeviceReal W, DeviceReal U, DeviceReal V) : IDeviceVector<DeviceVector6>
{
    /// <inheritdoc/>
    public static int Length
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 6;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceVector6 Load(ArrayView<double> memory, long index, long count) =>
        new(new(memory[index]), new(memory[index + count]), new(memory[index + (2 * count)]), new(memory[index + (3 * count)]), new(memory[index + (4 * count)]), new(memory[index + (5 * count)]));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(DeviceVector6 value, ArrayView<double> memory, long index, long count)
    {
        memory[index] = value.X.Value;
        memory[index + count] = value.Y.Value;
        memory[index + (2 * count)] = value.Z.Value;
        memory[index + (3 * count)] = value.W.Value;
        memory[index + (4 * count)] = value.U.Value;
        memory[index + (5 * count)] = value.V.Value;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceVector6 Fused(DeviceVector6 a, double factor, DeviceVector6 c) =>
        new(VectorElements.Fused(a.X, factor, c.X), VectorElements.Fused(a.Y, factor, c.Y), VectorElements.Fused(a.Z, factor, c.Z), VectorElements.Fused(a.W, factor, c.W), VectorElements.Fused(a.U, factor, c.U), VectorElements.Fused(a.V, factor, c.V));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceVector6 Rounded(DeviceVector6 a, double factor, DeviceVector6 c) =>
        new(c.X + (factor * a.X), c.Y + (factor * a.Y), c.Z + (factor * a.Z), c.W + (factor * a.W), c.U + (factor * a.U), c.V + (factor * a.V));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double SquaredError(DeviceVector6 error, DeviceVector6 y, DeviceVector6 next, DeviceVector6 absolute, double relative)
    {
        double total = VectorElements.SquaredError(0, error.X, y.X, next.X, absolute.X, relative);
        total = VectorElements.SquaredError(total, error.Y, y.Y, next.Y, absolute.Y, relative);
        total = VectorElements.SquaredError(total, error.Z, y.Z, next.Z, absolute.Z, relative);
        total = VectorElements.SquaredError(total, error.W, y.W, next.W, absolute.W, relative);
        total = VectorElements.SquaredError(total, error.U, y.U, next.U, absolute.U, relative);
        total = VectorElements.SquaredError(total, error.V, y.V, next.V, absolute.V, relative);
        return total;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double SquaredNorm(DeviceVector6 value, DeviceVector6 y, DeviceVector6 absolute, double relative)
    {
        double total = VectorElements.SquaredNorm(0, value.X, y.X, absolute.X, relative);
        total = VectorElements.SquaredNorm(total, value.Y, y.Y, absolute.Y, relative);
        total = VectorElements.SquaredNorm(total, value.Z, y.Z, absolute.Z, relative);
        total = VectorElements.SquaredNorm(total, value.W, y.W, absolute.W, relative);
        total = VectorElements.SquaredNorm(total, value.U, y.U, absolute.U, relative);
        total = VectorElements.SquaredNorm(total, value.V, y.V, absolute.V, relative);
        return total;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Check(DeviceVector6 a, DeviceVector6 b)
    {
        double total = VectorElements.Check(0, a.X, b.X);
        total = VectorElements.Check(total, a.Y, b.Y);
        total = VectorElements.Check(total, a.Z, b.Z);
        total = VectorElements.Check(total, a.W, b.W);
        total = VectorElements.Check(total, a.U, b.U);
        total = VectorElements.Check(total, a.V, b.V);
        return total;
    }
}
