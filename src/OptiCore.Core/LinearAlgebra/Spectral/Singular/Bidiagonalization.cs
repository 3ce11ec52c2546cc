using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The reduction of an m x n matrix with m >= n to upper bidiagonal form, A = Q B P', by blocked Householder reflections. All reflection vectors are kept as rows.
/// </summary>
/// <remarks>
/// Half of the 4 n^2 (m - n/3) operations are products of the matrix with a vector from either side, the other half updates by matrix products.
/// Golub and Kahan (1965), Calculating the singular values and pseudo-inverse of a matrix; Dongarra, Hammarling and Sorensen (1989), Block reduction of
/// matrices to condensed forms for eigenvalue computations.
/// </remarks>
internal sealed unsafe class Bidiagonalization<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int Panel = 32;

    private readonly int _m;
    private readonly int _n;
    private readonly T[] _left;
    private readonly T[] _right;
    private readonly T[] _leftTau;
    private readonly T[] _rightTau;
    private readonly T[] _tall;
    private readonly T[] _wide;
    private readonly T[] _coefficients = new T[2 * Panel];
    private readonly bool _vectors;
    private readonly BlockReflector<T>? _leftReflector;
    private readonly BlockReflector<T>? _rightReflector;

    /// <param name="m">The rows.</param>
    /// <param name="n">The columns, at most m.</param>
    /// <param name="leftRows">The number of left vectors that are transformed back; 0 where no vectors are wanted.</param>
    public Bidiagonalization(int m, int n, int leftRows)
    {
        _m = m;
        _n = n;
        _vectors = leftRows > 0;
        _left = _vectors ? new T[checked(m * n)] : [];
        _right = _vectors ? new T[n * n] : [];
        _leftTau = new T[n];
        _rightTau = new T[n];
        _tall = new T[2 * Panel * m];
        _wide = new T[2 * Panel * n];
        if (_vectors)
        {
            int block = n >= 192 ? 64 : 32;
            _leftReflector = new BlockReflector<T>(block, m, leftRows);
            _rightReflector = new BlockReflector<T>(block, n, n);
        }
    }

    /// <summary>Overwrites A; d and e receive the bidiagonal.</summary>
    public void Reduce(T[] a, Span<T> d, Span<T> e)
    {
        for (int first = 0; first < _n; first += Panel)
        {
            int size = Math.Min(Panel, _n - first), next = first + size;
            ReducePanel(a, first, size, d, e);
            if (next < _n)
            {
                Blas.Gemm(
                    true, false, _m - next, _n - next, 2 * size, -T.One, _tall.AsSpan(next), _m, _wide.AsSpan(next), _n,
                    T.One, a.AsSpan((next * _n) + next), _n);
            }
        }
    }

    /// <summary>Each row x', m elements, becomes (Q x)'.</summary>
    public void ApplyLeftToRows(Span<T> x, int rows, int ldx) => ApplyToRows(_leftReflector!, _left, _m, 0, _leftTau, _n, x, rows, ldx);

    /// <summary>Each row x', n elements, becomes (P x)'.</summary>
    public void ApplyRightToRows(Span<T> x, int rows, int ldx) => ApplyToRows(_rightReflector!, _right, _n, 1, _rightTau, _n - 1, x, rows, ldx);

    /// <summary>Products x' H_k ... H_1 with reflections whose vectors begin at element i + offset.</summary>
    private static void ApplyToRows(BlockReflector<T> reflector, T[] vectors, int length, int offset, T[] tau, int count, Span<T> x, int rows, int ldx)
    {
        int block = reflector.Block;
        for (int first = (count - 1) / block * block; first >= 0 && count > 0; first -= block)
        {
            int size = Math.Min(block, count - first), start = first + offset, width = length - start;
            for (int q = 0; q < size; q++)
                vectors.AsSpan(((first + q) * length) + start, width).CopyTo(reflector.Vector(q));
            reflector.Form(size, width, tau.AsSpan(first, size));
            reflector.ApplyRight(size, width, true, x[start..], rows, ldx);
        }
    }

    // With U, V the reflection vectors: the current matrix is A - U' Y - X' V, where A is left alone until the panel is done.
    private void ReducePanel(T[] matrix, int first, int size, Span<T> d, Span<T> e)
    {
        int m = _m, n = _n;
        fixed (T* a = matrix, u = _tall, y = _wide, coefficients = _coefficients)
        {
            T* x = u + ((nint)size * m), v = y + ((nint)size * n);
            for (int p = 0; p < size; p++)
            {
                int c = first + p, rows = m - c, rest = n - c - 1;
                T* up = u + ((nint)p * m) + c, yp = y + ((nint)p * n) + c + 1, xp = x + ((nint)p * m) + c + 1, vp = v + ((nint)p * n) + c + 1;
                T* line = a + ((nint)c * n) + c;
                for (int i = 0; i < rows; i++)
                    up[i] = line[(nint)i * n];
                Gather(p, y + c, n, v + c, n, coefficients, true);
                SpectralKernels.AddRows(p, rows, coefficients, u + c, m, up);
                SpectralKernels.AddRows(p, rows, coefficients + Panel, x + c, m, up);
                T beta = up[0];
                T tau = SpectralKernels.Reflector(ref beta, up + 1, rows - 1);
                up[0] = T.One;
                d[c] = beta;
                _leftTau[c] = tau;
                if (_vectors)
                {
                    Span<T> row = _left.AsSpan(c * m, m);
                    row[..c].Clear();
                    new Span<T>(up, rows).CopyTo(row[c..]);
                }

                if (rest == 0)
                    return;

                // y = tau A' u of the current matrix.
                new Span<T>(yp, rest).Clear();
                SpectralKernels.AddRows(rows, rest, up, line + 1, n, yp);
                SpectralKernels.DotRows(p, rows, u + c, m, up, coefficients);
                SpectralKernels.DotRows(p, rows, x + c, m, up, coefficients + Panel);
                Negate(p, coefficients);
                SpectralKernels.AddRows(p, rest, coefficients, y + c + 1, n, yp);
                SpectralKernels.AddRows(p, rest, coefficients + Panel, v + c + 1, n, yp);
                SpectralKernels.Scale(tau, yp, rest);

                // The row, with this reflection and all before.
                new Span<T>(line + 1, rest).CopyTo(new Span<T>(vp, rest));
                Gather(p, u + c, m, x + c, m, coefficients, true);
                SpectralKernels.AddRows(p, rest, coefficients, y + c + 1, n, vp);
                SpectralKernels.AddScaled(-T.One, yp, vp, rest);
                SpectralKernels.AddRows(p, rest, coefficients + Panel, v + c + 1, n, vp);
                beta = vp[0];
                tau = SpectralKernels.Reflector(ref beta, vp + 1, rest - 1);
                vp[0] = T.One;
                e[c] = beta;
                _rightTau[c] = tau;
                if (_vectors)
                {
                    Span<T> row = _right.AsSpan(c * n, n);
                    row[..(c + 1)].Clear();
                    new Span<T>(vp, rest).CopyTo(row[(c + 1)..]);
                }

                // x = tau A v of the current matrix.
                SpectralKernels.DotRows(rows - 1, rest, line + n + 1, n, vp, xp);
                SpectralKernels.DotRows(p + 1, rest, y + c + 1, n, vp, coefficients);
                SpectralKernels.DotRows(p, rest, v + c + 1, n, vp, coefficients + Panel);
                Negate(p + 1, coefficients);
                SpectralKernels.AddRows(p + 1, rows - 1, coefficients, u + c + 1, m, xp);
                SpectralKernels.AddRows(p, rows - 1, coefficients + Panel, x + c + 1, m, xp);
                SpectralKernels.Scale(tau, xp, rows - 1);
            }
        }
    }

    private static void Gather(int count, T* first, nint ldFirst, T* second, nint ldSecond, T* coefficients, bool negate)
    {
        for (int q = 0; q < count; q++)
        {
            coefficients[q] = first[q * ldFirst];
            coefficients[q + Panel] = second[q * ldSecond];
        }

        if (negate)
            Negate(count, coefficients);
    }

    private static void Negate(int count, T* coefficients)
    {
        for (int q = 0; q < count; q++)
        {
            coefficients[q] = -coefficients[q];
            coefficients[q + Panel] = -coefficients[q + Panel];
        }
    }
}
