using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptiCore.Fourier;

/// <summary>Which part of a convolution is returned.</summary>
public enum ConvolutionMode
{
    /// <summary>Everything: m + n - 1 elements.</summary>
    Full,

    /// <summary>As many elements as the first operand, from the middle: SciPy's "same". Starts at element (n - 1) / 2 of the full result, n the length of the second operand.</summary>
    Same,

    /// <summary>As many elements as the longer operand, from the middle: NumPy's "same".</summary>
    SameAsLonger,

    /// <summary>The elements to which no edge contributes: max - min + 1.</summary>
    Valid,
}

/// <summary>How a convolution is done.</summary>
public enum ConvolutionMethod
{
    /// <summary>Whichever costs less, by the lengths alone.</summary>
    Automatic,

    /// <summary>By its definition; each element is accurate relative to the sum of its terms' sizes.</summary>
    Direct,

    /// <summary>By transforms; each element is accurate relative to the product of the operands' norms only.</summary>
    Fourier,
}

/// <summary>The convolution (u * v)[k] = sum_j u[k - j] v[j] and the correlation of real sequences, with the conventions of NumPy and SciPy.</summary>
/// <remarks>
/// Direct sums cost m n, transforms (m + n) log(m + n); a short operand against a long one is done in blocks (<see cref="OverlapAdd{T}"/>). The choice depends on the
/// lengths only, so that the bits are the same everywhere. These methods plan anew at every call where they use transforms, which allocates; for repeated
/// convolutions with one operand use <see cref="OverlapAdd{T}"/>. Stockham (1966), High-speed convolution and correlation.
/// </remarks>
public static class Convolution
{
    // Fused multiply-adds of the direct sums that cost as much as one element and level of the transforms: an estimate from the arithmetic of both on AVX2.
    private const double DirectPerLevel = 20;

    /// <summary>The number of elements of a result.</summary>
    /// <param name="first">The length of the first operand, at least 1.</param>
    /// <param name="second">The length of the second operand, at least 1.</param>
    /// <param name="mode">Which part.</param>
    /// <exception cref="ArgumentOutOfRangeException">A length is smaller than 1; the mode isn't defined.</exception>
    public static int Length(int first, int second, ConvolutionMode mode)
    {
        Require.Positive(first, nameof(first));
        Require.Positive(second, nameof(second));
        return Require.Defined(mode, nameof(mode)) switch
        {
            ConvolutionMode.Full => checked(first + second - 1),
            ConvolutionMode.Same => first,
            ConvolutionMode.SameAsLonger => Math.Max(first, second),
            _ => Math.Abs(first - second) + 1,
        };
    }

