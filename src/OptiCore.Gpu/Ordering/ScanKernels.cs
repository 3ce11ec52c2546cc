using System.Runtime.CompilerServices;
using ILGPU;

namespace OptiCore.Gpu;

/// <summary>What a scan adds up.</summary>
internal interface IScanSum<T> where T : unmanaged
{
    /// <summary>The sum of nothing.</summary>
    static abstract T Zero { get; }

    /// <summary>a + b, rounded once.</summary>
    static abstract T Add(T a, T b);
}

internal readonly struct Int32Sum : IScanSum<int>
{
    public static int Zero => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Add(int a, int b) => a + b;
}

internal readonly struct Int64Sum : IScanSum<long>
{
    public static long Zero => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Add(long a, long b) => a + b;
}

internal readonly struct SingleSum : IScanSum<float>
{
    public static float Zero => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Add(float a, float b) => ExactMath.Add(a, b);
}

internal readonly struct DoubleSum : IScanSum<double>
{
    public static double Zero => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Add(double a, double b) => ExactMath.Add(a, b);
}

/// <summary>
/// Prefix sums in an order that the index alone fixes: a tile of 1024 elements is a group of 128 threads with eight neighbouring elements each. A thread adds its own from the left, a warp the threads' sums in
/// steps of 1, 2, 4, 8, 16 threads, the group its four warps from the left; the sums of tiles are scanned likewise and added last.
/// </summary>
internal static class ScanKernels
{
    /// <summary>The threads of a group, the elements of a thread and those of a tile.</summary>
    public const int GroupSize = 128, OfThread = 8, Tile = GroupSize * OfThread;

    private const int Warp32 = 32, Warps = GroupSize / Warp32;

    /// <summary>The sum of each tile.</summary>
    /// <param name="quads">The elements.</param>
    /// <param name="x">The elements.</param>
    /// <param name="totals">Receives the sums.</param>
    [Kernel]
    public static void Totals<T, TSum>(ArrayView<Four<T>> quads, ArrayView<T> x, ArrayView<T> totals)
        where T : unmanaged
        where TSum : struct, IScanSum<T>
    {
        ArrayView<T> shared = SharedMemory.Allocate<T>(Warps);
        for (long tile = Grid.IdxX; tile < totals.Length; tile += Grid.DimX)
        {
            Load<T, TSum>(quads, x, tile, out Four<T> a, out Four<T> b);
            T own = Sum<T, TSum>(Sum<T, TSum>(TSum.Zero, a), b);
            T before = Before<T, TSum>(own, shared);
            if (Group.IdxX == GroupSize - 1)
                totals[tile] = TSum.Add(before, own);
            Group.Barrier();
        }
    }

    /// <summary>The prefix sums of each tile and what comes before the tile.</summary>
    /// <param name="quads">The elements.</param>
    /// <param name="x">The elements.</param>
    /// <param name="carries">The sum of all elements before each tile; not read where there is one tile.</param>
    /// <param name="isInclusive">1 if an element's own number belongs to its sum.</param>
    /// <param name="results">Receives the sums; may be the elements.</param>
    [Kernel]
    public static void Tiles<T, TSum>(ArrayView<Four<T>> quads, ArrayView<T> x, ArrayView<T> carries, int isInclusive, ArrayView<T> results)
        where T : unmanaged
        where TSum : struct, IScanSum<T>
    {
        ArrayView<T> shared = SharedMemory.Allocate<T>(Warps);
        long tiles = (x.Length + Tile - 1) / Tile;
        for (long tile = Grid.IdxX; tile < tiles; tile += Grid.DimX)
        {
            Load<T, TSum>(quads, x, tile, out Four<T> a, out Four<T> b);
            T own = Sum<T, TSum>(Sum<T, TSum>(TSum.Zero, a), b);
            T before = Before<T, TSum>(own, shared);
            if (tiles > 1)
                before = TSum.Add(carries[tile], before);
            long i = (tile * Tile) + (Group.IdxX * OfThread);
            T sum = TSum.Zero;
            Put<T, TSum>(results, i, before, ref sum, a.X, isInclusive);
            Put<T, TSum>(results, i + 1, before, ref sum, a.Y, isInclusive);
            Put<T, TSum>(results, i + 2, before, ref sum, a.Z, isInclusive);
            Put<T, TSum>(results, i + 3, before, ref sum, a.W, isInclusive);
            Put<T, TSum>(results, i + 4, before, ref sum, b.X, isInclusive);
            Put<T, TSum>(results, i + 5, before, ref sum, b.Y, isInclusive);
            Put<T, TSum>(results, i + 6, before, ref sum, b.Z, isInclusive);
            Put<T, TSum>(results, i + 7, before, ref sum, b.W, isInclusive);
            Group.Barrier();
        }
    }

    /// <summary>The sum of all values of threads before this one.</summary>
    /// <param name="own">The thread's value.</param>
    /// <param name="shared">An element for each warp.</param>
    private static T Before<T, TSum>(T own, ArrayView<T> shared)
        where T : unmanaged
        where TSum : struct, IScanSum<T>
    {
        int lane = Group.IdxX % Warp32, warp = Group.IdxX / Warp32;
        T upTo = own;
        for (int step = 1; step < Warp32; step *= 2)
        {
            T other = Warp.ShuffleUp(upTo, step);
            if (lane >= step)
                upTo = TSum.Add(other, upTo);
        }

        if (lane == Warp32 - 1)
            shared[warp] = upTo;
        T before = Warp.ShuffleUp(upTo, 1);
        if (lane == 0)
            before = TSum.Zero;
        Group.Barrier();
        T warps = TSum.Zero;
        for (int w = 0; w < warp; w++)
            warps = TSum.Add(warps, shared[w]);
        return TSum.Add(warps, before);
    }

    private static void Load<T, TSum>(ArrayView<Four<T>> quads, ArrayView<T> x, long tile, out Four<T> a, out Four<T> b)
        where T : unmanaged
        where TSum : struct, IScanSum<T>
    {
        long i = (tile * Tile) + (Group.IdxX * OfThread);
        if (i + OfThread <= x.Length)
        {
            a = quads[i / 4];
            b = quads[(i / 4) + 1];
        }
        else
        {
            a = new Four<T>(At<T, TSum>(x, i), At<T, TSum>(x, i + 1), At<T, TSum>(x, i + 2), At<T, TSum>(x, i + 3));
            b = new Four<T>(At<T, TSum>(x, i + 4), At<T, TSum>(x, i + 5), At<T, TSum>(x, i + 6), At<T, TSum>(x, i + 7));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T At<T, TSum>(ArrayView<T> x, long i)
        where T : unmanaged
        where TSum : struct, IScanSum<T> =>
        i < x.Length ? x[i] : TSum.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Sum<T, TSum>(T sum, Four<T> terms)
        where T : unmanaged
        where TSum : struct, IScanSum<T> =>
        TSum.Add(TSum.Add(TSum.Add(TSum.Add(sum, terms.X), terms.Y), terms.Z), terms.W);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<T, TSum>(ArrayView<T> results, long i, T before, ref T sum, T term, int isInclusive)
        where T : unmanaged
        where TSum : struct, IScanSum<T>
    {
        T upTo = TSum.Add(sum, term);
        if (i < results.Length)
            results[i] = TSum.Add(before, isInclusive != 0 ? upTo : sum);
        sum = upTo;
    }
}
