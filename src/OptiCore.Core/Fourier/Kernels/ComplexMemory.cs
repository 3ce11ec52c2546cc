using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptiCore.Fourier;

/// <summary>How complex numbers lie in memory, as a type argument of the passes.</summary>
/// <typeparam name="T">The element type.</typeparam>
internal interface IComplexMemory<T> where T : unmanaged
{
    /// <summary>Reads one vector of complex numbers; the index counts complex numbers.</summary>
    static abstract unsafe void Load(T* re, T* im, nint at, out Vector256<T> x, out Vector256<T> y);

    /// <summary>Writes one vector of complex numbers, times the scale where the memory is the user's.</summary>
    static abstract unsafe void Store(T* re, T* im, nint at, Vector256<T> scale, Vector256<T> x, Vector256<T> y);
}

/// <summary>Real parts in one array, imaginary parts in another: the workspace, where no element has to change its lane.</summary>
internal readonly struct Split<T> : IComplexMemory<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Load(T* re, T* im, nint at, out Vector256<T> x, out Vector256<T> y)
    {
        x = Vector256.Load(re + at);
        y = Vector256.Load(im + at);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(T* re, T* im, nint at, Vector256<T> scale, Vector256<T> x, Vector256<T> y)
    {
        x.Store(re + at);
        y.Store(im + at);
    }
}

/// <summary>(re, im) pairs.</summary>
internal readonly struct Pairs<T> : IComplexMemory<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Load(T* re, T* im, nint at, out Vector256<T> x, out Vector256<T> y) => Lanes.LoadPairs(re + (2 * at), out x, out y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(T* re, T* im, nint at, Vector256<T> scale, Vector256<T> x, Vector256<T> y) => Lanes.StorePairs(re + (2 * at), scale * x, scale * y);
}

/// <summary>
/// (re, im) pairs taken for (im, re): with the parts exchanged before and after, a forward transform is the inverse one.
/// </summary>
internal readonly struct ExchangedPairs<T> : IComplexMemory<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Load(T* re, T* im, nint at, out Vector256<T> x, out Vector256<T> y) => Lanes.LoadPairs(re + (2 * at), out y, out x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(T* re, T* im, nint at, Vector256<T> scale, Vector256<T> x, Vector256<T> y) => Lanes.StorePairs(re + (2 * at), scale * y, scale * x);
}

/// <summary>Where the factors after a butterfly come from, as a type argument of the passes.</summary>
/// <typeparam name="T">The element type.</typeparam>
internal interface ITwiddles<T> where T : unmanaged
{
    /// <summary>No factors at all: the last pass.</summary>
    static abstract bool None { get; }

    /// <summary>One factor for each lane instead of one for all.</summary>
    static abstract bool PerLane { get; }

    /// <summary>Factors of every output, the first included, that depend on the subsequence too.</summary>
    static abstract bool PerOutput { get; }
}

/// <summary>No factors.</summary>
internal readonly struct NoTwiddles<T> : ITwiddles<T> where T : unmanaged
{
    public static bool None => true;

    public static bool PerLane => false;

    public static bool PerOutput => false;
}

/// <summary>One factor for all lanes: the lanes are neighbouring transforms or neighbouring subsequences.</summary>
internal readonly struct SharedTwiddles<T> : ITwiddles<T> where T : unmanaged
{
    public static bool None => false;

    public static bool PerLane => false;

    public static bool PerOutput => false;
}

/// <summary>A factor for each lane: the lanes are neighbouring butterflies.</summary>
internal readonly struct LaneTwiddles<T> : ITwiddles<T> where T : unmanaged
{
    public static bool None => false;

    public static bool PerLane => true;

    public static bool PerOutput => false;
}

/// <summary>A factor for each output: those between the two halves of a large transform.</summary>
internal readonly struct OutputTwiddles<T> : ITwiddles<T> where T : unmanaged
{
    public static bool None => false;

    public static bool PerLane => true;

    public static bool PerOutput => true;
}
