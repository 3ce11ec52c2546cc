using OptiCore.LinearAlgebra;
using OptiCore.Numerics;
using OptiCore.Optimizers;

namespace OptiCore.Dynamics;

/// <summary>
/// Dynamics by Gaussian processes: x_k+1 = x_k + f(x_k) with one process with the squared exponential covariance for each variable. Forecasts carry their uncertainty along by moment matching.
/// <code>
/// GaussianProcessModel model = new GaussianProcessDynamics().Fit(data, RandomKey.FromSeed(1));
/// model.Forecast(mean, covariance, means, covariances);             // a normal law for each step
/// </code>
/// </summary>
/// <remarks>
/// <para>Hyperparameters are learned by <see cref="GaussianProcess"/> on standardised states. Cost: 50 n (m^3 + m^2 n) for a fit with m pairs, m n^2 for a predicted mean, and n^2 m^2 for a predicted covariance: for some
/// hundred pairs.</para>
/// <para>M. P. Deisenroth and C. E. Rasmussen (2011), PILCO: a model-based and data-efficient approach to policy search; the moments: J. Quiñonero-Candela, A. Girard, J. Larsen and C. E. Rasmussen (2003),
/// Propagation of uncertainty in Bayesian kernel models.</para>
/// </remarks>
[Algorithm("Gaussian process dynamics", "System identification", "Deisenroth, Rasmussen (2011), PILCO: a model-based and data-efficient approach to policy search", Capabilities = "moment matching")]
public sealed record GaussianProcessDynamics
{
    /// <summary>The number of starting points of the search for hyperparameters beside the first. Default: 1.</summary>
    public int Restarts { get; init => field = Require.NonNegative(value); } = 1;

    /// <summary>The smallest variance of the noise relative to that of the process. Default: 1e-6.</summary>
    public double MinNoiseRatio { get; init => field = Require.Positive(value); } = 1e-6;

    /// <summary>Whether the learned noise is added to the predicted covariances, for noise in the dynamics, or left out, for noise in the observations. Default: left out.</summary>
    public bool IncludeNoise { get; init; }

    /// <summary>Learns the processes.</summary>
    /// <param name="data">The series.</param>
    /// <param name="key">The randomness of the search.</param>
    /// <exception cref="ArgumentException">There are fewer than two pairs of states.</exception>
    public GaussianProcessModel Fit(TimeSeries data, RandomKey key)
    {
        Require.NotNull(data);
        int n = data.Dimension, m = data.PairCount;
        if (m < 2)
            throw new ArgumentException($"The series has {m} pairs of states; at least two are needed.", nameof(data));
        var standard = new Standardization(data);
        (double[] x, double[] y, _) = standard.Apply(data).Pairs();
        var options = new GaussianProcessOptions { Covariance = new SquaredExponential(), LengthScalePrior = false, MinNoiseRatio = MinNoiseRatio, Restarts = Restarts, MinLengthScale = 0.05, MaxLengthScale = 100 };
        var components = new GaussianProcessModel.Component[n];
        for (int i = 0; i < n; i++)
        {
            var process = new GaussianProcess(n, options);
            var differences = new double[m];
            for (int k = 0; k < m; k++)
            {
                differences[k] = y[(k * n) + i] - x[(k * n) + i];
                process.Add(x.AsSpan(k * n, n), differences[k]);
            }

            process.Fit(key.Fold(i));
            components[i] = new GaussianProcessModel.Component(process, x, differences, n, IncludeNoise);
        }

        return new GaussianProcessModel(components, x, standard, data.Step);
    }
}

/// <summary>Learned Gaussian process dynamics.</summary>
public sealed class GaussianProcessModel : IForecaster
{
    private readonly Component[] _components;
    private readonly double[] _inputs;
    private readonly Standardization _standard;

    internal GaussianProcessModel(Component[] components, double[] inputs, Standardization standard, double step) =>
        (_components, _inputs, _standard, Step) = (components, inputs, standard, step);

    /// <inheritdoc/>
    public int Dimension => _components.Length;

    /// <summary>The number m of pairs that were learned from.</summary>
    public int Count => _inputs.Length / Dimension;

    /// <summary>The time between two states.</summary>
    public double Step { get; }

    /// <inheritdoc/>
    public int Memory => 1;

    /// <summary>The length scales of a variable's process, in standard deviations of the variables.</summary>
    /// <param name="variable">Its number, from 0.</param>
    public ReadOnlySpan<double> LengthScales(int variable) => _components[variable].LengthScales;

