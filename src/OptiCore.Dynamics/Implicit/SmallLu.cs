using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OptiCore.Dynamics;

/// <summary>
/// LU factorizations with partial pivoting of matrices so small that any call costs more than their arithmetic, and of complex ones as two arrays of real and
/// imaginary parts. The reciprocals of the pivots are kept, so that solving divides nothing.
/// </summary>
internal static class SmallLu
{
    /// <summary>Replaces A by its factors.</summary>
    /// <param name="a">n x n, row-major.</param>
    /// <param name="n">The order.</param>
    /// <param name="pivots">Receives the row that was exchanged with each.</param>
    /// <returns>False when a pivot is 0 or not finite.</returns>
    public static bool TryFactor(double[] a, int n, int[] pivots)
    {
        ref double first = ref MemoryMarshal.GetArrayDataReference(a);
        for (int k = 0; k < n; k++)
        {
            ref double top = ref Unsafe.Add(ref first, k * n);
            int pivot = k;
            double best = Math.Abs(Unsafe.Add(ref top, k));
            for (int i = k + 1; i < n; i++)
            {
                double size = Math.Abs(Unsafe.Add(ref first, (i * n) + k));
                if (size > best)
                    (best, pivot) = (size, i);
            }

            pivots[k] = pivot;
            if (!(best > 0 && best <= double.MaxValue))
                return false;
            if (pivot != k)
            {
                ref double other = ref Unsafe.Add(ref first, pivot * n);
                for (int j = 0; j < n; j++)
                    (Unsafe.Add(ref top, j), Unsafe.Add(ref other, j)) = (Unsafe.Add(ref other, j), Unsafe.Add(ref top, j));
            }

            double inverse = 1 / Unsafe.Add(ref top, k);
            Unsafe.Add(ref top, k) = inverse;
            for (int i = k + 1; i < n; i++)
            {
                ref double row = ref Unsafe.Add(ref first, i * n);
                double factor = Unsafe.Add(ref row, k) * inverse;
                Unsafe.Add(ref row, k) = factor;
                if (factor == 0)
                    continue;
                for (int j = k + 1; j < n; j++)
                    Unsafe.Add(ref row, j) -= factor * Unsafe.Add(ref top, j);
            }
        }

        return true;
    }

    /// <summary>Solves A x = b in place.</summary>
    public static void Solve(double[] lu, int n, int[] pivots, Span<double> x)
    {
        ref double first = ref MemoryMarshal.GetArrayDataReference(lu);
        for (int k = 0; k < n; k++)
        {
            int pivot = pivots[k];
            if (pivot != k)
                (x[k], x[pivot]) = (x[pivot], x[k]);
        }

        ref double y = ref MemoryMarshal.GetReference(x);
        for (int i = 1; i < n; i++)
        {
            ref double row = ref Unsafe.Add(ref first, i * n);
            double sum = Unsafe.Add(ref y, i);
            for (int j = 0; j < i; j++)
                sum -= Unsafe.Add(ref row, j) * Unsafe.Add(ref y, j);
            Unsafe.Add(ref y, i) = sum;
        }

        for (int i = n - 1; i >= 0; i--)
        {
            ref double row = ref Unsafe.Add(ref first, i * n);
            double sum = Unsafe.Add(ref y, i);
            for (int j = i + 1; j < n; j++)
                sum -= Unsafe.Add(ref row, j) * Unsafe.Add(ref y, j);
            Unsafe.Add(ref y, i) = sum * Unsafe.Add(ref row, i);
        }
    }

    /// <summary>Replaces a complex A by its factors. The pivot of a column is the element with the largest |re| + |im|.</summary>
    public static bool TryFactor(double[] re, double[] im, int n, int[] pivots)
    {
        for (int k = 0; k < n; k++)
        {
            int pivot = k;
            double best = Math.Abs(re[(k * n) + k]) + Math.Abs(im[(k * n) + k]);
            for (int i = k + 1; i < n; i++)
            {
                double size = Math.Abs(re[(i * n) + k]) + Math.Abs(im[(i * n) + k]);
                if (size > best)
                    (best, pivot) = (size, i);
            }

            pivots[k] = pivot;
            if (!(best > 0 && best <= double.MaxValue))
                return false;
            Span<double> topRe = re.AsSpan(k * n, n), topIm = im.AsSpan(k * n, n);
            if (pivot != k)
            {
                Exchange(topRe, re.AsSpan(pivot * n, n));
                Exchange(topIm, im.AsSpan(pivot * n, n));
            }

            (double inverseRe, double inverseIm) = Reciprocal(topRe[k], topIm[k]);
            (topRe[k], topIm[k]) = (inverseRe, inverseIm);
            for (int i = k + 1; i < n; i++)
            {
                Span<double> rowRe = re.AsSpan(i * n, n), rowIm = im.AsSpan(i * n, n);
                double a = rowRe[k], b = rowIm[k];
                if (a == 0 && b == 0)
                    continue;
                double factorRe = (a * inverseRe) - (b * inverseIm), factorIm = (a * inverseIm) + (b * inverseRe);
                (rowRe[k], rowIm[k]) = (factorRe, factorIm);
                Subtract(factorRe, factorIm, topRe[(k + 1)..], topIm[(k + 1)..], rowRe[(k + 1)..], rowIm[(k + 1)..]);
            }
        }

        return true;
    }

