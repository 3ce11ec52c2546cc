using System.Numerics;
using OptiCore.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The minimiser of |A x - b| over x >= 0 for an m x n matrix A, by the active-set method: mixtures, spectra, deconvolution, everything whose coefficients can't be negative.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
/// <remarks>
/// <para>Variables enter one by one, that of the largest gradient first, and the least-squares problem of those that are in is solved by a QR factorization that is updated,
/// not by normal equations; variables that would turn negative leave. Finite for A of any shape and rank; about as many steps as positive variables in practice, each of
/// about 4 m p operations for p positive ones.</para>
/// <para>The object is allocated once for a size; nothing is allocated after the constructor.</para>
/// <para>Lawson and Hanson (1974), Solving least squares problems, chapter 23, algorithm NNLS. (The variant of Bro and de Jong (1997) works on A'A, which is faster for many right
/// sides and squares the condition.)</para>
/// </remarks>
public sealed class NonnegativeLeastSquares<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    // Columns of A one after the other, and in the same way the columns that are in, reflected.
    private readonly T[] _columns;
    private readonly T[] _reflected;
    private readonly T[] _tau;
    private readonly T[] _right;
    private readonly T[] _residual;
    private readonly T[] _candidate;
    private readonly T[] _gradient;
    private readonly int[] _members;
    private readonly bool[] _inside;
    private int _count;

    /// <summary>Allocates everything for problems of one size.</summary>
    /// <param name="rows">The number m of rows, at least 1.</param>
    /// <param name="columns">The number n of columns, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is smaller than 1.</exception>
    public NonnegativeLeastSquares(int rows, int columns)
    {
        Rows = Require.Positive(rows, nameof(rows));
        Columns = Require.Positive(columns, nameof(columns));
        _columns = new T[checked(rows * columns)];
        _reflected = new T[checked(rows * Math.Min(rows, columns))];
        _tau = new T[Math.Min(rows, columns)];
        _right = new T[rows];
        _residual = new T[rows];
        _candidate = new T[columns];
        _gradient = new T[columns];
        _members = new int[columns];
        _inside = new bool[columns];
    }

    /// <summary>The number m of rows of A.</summary>
    public int Rows { get; }

    /// <summary>The number n of columns of A.</summary>
    public int Columns { get; }

    /// <summary>The steps of the last solve: how often a variable entered or left.</summary>
    public int Steps { get; private set; }

    /// <summary>Solves a problem.</summary>
    /// <param name="a">The matrix A, row-major, m n elements.</param>
    /// <param name="b">The right side, m elements.</param>
    /// <param name="x">Receives the minimiser, n elements, none negative.</param>
    /// <param name="residualNorm">Receives |A x - b|.</param>
    /// <param name="mostSteps">The largest number of steps; 0: 30 n, which is far above what is needed.</param>
    /// <returns>False when the steps were not enough: x is feasible, and better than the start.</returns>
    /// <exception cref="ArgumentException">A length doesn't fit, or an element isn't finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of steps is negative.</exception>
    public bool TrySolve(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> x, out T residualNorm, int mostSteps = 0)
    {
        int m = Rows, n = Columns;
        Require.Length(a.Length, _columns.Length, nameof(a));
        Require.Length(b.Length, m, nameof(b));
        Require.Length(x.Length, n, nameof(x));
        Require.AllFinite(a, nameof(a));
        Require.AllFinite(b, nameof(b));
        int limit = Require.NonNegative(mostSteps, nameof(mostSteps)) == 0 ? 30 * n : mostSteps;
        T largest = T.Zero;
        for (int j = 0; j < n; j++)
        {
            Span<T> column = Column(j);
            for (int i = 0; i < m; i++)
                column[i] = a[(i * n) + j];
            largest = T.Max(largest, Reduce.Norm<T>(column));
            _inside[j] = false;
        }

        // A gradient element is known to this times the norms of its factors.
        T tolerance = T.CreateTruncating(10 * Math.Max(m, n)) * (T.BitIncrement(T.One) - T.One);
        x.Clear();
        b.CopyTo(_right);
        b.CopyTo(_residual);
        _count = 0;
        Steps = 0;
        bool optimal = false;
        T scale = Reduce.Norm(b);
        while (!optimal && Steps < limit)
        {
            for (int j = 0; j < n; j++)
            {
                ReadOnlySpan<T> column = Column(j);
                T gradient = Reduce.Dot<T>(column, _residual);
                _gradient[j] = !_inside[j] && gradient > tolerance * Reduce.Norm(column) * scale ? gradient : T.Zero;
            }

            int entering = Enter();
            optimal = entering < 0;
            while (!optimal)
            {
                Steps++;
                if (Feasible(x, out T step, out int leaving))
                    break;

                // To the first bound on the way, and out with what stands on one.
                for (int c = 0; c < _count; c++)
                {
                    int j = _members[c];
                    x[j] = c == leaving ? T.Zero : T.Max(T.Zero, T.FusedMultiplyAdd(step, _candidate[c] - x[j], x[j]));
                }

                Leave(x);
                if (Steps >= limit)
                    break;
                SolveMembers();
            }

            if (!optimal)
                Residual(b, x);
        }

        residualNorm = Reduce.Norm<T>(_residual);
        return optimal;
    }

    private Span<T> Column(int j) => _columns.AsSpan(j * Rows, Rows);

    private Span<T> Reflected(int c) => _reflected.AsSpan(c * Rows, Rows);

    /// <summary>Takes the variable of the largest gradient in that is independent of the others and becomes positive; -1 where there is none.</summary>
    private int Enter()
    {
        while (_count < _tau.Length)
        {
            int best = -1;
            for (int j = 0; j < Columns; j++)
            {
                if (_gradient[j] > T.Zero && (best < 0 || _gradient[j] > _gradient[best]))
                    best = j;
            }

            if (best < 0)
                return -1;
            Append(best);
            SolveMembers();

            // Rounding may show a column that depends on the others, or a first move the wrong way: such a variable stays out for now.
            ReadOnlySpan<T> column = Reflected(_count - 1);
            T dependent = T.CreateTruncating(10 * Rows) * (T.BitIncrement(T.One) - T.One) * Reduce.Norm<T>(Column(best));
            if (T.Abs(column[_count - 1]) > dependent && _candidate[_count - 1] > T.Zero)
                return best;
            _gradient[best] = T.Zero;
            _inside[best] = false;

            // A reflection is its own inverse.
            _count--;
            ApplyReflection(_count, _right);
        }

        return -1;
    }

    /// <summary>Adds a column: reflected as those before, then by a reflection of its own.</summary>
    private void Append(int j)
    {
        int c = _count++;
        _members[c] = j;
        _inside[j] = true;
        Span<T> column = Reflected(c);
        Column(j).CopyTo(column);
        for (int step = 0; step < c; step++)
            ApplyReflection(step, column);
        Span<T> tail = column[(c + 1)..];
        T alpha = column[c], norm = Reduce.Norm<T>(tail);
        _tau[c] = T.Zero;
        if (norm != T.Zero)
        {
            T beta = -T.CopySign(T.Hypot(alpha, norm), alpha), difference = alpha - beta;
            foreach (ref T value in tail)
                value /= difference;
            column[c] = beta;
            _tau[c] = -difference / beta;
        }

        ApplyReflection(c, _right);
    }

    private void ApplyReflection(int c, Span<T> v)
    {
        T tau = _tau[c];
        if (tau == T.Zero)
            return;
        ReadOnlySpan<T> tail = Reflected(c)[(c + 1)..];
        T scale = tau * (v[c] + Reduce.Dot(tail, v[(c + 1)..]));
        v[c] -= scale;
        VectorKernels.AddScaled(-scale, tail, v[(c + 1)..]);
    }

    private void SolveMembers()
    {
        Span<T> y = _candidate;
        _right.AsSpan(0, _count).CopyTo(y);
        for (int c = _count - 1; c >= 0; c--)
        {
            ReadOnlySpan<T> column = Reflected(c);
            y[c] /= column[c];
            VectorKernels.AddScaled(-y[c], column[..c], y[..c]);
        }
    }

    /// <summary>Takes the solution over when it is positive; else the share of the way to it that stays feasible.</summary>
    private bool Feasible(Span<T> x, out T step, out int leaving)
    {
        step = T.One;
        leaving = -1;
        for (int c = 0; c < _count; c++)
        {
            T now = x[_members[c]], then = _candidate[c];
            if (then > T.Zero)
                continue;
            T share = now == then ? T.Zero : now / (now - then);
            if (leaving < 0 || share < step)
            {
                step = share;
                leaving = c;
            }
        }

        for (int c = 0; leaving < 0 && c < _count; c++)
            x[_members[c]] = _candidate[c];
        return leaving < 0;
    }

    /// <summary>Removes the members that are 0, and factors again from the first of them.</summary>
    private void Leave(Span<T> x)
    {
        int first = 0;
        while (x[_members[first]] > T.Zero)
            first++;
        for (int c = _count - 1; c >= first; c--)
            ApplyReflection(c, _right);
        int end = _count;
        _count = first;
        for (int c = first; c < end; c++)
        {
            int j = _members[c];
            if (x[j] > T.Zero)
                Append(j);
            else
                _inside[j] = false;
        }
    }

    private void Residual(ReadOnlySpan<T> b, ReadOnlySpan<T> x)
    {
        b.CopyTo(_residual);
        for (int c = 0; c < _count; c++)
            VectorKernels.AddScaled<T>(-x[_members[c]], Column(_members[c]), _residual);
    }
}
