using System.Buffers;
using OptiCore.LinearAlgebra;
using OptiCore.Randomness;

namespace OptiCore.Distributions;

/// <summary>
/// The law of Lewandowski, Kurowicka and Joe of correlation matrices: p(R) proportional to det R^(eta - 1), a density with respect to the elements below the diagonal.
/// eta = 1 is uniform, larger ones favour the unit matrix. Each correlation alone has the law of 2 B - 1 with B of the beta law of eta - 1 + n/2 twice.
/// </summary>
/// <remarks>D. Lewandowski, D. Kurowicka, H. Joe (2009), "Generating random correlation matrices based on vines and extended onion method". Draws by the onion method: n^2/2 normal numbers and n beta numbers.</remarks>
public sealed class LkjCorrelation : IMultivariateDistribution
{
    private const double DiagonalTolerance = 1e-8;

    private static readonly LawParameter[] Names = [new("concentration", 1)];

    private readonly double _logNormalizer;

    /// <summary>Makes the law.</summary>
    /// <param name="order">The order n of the matrices, at least 1.</param>
    /// <param name="concentration">The concentration eta, positive and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public LkjCorrelation(int order, double concentration)
    {
        Order = Require.Positive(order, nameof(order));
        Concentration = Require.Positive(concentration, nameof(concentration));
        for (int k = 1; k < order; k++)
        {
            double rest = order - k, shape = concentration + (0.5 * (rest - 1));
            _logNormalizer += rest * ((((2 * concentration) - 2 + rest) * LawConstants.Log2) + SpecialFunctions.LogBeta(shape, shape));
        }
    }

    /// <summary>The order n of the matrices.</summary>
    public int Order { get; }

    /// <summary>The concentration eta.</summary>
    public double Concentration { get; }

    /// <inheritdoc/>
    public int Dimension => Order * Order;

    /// <summary>The logarithm of the density at a matrix; negative infinity when it isn't positive definite with a diagonal of ones (to 1e-8).</summary>
    /// <param name="x">The matrix, of which the lower triangle is read.</param>
    /// <exception cref="ArgumentException">The matrix has another size.</exception>
    public double LogDensity(ReadOnlySpan<double> x)
    {
        Require.Length(x.Length, Dimension, nameof(x));
        for (int i = 0; i < Order; i++)
        {
            if (!(Math.Abs(x[(i * Order) + i] - 1) <= DiagonalTolerance))
                return double.NegativeInfinity;
        }

        double logDeterminant = LogDeterminant(x);
        return double.IsNaN(logDeterminant) ? double.NegativeInfinity : ((Concentration - 1) * logDeterminant) - _logNormalizer;
    }

    /// <inheritdoc/>
    public ReadOnlySpan<LawParameter> Parameters => Names;

    /// <inheritdoc/>
    /// <remarks>
    /// ln det R + sum over k from 1 to n - 1 of k (psi(b + 1/2) - psi(b)) with b = eta + (k - 1)/2: the derivative of the normalizer with the duplication formula of psi. NaN when R isn't positive definite. About n^3/3 operations.
    /// </remarks>
    public void LogDensityParameterGradient(ReadOnlySpan<double> x, Span<double> gradient)
    {
        Require.Length(x.Length, Dimension, nameof(x));
        Require.Length(gradient.Length, 1, nameof(gradient));
        double sum = LogDeterminant(x);
        for (int k = 1; k < Order; k++)
            sum += k * LawConstants.DigammaHalfStep(Concentration + (0.5 * (k - 1)));
        gradient[0] = sum;
    }

    /// <inheritdoc/>
    public void Fill(RandomKey key, Span<double> points, ulong offset = 0)
    {
        int count = QuasiRandom.Points(points.Length, Dimension, nameof(points));
        double[] rented = ArrayPool<double>.Shared.Rent(Dimension);
        Span<double> factor = rented.AsSpan(0, Dimension);
        for (int i = 0; i < count; i++)
        {
            FillFactor(key, factor, offset + (ulong)i);
            Span<double> x = points.Slice(i * Dimension, Dimension);
            Blas.Gemm<double>(false, true, Order, Order, Order, 1, factor, Order, factor, Order, 0, x, Order);
            for (int j = 0; j < Order; j++)
                x[(j * Order) + j] = 1;
        }

        ArrayPool<double>.Shared.Return(rented);
    }

    /// <summary>The Cholesky factor of draw number <paramref name="index"/>, lower triangular with rows of length 1.</summary>
    /// <param name="key">The key.</param>
    /// <param name="factor">Receives the factor, n x n.</param>
    /// <param name="index">The index of the draw.</param>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    public void FillFactor(RandomKey key, Span<double> factor, ulong index = 0)
    {
        Require.Length(factor.Length, Dimension, nameof(factor));
        RandomFill.Normal(key.Fold(0), factor, index * (ulong)Dimension);
        Span<double> beta = stackalloc double[1];
        for (int k = 0; k < Order; k++)
        {
            Span<double> row = factor.Slice(k * Order, Order);
            row[(k + 1)..].Clear();
            double squares = 0;
            for (int j = 0; j < k; j++)
                squares += row[j] * row[j];
            if (k == 0)
            {
                row[0] = 1;
                continue;
            }

            // The share of the row's square length that lies in the span of the rows before.
            RandomFill.Beta(key.Fold(1).Fold(k), 0.5 * k, Concentration + (0.5 * (Order - 1 - k)), beta, index);
            double scale = Math.Sqrt(beta[0] / squares);
            for (int j = 0; j < k; j++)
                row[j] *= scale;
            row[k] = Math.Sqrt(1 - beta[0]);
        }
    }

    /// <summary>ln det of a matrix, or NaN when it isn't positive definite.</summary>
    private double LogDeterminant(ReadOnlySpan<double> x)
    {
        double[] rented = ArrayPool<double>.Shared.Rent(Dimension);
        Span<double> factor = rented.AsSpan(0, Dimension);
        x.CopyTo(factor);
        double result = Cholesky.TryFactor<double>(factor, Order, Order, out _) ? Cholesky.LogDeterminant<double>(factor, Order, Order) : double.NaN;
        ArrayPool<double>.Shared.Return(rented);
        return result;
    }
}
