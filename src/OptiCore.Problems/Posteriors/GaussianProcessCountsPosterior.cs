using System.Buffers;

namespace OptiCore.Problems;

/// <summary>
/// The Gaussian process of counts gp_pois_regr: k[i] ~ Poisson(exp f[i]), f = L f_tilde, f_tilde ~ N(0, I), where L L' is the covariance alpha^2 exp(-(x[i] - x[j])^2 / (2 rho^2)) with 1e-10 on the
/// diagonal; rho ~ Gamma(25, rate 4), alpha ~ half-normal(2). Reports rho, alpha, f_tilde and f.
/// </summary>
/// <remarks>The gradient goes back through the Cholesky factor: S. P. Smith (1995), Differentiation of the Cholesky algorithm. n^3 operations.</remarks>
public sealed class GaussianProcessCountsPosterior : ConstrainedLogDensity
{
    private const int OnStack = 768;
    private const double Jitter = 1e-10;

    private readonly SquaredExponential _kernel;
    private readonly double[] _counts;

    /// <summary>Creates the density.</summary>
    /// <param name="inputs">The inputs x.</param>
    /// <param name="counts">The counts k, each at least 0.</param>
    /// <exception cref="ArgumentException">Lengths differ, or a number isn't finite.</exception>
    public GaussianProcessCountsPosterior(ReadOnlySpan<double> inputs, ReadOnlySpan<double> counts)
        : base(new ParameterSpace().Positive("rho").Positive("alpha").Vector("f_tilde", Require.Positive(inputs.Length, nameof(inputs))), new ParameterSpace().Vector("f", inputs.Length))
    {
        Require.Length(counts.Length, inputs.Length, nameof(counts));
        Require.AllFinite(inputs, nameof(inputs));
        Require.AllFinite(counts, nameof(counts));
        _kernel = new SquaredExponential(inputs);
        _counts = counts.ToArray();
    }

    /// <inheritdoc/>
    protected override double Evaluate(ReadOnlySpan<double> x, Span<double> gradient)
    {
        double rho = x[0], alpha = x[1];
        int n = _kernel.Count, size = n * n, needed = 3 * size;
        ReadOnlySpan<double> white = x[2..];
        Span<double> byWhite = gradient[2..];
        double[]? rented = needed > OnStack ? ArrayPool<double>.Shared.Rent(needed) : null;
        Span<double> scratch = rented is null ? stackalloc double[needed] : rented.AsSpan(0, needed);
        Span<double> covariance = scratch[..size], factor = scratch.Slice(size, size), byFactor = scratch.Slice(2 * size, size);
        double value = double.NegativeInfinity;
        gradient.Clear();
        if (_kernel.TryFactor(rho, alpha, Jitter, covariance, factor))
        {
            value = GaussianProcessPrior.LogDensity(rho, alpha);
            for (int i = 0; i < n; i++)
            {
                ReadOnlySpan<double> row = factor.Slice(i * n, i + 1);
                double f = 0;
                for (int j = 0; j < row.Length; j++)
                    f += row[j] * white[j];
                double mean = Math.Exp(f), rest = _counts[i] - mean;
                value += (_counts[i] * f) - mean - (0.5 * white[i] * white[i]);
                byWhite[i] -= white[i];
                Span<double> rowGradient = byFactor.Slice(i * n, i + 1);
                for (int j = 0; j < row.Length; j++)
                {
                    byWhite[j] += rest * row[j];
                    rowGradient[j] = rest * white[j];
                }
            }

            SquaredExponential.FactorPullback(n, factor, byFactor);
            (gradient[0], gradient[1]) = _kernel.Pullback(rho, alpha, covariance, byFactor);
            gradient[0] += (GaussianProcessPrior.Shape / rho) - GaussianProcessPrior.Rate;
            gradient[1] -= alpha / (GaussianProcessPrior.Scale * GaussianProcessPrior.Scale);
        }

        if (rented is not null)
            ArrayPool<double>.Shared.Return(rented);
        return value;
    }

    /// <inheritdoc/>
    protected override void Generate(ReadOnlySpan<double> x, Span<double> generated)
    {
        int n = _kernel.Count, size = n * n;
        double[]? rented = 2 * size > OnStack ? ArrayPool<double>.Shared.Rent(2 * size) : null;
        Span<double> scratch = rented is null ? stackalloc double[2 * size] : rented.AsSpan(0, 2 * size);
        Span<double> factor = scratch.Slice(size, size);
        generated.Fill(double.NaN);
        if (_kernel.TryFactor(x[0], x[1], Jitter, scratch[..size], factor))
        {
            for (int i = 0; i < n; i++)
            {
                double f = 0;
                for (int j = 0; j <= i; j++)
                    f += factor[(i * n) + j] * x[2 + j];
                generated[i] = f;
            }
        }

        if (rented is not null)
            ArrayPool<double>.Shared.Return(rented);
    }
}
