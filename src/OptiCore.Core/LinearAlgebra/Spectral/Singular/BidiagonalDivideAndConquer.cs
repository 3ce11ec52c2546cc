using System.Numerics;
using System.Runtime.Intrinsics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// All singular values and vectors of an upper bidiagonal matrix, B = U S V', by divide and conquer: a row is taken out of the middle, and put back by a secular equation for
/// the squared singular values. Singular vectors are rows.
/// </summary>
/// <remarks>
/// A half above the middle has one column more than rows, so its V has a vector beyond its singular values. See
/// <see cref="TridiagonalDivideAndConquer{T}"/> for deflation and the order of the packed rows, here: those of the upper half, the row of the middle, rotated ones, those of the lower half.
/// Gu and Eisenstat (1995), A divide-and-conquer algorithm for the bidiagonal SVD.
/// </remarks>
internal sealed unsafe class BidiagonalDivideAndConquer<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int Upper = 0, Dense = 1, Lower = 2, Deflated = 3;

    private readonly int _n;
    private readonly int _leaf;
    private readonly T[] _packed;
    private readonly T[] _leftSecular;
    private readonly T[] _rightSecular;
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
    public BidiagonalDivideAndConquer(int n, T[] packed, int leaf = 24)
    {
        _n = n;
        _leaf = leaf;
        _packed = packed;
        _leftSecular = n > leaf ? new T[n * n] : [];
        _rightSecular = n > leaf ? new T[n * n] : [];
        _poles = new T[n];
        _weights = new T[n];
        _z = new T[n + 1];
        _keys = new T[n];
        _row = new T[n];
        _values = new T[n];
        _order = new int[n];
        _merged = new int[n];
        _kept = new int[n];
        _column = new int[n];
        _type = new int[n];
    }

    /// <summary>
    /// Replaces d by the singular values in descending order and overwrites U' and V', n x n, by rows in an order that is returned; empty where an iteration did not converge.
    /// The elements should be scaled to a magnitude of about 1.
    /// </summary>
    public ReadOnlySpan<int> Solve(T[] diagonal, T[] offDiagonal, T[] left, T[] right)
    {
        // Outside of the block on the diagonal that a step works on, all stays zero.
        left.AsSpan().Clear();
        right.AsSpan().Clear();
        fixed (T* d = diagonal, e = offDiagonal, u = left, v = right)
        {
            if (!Divide(0, _n, 0, d, e, u, v))
                return default;
            _order.AsSpan().Reverse();
            for (int i = 0; i < _n; i++)
                _values[i] = d[_order[i]];
            _values.CopyTo(diagonal, 0);
        }

        return _order;
    }

    /// <summary>Rows first to end - 1 of B, with columns to end - 1 + extra.</summary>
    private bool Divide(int first, int end, int extra, T* d, T* e, T* u, T* v)
    {
        int size = end - first;
        if (size <= _leaf)
        {
            T* ub = u + ((nint)first * _n) + first, vb = v + ((nint)first * _n) + first;
            Identity(ub, size);
            Identity(vb, size + extra);
            if (extra == 1)
                BidiagonalQr.RemoveLastColumn(size, d + first, e + first, ub, _n, size, vb, _n, size + 1);
            if (!BidiagonalQr.Run(size, d + first, e + first, ub, _n, size, vb, _n, size + extra))
                return false;
            Sort(first, size, d);
            return true;
        }

        int middle = first + (size / 2);
        T alpha = d[middle], beta = e[middle];
        if (!Divide(first, middle, 1, d, e, u, v) || !Divide(middle + 1, end, extra, d, e, u, v))
            return false;
        Merge(first, middle, end, extra, alpha, beta, d, u, v);
        return true;
    }

    private void Identity(T* block, int size)
    {
        for (int i = 0; i < size; i++)
            block[((nint)i * _n) + i] = T.One;
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

    private void Merge(int first, int middle, int end, int extra, T alpha, T beta, T* d, T* u, T* v)
    {
        int size = end - first, n1 = middle - first, n2 = end - middle - 1, columns1 = n1 + 1, columns2 = n2 + extra;
        T* middleV = v + ((nint)middle * _n), middleU = u + ((nint)middle * _n);

        // The middle row of B in the basis of the rows of V'.
        T largest = T.Max(T.Abs(alpha), T.Abs(beta));
        for (int i = first; i < end + extra; i++)
        {
            _z[i] = i <= middle ? alpha * v[((nint)i * _n) + middle] : beta * v[((nint)i * _n) + middle + 1];
            if (i != middle && i < end)
                largest = T.Max(largest, d[i]);
        }

        // Against the whole matrix, of magnitude 1, such a block is zero.
        T epsilon = SpectralKernels.Epsilon<T>();
        if (largest <= SpectralKernels.SmallestNormal<T>() / epsilon)
        {
            middleU[middle] = T.One;
            d[middle] = T.Zero;
            Sort(first, size, d);
            return;
        }

        T tolerance = T.CreateTruncating(4) * epsilon * largest;

        // Of the vectors without a singular value a rotation leaves one with weight 0; it is the extra vector of the whole.
        if (extra == 1)
        {
            T* lastV = v + ((nint)end * _n) + first;
            (T c, T s, T r) = SpectralKernels.Givens(_z[middle], _z[end]);
            SpectralKernels.Rotate(middleV + first, lastV, size + 1, c, s);
            _z[middle] = r;
        }

        if (T.Abs(_z[middle]) <= tolerance)
            _z[middle] = T.CopySign(tolerance, _z[middle]);
        middleU[middle] = T.One;
        d[middle] = T.Zero;
        _type[middle] = Dense;

        int a = first, b = middle + 1, at = 0;
        while (a < middle || b < end)
            _merged[at++] = b == end || (a < middle && d[_order[a]] <= d[_order[b]]) ? _order[a++] : _order[b++];
        int kept = Deflate(first, middle, end, extra, tolerance, d, u, v);

        int upper = 0, dense = 0, lower = 0;
        for (int i = 1; i < kept; i++)
        {
            switch (_type[_kept[i]])
            {
                case Upper: upper++; break;
                case Dense: dense++; break;
                default: lower++; break;
            }
        }

        int nextUpper = 0, nextDense = upper + 1, nextLower = upper + 1 + dense;
        _column[0] = upper;
        for (int i = 1; i < kept; i++)
        {
            int type = _type[_kept[i]];
            _column[i] = type == Upper ? nextUpper++ : type == Dense ? nextDense++ : nextLower++;
        }

        SolveSecular(kept, T.ILogB(largest));

        // V' first: the packed rows are those of V', then those of U'.
        int leftRows = upper + 1 + dense, skip = extra == 1 ? upper : upper + 1, rightRows = kept - skip;
        Span<T> packedLeft = _packed.AsSpan(0, leftRows * columns1), packedRight = _packed.AsSpan(leftRows * columns1, rightRows * columns2);
        for (int i = 0; i < kept; i++)
        {
            int row = _kept[i], type = _type[row], column = _column[i];
            T* source = v + ((nint)row * _n) + first;
            if (type != Lower)
                new Span<T>(source, columns1).CopyTo(packedLeft.Slice(column * columns1, columns1));
            if (type != Upper && column >= skip)
                new Span<T>(source + columns1, columns2).CopyTo(packedRight.Slice((column - skip) * columns2, columns2));
        }

        KeepRowsTogether(first, end, kept, size + extra, v, null);
        T* target = v + ((nint)first * _n) + first;
        Multiply(kept, columns1, leftRows, _rightSecular, packedLeft, target);
        Multiply(kept, columns2, rightRows, _rightSecular.AsSpan(skip), packedRight, target + columns1);

        skip = upper + 1;
        rightRows = kept - skip;
        packedLeft = _packed.AsSpan(0, leftRows * n1);
        packedRight = _packed.AsSpan(leftRows * n1, rightRows * n2);
        packedLeft.Slice(upper * n1, n1).Clear();
        for (int i = 1; i < kept; i++)
        {
            int row = _kept[i], type = _type[row], column = _column[i];
            T* source = u + ((nint)row * _n) + first;
            if (type != Lower)
                new Span<T>(source, n1).CopyTo(packedLeft.Slice(column * n1, n1));
            if (type != Upper)
                new Span<T>(source + n1 + 1, n2).CopyTo(packedRight.Slice((column - skip) * n2, n2));
        }

        KeepRowsTogether(first, end, kept, size, u, d);
        target = u + ((nint)first * _n) + first;
        Multiply(kept, n1, leftRows, _leftSecular, packedLeft, target);
        Multiply(kept, n2, rightRows, _leftSecular.AsSpan(skip), packedRight, target + n1 + 1);
        for (int i = 0; i < kept; i++)
        {
            target[((nint)i * _n) + n1] = _leftSecular[(i * kept) + upper];
            d[first + i] = _values[i];
        }

        Sort(first, size, d);
    }

    private void Multiply(int rows, int columns, int depth, ReadOnlySpan<T> factors, ReadOnlySpan<T> packed, T* target)
    {
        if (columns == 0)
            return;
        var c = new Span<T>(target, ((rows - 1) * _n) + columns);
        if (depth > 0)
        {
            Blas.Gemm(false, false, rows, columns, depth, T.One, factors, rows, packed, columns, T.Zero, c, _n);
            return;
        }

        for (int i = 0; i < rows; i++)
            c.Slice(i * _n, columns).Clear();
    }

    /// <summary>Lists the kept poles, the zero of the middle row first; rows not kept have the type <see cref="Deflated"/>.</summary>
    private int Deflate(int first, int middle, int end, int extra, T tolerance, T* d, T* u, T* v)
    {
        int kept = 0, previous = -1, size = end - first;
        T half = tolerance / (T.One + T.One);
        Keep(middle);
        for (int at = 0; at < size - 1; at++)
        {
            int here = _merged[at];
            _type[here] = here < middle ? Upper : Lower;
            if (T.Abs(_z[here]) <= tolerance)
            {
                _type[here] = Deflated;
                continue;
            }

            if (previous >= 0)
            {
                if (T.Abs(d[here] - d[previous]) <= tolerance)
                {
                    T s = _z[previous], c = _z[here], norm = T.Hypot(c, s);
                    _z[here] = norm;
                    _z[previous] = T.Zero;
                    c /= norm;
                    s = -s / norm;
                    if (_type[here] != _type[previous])
                        _type[here] = Dense;
                    _type[previous] = Deflated;
                    SpectralKernels.Rotate(u + ((nint)previous * _n) + first, u + ((nint)here * _n) + first, size, c, s);
                    SpectralKernels.Rotate(v + ((nint)previous * _n) + first, v + ((nint)here * _n) + first, size + extra, c, s);
                    previous = here;
                    continue;
                }

                Keep(previous);
            }

            previous = here;
        }

        if (previous >= 0)
            Keep(previous);

        // The smallest pole beside 0 must be told from it.
        if (kept > 1 && _poles[1] <= half)
            _poles[1] = half;
        return kept;

        void Keep(int row)
        {
            _poles[kept] = d[row];
            _weights[kept] = _z[row];
            _kept[kept++] = row;
        }
    }

    /// <summary>The singular vectors of the matrix with first row z and diagonal d below, as rows in the order of the packed rows.</summary>
    private void SolveSecular(int k, int exponent)
    {
        int width = Vector256<T>.Count;

        // Squares, and the squares of those, must neither overflow nor underflow.
        for (int i = 0; i < k; i++)
        {
            _poles[i] = T.ScaleB(_poles[i], -exponent);
            _weights[i] = T.ScaleB(_weights[i], -exponent);
        }

        fixed (T* poles = _poles, weights = _weights, right = _rightSecular, left = _leftSecular, product = _z, row = _row)
        {
            T norm = Numerics.Reduce.Norm<T>(_weights.AsSpan(0, k)), rho = norm * norm;
            for (int i = 0; i < k; i++)
                weights[i] /= norm;
            for (int j = 0; j < k; j++)
            {
                T root = SecularEquation.Solve(k, j, poles, weights, rho, true, right + ((nint)j * k), out int origin);
                T pole = poles[origin];
                _values[j] = T.ScaleB(pole + (root / (pole + T.Sqrt((pole * pole) + root))), exponent);
                product[j] = T.One;
            }

            for (int j = 0; j < k; j++)
            {
                T* distance = right + ((nint)j * k);
                T own = product[j] * distance[j];
                SecularEquation.MultiplySquaredQuotients(j, distance, poles, poles[j], product);
                SecularEquation.MultiplySquaredQuotients(k - j - 1, distance + j + 1, poles + j + 1, poles[j], product + j + 1);
                product[j] = own;
            }

            for (int i = 0; i < k; i++)
                product[i] = T.CopySign(T.Sqrt(T.Abs(product[i])), weights[i]);
            for (int j = 0; j < k; j++)
            {
                T* vector = right + ((nint)j * k), leftVector = left + ((nint)j * k);
                int i = 0;
                for (; i <= k - width; i += width)
                    (Vector256.Load(product + i) / Vector256.Load(vector + i)).Store(row + i);
                for (; i < k; i++)
                    row[i] = product[i] / vector[i];
                Scatter(k, row, vector);
                for (i = 1; i < k; i++)
                    row[i] *= poles[i];
                row[0] = -T.One;
                Scatter(k, row, leftVector);
            }
        }
    }

    private void Scatter(int k, T* row, T* vector)
    {
        T inverse = T.One / T.Sqrt(SpectralKernels.Dot(row, row, k));
        for (int i = 0; i < k; i++)
            vector[_column[i]] = row[i] * inverse;
    }

    /// <summary>Moves the deflated rows to the end of the range; with d, their values too.</summary>
    private void KeepRowsTogether(int first, int end, int kept, int size, T* rows, T* d)
    {
        int hole = first;
        for (int row = first + kept; row < end; row++)
        {
            if (_type[row] == Deflated)
                continue;
            while (_type[hole] != Deflated)
                hole++;
            new Span<T>(rows + ((nint)hole * _n) + first, size).CopyTo(new Span<T>(rows + ((nint)row * _n) + first, size));
            if (d != null)
                d[row] = d[hole];
            hole++;
        }
    }
}
