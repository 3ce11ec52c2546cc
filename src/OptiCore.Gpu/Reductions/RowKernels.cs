using System.Numerics;
using ILGPU;
using ILGPU.Runtime;
using OptiCore.Numerics;

namespace OptiCore.Gpu;

/// <summary>Softmax and its relatives of rows of up to a block, fused: the threads of a row keep to their logical lanes throughout, so that each reads again what it alone has read and written.</summary>
internal static class RowKernels
{
    /// <summary>e^(x - largest) over the sum of the row's.</summary>
    /// <param name="x">The elements, row after row.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The elements of a row.</param>
    /// <param name="width">The threads of a row, see <see cref="ReductionKernels.Rows"/>.</param>
    /// <param name="destination">The results, which may be the elements.</param>
    [Kernel]
    public static void Softmax<T, L, TFunctions>(ArrayView<L> x, long rows, int columns, int width, ArrayView<L> destination)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TFunctions : struct, IRowFunctions<L>
    {
        long place = Threads.First / width, step = Threads.Count / width;
        int lane = Group.IdxX & (width - 1), lanes = ReductionKernels.Lanes<L>();
        for (long first = 0; first < rows; first += step)
        {
            long row = first + place, from = row < rows ? row * columns : 0;
            int count = row < rows ? columns : 0;
            L largest = Largest<T, L>(x, from, count, lane, width), sum = L.All(T.Zero), term = sum;
            for (int i = lane; i < count; i += lanes)
            {
                term = TFunctions.ShiftedExp(x[from + i], largest);
                sum += term;
                if (columns > lanes)
                    destination[from + i] = term;
            }

            sum = ReductionKernels.OneNaN<T, L>(ReductionKernels.AcrossLanes<T, L, SumMap<T>>(sum, width));
            if (columns > lanes)
            {
                for (int i = lane; i < count; i += lanes)
                    destination[from + i] = destination[from + i] / sum;
            }
            else if (lane < count)
            {
                destination[from + lane] = term / sum;
            }
        }
    }

    /// <summary>(x - largest) - ln of the sum of the row's e^(x - largest).</summary>
    /// <inheritdoc cref="Softmax"/>
    [Kernel]
    public static void LogSoftmax<T, L, TFunctions>(ArrayView<L> x, long rows, int columns, int width, ArrayView<L> destination)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TFunctions : struct, IRowFunctions<L>
    {
        long place = Threads.First / width, step = Threads.Count / width;
        int lane = Group.IdxX & (width - 1), lanes = ReductionKernels.Lanes<L>();
        for (long first = 0; first < rows; first += step)
        {
            long row = first + place, from = row < rows ? row * columns : 0;
            int count = row < rows ? columns : 0;
            L largest = Largest<T, L>(x, from, count, lane, width);
            L log = TFunctions.Log(ExpSum<T, L>(x, from, count, lane, width, largest));
            for (int i = lane; i < count; i += lanes)
                destination[from + i] = TFunctions.Difference(x[from + i], largest, log);
        }
    }

    /// <summary>The largest element and the logarithm of the row's sum of e^(x - largest).</summary>
    /// <param name="x">The elements, row after row.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The elements of a row.</param>
    /// <param name="width">The threads of a row, see <see cref="ReductionKernels.Rows"/>.</param>
    /// <param name="results">A result for each row.</param>
    [Kernel]
    public static void LogSumExp<T, L, TFunctions>(ArrayView<L> x, long rows, int columns, int width, ArrayView<L> results)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TFunctions : struct, IRowFunctions<L>
    {
        long place = Threads.First / width, step = Threads.Count / width;
        int lane = Group.IdxX & (width - 1);
        for (long first = 0; first < rows; first += step)
        {
            long row = first + place, from = row < rows ? row * columns : 0;
            int count = row < rows ? columns : 0;
            L largest = Largest<T, L>(x, from, count, lane, width);
            L sum = ExpSum<T, L>(x, from, count, lane, width, largest);
            if (row < rows && lane == 0)
                results[row] = L.Any(L.Less(L.Abs(largest), L.All(T.PositiveInfinity))) ? ReductionKernels.OneNaN<T, L>(largest + TFunctions.LogOfSum(sum)) : largest;
        }
    }

    /// <summary>The index of the first largest term of a map in each row, of the first NaN if there is one.</summary>
    /// <param name="x">The elements, row after row.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The elements of a row.</param>
    /// <param name="width">The threads of a row, see <see cref="ReductionKernels.Rows"/>.</param>
    /// <param name="results">An index for each row.</param>
    [Kernel]
    public static void First<T, L, TMap>(ArrayView<L> x, long rows, int columns, int width, ArrayView<int> results)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TMap : struct, ILaneMap<T>
    {
        long place = Threads.First / width, step = Threads.Count / width;
        int lane = Group.IdxX & (width - 1), lanes = ReductionKernels.Lanes<L>();
        TMap map = default;
        for (long first = 0; first < rows; first += step)
        {
            long row = first + place, from = row < rows ? row * columns : 0;
            int count = row < rows ? columns : 0;

            // The order of blocks is of no meaning here: an extreme is exact.
            L wanted = ReductionKernels.AcrossLanes<T, L, TMap>(ReductionKernels.BlockLane<T, L, TMap, PlainMap<T, TMap>>(map, x, x, from, count, lane), width);
            bool isNumber = L.Any(L.Equal(wanted, wanted));
            int index = int.MaxValue;
            for (int i = lane; i < count && index == int.MaxValue; i += lanes)
            {
                L term = map.Term(x[from + i], x[from + i]);
                if (isNumber ? L.Any(L.Equal(term, wanted)) : !L.Any(L.Equal(term, term)))
                    index = i;
            }

            for (int half = width / 2; half > 0; half /= 2)
                index = IntrinsicMath.Min(index, Warp.ShuffleXor(index, half));
            if (row < rows && lane == 0)
                results[row] = index;
        }
    }

