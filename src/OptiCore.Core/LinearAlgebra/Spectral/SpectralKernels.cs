using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The loops over rows below the spectral decompositions. Each processes four rows at a time, so that a vector is read once for four rows. The order of all
/// additions depends on the sizes only, and products are fused, so that the bits are the same on all hardware.
/// </summary>
internal static unsafe class SpectralKernels
{
    /// <summary>The distance between 1 and the next larger number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Epsilon<T>() where T : unmanaged, IFloatingPointIeee754<T> =>
        Constant<T>(2.2204460492503131e-16, 1.1920928955078125e-7);

    /// <summary>The smallest normal number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T SmallestNormal<T>() where T : unmanaged, IFloatingPointIeee754<T> => Constant<T>(2.2250738585072014e-308, 1.1754943508222875e-38);

    /// <summary>A constant of double, or of float; the compiler sees it as one, unlike a power that is computed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Constant<T>(double forDouble, double forSingle) where T : unmanaged, IFloatingPointIeee754<T> =>
        T.CreateTruncating(typeof(T) == typeof(double) ? forDouble : forSingle);

    /// <summary>Refuses element types that have no vector kernels.</summary>
    public static void RequireVectors<T>() where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (!VectorKernels.IsVectorized<T>())
            throw new NotSupportedException($"The element type is {typeof(T).Name}, expected float or double.");
    }

    /// <summary>The largest magnitude of a matrix; throws if an element isn't finite.</summary>
    public static T MaxNorm<T>(ReadOnlySpan<T> a, int rows, int columns, int lda, string name) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T largest = T.Zero;
        for (int i = 0; i < rows && columns > 0; i++)
        {
            ReadOnlySpan<T> row = a.Slice(i * lda, columns);
            T here = Numerics.Reduce.MaxNorm(row);
            if (!T.IsFinite(here))
                Require.AllFinite(row, name);
            largest = T.Max(largest, here);
        }

        return largest;
    }

    /// <summary>The inner product.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static T Dot<T>(T* x, T* y, int n) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int width = Vector256<T>.Count, i = 0;
        Vector256<T> s0 = default, s1 = default, s2 = default, s3 = default;
        for (; i <= n - (4 * width); i += 4 * width)
        {
            s0 = VectorKernels.Fma(Vector256.Load(x + i), Vector256.Load(y + i), s0);
            s1 = VectorKernels.Fma(Vector256.Load(x + i + width), Vector256.Load(y + i + width), s1);
            s2 = VectorKernels.Fma(Vector256.Load(x + i + (2 * width)), Vector256.Load(y + i + (2 * width)), s2);
            s3 = VectorKernels.Fma(Vector256.Load(x + i + (3 * width)), Vector256.Load(y + i + (3 * width)), s3);
        }

        for (; i <= n - width; i += width)
            s0 = VectorKernels.Fma(Vector256.Load(x + i), Vector256.Load(y + i), s0);
        T tail = T.Zero;
        for (; i < n; i++)
            tail = T.FusedMultiplyAdd(x[i], y[i], tail);
        return Fold(s0 + s1 + (s2 + s3)) + tail;
    }

    /// <summary>y = alpha x + y.</summary>
    public static void AddScaled<T>(T alpha, T* x, T* y, int n) where T : unmanaged, IFloatingPointIeee754<T> =>
        VectorKernels.AddScaled(alpha, new ReadOnlySpan<T>(x, n), new Span<T>(y, n));

    /// <summary>x = alpha x.</summary>
    public static void Scale<T>(T alpha, T* x, int n) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int width = Vector256<T>.Count, i = 0;
        Vector256<T> scale = Vector256.Create(alpha);
        for (; i <= n - width; i += width)
            (scale * Vector256.Load(x + i)).Store(x + i);
        for (; i < n; i++)
            x[i] *= alpha;
    }

    /// <summary>(x, y) = (c x + s y, c y - s x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rotate<T>(T* x, T* y, int n, T c, T s) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int width = Vector256<T>.Count, i = 0;
        Vector256<T> cosine = Vector256.Create(c), sine = Vector256.Create(s), minus = Vector256.Create(-s);
        for (; i <= n - width; i += width)
        {
            Vector256<T> xi = Vector256.Load(x + i), yi = Vector256.Load(y + i);
            VectorKernels.Fma(cosine, xi, sine * yi).Store(x + i);
            VectorKernels.Fma(cosine, yi, minus * xi).Store(y + i);
        }

        for (; i < n; i++)
        {
            T xi = x[i], yi = y[i];
            x[i] = T.FusedMultiplyAdd(c, xi, s * yi);
            y[i] = T.FusedMultiplyAdd(c, yi, -s * xi);
        }
    }

    /// <summary>y = sum_r x[r] a_r + y over the rows a_r.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddRows<T>(int rows, int n, T* x, T* a, nint lda, T* y) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int width = Vector256<T>.Count, r = 0;
        for (; r <= rows - 4; r += 4)
        {
            T* a0 = a + (r * lda), a1 = a0 + lda, a2 = a1 + lda, a3 = a2 + lda;
            T x0 = x[r], x1 = x[r + 1], x2 = x[r + 2], x3 = x[r + 3];
            Vector256<T> v0 = Vector256.Create(x0), v1 = Vector256.Create(x1), v2 = Vector256.Create(x2), v3 = Vector256.Create(x3);
            int i = 0;
            for (; i <= n - width; i += width)
            {
                Vector256<T> s = VectorKernels.Fma(v0, Vector256.Load(a0 + i), Vector256.Load(y + i));
                s = VectorKernels.Fma(v1, Vector256.Load(a1 + i), s);
                s = VectorKernels.Fma(v2, Vector256.Load(a2 + i), s);
                VectorKernels.Fma(v3, Vector256.Load(a3 + i), s).Store(y + i);
            }

            for (; i < n; i++)
                y[i] = T.FusedMultiplyAdd(x3, a3[i], T.FusedMultiplyAdd(x2, a2[i], T.FusedMultiplyAdd(x1, a1[i], T.FusedMultiplyAdd(x0, a0[i], y[i]))));
        }

        for (; r < rows; r++)
            AddScaled(x[r], a + (r * lda), y, n);
    }

    /// <summary>y = sum_r x[r] a_r + y and z = sum_r w[r] a_r + z over the rows a_r, which are read once for both.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddRows<T>(int rows, int n, T* a, nint lda, T* x, T* y, T* w, T* z) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int width = Vector256<T>.Count, r = 0;
        for (; r <= rows - 4; r += 4)
        {
            T* a0 = a + (r * lda), a1 = a0 + lda, a2 = a1 + lda, a3 = a2 + lda;
            T x0 = x[r], x1 = x[r + 1], x2 = x[r + 2], x3 = x[r + 3], w0 = w[r], w1 = w[r + 1], w2 = w[r + 2], w3 = w[r + 3];
            Vector256<T> v0 = Vector256.Create(x0), v1 = Vector256.Create(x1), v2 = Vector256.Create(x2), v3 = Vector256.Create(x3);
            Vector256<T> u0 = Vector256.Create(w0), u1 = Vector256.Create(w1), u2 = Vector256.Create(w2), u3 = Vector256.Create(w3);
            int i = 0;
            for (; i <= n - width; i += width)
            {
                Vector256<T> p = Vector256.Load(a0 + i);
                Vector256<T> s = VectorKernels.Fma(v0, p, Vector256.Load(y + i)), t = VectorKernels.Fma(u0, p, Vector256.Load(z + i));
                p = Vector256.Load(a1 + i);
                s = VectorKernels.Fma(v1, p, s);
                t = VectorKernels.Fma(u1, p, t);
                p = Vector256.Load(a2 + i);
                s = VectorKernels.Fma(v2, p, s);
                t = VectorKernels.Fma(u2, p, t);
                p = Vector256.Load(a3 + i);
                VectorKernels.Fma(v3, p, s).Store(y + i);
                VectorKernels.Fma(u3, p, t).Store(z + i);
            }

            for (; i < n; i++)
            {
                y[i] = T.FusedMultiplyAdd(x3, a3[i], T.FusedMultiplyAdd(x2, a2[i], T.FusedMultiplyAdd(x1, a1[i], T.FusedMultiplyAdd(x0, a0[i], y[i]))));
                z[i] = T.FusedMultiplyAdd(w3, a3[i], T.FusedMultiplyAdd(w2, a2[i], T.FusedMultiplyAdd(w1, a1[i], T.FusedMultiplyAdd(w0, a0[i], z[i]))));
            }
        }

        for (; r < rows; r++)
        {
            AddScaled(x[r], a + (r * lda), y, n);
            AddScaled(w[r], a + (r * lda), z, n);
        }
    }

    /// <summary>a_r = x[r] v + a_r for the rows a_r.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddOuter<T>(int rows, int n, T* x, T* v, T* a, nint lda) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int width = Vector256<T>.Count, r = 0;
        for (; r <= rows - 4; r += 4)
        {
            T* a0 = a + (r * lda), a1 = a0 + lda, a2 = a1 + lda, a3 = a2 + lda;
            T x0 = x[r], x1 = x[r + 1], x2 = x[r + 2], x3 = x[r + 3];
            Vector256<T> v0 = Vector256.Create(x0), v1 = Vector256.Create(x1), v2 = Vector256.Create(x2), v3 = Vector256.Create(x3);
            int i = 0;
            for (; i <= n - width; i += width)
            {
                Vector256<T> vi = Vector256.Load(v + i);
                VectorKernels.Fma(v0, vi, Vector256.Load(a0 + i)).Store(a0 + i);
                VectorKernels.Fma(v1, vi, Vector256.Load(a1 + i)).Store(a1 + i);
                VectorKernels.Fma(v2, vi, Vector256.Load(a2 + i)).Store(a2 + i);
                VectorKernels.Fma(v3, vi, Vector256.Load(a3 + i)).Store(a3 + i);
            }

            for (; i < n; i++)
            {
                a0[i] = T.FusedMultiplyAdd(x0, v[i], a0[i]);
                a1[i] = T.FusedMultiplyAdd(x1, v[i], a1[i]);
                a2[i] = T.FusedMultiplyAdd(x2, v[i], a2[i]);
                a3[i] = T.FusedMultiplyAdd(x3, v[i], a3[i]);
            }
        }

        for (; r < rows; r++)
            AddScaled(x[r], v, a + (r * lda), n);
    }

    /// <summary>y[r] = a_r' x for the rows a_r.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void DotRows<T>(int rows, int n, T* a, nint lda, T* x, T* y) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int width = Vector256<T>.Count, r = 0;
        for (; r <= rows - 4; r += 4)
        {
            T* a0 = a + (r * lda), a1 = a0 + lda, a2 = a1 + lda, a3 = a2 + lda;
            Vector256<T> s0 = default, s1 = default, s2 = default, s3 = default, t0 = default, t1 = default, t2 = default, t3 = default;
            int i = 0;
            for (; i <= n - (2 * width); i += 2 * width)
            {
                Vector256<T> v = Vector256.Load(x + i), w = Vector256.Load(x + i + width);
                s0 = VectorKernels.Fma(Vector256.Load(a0 + i), v, s0);
                s1 = VectorKernels.Fma(Vector256.Load(a1 + i), v, s1);
                s2 = VectorKernels.Fma(Vector256.Load(a2 + i), v, s2);
                s3 = VectorKernels.Fma(Vector256.Load(a3 + i), v, s3);
                t0 = VectorKernels.Fma(Vector256.Load(a0 + i + width), w, t0);
                t1 = VectorKernels.Fma(Vector256.Load(a1 + i + width), w, t1);
                t2 = VectorKernels.Fma(Vector256.Load(a2 + i + width), w, t2);
                t3 = VectorKernels.Fma(Vector256.Load(a3 + i + width), w, t3);
            }

            T e0 = T.Zero, e1 = T.Zero, e2 = T.Zero, e3 = T.Zero;
            for (; i < n; i++)
            {
                e0 = T.FusedMultiplyAdd(a0[i], x[i], e0);
                e1 = T.FusedMultiplyAdd(a1[i], x[i], e1);
                e2 = T.FusedMultiplyAdd(a2[i], x[i], e2);
                e3 = T.FusedMultiplyAdd(a3[i], x[i], e3);
            }

            y[r] = Fold(s0 + t0) + e0;
            y[r + 1] = Fold(s1 + t1) + e1;
            y[r + 2] = Fold(s2 + t2) + e2;
            y[r + 3] = Fold(s3 + t3) + e3;
        }

        for (; r < rows; r++)
            y[r] = Dot(a + (r * lda), x, n);
    }

    /// <summary>y = A x for a symmetric matrix of which the lower triangle is read, every element once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Symv<T>(int n, T* a, nint lda, T* x, T* y) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int width = Vector256<T>.Count, r = 0;
        new Span<T>(y, n).Clear();
        for (; r <= n - 4; r += 4)
        {
            T* a0 = a + (r * lda), a1 = a0 + lda, a2 = a1 + lda, a3 = a2 + lda;
            T x0 = x[r], x1 = x[r + 1], x2 = x[r + 2], x3 = x[r + 3];
            Vector256<T> v0 = Vector256.Create(x0), v1 = Vector256.Create(x1), v2 = Vector256.Create(x2), v3 = Vector256.Create(x3);
            Vector256<T> s0 = default, s1 = default, s2 = default, s3 = default;
            int i = 0;
            for (; i <= r - width; i += width)
            {
                Vector256<T> xi = Vector256.Load(x + i), yi = Vector256.Load(y + i);
                Vector256<T> p0 = Vector256.Load(a0 + i), p1 = Vector256.Load(a1 + i), p2 = Vector256.Load(a2 + i), p3 = Vector256.Load(a3 + i);
                s0 = VectorKernels.Fma(p0, xi, s0);
                s1 = VectorKernels.Fma(p1, xi, s1);
                s2 = VectorKernels.Fma(p2, xi, s2);
                s3 = VectorKernels.Fma(p3, xi, s3);
                yi = VectorKernels.Fma(p0, v0, yi);
                yi = VectorKernels.Fma(p1, v1, yi);
                yi = VectorKernels.Fma(p2, v2, yi);
                VectorKernels.Fma(p3, v3, yi).Store(y + i);
            }

            T e0 = T.Zero, e1 = T.Zero, e2 = T.Zero, e3 = T.Zero;
            for (; i < r; i++)
            {
                e0 = T.FusedMultiplyAdd(a0[i], x[i], e0);
                e1 = T.FusedMultiplyAdd(a1[i], x[i], e1);
                e2 = T.FusedMultiplyAdd(a2[i], x[i], e2);
                e3 = T.FusedMultiplyAdd(a3[i], x[i], e3);
                y[i] = T.FusedMultiplyAdd(x3, a3[i], T.FusedMultiplyAdd(x2, a2[i], T.FusedMultiplyAdd(x1, a1[i], T.FusedMultiplyAdd(x0, a0[i], y[i]))));
            }

            T b10 = a1[r], b20 = a2[r], b21 = a2[r + 1], b30 = a3[r], b31 = a3[r + 1], b32 = a3[r + 2];
            y[r] += Fold(s0) + e0 + ((a0[r] * x0) + (b10 * x1)) + ((b20 * x2) + (b30 * x3));
            y[r + 1] += Fold(s1) + e1 + ((b10 * x0) + (a1[r + 1] * x1)) + ((b21 * x2) + (b31 * x3));
            y[r + 2] += Fold(s2) + e2 + ((b20 * x0) + (b21 * x1)) + ((a2[r + 2] * x2) + (b32 * x3));
            y[r + 3] += Fold(s3) + e3 + ((b30 * x0) + (b31 * x1)) + ((b32 * x2) + (a3[r + 3] * x3));
        }

        for (; r < n; r++)
        {
            T* row = a + (r * lda);
            y[r] += Dot(row, x, r) + (row[r] * x[r]);
            AddScaled(x[r], row, y, r);
        }
    }

    /// <summary>
    /// Makes the reflection H = I - tau (1, v)(1, v)' with H (alpha, x)' = (beta, 0)': replaces x by v, writes beta over alpha and returns tau, which is 0 (H = I)
    /// where x is 0. Safe for all magnitudes.
    /// </summary>
    public static T Reflector<T>(ref T alpha, T* x, int n) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T squares = Dot(x, x, n);
        T safe = Constant<T>(1e-271, 1e-24);
        int up = typeof(T) == typeof(double) ? 960 : 90;
        T norm = squares >= safe && T.IsFinite(squares) ? T.Sqrt(squares) : Numerics.Reduce.Norm(new ReadOnlySpan<T>(x, n));
        if (norm == T.Zero)
            return T.Zero;
        T beta = -T.CopySign(T.Hypot(alpha, norm), alpha);
        if (T.Abs(beta) < SmallestNormal<T>() / Epsilon<T>())
        {
            // Subnormal numbers have few digits: the reflection would not be orthogonal.
            for (int i = 0; i < n; i++)
                x[i] = T.ScaleB(x[i], up);
            alpha = T.ScaleB(alpha, up);
            T scaledTau = Reflector(ref alpha, x, n);
            alpha = T.ScaleB(alpha, -up);
            return scaledTau;
        }

        T divisor = alpha - beta, inverse = T.One / divisor;
        if (T.IsFinite(inverse))
        {
            Scale(inverse, x, n);
        }
        else
        {
            for (int i = 0; i < n; i++)
                x[i] /= divisor;
        }

        T tau = (beta - alpha) / beta;
        alpha = beta;
        return tau;
    }

    /// <summary>The rotation with c f + s g = r and c g - s f = 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (T C, T S, T R) Givens<T>(T f, T g) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (g == T.Zero)
            return (T.One, T.Zero, f);
        if (f == T.Zero)
            return (T.Zero, T.One, g);
        T high = T.Max(T.Abs(f), T.Abs(g)), low = T.Min(T.Abs(f), T.Abs(g));
        T top = Constant<T>(1e150, 1e18), bottom = Constant<T>(1e-135, 1e-15);
        int exponent = high < top && low > bottom ? 0 : T.ILogB(high);
        if (exponent != 0)
        {
            // Near the ends of the range a quotient of the numbers as they are would lose digits.
            f = T.ScaleB(f, -exponent);
            g = T.ScaleB(g, -exponent);
        }

        T r = T.CopySign(T.Sqrt((f * f) + (g * g)), f);
        return (f / r, g / r, exponent == 0 ? r : T.ScaleB(r, exponent));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Fold<T>(Vector256<T> v) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (Vector256<T>.Count == 4)
            return v.GetElement(0) + v.GetElement(2) + (v.GetElement(1) + v.GetElement(3));
        return v.GetElement(0) + v.GetElement(4) + (v.GetElement(2) + v.GetElement(6)) + (v.GetElement(1) + v.GetElement(5) + (v.GetElement(3) + v.GetElement(7)));
    }
}
