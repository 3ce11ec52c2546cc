using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// All eigenvalues and eigenvectors of a symmetric tridiagonal matrix by divide and conquer: the matrix is torn into halves by a rank-one change, which is undone by a
/// secular equation. Eigenvectors are rows.
/// </summary>
/// <remarks>
/// Weights that are negligible and eigenvalues that coincide are deflated: their vectors take no part in the products, in which most of the work lies. The
/// weights are recomputed from the roots, so that the vectors are orthogonal however close the roots are.
/// Cuppen (1981), A divide and conquer method for the symmetric tridiagonal eigenproblem; Gu and Eisenstat (1995), A divide-and-conquer algorithm for
/// the symmetric tridiagonal eigenproblem. What it shares with <see cref="BidiagonalDivideAndConquer{T}"/>: <see cref="MergeStep{T}"/>.
/// </remarks>
internal sealed unsafe class TridiagonalDivideAndConquer<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly int _n;
    private readonly int _leaf;
    private readonly T[] _secular;
    private readonly MergeStep<T> _step;

    /// <summary>Buffers for matrices up to an order. <paramref name="packed"/>: n^2 elements that may be used.</summary>
    public TridiagonalDivideAndConquer(int n, T[] packed, int leaf = 24)
    {
        _n = n;
        _leaf = leaf;
        _secular = n > leaf ? new T[n * n] : [];
        _step = new MergeStep<T>(n, packed);
    }

    /// <summary>Replaces d by the eigenvalues in ascending order and overwrites Q, n x n, by the eigenvectors as rows in an order that is returned.</summary>
    /// <returns>The row of each eigenvalue's vector; empty where the iteration for a small block did not converge.</returns>
    public ReadOnlySpan<int> Solve(T[] diagonal, T[] offDiagonal, T[] vectors)
    {
        // Outside of the block on the diagonal that a step works on, all stays zero.
        vectors.AsSpan().Clear();
        fixed (T* d = diagonal, e = offDiagonal, q = vectors)
        {
            if (!Divide(0, _n, d, e, q))
                return default;
            for (int i = 0; i < _n; i++)
                _step.Values[i] = d[_step.Order[i]];
            _step.Values.CopyTo(diagonal, 0);
        }

        return _step.Order;
    }

    private bool Divide(int first, int end, T* d, T* e, T* q)
    {
        int size = end - first;
        if (size <= _leaf)
        {
            for (int i = first; i < end; i++)
                q[((nint)i * _n) + i] = T.One;
            if (!TridiagonalQl.Vectors(size, d + first, e + first, q + ((nint)first * _n) + first, _n, size))
                return false;
            _step.Sort(first, size, d);
            return true;
        }

        int middle = first + (size / 2);
        T rho = e[middle - 1], magnitude = T.Abs(rho);
        d[middle - 1] -= magnitude;
        d[middle] -= magnitude;
        if (!Divide(first, middle, d, e, q) || !Divide(middle, end, d, e, q))
            return false;
        Merge(first, middle, end, rho, d, q);
        return true;
    }

    /// <summary>Eigenvalues and vectors of diag(T1, T2) + rho v v' from those of T1 and T2.</summary>
    private void Merge(int first, int middle, int end, T rho, T* d, T* q)
    {
        int size = end - first, n1 = middle - first;
        T[] weights = _step.Z;
        T two = T.One + T.One, half = T.One / two, scale = T.Sqrt(half);

        // z = (last row of Q1, first row of Q2) up to sign, of norm 1 after the division by sqrt 2.
        T sign = rho < T.Zero ? -scale : scale;
        T largest = T.Zero, largestWeight = T.Zero;
        for (int i = first; i < end; i++)
        {
            weights[i] = i < middle ? scale * q[((nint)i * _n) + middle - 1] : sign * q[((nint)i * _n) + middle];
            largest = T.Max(largest, T.Abs(d[i]));
            largestWeight = T.Max(largestWeight, T.Abs(weights[i]));
        }

        rho = T.Abs(two * rho);
        T tolerance = T.CreateTruncating(4) * SpectralKernels.Epsilon<T>() * T.Max(largest, largestWeight);
        if (rho * largestWeight <= tolerance)
        {
            _step.Sort(first, size, d);
            return;
        }

        _step.Merge(first, middle, middle, end, d);
        Deflate(first, middle, end, rho, tolerance, d, q);
        int kept = _step.Count;
        if (kept == 0)
        {
            _step.Sort(first, size, d);
            return;
        }

        (int upper, int dense, int lower) = _step.Place(0);
        int n2 = size - n1, leftRows = upper + dense, rightRows = dense + lower;
        Span<T> left = _step.Packed.AsSpan(0, leftRows * n1), right = _step.Packed.AsSpan(leftRows * n1, rightRows * n2);
        for (int i = 0; i < kept; i++)
        {
            int row = _step.Kept[i], type = _step.Type[row], at = _step.Column[i];
            T* source = q + ((nint)row * _n) + first;
            if (type != MergeStep<T>.Lower)
                new Span<T>(source, n1).CopyTo(left.Slice(at * n1, n1));
            if (type != MergeStep<T>.Upper)
                new Span<T>(source + n1, n2).CopyTo(right.Slice((at - upper) * n2, n2));
        }

        // The kept rows receive the new vectors.
        SolveSecular(kept, rho);
        _step.KeepRowsTogether(first, end, size, q, d);
        _step.Values.AsSpan(0, kept).CopyTo(new Span<T>(d + first, kept));
        T* target = q + ((nint)first * _n) + first;
        _step.Multiply(n1, leftRows, _secular, left, target);
        _step.Multiply(n2, rightRows, _secular.AsSpan(upper), right, target + n1);
        _step.Sort(first, size, d);
    }

    /// <summary>Splits off what need not be changed; the kept poles, weights and rows are listed in ascending order.</summary>
    private void Deflate(int first, int middle, int end, T rho, T tolerance, T* d, T* q)
    {
        int previous = -1, size = end - first;
        T[] z = _step.Z;
        _step.Count = 0;
        for (int at = 0; at < size; at++)
        {
            int here = _step.Merged[at];
            _step.Type[here] = here < middle ? MergeStep<T>.Upper : MergeStep<T>.Lower;
            if (rho * T.Abs(z[here]) <= tolerance)
            {
                _step.Type[here] = MergeStep<T>.Deflated;
                continue;
            }

            if (previous >= 0)
            {
                // Would a rotation that makes one weight zero leave a negligible element outside the diagonal?
                T s = z[previous], c = z[here], norm = T.Hypot(c, s), gap = d[here] - d[previous];
                c /= norm;
                s = -s / norm;
                if (T.Abs(gap * c * s) <= tolerance)
                {
                    z[here] = norm;
                    z[previous] = T.Zero;
                    _step.Unite(previous, here);
                    SpectralKernels.Rotate(q + ((nint)previous * _n) + first, q + ((nint)here * _n) + first, size, c, s);
                    T low = d[previous], high = d[here];
                    d[previous] = (low * c * c) + (high * s * s);
                    d[here] = (low * s * s) + (high * c * c);
                    previous = here;
                    continue;
                }

                _step.Keep(previous, d[previous]);
            }

            previous = here;
        }

        if (previous >= 0)
            _step.Keep(previous, d[previous]);
    }

    /// <summary>The eigenvectors of diag(poles) + rho z z' as rows, with their elements in the order of the packed rows; the roots go to the values.</summary>
    private void SolveSecular(int k, T rho)
    {
        fixed (T* poles = _step.Poles, weights = _step.Weights, secular = _secular, product = _step.Z)
        {
            for (int j = 0; j < k; j++)
            {
                T root = SecularEquation.Solve(k, j, poles, weights, rho, false, secular + ((nint)j * k), out int origin);
                _step.Values[j] = poles[origin] + root;
                product[j] = T.One;
            }

            // The weights for which these roots are exact (Loewner's formula).
            for (int j = 0; j < k; j++)
            {
                T* distance = secular + ((nint)j * k);
                T own = product[j] * distance[j];
                SecularEquation.MultiplyQuotients(j, distance, poles, poles[j], product);
                SecularEquation.MultiplyQuotients(k - j - 1, distance + j + 1, poles + j + 1, poles[j], product + j + 1);
                product[j] = own;
            }

            for (int i = 0; i < k; i++)
                product[i] = T.CopySign(T.Sqrt(T.Abs(product[i])), weights[i]);
            for (int j = 0; j < k; j++)
                _step.WriteVector(product, secular + ((nint)j * k));
        }
    }
}