    /// <summary>Solves a complex A x = b in place.</summary>
    public static void Solve(double[] re, double[] im, int n, int[] pivots, Span<double> xRe, Span<double> xIm)
    {
        for (int k = 0; k < n; k++)
        {
            int pivot = pivots[k];
            if (pivot == k)
                continue;
            (xRe[k], xRe[pivot]) = (xRe[pivot], xRe[k]);
            (xIm[k], xIm[pivot]) = (xIm[pivot], xIm[k]);
        }

        for (int i = 1; i < n; i++)
        {
            double sumRe = xRe[i], sumIm = xIm[i];
            Reduce(re.AsSpan(i * n, i), im.AsSpan(i * n, i), xRe[..i], xIm[..i], ref sumRe, ref sumIm);
            (xRe[i], xIm[i]) = (sumRe, sumIm);
        }

        for (int i = n - 1; i >= 0; i--)
        {
            double sumRe = xRe[i], sumIm = xIm[i];
            int next = i + 1, count = n - next, at = (i * n) + next;
            Reduce(re.AsSpan(at, count), im.AsSpan(at, count), xRe.Slice(next, count), xIm.Slice(next, count), ref sumRe, ref sumIm);
            double c = re[at - 1], d = im[at - 1];
            (xRe[i], xIm[i]) = ((sumRe * c) - (sumIm * d), (sumRe * d) + (sumIm * c));
        }
    }

    /// <summary>Smith's quotient, which neither overflows nor underflows before it must.</summary>
    private static (double Re, double Im) Reciprocal(double a, double b)
    {
        if (Math.Abs(a) >= Math.Abs(b))
        {
            double ratio = b / a, scale = 1 / (a + (b * ratio));
            return (scale, -ratio * scale);
        }
        else
        {
            double ratio = a / b, scale = 1 / (b + (a * ratio));
            return (ratio * scale, -scale);
        }
    }

    private static void Reduce(ReadOnlySpan<double> rowRe, ReadOnlySpan<double> rowIm, ReadOnlySpan<double> xRe, ReadOnlySpan<double> xIm, ref double sumRe, ref double sumIm)
    {
        for (int j = 0; j < rowRe.Length; j++)
        {
            double a = rowRe[j], b = rowIm[j], c = xRe[j], d = xIm[j];
            sumRe -= (a * c) - (b * d);
            sumIm -= (a * d) + (b * c);
        }
    }

    /// <summary>row -= factor * top. Every element goes through the same operations for any vector width.</summary>
    private static void Subtract(double factorRe, double factorIm, ReadOnlySpan<double> topRe, ReadOnlySpan<double> topIm, Span<double> rowRe, Span<double> rowIm)
    {
        int j = 0, n = topRe.Length, width = Vector<double>.Count;
        if (n >= width)
        {
            Vector<double> re = new(factorRe), im = new(factorIm);
            for (; j <= n - width; j += width)
            {
                Vector<double> c = new(topRe[j..]), d = new(topIm[j..]);
                (new Vector<double>(rowRe[j..]) - ((re * c) - (im * d))).CopyTo(rowRe[j..]);
                (new Vector<double>(rowIm[j..]) - ((re * d) + (im * c))).CopyTo(rowIm[j..]);
            }
        }

        for (; j < n; j++)
        {
            double c = topRe[j], d = topIm[j];
            rowRe[j] -= (factorRe * c) - (factorIm * d);
            rowIm[j] -= (factorRe * d) + (factorIm * c);
        }
    }

    private static void Exchange(Span<double> a, Span<double> b)
    {
        for (int i = 0; i < a.Length; i++)
            (a[i], b[i]) = (b[i], a[i]);
    }
}
