using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace OptiCore.Dynamics;

/// <summary>
/// The passes over memory of a step. Buffers are padded with zeros to whole blocks of <see cref="Padding"/> elements, so that there are no tails, and every
/// element goes through the same operations in the same order for any vector width: the same bits everywhere.
/// </summary>
internal static class StageKernels
{
    /// <summary>The length of buffers is a multiple of this: the widest vector.</summary>
    public const int Padding = 8;

    /// <summary>The padded length of a vector of n elements.</summary>
    public static int Padded(int n) => checked(n + Padding - 1) / Padding * Padding;

    /// <summary>Writes y + h * sum of coefficient * stage in one pass, however many stages there are.</summary>
    /// <param name="n">The number of elements.</param>
    /// <param name="destination">Receives the combination, padded.</param>
    /// <param name="y">The starting point of the step, padded.</param>
    /// <param name="h">The step.</param>
    /// <param name="coefficients">One coefficient a term.</param>
    /// <param name="stages">The stage of each term.</param>
    /// <param name="offsets">Where each stage begins in <paramref name="k"/>.</param>
    /// <param name="k">All stages, padded.</param>
    /// <returns>True when every element is finite.</returns>
    public static bool Combine(
        int n, double[] destination, double[] y, double h, ReadOnlySpan<double> coefficients, ReadOnlySpan<int> stages, int[] offsets, double[] k)
    {
        ref double to = ref MemoryMarshal.GetArrayDataReference(destination);
        ref double from = ref MemoryMarshal.GetArrayDataReference(y);
        ref double terms = ref MemoryMarshal.GetArrayDataReference(k);
        var step = new Vector<double>(h);
        Vector<double> check = Vector<double>.Zero;
        for (nuint i = 0; i < (nuint)n; i += (nuint)Vector<double>.Count)
        {
            Vector<double> value = Vector.LoadUnsafe(ref from, i) + (step * Sum(ref terms, i, coefficients, stages, offsets));
            value.StoreUnsafe(ref to, i);

            // x * 0 is 0 for every finite x and NaN for the others; NaN survives the sum.
            check += value * Vector<double>.Zero;
        }

        return Vector.EqualsAll(check, Vector<double>.Zero);
    }

    /// <summary>
    /// The root mean square of h * sum of coefficient * stage over absolute + relative * max(|y|, |yNew|), in one pass. Four logical lanes on any machine,
    /// folded in a fixed order.
    /// </summary>
    public static double ErrorNorm(
        int n, double[] y, double[] yNew, double h, double absolute, double relative, ReadOnlySpan<double> coefficients, ReadOnlySpan<int> stages, int[] offsets, double[] k)
    {
        ref double before = ref MemoryMarshal.GetArrayDataReference(y);
        ref double after = ref MemoryMarshal.GetArrayDataReference(yNew);
        ref double terms = ref MemoryMarshal.GetArrayDataReference(k);
        Vector256<double> step = Vector256.Create(h), floor = Vector256.Create(absolute), slope = Vector256.Create(relative);
        Vector256<double> total = Vector256<double>.Zero;
        for (nuint i = 0; i < (nuint)n; i += 4)
        {
            Vector256<double> sum = Vector256<double>.Zero;
            for (int j = 0; j < stages.Length; j++)
                sum += Vector256.Create(coefficients[j]) * Vector256.LoadUnsafe(ref terms, i + (nuint)offsets[stages[j]]);
            Vector256<double> size = Vector256.Max(Vector256.Abs(Vector256.LoadUnsafe(ref before, i)), Vector256.Abs(Vector256.LoadUnsafe(ref after, i)));
            Vector256<double> ratio = step * sum / (floor + (slope * size));
            total += ratio * ratio;
        }

        return Math.Sqrt((total.GetElement(0) + total.GetElement(2) + (total.GetElement(1) + total.GetElement(3))) / n);
    }

    /// <summary>True when every element is finite.</summary>
    public static bool AllFinite(ReadOnlySpan<double> values)
    {
        double check = 0;
        foreach (double value in values)
            check += value * 0;
        return check == 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Sum(ref double terms, nuint i, ReadOnlySpan<double> coefficients, ReadOnlySpan<int> stages, int[] offsets)
    {
        Vector<double> sum = Vector<double>.Zero;
        for (int j = 0; j < stages.Length; j++)
            sum += new Vector<double>(coefficients[j]) * Vector.LoadUnsafe(ref terms, i + (nuint)offsets[stages[j]]);
        return sum;
    }
}
