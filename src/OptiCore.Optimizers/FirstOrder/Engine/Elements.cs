using System.Numerics;
using System.Runtime.InteropServices;

namespace OptiCore.Optimizers;

/// <summary>Element-wise loops of rules that aren't lanes. Every product and sum has its own rounding, so that the bits don't depend on the vector width.</summary>
internal static class Elements
{
    /// <summary>average = memory average + share x.</summary>
    public static void Average<T>(Span<T> average, T memory, T share, ReadOnlySpan<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        x = x[..average.Length];
        ref T a = ref MemoryMarshal.GetReference(average), b = ref MemoryMarshal.GetReference(x);
        var memories = new Vector<T>(memory);
        var shares = new Vector<T>(share);
        int i = 0;
        for (; i <= average.Length - Vector<T>.Count; i += Vector<T>.Count)
            ((memories * Vector.LoadUnsafe(ref a, (nuint)i)) + (shares * Vector.LoadUnsafe(ref b, (nuint)i))).StoreUnsafe(ref a, (nuint)i);
        for (; i < average.Length; i++)
            average[i] = (memory * average[i]) + (share * x[i]);
    }

    /// <summary>y = y + a x.</summary>
    public static void AddScaled<T>(Span<T> y, T a, ReadOnlySpan<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        x = x[..y.Length];
        ref T to = ref MemoryMarshal.GetReference(y), from = ref MemoryMarshal.GetReference(x);
        var factor = new Vector<T>(a);
        int i = 0;
        for (; i <= y.Length - Vector<T>.Count; i += Vector<T>.Count)
            (Vector.LoadUnsafe(ref to, (nuint)i) + (factor * Vector.LoadUnsafe(ref from, (nuint)i))).StoreUnsafe(ref to, (nuint)i);
        for (; i < y.Length; i++)
            y[i] += a * x[i];
    }

    /// <summary>sums = sums + x^2.</summary>
    public static void AddSquares<T>(Span<T> sums, ReadOnlySpan<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        x = x[..sums.Length];
        ref T to = ref MemoryMarshal.GetReference(sums), from = ref MemoryMarshal.GetReference(x);
        int i = 0;
        for (; i <= sums.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            Vector<T> v = Vector.LoadUnsafe(ref from, (nuint)i);
            (Vector.LoadUnsafe(ref to, (nuint)i) + (v * v)).StoreUnsafe(ref to, (nuint)i);
        }

        for (; i < sums.Length; i++)
            sums[i] += x[i] * x[i];
    }

    /// <summary>average = memory average + share x^2.</summary>
    public static void AverageSquares<T>(Span<T> average, T memory, T share, ReadOnlySpan<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        x = x[..average.Length];
        ref T a = ref MemoryMarshal.GetReference(average), b = ref MemoryMarshal.GetReference(x);
        var memories = new Vector<T>(memory);
        var shares = new Vector<T>(share);
        int i = 0;
        for (; i <= average.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            Vector<T> v = Vector.LoadUnsafe(ref b, (nuint)i);
            ((memories * Vector.LoadUnsafe(ref a, (nuint)i)) + (shares * (v * v))).StoreUnsafe(ref a, (nuint)i);
        }

        for (; i < average.Length; i++)
            average[i] = (memory * average[i]) + (share * (x[i] * x[i]));
    }

    /// <summary>Adam's direction: m = scale m / (sqrt(v) root + epsilon), in place of m's copy.</summary>
    public static void DivideByRoot<T>(Span<T> m, T scale, ReadOnlySpan<T> v, T root, T epsilon) where T : unmanaged, IFloatingPointIeee754<T>
    {
        v = v[..m.Length];
        ref T a = ref MemoryMarshal.GetReference(m), b = ref MemoryMarshal.GetReference(v);
        Vector<T> scales = new(scale), roots = new(root), epsilons = new(epsilon);
        int i = 0;
        for (; i <= m.Length - Vector<T>.Count; i += Vector<T>.Count)
            (scales * Vector.LoadUnsafe(ref a, (nuint)i) / ((Vector.SquareRoot(Vector.LoadUnsafe(ref b, (nuint)i)) * roots) + epsilons)).StoreUnsafe(ref a, (nuint)i);
        for (; i < m.Length; i++)
            m[i] = scale * m[i] / ((T.Sqrt(v[i]) * root) + epsilon);
    }

    /// <summary>v = memory v + rate (g + decay x): the velocity of a layer.</summary>
    public static void Velocity<T>(Span<T> v, T memory, T rate, ReadOnlySpan<T> g, T decay, ReadOnlySpan<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        g = g[..v.Length];
        x = x[..v.Length];
        ref T to = ref MemoryMarshal.GetReference(v), from = ref MemoryMarshal.GetReference(g), point = ref MemoryMarshal.GetReference(x);
        Vector<T> memories = new(memory), rates = new(rate), decays = new(decay);
        int i = 0;
        for (; i <= v.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            Vector<T> gradient = Vector.LoadUnsafe(ref from, (nuint)i) + (decays * Vector.LoadUnsafe(ref point, (nuint)i));
            ((memories * Vector.LoadUnsafe(ref to, (nuint)i)) + (rates * gradient)).StoreUnsafe(ref to, (nuint)i);
        }

        for (; i < v.Length; i++)
            v[i] = (memory * v[i]) + (rate * (g[i] + (decay * x[i])));
    }

    /// <summary>True when every element is finite.</summary>
    public static bool AllFinite<T>(ReadOnlySpan<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        // x * 0 is 0 for every finite x and NaN for the others; NaN survives the sum.
        ref T from = ref MemoryMarshal.GetReference(x);
        Vector<T> sum = Vector<T>.Zero;
        int i = 0;
        for (; i <= x.Length - Vector<T>.Count; i += Vector<T>.Count)
            sum += Vector.LoadUnsafe(ref from, (nuint)i) * Vector<T>.Zero;
        T rest = Vector.Sum(sum);
        for (; i < x.Length; i++)
            rest += x[i] * T.Zero;
        return rest == T.Zero;
    }
}
