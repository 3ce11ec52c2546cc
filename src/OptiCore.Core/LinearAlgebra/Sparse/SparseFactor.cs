using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The numeric part that <see cref="SparseCholesky{T}"/> and <see cref="SparseLdl{T}"/> share: P A P' = L D L' row by row ("up-looking"), row k of L being the solution of a triangular system with the rows before it.
/// </summary>
/// <remarks>T. A. Davis (2006), Direct methods for sparse linear systems, section 4.8.</remarks>
internal sealed class SparseFactor<T>(SparseAnalysis analysis) where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T[] _values = new T[analysis.FactorRows.Length];
    private readonly T[] _pivots = new T[analysis.Order];
    private readonly T[] _work = new T[analysis.Order];
    private readonly int[] _next = new int[analysis.Order];

    public SparseAnalysis Analysis => analysis;

    public ReadOnlySpan<T> Pivots => _pivots;

    public ReadOnlySpan<T> Values => _values;

    /// <summary>Whether the last factorization went to its end.</summary>
    public bool IsComplete { get; private set; }

    public bool TryFactor(CsrMatrix<T> a, bool positive, out int failedPivot)
    {
        analysis.Check(a);
        IsComplete = false;
        ref T source = ref MemoryMarshal.GetArrayDataReference(a.ValuesArray);
        ref T values = ref MemoryMarshal.GetArrayDataReference(_values);
        ref T work = ref MemoryMarshal.GetArrayDataReference(_work);
        ref int rows = ref MemoryMarshal.GetArrayDataReference(analysis.FactorRows);
        int[] starts = analysis.RowStarts, columns = analysis.RowColumns, from = analysis.Source, pattern = analysis.Pattern, patternStarts = analysis.PatternStarts, columnStarts = analysis.FactorStarts;
        Array.Clear(_work);
        columnStarts.AsSpan(0, analysis.Order).CopyTo(_next);
        for (int k = 0; k < _pivots.Length; k++)
        {
            int diagonal = starts[k + 1] - 1;
            for (int p = starts[k]; p < diagonal; p++)
                Unsafe.Add(ref work, columns[p]) = Unsafe.Add(ref source, from[p]);
            T pivot = from[diagonal] < 0 ? T.Zero : Unsafe.Add(ref source, from[diagonal]);
            for (int q = patternStarts[k]; q < patternStarts[k + 1]; q++)
            {
                int j = pattern[q], end = _next[j];
                T y = Unsafe.Add(ref work, j);
                Unsafe.Add(ref work, j) = T.Zero;
                for (int p = columnStarts[j]; p < end; p++)
                {
                    ref T target = ref Unsafe.Add(ref work, Unsafe.Add(ref rows, p));
                    target = T.FusedMultiplyAdd(-y, Unsafe.Add(ref values, p), target);
                }

                T l = y / _pivots[j];
                pivot = T.FusedMultiplyAdd(-l, y, pivot);
                Unsafe.Add(ref values, end) = l;
                _next[j] = end + 1;
            }

            if (!T.IsFinite(pivot) || (positive ? pivot <= T.Zero : T.IsZero(pivot)))
            {
                failedPivot = analysis.Permutation[k];
                return false;
            }

            _pivots[k] = pivot;
        }

        failedPivot = -1;
        IsComplete = true;
        return true;
    }

    public void Solve(ReadOnlySpan<T> b, Span<T> x)
    {
        Require.Length(b.Length, analysis.Order, nameof(b));
        Require.Length(x.Length, analysis.Order, nameof(x));
        if (!IsComplete)
            throw new InvalidOperationException("There is no complete factorization: TryFactor wasn't called, or its last call failed.");
        ReadOnlySpan<int> permutation = analysis.Permutation;
        int[] starts = analysis.FactorStarts, rows = analysis.FactorRows;
        T[] work = _work;
        for (int i = 0; i < work.Length; i++)
            work[i] = b[permutation[i]];
        ref T w = ref MemoryMarshal.GetArrayDataReference(work);
        ref T values = ref MemoryMarshal.GetArrayDataReference(_values);
        ref int row = ref MemoryMarshal.GetArrayDataReference(rows);
        for (int j = 0; j < work.Length; j++)
        {
            T value = -work[j];
            for (int p = starts[j]; p < starts[j + 1]; p++)
            {
                ref T target = ref Unsafe.Add(ref w, Unsafe.Add(ref row, p));
                target = T.FusedMultiplyAdd(value, Unsafe.Add(ref values, p), target);
            }
        }

        for (int j = work.Length - 1; j >= 0; j--)
        {
            T sum = work[j] / _pivots[j];
            for (int p = starts[j]; p < starts[j + 1]; p++)
                sum = T.FusedMultiplyAdd(-Unsafe.Add(ref values, p), Unsafe.Add(ref w, Unsafe.Add(ref row, p)), sum);
            work[j] = sum;
        }

        for (int i = 0; i < work.Length; i++)
            x[permutation[i]] = work[i];
    }

    public double LogAbsDeterminant()
    {
        if (!IsComplete)
            throw new InvalidOperationException("There is no complete factorization: TryFactor wasn't called, or its last call failed.");
        double sum = 0;
        foreach (T pivot in _pivots)
            sum += Math.Log(Math.Abs(Krylov.ToDouble(pivot)));
        return sum;
    }

    /// <summary>L in compressed rows, with ones on its diagonal, or scaled by the roots of the pivots.</summary>
    public CsrMatrix<T> Lower(bool roots)
    {
        int n = analysis.Order;
        int[] starts = new int[n + 1], indices = new int[_values.Length + n];
        T[] values = new T[indices.Length];
        for (int j = 0; j < n; j++)
        {
            T scale = roots ? T.Sqrt(_pivots[j]) : T.One;
            int at = starts[j];
            indices[at] = j;
            values[at++] = scale;
            for (int p = analysis.FactorStarts[j]; p < analysis.FactorStarts[j + 1]; p++, at++)
                (indices[at], values[at]) = (analysis.FactorRows[p], _values[p] * scale);
            starts[j + 1] = at;
        }

        return new CsrMatrix<T>(n, n, starts, indices, values).Transpose();
    }
}
