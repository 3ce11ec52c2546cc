using System.Numerics;
using System.Runtime.InteropServices;

namespace OptiCore.Optimizers;

/// <summary>Element-wise loops. Every element is a product and a sum with their own roundings, so that its bits don't depend on the vector width.</summary>
internal static class Vectors
{
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

    private static Vector<double> Load(ReadOnlySpan<double> x, int i) => Vector.LoadUnsafe(ref MemoryMarshal.GetReference(x), (nuint)i);
}
