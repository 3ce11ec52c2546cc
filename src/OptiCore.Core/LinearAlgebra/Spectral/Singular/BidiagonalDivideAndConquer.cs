using System.Numerics;

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
    private readonly int _n;
    private readonly int _leaf;
    private readonly T[] _leftSecular;
    private readonly T[] _rightSecular;
    private readonly MergeStep<T> _step;

    /// <summary>Buffers for matrices up to an order. <paramref name="packed"/>: n^2 elements that may be used.</summary>
    public BidiagonalDivideAndConquer(int n, T[] packed, int leaf = 24)
    {
        _n = n;
        _leaf = leaf;
        _leftSecular = n > leaf ? new T[n * n] : [];
        _rightSecular = n > leaf ? new T[n * n] : [];
        _step = new MergeStep<T>(n, packed);
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
            _step.Order.AsSpan().Reverse();
            for (int i = 0; i < _n; i++)
                _step.Values[i] = d[_step.Order[i]];
            _step.Values.CopyTo(diagonal, 0);
        }

        return _step.Order;
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
            _step.Sort(first, size, d);
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

    private void Merge(int first, int middle, int end, int extra, T alpha, T beta, T* d, T* u, T* v)
    {
        int size = end - first, n1 = middle - first, n2 = end - middle - 1, columns1 = n1 + 1, columns2 = n2 + extra;
        T[] z = _step.Z;
        T* middleV = v + ((nint)middle * _n), middleU = u + ((nint)middle * _n);

        // The middle row of B in the basis of the rows of V'.
        T largest = T.Max(T.Abs(alpha), T.Abs(beta));
        for (int i = first; i < end + extra; i++)
        {
            z[i] = i <= middle ? alpha * v[((nint)i * _n) + middle] : beta * v[((nint)i * _n) + middle + 1];
            if (i != middle && i < end)
                largest = T.Max(largest, d[i]);
        }

        // Against the whole matrix, of magnitude 1, such a block is zero.
        T epsilon = SpectralKernels.Epsilon<T>();
        if (largest <= SpectralKernels.SmallestNormal<T>() / epsilon)
        {
            middleU[middle] = T.One;
            d[middle] = T.Zero;
            _step.Sort(first, size, d);
            return;
        }

        T tolerance = T.CreateTruncating(4) * epsilon * largest;

        // Of the vectors without a singular value a rotation leaves one with weight 0; it is the extra vector of the whole.
        if (extra == 1)
        {
            T* lastV = v + ((nint)end * _n) + first;
            (T c, T s, T r) = SpectralKernels.Givens(z[middle], z[end]);
            SpectralKernels.Rotate(middleV + first, lastV, size + 1, c, s);
            z[middle] = r;
        }

        if (T.Abs(z[middle]) <= tolerance)
            z[middle] = T.CopySign(tolerance, z[middle]);
        middleU[middle] = T.One;
        d[middle] = T.Zero;
        _step.Type[middle] = MergeStep<T>.Dense;

        _step.Merge(first, middle, middle + 1, end, d);
        Deflate(first, middle, end, extra, tolerance, d, u, v);
        (int upper, int dense, _) = _step.Place(1);
        int kept = _step.Count;
        SolveSecular(kept, T.ILogB(largest));

        // V' first: the packed rows are those of V', then those of U'.
        int leftRows = upper + 1 + dense, skip = extra == 1 ? upper : upper + 1, rightRows = kept - skip;
        Span<T> packedLeft = _step.Packed.AsSpan(0, leftRows * columns1), packedRight = _step.Packed.AsSpan(leftRows * columns1, rightRows * columns2);
        for (int i = 0; i < kept; i++)
        {
            int row = _step.Kept[i], type = _step.Type[row], column = _step.Column[i];
            T* source = v + ((nint)row * _n) + first;
            if (type != MergeStep<T>.Lower)
                new Span<T>(source, columns1).CopyTo(packedLeft.Slice(column * columns1, columns1));
            if (type != MergeStep<T>.Upper && column >= skip)
                new Span<T>(source + columns1, columns2).CopyTo(packedRight.Slice((column - skip) * columns2, columns2));
        }

        _step.KeepRowsTogether(first, end, size + extra, v, null);
        T* target = v + ((nint)first * _n) + first;
        _step.Multiply(columns1, leftRows, _rightSecular, packedLeft, target);
        _step.Multiply(columns2, rightRows, _rightSecular.AsSpan(skip), packedRight, target + columns1);

        skip = upper + 1;
        rightRows = kept - skip;
        packedLeft = _step.Packed.AsSpan(0, leftRows * n1);
        packedRight = _step.Packed.AsSpan(leftRows * n1, rightRows * n2);
        packedLeft.Slice(upper * n1, n1).Clear();
        for (int i = 1; i < kept; i++)
        {
            int row = _step.Kept[i], type = _step.Type[row], column = _step.Column[i];
            T* source = u + ((nint)row * _n) + first;
            if (type != MergeStep<T>.Lower)
                new Span<T>(source, n1).CopyTo(packedLeft.Slice(column * n1, n1));
            if (type != MergeStep<T>.Upper)
                new Span<T>(source + n1 + 1, n2).CopyTo(packedRight.Slice((column - skip) * n2, n2));
        }

        _step.KeepRowsTogether(first, end, size, u, d);
        target = u + ((nint)first * _n) + first;
        _step.Multiply(n1, leftRows, _leftSecular, packedLeft, target);
        _step.Multiply(n2, rightRows, _leftSecular.AsSpan(skip), packedRight, target + n1 + 1);
        for (int i = 0; i < kept; i++)
        {
            target[((nint)i * _n) + n1] = _leftSecular[(i * kept) + upper];
            d[first + i] = _step.Values[i];
        }

        _step.Sort(first, size, d);
    }

    /// <summary>Lists the kept poles, the zero of the middle row first; rows not kept have the type <see cref="MergeStep{T}.Deflated"/>.</summary>
    private void Deflate(int first, int middle, int end, int extra, T tolerance, T* d, T* u, T* v)
    {
        int previous = -1, size = end - first;
        T[] z = _step.Z;
        T half = tolerance / (T.One + T.One);
        _step.Count = 0;
        _step.Keep(middle, d[middle]);
        for (int at = 0; at < size - 1; at++)
        {
            int here = _step.Merged[at];
            _step.Type[here] = here < middle ? MergeStep<T>.Upper : MergeStep<T>.Lower;
            if (T.Abs(z[here]) <= tolerance)
            {
                _step.Type[here] = MergeStep<T>.Deflated;
                continue;
            }

            if (previous >= 0)
            {
                if (T.Abs(d[here] - d[previous]) <= tolerance)
                {
                    T s = z[previous], c = z[here], norm = T.Hypot(c, s);
                    z[here] = norm;
                    z[previous] = T.Zero;
                    c /= norm;
                    s = -s / norm;
                    _step.Unite(previous, here);
                    SpectralKernels.Rotate(u + ((nint)previous * _n) + first, u + ((nint)here * _n) + first, size, c, s);
                    SpectralKernels.Rotate(v + ((nint)previous * _n) + first, v + ((nint)here * _n) + first, size + extra, c, s);
                    previous = here;
                    continue;
                }

                _step.Keep(previous, d[previous]);
            }

            previous = here;
        }

        if (previous >= 0)
            _step.Keep(previous, d[previous]);

        // The smallest pole beside 0 must be told from it.
        if (_step.Count > 1 && _step.Poles[1] <= half)
            _step.Poles[1] = half;
    }

    /// <summary>The singular vectors of the matrix with first row z and diagonal d below, as rows in the order of the packed rows.</summary>
    private void SolveSecular(int k, int exponent)
    {
        T[] allPoles = _step.Poles, allWeights = _step.Weights;

        // Squares, and the squares of those, must neither overflow nor underflow.
        for (int i = 0; i < k; i++)
        {
            allPoles[i] = T.ScaleB(allPoles[i], -exponent);
            allWeights[i] = T.ScaleB(allWeights[i], -exponent);
        }

        fixed (T* poles = allPoles, weights = allWeights, right = _rightSecular, left = _leftSecular, product = _step.Z, row = _step.Row)
        {
            T norm = Numerics.Reduce.Norm<T>(allWeights.AsSpan(0, k)), rho = norm * norm;
            for (int i = 0; i < k; i++)
                weights[i] /= norm;
            for (int j = 0; j < k; j++)
            {
                T root = SecularEquation.Solve(k, j, poles, weights, rho, true, right + ((nint)j * k), out int origin);
                T pole = poles[origin];
                _step.Values[j] = T.ScaleB(pole + (root / (pole + T.Sqrt((pole * pole) + root))), exponent);
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
                _step.WriteVector(product, vector);
                for (int i = 1; i < k; i++)
                    row[i] *= poles[i];
                row[0] = -T.One;
                _step.Scatter(row, leftVector);
            }
        }
    }
}
