using OptiCore.LinearAlgebra;

namespace OptiCore.Samplers;

/// <summary>
/// The exact model of data from a Gaussian mixture sum_k w_k N(mu_k, C_k): at level (alpha, sigma) samples are a mixture with means alpha mu_k and covariances alpha^2 C_k + sigma^2 I, whose score is known.
/// </summary>
/// <remarks>
/// <para>The data prediction is sum_k p(k | x) (mu_k + alpha C_k (alpha^2 C_k + sigma^2 I)^-1 (x - alpha mu_k)). In each component's eigenvectors, found once, an evaluation costs 2 n^2 operations
/// for each component and sample, and allocates nothing. Responsibilities are computed from logarithms: far samples are no problem.</para>
/// <para>For tests of samplers, for guidance experiments and as a teacher; <see cref="WithWeights"/> gives the conditional model of some components.</para>
/// </remarks>
public sealed class GaussianMixtureModel : IDiffusionModel
{
    private readonly double[] _logWeights;
    private readonly double[][] _means;
    private readonly double[][] _values;
    private readonly double[][] _vectors;

    /// <summary>Makes the model of a mixture.</summary>
    /// <param name="weights">The weights w_k, which are divided by their sum.</param>
    /// <param name="means">The means mu_k.</param>
    /// <param name="covariances">The covariances C_k, row-major, symmetric and positive semidefinite.</param>
    /// <exception cref="ArgumentException">Numbers or lengths don't fit, a weight is negative, or a covariance isn't symmetric and positive semidefinite.</exception>
    public GaussianMixtureModel(ReadOnlySpan<double> weights, double[][] means, double[][] covariances)
    {
        Require.NotNull(means);
        Require.NotNull(covariances);
        if (weights.IsEmpty)
            throw new ArgumentException("There is no component; at least one is needed.", nameof(weights));
        Require.Length(means.Length, weights.Length, nameof(means));
        Require.Length(covariances.Length, weights.Length, nameof(covariances));
        int n = Dimension = Require.Positive(means[0].Length, nameof(means));
        _logWeights = Normalized(weights);
        _means = new double[weights.Length][];
        _values = new double[weights.Length][];
        _vectors = new double[weights.Length][];
        var eigen = new SymmetricEigen<double>(n);
        for (int k = 0; k < weights.Length; k++)
        {
            Require.Length(means[k].Length, n, nameof(means));
            Require.AllFinite<double>(means[k], nameof(means));
            Require.Length(covariances[k].Length, n * n, nameof(covariances));
            Require.AllFinite<double>(covariances[k], nameof(covariances));
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < i; j++)
                {
                    if (Math.Abs(covariances[k][(i * n) + j] - covariances[k][(j * n) + i]) > 1e-12 * Math.Abs(covariances[k][(i * n) + j]))
                        throw new ArgumentException($"covariances[{k}] isn't symmetric: element ({i}, {j}) differs from ({j}, {i}).", nameof(covariances));
                }
            }

