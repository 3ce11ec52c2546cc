using System.Buffers;
using OptiCore.LinearAlgebra;
using OptiCore.Numerics;
using OptiCore.Randomness;

namespace OptiCore.Samplers;

/// <summary>
/// log p(x) = -(x - m)' C^-1 (x - m) / 2 + log L(x): a Gaussian prior of mean m and covariance C, and a likelihood. The covariance is factored once,
/// in n^3 / 3 operations; a draw of the prior and a log density cost n^2.
/// </summary>
public sealed class GaussianPriorDensity : IGaussianPriorDensity
{
    private readonly double[] _mean;
    private readonly double[] _factor;
    private readonly IFunction<double> _logLikelihood;

    /// <summary>Creates the density.</summary>
    /// <param name="mean">The prior mean m, n finite elements.</param>
    /// <param name="covariance">The prior covariance C, n x n, row-major, positive definite; the lower triangle is read.</param>
    /// <param name="logLikelihood">Computes log L(x).</param>
    /// <exception cref="ArgumentException">Sizes don't fit, an element isn't finite, or the covariance isn't positive definite.</exception>
    public GaussianPriorDensity(ReadOnlySpan<double> mean, ReadOnlySpan<double> covariance, IFunction<double> logLikelihood)
    {
        int n = Require.Positive(mean.Length, nameof(mean));
        Require.Length(covariance.Length, n * n, nameof(covariance));
        Require.AllFinite(mean, nameof(mean));
        Require.AllFinite(covariance, nameof(covariance));
        _logLikelihood = Require.NotNull(logLikelihood);
        if (logLikelihood.Dimension != 0)
            Require.Length(logLikelihood.Dimension, n, nameof(logLikelihood));
        _mean = mean.ToArray();
        _factor = covariance.ToArray();
        if (!Cholesky.TryFactor<double>(_factor, n))
            throw new ArgumentException("covariance is not positive definite.", nameof(covariance));
    }

    /// <inheritdoc/>
    public int Dimension => _mean.Length;

    /// <inheritdoc/>
    public ReadOnlySpan<double> PriorMean => _mean;

    /// <inheritdoc/>
    public double Value(ReadOnlySpan<double> x) => LogPrior(x) + LogLikelihood(x);

    /// <inheritdoc/>
    public double LogLikelihood(ReadOnlySpan<double> x) => _logLikelihood.Value(x);

    /// <inheritdoc/>
    public double LogPrior(ReadOnlySpan<double> x)
    {
        int n = _mean.Length;
        Require.Length(x.Length, n, nameof(x));
        double[] rented = ArrayPool<double>.Shared.Rent(n);
        Span<double> z = rented.AsSpan(0, n);
        for (int i = 0; i < n; i++)
            z[i] = x[i] - _mean[i];
        Blas.Trsv(Triangle.Lower, false, Diagonal.Stored, n, _factor, n, z);
        double value = -0.5 * Reduce.SumOfSquares<double>(z);
        ArrayPool<double>.Shared.Return(rented);
        return value;
    }

    /// <inheritdoc/>
    public void DrawDeviation(RandomKey key, Span<double> deviation)
    {
        int n = _mean.Length;
        Require.Length(deviation.Length, n, nameof(deviation));
        RandomFill.Normal(key, deviation);

        // L z in place: row i needs the elements up to i alone, so the last one goes first.
        for (int i = n - 1; i >= 0; i--)
            deviation[i] = Reduce.Dot<double>(_factor.AsSpan(i * n, i + 1), deviation[..(i + 1)]);
    }
}
