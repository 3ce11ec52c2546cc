using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The QR factorization of a tall matrix that is given by its transpose: the k rows, of length m >= k, are its columns. Blocked, with all vectors as rows.
/// </summary>
/// <remarks>Golub and Van Loan (2013), Matrix computations, section 5.2.</remarks>
internal sealed unsafe class RowHouseholder<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T[] _tau;
    private readonly T[] _dots;
    private readonly BlockReflector<T> _reflector;
    private readonly int _k;
    private readonly int _m;

    /// <param name="k">The rows.</param>
    /// <param name="m">Their length, at least k.</param>
    /// <param name="lines">The most rows that Q is applied to.</param>
    public RowHouseholder(int k, int m, int lines)
    {
        _k = k;
        _m = m;
        _tau = new T[k];
        _dots = new T[k];
        _reflector = new BlockReflector<T>(Math.Clamp(k, 1, 32), m, Math.Max(lines, k));
    }

    /// <summary>Factors in place: element (j, i) becomes R[i, j] for i &lt;= j, and the reflection vectors lie beyond the diagonal.</summary>
    public void Factor(Span<T> rows, int ld)
    {
        int block = _reflector.Block;
        fixed (T* a = rows, dots = _dots)
        {
            for (int first = 0; first < _k; first += block)
            {
                int size = Math.Min(block, _k - first), next = first + size;
                for (int j = first; j < next; j++)
                {
                    T* row = a + ((nint)j * ld) + j;
                    T beta = row[0];
                    T tau = _tau[j] = SpectralKernels.Reflector(ref beta, row + 1, _m - j - 1);
                    row[0] = T.One;
                    SpectralKernels.DotRows(next - j - 1, _m - j, row + ld, ld, row, dots);
                    for (int i = j + 1; i < next; i++)
                        SpectralKernels.AddScaled(-tau * dots[i - j - 1], row, a + ((nint)i * ld) + j, _m - j);
                    row[0] = beta;
                }

                if (next == _k)
                    return;
                Form(rows, ld, first, size);
                _reflector.ApplyRight(size, _m - first, false, rows[((next * ld) + first)..], _k - next, ld);
            }
        }
    }

    /// <summary>Each row x', m elements, becomes (Q x)' with the full Q of the factors.</summary>
    public void ApplyToRows(ReadOnlySpan<T> factors, int ld, Span<T> x, int lines, int ldx)
    {
        int block = _reflector.Block;
        for (int first = (_k - 1) / block * block; first >= 0 && _k > 0; first -= block)
        {
            int size = Math.Min(block, _k - first);
            Form(factors, ld, first, size);
            _reflector.ApplyRight(size, _m - first, true, x[first..], lines, ldx);
        }
    }

    /// <summary>Writes the first k columns of Q as rows.</summary>
    public void FormRows(ReadOnlySpan<T> factors, int ld, Span<T> q, int ldq)
    {
        for (int i = 0; i < _k; i++)
        {
            q.Slice(i * ldq, _m).Clear();
            q[(i * ldq) + i] = T.One;
        }

        ApplyToRows(factors, ld, q, _k, ldq);
    }

    private void Form(ReadOnlySpan<T> factors, int ld, int first, int size)
    {
        for (int q = 0; q < size; q++)
        {
            Span<T> v = _reflector.Vector(q);
            v[..q].Clear();
            v[q] = T.One;
            factors.Slice(((first + q) * ld) + first + q + 1, _m - first - q - 1).CopyTo(v[(q + 1)..]);
        }

        _reflector.Form(size, _m - first, _tau.AsSpan(first, size));
    }
}
