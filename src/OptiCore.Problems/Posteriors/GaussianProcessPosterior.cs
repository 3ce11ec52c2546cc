using System.Buffers;
using OptiCore.LinearAlgebra;

namespace OptiCore.Problems;

/// <summary>
/// Gaussian process regression gp_regr: y ~ N(0, C) with C[i,j] = alpha^2 exp(-(x[i] - x[j])^2 / (2 rho^2)) and sigma added to the diagonal; rho ~ Gamma(25, rate 4), alpha ~ half-normal(2),
/// sigma ~ half-normal(1). Note that sigma is the variance of the noise.
/// </summary>
/// <remarks>
/// dl/dC = (w w' - C^-1) / 2 with w = C^-1 y. n^3 operations. C. E. Rasmussen and C. K. I. Williams (2006), Gaussian Processes for Machine Learning, section 5.4.
/// </remarks>
public sealed class GaussianProcessPosterior : ConstrainedLogDensity
{
    private const int OnStack = 768;

    private readonly SquaredExponential _kernel;
    private readonly double[] _responses;

    /// <summary>Creates the density.</summary>
    /// <param name="inputs">The inputs x.</param>
    /// <param name="responses">The responses y.</param>
    /// <exception cref="ArgumentException">Lengths differ, or a number isn't finite.</exception>
    public GaussianProcessPosterior(ReadOnlySpan<double> inputs, ReadOnlySpan<double> responses)
        : base(new ParameterSpace().Positive("rho").Positive("alpha").Positive("sigma"))
    {
        Require.Positive(inputs.Length, nameof(inputs));
        Require.Length(responses.Length, inputs.Length, nameof(responses));
        Require.AllFinite(inputs, nameof(inputs));
        Require.AllFinite(responses, nameof(responses));
        _kernel = new SquaredExponential(inputs);
        _responses = responses.ToArray();
    }

    /// <inheritdoc/>
    protected override double Evaluate(ReadOnlySpan<double> x, Span<double> gradient)
    {
        double rho = x[0], alpha = x[1], sigma = x[2];
        int n = _kernel.Count, size = n * n, needed = (3 * size) + n;
        double[]? rented = needed > OnStack ? ArrayPool<double>.Shared.Rent(needed) : null;
        Span<double> scratch = rented is null ? stackalloc double[needed] : rented.AsSpan(0, needed);
        Span<double> covariance = scratch[..size], factor = scratch.Slice(size, size), byElement = scratch.Slice(2 * size, size), weights = scratch[(3 * size)..];
        double value = double.NegativeInfinity;
        gradient.Clear();
        if (_kernel.TryFactor(rho, alpha, sigma, covariance, factor))
        {
            _responses.CopyTo(weights);
            Cholesky.Solve(factor, n, n, weights);
            double product = 0, byDiagonal = 0;
            for (int i = 0; i < n; i++)
                product += weights[i] * _responses[i];
            value = -0.5 * (product + Cholesky.LogDeterminant(factor, n, n));

            // First the inverse, then the gradient.
            Cholesky.Inverse(factor, n, n, byElement, n);
            for (int i = 0; i < n; i++)
            {
                Span<double> row = byElement.Slice(i * n, i + 1);
                for (int j = 0; j < row.Length; j++)
                    row[j] = (weights[i] * weights[j]) - row[j];
                row[i] *= 0.5;
                byDiagonal += row[i];
            }

            (gradient[0], gradient[1]) = _kernel.Pullback(rho, alpha, covariance, byElement);
            gradient[2] = byDiagonal - sigma;
            gradient[0] += (GaussianProcessPrior.Shape / rho) - GaussianProcessPrior.Rate;
            gradient[1] -= alpha / (GaussianProcessPrior.Scale * GaussianProcessPrior.Scale);
            value += GaussianProcessPrior.LogDensity(rho, alpha) - (0.5 * sigma * sigma);
        }

        if (rented is not null)
            ArrayPool<double>.Shared.Return(rented);
        return value;
    }
}

/// <summary>The priors that both processes share: rho ~ Gamma(25, rate 4), alpha ~ half-normal(2).</summary>
internal static class GaussianProcessPrior
{
    /// <summary>The shape of rho's law less 1, its rate, and alpha's scale.</summary>
    public const double Shape = 24, Rate = 4, Scale = 2;

    /// <summary>log p(rho) + log p(alpha).</summary>
    public static double LogDensity(double rho, double alpha) => (Shape * Math.Log(rho)) - (Rate * rho) - (0.5 * alpha * alpha / (Scale * Scale));
}
