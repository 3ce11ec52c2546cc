using OptiCore.LinearAlgebra;
using OptiCore.Numerics;
using OptiCore.Randomness;

namespace OptiCore.Optimizers;

/// <summary>
/// Regression by a Gaussian process: y_i = f(x_i) + e_i, f ~ GP(m, s^2 k), e_i ~ N(0, s^2 eta), with a constant mean m, a stationary correlation k with one length scale for
/// each input (automatic relevance determination) and a noise ratio eta.
/// </summary>
/// <remarks>
/// <para>With R the correlations of the observations plus eta on the diagonal, the mean and the variance are those of largest likelihood in closed form, m = 1'R^-1 y / 1'R^-1 1
/// and s^2 = (y - m)'R^-1(y - m) / n; length scales and eta maximise the likelihood that remains (plus the prior of <see cref="GaussianProcessOptions.LengthScalePrior"/>), by
/// <see cref="LbfgsB"/> with the exact gradient. The posterior at x with correlations r = k(x, x_i) has the mean m + r'R^-1(y - m) and the variance s^2 (1 - r'R^-1 r).</para>
/// <para>A categorical input has the distance 0 or 1. A fit costs some 50 times n^3 + n^2 d operations, a prediction n^2.</para>
/// <para>C. E. Rasmussen and C. K. I. Williams (2006), Gaussian Processes for Machine Learning; the profile likelihood as in D. R. Jones, M. Schonlau and W. J. Welch (1998),
/// Efficient global optimization of expensive black-box functions, J. Global Optim. 13, 455-492.</para>
/// </remarks>
[Algorithm("Gaussian process regression", "Surrogate models", "Rasmussen, Williams (2006), Gaussian Processes for Machine Learning", Capabilities = "ARD, Matérn, noise, categorical inputs")]
public sealed class GaussianProcess
{
    private readonly GaussianProcessOptions _options;
    private readonly bool[] _categorical;
    private readonly double[] _lengthScales;
    private readonly double[] _weights;
    private double[] _inputs = [];
    private double[] _targets = [];
    private double[] _factor = [];
    private double[] _solution = [];
    private double[] _row = [];
    private double[] _slopes = [];
    private int _capacity;
    private bool _conditioned;

    /// <summary>Makes a process without observations.</summary>
    /// <param name="dimension">The number d of inputs.</param>
    /// <param name="options">The assumptions; null for the default ones.</param>
    /// <param name="categorical">Which inputs are categories, d elements; empty for none.</param>
    /// <exception cref="ArgumentException">The number of marks isn't d.</exception>
    public GaussianProcess(int dimension, GaussianProcessOptions? options = null, ReadOnlySpan<bool> categorical = default)
    {
        Dimension = Require.Positive(dimension, nameof(dimension));
        if (!categorical.IsEmpty)
            Require.Length(categorical.Length, dimension, nameof(categorical));
        _options = options ?? new GaussianProcessOptions();
        _categorical = categorical.IsEmpty ? new bool[dimension] : categorical.ToArray();
        _lengthScales = new double[dimension];
        _weights = new double[dimension];
        SetLengthScales(InitialLengthScale);
        NoiseRatio = _options.NoiseRatio ?? Math.Max(1e-4, _options.MinNoiseRatio);
    }

    /// <summary>The number d of inputs.</summary>
    public int Dimension { get; }

    /// <summary>The number n of observations.</summary>
    public int Count { get; private set; }

    /// <summary>The length scales l, d elements.</summary>
    public ReadOnlySpan<double> LengthScales => _lengthScales;

    /// <summary>The noise ratio eta.</summary>
    public double NoiseRatio { get; private set; }

    /// <summary>The constant mean m.</summary>
    public double Mean { get; private set; }

    /// <summary>The variance s^2 of the process.</summary>
    public double Variance { get; private set; }

    /// <summary>The logarithm of the marginal likelihood of the observations at the present hyperparameters.</summary>
    public double LogLikelihood { get; private set; }

    internal GaussianProcessOptions Options => _options;

    internal double InitialLengthScale => Math.Clamp(0.5 * Math.Sqrt(Dimension), _options.MinLengthScale, _options.MaxLengthScale);

