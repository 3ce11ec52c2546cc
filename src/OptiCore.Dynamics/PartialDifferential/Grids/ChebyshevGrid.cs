using System.Buffers;
using OptiCore.Fourier;

namespace OptiCore.Dynamics;

/// <summary>
/// Chebyshev's points on an interval, x[j] = -cos(pi j / N) on [-1, 1] for j = 0, ..., N, dense at both ends, and the derivatives of the polynomial of degree N through them. Exact for polynomials, and for
/// analytic functions with an error that falls exponentially in N.
/// </summary>
/// <remarks>
/// A derivative is a cosine transform, a recurrence of the coefficients and a transform back, O(N log N); <see cref="Matrix"/> gives the same as a matrix. The rounding of derivative m grows as N^(2 m).
/// L. N. Trefethen (2000), Spectral methods in MATLAB, chapters 6 and 8.
/// </remarks>
[Algorithm("Chebyshev pseudo-spectral method", "Partial differential equations", "L. N. Trefethen (2000), Spectral methods in MATLAB")]
public sealed class ChebyshevGrid : IBoundedGrid
{
    private readonly TrigonometricTransform<double> _transform;
    private readonly double[] _points;
    private readonly double[] _weights;
    private readonly double[] _leftSlope;
    private readonly double[] _rightSlope;
    private readonly double _scale;

    /// <summary>Creates a grid of N + 1 points.</summary>
    /// <param name="intervals">The number N of intervals, at least 2; powers of two are fast.</param>
    /// <param name="from">The smaller end.</param>
    /// <param name="to">The larger end.</param>
    /// <exception cref="ArgumentException">A number is out of range, or the ends don't rise.</exception>
    public ChebyshevGrid(int intervals, double from = -1, double to = 1)
    {
        int n = Require.AtLeast(intervals, 2, nameof(intervals));
        Require.Finite(from, nameof(from));
        if (!(Require.Finite(to, nameof(to)) > from))
            throw new ArgumentException(FormattableString.Invariant($"to is {to} but must be above from, {from}."), nameof(to));
        Count = n + 1;
        _scale = 2 / (to - from);
        _transform = new TrigonometricTransform<double>(TrigonometricKind.Cosine1, Count);
        _points = new double[Count];
        for (int j = 0; j <= n; j++)
            _points[j] = j == 0 ? from : j == n ? to : (0.5 * (from + to)) + (0.5 * (to - from) * Node(j, n));
        _weights = ClenshawCurtis(n, 0.5 * (to - from));
        double[] matrix = Matrix(1);
        _leftSlope = matrix[..Count];
        _rightSlope = matrix[^Count..];
    }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public ReadOnlySpan<double> Points => _points;

    /// <inheritdoc/>
    public void Derivative(ReadOnlySpan<double> u, int order, Span<double> derivative)
    {
        Require.Length(u.Length, Count, nameof(u));
        Require.Length(derivative.Length, Count, nameof(derivative));
        Require.Positive(order, nameof(order));
        int n = Count - 1;
        double[] rented = ArrayPool<double>.Shared.Rent(Count);
        Span<double> a = rented.AsSpan(0, Count);

        // In the points' rising order T[k](x[j]) = (-1)^k cos(pi j k / N): the signs of odd k are turned here and back below.
        _transform.Forward(u, a);
        for (int k = 0; k <= n; k++)
            a[k] *= (k % 2 == 0 ? 1 : -1) * (k == 0 || k == n ? 0.5 : 1) / n;
        for (int m = 0; m < order; m++)
        {
            // b[k - 1] = b[k + 1] + 2 k a[k], in place from above: the old a[k] is read before its place is written.
            double after = 0, behind = 0;
            for (int k = n; k >= 1; k--)
            {
                double b = behind + (2 * k * a[k]);
                a[k] = after;
                (behind, after) = (after, b);
            }

            a[0] = 0.5 * after;
            for (int k = 0; k <= n; k++)
                a[k] *= _scale;
        }

        for (int k = 0; k <= n; k++)
            a[k] *= (k % 2 == 0 ? 1 : -1) * (k == 0 || k == n ? 1 : 0.5);
        _transform.Forward(a, derivative);
        ArrayPool<double>.Shared.Return(rented);
    }

    /// <summary>The matrix of a derivative, row-major; the diagonal is minus the sum of the rest of its row, which loses the fewest digits.</summary>
    /// <param name="order">Which derivative, 1 or more.</param>
    /// <remarks>R. Baltensperger, M. R. Trummer (2003), Spectral differencing with a twist; B. D. Welfert (1997), Generation of pseudospectral differentiation matrices, for orders above 1.</remarks>
    public double[] Matrix(int order)
    {
        Require.Positive(order, nameof(order));
        int n = Count - 1;
        double[] matrix = new double[Count * Count], previous = new double[Count * Count];
        for (int i = 0; i <= n; i++)
            previous[(i * Count) + i] = 1;
        for (int m = 1; m <= order; m++)
        {
            for (int i = 0; i <= n; i++)
            {
                double sum = 0;
                for (int j = 0; j <= n; j++)
                {
                    if (i == j)
                        continue;

                    // x[i] - x[j] as a product of sines doesn't cancel.
                    double difference = 2 * Math.Sin(Math.PI * (i + j) / (2.0 * n)) * Math.Sin(Math.PI * (i - j) / (2.0 * n)) / _scale;
                    double ratio = Weight(j, n) / Weight(i, n);
                    matrix[(i * Count) + j] = m / difference * ((ratio * previous[(i * Count) + i]) - previous[(i * Count) + j]);
                    sum += matrix[(i * Count) + j];
                }

                matrix[(i * Count) + i] = -sum;
            }

            matrix.CopyTo(previous, 0);
        }

        return matrix;
    }

    /// <inheritdoc/>
    public void ApplyBoundary(Span<double> u, BoundaryCondition left, BoundaryCondition right)
    {
        Require.Length(u.Length, Count, nameof(u));
        BoundaryCondition.Solve(u, left, right, _leftSlope, _rightSlope, 0, Count - 1);
    }

    /// <inheritdoc/>
    /// <remarks>Clenshaw and Curtis' rule, exact for polynomials of degree N.</remarks>
    public double Integrate(ReadOnlySpan<double> u)
    {
        Require.Length(u.Length, Count, nameof(u));
        return OptiCore.Numerics.Reduce.Dot(_weights, u);
    }

    /// <summary>-cos(pi j / N) as a sine, which is exactly odd about the middle.</summary>
    private static double Node(int j, int n) => Math.Sin(Math.PI * ((2 * j) - n) / (2.0 * n));

    /// <summary>The barycentric weight of a point.</summary>
    private static double Weight(int j, int n) => (j % 2 == 0 ? 1 : -1) * (j == 0 || j == n ? 0.5 : 1);

    private static double[] ClenshawCurtis(int n, double scale)
    {
        double[] weights = new double[n + 1];
        for (int j = 0; j <= n; j++)
        {
            double sum = 1;
            for (int k = 1; k <= n / 2; k++)
                sum -= (2 * k == n ? 1 : 2) * Math.Cos(2 * Math.PI * j * k / n) / ((4.0 * k * k) - 1);
            weights[j] = scale * (j == 0 || j == n ? 1 : 2) * sum / n;
        }

        return weights;
    }
}
