using System.Globalization;
using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>
/// ChEES-HMC: Hamiltonian Monte Carlo in which many chains share their step size, metric and trajectory length, and find the length by stochastic gradient ascent on
/// ChEES = E[(|x' - E x'|^2 - |x - E x|^2)^2] / 4, the change in the estimator of the expected square, where a trajectory leads from x to x'.
/// </summary>
/// <remarks>
/// <para>Hoffman, Radul, Sountsov (2021), An adaptive-MCMC scheme for setting trajectory lengths in Hamiltonian Monte Carlo. A transition has ceil(h T / eps) leapfrog steps for all chains, where h runs through
/// Halton's sequence of base 2: trajectories are uniform on (0, T), evenly. During warm-up log T follows Adam (without momentum, as in the paper) along the criterion's gradient
/// sum_c a_c t (|x'_c - m'|^2 - |x_c - m|^2) (x'_c - m') . v'_c / sum_c a_c with acceptance probabilities a_c, end velocities v'_c and means m over the chains; log eps follows dual averaging of the
/// harmonic mean of the a_c, which doesn't let a few chains fall behind; averages of both iterates hold afterwards.</para>
/// <para>Norms and products are those of the metric, so that the criterion is the paper's on standardised coordinates. The metric is the diagonal of the covariance over all chains' draws in
/// windows that double, as in <see cref="WindowedAdaptation"/>, but within the first half of the warm-up: draws of all chains count, so that short windows are enough, whereas step size and length, which are tuned anew
/// when the metric changes, take hundreds of transitions to settle. When it changes, T changes with the geometric mean of the scales.</para>
/// <para>Every chain takes the same number of steps, which suits batched densities and workers; no gradient goes into states that a tree throws away, so that a gradient is worth more than with
/// <see cref="NoUTurn"/> where one length serves the whole target. Take at least a dozen chains: their spread is what tunes the length.</para>
/// </remarks>
[Algorithm("ChEES-HMC", "Hamiltonian Monte Carlo", "Hoffman, Radul, Sountsov (2021), An adaptive-MCMC scheme for setting trajectory lengths in Hamiltonian Monte Carlo")]
public sealed record CheesHmc : IEnsembleSampler<IDifferentiableFunction<double>>
{
    /// <summary>The step size where it isn't tuned, and where tuning begins. Default: 1.</summary>
    public double StepSize { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The longest trajectory T where it isn't tuned, and where tuning begins; 0, the default, for one step.</summary>
    public double TrajectoryLength { get; init => field = Require.NonNegative(value); }

    /// <summary>The harmonic mean of the acceptance probabilities to aim at, in (0, 1). Default: 0.651, the optimum of HMC in many dimensions.</summary>
    public double TargetAcceptance { get; init => field = Require.InOpen(value, 0, 1); } = 0.651;

    /// <summary>How the step size is averaged.</summary>
    public DualAveraging StepSizeAveraging { get; init => field = Require.NotNull(value); } = new();

    /// <summary>Adam's rate for log T. Default: 0.025.</summary>
    public double LearningRate { get; init => field = Require.Positive(value); } = 0.025;

    /// <summary>Adam's decay of the mean square of the gradient, in [0, 1). Default: 0.95.</summary>
    public double SquareDecay { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.95;

    /// <summary>True to estimate a diagonal metric in warm-up; false leaves the identity, as the paper does. Default: true.</summary>
    public bool TunesMetric { get; init; } = true;

    /// <summary>The largest number of steps of a transition. Default: 1,000.</summary>
    public int MaxSteps { get; init => field = Require.Positive(value); } = 1000;

    /// <summary>An energy error beyond this is a divergence. Default: 1,000, as in Stan.</summary>
    public double MaxEnergyError { get; init => field = Require.Positive(value); } = 1000;

    /// <summary>The method that advances along the flow. Default: leapfrog.</summary>
    public IIntegrator Integrator { get; init => field = Require.NotNull(value); } = SplittingIntegrator.Leapfrog;

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">There is one chain only, and a warm-up to tune it in.</exception>
    public EnsembleState Start(IDifferentiableFunction<double> target, int chains, int warmUp)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (chains < 2 && warmUp > 0)
            throw new ArgumentOutOfRangeException(nameof(chains), chains, string.Create(CultureInfo.InvariantCulture, $"There is {chains} chain but the trajectory length is tuned by the spread of at least 2, better 16 or more."));
        return new State(this, target, chains, warmUp);
    }

    private sealed class State : EnsembleState, ITrialSteps
    {
        private readonly CheesHmc _options;
        private readonly int _n;
        private readonly MetricState _metric;
        private readonly CovarianceEstimator? _estimator;
        private readonly CheesTuning _tuning;
        private readonly Hamiltonian[] _hamiltonians;
        private readonly PhasePoint[] _points;
        private readonly PhasePoint[] _proposals;
        private readonly double[][] _divergentPositions;
        private readonly double[] _mean;
        private readonly double[] _proposalMean;
        private readonly Action<int> _integrate;
        private readonly Action<int> _try;

        // Of the current transition.
        private readonly double[] _accept;
        private readonly double[] _startEnergies;
        private readonly double[] _logAcceptances;
        private readonly double[] _energies;
        private readonly double[] _uniforms;
        private readonly bool[] _divergent;
        private IWorkers _workers = Workers.Serial;
        private RandomKey _key;
        private double _stepSize;
        private double _trialStep;
        private int _steps;
        private double _lengthGradient;

        public State(CheesHmc options, IDifferentiableFunction<double> target, int chains, int warmUp)
        {
            _options = options;
            _n = target.Dimension;
            _metric = new DiagonalMetric().Start(_n);
            _tuning = new CheesTuning(options, _metric, _n, warmUp);
            _hamiltonians = new Hamiltonian[chains];
            _points = new PhasePoint[chains];
            _proposals = new PhasePoint[chains];
            _divergentPositions = new double[chains][];
            for (int c = 0; c < chains; c++)
            {
                _hamiltonians[c] = new Hamiltonian(target, _metric);
                _points[c] = new PhasePoint(_n);
                _proposals[c] = new PhasePoint(_n);
                _divergentPositions[c] = new double[_n];
            }

            _mean = new double[_n];
            _proposalMean = new double[_n];
            _accept = new double[chains];
            _startEnergies = new double[chains];
            _logAcceptances = new double[chains];
            _energies = new double[chains];
            _uniforms = new double[chains];
            _divergent = new bool[chains];
            _integrate = Integrate;
            _try = Try;
            if (warmUp > 0 && options.TunesMetric)
                _estimator = new VarianceEstimator(_n);
        }

        public override double StepSize => _tuning.StepSize;

        public override MetricState Metric => _metric;

        public override ReadOnlySpan<double> Position(int chain) => _points[chain].Position;

        public override double Evaluations(int chain) => _hamiltonians[chain].Evaluations;

        public override ReadOnlySpan<double> DivergentPosition(int chain) => _divergentPositions[chain];

        public override bool MoveTo(int chain, ReadOnlySpan<double> position)
        {
            position.CopyTo(_points[chain].Position);
            return _hamiltonians[chain].Evaluate(_points[chain]);
        }

        public override void Draw(RandomKey key, IWorkers workers, Span<DrawStatistics> statistics)
        {
            _workers = workers;
            if (_tuning.NeedsSearch)
                _tuning.Search(this, key.Fold("step size"));
            _key = key;
            _stepSize = _tuning.StepSize;
            _steps = _tuning.NextSteps();
            ForEach(workers, _integrate);

            // Nothing has changed up to here, so that a density that throws leaves the chains where they were.
            if (_tuning.Tunes)
                _lengthGradient = LengthGradient(_steps * _stepSize);
            for (int c = 0; c < _points.Length; c++)
            {
                double energy = _energies[c];
                if (_divergent[c])
                    _proposals[c].Position.CopyTo(_divergentPositions[c]);
                if (_uniforms[c] < _accept[c])
                    (_points[c], _proposals[c]) = (_proposals[c], _points[c]);
                else
                    energy = _startEnergies[c];
                statistics[c] = new DrawStatistics(_points[c].LogDensity, _accept[c], _stepSize, 0, _steps, _divergent[c], energy);
            }

            _tuning.Advance();
        }

        public override void Tune(int iteration, ReadOnlySpan<DrawStatistics> statistics)
        {
            double sum = 0;
            foreach (DrawStatistics s in statistics)
                sum += 1 / s.AcceptStatistic;
            double harmonic = statistics.Length / sum;
            _tuning.Update(harmonic, _lengthGradient);
            if (_estimator is null || !_tuning.Absorbs(iteration))
                return;
            foreach (PhasePoint point in _points)
                _estimator.Add(point.Position);
            if (_tuning.EndsWindow(iteration))
                _tuning.EndWindow(_estimator);
        }

        public override void FinishTuning() => _tuning.Finish();

        public override void Persist(StateArchive archive)
        {
            archive.Transfer(_metric);
            if (_estimator is not null)
                archive.Transfer(_estimator);
            for (int c = 0; c < _points.Length; c++)
            {
                archive.Transfer(_points[c]);
                archive.Transfer<double>(_divergentPositions[c]);
                double evaluations = _hamiltonians[c].Evaluations;
                archive.Transfer(ref evaluations);
                _hamiltonians[c].Evaluations = evaluations;
            }

            archive.Transfer(_tuning);
        }

        public double HarmonicAcceptance(double stepSize, RandomKey key)
        {
            _key = key;
            _trialStep = stepSize;
            ForEach(_workers, _try);
            double sum = 0;
            foreach (double logAcceptance in _logAcceptances)
                sum += Math.Max(1, Math.Exp(-logAcceptance));
            return _points.Length / sum;
        }

        private void ForEach(IWorkers workers, Action<int> piece)
        {
            if (workers.Count > 1)
            {
                workers.ForEach(_points.Length, piece);
                return;
            }

            for (int c = 0; c < _points.Length; c++)
                piece(c);
        }

        /// <summary>The trajectory of one chain: its end, its acceptance probability, and the energies at both ends.</summary>
        private void Integrate(int c)
        {
            RandomKey key = _key.Fold(c);
            Hamiltonian hamiltonian = _hamiltonians[c];
            PhasePoint proposal = _proposals[c];
            proposal.CopyFrom(_points[c]);
            hamiltonian.DrawMomentum(proposal, key.Fold("momentum"));
            _uniforms[c] = key.Stream().NextDouble();
            double start = hamiltonian.Energy(proposal), energy = start;
            bool divergent = false;
            for (int i = 0; i < _steps && !divergent; i++)
            {
                energy = _options.Integrator.Step(hamiltonian, proposal, _stepSize) ? hamiltonian.Energy(proposal) : double.PositiveInfinity;
                divergent = energy - start > _options.MaxEnergyError;
            }

            _divergent[c] = divergent;
            _accept[c] = divergent ? 0 : Math.Min(1, Math.Exp(start - energy));
            _energies[c] = energy;
            _startEnergies[c] = start;
        }

        /// <summary>One step of one chain with the step size to try.</summary>
        private void Try(int c) => _logAcceptances[c] = _hamiltonians[c].LogAcceptance(_points[c], _proposals[c], _options.Integrator, _trialStep, _key.Fold(c));

        /// <summary>The gradient of the criterion with respect to log T.</summary>
        private double LengthGradient(double time)
        {
            Array.Clear(_mean);
            Array.Clear(_proposalMean);
            double weight = 0;
            for (int c = 0; c < _points.Length; c++)
            {
                // The end of a trajectory that diverged may not be finite, and its weight is zero.
                Span<double> position = _points[c].Position, proposal = _proposals[c].Position;
                weight += _accept[c];
                for (int i = 0; i < _n; i++)
                {
                    _mean[i] += position[i] / _points.Length;
                    _proposalMean[i] += _accept[c] > 0 ? _accept[c] * proposal[i] : 0;
                }
            }

            if (!(weight > 0))
                return 0;
            ReadOnlySpan<double> inverse = _metric.Inverse;
            double sum = 0;
            for (int c = 0; c < _points.Length; c++)
            {
                if (!(_accept[c] > 0))
                    continue;
                Span<double> position = _points[c].Position, proposal = _proposals[c].Position, momentum = _proposals[c].Momentum;
                double change = 0, along = 0;
                for (int i = 0; i < _n; i++)
                {
                    double before = position[i] - _mean[i], after = proposal[i] - (_proposalMean[i] / weight);
                    change += ((after * after) - (before * before)) / inverse[i];
                    along += after * momentum[i];
                }

                sum += _accept[c] * time * change * along;
            }

            return sum / weight;
        }
    }
}
