using System.Globalization;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
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

    // The row of R that a step makes, and the products of its reflection with the columns.
    private readonly T[] _row;
    private readonly T[] _dots;

    // The change that a panel has still to make to the columns behind it, V F': F by columns.
    private readonly T[] _pending;
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
        _row = new T[columns];
        _dots = new T[Math.Max(columns, 2 * PanelWidth)];
        _pending = VectorKernels.IsVectorized<T>() && Steps >= BlockedFrom ? new T[columns * PanelWidth] : [];
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
        MatrixCopy.Transpose(m, n, a, n, _factors, m);
        for (int j = 0; j < n; j++)
        {
            _permutation[j] = j;
            _columnNorms[j] = _remaining[j] = _reference[j] = Reduce.Norm<T>(Column(j));
        }

        int first = 0;
        while (_pending.Length > 0 && Steps - first >= BlockedFrom)
            first += FactorPanel(first);
        for (; first < Steps; first++)
            FactorColumn(first);
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

    /// <summary>Factors one column and changes those behind it.</summary>
    private unsafe void FactorColumn(int step)
    {
        int m = Rows, length = m - step, behind = Columns - step - 1;
        BringLargestColumnTo(step);
        T tau = _tau[step] = Reflect(Column(step)[step..]);
        fixed (T* factors = _factors, dots = _dots, row = _row)
        {
            T* v = factors + ((nint)step * m) + step, next = v + m, element = row + step + 1;
            if (tau != T.Zero)
            {
                T beta = v[0];
                v[0] = T.One;
                Dots(behind, length, next, m, v, dots);
                for (int j = 0; j < behind; j++)
                    dots[j] *= -tau;
                AddOuter(behind, length, dots, v, next, m);
                v[0] = beta;
            }

            for (int j = 0; j < behind; j++)
                element[j] = next[(nint)j * m];
        }

        if (!TryDowndate(step + 1))
            RecomputeNorms(step + 1);
    }

    /// <summary>Factors up to <see cref="PanelWidth"/> columns from one on, and changes the columns behind them; the number factored.</summary>
    private unsafe int FactorPanel(int first)
    {
        int m = Rows, n = Columns, done = 0, next;
        bool fresh = true;
        fixed (T* factors = _factors, pending = _pending, coefficients = _dots, row = _row)
        {
            for (; done < PanelWidth && fresh; done++)
            {
                int step = first + done, length = m - step, behind = n - step - 1, from = BringLargestColumnTo(step);
                T* v = factors + ((nint)step * m) + step, panel = factors + ((nint)first * m) + step;
                for (int l = 0; l < done; l++)
                {
                    T* change = pending + ((nint)l * n);
                    (change[step], change[from]) = (change[from], change[step]);
                    coefficients[l] = -change[step];
                }

                SpectralKernels.AddRows(done, length, coefficients, panel, m, v);
                T tau = _tau[step] = Reflect(new Span<T>(v, length)), beta = v[0];
                v[0] = T.One;

                // The new column of F: tau A'v of the columns as they were, less what the panel has pending of them. In the same pass the row of R.
                SpectralKernels.DotRows(done, length, panel, m, v, coefficients);
                for (int l = 0; l < done; l++)
                {
                    coefficients[l] *= -tau;
                    coefficients[PanelWidth + l] = -panel[(nint)l * m];
                }

                T* sum = pending + ((nint)done * n) + step + 1, element = row + step + 1;
                SpectralKernels.DotRows(behind, length, v + m, m, v, sum);
                SpectralKernels.Scale(tau, sum, behind);
                for (int j = 0; j < behind; j++)
                    element[j] = v[(nint)(j + 1) * m];
                SpectralKernels.AddRows(done, behind, pending + step + 1, n, coefficients, sum, coefficients + PanelWidth, element);
                SpectralKernels.AddScaled(-T.One, sum, element, behind);
                for (int j = 0; j < behind; j++)
                    v[(nint)(j + 1) * m] = element[j];
                v[0] = beta;
                fresh = TryDowndate(step + 1);
            }

            next = first + done;
            if (next < m && next < n)
            {
                PanelKernels.Multiply(
                    false, n - next, m - next, done, pending + next, 1, n, factors + ((nint)first * m) + next, m, factors + ((nint)next * m) + next, m);
            }
        }

        if (!fresh)
            RecomputeNorms(next);
        return done;
    }

    /// <summary>Exchanges a column with the one of largest norm that remains; the place where that one was.</summary>
    private int BringLargestColumnTo(int step)
    {
        int largest = step;
        for (int j = step + 1; j < Columns; j++)
        {
            if (_remaining[j] > _remaining[largest])
                largest = j;
        }

        if (largest == step)
            return step;
        Span<T> here = Column(step), there = Column(largest);
        for (int i = 0; i < here.Length; i++)
            (here[i], there[i]) = (there[i], here[i]);
        (_permutation[step], _permutation[largest]) = (_permutation[largest], _permutation[step]);
        _remaining[largest] = _remaining[step];
        _reference[largest] = _reference[step];
        return largest;
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

    /// <summary>Takes the elements of the new row out of the norms of the columns; those with too few digits left become -1, and the result false.</summary>
    private unsafe bool TryDowndate(int from)
    {
        int j = from, n = Columns;
        bool good = true;
        fixed (T* remaining = _remaining, reference = _reference, row = _row)
        {
            if (VectorKernels.IsVectorized<T>())
            {
                Vector256<T> one = Vector256.Create(T.One), cut = Vector256.Create(RecomputeBelow);
                for (; j <= n - Vector256<T>.Count; j += Vector256<T>.Count)
                {
                    Vector256<T> norm = Vector256.Load(remaining + j), ratio = Vector256.Load(row + j) / norm, since = norm / Vector256.Load(reference + j);
                    Vector256<T> shrink = Vector256.Max(default, (one - ratio) * (one + ratio)), none = Vector256.Equals(norm, default);
                    Vector256<T> enough = Vector256.GreaterThan(shrink * since * since, cut);
                    good &= Vector256.EqualsAll((none | enough).AsByte(), Vector256<byte>.AllBitsSet);
                    norm = Vector256.ConditionalSelect(enough, norm * Vector256.Sqrt(shrink), -one);
                    Vector256.ConditionalSelect(none, default, norm).Store(remaining + j);
                }
            }

            for (; j < n; j++)
            {
                T norm = remaining[j], ratio = row[j] / norm, since = norm / reference[j], shrink = T.Max(T.Zero, (T.One - ratio) * (T.One + ratio));
                if (norm == T.Zero)
                    continue;
                bool enough = shrink * since * since > RecomputeBelow;
                good &= enough;
                remaining[j] = enough ? norm * T.Sqrt(shrink) : -T.One;
            }
        }

        return good;
    }

    private void RecomputeNorms(int from)
    {
        for (int j = from; j < Columns; j++)
        {
            if (_remaining[j] < T.Zero)
                _remaining[j] = _reference[j] = from < Rows ? Reduce.Norm<T>(Column(j)[from..]) : T.Zero;
        }
    }

    private static unsafe void Dots(int rows, int n, T* a, nint lda, T* x, T* y)
    {
        if (VectorKernels.IsVectorized<T>())
        {
            SpectralKernels.DotRows(rows, n, a, lda, x, y);
            return;
        }

        for (int r = 0; r < rows; r++)
            y[r] = Reduce.Dot(new ReadOnlySpan<T>(a + (r * lda), n), new ReadOnlySpan<T>(x, n));
    }

    private static unsafe void AddOuter(int rows, int n, T* x, T* v, T* a, nint lda)
    {
        if (VectorKernels.IsVectorized<T>())
        {
            SpectralKernels.AddOuter(rows, n, x, v, a, lda);
            return;
        }

        for (int r = 0; r < rows; r++)
            SpectralKernels.AddScaled(x[r], v, a + (r * lda), n);
    }

    private void CheckLeading(int length, string name)
    {
        if (length > Steps)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name} has {length} elements, R has {Steps} rows."), name);
    }

    private static T MachineEpsilon() => T.BitIncrement(T.One) - T.One;
}
