using System.Numerics;
using System.Runtime.Intrinsics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// All eigenvalues and eigenvectors of a symmetric tridiagonal matrix by divide and conquer: the matrix is torn into halves by a rank-one change, which is undone by a
/// secular equation. Eigenvectors are rows.
/// </summary>
/// <remarks>
/// Weights that are negligible and eigenvalues that coincide are deflated: their vectors take no part in the products, in which most of the work lies. The
/// weights are recomputed from the roots, so that the vectors are orthogonal however close the roots are.
/// Cuppen (1981), A divide and conquer method for the symmetric tridiagonal eigenproblem; Gu and Eisenstat (1995), A divide-and-conquer algorithm for
/// the symmetric tridiagonal eigenproblem; Rutter (1994), A serial implementation of Cuppen's divide and conquer algorithm (the order of columns by their zeros).
/// </remarks>
internal sealed unsafe class TridiagonalDivideAndConquer<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int Upper = 0, Dense = 1, Lower = 2, Deflated = 3;

    private readonly int _n;
    private readonly int _leaf;
    private readonly T[] _packed;
    private readonly T[] _secular;
    private readonly T[] _poles;
    private readonly T[] _weights;
    private readonly T[] _z;
    private readonly T[] _keys;
    private readonly T[] _row;
    private readonly T[] _values;
    private readonly int[] _order;
    private readonly int[] _merged;
    private readonly int[] _kept;
    private readonly int[] _column;
    private readonly int[] _type;

    /// <summary>Buffers for matrices up to an order. <paramref name="packed"/>: n^2 elements that may be used.</summary>
    public TridiagonalDivideAndConquer(int n, T[] packed, int leaf = 24)
    {
        _n = n;
        _leaf = leaf;
        _packed = packed;
        _secular = n > leaf ? new T[n * n] : [];
        _poles = new T[n];
        _weights = new T[n];
        _z = new T[n];
        _keys = new T[n];
        _row = new T[n];
        _values = new T[n];
        _order = new int[n];
        _merged = new int[n];
        _kept = new int[n];
        _column = new int[n];
        _type = new int[n];
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
                _values[i] = d[_order[i]];
            _values.CopyTo(diagonal, 0);
        }

        return _order;
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
            Sort(first, size, d);
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

    private void Sort(int first, int size, T* d)
    {
        Span<T> keys = _keys.AsSpan(first, size);
        Span<int> order = _order.AsSpan(first, size);
        for (int i = 0; i < size; i++)
        {
            keys[i] = d[first + i];
            order[i] = first + i;
        }

        keys.Sort(order);
    }

    /// <summary>Eigenvalues and vectors of diag(T1, T2) + rho v v' from those of T1 and T2.</summary>
    private void Merge(int first, int middle, int end, T rho, T* d, T* q)
    {
        int size = end - first, n1 = middle - first;
        T two = T.One + T.One, half = T.One / two, scale = T.Sqrt(half);

        // z = (last row of Q1, first row of Q2) up to sign, of norm 1 after the division by sqrt 2.
        T sign = rho < T.Zero ? -scale : scale;
        T largest = T.Zero, largestWeight = T.Zero;
        for (int i = first; i < end; i++)
        {
            _z[i] = i < middle ? scale * q[((nint)i * _n) + middle - 1] : sign * q[((nint)i * _n) + middle];
            largest = T.Max(largest, T.Abs(d[i]));
            largestWeight = T.Max(largestWeight, T.Abs(_z[i]));
        }

        rho = T.Abs(two * rho);
        T tolerance = T.CreateTruncating(4) * SpectralKernels.Epsilon<T>() * T.Max(largest, largestWeight);
        if (rho * largestWeight <= tolerance)
        {
            Sort(first, size, d);
            return;
        }

        MergeOrders(first, middle, end, d);
        int kept = Deflate(first, middle, end, rho, tolerance, d, q);
        if (kept == 0)
        {
            Sort(first, size, d);
            return;
        }

        // Rows are packed by where their elements are: left half only, everywhere, right half only.
        int upper = 0, dense = 0, lower = 0;
        for (int i = 0; i < kept; i++)
        {
            switch (_type[_kept[i]])
            {
                case Upper: upper++; break;
                case Dense: dense++; break;
                default: lower++; break;
            }
        }

        int n2 = size - n1, leftRows = upper + dense, rightRows = dense + lower;
        Span<T> left = _packed.AsSpan(0, leftRows * n1), right = _packed.AsSpan(leftRows * n1, rightRows * n2);
        int nextUpper = 0, nextDense = upper, nextLower = upper + dense;
        for (int i = 0; i < kept; i++)
        {
            int row = _kept[i], type = _type[row];
            int at = type == Upper ? nextUpper++ : type == Dense ? nextDense++ : nextLower++;
            _column[i] = at;
            T* source = q + ((nint)row * _n) + first;
            if (type != Lower)
                new Span<T>(source, n1).CopyTo(left.Slice(at * n1, n1));
            if (type != Upper)
                new Span<T>(source + n1, n2).CopyTo(right.Slice((at - upper) * n2, n2));
        }

        // The kept rows receive the new vectors; the deflated ones stay where they are.
        SolveSecular(kept, rho, d);
        int targetsFrom = KeepRowsTogether(first, end, kept, d, q);
        for (int i = 0; i < kept; i++)
            d[targetsFrom + i] = _values[i];
        Span<T> target = new(q + ((nint)targetsFrom * _n) + first, ((kept - 1) * _n) + size);
        Multiply(kept, n1, leftRows, _secular, left, target);
        Multiply(kept, n2, rightRows, _secular.AsSpan(upper), right, target[n1..]);
        Sort(first, size, d);
    }

    private void Multiply(int rows, int columns, int depth, ReadOnlySpan<T> factors, ReadOnlySpan<T> packed, Span<T> target)
    {
        if (depth > 0)
        {
            Blas.Gemm(false, false, rows, columns, depth, T.One, factors, rows, packed, columns, T.Zero, target, _n);
            return;
        }

        for (int i = 0; i < rows; i++)
            target.Slice(i * _n, columns).Clear();
    }

    private void MergeOrders(int first, int middle, int end, T* d)
    {
        int a = first, b = middle;
        for (int i = first; i < end; i++)
            _merged[i] = b == end || (a < middle && d[_order[a]] <= d[_order[b]]) ? _order[a++] : _order[b++];
    }

    /// <summary>Splits off what need not be changed; the kept poles, weights and rows are listed in ascending order.</summary>
    private int Deflate(int first, int middle, int end, T rho, T tolerance, T* d, T* q)
    {
        int kept = 0, previous = -1, size = end - first;
        for (int at = first; at < end; at++)
        {
            int here = _merged[at];
            _type[here] = here < middle ? Upper : Lower;
            if (rho * T.Abs(_z[here]) <= tolerance)
            {
                _type[here] = Deflated;
                continue;
            }

            if (previous >= 0)
            {
                // Would a rotation that makes one weight zero leave a negligible element outside the diagonal?
                T s = _z[previous], c = _z[here], norm = T.Hypot(c, s), gap = d[here] - d[previous];
                c /= norm;
                s = -s / norm;
                if (T.Abs(gap * c * s) <= tolerance)
                {
                    _z[here] = norm;
                    _z[previous] = T.Zero;
                    if (_type[here] != _type[previous])
                        _type[here] = Dense;
                    _type[previous] = Deflated;
                    SpectralKernels.Rotate(q + ((nint)previous * _n) + first, q + ((nint)here * _n) + first, size, c, s);
                    T low = d[previous], high = d[here];
                    d[previous] = (low * c * c) + (high * s * s);
                    d[here] = (low * s * s) + (high * c * c);
                    previous = here;
                    continue;
                }

                Keep(previous);
            }

            previous = here;
        }

        if (previous >= 0)
            Keep(previous);
        return kept;

        void Keep(int row)
        {
            _poles[kept] = d[row];
            _weights[kept] = _z[row];
            _kept[kept++] = row;
        }
    }

    /// <summary>The eigenvectors of diag(poles) + rho z z' as rows, with their elements in the order of the packed rows; the roots go to the values.</summary>
    private void SolveSecular(int k, T rho, T* d)
    {
        int width = Vector256<T>.Count;
        fixed (T* poles = _poles, weights = _weights, secular = _secular, product = _z, row = _row)
        {
            for (int j = 0; j < k; j++)
            {
                T root = SecularEquation.Solve(k, j, poles, weights, rho, false, secular + ((nint)j * k), out int origin);
                _values[j] = poles[origin] + root;
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
            {
                T* vector = secular + ((nint)j * k);
                int i = 0;
                for (; i <= k - width; i += width)
                    (Vector256.Load(product + i) / Vector256.Load(vector + i)).Store(row + i);
                for (; i < k; i++)
                    row[i] = product[i] / vector[i];
                T norm = T.Sqrt(SpectralKernels.Dot(row, row, k));
                T inverse = T.One / norm;
                for (i = 0; i < k; i++)
                    vector[_column[i]] = row[i] * inverse;
            }
        }
    }

    /// <summary>Moves the deflated rows to the end of the range, so that the new vectors can be written as one matrix from the first row on.</summary>
    private int KeepRowsTogether(int first, int end, int kept, T* d, T* q)
    {
        int size = end - first, hole = first;
        for (int row = first + kept; row < end; row++)
        {
            if (_type[row] == Deflated)
                continue;
            // A kept row beyond the first k is free: a deflated one within them goes there.
            while (_type[hole] != Deflated)
                hole++;
            new Span<T>(q + ((nint)hole * _n) + first, size).CopyTo(new Span<T>(q + ((nint)row * _n) + first, size));
            d[row] = d[hole];
            hole++;
        }

        return first;
    }
}
