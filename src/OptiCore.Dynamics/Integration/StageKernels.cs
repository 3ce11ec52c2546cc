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
        ref int offset = ref MemoryMarshal.GetArrayDataReference(offsets);
        ref double coefficient = ref MemoryMarshal.GetReference(coefficients);
        ref int stage = ref MemoryMarshal.GetReference(stages);
        int count = stages.Length;
        var step = new Vector<double>(h);
        Vector<double> check = Vector<double>.Zero;
        nuint length = (nuint)n, width = (nuint)Vector<double>.Count, i = 0;

        // Two blocks at a time share the loads of coefficients and offsets, and hide each other's latency.
        for (; i + width < length; i += 2 * width)
        {
            Vector<double> first = Vector<double>.Zero, second = Vector<double>.Zero;
            for (int j = 0; j < count; j++)
            {
                var factor = new Vector<double>(Unsafe.Add(ref coefficient, j));
                nuint at = i + (nuint)(uint)Unsafe.Add(ref offset, Unsafe.Add(ref stage, j));
                first += factor * Vector.LoadUnsafe(ref terms, at);
                second += factor * Vector.LoadUnsafe(ref terms, at + width);
            }

            first = Vector.LoadUnsafe(ref from, i) + (step * first);
            second = Vector.LoadUnsafe(ref from, i + width) + (step * second);
            first.StoreUnsafe(ref to, i);
            second.StoreUnsafe(ref to, i + width);

            // x * 0 is 0 for every finite x and NaN for the others; NaN survives the sum.
            check += (first * Vector<double>.Zero) + (second * Vector<double>.Zero);
        }

        if (i < length)
        {
            Vector<double> sum = Vector<double>.Zero;
            for (int j = 0; j < count; j++)
                sum += new Vector<double>(Unsafe.Add(ref coefficient, j)) * Vector.LoadUnsafe(ref terms, i + (nuint)(uint)Unsafe.Add(ref offset, Unsafe.Add(ref stage, j)));
            sum = Vector.LoadUnsafe(ref from, i) + (step * sum);
            sum.StoreUnsafe(ref to, i);
            check += sum * Vector<double>.Zero;
        }

        return Vector.EqualsAll(check, Vector<double>.Zero);
    }

    /// <summary>
    /// The root mean square of h * sum of coefficient * stage over absolute + relative * max(|y|, |yNew|), in one pass. Four logical lanes on any machine,
    /// folded in a fixed order.
    /// </summary>
    public static double ErrorNorm(
        int n, double[] y, double[] yNew, double h, double[] absolute, double relative, ReadOnlySpan<double> coefficients, ReadOnlySpan<int> stages, int[] offsets, double[] k)
    {
        ref double before = ref MemoryMarshal.GetArrayDataReference(y);
        ref double after = ref MemoryMarshal.GetArrayDataReference(yNew);
        ref double terms = ref MemoryMarshal.GetArrayDataReference(k);
        ref double floor = ref MemoryMarshal.GetArrayDataReference(absolute);
        Vector256<double> step = Vector256.Create(h), slope = Vector256.Create(relative);
        Vector256<double> total = Vector256<double>.Zero;
        for (nuint i = 0; i < (nuint)n; i += 4)
        {
            Vector256<double> sum = Vector256<double>.Zero;
            for (int j = 0; j < stages.Length; j++)
                sum += Vector256.Create(coefficients[j]) * Vector256.LoadUnsafe(ref terms, i + (nuint)offsets[stages[j]]);
            Vector256<double> size = Vector256.Max(Vector256.Abs(Vector256.LoadUnsafe(ref before, i)), Vector256.Abs(Vector256.LoadUnsafe(ref after, i)));
            Vector256<double> ratio = step * sum / (Vector256.LoadUnsafe(ref floor, i) + (slope * size));
            total += ratio * ratio;
        }

        return Math.Sqrt((total.GetElement(0) + total.GetElement(2) + (total.GetElement(1) + total.GetElement(3))) / n);
    }

    /// <summary>True when every element is finite.</summary>
    public static bool AllFinite(ReadOnlySpan<double> values)
    {
        double check = 0;
        int i = 0;
        if (values.Length >= Padding)
        {
            Vector<double> checks = Vector<double>.Zero;
            for (; i <= values.Length - Vector<double>.Count; i += Vector<double>.Count)
                checks += new Vector<double>(values[i..]) * Vector<double>.Zero;
            check = Vector.Sum(checks);
        }

        for (; i < values.Length; i++)
            check += values[i] * 0;
        return check == 0;
    }
}
