using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OptiCore.Numerics;

/// <summary>A function of one number, written for lanes of doubles of any width.</summary>
internal interface ILaneFunction
{
    /// <summary>The function's value in each lane, which depends on nothing but the argument in that lane.</summary>
    L Of<L>(L x) where L : struct, ILanes<L, double>;

    /// <summary>As <see cref="Of"/> for numbers that are floats, with an error that their last place doesn't show.</summary>
    L OfSingle<L>(L x) where L : struct, ILanes<L, double>;
}

/// <summary>A function of two numbers.</summary>
internal interface ILaneFunction2
{
    /// <inheritdoc cref="ILaneFunction.Of"/>
    L Of<L>(L x, L y) where L : struct, ILanes<L, double>;

    /// <inheritdoc cref="ILaneFunction.OfSingle"/>
    L OfSingle<L>(L x, L y) where L : struct, ILanes<L, double>;
}

/// <summary>A function of one number with two values.</summary>
internal interface ILaneFunctionToTwo
{
    /// <inheritdoc cref="ILaneFunction.Of"/>
    L Of<L>(L x, out L second) where L : struct, ILanes<L, double>;

    /// <inheritdoc cref="ILaneFunction.OfSingle"/>
    L OfSingle<L>(L x, out L second) where L : struct, ILanes<L, double>;
}

/// <summary>
/// The loops of element-wise functions. Floats are widened to doubles, which is exact, computed as doubles and rounded once, so that a function of floats is wrong by no
/// more than half a unit in the last place and what the error of the double leaves: nothing that floats could see. For functions that have lanes of floats too see <see cref="FloatLoop"/>.
/// </summary>
internal static class LaneLoop
{
    /// <summary>destination[i] = f(x[i]).</summary>
    public static void Map<T, TFunction>(TFunction f, ReadOnlySpan<T> x, Span<T> destination)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TFunction : struct, ILaneFunction
    {
        CheckSpans(x, destination, nameof(x));
        ref T source = ref MemoryMarshal.GetReference(x);
        ref T target = ref MemoryMarshal.GetReference(destination);
        if (Avx512F.IsSupported)
            Map<T, TFunction, Lanes512<double>>(f, ref source, ref target, (nuint)x.Length);
        else if (Vector128.IsHardwareAccelerated)
            Map<T, TFunction, Lanes256<double>>(f, ref source, ref target, (nuint)x.Length);
        else
            Map<T, TFunction, Lanes1<double>>(f, ref source, ref target, (nuint)x.Length);
    }

    /// <summary>destination[i] = f(x[i], y[i]).</summary>
    public static void Map<T, TFunction>(TFunction f, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> destination)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TFunction : struct, ILaneFunction2
    {
        Require.Length(y.Length, x.Length, nameof(y));
        CheckSpans(x, destination, nameof(x));
        CheckSpans(y, destination, nameof(y));
        ref T first = ref MemoryMarshal.GetReference(x);
        ref T second = ref MemoryMarshal.GetReference(y);
        ref T target = ref MemoryMarshal.GetReference(destination);
        if (Avx512F.IsSupported)
            Map<T, TFunction, Lanes512<double>>(f, ref first, ref second, ref target, (nuint)x.Length);
        else if (Vector128.IsHardwareAccelerated)
            Map<T, TFunction, Lanes256<double>>(f, ref first, ref second, ref target, (nuint)x.Length);
        else
            Map<T, TFunction, Lanes1<double>>(f, ref first, ref second, ref target, (nuint)x.Length);
    }

    /// <summary>first[i], second[i] = f(x[i]).</summary>
    public static void MapTwo<T, TFunction>(TFunction f, ReadOnlySpan<T> x, Span<T> first, Span<T> second)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TFunction : struct, ILaneFunctionToTwo
    {
        CheckSpans(x, first, second);
        ref T source = ref MemoryMarshal.GetReference(x);
        ref T a = ref MemoryMarshal.GetReference(first);
        ref T b = ref MemoryMarshal.GetReference(second);
        if (Avx512F.IsSupported)
            MapTwo<T, TFunction, Lanes512<double>>(f, ref source, ref a, ref b, (nuint)x.Length);
        else if (Vector128.IsHardwareAccelerated)
            MapTwo<T, TFunction, Lanes256<double>>(f, ref source, ref a, ref b, (nuint)x.Length);
        else
            MapTwo<T, TFunction, Lanes1<double>>(f, ref source, ref a, ref b, (nuint)x.Length);
    }

    /// <summary>f(x) with the bits of the loops.</summary>
    public static T One<T, TFunction>(TFunction f, T x)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TFunction : struct, ILaneFunction
    {
        T result = default;
        Lanes1<double> value = Load<T, Lanes1<double>>(ref x, 0);
        Store(typeof(T) == typeof(float) ? f.OfSingle(value) : f.Of(value), ref result, 0);
        return result;
    }

    /// <summary>f(x, y) with the bits of the loops.</summary>
    public static T One<T, TFunction>(TFunction f, T x, T y)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TFunction : struct, ILaneFunction2
    {
        T result = default;
        Lanes1<double> first = Load<T, Lanes1<double>>(ref x, 0), second = Load<T, Lanes1<double>>(ref y, 0);
        Store(typeof(T) == typeof(float) ? f.OfSingle(first, second) : f.Of(first, second), ref result, 0);
        return result;
    }