    /// <inheritdoc/>
    /// <remarks>The mean is propagated alone: each step is the processes' mean at the mean before.</remarks>
    public void Forecast(ReadOnlySpan<double> history, Span<double> forecast)
    {
        int n = Dimension, steps = ForecastArguments.Check(this, history, forecast);
        double[] z = new double[n], next = new double[n], kernel = new double[Count];
        _standard.Forward(history[^n..], z);
        for (int k = 0; k < steps; k++)
        {
            for (int a = 0; a < n; a++)
            {
                _components[a].Correlations(_inputs, z, kernel);
                next[a] = z[a] + _components[a].Mean + Reduce.Dot<double>(kernel, _components[a].Solution);
            }

            next.CopyTo(z, 0);
            _standard.Back(z, forecast.Slice(k * n, n));
        }
    }

    /// <summary>
    /// Predicts a normal law for each step: mean and covariance of the next state under a normal law of the present one are exact, and the law itself is taken to be normal again (moment matching).
    /// </summary>
    /// <param name="mean">The mean of the first state, n elements.</param>
    /// <param name="covariance">Its covariance, n x n; zero for a known state.</param>
    /// <param name="means">Receives h means of n elements.</param>
    /// <param name="covariances">Receives h covariances, n x n.</param>
    /// <exception cref="ArgumentException">A length doesn't fit, or the covariance isn't positive semidefinite.</exception>
    /// <remarks>What a call allocates doesn't depend on the number of steps.</remarks>
    public void Forecast(ReadOnlySpan<double> mean, ReadOnlySpan<double> covariance, Span<double> means, Span<double> covariances)
    {
        int n = Dimension, steps = means.Length / n;
        Require.Length(mean.Length, n, nameof(mean));
        Require.Length(covariance.Length, n * n, nameof(covariance));
        Require.Length(means.Length, steps * n, nameof(means));
        Require.Length(covariances.Length, steps * n * n, nameof(covariances));
        var moments = new MomentMatching(_components, _inputs);
        double[] mu = new double[n], sigma = new double[n * n];
        _standard.Forward(mean, mu);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                sigma[(i * n) + j] = covariance[(i * n) + j] / (_standard.Scales[i] * _standard.Scales[j]);
        }

        for (int k = 0; k < steps; k++)
        {
            moments.Advance(mu, sigma);
            _standard.Back(mu, means.Slice(k * n, n));
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                    covariances[(((k * n) + i) * n) + j] = sigma[(i * n) + j] * _standard.Scales[i] * _standard.Scales[j];
            }
        }
    }

    /// <summary>One process in the form that predictions need: correlations' inverse and its product with the observations.</summary>
    internal sealed class Component
    {
        private readonly double[] _weights;

        public Component(GaussianProcess process, double[] inputs, double[] targets, int n, bool includeNoise)
        {
            int m = targets.Length;
            LengthScales = process.LengthScales.ToArray();
            (Mean, Variance, Noise) = (process.Mean, process.Variance, includeNoise ? process.NoiseRatio * process.Variance : 0);
            _weights = new double[n];
            for (int d = 0; d < n; d++)
                _weights[d] = 1 / (LengthScales[d] * LengthScales[d]);
            var factor = new double[m * m];
            for (int i = 0; i < m; i++)
            {
                Correlations(inputs, inputs.AsSpan(i * n, n), factor.AsSpan(i * m, m));
                factor[(i * m) + i] += process.NoiseRatio;
            }

            if (!Cholesky.TryFactor<double>(factor, m))
                throw new InvalidOperationException("The covariance matrix isn't positive definite: observations repeat; let the noise ratio be larger.");
            Solution = new double[m];
            for (int i = 0; i < m; i++)
                Solution[i] = targets[i] - Mean;
            Cholesky.Solve<double>(factor, m, m, Solution);
            Inverse = new double[m * m];
            Cholesky.Inverse<double>(factor, m, m, Inverse, m);
        }

        public double[] LengthScales { get; }

        public double Mean { get; }

        public double Variance { get; }

        public double Noise { get; }

        /// <summary>R^-1 (y - m).</summary>
        public double[] Solution { get; }

        /// <summary>R^-1.</summary>
        public double[] Inverse { get; }

        public ReadOnlySpan<double> Weights => _weights;

        public void Correlations(ReadOnlySpan<double> inputs, ReadOnlySpan<double> x, Span<double> result)
        {
            int n = x.Length;
            for (int i = 0; i < result.Length; i++)
            {
                double sum = 0;
                for (int d = 0; d < n; d++)
                {
                    double difference = inputs[(i * n) + d] - x[d];
                    sum -= 0.5 * _weights[d] * difference * difference;
                }

                result[i] = sum;
            }

            VectorMath.Exp(result, result);
        }
    }
}
