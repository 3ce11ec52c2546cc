using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

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

    /// <summary>result += (a1 x1 + b1 y1) + (a2 x2 + b2 y2).</summary>
    public static void AddPairs(
        double a1, ReadOnlySpan<double> x1, double b1, ReadOnlySpan<double> y1, double a2, ReadOnlySpan<double> x2, double b2, ReadOnlySpan<double> y2, Span<double> result)
    {
        x1 = x1[..result.Length];
        y1 = y1[..result.Length];
        x2 = x2[..result.Length];
        y2 = y2[..result.Length];
        int i = 0;
        Vector<double> va = new(a1), vb = new(b1), vc = new(a2), vd = new(b2);
        for (; i <= result.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            Vector<double> first = (va * Load(x1, i)) + (vb * Load(y1, i)), second = (vc * Load(x2, i)) + (vd * Load(y2, i));
            (Load(result, i) + (first + second)).StoreUnsafe(ref MemoryMarshal.GetReference(result), (nuint)i);
        }

        for (; i < result.Length; i++)
        {
            double first = (a1 * x1[i]) + (b1 * y1[i]), second = (a2 * x2[i]) + (b2 * y2[i]);
            result[i] += first + second;
        }
    }

    /// <summary>
    /// a.x, a.y, b.x and b.y in one pass. Element i belongs to logical lane i mod 16, the last ones of an incomplete row to a sum of their own; lanes are joined in a fixed tree, so that the
    /// bits don't depend on the vector width.
    /// </summary>
    public static (double AX, double AY, double BX, double BY) FourDots(ReadOnlySpan<double> a, ReadOnlySpan<double> b, ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        b = b[..a.Length];
        x = x[..a.Length];
        y = y[..a.Length];
        ref double pa = ref MemoryMarshal.GetReference(a), pb = ref MemoryMarshal.GetReference(b), px = ref MemoryMarshal.GetReference(x), py = ref MemoryMarshal.GetReference(y);
        Vector512<double> ax = default, ay = default, bx = default, by = default, ax2 = default, ay2 = default, bx2 = default, by2 = default;
        nuint i = 0, n = (nuint)a.Length;
        for (; i + 16 <= n; i += 16)
        {
            Vector512<double> va = Vector512.LoadUnsafe(ref pa, i), vb = Vector512.LoadUnsafe(ref pb, i), vx = Vector512.LoadUnsafe(ref px, i), vy = Vector512.LoadUnsafe(ref py, i);
            ax += va * vx;
            ay += va * vy;
            bx += vb * vx;
            by += vb * vy;
            va = Vector512.LoadUnsafe(ref pa, i + 8);
            vb = Vector512.LoadUnsafe(ref pb, i + 8);
            vx = Vector512.LoadUnsafe(ref px, i + 8);
            vy = Vector512.LoadUnsafe(ref py, i + 8);
            ax2 += va * vx;
            ay2 += va * vy;
            bx2 += vb * vx;
            by2 += vb * vy;
        }

        double restAX = 0, restAY = 0, restBX = 0, restBY = 0;
        for (int k = (int)i; k < a.Length; k++)
        {
            restAX += a[k] * x[k];
            restAY += a[k] * y[k];
            restBX += b[k] * x[k];
            restBY += b[k] * y[k];
        }

        return (Join(ax + ax2) + restAX, Join(ay + ay2) + restAY, Join(bx + bx2) + restBX, Join(by + by2) + restBY);
    }

    private static double Join(Vector512<double> lanes)
    {
        Vector256<double> four = lanes.GetLower() + lanes.GetUpper();
        Vector128<double> two = four.GetLower() + four.GetUpper();
        return two[0] + two[1];
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