    /// <summary>The index of the first element with a value, of the first NaN for NaN; what the index was where there is none. A smaller one replaces it.</summary>
    /// <param name="x">The elements.</param>
    /// <param name="value">The value.</param>
    /// <param name="index">The index.</param>
    [Kernel]
    public static void Find<T, L>(ArrayView<L> x, ArrayView<L> value, ArrayView<ulong> index)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
    {
        L wanted = value[0];
        bool isNumber = L.Any(L.Equal(wanted, wanted));
        for (long i = Threads.First; i < x.Length; i += Threads.Count)
        {
            L element = x[i];
            if (isNumber ? L.Any(L.Equal(element, wanted)) : !L.Any(L.Equal(element, element)))
            {
                Atomic.Min(ref index[0], (ulong)i);
                return;
            }
        }
    }

    /// <summary>The elements of long rows, each with what its row has: a group takes a block of a row at a time.</summary>
    /// <param name="x">The elements, row after row.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The elements of a row.</param>
    /// <param name="first">A number of each row.</param>
    /// <param name="second">Another number of each row.</param>
    /// <param name="destination">The results, which may be the elements.</param>
    [Kernel]
    public static void Elements<T, L, TStep>(ArrayView<L> x, long rows, long columns, ArrayView<L> first, ArrayView<L> second, ArrayView<L> destination)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TStep : struct, IRowStep<L>
    {
        long parts = (columns + ReductionKernels.Block - 1) / ReductionKernels.Block;
        for (long item = Grid.IdxX; item < rows * parts; item += Grid.DimX)
        {
            long row = item / parts, from = (item - (row * parts)) * ReductionKernels.Block, start = row * columns;
            long to = IntrinsicMath.Min(from + ReductionKernels.Block, columns);
            L a = first[row], b = TStep.OfRow(second[row]);
            for (long i = from + Group.IdxX; i < to; i += Group.DimX)
                destination[start + i] = TStep.Of(x[start + i], a, b);
        }
    }

    private static L Largest<T, L>(ArrayView<L> x, long from, int count, int lane, int width)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T> =>
        ReductionKernels.OneNaN<T, L>(ReductionKernels.AcrossLanes<T, L, MaxMap<T>>(ReductionKernels.BlockLane<T, L, MaxMap<T>, PlainMap<T, MaxMap<T>>>(default, x, x, from, count, lane), width));

    private static L ExpSum<T, L>(ArrayView<L> x, long from, int count, int lane, int width, L origin)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
    {
        L sum = ReductionKernels.BlockLane<T, L, ShiftedExpMap<T>, MakeShiftedExp<T>>(new ShiftedExpMap<T>(L.First(origin)), x, x, from, count, lane);
        return ReductionKernels.OneNaN<T, L>(ReductionKernels.AcrossLanes<T, L, SumMap<T>>(sum, width));
    }
}

/// <summary>What becomes of an element of a row with two numbers of the row.</summary>
internal interface IRowStep<L>
{
    /// <summary>What the elements need of the row's second number.</summary>
    static abstract L OfRow(L second);

    /// <summary>The element's result.</summary>
    static abstract L Of(L x, L first, L second);
}

/// <summary>e^(x - first).</summary>
internal readonly struct ExpStep<L, TFunctions> : IRowStep<L>
    where L : unmanaged
    where TFunctions : struct, IRowFunctions<L>
{
    public static L OfRow(L second) => second;

    public static L Of(L x, L first, L second) => TFunctions.ShiftedExp(x, first);
}

/// <summary>x / second.</summary>
internal readonly struct QuotientStep<T, L> : IRowStep<L>
    where T : unmanaged, IFloatingPointIeee754<T>
    where L : unmanaged, IDeviceLanes<L, T>
{
    public static L OfRow(L second) => second;

    public static L Of(L x, L first, L second) => x / second;
}

/// <summary>(x - first) - ln second.</summary>
internal readonly struct LogStep<L, TFunctions> : IRowStep<L>
    where L : unmanaged
    where TFunctions : struct, IRowFunctions<L>
{
    public static L OfRow(L second) => TFunctions.Log(second);

    public static L Of(L x, L first, L second) => TFunctions.Difference(x, first, second);
}

/// <summary>The total, which is also the number of the next pass, whatever it is.</summary>
internal readonly struct OriginEnd<L> : IReductionEnd<L> where L : unmanaged
{
    public static L End(L total, EndNumbers<L> numbers, ref L number, ref int goesOn)
    {
        number = total;
        goesOn = 1;
        return total;
    }
}
