using OptiCore.Persistence;
using OptiCore.Randomness;

namespace OptiCore.Samplers;

/// <summary>
/// The Barker proposal: each coordinate's random increment w = s z keeps its sign with probability 1 / (1 + exp(-w h)), where h is the gradient of the log density,
/// and is negated otherwise. The gradient only skews the increments and never lengthens them, which makes the kernel as robust as a random walk.
/// </summary>
/// <remarks>
/// Livingstone, Zanella (2022), The Barker proposal: combining robustness and efficiency in gradient-based MCMC, algorithm 1, in the coordinates of the
/// metric: x' = x + C w and h = C' grad log p(x), with C C' = M^-1. Accepted with probability
/// min(1, p(x') / p(x) prod_i (1 + exp(-w_i h_i(x))) / (1 + exp(w_i h_i(x')))). The target acceptance is 0.4, near to the optimum of the paper's
/// section 5. One gradient a draw. Prefer it to <see cref="Mala"/> where scales differ or aren't known yet.
/// </remarks>
[Algorithm("Barker", "Langevin", "Livingstone, Zanella (2022), The Barker proposal: combining robustness and efficiency in gradient-based MCMC")]
public sealed record Barker : ISampler<IDifferentiableFunction<double>>
{
    /// <summary>The scale s of the increments where it isn't tuned, and where tuning begins. Default: 1.</summary>
    public double StepSize { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The form of the preconditioner M^-1. Default: diagonal.</summary>
    public IMetric Metric { get; init => field = Require.NotNull(value); } = new DiagonalMetric();

    /// <summary>How step size and metric are tuned during warm-up; null leaves them as configured. Default: in windows, as for HMC.</summary>
    public IAdaptation? Adaptation { get; init; } = new WindowedAdaptation();

    /// <inheritdoc/>
    public SamplerState Start(IDifferentiableFunction<double> target)
    {
        ArgumentNullException.ThrowIfNull(target);
        return new State(this, target, Metric.Start(target.Dimension));
    }

    private sealed class State(Barker options, IDifferentiableFunction<double> target, MetricState metric) : SamplerState, ITunableKernel
    {
        private readonly double[] _increment = new double[target.Dimension];
        private readonly double[] _here = new double[target.Dimension];
        private readonly double[] _there = new double[target.Dimension];
        private double[] _position = new double[target.Dimension];
        private double[] _gradient = new double[target.Dimension];
        private double[] _proposal = new double[target.Dimension];
        private double[] _proposalGradient = new double[target.Dimension];
        private double _logDensity = double.NegativeInfinity;
        private double _proposalLogDensity;
        private double _stepSize = options.StepSize;
        private double _evaluations;

        public MetricState Metric => metric;

        public ReadOnlySpan<double> Gradient => _gradient;

        public double StepSize { get => _stepSize; set => _stepSize = value; }

        public double TargetAcceptance => 0.4;

        public override ReadOnlySpan<double> Position => _position;

        public override double LogDensity => _logDensity;

        public override double Evaluations => _evaluations;

        public override bool MoveTo(ReadOnlySpan<double> position)
        {
            position.CopyTo(_position);
            _evaluations++;
            _logDensity = LogValue.At(target, _position, _gradient);
            return _logDensity > double.NegativeInfinity;
        }

        public double LogAcceptance(double stepSize, RandomKey key)
        {
            RandomFill.Normal(key.Fold("length"), _increment);
            RandomStream stream = key.Fold("sign").Stream();
            metric.ScaleTransposed(_gradient, _here);
            for (int i = 0; i < _increment.Length; i++)
            {
                double w = stepSize * _increment[i];
                _increment[i] = stream.NextDouble() < 1 / (1 + Math.Exp(-w * _here[i])) ? w : -w;
            }

            metric.Scale(_increment, _proposal);
            for (int i = 0; i < _proposal.Length; i++)
                _proposal[i] += _position[i];
            _evaluations++;
            _proposalLogDensity = LogValue.At(target, _proposal, _proposalGradient);
            if (_proposalLogDensity == double.NegativeInfinity)
                return double.NegativeInfinity;
            metric.ScaleTransposed(_proposalGradient, _there);
            double ratio = _proposalLogDensity - _logDensity;
            for (int i = 0; i < _increment.Length; i++)
                ratio += LogOnePlusExp(-_increment[i] * _here[i]) - LogOnePlusExp(_increment[i] * _there[i]);
            return double.IsNaN(ratio) ? double.NegativeInfinity : ratio;
        }

        public override DrawStatistics Draw(RandomKey key)
        {
            double accept = Math.Min(1, Math.Exp(LogAcceptance(_stepSize, key.Fold("proposal"))));
            if (key.Stream().NextDouble() < accept)
            {
                (_position, _proposal) = (_proposal, _position);
                (_gradient, _proposalGradient) = (_proposalGradient, _gradient);
                _logDensity = _proposalLogDensity;
            }

            return new DrawStatistics(_logDensity, accept, _stepSize, 0, 1, false, double.NaN);
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_position);
            archive.Transfer<double>(_gradient);
            archive.Transfer(ref _logDensity);
            archive.Transfer(ref _stepSize);
            archive.Transfer(ref _evaluations);
            archive.Transfer(metric);
        }

        /// <summary>log(1 + exp(x)) without overflow.</summary>
        private static double LogOnePlusExp(double x) => Math.Max(0, x) + Math.Log(1 + Math.Exp(-Math.Abs(x)));
    }
}
