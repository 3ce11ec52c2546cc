using System.Globalization;
using System.Numerics;
using System.Numerics.Tensors;
using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The QR factorization with column pivoting, A P = Q R, of an m x n matrix by Householder reflections: the rank-revealing tool of small
/// least-squares problems min |A x - b|.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
/// <remarks>
/// <para>At each of the k = min(m, n) steps the remaining column of the largest norm is taken next, so that |R[0,0]| >= |R[1,1]| >= ... and the
/// numerical rank is read off the diagonal. Column norms are downdated, and recomputed where cancellation has eaten half of the digits.</para>
/// <para>The factors live in the object, which is allocated once for a size and may factor any number of matrices: nothing is allocated after the
/// constructor. The cost of a factorization is about 2 n^2 (m - n/3) operations for m >= n. A matrix with an element that isn't finite gives
/// factors that aren't finite. For many right sides or large well-conditioned square systems prefer <see cref="Lu"/> or <see cref="Cholesky"/>.</para>
/// <para>Of large matrices the columns behind a panel of 32 are changed at once, by a product of matrices: until then only the row that the norms need is kept up to date,
/// and a column whose norm must be computed anew ends the panel.</para>
/// <para>Businger and Golub (1965), Linear least squares solutions by Householder transformations; Drmac and Bujanovic (2008), On the failure of
/// rank-revealing QR factorization software: a case study (the safeguard of the downdated norms); Quintana-Orti, Sun and Bischof (1998), A BLAS-3 version
/// of the QR factorization with column pivoting.</para>
/// </remarks>
public sealed class PivotedQr<T> : IPersistent where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int PanelWidth = 32;

    // Below, a panel's matrix of changes costs more than it saves.
    private const int BlockedFrom = 64;

    // Column-major: a reflection works along columns. Below the diagonal: the reflection vectors, whose first element is 1 and not stored.
    private readonly T[] _factors;
    private readonly T[] _tau;
    private readonly int[] _permutation;
    private readonly T[] _columnNorms;
    private readonly T[] _remaining;
    private readonly T[] _reference;
    private readonly T[] _work;

    // The change that a panel has still to make to the columns behind it, V F': a row for each column.
    private readonly T[] _pending;
    private readonly T[] _products;
    private readonly bool[] _stale;
    private static readonly T RecomputeBelow = T.Sqrt(MachineEpsilon());

    /// <summary>Allocates everything for matrices of one size.</summary>
    /// <param name="rows">The number m of rows, at least 1.</param>
    /// <param name="columns">The number n of columns, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is smaller than 1.</exception>
    public PivotedQr(int rows, int columns)
    {
        Rows = Require.Positive(rows, nameof(rows));
        Columns = Require.Positive(columns, nameof(columns));
        _factors = new T[checked(rows * columns)];
        _tau = new T[Steps];
        _permutation = new int[columns];
        _columnNorms = new T[columns];
        _remaining = new T[columns];
        _reference = new T[columns];
        _work = new T[Math.Max(rows, columns)];
        _pending = Steps >= BlockedFrom ? new T[columns * PanelWidth] : [];
        _products = new T[_pending.Length > 0 ? 2 * (PanelWidth + columns) : 0];
        _stale = new bool[_pending.Length > 0 ? columns : 0];
        for (int j = 0; j < columns; j++)
            _permutation[j] = j;
    }

    /// <summary>The number m of rows of A.</summary>
    public int Rows { get; }

    /// <summary>The number n of columns of A.</summary>
    public int Columns { get; }

    /// <summary>The number k = min(m, n) of rows of R.</summary>
    public int Steps => Math.Min(Rows, Columns);

    /// <summary>The permutation P: column j of A P, and so of R, is column <c>Permutation[j]</c> of A.</summary>
    public ReadOnlySpan<int> Permutation => _permutation;

    /// <summary>The Euclidean norms of the columns of A, in A's own order.</summary>
    public ReadOnlySpan<T> ColumnNorms => _columnNorms;

    /// <summary>Factors a matrix; replaces the factorization before.</summary>
    /// <param name="a">The matrix A, row-major, m x n elements. Is only read.</param>
    /// <exception cref="ArgumentException">The matrix has another number of elements.</exception>
    public void Factor(ReadOnlySpan<T> a)
    {
        Require.Length(a.Length, _factors.Length, nameof(a));
        int m = Rows, n = Columns;
        for (int i = 0; i < m; i++)
        {
            ReadOnlySpan<T> row = a.Slice(i * n, n);
            for (int j = 0; j < n; j++)
                _factors[(j * m) + i] = row[j];
        }

        for (int j = 0; j < n; j++)
        {
            _permutation[j] = j;
            _columnNorms[j] = _remaining[j] = _reference[j] = Reduce.Norm<T>(Column(j));
        }

        int first = 0;
        while (Steps - first >= BlockedFrom)
            first += FactorPanel(first);
        for (int step = first; step < Steps; step++)
        {
            BringLargestColumnTo(step);
            Span<T> pivot = Column(step)[step..];
            T tau = Reflect(pivot);
            _tau[step] = tau;
            for (int j = step + 1; j < n; j++)
            {
                Span<T> column = Column(j)[step..];
                ApplyReflection(pivot, tau, column);
                Downdate(j, step, column);
            }
        }
    }

    /// <summary>The element R[i, j]; 0 below the diagonal.</summary>
    /// <param name="i">The row, from 0 to k - 1.</param>
    /// <param name="j">The column, from 0 to n - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An index lies outside.</exception>
    public T R(int i, int j)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(i);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(i, Steps);
        ArgumentOutOfRangeException.ThrowIfNegative(j);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(j, Columns);
        return i <= j ? _factors[(j * Rows) + i] : T.Zero;
    }

    /// <summary>Writes R, k x n, with zeros below the diagonal.</summary>
    /// <param name="r">Receives k n elements, row-major.</param>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    public void CopyR(Span<T> r)
    {
        Require.Length(r.Length, Steps * Columns, nameof(r));
        for (int i = 0; i < Steps; i++)
        {
            for (int j = 0; j < Columns; j++)
                r[(i * Columns) + j] = i <= j ? _factors[(j * Rows) + i] : T.Zero;
        }
    }

    /// <summary>
    /// The numerical rank: how many diagonal elements of R exceed <paramref name="relativeTolerance"/> |R[0,0]|.
    /// </summary>
    /// <param name="relativeTolerance">The cut; default: max(m, n) times the machine epsilon.</param>
    public int Rank(double relativeTolerance = double.NaN)
    {
        T relative = double.IsNaN(relativeTolerance)
            ? T.CreateChecked(Math.Max(Rows, Columns)) * MachineEpsilon()
            : T.CreateChecked(Require.NonNegative(relativeTolerance, nameof(relativeTolerance)));
        T cut = relative * T.Abs(_factors[0]);
        int rank = 0;
        while (rank < Steps && T.Abs(_factors[(rank * Rows) + rank]) > cut)
            rank++;
        return rank;
    }

    /// <summary>Replaces a vector v by Q' v, with the full m x m matrix Q. Cost 4 m k.</summary>
    /// <param name="v">The vector, m elements.</param>
    /// <exception cref="ArgumentException">The vector has another length.</exception>
    public void ApplyQTransposed(Span<T> v)
    {
        Require.Length(v.Length, Rows, nameof(v));
        for (int step = 0; step < Steps; step++)
            ApplyReflection(Column(step)[step..], _tau[step], v[step..]);
    }

    /// <summary>Replaces a vector v by Q v, with the full m x m matrix Q. Cost 4 m k.</summary>
    /// <param name="v">The vector, m elements.</param>
    /// <exception cref="ArgumentException">The vector has another length.</exception>
    public void ApplyQ(Span<T> v)
    {
        Require.Length(v.Length, Rows, nameof(v));
        for (int step = Steps - 1; step >= 0; step--)
            ApplyReflection(Column(step)[step..], _tau[step], v[step..]);
    }

    /// <summary>
    /// Solves R[0..s, 0..s] y = v in place for the leading s x s block of R, in R's own (permuted) order, s being the length of the vector.
    /// </summary>
    /// <param name="v">The right side, replaced by the solution; at most k elements.</param>
    /// <exception cref="ArgumentException">The vector is longer than k.</exception>
    /// <remarks>A zero on the diagonal gives infinities or NaN; see <see cref="Rank"/>.</remarks>
    public void SolveR(Span<T> v)
    {
        CheckLeading(v.Length, nameof(v));
        for (int j = v.Length - 1; j >= 0; j--)
        {
            ReadOnlySpan<T> column = Column(j);
            T y = v[j] / column[j];
            v[j] = y;
            VectorKernels.AddScaled(-y, column[..j], v[..j]);
        }
    }

    /// <summary>Solves R[0..s, 0..s]' y = v in place, s being the length of the vector.</summary>
    /// <param name="v">The right side, replaced by the solution; at most k elements.</param>
    /// <exception cref="ArgumentException">The vector is longer than k.</exception>
    public void SolveRTransposed(Span<T> v)
    {
        CheckLeading(v.Length, nameof(v));
        for (int j = 0; j < v.Length; j++)
        {
            ReadOnlySpan<T> column = Column(j);
            v[j] = (v[j] - Reduce.Dot<T>(column[..j], v[..j])) / column[j];
        }
    }

    /// <summary>
    /// Writes a minimiser x of |A x - b|: the unique one for full column rank, else the basic solution in which the columns beyond the numerical
    /// rank have coefficient 0. The norm of the residual is that of the elements of Q' b beyond the rank.
    /// </summary>
    /// <param name="b">The right side, m elements. Is only read.</param>
    /// <param name="x">Receives n elements.</param>
    /// <param name="relativeTolerance">The cut of <see cref="Rank"/>.</param>
    /// <returns>The numerical rank that was used.</returns>
    /// <exception cref="ArgumentException">A vector has another length.</exception>
    public int Solve(ReadOnlySpan<T> b, Span<T> x, double relativeTolerance = double.NaN)
    {
        Require.Length(b.Length, Rows, nameof(b));
        Require.Length(x.Length, Columns, nameof(x));
        Span<T> work = _work.AsSpan(0, Rows);
        b.CopyTo(work);
        ApplyQTransposed(work);
        int rank = Rank(relativeTolerance);
        SolveR(work[..rank]);
        x.Clear();
        for (int j = 0; j < rank; j++)
            x[_permutation[j]] = work[j];
        return rank;
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Expect(Rows, "the number of rows");
        archive.Expect(Columns, "the number of columns");
        archive.Transfer<T>(_factors);
        archive.Transfer<T>(_tau);
        archive.Transfer<int>(_permutation);
        archive.Transfer<T>(_columnNorms);
    }

    private Span<T> Column(int j) => _factors.AsSpan(j * Rows, Rows);

    /// <summary>Factors up to <see cref="PanelWidth"/> columns from one on, and changes the columns behind them; the number factored.</summary>
    private unsafe int FactorPanel(int first)
    {
        int m = Rows, n = Columns, done = 0;
        bool stale = false;
        _pending.AsSpan(first * PanelWidth).Clear();
        while (done < PanelWidth && !stale)
        {
            int step = first + done;
            BringLargestColumnTo(step, first);
            Span<T> pivot = Column(step)[step..];
            for (int l = 0; l < done; l++)
                VectorKernels.AddScaled(-_pending[(step * PanelWidth) + l], Column(first + l).Slice(step, pivot.Length), pivot);
            T tau = Reflect(pivot);
            _tau[step] = tau;

            // The new column of F: tau A'v of the columns as they were, less what the panel has pending of them. In the same pass the row of R.
            _products.AsSpan(0, 2 * PanelWidth).Clear();
            for (int l = 0; l < done; l++)
            {
                ReadOnlySpan<T> before = Column(first + l)[step..];
                _products[l] = -tau * (before[0] + Reduce.Dot<T>(before[1..], pivot[1..]));
                _products[PanelWidth + l] = before[0];
            }

            Span<T> sums = _products.AsSpan(2 * PanelWidth);
            fixed (T* pending = _pending, products = _products)
                PanelKernels.Dots(n - step - 1, 2, PanelWidth, pending + ((step + 1) * PanelWidth), PanelWidth, products, PanelWidth, products + (2 * PanelWidth), 2);
            for (int j = step + 1; j < n; j++)
            {
                ReadOnlySpan<T> column = Column(j)[step..];
                int at = 2 * (j - step - 1);
                T sum = T.FusedMultiplyAdd(tau, column[0] + Reduce.Dot<T>(column[1..], pivot[1..]), sums[at]);
                _pending[(j * PanelWidth) + done] = sum;
                T element = column[0] - sum - sums[at + 1];
                _factors[(j * m) + step] = element;
                _stale[j] = !TryDowndate(j, element);
                stale |= _stale[j];
            }

            done++;
        }

        int next = first + done;
        if (next < m && next < n)
        {
            fixed (T* factors = _factors, pending = _pending)
            {
                PanelKernels.Multiply(
                    false, n - next, m - next, done, pending + (next * PanelWidth), PanelWidth, 1, factors + ((nint)first * m) + next, m, factors + ((nint)next * m) + next, m);
            }
        }

        for (int j = next; stale && j < n; j++)
        {
            if (_stale[j])
                _remaining[j] = _reference[j] = next < m ? Reduce.Norm<T>(Column(j)[next..]) : T.Zero;
        }

        return done;
    }

    private void BringLargestColumnTo(int step, int panel)
    {
        int identity = _permutation[step];
        BringLargestColumnTo(step);
        if (_permutation[step] == identity)
            return;
        int other = step + 1;
        while (_permutation[other] != identity)
            other++;
        Span<T> here = _pending.AsSpan(step * PanelWidth, step - panel), there = _pending.AsSpan(other * PanelWidth, step - panel);
        for (int l = 0; l < here.Length; l++)
            (here[l], there[l]) = (there[l], here[l]);
    }

    private void BringLargestColumnTo(int step)
    {
        int largest = step;
        for (int j = step + 1; j < Columns; j++)
        {
            if (_remaining[j] > _remaining[largest])
                largest = j;
        }

        if (largest == step)
            return;
        Span<T> here = Column(step), there = Column(largest);
        for (int i = 0; i < here.Length; i++)
            (here[i], there[i]) = (there[i], here[i]);
        (_permutation[step], _permutation[largest]) = (_permutation[largest], _permutation[step]);
        _remaining[largest] = _remaining[step];
        _reference[largest] = _reference[step];
    }

    /// <summary>Overwrites x by (beta, v[1..]) such that (I - tau v v') x = beta e_1 with v[0] = 1; returns tau.</summary>
    private static T Reflect(Span<T> x)
    {
        T alpha = x[0];
        Span<T> tail = x[1..];
        T tailNorm = Reduce.Norm<T>(tail);
        if (tailNorm == T.Zero)
            return T.Zero;
        T beta = -T.CopySign(T.Hypot(alpha, tailNorm), alpha);
        // Division, not multiplication by a reciprocal, which overflows for subnormal columns.
        TensorPrimitives.Divide(tail, alpha - beta, tail);
        x[0] = beta;
        return (beta - alpha) / beta;
    }

    private static void ApplyReflection(ReadOnlySpan<T> v, T tau, Span<T> x)
    {
        if (tau == T.Zero)
            return;
        T scale = tau * (x[0] + Reduce.Dot(v[1..], x[1..]));
        x[0] -= scale;
        VectorKernels.AddScaled(-scale, v[1..], x[1..]);
    }

    private void Downdate(int j, int step, ReadOnlySpan<T> column)
    {
        if (!TryDowndate(j, column[0]))
            _remaining[j] = _reference[j] = step + 1 < Rows ? Reduce.Norm(column[1..]) : T.Zero;
    }

    /// <summary>Takes an element out of the norm of a column; false when too few digits would be left.</summary>
    private bool TryDowndate(int j, T element)
    {
        T norm = _remaining[j];
        if (norm == T.Zero)
            return true;
        T ratio = element / norm;
        T shrink = T.Max(T.Zero, (T.One - ratio) * (T.One + ratio));
        T sinceReference = norm / _reference[j];
        if (!(shrink * sinceReference * sinceReference > RecomputeBelow))
            return false;
        _remaining[j] = norm * T.Sqrt(shrink);
        return true;
    }

    private void CheckLeading(int length, string name)
    {
        if (length > Steps)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name} has {length} elements, R has {Steps} rows."), name);
    }

    private static T MachineEpsilon() => T.BitIncrement(T.One) - T.One;
}
