using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The real Schur decomposition A = Q T Q' of a square matrix: Q orthogonal, T upper triangular but for 2 x 2 blocks on its diagonal, one for each pair of complex eigenvalues.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <remarks>
/// <para>Blocked Householder reduction to Hessenberg form, then the implicit double-shift QR iteration of Francis with exceptional shifts. A block (a, b; c, d) has a = d and
/// b c &lt; 0; the eigenvalues are a +- i sqrt(-b c). About 25 n^3 operations. The decomposition is exact for a matrix within n eps |A| of A.</para>
/// <para>The object is allocated once for an order; nothing is allocated after the constructor. For a symmetric matrix use <see cref="SymmetricEigen{T}"/>.</para>
/// <para>Francis (1961), The QR transformation; Ahues and Tisseur (1997), A new deflation criterion for the QR algorithm; Bai and Demmel (1993), On
/// swapping diagonal blocks in real Schur form (the standard form of a block).</para>
/// </remarks>
public sealed class RealSchur<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T[] _t;
    private readonly T[] _rows;
    private readonly T[] _real;
    private readonly T[] _imaginary;
    private readonly HessenbergReduction<T> _reduction;

    /// <summary>Allocates everything for matrices of one order.</summary>
    /// <param name="order">The order n, at least 0.</param>
    /// <param name="vectors">Whether Q is wanted; without it T holds the eigenvalues only.</param>
    /// <exception cref="ArgumentOutOfRangeException">The order is negative.</exception>
    /// <exception cref="NotSupportedException">The element type is neither float nor double.</exception>
    public RealSchur(int order, bool vectors = true)
    {
        SpectralKernels.RequireVectors<T>();
        Order = Require.NonNegative(order, nameof(order));
        HasVectors = vectors;
        _t = new T[checked(order * order)];
        _rows = vectors ? new T[order * order] : [];
        _real = new T[order];
        _imaginary = new T[order];
        _reduction = new HessenbergReduction<T>(order);
    }

    /// <summary>The order n.</summary>
    public int Order { get; }

    /// <summary>Whether Q is computed.</summary>
    public bool HasVectors { get; }

    /// <summary>The matrix T, n x n, row-major, with zeros below the blocks. Only with Q is what lies above the blocks meaningful.</summary>
    public ReadOnlySpan<T> QuasiTriangular => _t;

    /// <summary>The matrix Q', n x n, row-major: row j is the Schur vector j. Empty without vectors.</summary>
    public ReadOnlySpan<T> VectorRows => _rows;

    /// <summary>The real parts of the eigenvalues in the order of T's diagonal.</summary>
    public ReadOnlySpan<T> RealParts => _real;

    /// <summary>The imaginary parts of the eigenvalues; in each pair the positive one comes first.</summary>
    public ReadOnlySpan<T> ImaginaryParts => _imaginary;

    /// <summary>Decomposes a matrix; replaces the decomposition before.</summary>
    /// <param name="a">The matrix A, n x n, row-major. Is only read.</param>
    /// <returns>False when the iteration did not converge, which is not known to happen: the results are then meaningless.</returns>
    /// <exception cref="ArgumentException">The matrix has another size, or an element isn't finite.</exception>
    public bool Factor(ReadOnlySpan<T> a)
    {
        int n = Order;
        Require.Length(a.Length, n * n, nameof(a));
        T largest = SpectralKernels.MaxNorm(a, n, n, Math.Max(1, n), nameof(a));
        a.CopyTo(_t);
        int exponent = largest == T.Zero ? 0 : T.ILogB(largest), safe = typeof(T) == typeof(double) ? 400 : 40;
        exponent = Math.Abs(exponent) < safe ? 0 : exponent;
        if (exponent != 0)
            Rescale(_t, -exponent);
        _reduction.Reduce(_t, _rows);
        bool converged = Iterate();
        if (exponent != 0)
        {
            Rescale(_t, exponent);
            Rescale(_real, exponent);
            Rescale(_imaginary, exponent);
        }

        return converged;
    }

    /// <summary>Writes Q, n x n, whose columns are the Schur vectors.</summary>
    /// <param name="q">Receives the matrix, row-major.</param>
    /// <param name="ldq">The distance between rows of Q.</param>
    /// <exception cref="ArgumentException">The matrix doesn't fit.</exception>
    /// <exception cref="InvalidOperationException">There are no vectors.</exception>
    public void CopyVectors(Span<T> q, int ldq)
    {
        MatrixArgument.Check(q.Length, Order, Order, ldq, nameof(q));
        if (!HasVectors)
            throw new InvalidOperationException("The object was made without Schur vectors.");
        MatrixCopy.Transpose(Order, Order, _rows, Order, q, ldq);
    }

    /// <summary>Multiplies the eigenvalues by a power of two.</summary>
    internal void RescaleValues(int exponent)
    {
        Rescale(_real, exponent);
        Rescale(_imaginary, exponent);
    }

    private static void Rescale(Span<T> values, int exponent)
    {
        foreach (ref T value in values)
            value = T.ScaleB(value, exponent);
    }

    private unsafe bool Iterate()
    {
        int n = Order;
        T epsilon = SpectralKernels.Epsilon<T>(), tiny = SpectralKernels.SmallestNormal<T>() / epsilon * T.CreateTruncating(Math.Max(1, n));
        T two = T.One + T.One, threeQuarters = T.CreateTruncating(0.75), exceptional = T.CreateTruncating(-0.4375);
        T* v = stackalloc T[3];
        fixed (T* h = _t, q = _rows)
        {
            int last = n - 1, iterations = 0, budget = 30 * Math.Max(10, n);
            while (last >= 0)
            {
                int first = last;
                while (first > 0 && !Negligible(h, first, epsilon, tiny))
                    first--;
                if (first > 0)
                    At(h, first, first - 1) = T.Zero;
                if (first >= last - 1)
                {
                    if (first == last)
                    {
                        _real[last] = At(h, last, last);
                        _imaginary[last] = T.Zero;
                        last--;
                    }
                    else
                    {
                        Standardize(h, q, last);
                        last -= 2;
                    }

                    iterations = 0;
                    continue;
                }

                if (budget-- == 0)
                    return false;
                iterations++;

                // The shifts: eigenvalues of the last 2 x 2 block, or in every tenth step without a result others.
                T h11, h12, h21, h22;
                if (iterations % 20 == 10)
                {
                    T s = T.Abs(At(h, first + 1, first)) + T.Abs(At(h, first + 2, first + 1));
                    h11 = h22 = (threeQuarters * s) + At(h, first, first);
                    (h12, h21) = (exceptional * s, s);
                }
                else if (iterations % 20 == 0)
                {
                    T s = T.Abs(At(h, last, last - 1)) + T.Abs(At(h, last - 1, last - 2));
                    h11 = h22 = (threeQuarters * s) + At(h, last, last);
                    (h12, h21) = (exceptional * s, s);
                }
                else
                {
                    (h11, h12, h21, h22) = (At(h, last - 1, last - 1), At(h, last - 1, last), At(h, last, last - 1), At(h, last, last));
                }

                T scale = T.Abs(h11) + T.Abs(h12) + T.Abs(h21) + T.Abs(h22);
                T real1 = T.Zero, real2 = T.Zero, imaginary = T.Zero;
                if (scale != T.Zero)
                {
                    (h11, h12, h21, h22) = (h11 / scale, h12 / scale, h21 / scale, h22 / scale);
                    T middle = (h11 + h22) / two, determinant = ((h11 - middle) * (h22 - middle)) - (h12 * h21), root = T.Sqrt(T.Abs(determinant));
                    if (determinant >= T.Zero)
                    {
                        real1 = real2 = middle * scale;
                        imaginary = root * scale;
                    }
                    else
                    {
                        real1 = T.Abs(middle + root - h22) <= T.Abs(middle - root - h22) ? (middle + root) * scale : (middle - root) * scale;
                        real2 = real1;
                    }
                }

                // Start where two consecutive elements below the diagonal are small.
                int start = last - 2;
                for (; ; start--)
                {
                    T below = At(h, start + 1, start), diagonal = At(h, start, start);
                    T s = T.Abs(diagonal - real2) + T.Abs(imaginary) + T.Abs(below);
                    below /= s;
                    v[0] = (below * At(h, start, start + 1)) + ((diagonal - real1) * ((diagonal - real2) / s)) + (imaginary * (imaginary / s));
                    v[1] = below * (diagonal + At(h, start + 1, start + 1) - real1 - real2);
                    v[2] = below * At(h, start + 2, start + 1);
                    s = T.Abs(v[0]) + T.Abs(v[1]) + T.Abs(v[2]);
                    (v[0], v[1], v[2]) = (v[0] / s, v[1] / s, v[2] / s);
                    if (start == first)
                        break;
                    T around = T.Abs(At(h, start - 1, start - 1)) + T.Abs(diagonal) + T.Abs(At(h, start + 1, start + 1));
                    if (T.Abs(At(h, start, start - 1)) * (T.Abs(v[1]) + T.Abs(v[2])) <= epsilon * T.Abs(v[0]) * around)
                        break;
                }

                int firstRow = HasVectors ? 0 : first, endColumn = HasVectors ? n : last + 1;
                for (int k = start; k < last; k++)
                {
                    int size = Math.Min(3, last - k + 1);
                    if (k > start)
                    {
                        for (int i = 0; i < size; i++)
                            v[i] = At(h, k + i, k - 1);
                    }

                    T beta = v[0];
                    T tau = SmallReflector(ref beta, v + 1, size);
                    if (k > start)
                    {
                        At(h, k, k - 1) = beta;
                        for (int i = 1; i < size; i++)
                            At(h, k + i, k - 1) = T.Zero;
                    }
                    else if (start > first)
                    {
                        At(h, k, k - 1) *= T.One - tau;
                    }

                    T v1 = v[1], v2 = size == 3 ? v[2] : T.Zero;
                    ReflectRows(h + ((nint)k * n) + k, size, endColumn - k, tau, v1, v2);
                    if (HasVectors)
                        ReflectRows(q + ((nint)k * n), size, n, tau, v1, v2);
                    int endRow = Math.Min(k + 4, last + 1);
                    ReflectColumns(h + ((nint)firstRow * n) + k, size, endRow - firstRow, n - k, tau, v1, v2);
                }
            }
        }

        return true;
    }

    /// <summary>Two or three rows of length <paramref name="n"/> times I - tau v v'.</summary>
    private unsafe void ReflectRows(T* row, int rows, int n, T tau, T v1, T v2)
    {
        T* next = row + Order, third = next + Order;
        int i = 0, width = Vector256<T>.Count;
        if (rows == 3)
        {
            var t = Vector256.Create(tau);
            var w1 = Vector256.Create(v1);
            var w2 = Vector256.Create(v2);
            for (; i <= n - width; i += width)
            {
                var x = Vector256.Load(row + i);
                var y = Vector256.Load(next + i);
                var z = Vector256.Load(third + i);
                var sum = (x + (w1 * y) + (w2 * z)) * t;
                Vector256.Store(x - sum, row + i);
                Vector256.Store(y - (sum * w1), next + i);
                Vector256.Store(z - (sum * w2), third + i);
            }
        }

        for (; i < n; i++)
        {
            T sum = row[i] + (v1 * next[i]);
            if (rows == 3)
                sum += v2 * third[i];
            sum *= tau;
            row[i] -= sum;
            next[i] -= sum * v1;
            if (rows == 3)
                third[i] -= sum * v2;
        }
    }

    /// <summary>Two or three neighbouring columns times I - tau v v', of rows with <paramref name="room"/> elements from the first of the columns on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void ReflectColumns(T* row, int columns, int rows, int room, T tau, T v1, T v2)
    {
        nint n = Order;
        if (room >= Vector256<T>.Count)
        {
            // The matrix of the reflection by its rows; the lanes beyond its columns stay.
            T* matrix = stackalloc T[4 * Vector256<T>.Count];
            new Span<T>(matrix, 4 * Vector256<T>.Count).Clear();
            T* p1 = matrix + Vector256<T>.Count, p2 = p1 + Vector256<T>.Count, rest = p2 + Vector256<T>.Count;
            T t1 = tau * v1, t2 = tau * v2;
            (matrix[0], matrix[1], matrix[2]) = (T.One - tau, -t1, -t2);
            (p1[0], p1[1], p1[2]) = (-t1, T.One - (t1 * v1), -(t1 * v2));
            (p2[0], p2[1], p2[2]) = (-t2, -(t1 * v2), T.One - (t2 * v2));
            for (int i = columns; i < Vector256<T>.Count; i++)
                rest[i] = T.One;
            Vector256<T> m0 = Vector256.Load(matrix), m1 = Vector256.Load(p1), m2 = Vector256.Load(p2), kept = Vector256.Equals(Vector256.Load(rest), Vector256<T>.One);
            if (columns == 2)
                m2 = default;
            for (; rows > 0; rows--, row += n)
            {
                Vector256<T> x = Vector256.Load(row) & kept;
                x = VectorKernels.Fma(Vector256.Create(row[0]), m0, x);
                x = VectorKernels.Fma(Vector256.Create(row[1]), m1, x);
                VectorKernels.Fma(Vector256.Create(row[2]), m2, x).Store(row);
            }

            return;
        }

        for (; rows > 0; rows--, row += n)
        {
            T sum = row[0] + (v1 * row[1]);
            if (columns == 3)
                sum += v2 * row[2];
            sum *= tau;
            row[0] -= sum;
            row[1] -= sum * v1;
            if (columns == 3)
                row[2] -= sum * v2;
        }
    }

    /// <summary><see cref="SpectralKernels.Reflector"/> for two or three elements, without its calls where their squares are safe.</summary>
    private static unsafe T SmallReflector(ref T alpha, T* x, int size)
    {
        T second = x[0], third = size == 3 ? x[1] : T.Zero, squares = (second * second) + (third * third);
        T safe = SpectralKernels.Constant<T>(1e-271, 1e-24), far = SpectralKernels.Constant<T>(1e271, 1e24);
        T all = (alpha * alpha) + squares;
        if (!(squares > safe && all < far))
            return SpectralKernels.Reflector(ref alpha, x, size - 1);
        T beta = -T.CopySign(T.Sqrt(all), alpha), inverse = T.One / (alpha - beta), tau = (beta - alpha) / beta;
        x[0] = second * inverse;
        if (size == 3)
            x[1] = third * inverse;
        alpha = beta;
        return tau;
    }

    private unsafe bool Negligible(T* h, int k, T epsilon, T tiny)
    {
        T below = T.Abs(At(h, k, k - 1)), above = T.Abs(At(h, k - 1, k)), a = At(h, k, k), b = At(h, k - 1, k - 1);
        if (below <= tiny)
            return true;
        T around = T.Abs(a) + T.Abs(b);
        if (around == T.Zero)
        {
            if (k > 1)
                around += T.Abs(At(h, k - 1, k - 2));
            if (k < Order - 1)
                around += T.Abs(At(h, k + 1, k));
        }

        if (below > epsilon * around)
            return false;
        T high = T.Max(below, above), low = T.Min(below, above), largest = T.Max(T.Abs(a), T.Abs(b - a)), smallest = T.Min(T.Abs(a), T.Abs(b - a)), s = largest + high;
        return low * (high / s) <= T.Max(tiny, epsilon * (smallest * (largest / s)));
    }

    /// <summary>Brings the 2 x 2 block that ends at <paramref name="last"/> to standard form, by a rotation of the whole matrix, and reads its eigenvalues.</summary>
    private unsafe void Standardize(T* h, T* q, int last)
    {
        int n = Order, p = last - 1;
        (T a, T b, T c, T d) = (At(h, p, p), At(h, p, last), At(h, last, p), At(h, last, last));
        (T cosine, T sine) = StandardForm.Rotation(ref a, ref b, ref c, ref d);
        if (HasVectors)
        {
            SpectralKernels.Rotate(h + ((nint)p * n) + last + 1, h + ((nint)last * n) + last + 1, n - last - 1, cosine, sine);
            for (int i = 0; i < p; i++)
            {
                T* row = h + ((nint)i * n) + p;
                (row[0], row[1]) = ((cosine * row[0]) + (sine * row[1]), (cosine * row[1]) - (sine * row[0]));
            }

            SpectralKernels.Rotate(q + ((nint)p * n), q + ((nint)last * n), n, cosine, sine);
        }

        (At(h, p, p), At(h, p, last), At(h, last, p), At(h, last, last)) = (a, b, c, d);
        _real[p] = a;
        _real[last] = d;
        _imaginary[p] = c == T.Zero ? T.Zero : T.Sqrt(T.Abs(b)) * T.Sqrt(T.Abs(c));
        _imaginary[last] = -_imaginary[p];
    }

    private unsafe ref T At(T* h, int i, int j) => ref h[((nint)i * Order) + j];
}