    /// <summary>Checks the length, and that the destination is the source itself or doesn't touch it.</summary>
    internal static void CheckSpans<T>(ReadOnlySpan<T> x, Span<T> destination, string name)
    {
        if (typeof(T) != typeof(double) && typeof(T) != typeof(float))
            throw new NotSupportedException($"Element-wise functions are there for float and double, not for {typeof(T).Name}.");
        Require.Length(destination.Length, x.Length, nameof(destination));
        if (x.Overlaps(destination, out int offset) && offset != 0)
            throw new ArgumentException($"The destination starts {offset} elements from the start of {name}; expected the same memory or none of it.", nameof(destination));
    }

    /// <summary>Checks the lengths, and that each result is the source itself or doesn't touch it, nor the other result.</summary>
    internal static void CheckSpans<T>(ReadOnlySpan<T> x, Span<T> first, Span<T> second)
    {
        CheckSpans(x, first, nameof(x));
        CheckSpans(x, second, nameof(x));
        if (first.Overlaps(second))
            throw new ArgumentException("The two results overlap; expected memory of their own.", nameof(second));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Map<T, TFunction, L>(TFunction f, ref T x, ref T destination, nuint length)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TFunction : struct, ILaneFunction
        where L : struct, IVectorLanes<L, double>
    {
        nuint i = 0;
        for (; i + (nuint)L.Count <= length; i += (nuint)L.Count)
        {
            L value = Load<T, L>(ref x, i);
            Store(typeof(T) == typeof(float) ? f.OfSingle(value) : f.Of(value), ref destination, i);
        }

        // What is left fills part of a register: the same code once more, so that an element's place decides nothing.
        if (i < length)
        {
            Register buffer = default;
            ref T part = ref Unsafe.As<Register, T>(ref buffer);
            for (nuint j = i; j < length; j++)
                Unsafe.Add(ref part, j - i) = Unsafe.Add(ref x, j);
            Map<T, TFunction, L>(f, ref part, ref part, (nuint)L.Count);
            for (nuint j = i; j < length; j++)
                Unsafe.Add(ref destination, j) = Unsafe.Add(ref part, j - i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Map<T, TFunction, L>(TFunction f, ref T x, ref T y, ref T destination, nuint length)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TFunction : struct, ILaneFunction2
        where L : struct, IVectorLanes<L, double>
    {
        nuint i = 0;
        for (; i + (nuint)L.Count <= length; i += (nuint)L.Count)
        {
            L first = Load<T, L>(ref x, i), second = Load<T, L>(ref y, i);
            Store(typeof(T) == typeof(float) ? f.OfSingle(first, second) : f.Of(first, second), ref destination, i);
        }

        if (i < length)
        {
            Register bufferX = default, bufferY = default;
            ref T partX = ref Unsafe.As<Register, T>(ref bufferX);
            ref T partY = ref Unsafe.As<Register, T>(ref bufferY);
            for (nuint j = i; j < length; j++)
            {
                Unsafe.Add(ref partX, j - i) = Unsafe.Add(ref x, j);
                Unsafe.Add(ref partY, j - i) = Unsafe.Add(ref y, j);
            }

            Map<T, TFunction, L>(f, ref partX, ref partY, ref partX, (nuint)L.Count);
            for (nuint j = i; j < length; j++)
                Unsafe.Add(ref destination, j) = Unsafe.Add(ref partX, j - i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MapTwo<T, TFunction, L>(TFunction f, ref T x, ref T first, ref T second, nuint length)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TFunction : struct, ILaneFunctionToTwo
        where L : struct, IVectorLanes<L, double>
    {
        nuint i = 0;
        for (; i + (nuint)L.Count <= length; i += (nuint)L.Count)
        {
            L value = Load<T, L>(ref x, i);
            L a = typeof(T) == typeof(float) ? f.OfSingle(value, out L b) : f.Of(value, out b);
            Store(a, ref first, i);
            Store(b, ref second, i);
        }

        if (i < length)
        {
            Register bufferX = default, bufferSecond = default;
            ref T part = ref Unsafe.As<Register, T>(ref bufferX);
            ref T partSecond = ref Unsafe.As<Register, T>(ref bufferSecond);
            for (nuint j = i; j < length; j++)
                Unsafe.Add(ref part, j - i) = Unsafe.Add(ref x, j);
            MapTwo<T, TFunction, L>(f, ref part, ref part, ref partSecond, (nuint)L.Count);
            for (nuint j = i; j < length; j++)
            {
                Unsafe.Add(ref first, j) = Unsafe.Add(ref part, j - i);
                Unsafe.Add(ref second, j) = Unsafe.Add(ref partSecond, j - i);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static L Load<T, L>(ref T source, nuint i)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : struct, IVectorLanes<L, double> =>
        typeof(T) == typeof(float) ? L.LoadSingle(ref Unsafe.As<T, float>(ref source), i) : L.Load(ref Unsafe.As<T, double>(ref source), i);

    /// <summary>Writes the lanes. Which NaN comes out of an operation differs between processors, so that here is only one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Store<T, L>(L value, ref T destination, nuint i)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : struct, IVectorLanes<L, double>
    {
        value = L.Select(L.Equal(value, value), value, L.All(double.NaN));
        if (typeof(T) == typeof(float))
            value.StoreSingle(ref Unsafe.As<T, float>(ref destination), i);
        else
            value.Store(ref Unsafe.As<T, double>(ref destination), i);
    }

    /// <summary>The elements of the widest register.</summary>
    [InlineArray(8)]
    private struct Register
    {
        private double _first;
    }
}
