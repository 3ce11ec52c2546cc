using System.Numerics;
using OptiCore.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>Which eigenvectors a decomposition computes.</summary>
[Flags]
public enum EigenvectorSides
{
    /// <summary>The eigenvalues only.</summary>
    None = 0,

    /// <summary>The right eigenvectors v: A v = w v.</summary>
    Right = 1,

    /// <summary>The left eigenvectors u: u^H A = w u^H.</summary>
    Left = 2,

    /// <summary>Both.</summary>
    Both = 3,
}

/// <summary>Eigenvalues and eigenvectors of a square matrix without symmetry.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <remarks>
/// <para>The matrix is balanced by powers of two, brought to real Schur form (<see cref="RealSchur{T}"/>), and eigenvectors are found by substitution. About
/// 10 n^3 operations for values, 27 n^3 with vectors. The eigenvalues are exact for a matrix within n eps |A| of A, which for an eigenvalue of a defective or nearly defective matrix
/// may move it by |A| (n eps)^(1/k) for a Jordan block of size k; eigenvectors are then nearly parallel.</para>
/// <para>Complex eigenvalues come in neighbouring pairs, the one with positive imaginary part first; the order is otherwise that of the Schur form. Each eigenvector has the Euclidean norm 1; its
/// element of largest magnitude is real and positive. The object is allocated once for an order; nothing is allocated after the constructor.
/// For a symmetric matrix use <see cref="SymmetricEigen{T}"/>.</para>
/// <para>Parlett and Reinsch (1969), Balancing a matrix for calculation of eigenvalues and eigenvectors; James, Langou and Lowery (2014), On matrix balancing and
/// eigenvector computation; Golub and Van Loan (2013), Matrix computations, chapter 7.</para>
/// </remarks>
public sealed class GeneralEigen<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly RealSchur<T> _schur;
    private readonly T[] _balanced;
    private readonly T[] _scale;
    private readonly T[] _right;
    private readonly T[] _left;
    private readonly T[] _flipped;
    private readonly T[] _substituted;
    private readonly T[] _flippedReal;
    private readonly T[] _flippedImaginary;

    /// <summary>Allocates everything for matrices of one order.</summary>
    /// <param name="order">The order n, at least 0.</param>
    /// <param name="vectors">Which eigenvectors are wanted.</param>
    /// <exception cref="ArgumentOutOfRangeException">The order is negative or the choice isn't defined.</exception>
    /// <exception cref="NotSupportedException">The element type is neither float nor double.</exception>
    public GeneralEigen(int order, EigenvectorSides vectors = EigenvectorSides.Right)
    {
        Order = Require.NonNegative(order, nameof(order));
        Vectors = Require.Defined(vectors, nameof(vectors));
        _schur = new RealSchur<T>(order, vectors != EigenvectorSides.None);
        int square = checked(order * order);
        _balanced = new T[square];
        _scale = new T[order];
        _right = new T[vectors.HasFlag(EigenvectorSides.Right) ? square : 0];
        _left = new T[vectors.HasFlag(EigenvectorSides.Left) ? square : 0];
        _flipped = new T[_left.Length];
        _substituted = new T[vectors == EigenvectorSides.None ? 0 : square];
        _flippedReal = new T[order];
        _flippedImaginary = new T[order];
    }

    /// <summary>The order n.</summary>
    public int Order { get; }

    /// <summary>Which eigenvectors are computed.</summary>
    public EigenvectorSides Vectors { get; }

    /// <summary>The real parts of the eigenvalues.</summary>
    public ReadOnlySpan<T> RealParts => _schur.RealParts;

    /// <summary>The imaginary parts of the eigenvalues.</summary>
    public ReadOnlySpan<T> ImaginaryParts => _schur.ImaginaryParts;

    /// <summary>
    /// The right eigenvectors as rows of an n x n matrix: row j for a real eigenvalue j; for a pair j, j + 1 row j is the real and row j + 1 the imaginary part of the vector of eigenvalue j, whose
    /// complex conjugate is that of j + 1. Empty where they aren't computed.
    /// </summary>
    public ReadOnlySpan<T> RightRows => _right;

    /// <summary>The left eigenvectors, laid out as <see cref="RightRows"/>.</summary>
    public ReadOnlySpan<T> LeftRows => _left;

    /// <summary>Writes the right eigenvector of eigenvalue j.</summary>
    /// <param name="j">The index, from 0 to n - 1.</param>
    /// <param name="real">Receives the real parts, n elements.</param>
    /// <param name="imaginary">Receives the imaginary parts, n elements.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index lies outside.</exception>
    /// <exception cref="ArgumentException">A length doesn't fit.</exception>
    /// <exception cref="InvalidOperationException">There are no right eigenvectors.</exception>
    public void CopyRight(int j, Span<T> real, Span<T> imaginary) => CopyVector(_right, j, real, imaginary);

    /// <summary>Writes the left eigenvector of eigenvalue j.</summary>
    /// <param name="j">The index, from 0 to n - 1.</param>
    /// <param name="real">Receives the real parts, n elements.</param>
    /// <param name="imaginary">Receives the imaginary parts, n elements.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index lies outside.</exception>
    /// <exception cref="ArgumentException">A length doesn't fit.</exception>
    /// <exception cref="InvalidOperationException">There are no left eigenvectors.</exception>
    public void CopyLeft(int j, Span<T> real, Span<T> imaginary) => CopyVector(_left, j, real, imaginary);

    /// <summary>Decomposes a matrix; replaces the decomposition before.</summary>
    /// <param name="a">The matrix A, n x n, row-major. Is only read.</param>
    /// <returns>False when the iteration did not converge, which is not known to happen: the results are then meaningless.</returns>
    /// <exception cref="ArgumentException">The matrix has another size, or an element isn't finite.</exception>
    public bool Factor(ReadOnlySpan<T> a)
    {
        int n = Order;
        Require.Length(a.Length, n * n, nameof(a));
        T largest = SpectralKernels.MaxNorm(a, n, n, Math.Max(1, n), nameof(a));
        a.CopyTo(_balanced);

        // Only far from 1 do products of elements come near the ends of the range.
        int exponent = largest == T.Zero ? 0 : T.ILogB(largest), safe = typeof(T) == typeof(double) ? 400 : 40;
        exponent = Math.Abs(exponent) < safe ? 0 : exponent;
        for (int i = 0; i < _balanced.Length && exponent != 0; i++)
            _balanced[i] = T.ScaleB(_balanced[i], -exponent);
        Balance();
        if (!_schur.Factor(_balanced))
            return false;
        if (_right.Length > 0)
        {
            QuasiTriangularVectors.Solve(n, _schur.QuasiTriangular, RealParts, ImaginaryParts, _substituted);
            Blas.Gemm(false, false, n, n, n, T.One, _substituted, n, _schur.VectorRows, n, T.Zero, _right, n);
            Finish(_right, left: false);
        }

        if (_left.Length > 0)
        {
            // T' turned round is upper quasi-triangular again; a left vector is the conjugate of a vector of A'.
            ReadOnlySpan<T> t = _schur.QuasiTriangular;
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                    _flipped[((n - 1 - j) * n) + n - 1 - i] = t[(i * n) + j];
                _flippedReal[n - 1 - i] = RealParts[i];
                _flippedImaginary[n - 1 - i] = -ImaginaryParts[i];
            }

            QuasiTriangularVectors.Solve(n, _flipped, _flippedReal, _flippedImaginary, _substituted);

            // Vectors back in order and elements too; within a pair the order of real and imaginary part stays.
            _substituted.AsSpan().Reverse();
            for (int j = 0; j < n; j++)
            {
                if (ImaginaryParts[j] > T.Zero)
                {
                    Span<T> real = _substituted.AsSpan((j + 1) * n, n), imaginary = _substituted.AsSpan(j * n, n);
                    for (int i = 0; i < n; i++)
                        (real[i], imaginary[i]) = (-imaginary[i], real[i]);
                }
            }

            Blas.Gemm(false, false, n, n, n, T.One, _substituted, n, _schur.VectorRows, n, T.Zero, _left, n);
            Finish(_left, left: true);
        }

        if (exponent != 0)
            _schur.RescaleValues(exponent);
        return true;
    }

    /// <summary>A becomes D^-1 A D with D of powers of two such that the rows and columns have norms of one size.</summary>
    private void Balance()
    {
        int n = Order;
        T two = T.One + T.One, enough = T.CreateTruncating(0.95);
        _scale.AsSpan().Fill(T.One);
        T low = SpectralKernels.SmallestNormal<T>() / SpectralKernels.Epsilon<T>(), high = T.One / low;
        bool changed = n > 1;
        for (int round = 0; changed && round < 100; round++)
        {
            changed = false;
            for (int i = 0; i < n; i++)
            {
                T row = Reduce.Norm<T>(_balanced.AsSpan(i * n, n)), column = T.Zero, largest = T.Zero;
                for (int j = 0; j < n; j++)
                    largest = T.Max(largest, T.Abs(_balanced[(j * n) + i]));
                int exponent = largest == T.Zero ? 0 : T.ILogB(largest);
                for (int j = 0; j < n; j++)
                {
                    T value = T.ScaleB(_balanced[(j * n) + i], -exponent);
                    column = T.FusedMultiplyAdd(value, value, column);
                }

                column = T.ScaleB(T.Sqrt(column), exponent);
                if (row == T.Zero || column == T.Zero)
                    continue;
                T factor = T.One, sum = row + column;
                while (column < row / two && factor < high && column < high / two && row > low * two)
                {
                    factor *= two;
                    column *= two;
                    row /= two;
                }

                while (column / two >= row && factor > low && row < high / two && column > low * two)
                {
                    factor /= two;
                    column /= two;
                    row *= two;
                }

                if (factor == T.One || !(row + column < enough * sum) || Math.Abs(T.ILogB(_scale[i]) + T.ILogB(factor)) > (typeof(T) == typeof(double) ? 900 : 100))
                    continue;
                changed = true;
                _scale[i] *= factor;
                for (int j = 0; j < n; j++)
                    _balanced[(i * n) + j] /= factor;
                for (int j = 0; j < n; j++)
                    _balanced[(j * n) + i] *= factor;
            }
        }
    }

    /// <summary>Undoes the balancing and normalises.</summary>
    private void Finish(T[] rows, bool left)
    {
        int n = Order;
        for (int j = 0; j < n; j++)
        {
            bool pair = ImaginaryParts[j] > T.Zero;
            Span<T> x = rows.AsSpan(j * n, n), y = pair ? rows.AsSpan((j + 1) * n, n) : default;
            for (int i = 0; i < n; i++)
            {
                T factor = left ? T.One / _scale[i] : _scale[i];
                x[i] *= factor;
                if (pair)
                    y[i] *= factor;
            }

            T norm = pair ? T.Hypot(Reduce.Norm<T>(x), Reduce.Norm<T>(y)) : Reduce.Norm<T>(x);
            for (int i = 0; i < n; i++)
                x[i] /= norm;
            if (!pair)
            {
                SignConvention.LargestPositive(x);
                continue;
            }

            for (int i = 0; i < n; i++)
                y[i] /= norm;

            // Times the conjugate of the largest element over its magnitude.
            T largest = T.Zero;
            for (int i = 0; i < n; i++)
                largest = T.Max(largest, T.Hypot(x[i], y[i]));
            T least = largest * (T.One - T.Sqrt(SpectralKernels.Epsilon<T>()));
            int at = 0;
            while (T.Hypot(x[at], y[at]) < least)
                at++;
            T magnitude = T.Hypot(x[at], y[at]), cosine = x[at] / magnitude, sine = y[at] / magnitude;
            for (int i = 0; i < n; i++)
                (x[i], y[i]) = ((x[i] * cosine) + (y[i] * sine), (y[i] * cosine) - (x[i] * sine));
            y[at] = T.Zero;
            j++;
        }
    }

    private void CopyVector(T[] rows, int j, Span<T> real, Span<T> imaginary)
    {
        int n = Order;
        if (rows.Length == 0 && n > 0)
            throw new InvalidOperationException("The object was made without these eigenvectors.");
        ArgumentOutOfRangeException.ThrowIfNegative(j);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(j, n);
        Require.Length(real.Length, n, nameof(real));
        Require.Length(imaginary.Length, n, nameof(imaginary));
        bool second = ImaginaryParts[j] < T.Zero;
        rows.AsSpan((second ? j - 1 : j) * n, n).CopyTo(real);
        if (ImaginaryParts[j] == T.Zero)
        {
            imaginary.Clear();
            return;
        }

        rows.AsSpan((second ? j : j + 1) * n, n).CopyTo(imaginary);
        if (second)
            System.Numerics.Tensors.TensorPrimitives.Negate(imaginary, imaginary);
    }
}
