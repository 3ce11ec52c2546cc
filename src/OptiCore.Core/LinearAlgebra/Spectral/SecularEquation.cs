using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The roots of 1/rho + sum_i z_i^2 / (D_i - x) = 0 for increasing poles D_i and rho > 0, each between its pole and the next: the eigenvalues of
/// diag(D) + rho z z'. With squared poles D_i = d_i^2 they are the squared singular values of a broken-arrow matrix.
/// </summary>
/// <remarks>
/// The unknown is the distance from the nearer pole, so that all distances D_i - x come out with high relative accuracy. An iteration replaces the sum by a
/// rational function with two poles: the term of the nearer pole is kept and the rest interpolated ("fixed weight"), or both sides are interpolated
/// ("middle way") where that converges too slowly; a bracket guards both. Li (1993), Solving secular equations stably and efficiently; Gu and Eisenstat (1995), A
/// divide-and-conquer algorithm for the symmetric tridiagonal eigenproblem.
/// </remarks>
internal static unsafe class SecularEquation
{
    private const int MaxIterations = 120;

    // LAPACK needs 30 at most; afterwards the bracket is divided.
    private const int Interpolations = 40;

    /// <summary>Finds root j, writes the distances D_i - x and returns the root relative to the pole <paramref name="origin"/>.</summary>
    /// <param name="k">The number of poles, at least 1.</param>
    /// <param name="j">The root.</param>
    /// <param name="d">The poles, or their square roots.</param>
    /// <param name="z">The weights z_i, of norm 1.</param>
    /// <param name="rho">The factor.</param>
    /// <param name="squared">Whether d holds square roots of the poles.</param>
    /// <param name="distance">Receives D_i - x.</param>
    /// <param name="origin">The nearer pole.</param>
    public static T Solve<T>(int k, int j, T* d, T* z, T rho, bool squared, T* distance, out int origin) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T two = T.One + T.One, inverse = T.One / rho, epsilon = SpectralKernels.Epsilon<T>() / two;
        origin = j;
        if (k == 1)
        {
            T only = rho * z[0] * z[0];
            distance[0] = -only;
            return only;
        }

        bool last = j == k - 1;
        int left = last ? k - 2 : j, right = left + 1;
        T gap = squared ? (d[right] - d[left]) * (d[right] + d[left]) : d[right] - d[left];
        Differences(k, d, d[j], squared, distance);
        T low = T.Zero, high = last ? rho : gap, tau = high / two;
        T width = high;

        // The middle decides which pole is nearer, and gives the terms far away their value for the first guess.
        Sums<T> sums = Evaluate(k, left + 1, distance, z, tau);
        T w = inverse + sums.Left + sums.Right;
        T zl = z[left] * z[left], zr = z[right] * z[right];
        T rest = w - (zl / (distance[left] - tau)) - (zr / (distance[right] - tau));
        if (last)
        {
            if (w <= T.Zero)
                low = tau;
            else
                high = tau;
            T a = zl + zr - (rest * gap), b = -zr * gap, root = T.Sqrt(T.Abs((a * a) - (two * two * b * rest)));
            tau = a >= T.Zero ? (a + root) / (two * rest) : two * b / (a - root);
        }
        else
        {
            T a, b;
            if (w >= T.Zero)
            {
                high = tau;
                (a, b) = ((rest * gap) + zl + zr, zl * gap);
            }
            else
            {
                origin = right;
                Differences(k, d, d[right], squared, distance);
                (low, high) = (-tau, T.Zero);
                (a, b) = (zl + zr - (rest * gap), -zr * gap);
            }

            T root = T.Sqrt(T.Abs((a * a) - (two * two * b * rest)));
            tau = a > T.Zero ? two * b / (a + root) : (a - root) / (two * rest);
        }

        if (!(tau > low && tau < high))
            tau = Middle(low, high, width);
        bool fixedWeight = true;
        T before = T.PositiveInfinity;
        T eight = T.CreateTruncating(8), ten = T.CreateTruncating(10);
        for (int iteration = 0; iteration < MaxIterations; iteration++)
        {
            sums = Evaluate(k, left + 1, distance, z, tau);
            w = inverse + sums.Left + sums.Right;
            T slope = sums.LeftSlope + sums.RightSlope;
            T magnitude = (eight * (T.Abs(sums.Left) + T.Abs(sums.Right))) + inverse + (T.Abs(tau) * slope);
            if (T.Abs(w) <= epsilon * magnitude)
                break;
            if (w < T.Zero)
                low = tau;
            else
                high = tau;
            if (T.Abs(w) > before / ten)
                fixedWeight = !fixedWeight;
            before = T.Abs(w);

            T next;
            if (iteration < Interpolations)
            {
                T dl = distance[left] - tau, dr = distance[right] - tau, c;
                if (fixedWeight)
                {
                    bool nearLeft = origin == left;
                    T near = nearLeft ? dl : dr, other = nearLeft ? dr : dl, weight = nearLeft ? z[left] / dl : z[right] / dr;
                    c = w - (weight * weight * near) - (other * (slope - (weight * weight)));
                }
                else
                {
                    c = w - (dl * sums.LeftSlope) - (dr * sums.RightSlope);
                }

                T a = ((dl + dr) * w) - (dl * dr * slope), b = dl * dr * w;
                T root = T.Sqrt(T.Abs((a * a) - (two * two * b * c)));
                T step;
                if (c == T.Zero)
                    step = b / a;
                else if (last)
                    step = a >= T.Zero ? (a + root) / (two * c) : two * b / (a - root);
                else
                    step = a <= T.Zero ? (a - root) / (two * c) : two * b / (a + root);

                // The function grows: a step must go against the sign of its value.
                if (!(w * step < T.Zero))
                    step = -w / slope;
                next = tau + step;
                if (!(next > low && next < high))
                    next = (tau + (w < T.Zero ? high : low)) / two;
            }
            else
            {
                next = Middle(low, high, width);
            }

            if (next == tau || next <= low || next >= high)
                break;
            tau = next;
        }