            eigen.Factor(covariances[k]);
            _means[k] = [.. means[k]];
            _values[k] = eigen.Values.ToArray();
            _vectors[k] = eigen.VectorRows.ToArray();
            if (_values[k][0] < -1e-12 * Math.Abs(_values[k][n - 1]))
                throw new ArgumentException($"covariances[{k}] has the negative eigenvalue {_values[k][0]}; it must be positive semidefinite.", nameof(covariances));
            for (int i = 0; i < n; i++)
                _values[k][i] = Math.Max(_values[k][i], 0);
        }
    }

    private GaussianMixtureModel(GaussianMixtureModel other, double[] logWeights, Prediction prediction)
    {
        Dimension = other.Dimension;
        Prediction = prediction;
        _logWeights = logWeights;
        _means = other._means;
        _values = other._values;
        _vectors = other._vectors;
    }

    /// <inheritdoc/>
    public int Dimension { get; }

    /// <summary>What is predicted: noise, unless <see cref="WithPrediction"/> says otherwise.</summary>
    public Prediction Prediction { get; } = Prediction.Noise;

    /// <inheritdoc/>
    public bool IsConcurrent => true;

    /// <summary>The number of components.</summary>
    public int Count => _means.Length;

    private int ScratchLength => (Count * (Dimension + 1)) + Dimension;

    /// <summary>The same mixture with other weights: with zeros, the conditional law of some components.</summary>
    /// <param name="weights">As many weights, at least one of them positive.</param>
    public GaussianMixtureModel WithWeights(params ReadOnlySpan<double> weights)
    {
        Require.Length(weights.Length, Count, nameof(weights));
        return new GaussianMixtureModel(this, Normalized(weights), Prediction);
    }

    /// <summary>The same mixture that answers in another parametrisation.</summary>
    /// <param name="prediction">What is predicted.</param>
    public GaussianMixtureModel WithPrediction(Prediction prediction) => new(this, _logWeights, Require.Defined(prediction, nameof(prediction)));

    /// <summary>Draws data: sample i depends on the key and i only.</summary>
    /// <param name="key">The key.</param>
    /// <param name="samples">Receives whole rows.</param>
    /// <exception cref="ArgumentException">The length is no multiple of the dimension.</exception>
    public void Sample(RandomKey key, Span<double> samples)
    {
        int n = Dimension;
        if (samples.Length % n != 0)
            throw new ArgumentException($"samples has {samples.Length} elements, which is no multiple of the dimension {n}.", nameof(samples));
        for (int i = 0; i < samples.Length / n; i++)
        {
            RandomStream stream = key.Fold(i).Stream();
            double u = stream.NextDouble();
            int k = 0;
            for (double total = Math.Exp(_logWeights[0]); u >= total && k < Count - 1; total += Math.Exp(_logWeights[k]))
                k++;
            Span<double> row = samples.Slice(i * n, n);
            _means[k].CopyTo(row);
            for (int j = 0; j < n; j++)
            {
                double z = stream.NextNormal() * Math.Sqrt(_values[k][j]);
                for (int d = 0; d < n; d++)
                    row[d] += z * _vectors[k][(j * n) + d];
            }
        }
    }

    /// <summary>The logarithm of the density of one noisy sample.</summary>
    /// <param name="x">The sample.</param>
    /// <param name="level">Its level.</param>
    public double LogDensity(ReadOnlySpan<double> x, in NoiseLevel level)
    {
        Require.Length(x.Length, Dimension, nameof(x));
        using ScratchRows scratch = ScratchRows.Rent(ScratchLength);
        Components all = At(level, scratch.Span);
        double largest = double.NegativeInfinity, sum = 0;
        for (int k = 0; k < Count; k++)
            largest = Math.Max(largest, LogComponent(k, x, all));
        for (int k = 0; k < Count; k++)
            sum += Math.Exp(LogComponent(k, x, all) - largest);
        return largest + Math.Log(sum) - (0.5 * Dimension * Math.Log(2 * Math.PI));
    }

    /// <inheritdoc/>
    public void Evaluate(ReadOnlySpan<double> x, in NoiseLevel level, Span<double> output)
    {
        Require.Length(output.Length, x.Length, nameof(output));
        using ScratchRows scratch = ScratchRows.Rent(ScratchLength);
        Components all = At(level, scratch.Span);
        int n = Dimension;

        // Noise by way of the score keeps its digits where sigma is small; data directly theirs where alpha is, down to 0.
        bool isScore = Prediction is Prediction.Noise or Prediction.Score;
        for (int row = 0; row < x.Length; row += n)
            EvaluateRow(x.Slice(row, n), all, isScore, output.Slice(row, n));
        Predictions.Convert(isScore ? Prediction.Score : Prediction.Data, Prediction, level, x, output);
    }

    private static double[] Normalized(ReadOnlySpan<double> weights)
    {
        double sum = 0;
        foreach (double weight in weights)
            sum += Require.NonNegative(weight, nameof(weights));
        Require.Positive(sum, nameof(weights));
        var logs = new double[weights.Length];
        for (int k = 0; k < logs.Length; k++)
            logs[k] = Math.Log(weights[k] / sum);
        return logs;
    }

    /// <summary>What all rows share at a level: the logarithms of weights over roots of determinants, and the reciprocal variances along the eigenvectors.</summary>
    private Components At(in NoiseLevel level, Span<double> scratch)
    {
        int n = Dimension;
        Span<double> logs = scratch[..Count], reciprocals = scratch.Slice(Count, Count * n);
        for (int k = 0; k < Count; k++)
        {
            logs[k] = _logWeights[k];
            for (int j = 0; j < n; j++)
            {
                double variance = (level.Alpha * level.Alpha * _values[k][j]) + (level.Sigma * level.Sigma);
                reciprocals[(k * n) + j] = 1 / variance;
                logs[k] -= 0.5 * Math.Log(variance);
            }
        }

        return new Components { Alpha = level.Alpha, Logs = logs, Reciprocals = reciprocals, Projections = scratch.Slice(Count * (n + 1), n) };
    }

    /// <summary>Writes the score or the predicted data of a row.</summary>
    private void EvaluateRow(ReadOnlySpan<double> x, in Components all, bool isScore, Span<double> output)
    {
        int n = Dimension;
        output.Clear();
        double largest = double.NegativeInfinity, sum = 0;
        for (int k = 0; k < Count; k++)
        {
            double log = LogComponent(k, x, all);
            if (log == double.NegativeInfinity)
                continue;

            // One pass: what was summed so far is scaled down when a larger term comes.
            if (log > largest)
            {
                double scale = Math.Exp(largest - log);
                sum *= scale;
                for (int d = 0; d < n; d++)
                    output[d] *= scale;
                largest = log;
            }

            double weight = Math.Exp(log - largest);
            sum += weight;
            double[] vectors = _vectors[k], mean = _means[k];
            for (int d = 0; d < n && !isScore; d++)
                output[d] += weight * mean[d];
            for (int j = 0; j < n; j++)
            {
                double share = weight * all.Projections[j] * all.Reciprocals[(k * n) + j] * (isScore ? -1 : all.Alpha * _values[k][j]);
                for (int d = 0; d < n; d++)
                    output[d] += share * vectors[(j * n) + d];
            }
        }

        for (int d = 0; d < n; d++)
            output[d] = largest == double.NegativeInfinity ? double.NaN : output[d] / sum;
    }

    /// <summary>log w_k N(x; alpha mu_k, alpha^2 C_k + sigma^2 I) without the power of 2 pi; leaves the projections of x - alpha mu_k on the eigenvectors.</summary>
    private double LogComponent(int k, ReadOnlySpan<double> x, in Components all)
    {
        int n = Dimension;
        double log = all.Logs[k];
        double[] vectors = _vectors[k], mean = _means[k];
        for (int j = 0; j < n; j++)
        {
            double projection = 0;
            for (int d = 0; d < n; d++)
                projection += vectors[(j * n) + d] * (x[d] - (all.Alpha * mean[d]));
            all.Projections[j] = projection;
            log -= 0.5 * projection * projection * all.Reciprocals[(k * n) + j];
        }

        return log;
    }

    private readonly ref struct Components
    {
        public required double Alpha { get; init; }

        public required Span<double> Logs { get; init; }

        public required Span<double> Reciprocals { get; init; }

        public required Span<double> Projections { get; init; }
    }
}
