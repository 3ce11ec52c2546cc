using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// The distribution of CMA-ES, N(m, sigma^2 C), with its evolution paths: one update from the ranked steps of a generation. It knows nothing of functions, bounds or the end of a run.
/// </summary>
/// <remarks>N. Hansen (2016), The CMA evolution strategy: a tutorial, equations 38 to 47.</remarks>
internal sealed class CmaDistribution : IPersistent
{
    private readonly CmaStrategy _strategy;
    private readonly double[] _mean, _sigmaPath, _path, _step, _white, _weights;
    private double _sigma;
    private long _generation;

    /// <summary>Starts at a point.</summary>
    public CmaDistribution(CmaStrategy strategy, CovarianceModel covariance, ReadOnlySpan<double> mean, double sigma)
    {
        _strategy = strategy;
        Covariance = covariance;
        _mean = mean.ToArray();
        _sigma = sigma;
        _sigmaPath = new double[mean.Length];
        _path = new double[mean.Length];
        _step = new double[mean.Length];
        _white = new double[mean.Length];
        _weights = new double[strategy.Lambda];
    }

    /// <summary>The matrix C.</summary>
    public CovarianceModel Covariance { get; }

    /// <summary>The mean m.</summary>
    public Span<double> Mean => _mean;

    /// <summary>The step size sigma.</summary>
    public double Sigma => _sigma;

    /// <summary>The covariance path p_c.</summary>
    public ReadOnlySpan<double> Path => _path;

    /// <summary>The number of updates.</summary>
    public long Generation => _generation;

    /// <summary>Learns from the steps y_i = (x_i - m)/sigma of a generation.</summary>
    /// <param name="y">The steps, the best first, lambda rows of n.</param>
    /// <param name="squares">|C^(-1/2) y_i|^2 of each.</param>
    /// <param name="scale">What a step of each coordinate is multiplied with to move the mean; empty for 1.</param>
    public void Update(ReadOnlySpan<double> y, ReadOnlySpan<double> squares, ReadOnlySpan<double> scale)
    {
        CmaStrategy s = _strategy;
        int n = _mean.Length;
        _generation++;

        // Mean: c_m is 1.
        _step.AsSpan().Clear();
        for (int i = 0; i < s.Mu; i++)
            Vectors.AddScaled(_step, s.Weights[i], y.Slice(i * n, n), _step);
        if (scale.IsEmpty)
        {
            Vectors.AddScaled(_mean, _sigma, _step, _mean);
        }
        else
        {
            for (int j = 0; j < n; j++)
                _mean[j] += _sigma * scale[j] * _step[j];
        }

        // Step size.
        Covariance.Whiten(_step, _white);
        Vectors.Scale(1 - s.CSigma, _sigmaPath, _sigmaPath);
        Vectors.AddScaled(_sigmaPath, Math.Sqrt(s.CSigma * (2 - s.CSigma) * s.MuEff), _white, _sigmaPath);
        double length = Math.Sqrt(Reduce.SumOfSquares<double>(_sigmaPath));

        // The path is held while the step size still grows fast: otherwise the axes of C would follow what the step size does anyway.
        double startUp = Math.Sqrt(1 - Math.Pow(1 - s.CSigma, 2.0 * _generation));
        bool moving = length / startUp < (1.4 + (2 / (n + 1.0))) * s.ExpectedNorm;
        Vectors.Scale(1 - s.CC, _path, _path);
        if (moving)
            Vectors.AddScaled(_path, Math.Sqrt(s.CC * (2 - s.CC) * s.MuEff), _step, _path);

        // Covariance: the variance that the held path lacks is put back in the decay; negative weights are scaled so that they can't make C indefinite.
        double missing = moving ? 0 : s.CC * (2 - s.CC);
        for (int i = 0; i < s.Lambda; i++)
            _weights[i] = s.CMu * s.Weights[i] * (s.Weights[i] >= 0 ? 1 : n / Math.Max(squares[i], double.Epsilon));
        int used = s.Weights[s.Lambda - 1] == 0 ? s.Mu : s.Lambda;
        Covariance.Update(1 + (s.C1 * missing) - s.C1 - (s.CMu * s.SumOfWeights), s.C1, _path, _weights.AsSpan(0, used), y);

        // A path of more than a few expected lengths says that the start was far off; e a generation is fast enough.
        _sigma *= Math.Exp(Math.Min(1, s.CSigma / s.DSigma * ((length / s.ExpectedNorm) - 1)));
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        archive.Transfer<double>(_mean);
        archive.Transfer<double>(_sigmaPath);
        archive.Transfer<double>(_path);
        archive.Transfer(ref _sigma);
        archive.Transfer(ref _generation);
        archive.Transfer(Covariance);
    }
}
