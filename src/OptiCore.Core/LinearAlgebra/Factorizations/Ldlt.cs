using System.Numerics;
using OptiCore.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The factorization P A P' = L D L' of a symmetric matrix that may be indefinite, by the diagonal pivoting of Bunch and Kaufman: L is unit lower triangular, D has
/// blocks of order 1 and 2. For saddle-point systems, shifted Hessians, and the inertia of a matrix; for positive definite ones <see cref="Cholesky"/>.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
/// <remarks>
/// <para>About n^3 / 3 operations, half of <see cref="Lu"/>'s; blocked, so that large matrices are updated by products of matrices. Partial pivoting looks at two columns at
/// most for each step; elements of L aren't bounded by 1, but the growth of the reduced matrices is, by 2.57^(n-1).</para>
/// <para>The object is allocated once for an order and may factor any number of matrices; nothing is allocated after the first calls.</para>
/// <para>Bunch and Kaufman (1977), Some stable methods for calculating inertia and solving symmetric linear systems; Higham (2002), Accuracy and stability
/// of numerical algorithms, section 11.1.2.</para>
/// </remarks>
public sealed class Ldlt<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int Block = 32;
    private static readonly T Alpha = (T.One + T.Sqrt(T.CreateTruncating(17))) / T.CreateTruncating(8);

    // Row-major, lower triangle: what is left of A, and then L with D on its diagonal and, for blocks of order 2, just below it.
    private readonly T[] _factors;

    // The columns of the panel: row c of _columns is column (first + c) of L times D, as it is subtracted.
    private readonly T[] _columns;
    private readonly int[] _permutation;
    private readonly bool[] _pairs;
    private readonly T[] _work;
    private readonly int _spread;

    /// <summary>Allocates everything for matrices of one order.</summary>
    /// <param name="order">The order n, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The order is smaller than 1.</exception>
    public Ldlt(int order)
    {
        Order = Require.Positive(order, nameof(order));

        // Room behind each row: products read whole groups.
        _spread = PanelKernels.Spread<T>(order + PanelKernels.Width<T>());
        _factors = new T[checked(order * order)];
        _columns = new T[(Block + 1) * _spread];
        _permutation = new int[order];
        _pairs = new bool[order];
        _work = new T[order];
    }

    /// <summary>The order n.</summary>
    public int Order { get; }

    /// <summary>The permutation: row i of P A P' is row <c>Permutation[i]</c> of A.</summary>
    public ReadOnlySpan<int> Permutation => _permutation;

    /// <summary>How many eigenvalues of A are positive, negative and zero, by Sylvester's law of inertia. The zeros are those of D: exact ones only.</summary>
    public (int Positive, int Negative, int Zero) Inertia { get; private set; }

    /// <summary>Factors a matrix; replaces the factorization before.</summary>
    /// <param name="a">The symmetric matrix A, row-major, n^2 elements, of which the lower triangle is read.</param>
    /// <returns>False when D has a block that is exactly 0 or not finite: A is singular. The factors are complete nevertheless.</returns>
    /// <exception cref="ArgumentException">The matrix has another number of elements.</exception>
    public bool TryFactor(ReadOnlySpan<T> a)
    {
        Require.Length(a.Length, _factors.Length, nameof(a));
        return TryFactor(a, Order);
    }

    /// <summary>Factors a matrix; replaces the factorization before.</summary>
    /// <param name="a">The symmetric matrix A, row-major, of which the lower triangle is read.</param>
    /// <param name="lda">The distance between rows.</param>
    /// <returns>False when D has a block that is exactly 0 or not finite: A is singular. The factors are complete nevertheless.</returns>
    /// <exception cref="ArgumentException">The matrix doesn't fit into the span.</exception>
    public unsafe bool TryFactor(ReadOnlySpan<T> a, int lda)
    {
        int n = Order;
        MatrixArgument.Check(a.Length, n, n, lda, nameof(a));
        for (int i = 0; i < n; i++)
        {
            a.Slice(i * lda, i + 1).CopyTo(_factors.AsSpan(i * n));
            _permutation[i] = i;
            _pairs[i] = false;
        }

        bool regular = true;
        fixed (T* factors = _factors, columns = _columns)
        {
            for (int first = 0; first < n;)
            {
                int done = Panel(first, factors, columns, ref regular), next = first + done;

                PanelKernels.MultiplyLower(
                    n - next, done, factors + ((nint)next * n) + first, n, 1, columns + next, _spread, PanelKernels.Width<T>(), factors + ((nint)next * n) + next, n);
                first = next;
            }
        }

        CountInertia();
        return regular;
    }

    /// <summary>Solves A x = b. About 2 n^2 operations. Infinities or NaN come out where <see cref="TryFactor(ReadOnlySpan{T})"/> said no.</summary>
    /// <param name="b">The right side, n elements. Is only read; may be <paramref name="x"/>.</param>
    /// <param name="x">Receives n elements.</param>
    /// <exception cref="ArgumentException">A length doesn't fit.</exception>
    public void Solve(ReadOnlySpan<T> b, Span<T> x)
    {
        int n = Order;
        Require.Length(b.Length, n, nameof(b));
        Require.Length(x.Length, n, nameof(x));
        Span<T> y = _work;
        for (int i = 0; i < n; i++)
            y[i] = b[_permutation[i]];

        // The element below the diagonal of a block of order 2 belongs to D; L has a 0 there.
        for (int i = 0; i < n; i++)
        {
            int length = i > 0 && _pairs[i - 1] ? i - 1 : i;
            y[i] -= Reduce.Dot<T>(_factors.AsSpan(i * n, length), y[..length]);
        }

        for (int i = 0; i < n; i++)
        {
            T d = _factors[(i * n) + i];
            if (!_pairs[i])
            {
                y[i] /= d;
                continue;
            }

            // Scaled by the element off the diagonal, which is the largest: no product overflows.
            T off = _factors[((i + 1) * n) + i], upper = d / off, lower = _factors[((i + 1) * n) + i + 1] / off;
            T denominator = (upper * lower) - T.One, top = y[i] / off, bottom = y[i + 1] / off;
            y[i] = ((lower * top) - bottom) / denominator;
            y[i + 1] = ((upper * bottom) - top) / denominator;
            i++;
        }

        for (int i = n - 1; i >= 0; i--)
        {
            int length = i > 0 && _pairs[i - 1] ? i - 1 : i;
            VectorKernels.AddScaled(-y[i], _factors.AsSpan(i * n, length), y[..length]);
        }

        for (int i = 0; i < n; i++)
            x[_permutation[i]] = y[i];
    }

    /// <summary>The determinant's logarithm and sign: det A = sign e^result. For a singular matrix -infinity and 0.</summary>
    /// <param name="sign">Receives -1, 0 or 1.</param>
    public double LogDeterminant(out int sign)
    {
        double sum = 0;
        sign = 1;
        int n = Order;
        for (int i = 0; i < n; i++)
        {
            double d = double.CreateTruncating(_factors[(i * n) + i]);
            if (_pairs[i])
            {
                double off = double.CreateTruncating(_factors[((i + 1) * n) + i]), next = double.CreateTruncating(_factors[((i + 1) * n) + i + 1]);
                d = (d / off * (next / off)) - 1;
                sum += 2 * Math.Log(Math.Abs(off));
                i++;
            }

            sum += Math.Log(Math.Abs(d));
            sign *= d == 0 ? 0 : d < 0 ? -1 : 1;
        }

        return sum;
    }

    /// <summary>Writes L, with ones on its diagonal and zeros above.</summary>
    /// <param name="l">Receives n^2 elements, row-major.</param>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    public void CopyL(Span<T> l)
    {
        int n = Order;
        Require.Length(l.Length, n * n, nameof(l));
        l.Clear();
        for (int i = 0; i < n; i++)
        {
            int length = i > 0 && _pairs[i - 1] ? i - 1 : i;
            _factors.AsSpan(i * n, length).CopyTo(l[(i * n)..]);
            l[(i * n) + i] = T.One;
        }
    }

    /// <summary>Writes the symmetric block diagonal matrix D.</summary>
    /// <param name="d">Receives n^2 elements, row-major.</param>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    public void CopyD(Span<T> d)
    {
        int n = Order;
        Require.Length(d.Length, n * n, nameof(d));
        d.Clear();
        for (int i = 0; i < n; i++)
        {
            d[(i * n) + i] = _factors[(i * n) + i];
            if (_pairs[i])
                d[(i * n) + i + 1] = d[((i + 1) * n) + i] = _factors[((i + 1) * n) + i];
        }
    }

    /// <summary>Factors up to <see cref="Block"/> columns, left-looking; the number done.</summary>
    private unsafe int Panel(int first, T* factors, T* columns, ref bool regular)
    {
        int n = Order, last = Math.Min(n, first + Block);
        nint ld = _spread;
        for (int k = first; k < last;)
        {
            // Columns with the steps of this panel subtracted, from k on: the k-th and, where its pivot is too small, a second.
            T* column = columns + ((k - first) * ld), other = column + ld;
            Reduced(first, k, k, factors, columns, column);
            int r = LargestBelow(column, k + 1, n);
            T diagonal = T.Abs(column[k]), largest = r < n ? T.Abs(column[r]) : T.Zero;
            bool pair = false;
            int pivot = k;
            if (!(T.Max(diagonal, largest) > T.Zero) || !T.IsFinite(diagonal) || !T.IsFinite(largest))
            {
                // The whole column is 0, or the matrix isn't finite: the step changes nothing.
                regular = false;
            }
            else if (diagonal < Alpha * largest)
            {
                Reduced(first, k, r, factors, columns, other);
                int s = LargestExcept(other, k, r, n);
                T largestOfRow = T.Abs(other[s]);
                if (diagonal * (largestOfRow / largest) >= Alpha * largest)
                {
                    pivot = k;
                }
                else if (T.Abs(other[r]) >= Alpha * largestOfRow)
                {
                    pivot = r;
                    new Span<T>(other + k, n - k).CopyTo(new Span<T>(column + k, n - k));
                }
                else if (k + 1 == last && last < n)
                {
                    // A pair doesn't fit any more: the next panel begins with it.
                    return k - first;
                }
                else
                {
                    pivot = r;
                    pair = true;
                }
            }

            int target = pair ? k + 1 : k;
            if (pivot != target)
                Exchange(target, pivot, first, k, factors, columns, pair ? 2 : 1);
            regular &= !pair || T.IsFinite(other[target]);
            if (pair)
            {
                WritePair(k, factors, column, other);
                _pairs[k] = true;
                k += 2;
            }
            else
            {
                WriteSingle(k, factors, column);
                k++;
            }
        }

        return last - first;
    }

    /// <summary>Column c of what is left after the panel's steps before k, its elements k to n.</summary>
    private unsafe void Reduced(int first, int k, int c, T* factors, T* columns, T* target)
    {
        int n = Order;
        for (int i = k; i < c; i++)
            target[i] = factors[((nint)c * n) + i];
        for (int i = c; i < n; i++)
            target[i] = factors[((nint)i * n) + c];

        // The row of L for c times the columns of L D.
        if (k > first)
            PanelKernels.Multiply(false, 1, n - k, k - first, factors + ((nint)c * n) + first, 0, 1, columns + k, _spread, target + k, _spread);
    }

    private static unsafe int LargestBelow(T* column, int from, int n)
    {
        int at = from;
        for (int i = from + 1; i < n; i++)
        {
            if (T.Abs(column[i]) > T.Abs(column[at]))
                at = i;
        }

        return at;
    }

    private static unsafe int LargestExcept(T* column, int from, int except, int n)
    {
        int at = from;
        for (int i = from + 1; i < n; i++)
        {
            if (i != except && T.Abs(column[i]) > T.Abs(column[at]))
                at = i;
        }

        return at;
    }

    /// <summary>Exchanges rows and columns p &lt; q of the symmetric matrix, of L so far and of the panel's columns.</summary>
    private unsafe void Exchange(int p, int q, int first, int k, T* factors, T* columns, int fresh)
    {
        int n = Order;
        (_permutation[p], _permutation[q]) = (_permutation[q], _permutation[p]);
        T* rowP = factors + ((nint)p * n), rowQ = factors + ((nint)q * n);

        // L of all steps so far lies left of column k.
        for (int j = 0; j < k; j++)
            (rowP[j], rowQ[j]) = (rowQ[j], rowP[j]);

        // What is left of A: the first column of a pair, which has moved nowhere, then the rows and columns themselves.
        for (int j = k; j < p; j++)
            (rowP[j], rowQ[j]) = (rowQ[j], rowP[j]);
        (rowP[p], rowQ[q]) = (rowQ[q], rowP[p]);
        for (int j = p + 1; j < q; j++)
        {
            T* element = factors + ((nint)j * n) + p;
            (*element, rowQ[j]) = (rowQ[j], *element);
        }

        for (int i = q + 1; i < n; i++)
        {
            T* row = factors + ((nint)i * n);
            (row[p], row[q]) = (row[q], row[p]);
        }

        for (int c = 0; c < k - first + fresh; c++)
        {
            T* column = columns + (c * (nint)_spread);
            (column[p], column[q]) = (column[q], column[p]);
        }
    }

    private unsafe void WriteSingle(int k, T* factors, T* column)
    {
        int n = Order;
        T d = column[k];
        factors[((nint)k * n) + k] = d;
        for (int i = k + 1; i < n; i++)
            factors[((nint)i * n) + k] = d == T.Zero ? T.Zero : column[i] / d;
    }

    private unsafe void WritePair(int k, T* factors, T* column, T* other)
    {
        int n = Order;
        T off = column[k + 1], upper = column[k] / off, lower = other[k + 1] / off, denominator = (upper * lower) - T.One;
        factors[((nint)k * n) + k] = column[k];
        factors[((nint)(k + 1) * n) + k] = off;
        factors[((nint)(k + 1) * n) + k + 1] = other[k + 1];
        for (int i = k + 2; i < n; i++)
        {
            T left = column[i] / off, right = other[i] / off;
            factors[((nint)i * n) + k] = ((lower * left) - right) / denominator;
            factors[((nint)i * n) + k + 1] = ((upper * right) - left) / denominator;
        }
    }

    private void CountInertia()
    {
        int n = Order, positive = 0, negative = 0, zero = 0;
        for (int i = 0; i < n; i++)
        {
            if (_pairs[i])
            {
                // A pivot of order 2 is chosen where its determinant is negative: one eigenvalue of each sign.
                positive++;
                negative++;
                i++;
                continue;
            }

            T d = _factors[(i * n) + i];
            positive += d > T.Zero ? 1 : 0;
            negative += d < T.Zero ? 1 : 0;
            zero += d == T.Zero ? 1 : 0;
        }

        Inertia = (positive, negative, zero);
    }
}
