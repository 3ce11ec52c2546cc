using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OptiCore.Numerics;

/// <summary>A function that computes the usual floats in lanes of floats, twice as many at a time, and leaves the others to <see cref="ILaneFunction.OfSingle"/>.</summary>
internal interface IFloatFunction : ILaneFunction
{
    /// <summary>The value in each lane where <paramref name="usual"/> is set, which like the value depends on nothing but the argument in that lane; never NaN there.</summary>
    L OfFloats<L>(L x, out L usual) where L : struct, ILanes<L, float>;
}

/// <summary>A function of one number with two values, otherwise like <see cref="IFloatFunction"/>.</summary>
internal interface IFloatFunctionToTwo : ILaneFunctionToTwo
{
    /// <inheritdoc cref="IFloatFunction.OfFloats"/>
    L OfFloats<L>(L x, out L second, out L usual) where L : struct, ILanes<L, float>;
}

/// <summary>The loops of functions that have lanes of floats; doubles and unusual floats go to <see cref="LaneLoop"/>.</summary>
internal static class FloatLoop
{
    /// <summary>destination[i] = f(x[i]).</summary>
    public static void Map<T, TFunction>(TFunction f, ReadOnlySpan<T> x, Span<T> destination)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TFunction : struct, IFloatFunction
    {
        if (typeof(T) != typeof(float))
        {
            LaneLoop.Map(f, x, destination);
            return;
        }

        LaneLoop.CheckSpans(x, destination, nameof(x));
        ref float source = ref Unsafe.As<T, float>(ref MemoryMarshal.GetReference(x));
        ref float target = ref Unsafe.As<T, float>(ref MemoryMarshal.GetReference(destination));
        if (Avx512F.IsSupported)
            Map<TFunction, Lanes512<float>>(f, ref source, ref target, (nuint)x.Length);
        else if (Vector128.IsHardwareAccelerated)
            Map<TFunction, Lanes256<float>>(f, ref source, ref target, (nuint)x.Length);
        else
            Map<TFunction, Lanes1<float>>(f, ref source, ref target, (nuint)x.Length);
    }

    /// <summary>first[i], second[i] = f(x[i]).</summary>
    public static void MapTwo<T, TFunction>(TFunction f, ReadOnlySpan<T> x, Span<T> first, Span<T> second)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TFunction : struct, IFloatFunctionToTwo
    {
        if (typeof(T) != typeof(float))
        {
            LaneLoop.MapTwo(f, x, first, second);
            return;
        }

        LaneLoop.CheckSpans(x, first, second);
        ref float source = ref Unsafe.As<T, float>(ref MemoryMarshal.GetReference(x));
        ref float a = ref Unsafe.As<T, float>(ref MemoryMarshal.GetReference(first));
        ref float b = ref Unsafe.As<T, float>(ref MemoryMarshal.GetReference(second));
        if (Avx512F.IsSupported)
            MapTwo<TFunction, Lanes512<float>>(f, ref source, ref a, ref b, (nuint)x.Length);
        else if (Vector128.IsHardwareAccelerated)
            MapTwo<TFunction, Lanes256<float>>(f, ref source, ref a, ref b, (nuint)x.Length);
        else
            MapTwo<TFunction, Lanes1<float>>(f, ref source, ref a, ref b, (nuint)x.Length);
    }

    /// <summary>f(x) with the bits of the loops.</summary>
    public static T One<T, TFunction>(TFunction f, T x)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TFunction : struct, IFloatFunction
    {
        if (typeof(T) != typeof(float))
            return LaneLoop.One(f, x);
        Lanes1<float> value = f.OfFloats(new Lanes1<float>(Unsafe.BitCast<T, float>(x)), out Lanes1<float> usual);
        return Lanes1<float>.Every(usual) ? Unsafe.BitCast<float, T>(value.Value) : LaneLoop.One(f, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Map<TFunction, L>(TFunction f, ref float x, ref float destination, nuint length)
        where TFunction : struct, IFloatFunction
        where L : struct, ILanes<L, float>
    {
        nuint i = 0;
        for (; i + (nuint)L.Count <= length; i += (nuint)L.Count)
        {
            L value = L.Load(ref x, i);
            L result = f.OfFloats(value, out L usual);
            if (!L.Every(usual))
                result = InDoubles(f, value, usual, result);
            result.Store(ref destination, i);
        }

        // What is left fills part of a register: the same code once more, so that an element's place decides nothing.
        if (i < length)
        {
            Register buffer = default;
            for (nuint j = i; j < length; j++)
                buffer[(int)(j - i)] = Unsafe.Add(ref x, j);
            Map<TFunction, L>(f, ref buffer[0], ref buffer[0], (nuint)L.Count);
            for (nuint j = i; j < length; j++)
                Unsafe.Add(ref destination, j) = buffer[(int)(j - i)];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MapTwo<TFunction, L>(TFunction f, ref float x, ref float first, ref float second, nuint length)
        where TFunction : struct, IFloatFunctionToTwo
        where L : struct, ILanes<L, float>
    {
        nuint i = 0;
        for (; i + (nuint)L.Count <= length; i += (nuint)L.Count)
        {
            L value = L.Load(ref x, i);
            L a = f.OfFloats(value, out L b, out L usual);
            if (!L.Every(usual))
                InDoubles(f, value, usual, ref a, ref b);
            a.Store(ref first, i);
            b.Store(ref second, i);
        }

        if (i < length)
        {
            Register buffer = default, bufferSecond = default;
            for (nuint j = i; j < length; j++)
                buffer[(int)(j - i)] = Unsafe.Add(ref x, j);
            MapTwo<TFunction, L>(f, ref buffer[0], ref buffer[0], ref bufferSecond[0], (nuint)L.Count);
            for (nuint j = i; j < length; j++)
            {
                Unsafe.Add(ref first, j) = buffer[(int)(j - i)];
                Unsafe.Add(ref second, j) = bufferSecond[(int)(j - i)];
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static L InDoubles<TFunction, L>(TFunction f, L x, L usual, L result)
        where TFunction : struct, IFloatFunction
        where L : struct, ILanes<L, float>
    {
        Span<float> buffer = stackalloc float[L.Count];
        x.Store(ref buffer[0], 0);
        LaneLoop.Map(f, buffer, buffer);
        return L.Select(usual, result, L.Load(ref buffer[0], 0));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void InDoubles<TFunction, L>(TFunction f, L x, L usual, ref L first, ref L second)
        where TFunction : struct, IFloatFunctionToTwo
        where L : struct, ILanes<L, float>
    {
        Span<float> buffer = stackalloc float[2 * L.Count], a = buffer[..L.Count], b = buffer[L.Count..];
        x.Store(ref a[0], 0);
        LaneLoop.MapTwo(f, a, a, b);
        first = L.Select(usual, first, L.Load(ref a[0], 0));
        second = L.Select(usual, second, L.Load(ref b[0], 0));
    }

    /// <summary>The elements of the widest register.</summary>
    [InlineArray(16)]
    private struct Register
    {
        private float _first;
    }
}
