using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The Sylvester equation A X + X B = C, and with it the Lyapunov equations A X + X A' = Q of continuous and X = A X A' + Q of discrete time.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>; the computation is in double precision for both.</typeparam>
/// <remarks>
/// <para>Both matrices are brought to real Schur form; the transformed equation is solved block by block, at most four unknowns at a time. About 25 (m^3 + n^3) +
/// 5 m n (m + n) operations. There is one solution if A and -B have no eigenvalue in common; where they nearly have, the solution is large and its residual
/// still of the order of rounding times |A| |X|.</para>
/// <para>The object is allocated once for a size; nothing is allocated after the constructor.</para>
/// <para>Bartels and Stewart (1972), Solution of the matrix equation AX + XB = C.</para>
/// </remarks>
public sealed class SylvesterEquation<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly RealSchur<double> _first;
    private readonly RealSchur<double> _second;
    private readonly double[] _a;
    private readonly double[] _b;
    private readonly double[] _c;
    private readonly double[] _work;
    private readonly int[] _permutation;

    /// <summary>Allocates everything for equations of one size.</summary>
    /// <param name="rows">The order m of A, the rows of X; at least 0.</param>
    /// <param name="columns">The order n of B, the columns of X; at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    public SylvesterEquation(int rows, int columns)
    {
        Rows = Require.NonNegative(rows, nameof(rows));
        Columns = Require.NonNegative(columns, nameof(columns));
        _first = new RealSchur<double>(rows);
        _second = new RealSchur<double>(columns);
        _a = new double[checked(rows * rows)];
        _b = new double[checked(columns * columns)];
        _c = new double[checked(rows * columns)];
        _work = new double[rows * columns];
        _permutation = new int[rows];
    }

    /// <summary>The order m of A.</summary>
    public int Rows { get; }

    /// <summary>The order n of B.</summary>
    public int Columns { get; }

    /// <summary>Solves A X + X B = C.</summary>
    /// <param name="a">The matrix A, m x m, row-major. Is only read.</param>
    /// <param name="b">The matrix B, n x n, row-major. Is only read.</param>
    /// <param name="c">The matrix C, m x n, row-major. Is only read.</param>
    /// <param name="x">Receives X, m x n; may be C itself.</param>
    /// <returns>False when A and -B have a common eigenvalue up to rounding: the result then solves a nearby equation or isn't finite.</returns>
    /// <exception cref="ArgumentException">A length doesn't fit, or an element isn't finite.</exception>
    public bool TrySolve(ReadOnlySpan<T> a, ReadOnlySpan<T> b, ReadOnlySpan<T> c, Span<T> x)
    {
        Require.Length(a.Length, _a.Length, nameof(a));
        Require.Length(b.Length, _b.Length, nameof(b));
        Require.Length(c.Length, _c.Length, nameof(c));
        Require.Length(x.Length, _c.Length, nameof(x));
        Require.AllFinite(a, nameof(a));
        Require.AllFinite(b, nameof(b));
        Require.AllFinite(c, nameof(c));
        Read(a, _a);
        Read(b, _b);
        Read(c, _c);
        bool solved = _first.Factor(_a) & _second.Factor(_b) && Solve();
        for (int i = 0; i < x.Length; i++)
            x[i] = T.CreateTruncating(_c[i]);
        return solved;
    }

    /// <summary>Solves the Lyapunov equation of continuous time, A X + X A' = Q, for m = n.</summary>
    /// <param name="a">The matrix A, n x n, row-major. Is only read.</param>
    /// <param name="q">The matrix Q, n x n, row-major. Is only read. X is symmetric if Q is.</param>
    /// <param name="x">Receives X, n x n; may be Q itself.</param>
    /// <returns>False when two eigenvalues of A add up to 0 up to rounding.</returns>
    /// <exception cref="ArgumentException">A length doesn't fit, or an element isn't finite.</exception>
    public bool TrySolveLyapunov(ReadOnlySpan<T> a, ReadOnlySpan<T> q, Span<T> x)
    {
        Require.Length(a.Length, _a.Length, nameof(a));
        Require.Length(a.Length, _b.Length, nameof(a));
        Require.Length(q.Length, _c.Length, nameof(q));
        Require.Length(x.Length, _c.Length, nameof(x));
        Require.AllFinite(a, nameof(a));
        Require.AllFinite(q, nameof(q));
        Read(a, _a);
        MatrixCopy.Transpose<double>(Rows, Rows, _a, Math.Max(1, Rows), _b, Math.Max(1, Rows));
        bool symmetric = true;
        for (int i = 0; i < Rows; i++)
        {
            for (int j = 0; j < i; j++)
                symmetric &= q[(i * Rows) + j] == q[(j * Rows) + i];
        }

        Read(q, _c);
        bool solved = _first.Factor(_a) & _second.Factor(_b) && Solve();
        for (int i = 0; i < Rows && symmetric; i++)
        {
            for (int j = 0; j < i; j++)
                _c[(i * Rows) + j] = _c[(j * Rows) + i] = (_c[(i * Rows) + j] + _c[(j * Rows) + i]) / 2;
        }

        for (int i = 0; i < x.Length; i++)
            x[i] = T.CreateTruncating(_c[i]);
        return solved;
    }

    /// <summary>Solves the Lyapunov (Stein) equation of discrete time, X = A X A' + Q, for m = n, where no eigenvalue of A is 1 in magnitude.</summary>
    /// <param name="a">The matrix A, n x n, row-major. Is only read.</param>
    /// <param name="q">The matrix Q, n x n, row-major. Is only read.</param>
    /// <param name="x">Receives X, n x n; may be Q itself.</param>
    /// <returns>False when A has the eigenvalue 1, or two eigenvalues with product 1, up to rounding.</returns>
    /// <exception cref="ArgumentException">A length doesn't fit, or an element isn't finite.</exception>
    /// <remarks>
    /// By the bilinear transform B = (A - I)^-1 (A + I), under which the equation becomes B X + X B' = -2 (A - I)^-1 Q (A - I)^-T. Accurate while A - I is well conditioned.
    /// Smith (1968), Matrix equation XA + BX = C.
    /// </remarks>
    public bool TrySolveStein(ReadOnlySpan<T> a, ReadOnlySpan<T> q, Span<T> x)
    {
        int n = Rows;
        Require.Length(a.Length, _a.Length, nameof(a));
        Require.Length(a.Length, _b.Length, nameof(a));
        Require.Length(q.Length, _c.Length, nameof(q));
        Require.Length(x.Length, _c.Length, nameof(x));
        Require.AllFinite(a, nameof(a));
        Require.AllFinite(q, nameof(q));
        if (n == 0)
            return true;
        int[] permutation = _permutation;
        Read(a, _a);
        for (int i = 0; i < n; i++)
            _a[(i * n) + i] -= 1;
        if (!Lu.TryFactor(_a, n, n, permutation))
            return false;
        Read(q, _b);

        // W = (A - I)^-1 Q, then (A - I)^-1 W'.
        DenseSolve.Left(_a, n, permutation, _b, _c, n);
        MatrixCopy.Transpose<double>(n, n, _c, n, _b, n);
        DenseSolve.Left(_a, n, permutation, _b, _work, n);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                _c[(j * n) + i] = -2 * _work[(i * n) + j];
        }

        Read(a, _b);
        for (int i = 0; i < n; i++)
            _b[(i * n) + i] += 1;
        DenseSolve.Left(_a, n, permutation, _b, _work, n);
        _work.CopyTo(_a, 0);
        MatrixCopy.Transpose<double>(n, n, _a, n, _b, n);
        bool solved = _first.Factor(_a) & _second.Factor(_b) && Solve();
        for (int i = 0; i < x.Length; i++)
            x[i] = T.CreateTruncating(_c[i]);
        return solved;
    }

    private static void Read(ReadOnlySpan<T> from, double[] to)
    {
        for (int i = 0; i < to.Length; i++)
            to[i] = double.CreateChecked(from[i]);
    }

    /// <summary>Solves with the Schur forms; C becomes X.</summary>
    private bool Solve()
    {
        int m = Rows, n = Columns;
        if (m == 0 || n == 0)
            return true;
        ReadOnlySpan<double> s = _first.QuasiTriangular, t = _second.QuasiTriangular;

        // F = U' C V.
        Blas.Multiply(_first.VectorRows, _c, _work, m, m, n);
        Blas.Gemm(false, true, m, n, n, 1.0, _work, n, _second.VectorRows, n, 0.0, _c, n);
        double norm = Numerics.Reduce.MaxNorm(s) + Numerics.Reduce.MaxNorm(t), least = Math.Max(norm * SpectralKernels.Epsilon<double>(), double.Epsilon);
        bool regular = true;
        Span<double> system = stackalloc double[20];
        for (int i = m - 1; i >= 0; i--)
        {
            int height = i > 0 && s[(i * m) + i - 1] != 0 ? 2 : 1, top = i - height + 1;
            for (int j = 0; j < n; j++)
            {
                int width = j < n - 1 && t[((j + 1) * n) + j] != 0 ? 2 : 1, count = height * width;

                // (S_ii Y + Y T_jj) = F - sum_k S_ik Y_kj - sum_k Y_ik T_kj, unknowns row by row.
                system.Clear();
                for (int p = 0; p < height; p++)
                {
                    for (int q = 0; q < width; q++)
                    {
                        int row = (p * width) + q;
                        double sum = _c[((top + p) * n) + j + q];
                        for (int k = i + 1; k < m; k++)
                            sum -= s[((top + p) * m) + k] * _c[(k * n) + j + q];
                        for (int k = 0; k < j; k++)
                            sum -= _c[((top + p) * n) + k] * t[(k * n) + j + q];
                        system[(row * 5) + 4] = sum;
                        for (int l = 0; l < height; l++)
                            system[(row * 5) + (l * width) + q] += s[((top + p) * m) + top + l];
                        for (int l = 0; l < width; l++)
                            system[(row * 5) + (p * width) + l] += t[((j + l) * n) + j + q];
                    }
                }

                regular &= Eliminate(system, count, least);
                for (int p = 0; p < height; p++)
                {
                    for (int q = 0; q < width; q++)
                        _c[((top + p) * n) + j + q] = system[(((p * width) + q) * 5) + 4];
                }

                j += width - 1;
            }

            i = top;
        }

        // X = U Y V'.
        Blas.Gemm(true, false, m, n, m, 1.0, _first.VectorRows, m, _c, n, 0.0, _work, n);
        Blas.Multiply(_work, _second.VectorRows, _c, m, n, n);
        return regular;
    }

    /// <summary>Gaussian elimination with complete pivoting of at most four equations, the right side in column 4; false where a pivot had to be replaced.</summary>
    private static bool Eliminate(Span<double> a, int count, double least)
    {
        bool regular = true;
        Span<int> columns = stackalloc int[4];
        for (int i = 0; i < count; i++)
            columns[i] = i;
        for (int step = 0; step < count; step++)
        {
            int row = step, column = step;
            for (int i = step; i < count; i++)
            {
                for (int j = step; j < count; j++)
                {
                    if (Math.Abs(a[(i * 5) + j]) > Math.Abs(a[(row * 5) + column]))
                        (row, column) = (i, j);
                }
            }

            for (int j = 0; j < 5 && row != step; j++)
                (a[(step * 5) + j], a[(row * 5) + j]) = (a[(row * 5) + j], a[(step * 5) + j]);
            for (int i = 0; i < count && column != step; i++)
                (a[(i * 5) + step], a[(i * 5) + column]) = (a[(i * 5) + column], a[(i * 5) + step]);
            (columns[step], columns[column]) = (columns[column], columns[step]);
            if (Math.Abs(a[(step * 5) + step]) < least)
            {
                a[(step * 5) + step] = least;
                regular = false;
            }

            for (int i = step + 1; i < count; i++)
            {
                double factor = a[(i * 5) + step] / a[(step * 5) + step];
                for (int j = step + 1; j < 5; j++)
                    a[(i * 5) + j] -= factor * a[(step * 5) + j];
            }
        }

        Span<double> x = stackalloc double[4];
        for (int i = count - 1; i >= 0; i--)
        {
            double sum = a[(i * 5) + 4];
            for (int j = i + 1; j < count; j++)
                sum -= a[(i * 5) + j] * x[columns[j]];
            x[columns[i]] = sum / a[(i * 5) + i];
        }

        for (int i = 0; i < count; i++)
            a[(i * 5) + 4] = x[i];
        return regular;
    }
}
