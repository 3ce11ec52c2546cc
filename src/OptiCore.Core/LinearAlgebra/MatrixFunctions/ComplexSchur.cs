using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>The complex Schur decomposition A = Q T Q^H of a real matrix, by one rotation for each 2 x 2 block of the real one: the base of functions of general matrices.</summary>
/// <remarks>Golub and Van Loan (2013), Matrix computations, section 7.1.3; Higham (2008), Functions of matrices, chapter 4.</remarks>
internal sealed class ComplexSchur
{
    private readonly RealSchur<double> _real;
    private readonly Complex[] _work;

    public ComplexSchur(int order)
    {
        Order = order;
        _real = new RealSchur<double>(order);
        Triangle = new Complex[checked(order * order)];
        Vectors = new Complex[order * order];
        _work = new Complex[order * order];
    }

    public int Order { get; }

    /// <summary>The upper triangular T.</summary>
    public Complex[] Triangle { get; }

    /// <summary>The unitary Q.</summary>
    public Complex[] Vectors { get; }

    public bool Factor(ReadOnlySpan<double> a)
    {
        if (!_real.Factor(a))
            return false;
        int n = Order;
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                Triangle[(i * n) + j] = _real.QuasiTriangular[(i * n) + j];
                Vectors[(i * n) + j] = _real.VectorRows[(j * n) + i];
            }
        }

        for (int m = n - 1; m > 0; m--)
        {
            double below = Triangle[(m * n) + m - 1].Real;
            if (below == 0)
                continue;
            Complex shift = new Complex(_real.RealParts[m - 1], _real.ImaginaryParts[m - 1]) - Triangle[(m * n) + m];
            Rotate(m, shift, below);
            Triangle[(m * n) + m - 1] = Complex.Zero;
        }

        return true;
    }

    /// <summary>Brings the chosen eigenvalues to the front, by rotations that exchange neighbours; returns their number.</summary>
    public int MoveToFront(Predicate<Complex> chosen)
    {
        int n = Order, count = 0;
        for (int i = 0; i < n; i++)
        {
            if (!chosen(Triangle[(i * n) + i]))
                continue;
            for (int m = i; m > count; m--)
            {
                // The eigenvector of the second eigenvalue in the block (a, b; 0, d) is (b, d - a).
                Complex a = Triangle[((m - 1) * n) + m - 1], d = Triangle[(m * n) + m];
                Rotate(m, Triangle[((m - 1) * n) + m], d - a);
                (Triangle[((m - 1) * n) + m - 1], Triangle[(m * n) + m]) = (d, a);
                Triangle[(m * n) + m - 1] = Complex.Zero;
            }

            count++;
        }

        return count;
    }

    /// <summary>Writes Q F Q^H for an upper triangular F.</summary>
    public void Assemble(ReadOnlySpan<Complex> f, Span<double> real, Span<double> imaginary)
    {
        int n = Order;
        for (int i = 0; i < n; i++)
        {
            Span<Complex> row = _work.AsSpan(i * n, n);
            row.Clear();
            for (int k = 0; k < n; k++)
            {
                Complex q = Vectors[(i * n) + k];
                for (int j = k; j < n; j++)
                    row[j] += q * f[(k * n) + j];
            }
        }

        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                Complex sum = Complex.Zero;
                for (int k = 0; k < n; k++)
                    sum += _work[(i * n) + k] * Complex.Conjugate(Vectors[(j * n) + k]);
                real[(i * n) + j] = sum.Real;
                imaginary[(i * n) + j] = sum.Imaginary;
            }
        }
    }

    /// <summary>The unitary similarity in the plane of m - 1 and m whose first new basis vector is (x, y) normalised.</summary>
    private void Rotate(int m, Complex x, Complex y)
    {
        int n = Order;
        double norm = double.Hypot(double.Hypot(x.Real, x.Imaginary), double.Hypot(y.Real, y.Imaginary));
        if (norm == 0)
            return;
        Complex c = x / norm, s = y / norm;
        for (int j = m - 1; j < n; j++)
        {
            Complex upper = Triangle[((m - 1) * n) + j], lower = Triangle[(m * n) + j];
            Triangle[((m - 1) * n) + j] = (Complex.Conjugate(c) * upper) + (Complex.Conjugate(s) * lower);
            Triangle[(m * n) + j] = (c * lower) - (s * upper);
        }

        Columns(Triangle, m + 1);
        Columns(Vectors, n);

        void Columns(Complex[] matrix, int rows)
        {
            for (int i = 0; i < rows; i++)
            {
                Complex left = matrix[(i * n) + m - 1], right = matrix[(i * n) + m];
                matrix[(i * n) + m - 1] = (left * c) + (right * s);
                matrix[(i * n) + m] = (right * Complex.Conjugate(c)) - (left * Complex.Conjugate(s));
            }
        }
    }
}
