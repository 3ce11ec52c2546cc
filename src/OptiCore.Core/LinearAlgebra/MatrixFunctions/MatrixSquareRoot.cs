using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>The principal square root X of a square matrix: X X = A, with all eigenvalues of X in the right half-plane.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>; the computation is in double precision for both.</typeparam>
/// <remarks>
/// <para>By the Schur method: the root of the triangular factor by substitution along its superdiagonals. About 30 n^3 complex operations at most. |X X - A| is a few n eps |X|^2.
/// The root is real when no eigenvalue is real and negative; where one is, it is complex, its negative eigenvalues going to the positive imaginary axis. A singular matrix
/// has a root only if its zero eigenvalue is semisimple or rounding hides that it isn't.</para>
/// <para>The object is allocated once for an order; nothing is allocated after the constructor. For a symmetric positive semidefinite matrix V diag(sqrt(w)) V' of
/// <see cref="SymmetricEigen{T}"/> keeps symmetry.</para>
/// <para>Bjorck and Hammarling (1983), A Schur method for the square root of a matrix; Higham (2008), Functions of matrices, chapter 6.</para>
/// </remarks>
public sealed class MatrixSquareRoot<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly ComplexSchur _schur;
    private readonly Complex[] _root;
    private readonly double[] _a;
    private readonly double[] _imaginary;

    /// <summary>Allocates everything for matrices of one order.</summary>
    /// <param name="order">The order n, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The order is negative.</exception>
    public MatrixSquareRoot(int order)
    {
        Order = Require.NonNegative(order, nameof(order));
        _schur = new ComplexSchur(order);
        _root = new Complex[checked(order * order)];
        _a = new double[order * order];
        _imaginary = new double[order * order];
    }

    /// <summary>The order n.</summary>
    public int Order { get; }

    /// <summary>Writes the real principal square root.</summary>
    /// <param name="a">The matrix A, n x n, row-major. Is only read.</param>
    /// <param name="root">Receives X, n x n; may be A itself.</param>
    /// <returns>False when there is no real principal root: an eigenvalue is real and negative, or zero and defective. The result is then NaN.</returns>
    /// <exception cref="ArgumentException">A length doesn't fit, or an element of A isn't finite.</exception>
    public bool TryCompute(ReadOnlySpan<T> a, Span<T> root)
    {
        Require.Length(a.Length, Order * Order, nameof(a));
        Require.Length(root.Length, Order * Order, nameof(root));
        bool found = Compute(a, out bool real) && real;
        for (int i = 0; i < root.Length; i++)
            root[i] = found ? T.CreateTruncating(_a[i]) : T.NaN;
        return found;
    }

    /// <summary>Writes the principal square root, real or complex.</summary>
    /// <param name="a">The matrix A, n x n, row-major. Is only read.</param>
    /// <param name="real">Receives the real part of X, n x n; may be A itself.</param>
    /// <param name="imaginary">Receives the imaginary part of X, n x n: zeros where X is real.</param>
    /// <returns>False when there is no root: the eigenvalue zero is defective. The result is then NaN.</returns>
    /// <exception cref="ArgumentException">A length doesn't fit, or an element of A isn't finite.</exception>
    public bool TryCompute(ReadOnlySpan<T> a, Span<T> real, Span<T> imaginary)
    {
        Require.Length(a.Length, Order * Order, nameof(a));
        Require.Length(real.Length, Order * Order, nameof(real));
        Require.Length(imaginary.Length, Order * Order, nameof(imaginary));
        bool found = Compute(a, out bool isReal);
        for (int i = 0; i < real.Length; i++)
        {
            real[i] = found ? T.CreateTruncating(_a[i]) : T.NaN;
            imaginary[i] = !found ? T.NaN : isReal ? T.Zero : T.CreateTruncating(_imaginary[i]);
        }

        return found;
    }

    /// <summary>R with R R = T for upper triangular matrices; false where the equations have no solution.</summary>
    internal static bool OfTriangle(int n, ReadOnlySpan<Complex> t, Span<Complex> r)
    {
        r.Clear();
        for (int j = 0; j < n; j++)
        {
            r[(j * n) + j] = Complex.Sqrt(t[(j * n) + j]);
            for (int i = j - 1; i >= 0; i--)
            {
                Complex sum = t[(i * n) + j];
                for (int k = i + 1; k < j; k++)
                    sum -= r[(i * n) + k] * r[(k * n) + j];
                Complex divisor = r[(i * n) + i] + r[(j * n) + j];
                if (divisor == Complex.Zero)
                {
                    if (sum != Complex.Zero)
                        return false;
                    continue;
                }

                r[(i * n) + j] = sum / divisor;
            }
        }

        return true;
    }

    private bool Compute(ReadOnlySpan<T> a, out bool real)
    {
        int n = Order;
        real = true;
        Require.AllFinite(a, nameof(a));
        for (int i = 0; i < a.Length; i++)
            _a[i] = double.CreateChecked(a[i]);
        if (!_schur.Factor(_a))
            return false;
        for (int i = 0; i < n; i++)
        {
            Complex w = _schur.Triangle[(i * n) + i];
            real &= !(w.Imaginary == 0 && w.Real < 0);
        }

        if (!OfTriangle(n, _schur.Triangle, _root))
            return false;
        _schur.Assemble(_root, _a, _imaginary);
        return true;
    }
}
