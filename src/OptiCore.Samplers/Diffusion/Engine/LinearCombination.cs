using System.Numerics;
using System.Runtime.InteropServices;

namespace OptiCore.Samplers;

/// <summary>The one kernel of all solvers: sums of vectors times numbers, in one pass over memory. Products and sums are rounded one by one, so that the bits don't depend on the width of registers.</summary>
internal static class LinearCombination
{
    /// <summary>Few enough elements to stay in the first-level cache while the terms are added.</summary>
    private const int Chunk = 512;

    /// <summary>target = sum of coefficients[j] * vectors[j], summed in this order; the target may be one of the vectors.</summary>
    /// <param name="coefficients">The numbers.</param>
    /// <param name="registers">Which vector each number belongs to.</param>
    /// <param name="vectors">All vectors.</param>
    /// <param name="target">Receives the sum.</param>
    public static void Sum(ReadOnlySpan<double> coefficients, ReadOnlySpan<int> registers, double[][] vectors, Span<double> target)
    {
        Span<double> sums = stackalloc double[Math.Min(Chunk, Math.Max(1, target.Length))];
        for (int from = 0; from < target.Length; from += Chunk)
        {
            Span<double> sum = sums[..Math.Min(Chunk, target.Length - from)];
            if (coefficients.IsEmpty)
                sum.Clear();
            for (int j = 0; j < coefficients.Length; j++)
            {
                ReadOnlySpan<double> source = vectors[registers[j]].AsSpan(from, sum.Length);
                if (j == 0)
                    Product(coefficients[j], source, sum);
                else
                    Blend(1, sum, coefficients[j], source);
            }

            sum.CopyTo(target[from..]);
        }
    }

    /// <summary>y = a y.</summary>
    public static void Scale(double a, Span<double> y) => Product(a, y, y);

    /// <summary>y = a y + b x.</summary>
    public static void Blend(double a, Span<double> y, double b, ReadOnlySpan<double> x)
    {
        Span<Vector<double>> wideY = MemoryMarshal.Cast<double, Vector<double>>(y);
        ReadOnlySpan<Vector<double>> wideX = MemoryMarshal.Cast<double, Vector<double>>(x);
        for (int i = 0; i < wideY.Length; i++)
            wideY[i] = (wideY[i] * a) + (wideX[i] * b);
        for (int i = wideY.Length * Vector<double>.Count; i < y.Length; i++)
            y[i] = (y[i] * a) + (x[i] * b);
    }

    /// <summary>True when every element is finite.</summary>
    public static bool AllFinite(ReadOnlySpan<double> values)
    {
        // 0 times a finite number is 0, times any other NaN.
        ReadOnlySpan<Vector<double>> wide = MemoryMarshal.Cast<double, Vector<double>>(values);
        Vector<double> checks = Vector<double>.Zero;
        for (int i = 0; i < wide.Length; i++)
            checks += wide[i] * Vector<double>.Zero;
        double check = Vector.Sum(checks);
        for (int i = wide.Length * Vector<double>.Count; i < values.Length; i++)
            check += values[i] * 0;
        return check == 0;
    }

    private static void Product(double a, ReadOnlySpan<double> x, Span<double> y)
    {
        ReadOnlySpan<Vector<double>> wideX = MemoryMarshal.Cast<double, Vector<double>>(x);
        Span<Vector<double>> wideY = MemoryMarshal.Cast<double, Vector<double>>(y);
        for (int i = 0; i < wideY.Length; i++)
            wideY[i] = wideX[i] * a;
        for (int i = wideY.Length * Vector<double>.Count; i < y.Length; i++)
            y[i] = x[i] * a;
    }
}
