using OptiCore.LinearAlgebra;

namespace OptiCore.Dynamics;

/// <summary>
/// Makes a prediction with uncertainty obey linear laws G u = b, such as conserved integrals, by conditioning on them:
/// <code>
/// mean' = mean - S G'(s^2 I + G S G')^-1 (G mean - b),   S' = S - S G'(s^2 I + G S G')^-1 G S.
/// </code>
/// </summary>
/// <remarks>
/// <para>With s = 0 the mean is the oblique projection on the laws in the metric of S^-1: elements that are uncertain move, those that are known stay, which is what distinguishes it from an equal shift of all
/// (S a multiple of the identity). With s &gt; 0 the laws hold within errors of standard deviation s. The prediction may come from any model that gives a covariance.</para>
/// <para>Cost: n^2 q + n q^2 operations for n elements and q laws.</para>
/// <para>D. Hansen, D. C. Maddix, S. Alizadeh, G. Gupta and M. W. Mahoney (2023), Learning physical models that can respect conservation laws (ProbConserv).</para>
/// </remarks>
[Algorithm("Conservation by conditioning", "System identification", "Hansen, Maddix, Alizadeh, Gupta, Mahoney (2023), Learning physical models that can respect conservation laws")]
public sealed record ConservationConstraint
{
    private readonly double[] _matrix;
    private readonly double[] _values;

    /// <summary>States the laws.</summary>
    /// <param name="matrix">The matrix G, q x n, row-major, finite.</param>
    /// <param name="values">The values b, q finite elements, at least one.</param>
    /// <exception cref="ArgumentException">There is no law, the matrix doesn't fit or a number isn't finite.</exception>
    public ConservationConstraint(ReadOnlySpan<double> matrix, ReadOnlySpan<double> values)
    {
        if (values.IsEmpty)
            throw new ArgumentException("There must be at least one law.", nameof(values));
        Dimension = matrix.Length / values.Length;
        Require.Length(matrix.Length, values.Length * Math.Max(1, Dimension), nameof(matrix));
        Require.AllFinite(matrix, nameof(matrix));
        Require.AllFinite(values, nameof(values));
        _matrix = matrix.ToArray();
        _values = values.ToArray();
    }

    /// <summary>The standard deviation s within which the laws hold, at least 0. Default: 0, exactly.</summary>
    public double Noise { get; init => field = Require.NonNegative(value); }

    /// <summary>The number n of elements of a prediction.</summary>
    public int Dimension { get; }

    /// <summary>The number q of laws.</summary>
    public int Count => _values.Length;

    /// <summary>The law that the integral of a function on a grid has a value, by the trapezoidal rule.</summary>
    /// <param name="grid">The grid, n increasing numbers, at least two.</param>
    /// <param name="value">The integral.</param>
    /// <exception cref="ArgumentException">The grid doesn't increase.</exception>
    public static ConservationConstraint Integral(ReadOnlySpan<double> grid, double value)
    {
        if (grid.Length < 2)
            throw new ArgumentException($"The grid has {grid.Length} points; at least two are needed.", nameof(grid));
        var weights = new double[grid.Length];
        for (int i = 1; i < grid.Length; i++)
        {
            double half = 0.5 * (grid[i] - grid[i - 1]);
            if (!(half > 0))
                throw new ArgumentException($"Point {i} of the grid is not above the one before.", nameof(grid));
            weights[i - 1] += half;
            weights[i] += half;
        }

        return new ConservationConstraint(weights, [value]);
    }

    /// <summary>How far a prediction is from the laws, G u - b.</summary>
    /// <param name="prediction">The prediction, n elements.</param>
    /// <param name="error">Receives q elements.</param>
    /// <exception cref="ArgumentException">A length doesn't fit.</exception>
    public void Violation(ReadOnlySpan<double> prediction, Span<double> error)
    {
        Require.Length(prediction.Length, Dimension, nameof(prediction));
        Require.Length(error.Length, Count, nameof(error));
        Blas.Gemv(false, Count, Dimension, 1.0, _matrix, Dimension, prediction, 0.0, error);
        for (int i = 0; i < error.Length; i++)
            error[i] -= _values[i];
    }

    /// <summary>Conditions a prediction on the laws, in place.</summary>
    /// <param name="mean">The mean, n elements.</param>
    /// <param name="covariance">The covariance, n x n, symmetric and positive semidefinite.</param>
    /// <returns>
    /// False when the laws contradict the prediction: a combination of them is certain under the covariance, and s is 0. The part that can be met is met then, by the pseudo-inverse.
    /// </returns>
    /// <exception cref="ArgumentException">A length doesn't fit.</exception>
    public bool Apply(Span<double> mean, Span<double> covariance)
    {
        int n = Dimension, q = Count;
        Require.Length(mean.Length, n, nameof(mean));
        Require.Length(covariance.Length, n * n, nameof(covariance));
        double[] spread = new double[n * q], gram = new double[q * q], error = new double[q], move = new double[q], change = new double[q * n], inverse = new double[q * q];
        Blas.Gemm(false, true, n, q, n, 1.0, covariance, n, _matrix, n, 0.0, spread, q);
        Blas.Gemm(false, false, q, q, n, 1.0, _matrix, n, spread, q, 0.0, gram, q);
        for (int i = 0; i < q; i++)
        {
            gram[(i * q) + i] += Noise * Noise;
            for (int j = 0; j < i; j++)
                gram[(i * q) + j] = gram[(j * q) + i] = 0.5 * (gram[(i * q) + j] + gram[(j * q) + i]);
        }

        // Laws that repeat one another, or are certain already, make the matrix singular: its pseudo-inverse leaves them out.
        var svd = new Svd<double>(q, q);
        if (!svd.Factor(gram))
            throw new InvalidOperationException("The laws' covariance couldn't be inverted.");
        svd.PseudoInverse(inverse, 1e-13);
        bool met = true;

        // A second pass takes away what rounding has left of the violation.
        for (int pass = 0; pass < (Noise == 0 ? 2 : 1); pass++)
        {
            Violation(mean, error);
            Blas.Gemv(false, q, q, 1.0, inverse, q, error, 0.0, move);
            Blas.Gemv(false, n, q, -1.0, spread, q, move, 1.0, mean);
        }

        if (Noise == 0)
        {
            Violation(mean, error);
            for (int i = 0; i < q; i++)
            {
                double size = Math.Abs(_values[i]);
                for (int j = 0; j < n; j++)
                    size += Math.Abs(_matrix[(i * n) + j] * mean[j]);
                met &= Math.Abs(error[i]) <= 1e-9 * size;
            }
        }

        Blas.Gemm(false, true, q, n, q, 1.0, inverse, q, spread, q, 0.0, change, n);
        Blas.Gemm(false, false, n, n, q, -1.0, spread, q, change, n, 1.0, covariance, n);
        for (int i = 0; i < n; i++)
        {
            covariance[(i * n) + i] = Math.Max(0, covariance[(i * n) + i]);
            for (int j = 0; j < i; j++)
                covariance[(i * n) + j] = covariance[(j * n) + i] = 0.5 * (covariance[(i * n) + j] + covariance[(j * n) + i]);
        }

        return met;
    }
}