    /// <summary>Adds an observation; predictions know of it after <see cref="Condition"/> or <see cref="Fit"/>.</summary>
    /// <param name="x">The inputs, d finite elements.</param>
    /// <param name="y">The observed value, finite.</param>
    /// <exception cref="ArgumentException">A number isn't finite or the length isn't d.</exception>
    public void Add(ReadOnlySpan<double> x, double y)
    {
        Require.Length(x.Length, Dimension, nameof(x));
        Require.AllFinite(x, nameof(x));
        if (!double.IsFinite(y))
            throw new ArgumentException("An observation must be finite.", nameof(y));
        if (Count == _capacity)
            Grow(Math.Max(16, 2 * _capacity));
        for (int d = 0; d < Dimension; d++)
            _inputs[(d * _capacity) + Count] = x[d];
        _targets[Count++] = y;
        _conditioned = false;
    }

    /// <summary>Forgets all observations but the first ones.</summary>
    /// <param name="count">How many are kept.</param>
    public void Truncate(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Count);
        Count = count;
        _conditioned = false;
    }

    /// <summary>Sets length scales and the noise ratio instead of learning them.</summary>
    /// <param name="lengthScales">The length scales, d positive elements.</param>
    /// <param name="noiseRatio">The noise ratio, at least 0.</param>
    public void SetHyperparameters(ReadOnlySpan<double> lengthScales, double noiseRatio)
    {
        Require.Length(lengthScales.Length, Dimension, nameof(lengthScales));
        foreach (double l in lengthScales)
            Require.Positive(l, nameof(lengthScales));
        lengthScales.CopyTo(_lengthScales);
        NoiseRatio = Require.NonNegative(noiseRatio, nameof(noiseRatio));
        _conditioned = false;
    }

    /// <summary>Learns the hyperparameters from the observations and conditions on them.</summary>
    /// <param name="key">The randomness of the starting points.</param>
    /// <exception cref="InvalidOperationException">There are fewer than two observations.</exception>
    public void Fit(RandomKey key)
    {
        if (Count < 2)
            throw new InvalidOperationException("A fit needs at least two observations.");
        var likelihood = new GaussianProcessLikelihood(this);
        likelihood.Maximize(key);
        Condition();
    }

    /// <summary>Factors the covariance of the observations, so that predictions can be made.</summary>
    /// <exception cref="InvalidOperationException">There is no observation, or the covariance isn't positive definite although the noise ratio was raised a thousandfold three times.</exception>
    public void Condition()
    {
        if (Count == 0)
            throw new InvalidOperationException("There is no observation to condition on.");
        double ratio = NoiseRatio;
        for (int attempt = 0; ; attempt++)
        {
            if (TryFactor(_lengthScales, ratio, _factor, [], _solution, out double mean, out double variance, out double likelihood))
            {
                (Mean, Variance, LogLikelihood, NoiseRatio, _conditioned) = (mean, variance, likelihood, ratio, true);
                return;
            }

            if (attempt == 3)
                throw new InvalidOperationException("The covariance matrix isn't positive definite: observations repeat; let the noise ratio be larger.");
            ratio = Math.Max(1e-10, 1000 * ratio);
        }
    }

    /// <summary>The posterior mean and variance of f (without noise) at a point, and their gradients where asked for.</summary>
    /// <param name="x">The point, d elements.</param>
    /// <param name="mean">The mean.</param>
    /// <param name="variance">The variance, at least 0.</param>
    /// <param name="meanGradient">Receives the gradient of the mean, d elements; empty if it isn't wanted. 0 for categories.</param>
    /// <param name="varianceGradient">Receives the gradient of the variance; empty if it isn't wanted.</param>
    /// <exception cref="InvalidOperationException">The process isn't conditioned on its observations.</exception>
    public void Predict(ReadOnlySpan<double> x, out double mean, out double variance, Span<double> meanGradient = default, Span<double> varianceGradient = default)
    {
        Require.Length(x.Length, Dimension, nameof(x));
        RequireConditioned();
        int n = Count;
        Span<double> r = _row.AsSpan(0, n), slopes = _slopes.AsSpan(0, n), solved = _row.AsSpan(_capacity, n), weighted = _slopes.AsSpan(_capacity, n);
        SquaredDistances(x, n, _weights, r);
        _options.Covariance.Evaluate(r, slopes);
        mean = Mean + Reduce.Dot<double>(r, _solution.AsSpan(0, n));
        r.CopyTo(solved);
        Blas.Trsv(Triangle.Lower, false, Diagonal.Stored, n, _factor, n, solved);
        variance = Variance * Math.Max(0, 1 - Reduce.SumOfSquares<double>(solved));
        if (meanGradient.IsEmpty && varianceGradient.IsEmpty)
            return;
        Blas.Trsv(Triangle.Lower, true, Diagonal.Stored, n, _factor, n, solved);
        for (int d = 0; d < Dimension; d++)
        {
            double toMean = 0, toVariance = 0;
            if (!_categorical[d])
            {
                ReadOnlySpan<double> column = Column(d, n);
                for (int i = 0; i < n; i++)
                    weighted[i] = 2 * _weights[d] * slopes[i] * (x[d] - column[i]);
                toMean = Reduce.Dot<double>(weighted, _solution.AsSpan(0, n));
                toVariance = -2 * Variance * Reduce.Dot<double>(weighted, solved);
            }

            if (!meanGradient.IsEmpty)
                meanGradient[d] = toMean;
            if (!varianceGradient.IsEmpty)
                varianceGradient[d] = toVariance;
        }
    }

    /// <summary>The posterior mean of f at an observation, y_i - eta a_i.</summary>
    /// <param name="observation">Its number.</param>
    public double PosteriorMean(int observation)
    {
        RequireConditioned();
        return _targets[observation] - (NoiseRatio * _solution[observation]);
    }

    /// <summary>As <see cref="Predict(ReadOnlySpan{double}, out double, out double, Span{double}, Span{double})"/>, with the covariances of f(x) and f at every observation, s^2 eta R^-1 k(x).</summary>
    internal void PredictWithObservations(ReadOnlySpan<double> x, out double mean, out double variance, Span<double> covariances)
    {
        RequireConditioned();
        int n = Count;
        Span<double> r = _row.AsSpan(0, n);
        SquaredDistances(x, n, _weights, r);
        _options.Covariance.Evaluate(r, _slopes.AsSpan(0, n));
        mean = Mean + Reduce.Dot<double>(r, _solution.AsSpan(0, n));
        r.CopyTo(covariances);
        Cholesky.Solve<double>(_factor, n, n, covariances);
        variance = Variance * Math.Max(0, 1 - Reduce.Dot<double>(r, covariances));
        Vectors.Scale(Variance * NoiseRatio, covariances, covariances);
    }

    /// <summary>The posterior means and variances of f at several points, one triangular solve with all of them together.</summary>
    /// <param name="points">The points, one after the other.</param>
    /// <param name="means">Receives one mean a point.</param>
    /// <param name="variances">Receives one variance a point.</param>
    public void Predict(ReadOnlySpan<double> points, Span<double> means, Span<double> variances)
    {
        int m = means.Length;
        Require.Length(points.Length, m * Dimension, nameof(points));
        Require.Length(variances.Length, m, nameof(variances));
        RequireConditioned();
        double[] r = Correlations(points, m);
        for (int j = 0; j < m; j++)
            means[j] = Mean + Reduce.Dot<double>(r.AsSpan(j * Count, Count), _solution.AsSpan(0, Count));
        Blas.Trsm(Side.Right, Triangle.Lower, true, Diagonal.Stored, m, Count, 1.0, _factor, Count, r, Count);
        for (int j = 0; j < m; j++)
            variances[j] = Variance * Math.Max(0, 1 - Reduce.SumOfSquares<double>(r.AsSpan(j * Count, Count)));
    }

    /// <summary>The joint posterior of f at several points: means, and the covariance matrix.</summary>
    /// <param name="points">The m points, one after the other.</param>
    /// <param name="means">Receives m means.</param>
    /// <param name="covariance">Receives the m x m covariance.</param>
    public void PredictJoint(ReadOnlySpan<double> points, Span<double> means, Span<double> covariance)
    {
        int m = means.Length;
        Require.Length(points.Length, m * Dimension, nameof(points));
        Require.Length(covariance.Length, m * m, nameof(covariance));
        RequireConditioned();
        double[] r = Correlations(points, m);
        for (int j = 0; j < m; j++)
            means[j] = Mean + Reduce.Dot<double>(r.AsSpan(j * Count, Count), _solution.AsSpan(0, Count));
        Blas.Trsm(Side.Right, Triangle.Lower, true, Diagonal.Stored, m, Count, 1.0, _factor, Count, r, Count);
        var slopes = new double[m];
        for (int i = 0; i < m; i++)
        {
            Span<double> row = covariance.Slice(i * m, m);
            for (int j = 0; j < m; j++)
                row[j] = SquaredDistance(points.Slice(i * Dimension, Dimension), points.Slice(j * Dimension, Dimension));
            _options.Covariance.Evaluate(row, slopes);
        }

        Blas.Gemm(false, true, m, m, Count, -Variance, r, Count, r, Count, Variance, covariance, m);
    }

    /// <summary>Draws of f at several points from the joint posterior.</summary>
    /// <param name="points">The m points.</param>
    /// <param name="key">The randomness.</param>
    /// <param name="draws">Receives whole draws of m values, one after the other.</param>
    /// <remarks>The covariance is factored with the least multiple of the identity, from 1e-10 of the variance on by factors of 10, that lets it be positive definite.</remarks>
    public void Sample(ReadOnlySpan<double> points, RandomKey key, Span<double> draws)
    {
        int m = points.Length / Dimension;
        Require.Length(points.Length, m * Dimension, nameof(points));
        if (m == 0 || draws.Length % m != 0)
            throw new ArgumentException("The draws aren't a whole number of draws at the points.", nameof(draws));
        double[] means = new double[m], covariance = new double[m * m], factor = new double[m * m];
        PredictJoint(points, means, covariance);
        for (double jitter = 1e-10 * Variance; ; jitter *= 10)
        {
            covariance.CopyTo(factor, 0);
            for (int i = 0; i < m; i++)
                factor[(i * m) + i] += jitter;
            if (Cholesky.TryFactor<double>(factor, m) || Variance == 0)
                break;
            if (jitter > Variance)
                throw new InvalidOperationException("The posterior covariance isn't positive definite.");
        }

        RandomFill.Normal(key, draws);
        for (int first = 0; first < draws.Length; first += m)
        {
            Span<double> draw = draws.Slice(first, m);
            for (int i = m - 1; i >= 0; i--)
                draw[i] = means[i] + (Variance == 0 ? 0 : Reduce.Dot<double>(factor.AsSpan(i * m, i + 1), draw[..(i + 1)]));
        }
    }

    /// <summary>A copy with the same observations and hyperparameters, for what-if observations.</summary>
    public GaussianProcess Clone()
    {
        var copy = new GaussianProcess(Dimension, _options, _categorical);
        copy.SetHyperparameters(_lengthScales, NoiseRatio);
        var x = new double[Dimension];
        for (int i = 0; i < Count; i++)
        {
            Input(i, x);
            copy.Add(x, _targets[i]);
        }

        if (_conditioned)
            copy.Condition();
        return copy;
    }

    /// <summary>Copies the inputs of an observation.</summary>
    internal void Input(int i, Span<double> x)
    {
        for (int d = 0; d < Dimension; d++)
            x[d] = _inputs[(d * _capacity) + i];
    }

    /// <summary>The observed value of an observation.</summary>
    internal double Target(int i) => _targets[i];

    internal ReadOnlySpan<double> Column(int d, int n) => _inputs.AsSpan(d * _capacity, n);

    internal bool IsCategorical(int d) => _categorical[d];

    /// <summary>
    /// Factors R = k + eta I and finds mean, variance and logarithm of the likelihood. Correlations go to the lower triangle of <paramref name="factor"/> and are replaced by the
    /// factor; the slopes, if there is room for them, to a matrix of the same form; R^-1 (y - m) to <paramref name="solution"/>.
    /// </summary>
    internal bool TryFactor(
        ReadOnlySpan<double> lengthScales, double noiseRatio, Span<double> factor, Span<double> slopes, Span<double> solution, out double mean, out double variance, out double likelihood)
    {
        int n = Count;
        mean = variance = likelihood = double.NaN;
        for (int d = 0; d < Dimension; d++)
            _weights[d] = 1 / (lengthScales[d] * lengthScales[d]);
        Span<double> x = stackalloc double[Dimension <= 64 ? Dimension : 0];
        if (Dimension > 64)
            x = new double[Dimension];
        for (int i = 0; i < n; i++)
        {
            Input(i, x);
            Span<double> row = factor.Slice(i * n, i);
            SquaredDistances(x, i, _weights, row);
            _options.Covariance.Evaluate(row, slopes.IsEmpty ? _slopes.AsSpan(0, i) : slopes.Slice(i * n, i));
            factor[(i * n) + i] = 1 + noiseRatio;
        }

        if (!Cholesky.TryFactor(factor[..(n * n)], n))
            return false;
        Span<double> ones = _row.AsSpan(_capacity, n), y = solution[..n];
        ones.Fill(1);
        _targets.AsSpan(0, n).CopyTo(y);
        Cholesky.Solve<double>(factor, n, n, ones);
        mean = Reduce.Dot<double>(ones, y) / Reduce.Sum<double>(ones);
        for (int i = 0; i < n; i++)
            y[i] -= mean;
        Span<double> centred = _row.AsSpan(0, n);
        y.CopyTo(centred);
        Cholesky.Solve<double>(factor, n, n, y);
        variance = Math.Max(0, Reduce.Dot<double>(centred, y) / n);
        likelihood = -0.5 * ((n * (Math.Log(2 * Math.PI * variance) + 1)) + Cholesky.LogDeterminant<double>(factor, n, n));
        return double.IsFinite(mean) && double.IsFinite(variance);
    }

    private void SquaredDistances(ReadOnlySpan<double> x, int n, ReadOnlySpan<double> weights, Span<double> result)
    {
        result[..n].Clear();
        for (int d = 0; d < Dimension; d++)
            AddSquares(x[d], Column(d, n), weights[d], _categorical[d], result);
    }

    /// <summary>result += weight (x - column)^2.</summary>
    internal static void AddSquares(double x, ReadOnlySpan<double> column, double weight, bool categorical, Span<double> result)
    {
        for (int i = 0; i < column.Length; i++)
        {
            double difference = x - column[i];
            result[i] += weight * (categorical ? difference == 0 ? 0 : 1 : difference * difference);
        }
    }

    private double SquaredDistance(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        double sum = 0;
        for (int d = 0; d < Dimension; d++)
            sum += _weights[d] * (_categorical[d] ? x[d] == y[d] ? 0 : 1 : (x[d] - y[d]) * (x[d] - y[d]));
        return sum;
    }

    private double[] Correlations(ReadOnlySpan<double> points, int m)
    {
        var r = new double[m * Count];
        Span<double> slopes = _slopes.AsSpan(0, Count);
        for (int j = 0; j < m; j++)
        {
            Span<double> row = r.AsSpan(j * Count, Count);
            SquaredDistances(points.Slice(j * Dimension, Dimension), Count, _weights, row);
            _options.Covariance.Evaluate(row, slopes);
        }

        return r;
    }

    private void RequireConditioned()
    {
        if (!_conditioned)
            throw new InvalidOperationException("There are observations that the process isn't conditioned on: call Fit or Condition.");
    }

    private void SetLengthScales(double value) => Array.Fill(_lengthScales, value);

    private void Grow(int capacity)
    {
        var inputs = new double[capacity * Dimension];
        for (int d = 0; d < Dimension; d++)
            Column(d, Count).CopyTo(inputs.AsSpan(d * capacity));
        _inputs = inputs;
        Array.Resize(ref _targets, capacity);
        _factor = new double[capacity * capacity];
        _solution = new double[capacity];
        _row = new double[2 * capacity];
        _slopes = new double[2 * capacity];
        _capacity = capacity;
    }
}
