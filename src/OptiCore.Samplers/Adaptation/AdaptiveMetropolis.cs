using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>
/// Tunes after every draw: log(step size) += i^-kappa (accept - target), mean += (x - mean) / i, covariance += ((x - mean)(x - mean)' - covariance) / i,
/// and the metric is set to the covariance.
/// </summary>
/// <remarks>
/// Haario, Saksman, Tamminen (2001), An adaptive Metropolis algorithm, with the global scaling of Andrieu, Thoms (2008), A tutorial on adaptive MCMC,
/// algorithm 4. Works on every kernel of one step size and one metric whose acceptance
/// statistic is that of a single move: <see cref="RandomWalk"/>, <see cref="Mala"/>, <see cref="Barker"/>. As everywhere, tuning ends with the warm-up, so that the
/// draws that are kept come from a Markov chain. Weights fall as 1 / i for the covariance, which so is that of all draws: draws of a random walk are few in effect, and
/// weights that fall more slowly would leave too few of them. i begins at 2, which keeps the covariance regular, and its diagonal is multiplied by 1 + <see cref="Ridge"/>. A warm-up transition costs, and allocates, what setting the metric does: a factor in O(n^3) for a dense one.
/// </remarks>
public sealed record AdaptiveMetropolis : IAdaptation
{
    /// <summary>The mean acceptance statistic to aim at, in (0, 1). Default: null, which leaves it to <see cref="ITunableKernel.TargetAcceptance"/>.</summary>
    public double? TargetAcceptance { get; init => field = value is double target ? Require.InOpen(target, 0, 1) : null; }

    /// <summary>kappa of (0.5, 1]: how fast the weights of the step size fall. Default: 0.6.</summary>
    public double Kappa
    {
        get;
        init => field = value is > 0.5 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(Kappa), value, $"{nameof(Kappa)} is {value} but must lie in (0.5, 1].");
    } = 0.6;

    /// <summary>What is added to the diagonal of the correlation matrix, so that the metric stays positive definite. Default: 1e-9.</summary>
    public double Ridge { get; init => field = Require.Positive(value); } = 1e-9;

    /// <summary>Transitions at the beginning in which only the step size is tuned. Default: 20.</summary>
    public int InitialBuffer { get; init => field = Require.NonNegative(value); } = 20;

    /// <inheritdoc/>
    public AdaptationState Start(SamplerState kernel, int warmUp)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        Require.Positive(warmUp, nameof(warmUp));
        if (kernel is not ITunableKernel tunable)
            throw new ArgumentException($"{nameof(AdaptiveMetropolis)} tunes step size and metric, which {kernel.GetType().Name} doesn't have.", nameof(kernel));
        return new State(this, tunable);
    }

    private sealed class State : AdaptationState
    {
        private const double SmallestStep = 1e-300;
        private const double LargestStep = 1e7;
        private const double SmallestVariance = 1e-300;

        private readonly AdaptiveMetropolis _options;
        private readonly ITunableKernel _kernel;
        private readonly double _target;
        private readonly double[] _mean;
        private readonly double[] _covariance;
        private readonly double[] _estimate;
        private bool _hasMean;

        public State(AdaptiveMetropolis options, ITunableKernel kernel)
        {
            _options = options;
            _kernel = kernel;
            _target = options.TargetAcceptance ?? kernel.TargetAcceptance;
            _mean = new double[kernel.Position.Length];

            // A metric without an estimator is fixed.
            _covariance = kernel.Metric.StartEstimator() is null ? [] : kernel.Metric.Inverse.ToArray();
            int n = _mean.Length;
            if (_covariance.Length != 0 && _covariance.Length != n && _covariance.Length != n * n)
                throw new ArgumentException($"{nameof(AdaptiveMetropolis)} estimates diagonal and dense metrics.", nameof(kernel));
            _estimate = new double[_covariance.Length];
        }

        public override void BeforeDraw(RandomKey key)
        {
        }

        public override void AfterDraw(int iteration, in DrawStatistics statistics)
        {
            double accept = double.IsNaN(statistics.AcceptStatistic) ? 0 : statistics.AcceptStatistic;
            _kernel.StepSize = Math.Clamp(_kernel.StepSize * Math.Exp(Math.Pow(iteration + 2, -_options.Kappa) * (accept - _target)), SmallestStep, LargestStep);
            if (_covariance.Length == 0 || iteration < _options.InitialBuffer)
                return;
            if (!_hasMean)
                _kernel.Position.CopyTo(_mean);
            _hasMean = true;
            Absorb(_kernel.Position, 1.0 / (iteration - _options.InitialBuffer + 2));
            _kernel.Metric.SetInverse(_estimate);
        }

        public override void Finish()
        {
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_mean);
            archive.Transfer<double>(_covariance);
            archive.Transfer(ref _hasMean);
        }

        private void Absorb(ReadOnlySpan<double> position, double weight)
        {
            int n = _mean.Length;
            bool dense = _covariance.Length != n || n == 1;
            for (int i = 0; i < n; i++)
            {
                double di = position[i] - _mean[i];
                for (int j = dense ? 0 : i; j <= i; j++)
                {
                    int at = dense ? (i * n) + j : i;
                    double updated = _covariance[at] + (weight * ((di * (position[j] - _mean[j])) - _covariance[at]));
                    _covariance[at] = updated;
                    _estimate[at] = i == j ? Math.Max(updated * (1 + _options.Ridge), SmallestVariance) : updated;
                    if (dense && i != j)
                        _covariance[(j * n) + i] = _estimate[(j * n) + i] = updated;
                }
            }

            for (int i = 0; i < n; i++)
                _mean[i] += weight * (position[i] - _mean[i]);
        }
    }
}
