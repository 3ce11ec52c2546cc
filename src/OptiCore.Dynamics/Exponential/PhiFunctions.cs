using System.Numerics;
using OptiCore.LinearAlgebra;

namespace OptiCore.Dynamics;

/// <summary>
/// The functions of exponential integrators: phi[0](z) = e^z and phi[k](z) = the integral over s from 0 to 1 of e^((1 - s) z) s^(k - 1) / (k - 1)!, so that phi[k](z) = (phi[k-1](z) - 1 / (k-1)!) / z and
/// phi[k](0) = 1 / k!. Of numbers, and of square matrices.
/// </summary>
/// <remarks>
/// <para>Of a matrix A of order n they are the first row of blocks of the exponential of the matrix with A and identities above the diagonal, [[A, I, 0], [0, 0, I], [0, 0, 0]] for p = 2 (R. B. Sidje 1998, Expokit: a software package for computing
/// matrix exponentials, theorem 1), which doesn't cancel for small A as the recurrence does. About 20 ((p + 1) n)^3 operations; the error is that of the exponential, relative to the largest of the blocks.</para>
/// <para>The object is allocated once for n and p; nothing is allocated after the constructor. B. V. Minchev, W. M. Wright (2005), A review of exponential integrators for first order semi-linear problems.</para>
/// </remarks>
public sealed class PhiFunctions
{
    // Below this size the recurrence upwards loses digits, and the series converges in few terms.
    private const double SeriesRadius = 2;

    // 2^28 / 28! is below half a spacing beside the sum.
    private const int SeriesTerms = 28;

    private readonly MatrixExponential<double> _exponential;
    private readonly double[] _augmented;

    /// <summary>Allocates everything for matrices of one order.</summary>
    /// <param name="order">The order n of the matrices, at least 1.</param>
    /// <param name="highest">The number p of the highest function, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The order isn't positive, or the highest is negative.</exception>
    public PhiFunctions(int order, int highest)
    {
        Order = Require.Positive(order, nameof(order));
        Highest = Require.NonNegative(highest, nameof(highest));
        int size = checked((highest + 1) * order);
        _exponential = new MatrixExponential<double>(size);
        _augmented = new double[checked(size * size)];
    }

    /// <summary>The order n of the matrices.</summary>
    public int Order { get; }

    /// <summary>The number p of the highest function.</summary>
    public int Highest { get; }

    /// <summary>Writes phi[0](z), ..., phi[p](z).</summary>
    /// <param name="z">The number.</param>
    /// <param name="phi">Receives the functions; its length is p + 1.</param>
    /// <remarks>By the Taylor series of the highest and the recurrence downwards where |z| is below 2, else by the recurrence upwards: a few roundings.</remarks>
    public static void Evaluate(double z, Span<double> phi) => Evaluate(z, Math.Exp(z), Math.Abs(z) < SeriesRadius, phi);

    /// <summary>Writes phi[0](z), ..., phi[p](z) of a complex number, as of a real one.</summary>
    /// <param name="z">The number.</param>
    /// <param name="phi">Receives the functions; its length is p + 1.</param>
    public static void Evaluate(Complex z, Span<Complex> phi) => Evaluate(z, Complex.Exp(z), Complex.Abs(z) < SeriesRadius, phi);

    private static void Evaluate<T>(T z, T exponential, bool isSmall, Span<T> phi) where T : INumberBase<T>
    {
        if (phi.IsEmpty)
            return;
        phi[0] = exponential;
        int p = phi.Length - 1;
        double inverse = 1;
        if (!isSmall)
        {
            for (int k = 1; k <= p; k++)
            {
                phi[k] = (phi[k - 1] - T.CreateChecked(inverse)) / z;
                inverse /= k;
            }

            return;
        }

        for (int k = 2; k <= p; k++)
            inverse /= k;

        // phi[p] = sum of z^j / (j + p)!
        T sum = T.CreateChecked(inverse), term = sum;
        for (int j = 1; j <= SeriesTerms; j++)
        {
            term *= z / T.CreateChecked(j + p);
            sum += term;
        }

        for (int k = p; k > 0; k--)
        {
            phi[k] = sum;
            inverse *= k;
            sum = (z * sum) + T.CreateChecked(inverse);
        }
    }

    /// <summary>Writes phi[0](scale A), ..., phi[p](scale A).</summary>
    /// <param name="scale">The factor of A.</param>
    /// <param name="a">The matrix A, n x n, row-major. Is only read.</param>
    /// <param name="phi">Receives the matrices one after the other, (p + 1) x n x n.</param>
    /// <exception cref="ArgumentException">A length doesn't fit, or an element of scale A isn't finite.</exception>
    public void Compute(double scale, ReadOnlySpan<double> a, Span<double> phi)
    {
        int n = Order, size = (Highest + 1) * n;
        Require.Length(a.Length, n * n, nameof(a));
        Require.Length(phi.Length, (Highest + 1) * n * n, nameof(phi));
        _augmented.AsSpan().Clear();
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                _augmented[(i * size) + j] = scale * a[(i * n) + j];
        }

        for (int i = 0; i < size - n; i++)
            _augmented[(i * size) + i + n] = 1;
        _exponential.Compute(_augmented, _augmented);
        for (int k = 0; k <= Highest; k++)
        {
            for (int i = 0; i < n; i++)
                _augmented.AsSpan((i * size) + (k * n), n).CopyTo(phi.Slice(((k * n) + i) * n, n));
        }
    }
}