    /// <summary>The convolution u * v.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="u">The first operand, at least 1 element.</param>
    /// <param name="v">The second operand, at least 1 element.</param>
    /// <param name="result"><see cref="Length"/> elements, apart from the operands.</param>
    /// <param name="mode">Which part of the result.</param>
    /// <param name="method">How it is done.</param>
    /// <exception cref="ArgumentException">An operand is empty, the result has another length or overlaps an operand.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The mode or the method isn't defined.</exception>
    public static void Convolve<T>(ReadOnlySpan<T> u, ReadOnlySpan<T> v, Span<T> result, ConvolutionMode mode = ConvolutionMode.Full, ConvolutionMethod method = ConvolutionMethod.Automatic)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Check(u, v, result, mode, method);
        int start = mode switch
        {
            ConvolutionMode.Full => 0,
            ConvolutionMode.Same => (v.Length - 1) / 2,
            ConvolutionMode.SameAsLonger => (Math.Min(u.Length, v.Length) - 1) / 2,
            _ => Math.Min(u.Length, v.Length) - 1,
        };
        Part(u, v, start, result, method);
    }

    /// <summary>
    /// The correlation c[k] = sum_j u[j + k] v[j]: the convolution of u with v reversed, so that lag 0 is element n - 1 of the full result, n the length of v.
    /// </summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="u">The first operand, at least 1 element.</param>
    /// <param name="v">The second operand, at least 1 element.</param>
    /// <param name="result"><see cref="Length"/> elements, apart from the operands.</param>
    /// <param name="mode">Which part of the result; <see cref="ConvolutionMode.SameAsLonger"/> as NumPy's correlate.</param>
    /// <param name="method">How it is done.</param>
    /// <exception cref="ArgumentException">An operand is empty, the result has another length or overlaps an operand.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The mode or the method isn't defined.</exception>
    public static void Correlate<T>(ReadOnlySpan<T> u, ReadOnlySpan<T> v, Span<T> result, ConvolutionMode mode = ConvolutionMode.Full, ConvolutionMethod method = ConvolutionMethod.Automatic)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Check(u, v, result, mode, method);
        int shorter = Math.Min(u.Length, v.Length);
        int start = mode switch
        {
            ConvolutionMode.Full => 0,
            ConvolutionMode.Same => (v.Length - 1) / 2,

            // NumPy exchanges the operands where the second is longer, and reverses the result: the middle is then rounded the other way.
            ConvolutionMode.SameAsLonger => v.Length > u.Length ? shorter / 2 : (shorter - 1) / 2,
            _ => shorter - 1,
        };
        using var workspace = new Workspace<T>(v.Length);
        Span<T> reversed = workspace.Span[..v.Length];
        v.CopyTo(reversed);
        reversed.Reverse();
        Part<T>(u, reversed, start, result, method);
    }

    /// <summary>The two-dimensional convolution of row-major matrices.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="u">The first operand, row-major.</param>
    /// <param name="uRows">Its rows, at least 1.</param>
    /// <param name="uColumns">Its columns, at least 1.</param>
    /// <param name="v">The second operand, row-major.</param>
    /// <param name="vRows">Its rows, at least 1.</param>
    /// <param name="vColumns">Its columns, at least 1.</param>
    /// <param name="result">The rows times columns of <see cref="Length"/>, row-major, apart from the operands.</param>
    /// <param name="mode">Which part of the result, along both axes. <see cref="ConvolutionMode.Valid"/> takes operands of which one has at least as many rows and columns.</param>
    /// <param name="method">How it is done.</param>
    /// <exception cref="ArgumentException">A length is wrong, the result overlaps an operand, or neither operand of a valid part contains the other.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is smaller than 1; the mode or the method isn't defined.</exception>
    public static void Convolve2D<T>(
        ReadOnlySpan<T> u, int uRows, int uColumns, ReadOnlySpan<T> v, int vRows, int vColumns, Span<T> result,
        ConvolutionMode mode = ConvolutionMode.Full, ConvolutionMethod method = ConvolutionMethod.Automatic)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int rows = Length(uRows, vRows, mode), columns = Length(uColumns, vColumns, mode);
        Require.Defined(method, nameof(method));
        Require.Length(u.Length, checked(uRows * uColumns), nameof(u));
        Require.Length(v.Length, checked(vRows * vColumns), nameof(v));
        Require.Length(result.Length, checked(rows * columns), nameof(result));
        FourierArgument.Apart<T>(u, result, nameof(result));
        FourierArgument.Apart<T>(v, result, nameof(result));
        if (mode == ConvolutionMode.Valid && (uRows - vRows) * (long)(uColumns - vColumns) < 0)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"u is {uRows} x {uColumns} and v {vRows} x {vColumns}; for a valid part one must have at least as many rows and columns."), nameof(v));
        (int top, int left) = mode switch
        {
            ConvolutionMode.Full => (0, 0),
            ConvolutionMode.Same => ((vRows - 1) / 2, (vColumns - 1) / 2),
            ConvolutionMode.SameAsLonger => ((Math.Min(uRows, vRows) - 1) / 2, (Math.Min(uColumns, vColumns) - 1) / 2),
            _ => (Math.Min(uRows, vRows) - 1, Math.Min(uColumns, vColumns) - 1),
        };
        if (u.Length < v.Length)
        {
            ReadOnlySpan<T> other = u;
            u = v;
            v = other;
            (uRows, uColumns, vRows, vColumns) = (vRows, vColumns, uRows, uColumns);
        }

        int fullRows = uRows + vRows - 1, fullColumns = uColumns + vColumns - 1;
        double transforms = (double)fullRows * fullColumns * (BitOperations.Log2((uint)fullRows) + BitOperations.Log2((uint)fullColumns) + 2);
        bool direct = method == ConvolutionMethod.Direct || (method == ConvolutionMethod.Automatic && (double)rows * columns * v.Length <= DirectPerLevel * transforms);
        if (direct || !LinearAlgebra.VectorKernels.IsVectorized<T>())
            Direct2D(u, uRows, uColumns, v, vRows, vColumns, result, top, left, rows, columns);
        else
            Fourier2D(u, uRows, uColumns, v, vRows, vColumns, result, top, left, rows, columns);
    }

    private static void Check<T>(ReadOnlySpan<T> u, ReadOnlySpan<T> v, ReadOnlySpan<T> result, ConvolutionMode mode, ConvolutionMethod method) where T : unmanaged
    {
        if (u.IsEmpty || v.IsEmpty)
            throw new ArgumentException("An operand is empty, expected at least 1 element.", u.IsEmpty ? nameof(u) : nameof(v));
        Require.Defined(method, nameof(method));
        Require.Length(result.Length, Length(u.Length, v.Length, mode), nameof(result));
        FourierArgument.Apart(u, result, nameof(result));
        FourierArgument.Apart(v, result, nameof(result));
    }

    /// <summary>Elements of the full result from <paramref name="start"/> on.</summary>
    private static void Part<T>(ReadOnlySpan<T> u, ReadOnlySpan<T> v, int start, Span<T> result, ConvolutionMethod method) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (u.Length < v.Length)
        {
            ReadOnlySpan<T> other = u;
            u = v;
            v = other;
        }

        int full = checked(u.Length + v.Length - 1);
        double transforms = (double)full * (BitOperations.Log2((uint)Math.Min(full, 16 * v.Length)) + 1);
        bool direct = method == ConvolutionMethod.Direct || (method == ConvolutionMethod.Automatic && (double)result.Length * v.Length <= DirectPerLevel * transforms);
        if (direct || !LinearAlgebra.VectorKernels.IsVectorized<T>())
        {
            Direct(u, v, start, result);
            return;
        }

        var plan = new OverlapAdd<T>(v, OverlapAdd<T>.BestBlock(v.Length, u.Length));
        if (result.Length == full)
        {
            plan.Convolve(u, result);
            return;
        }

        using var workspace = new Workspace<T>(full);
        Span<T> all = workspace.Span[..full];
        plan.Convolve(u, all);
        all.Slice(start, result.Length).CopyTo(result);
    }

    private static void Direct<T>(ReadOnlySpan<T> u, ReadOnlySpan<T> v, int start, Span<T> result) where T : unmanaged, IFloatingPointIeee754<T>
    {
        // u between zeros, so that every element has all n terms: sum_j v[j] padded[k + n - 1 - j], in order of j with fused multiply-adds.
        int edge = v.Length - 1;
        using var workspace = new Workspace<T>(u.Length + (2 * edge));
        Span<T> padded = workspace.Span[..(u.Length + (2 * edge))];
        padded[..edge].Clear();
        u.CopyTo(padded[edge..]);
        padded[(edge + u.Length)..].Clear();
        Sums(padded[start..], v, result, false);
    }

    /// <summary>result[k] = sum_j v[j] u[k + n - 1 - j], added to what is there or not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Sums<T>(ReadOnlySpan<T> u, ReadOnlySpan<T> v, Span<T> result, bool add) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int n = v.Length, count = result.Length, k = 0;
        fixed (T* pu = u, pv = v, pr = result)
        {
            T* last = pu + n - 1;
            if (LinearAlgebra.VectorKernels.IsVectorized<T>())
            {
                int width = Vector256<T>.Count;
                for (; k <= count - (4 * width); k += 4 * width)
                {
                    T* x = last + k, r = pr + k;
                    Vector256<T> s0 = default, s1 = default, s2 = default, s3 = default;
                    if (add)
                        (s0, s1, s2, s3) = (Vector256.Load(r), Vector256.Load(r + width), Vector256.Load(r + (2 * width)), Vector256.Load(r + (3 * width)));
                    for (int j = 0; j < n; j++, x--)
                    {
                        Vector256<T> f = Vector256.Create(pv[j]);
                        s0 = Lanes.MultiplyAdd(f, Vector256.Load(x), s0);
                        s1 = Lanes.MultiplyAdd(f, Vector256.Load(x + width), s1);
                        s2 = Lanes.MultiplyAdd(f, Vector256.Load(x + (2 * width)), s2);
                        s3 = Lanes.MultiplyAdd(f, Vector256.Load(x + (3 * width)), s3);
                    }

                    s0.Store(r);
                    s1.Store(r + width);
                    s2.Store(r + (2 * width));
                    s3.Store(r + (3 * width));
                }
            }

            for (; k < count; k++)
            {
                T sum = add ? pr[k] : T.Zero;
                for (int j = 0; j < n; j++)
                    sum = T.FusedMultiplyAdd(pv[j], last[k - j], sum);
                pr[k] = sum;
            }
        }
    }

    private static void Direct2D<T>(
        ReadOnlySpan<T> u, int uRows, int uColumns, ReadOnlySpan<T> v, int vRows, int vColumns, Span<T> result, int top, int left, int rows, int columns)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int edge = vColumns - 1, padded = uColumns + (2 * edge);
        using var workspace = new Workspace<T>(checked(uRows * padded));
        Span<T> wide = workspace.Span[..(uRows * padded)];
        wide.Clear();
        for (int i = 0; i < uRows; i++)
            u.Slice(i * uColumns, uColumns).CopyTo(wide[((i * padded) + edge)..]);
        for (int i = 0; i < rows; i++)
        {
            Span<T> row = result.Slice(i * columns, columns);
            row.Clear();
            for (int j = 0; j < vRows; j++)
            {
                int from = i + top - j;
                if (from >= 0 && from < uRows)
                    Sums(wide[((from * padded) + left)..], v.Slice(j * vColumns, vColumns), row, true);
            }
        }
    }

    private static void Fourier2D<T>(
        ReadOnlySpan<T> u, int uRows, int uColumns, ReadOnlySpan<T> v, int vRows, int vColumns, Span<T> result, int top, int left, int rows, int columns)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int r = Radices.NextSmooth(uRows + vRows - 1, 1), c = Radices.NextSmooth(uColumns + vColumns - 1, 2);
        var plan = new RealFftNd<T>([r, c]);
        T[] a = new T[plan.Count], first = new T[2 * plan.SpectrumCount], second = new T[2 * plan.SpectrumCount];
        for (int i = 0; i < uRows; i++)
            u.Slice(i * uColumns, uColumns).CopyTo(a.AsSpan(i * c));
        plan.Forward(a, first);
        a.AsSpan().Clear();
        for (int i = 0; i < vRows; i++)
            v.Slice(i * vColumns, vColumns).CopyTo(a.AsSpan(i * c));
        plan.Forward(a, second);
        ComplexProduct.Multiply<T>(first, second);
        plan.Inverse(first, a);
        for (int i = 0; i < rows; i++)
            a.AsSpan(((i + top) * c) + left, columns).CopyTo(result.Slice(i * columns, columns));
    }
}
