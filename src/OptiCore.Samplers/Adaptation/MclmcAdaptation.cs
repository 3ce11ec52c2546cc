using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>
/// Tunes <see cref="Mclmc"/> in four equal parts of the warm-up: the step size; the step size while variances are estimated, which set the metric and L = sqrt(trace of the
/// covariance); the step size in the new metric; and at last L = 0.4 times the length that the chain travels between two effectively independent draws.
/// </summary>
/// <remarks>
/// Robnik, De Luca, Silverstein, Seljak (2023), Microcanonical Hamiltonian Monte Carlo, section 5 and appendix; Robnik, Seljak (2024). The variance of the energy error of a step grows like
/// step^6. Each step gives an estimate x = E^2 / (n v) of the ratio to the wanted one, v per coordinate; the step size becomes a^(-1/6), a the average of x / step^6 with
/// weights exp(-(ln x / 9)^2 / 2) that are forgotten over 150 steps. After a divergence the step size never exceeds 0.8 of what diverged. A metric that is
/// fixed stays, and L follows from the variances alone.
/// </remarks>
public sealed record MclmcAdaptation : IAdaptation
{
    /// <summary>The variance v of the energy error to aim at, per step and coordinate. Smaller is less biased and slower. Default: 5e-4.</summary>
    public double EnergyVariance { get; init => field = Require.Positive(value); } = 5e-4;

    /// <summary>L in units of the length between independent draws. Default: 0.4.</summary>
    public double LengthFactor { get; init => field = Require.Positive(value); } = 0.4;

    /// <summary>The number of steps over which estimates of the step size are forgotten. Default: 150.</summary>
    public double Memory { get; init => field = Require.Positive(value); } = 150;

    /// <inheritdoc/>
    public AdaptationState Start(SamplerState kernel, int warmUp)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        Require.Positive(warmUp, nameof(warmUp));
        if (kernel is not Mclmc.State mclmc)
            throw new ArgumentException($"{nameof(MclmcAdaptation)} tunes {nameof(Mclmc)}, not {kernel.GetType().DeclaringType?.Name ?? kernel.GetType().Name}.", nameof(kernel));
        return new State(this, mclmc, warmUp);
    }

    private sealed class State : AdaptationState
    {
        // The width of the weights, 6 * 1.5: an estimate within a factor of e^9 counts.
        private const double Trust = 9;

        // An effective size of fewer draws says nothing.
        private const int FewestDraws = 40;

        private readonly MclmcAdaptation _options;
        private readonly Mclmc.State _kernel;
        private readonly int _n;
        private readonly int _quarter;
        private readonly int _warmUp;
        private readonly MetricEstimator? _metric;
        private readonly CovarianceEstimator _variance;
        private readonly double[] _late;
        private double _average;
        private double _weight;
        private double _largestStep = double.PositiveInfinity;
        private int _lateCount;

        public State(MclmcAdaptation options, Mclmc.State kernel, int warmUp)
        {
            _options = options;
            _kernel = kernel;
            _n = kernel.Position.Length;
            _quarter = warmUp / 4;
            _warmUp = warmUp;
            _metric = kernel.Metric.StartEstimator();
            _variance = new VarianceEstimator(_n);
            _late = new double[Math.Max(0, warmUp - (3 * _quarter)) * _n];
        }

        public override void BeforeDraw(RandomKey key)
        {
        }

        public override void AfterDraw(int iteration, in DrawStatistics statistics)
        {
            // A warm-up that is too short for four parts tunes the step size.
            if (iteration < 3 * _quarter || _quarter < FewestDraws)
                TuneStepSize(statistics.Divergent);
            if (_quarter < FewestDraws)
                return;
            if (iteration >= _quarter && iteration < 2 * _quarter)
            {
                _variance.Add(_kernel.Position);
                _metric?.Add(_kernel.Position, _kernel.Gradient);
            }

            if (iteration == (2 * _quarter) - 1)
                TuneMetric();
            if (iteration < 3 * _quarter)
                return;
            ReadOnlySpan<double> position = _kernel.Position;
            int draws = _warmUp - (3 * _quarter);
            for (int i = 0; i < _n; i++)
                _late[(i * draws) + _lateCount] = position[i];
            _lateCount++;
        }

        public override void Finish()
        {
            int draws = _warmUp - (3 * _quarter);
            if (_quarter < FewestDraws || _lateCount < draws)
                return;
            double between = 0;
            for (int i = 0; i < _n; i++)
                between += draws / Diagnostics.EssMean(_late.AsSpan(i * draws, draws), 1) / _n;
            double length = _options.LengthFactor * between * _kernel.StepSize * _kernel.Steps;
            if (length > 0 && double.IsFinite(length))
                _kernel.DecoherenceLength = length;
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer(ref _average);
            archive.Transfer(ref _weight);
            archive.Transfer(ref _largestStep);
            archive.Transfer(ref _lateCount);
            archive.Transfer<double>(_late);
            archive.Transfer(_variance);
            if (_metric is not null)
                archive.Transfer(_metric);
        }

        private void TuneStepSize(bool divergent)
        {
            if (divergent)
            {
                _kernel.StepSize = _largestStep = 0.8 * _kernel.StepSize;
                return;
            }

            // A lower bound, because a single error may vanish by chance.
            double ratio = (_kernel.SquaredEnergyError / (_n * _options.EnergyVariance)) + 1e-8;
            double deviation = Math.Log(ratio) / Trust, weight = Math.Exp(-0.5 * deviation * deviation);
            double kept = (_options.Memory - 1) / (_options.Memory + 1);
            _average = (kept * _average) + (weight * ratio / Math.Pow(_kernel.StepSize, 6));
            _weight = (kept * _weight) + weight;
            double stepSize = Math.Min(Math.Pow(_average / _weight, -1.0 / 6), _largestStep);
            if (stepSize > 0 && double.IsFinite(stepSize))
                _kernel.StepSize = stepSize;
        }

        private void TuneMetric()
        {
            double[] variances = new double[_n];
            _variance.Estimate(variances);
            double before = 0;
            int stride = _kernel.Metric.Inverse.Length == _n ? 1 : _n + 1;
            for (int i = 0; i < _n; i++)
            {
                before += variances[i] / _kernel.Metric.Inverse[i * stride];
            }

            if (_metric is null)
            {
                _kernel.DecoherenceLength = Math.Sqrt(before);
                return;
            }

            // In the new coordinates the trace is n. Lengths change with it, and what was learnt of them is forgotten.
            _metric.Update();
            double scale = Math.Sqrt(_n / before);
            _kernel.DecoherenceLength = Math.Sqrt(_n);
            _kernel.StepSize *= scale;
            _largestStep = double.PositiveInfinity;
            _average = 0;
            _weight = 0;
        }
    }
}
