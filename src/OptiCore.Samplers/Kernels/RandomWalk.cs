using System.Numerics.Tensors;
using OptiCore.Persistence;
using OptiCore.Randomness;

namespace OptiCore.Samplers;

/// <summary>
/// Random-walk Metropolis: proposes x' = x + s C z with z ~ N(0, I) and C C' = M^-1 of the metric, and accepts with probability
/// min(1, p(x') / p(x)), else stays.
/// </summary>
/// <remarks>
/// Metropolis, Rosenbluth, Rosenbluth, Teller, Teller (1953), Equation of state calculations by fast computing machines. The target acceptance is 0.234,
/// which is optimal in many dimensions (Roberts, Gelman, Gilks 1997, Weak convergence and optimal scaling of random walk Metropolis algorithms),
/// and 0.44 in one. One value of the density per draw, and no gradient; but the number of draws per independent one grows like n, and with
/// a metric that is far from the target's covariance like its condition number. With a gradient <see cref="NoUTurn"/> is better in all but a few dimensions. For
/// correlated coordinates set <see cref="Metric"/> to a <see cref="DenseMetric"/>; to tune after every draw set <see cref="Adaptation"/> to <see cref="AdaptiveMetropolis"/>.
/// </remarks>
[Algorithm("Random-walk Metropolis", "Metropolis", "Metropolis, Rosenbluth, Rosenbluth, Teller, Teller (1953), Equation of state calculations by fast computing machines")]
public sealed record RandomWalk : ISampler<IFunction<double>>
{
    /// <summary>The scale s of a step where it isn't tuned, and where tuning begins. Near 2.38 / sqrt(n) where the metric is right. Default: 1.</summary>
    public double StepSize { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The form of the proposals' covariance M^-1. Default: diagonal.</summary>
    public IMetric Metric { get; init => field = Require.NotNull(value); } = new DiagonalMetric();

    /// <summary>How step size and metric are tuned during warm-up; null leaves them as configured. Default: in windows, as for HMC.</summary>
    public IAdaptation? Adaptation { get; init; } = new WindowedAdaptation();

    /// <inheritdoc/>
    public SamplerState Start(IFunction<double> target)
    {
        ArgumentNullException.ThrowIfNull(target);
        return new State(this, target, Metric.Start(target.Dimension));
    }

    private sealed class State(RandomWalk options, IFunction<double> target, MetricState metric) : SamplerState, ITunableKernel
    {
        private readonly double[] _noise = new double[target.Dimension];
        private double[] _position = new double[target.Dimension];
        private double[] _proposal = new double[target.Dimension];
        private double _logDensity = double.NegativeInfinity;
        private double _stepSize = options.StepSize;
        private double _evaluations;

        public MetricState Metric => metric;

        public ReadOnlySpan<double> Gradient => [];

        public double StepSize { get => _stepSize; set => _stepSize = value; }

        public double TargetAcceptance => _position.Length == 1 ? 0.44 : 0.234;

        public override ReadOnlySpan<double> Position => _position;

        public override double LogDensity => _logDensity;

        public override double Evaluations => _evaluations;

        public override bool MoveTo(ReadOnlySpan<double> position)
        {
            position.CopyTo(_position);
            _evaluations++;
            _logDensity = LogValue.At(target, _position);
            return _logDensity > double.NegativeInfinity;
        }

        public double LogAcceptance(double stepSize, RandomKey key) => Propose(stepSize, key) - _logDensity;

        public override DrawStatistics Draw(RandomKey key)
        {
            double proposed = Propose(_stepSize, key.Fold("proposal"));
            double accept = Math.Min(1, Math.Exp(proposed - _logDensity));
            if (key.Stream().NextDouble() < accept)
            {
                (_position, _proposal) = (_proposal, _position);
                _logDensity = proposed;
            }

            return new DrawStatistics(_logDensity, accept, _stepSize, 0, 1, false, double.NaN);
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_position);
            archive.Transfer(ref _logDensity);
            archive.Transfer(ref _stepSize);
            archive.Transfer(ref _evaluations);
            archive.Transfer(metric);
        }

        /// <summary>Writes a proposal and returns its log density.</summary>
        private double Propose(double stepSize, RandomKey key)
        {
            RandomFill.Normal(key, _noise);
            metric.Scale(_noise, _proposal);
            TensorPrimitives.MultiplyAdd<double>(_proposal, stepSize, _position, _proposal);
            _evaluations++;
            return LogValue.At(target, _proposal);
        }
    }
}
