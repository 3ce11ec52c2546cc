using System.Buffers;
using System.Globalization;

namespace OptiCore.Problems;

/// <summary>
/// The normal density of given mean and covariance S: log p(x) = -(x - mean)' S^-1 (x - mean) / 2. Each evaluation costs n^2 multiplications.
/// </summary>
public sealed class MultivariateNormal : IKnownMoments
{
    private readonly double[] _mean;
    private readonly double[] _covariance;
    private readonly double[] _precision;

    /// <summary>Creates the density.</summary>
    /// <param name="mean">The mean, n finite elements.</param>
    /// <param name="covariance">The covariance, n x n, row-major, symmetric and positive definite.</param>
    /// <exception cref="ArgumentException">Sizes don't fit, an element isn't finite, or the covariance isn't symmetric and positive definite.</exception>
    public MultivariateNormal(ReadOnlySpan<double> mean, ReadOnlySpan<double> covariance)
    {
        int n = mean.Length;
        Require.Positive(n, nameof(mean));
        Require.Length(covariance.Length, n * n, nameof(covariance));
        Require.AllFinite(mean, nameof(mean));
        Require.AllFinite(covariance, nameof(covariance));
        _mean = mean.ToArray();
        _covariance = covariance.ToArray();
        _precision = InvertSymmetric(covariance, n);
        ParameterNames = ParameterName.Vector("x", n);
    }

    /// <inheritdoc/>
    public int Dimension => _mean.Length;

    /// <inheritdoc/>
    public IReadOnlyList<string> ParameterNames { get; }

    /// <summary>
    /// A chain of neighbours: mean 0, variances 1, and correlation <paramref name="correlation"/>^|i - j| between coordinates i and j.
    /// </summary>
    /// <param name="dimension">The number n of coordinates.</param>
    /// <param name="correlation">The correlation of neighbours, between -1 and 1.</param>
    public static MultivariateNormal Autoregressive(int dimension, double correlation)
    {
        Require.Positive(dimension, nameof(dimension));
        Require.InOpen(correlation, -1, 1, nameof(correlation));
        double[] covariance = new double[dimension * dimension];
        for (int i = 0; i < dimension; i++)
        {
            for (int j = 0; j < dimension; j++)
                covariance[(i * dimension) + j] = Math.Pow(correlation, Math.Abs(i - j));
        }

        return new MultivariateNormal(new double[dimension], covariance);
    }

    /// <inheritdoc/>
    public double Mean(int parameter) => _mean[parameter];

    /// <inheritdoc/>
    public double Variance(int parameter) => _covariance[(parameter * Dimension) + parameter];

    /// <inheritdoc/>
    public double Value(ReadOnlySpan<double> x)
    {
        double[] gradient = ArrayPool<double>.Shared.Rent(Dimension);
        double value = ValueAndGradient(x, gradient.AsSpan(0, Dimension));
        ArrayPool<double>.Shared.Return(gradient);
        return value;
    }

    /// <inheritdoc/>
    public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient)
    {
        int n = Dimension;
        double quadratic = 0;
        for (int i = 0; i < n; i++)
        {
            ReadOnlySpan<double> row = _precision.AsSpan(i * n, n);
            double product = 0;
            for (int j = 0; j < n; j++)
                product += row[j] * (x[j] - _mean[j]);
            gradient[i] = -product;
            quadratic += product * (x[i] - _mean[i]);
        }

        return -0.5 * quadratic;
    }

    /// <inheritdoc/>
    public void Constrain(ReadOnlySpan<double> unconstrained, Span<double> parameters) => unconstrained.CopyTo(parameters);

    /// <summary>Inverts a symmetric positive definite matrix by its Cholesky factor L: S^-1 = L^-T L^-1.</summary>
    private static double[] InvertSymmetric(ReadOnlySpan<double> covariance, int n)
    {
        double[] factor = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                if (covariance[(i * n) + j] != covariance[(j * n) + i])
                    throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"covariance is not symmetric: element ({i}, {j}) is {covariance[(i * n) + j]}, ({j}, {i}) is {covariance[(j * n) + i]}."), nameof(covariance));
                double sum = covariance[(i * n) + j];
                for (int k = 0; k < j; k++)
                    sum -= factor[(i * n) + k] * factor[(j * n) + k];
                if (i == j && !(sum > 0))
                    throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"covariance is not positive definite: the leading block of order {i + 1} is singular or indefinite."), nameof(covariance));
                factor[(i * n) + j] = i == j ? Math.Sqrt(sum) : sum / factor[(j * n) + j];
            }
        }

        // L^-1 by forward substitution, column by column.
        double[] inverse = new double[n * n];
        for (int c = 0; c < n; c++)
        {
            for (int i = c; i < n; i++)
            {
                double sum = i == c ? 1 : 0;
                for (int k = c; k < i; k++)
                    sum -= factor[(i * n) + k] * inverse[(k * n) + c];
                inverse[(i * n) + c] = sum / factor[(i * n) + i];
            }
        }

        double[] precision = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = 0;
                for (int k = i; k < n; k++)
                    sum += inverse[(k * n) + i] * inverse[(k * n) + j];
                precision[(i * n) + j] = precision[(j * n) + i] = sum;
            }
        }

        return precision;
    }
}
