using System.Numerics;
using System.Runtime.InteropServices;

namespace OptiCore.Optimizers;

/// <summary>Element-wise loops. Every element is a product and a sum with their own roundings, so that its bits don't depend on the vector width.</summary>
internal static class Vectors
{
    /// <summary>The elements that several loops go over before the next block comes: three blocks stay in the first cache.</summary>
    public const int Block = 1024;

    /// <summary>result = x + a d.</summary>
    public static void AddScaled(ReadOnlySpan<double> x, double a, ReadOnlySpan<double> d, Span<double> result)
    {
        d = d[..x.Length];
        result = result[..x.Length];
        int i = 0;
        if (x.Length >= Vector<double>.Count)
        {
            var scale = new Vector<double>(a);
            for (; i <= x.Length - Vector<double>.Count; i += Vector<double>.Count)
                (Load(x, i) + (scale * Load(d, i))).StoreUnsafe(ref MemoryMarshal.GetReference(result), (nuint)i);
        }

        for (; i < x.Length; i++)
            result[i] = x[i] + (a * d[i]);
    }

    /// <summary>result = x - y.</summary>
    public static void Subtract(ReadOnlySpan<double> x, ReadOnlySpan<double> y, Span<double> result)
    {
        y = y[..x.Length];
        result = result[..x.Length];
        int i = 0;
        for (; i <= x.Length - Vector<double>.Count; i += Vector<double>.Count)
            (Load(x, i) - Load(y, i)).StoreUnsafe(ref MemoryMarshal.GetReference(result), (nuint)i);
        for (; i < x.Length; i++)
            result[i] = x[i] - y[i];
    }

    /// <summary>result = a x.</summary>
    public static void Scale(double a, ReadOnlySpan<double> x, Span<double> result)
    {
        result = result[..x.Length];
        int i = 0;
        var scale = new Vector<double>(a);
        for (; i <= x.Length - Vector<double>.Count; i += Vector<double>.Count)
            (scale * Load(x, i)).StoreUnsafe(ref MemoryMarshal.GetReference(result), (nuint)i);
        for (; i < x.Length; i++)
            result[i] = a * x[i];
    }

    /// <summary>result += a x + b y, the sum in parentheses first: so that an update of a symmetric matrix by rows stays symmetric to the last bit.</summary>
    public static void AddPair(double a, ReadOnlySpan<double> x, double b, ReadOnlySpan<double> y, Span<double> result)
    {
        x = x[..result.Length];
        y = y[..result.Length];
        int i = 0;
        Vector<double> va = new(a), vb = new(b);
        for (; i <= result.Length - Vector<double>.Count; i += Vector<double>.Count)
            (Load(result, i) + ((va * Load(x, i)) + (vb * Load(y, i)))).StoreUnsafe(ref MemoryMarshal.GetReference(result), (nuint)i);
        for (; i < result.Length; i++)
            result[i] += (a * x[i]) + (b * y[i]);
    }

    /// <summary>x = min(max(x, lower), upper).</summary>
    public static void Clamp(Span<double> x, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper)
    {
        lower = lower[..x.Length];
        upper = upper[..x.Length];
        for (int i = 0; i < x.Length; i++)
            x[i] = Math.Min(Math.Max(x[i], lower[i]), upper[i]);
    }

    private static Vector<double> Load(ReadOnlySpan<double> x, int i) => Vector.LoadUnsafe(ref MemoryMarshal.GetReference(x), (nuint)i);
}
