using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The reduction of a symmetric matrix to tridiagonal form, A = Q T Q', by blocked Householder reflections from the last row up, so that every vector is a row.
/// </summary>
/// <remarks>
/// Half of the 4 n^3 / 3 operations are products of a symmetric matrix and a vector, the other half updates by matrix products.
/// Dongarra, Hammarling and Sorensen (1989), Block reduction of matrices to condensed forms for eigenvalue computations.
/// </remarks>
internal sealed unsafe class Tridiagonalization<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    // 32 reflections per panel: the updates inside a panel then cost a few per cent of the products with the whole matrix.
    private const int Panel = 32;
    private const int UpdateRows = 96;

    private readonly int _n;
    private readonly T[] _panel;
    private readonly T[] _coefficients = new T[4 * Panel];
    private readonly T[] _tau;
    private readonly BlockReflector<T>? _reflector;

    public Tridiagonalization(int n, bool vectors)
    {
        _n = n;
        // V, W and V again: V W' + W V' is then one product of (V, W)' and (W, V).
        _panel = new T[3 * Panel * Math.Max(1, n)];
        _tau = new T[Math.Max(1, n)];
        if (vectors)
            _reflector = new BlockReflector<T>(n >= 192 ? 64 : 32, n, n);
    }

    /// <summary>Reduces the lower triangle in place: row i keeps the vector of reflection i in its first i elements.</summary>
    public void Reduce(T[] a, Span<T> diagonal, Span<T> offDiagonal)
    {
        int left = _n;
        while (left > 0)
        {
            int size = Math.Min(left, Panel);
            ReducePanel(a, left, size, diagonal, offDiagonal);
            left -= size;
            for (int first = 0; first < left; first += UpdateRows)
            {
                int rows = Math.Min(UpdateRows, left - first);
                Blas.Gemm(
                    true, false, rows, first + rows, 2 * size, -T.One, _panel.AsSpan(first), _n, _panel.AsSpan(size * _n), _n,
                    T.One, a.AsSpan(first * _n), _n);
            }
        }
    }

    /// <summary>X = X Q', for a matrix whose rows are vectors: each row x' becomes (Q x)'.</summary>
    public void ApplyToRows(T[] a, Span<T> x, int rows)
    {
        BlockReflector<T> reflector = _reflector!;
        for (int first = 1; first < _n; first += reflector.Block)
        {
            int count = Math.Min(reflector.Block, _n - first), width = first + count - 1;
            for (int q = 0; q < count; q++)
            {
                Span<T> v = reflector.Vector(q);
                int length = first + q;
                a.AsSpan((first + q) * _n, length).CopyTo(v);
                v[length..width].Clear();
            }

            reflector.Form(count, width, _tau.AsSpan(first, count));
            reflector.ApplyRight(count, width, false, x, rows, _n);
        }
    }

    private void ReducePanel(T[] matrix, int left, int size, Span<T> diagonal, Span<T> offDiagonal)
    {
        int n = _n;
        fixed (T* a = matrix, panel = _panel, coefficients = _coefficients)
        {
            T* v = panel, w = panel + ((nint)size * n), again = panel + (2 * (nint)size * n);
            for (int p = 0; p < size; p++)
            {
                int i = left - 1 - p;
                T* row = a + ((nint)i * n), next = row - n;
                diagonal[i] = row[i];
                T* vp = v + ((nint)p * n), wp = w + ((nint)p * n);
                if (i == 0)
                {
                    new Span<T>(vp, left).Clear();
                    new Span<T>(wp, left).Clear();
                    _tau[0] = T.Zero;
                    return;
                }

                T beta = row[i - 1];
                T tau = SpectralKernels.Reflector(ref beta, row, i - 1);
                _tau[i] = tau;
                offDiagonal[i - 1] = beta;
                row[i - 1] = T.One;
                var vector = new Span<T>(row, i);
                vector.CopyTo(new Span<T>(vp, i));
                new Span<T>(vp + i, left - i).Clear();
                new Span<T>(vp, left).CopyTo(new Span<T>(again + ((nint)p * n), left));
                new Span<T>(wp + i, left - i).Clear();

                // What the reflections of this panel did to the next row is made up for in the same passes over V and W.
                bool more = p + 1 < size;
                T* forV = coefficients + (2 * Panel), forW = forV + Panel;
                for (int q = 0; q < p; q++)
                {
                    forV[q] = -w[((nint)q * n) + i - 1];
                    forW[q] = -v[((nint)q * n) + i - 1];
                }

                if (tau == T.Zero)
                {
                    new Span<T>(wp, i).Clear();
                    if (more)
                    {
                        SpectralKernels.AddRows(p, i, forV, v, n, next);
                        SpectralKernels.AddRows(p, i, forW, w, n, next);
                    }

                    continue;
                }

                SpectralKernels.Symv(i, a, n, row, wp);
                SpectralKernels.DotRows(p, i, w, n, row, coefficients);
                SpectralKernels.DotRows(p, i, v, n, row, coefficients + Panel);
                for (int q = 0; q < p; q++)
                {
                    coefficients[q] = -coefficients[q];
                    coefficients[q + Panel] = -coefficients[q + Panel];
                }

                if (more)
                {
                    SpectralKernels.AddRows(p, i, v, n, coefficients, wp, forV, next);
                    SpectralKernels.AddRows(p, i, w, n, coefficients + Panel, wp, forW, next);
                }
                else
                {
                    SpectralKernels.AddRows(p, i, coefficients, v, n, wp);
                    SpectralKernels.AddRows(p, i, coefficients + Panel, w, n, wp);
                }

                SpectralKernels.Scale(tau, wp, i);
                T half = -tau * SpectralKernels.Dot(wp, row, i) / (T.One + T.One);
                SpectralKernels.AddScaled(half, row, wp, i);
                if (more)
                {
                    SpectralKernels.AddScaled(-wp[i - 1], row, next, i);
                    SpectralKernels.AddScaled(-T.One, wp, next, i);
                }
            }
        }
    }
}
