using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>The reduction of a square matrix to upper Hessenberg form, A = Q H Q', by blocked Householder reflections. All reflection vectors are kept as rows.</summary>
/// <remarks>
/// Of the 10 n^3 / 3 operations a fifth are products of the matrix with a vector; the others are products of matrices. With V the vectors of a panel and T the triangle of their product
/// I - V T V', a column of the panel is brought up to date as (I - V T' V') (A - Y V'), Y = A V T.
/// Dongarra, Hammarling and Sorensen (1989), Block reduction of matrices to condensed forms for eigenvalue computations; Quintana-Orti and van de Geijn (2006), Improving
/// the performance of reduction to Hessenberg form (the rows above the panel by products of matrices).
/// </remarks>
internal sealed unsafe class HessenbergReduction<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int Panel = 32;

    private readonly int _n;
    private readonly T[] _v;
    private readonly T[] _y;
    private readonly T[] _tau;
    private readonly T[] _triangle = new T[Panel * Panel];
    private readonly T[] _coefficients = new T[2 * Panel];
    private readonly T[] _column;
    private readonly BlockReflector<T> _reflector;

    public HessenbergReduction(int n)
    {
        _n = n;
        _v = new T[Panel * n];
        _y = new T[Panel * n];
        _tau = new T[n];
        _column = new T[n];
        _reflector = new BlockReflector<T>(Panel, n, n);
    }

    /// <summary>Overwrites A by H, with zeros below, and <paramref name="rows"/>, if it isn't empty, by Q'.</summary>
    public void Reduce(T[] a, T[] rows)
    {
        int n = _n, count = Math.Max(0, n - 2);
        for (int first = 0; first < count; first += Panel)
        {
            int size = Math.Min(Panel, count - first), start = first + 1, next = first + size, width = n - start;
            ReducePanel(a, first, size);
            for (int p = 0; p < size; p++)
            {
                Span<T> v = _v.AsSpan(p * n, n);
                v[start..].CopyTo(_reflector.Vector(p));
                if (rows.Length > 0)
                    v[(start + p)..].CopyTo(rows.AsSpan(((start + p) * n) + start + p));
            }

            _reflector.Form(size, width, _tau.AsSpan(first, size));
            _reflector.ApplyRight(size, width, false, a.AsSpan(start), start, n);
            Blas.Gemm(
                true, false, width, n - next, size, -T.One, _y.AsSpan(start), n, _v.AsSpan(next), n, T.One, a.AsSpan((start * n) + next), n);
            _reflector.ApplyLeft(size, width, true, a.AsSpan((start * n) + next), n - next, n);
        }

        if (rows.Length > 0)
            FormRows(rows, count);
    }

    // From the last reflection, so that only a growing corner of Q' is at work. The rows above keep the vectors until they are used.
    private void FormRows(T[] rows, int count)
    {
        int n = _n;
        for (int i = count + 1; i < n; i++)
            Unit(i);
        for (int first = (count - 1) / Panel * Panel; first >= 0 && count > 0; first -= Panel)
        {
            int size = Math.Min(Panel, count - first), start = first + 1, width = n - start;
            for (int p = 0; p < size; p++)
            {
                Span<T> v = _reflector.Vector(p);
                v[..p].Clear();
                rows.AsSpan(((start + p) * n) + start + p, width - p).CopyTo(v[p..]);
                Unit(start + p);
            }

            _reflector.Form(size, width, _tau.AsSpan(first, size));
            _reflector.ApplyRight(size, width, true, rows.AsSpan((start * n) + start), width, n);
        }

        if (n > 0)
            Unit(0);

        void Unit(int i)
        {
            rows.AsSpan(i * n, n).Clear();
            rows[(i * n) + i] = T.One;
        }
    }

    // Rows from first + 1 on.
    private void ReducePanel(T[] matrix, int first, int size)
    {
        int n = _n, start = first + 1, rows = n - start;
        _v.AsSpan().Clear();
        fixed (T* a = matrix, v = _v, y = _y, b = _column, triangle = _triangle, coefficients = _coefficients)
        {
            T* projected = coefficients + Panel;
            for (int p = 0; p < size; p++)
            {
                int c = first + p, length = n - c - 1;
                T* column = a + ((nint)start * n) + c, vp = v + ((nint)p * n) + c + 1, yp = y + ((nint)p * n) + start;
                for (int i = 0; i < rows; i++)
                    b[i] = column[(nint)i * n];
                for (int q = 0; q < p; q++)
                    coefficients[q] = -v[((nint)q * n) + c];
                SpectralKernels.AddRows(p, rows, coefficients, y + start, n, b);
                SpectralKernels.DotRows(p, rows, v + start, n, b, coefficients);
                for (int i = 0; i < p; i++)
                {
                    T sum = T.Zero;
                    for (int q = 0; q <= i; q++)
                        sum = T.FusedMultiplyAdd(triangle[(q * Panel) + i], coefficients[q], sum);
                    projected[i] = -sum;
                }

                SpectralKernels.AddRows(p, rows, projected, v + start, n, b);
                T* below = b + p;
                T beta = below[0];
                T tau = _tau[c] = SpectralKernels.Reflector(ref beta, below + 1, length - 1);
                below[0] = T.One;
                new Span<T>(below, length).CopyTo(new Span<T>(vp, length));
                below[0] = beta;
                new Span<T>(below + 1, length - 1).Clear();
                for (int i = 0; i < rows; i++)
                    column[(nint)i * n] = b[i];

                // y = tau (A v - Y V'v), and the new column of T, -tau T V'v.
                SpectralKernels.DotRows(rows, length, a + ((nint)start * n) + c + 1, n, vp, yp);
                SpectralKernels.DotRows(p, length, v + c + 1, n, vp, coefficients);
                for (int i = 0; i < p; i++)
                {
                    T sum = T.Zero;
                    for (int q = i; q < p; q++)
                        sum = T.FusedMultiplyAdd(triangle[(i * Panel) + q], coefficients[q], sum);
                    triangle[(i * Panel) + p] = -tau * sum;
                }

                triangle[(p * Panel) + p] = tau;
                for (int q = 0; q < p; q++)
                    coefficients[q] = -coefficients[q];
                SpectralKernels.AddRows(p, rows, coefficients, y + start, n, yp);
                SpectralKernels.Scale(tau, yp, rows);
            }
        }
    }
}