        Shift(k, tau, distance);
        return tau;
    }

    /// <summary>product[i] *= distance[i] / (D_i - pole): one root's part of Loewner's formula for the weights.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyQuotients<T>(int n, T* distance, T* poles, T pole, T* product) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int i = 0, width = Vector256<T>.Count;
        Vector256<T> p = Vector256.Create(pole);
        for (; i <= n - width; i += width)
            (Vector256.Load(product + i) * (Vector256.Load(distance + i) / (Vector256.Load(poles + i) - p))).Store(product + i);
        for (; i < n; i++)
            product[i] *= distance[i] / (poles[i] - pole);
    }

    /// <summary>product[i] *= distance[i] / (d_i^2 - pole^2).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplySquaredQuotients<T>(int n, T* distance, T* roots, T pole, T* product) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int i = 0, width = Vector256<T>.Count;
        Vector256<T> p = Vector256.Create(pole);
        for (; i <= n - width; i += width)
        {
            Vector256<T> d = Vector256.Load(roots + i);
            (Vector256.Load(product + i) * (Vector256.Load(distance + i) / ((d - p) * (d + p)))).Store(product + i);
        }

        for (; i < n; i++)
            product[i] *= distance[i] / ((roots[i] - pole) * (roots[i] + pole));
    }

    /// <summary>A point inside the bracket: the geometric mean where the ends differ in magnitude.</summary>
    private static T Middle<T>(T low, T high, T width) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T two = T.One + T.One, tiny = width * SpectralKernels.Epsilon<T>() * SpectralKernels.Epsilon<T>();
        if (low >= T.Zero && high > two * two * low)
            return T.Sqrt(high) * T.Sqrt(T.Max(low, T.Min(tiny, high / two)));
        if (high <= T.Zero && low < two * two * high)
            return -(T.Sqrt(-low) * T.Sqrt(T.Max(-high, T.Min(tiny, -low / two))));
        return low + ((high - low) / two);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Differences<T>(int k, T* d, T origin, bool squared, T* difference) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int i = 0, width = Vector256<T>.Count;
        Vector256<T> o = Vector256.Create(origin);
        if (squared)
        {
            for (; i <= k - width; i += width)
                ((Vector256.Load(d + i) - o) * (Vector256.Load(d + i) + o)).Store(difference + i);
            for (; i < k; i++)
                difference[i] = (d[i] - origin) * (d[i] + origin);
            return;
        }

        for (; i <= k - width; i += width)
            (Vector256.Load(d + i) - o).Store(difference + i);
        for (; i < k; i++)
            difference[i] = d[i] - origin;
    }

    private static void Shift<T>(int k, T tau, T* distance) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int i = 0, width = Vector256<T>.Count;
        Vector256<T> t = Vector256.Create(tau);
        for (; i <= k - width; i += width)
            (Vector256.Load(distance + i) - t).Store(distance + i);
        for (; i < k; i++)
            distance[i] -= tau;
    }

    private static Sums<T> Evaluate<T>(int k, int split, T* difference, T* z, T tau) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Part(split, difference, z, tau, out T left, out T leftSlope);
        Part(k - split, difference + split, z + split, tau, out T right, out T rightSlope);
        return new Sums<T>(left, leftSlope, right, rightSlope);
    }

    /// <summary>sum z^2 / (D - x) and its derivative sum z^2 / (D - x)^2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Part<T>(int n, T* difference, T* z, T tau, out T value, out T slope) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int i = 0, width = Vector256<T>.Count;
        Vector256<T> t = Vector256.Create(tau), v0 = default, v1 = default, s0 = default, s1 = default;
        for (; i <= n - (2 * width); i += 2 * width)
        {
            Vector256<T> z0 = Vector256.Load(z + i), z1 = Vector256.Load(z + i + width);
            Vector256<T> q0 = z0 / (Vector256.Load(difference + i) - t), q1 = z1 / (Vector256.Load(difference + i + width) - t);
            v0 = VectorKernels.Fma(z0, q0, v0);
            v1 = VectorKernels.Fma(z1, q1, v1);
            s0 = VectorKernels.Fma(q0, q0, s0);
            s1 = VectorKernels.Fma(q1, q1, s1);
        }

        T restValue = T.Zero, restSlope = T.Zero;
        for (; i < n; i++)
        {
            T q = z[i] / (difference[i] - tau);
            restValue = T.FusedMultiplyAdd(z[i], q, restValue);
            restSlope = T.FusedMultiplyAdd(q, q, restSlope);
        }

        v0 += v1;
        s0 += s1;
        for (int lane = 0; lane < width; lane++)
        {
            restValue += v0.GetElement(lane);
            restSlope += s0.GetElement(lane);
        }

        value = restValue;
        slope = restSlope;
    }

    private readonly record struct Sums<T>(T Left, T LeftSlope, T Right, T RightSlope) where T : unmanaged;
}
