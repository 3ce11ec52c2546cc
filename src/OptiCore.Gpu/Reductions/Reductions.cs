using System.Numerics;
using OptiCore.Numerics;

namespace OptiCore.Gpu;

/// <summary>A reduction as its passes.</summary>
internal interface IReduction
{
    /// <summary>Launches the passes.</summary>
    static abstract void Run<T, L, TFunctions>(in ReductionCall<L> call, in ReductionMemory<L> memory)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TFunctions : struct, IRowFunctions<L>;
}

internal readonly struct SumReduction : IReduction
{
    public static void Run<T, L, TFunctions>(in ReductionCall<L> call, in ReductionMemory<L> memory)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TFunctions : struct, IRowFunctions<L> =>
        ReductionRun.Pass<T, L, SumMap<T>, PlainMap<T, SumMap<T>>, TotalEnd<L>>(call, memory, default);
}

internal readonly struct DotReduction : IReduction
{
    public static void Run<T, L, TFunctions>(in ReductionCall<L> call, in ReductionMemory<L> memory)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TFunctions : struct, IRowFunctions<L> =>
        ReductionRun.Pass<T, L, ProductMap<T>, PairMap<T, ProductMap<T>>, TotalEnd<L>>(call, memory, default);
}

internal readonly struct SquaresReduction : IReduction
{
    public static void Run<T, L, TFunctions>(in ReductionCall<L> call, in ReductionMemory<L> memory)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TFunctions : struct, IRowFunctions<L> =>
        ReductionRun.Pass<T, L, ProductMap<T>, PlainMap<T, ProductMap<T>>, TotalEnd<L>>(call, memory, default);
}

internal readonly struct MagnitudesReduction : IReduction
{
    public static void Run<T, L, TFunctions>(in ReductionCall<L> call, in ReductionMemory<L> memory)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TFunctions : struct, IRowFunctions<L> =>
        ReductionRun.Pass<T, L, MagnitudeSumMap<T>, PlainMap<T, MagnitudeSumMap<T>>, TotalEnd<L>>(call, memory, default);
}

internal readonly struct MaxNormReduction : IReduction
{
    public static void Run<T, L, TFunctions>(in ReductionCall<L> call, in ReductionMemory<L> memory)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TFunctions : struct, IRowFunctions<L> =>
        ReductionRun.Pass<T, L, MagnitudeMap<T>, PlainMap<T, MagnitudeMap<T>>, TotalEnd<L>>(call, memory, default);
}

internal readonly struct MaxReduction : IReduction
{
    public static void Run<T, L, TFunctions>(in ReductionCall<L> call, in ReductionMemory<L> memory)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TFunctions : struct, IRowFunctions<L> =>
        ReductionRun.Pass<T, L, MaxMap<T>, PlainMap<T, MaxMap<T>>, TotalEnd<L>>(call, memory, default);
}

internal readonly struct MinReduction : IReduction
{
    public static void Run<T, L, TFunctions>(in ReductionCall<L> call, in ReductionMemory<L> memory)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TFunctions : struct, IRowFunctions<L> =>
        ReductionRun.Pass<T, L, NegatedMaxMap<T>, PlainMap<T, NegatedMaxMap<T>>, NegatedEnd<T, L>>(call, memory, default);
}

/// <summary>The sum of squares; where that leaves the safe range the largest magnitude, and the sum of squares scaled by it.</summary>
internal readonly struct NormReduction : IReduction
{
    public static void Run<T, L, TFunctions>(in ReductionCall<L> call, in ReductionMemory<L> memory)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TFunctions : struct, IRowFunctions<L>
    {
        // As Reduce.Norm: what underflowing squares lose above the first is far below one rounding; scales stay normal numbers.
        bool isDouble = typeof(T) == typeof(double);
        int limit = isDouble ? 1000 : 110;
        var numbers = new EndNumbers<L>(L.Constant(isDouble ? Math.ScaleB(1, -960) : Math.ScaleB(1, -90)), L.Constant(Math.ScaleB(1, -limit)), L.Constant(Math.ScaleB(1, limit)));
        ReductionRun.Pass<T, L, ProductMap<T>, PlainMap<T, ProductMap<T>>, NormEnd<T, L>>(call, memory, numbers);
        ReductionRun.Pass<T, L, MagnitudeMap<T>, FurtherMap<T, MagnitudeMap<T>>, MagnitudeEnd<T, L>>(call, memory, numbers);
        ReductionRun.Pass<T, L, ScaledSquareMap<T>, MakeScaledSquare<T>, ScaledNormEnd<T, L>>(call, memory, numbers);
    }
}

internal readonly struct LogSumExpReduction : IReduction
{
    public static void Run<T, L, TFunctions>(in ReductionCall<L> call, in ReductionMemory<L> memory)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TFunctions : struct, IRowFunctions<L>
    {
        if (call.Rows > 1 && call.Columns <= ReductionKernels.Block)
        {
            ReductionRun.LogSumExpRows<T, L, TFunctions>(call);
            return;
        }

        ReductionRun.Pass<T, L, MaxMap<T>, PlainMap<T, MaxMap<T>>, LargestEnd<T, L>>(call, memory, default);
        ReductionRun.Pass<T, L, ShiftedExpMap<T>, MakeShiftedExp<T>, LogSumExpEnd<T, L, TFunctions>>(call, memory, default);
    }
}

internal readonly struct MeanReduction : IReduction
{
    public static void Run<T, L, TFunctions>(in ReductionCall<L> call, in ReductionMemory<L> memory)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TFunctions : struct, IRowFunctions<L>
    {
        var numbers = new EndNumbers<L>(L.All(T.CreateTruncating(call.Columns)), default, default);
        ReductionRun.Pass<T, L, SumMap<T>, PlainMap<T, SumMap<T>>, MeanEnd<T, L>>(call, memory, numbers);
        ReductionRun.Pass<T, L, DifferenceMap<T>, MakeDifference<T>, CorrectedMeanEnd<T, L>>(call, memory, numbers);
    }
}

internal readonly struct VarianceReduction : IReduction
{
    public static void Run<T, L, TFunctions>(in ReductionCall<L> call, in ReductionMemory<L> memory)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TFunctions : struct, IRowFunctions<L> =>
        Run<T, L>(call, memory, call.Columns);

    /// <summary>The passes of the mean and that of the squared differences.</summary>
    public static void Run<T, L>(in ReductionCall<L> call, in ReductionMemory<L> memory, long divisor)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
    {
        var numbers = new EndNumbers<L>(L.All(T.CreateTruncating(call.Columns)), L.All(T.CreateTruncating(divisor)), default);
        ReductionRun.Pass<T, L, SumMap<T>, PlainMap<T, SumMap<T>>, OrNaNEnd<T, L, MeanEnd<T, L>>>(call, memory, numbers);
        ReductionRun.Pass<T, L, DifferenceMap<T>, MakeDifference<T>, OrNaNEnd<T, L, CorrectedMeanEnd<T, L>>>(call, memory, numbers);
        ReductionRun.Pass<T, L, SquaredDifferenceMap<T>, MakeSquaredDifference<T>, VarianceEnd<T, L>>(call, memory, numbers);
    }
}

internal readonly struct UnbiasedVarianceReduction : IReduction
{
    public static void Run<T, L, TFunctions>(in ReductionCall<L> call, in ReductionMemory<L> memory)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TFunctions : struct, IRowFunctions<L> =>
        VarianceReduction.Run<T, L>(call, memory, call.Columns - 1);
}
