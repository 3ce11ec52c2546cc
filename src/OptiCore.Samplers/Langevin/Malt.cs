using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>
/// Metropolis-adjusted Langevin trajectories: a fresh momentum, then steps of underdamped Langevin dynamics, each an Ornstein-Uhlenbeck half step p = c p + sqrt(1 - c^2) N(0, M) with
/// c = exp(-gamma h / 2), a step of the integrator, and another half step; the end of the whole trajectory is accepted with probability min(1, exp(-D)), D the sum of
/// the integrator's energy errors.
/// </summary>
/// <remarks>
/// Riou-Durand, Vogrinc (2022), Metropolis adjusted Langevin trajectories: a robust alternative to Hamiltonian Monte Carlo. With gamma = 0 it is <see cref="Hmc"/> of a fixed length, whose draws
/// may be poor where the length is near to a period of some direction; the friction makes long trajectories forget instead of returning, and needs no jitter. Unlike
/// <see cref="GeneralizedHmc"/> a rejection doesn't turn the chain back. The target acceptance is 0.651, the optimum that is shared with HMC (Beskos, Pillai, Roberts, Sanz-Serna,
/// Stuart 2013, Optimal tuning of the hybrid Monte Carlo algorithm). Costs trajectory length / step size gradients a draw.
/// </remarks>
[Algorithm("MALT", "Langevin", "Riou-Durand, Vogrinc (2022), Metropolis adjusted Langevin trajectories: a robust alternative to Hamiltonian Monte Carlo")]
public sealed record Malt : ISampler<IDifferentiableFunction<double>>
{
    /// <summary>
    /// The length T of a trajectory in time; the number of steps is T / step size, rounded. Default: 2.4, after which a standard normal coordinate is uncorrelated with its start at
    /// friction 1.
    /// </summary>
    public double TrajectoryLength { get; init => field = Require.Positive(value); } = 2.4;

    /// <summary>The friction gamma, an inverse time. 2 is critical for a standard normal target. Default: 1.</summary>
    public double Friction { get; init => field = Require.NonNegative(value); } = 1;

    /// <summary>The largest number of steps that <see cref="TrajectoryLength"/> may lead to while the step size is tiny. Default: 1,000.</summary>
    public int MaxSteps { get; init => field = Require.Positive(value); } = 1000;

    /// <summary>The step size where it isn't tuned, and where tuning begins. Default: 1.</summary>
    public double StepSize { get; init => field = Require.Positive(value); } = 1;

    /// <summary>A sum of energy errors beyond this is a divergence. Default: 1,000.</summary>
    public double MaxEnergyError { get; init => field = Require.Positive(value); } = 1000;

    /// <summary>The form of the mass matrix. Default: diagonal.</summary>
    public IMetric Metric { get; init => field = Require.NotNull(value); } = new DiagonalMetric();

    /// <summary>The method that advances along the flow. Default: leapfrog.</summary>
    public IIntegrator Integrator { get; init => field = Require.NotNull(value); } = SplittingIntegrator.Leapfrog;

    /// <summary>How step size and metric are tuned during warm-up; null leaves them as configured. Default: in windows, as for HMC.</summary>
    public IAdaptation? Adaptation { get; init; } = new WindowedAdaptation();

    /// <inheritdoc/>
    public SamplerState Start(IDifferentiableFunction<double> target)
    {
        ArgumentNullException.ThrowIfNull(target);
        return new State(this, new Hamiltonian(target, Metric.Start(target.Dimension)));
    }

    private sealed class State(Malt options, Hamiltonian hamiltonian) : SamplerState, ITunableKernel
    {
        private readonly double[] _noise = new double[hamiltonian.Dimension];
        private readonly double[] _divergentPosition = new double[hamiltonian.Dimension];
        private PhasePoint _point = new(hamiltonian.Dimension);
        private PhasePoint _proposal = new(hamiltonian.Dimension);
        private double _stepSize = options.StepSize;

        public MetricState Metric => hamiltonian.Metric;

        public ReadOnlySpan<double> Gradient => _point.Gradient;

        public double StepSize { get => _stepSize; set => _stepSize = value; }

        public double TargetAcceptance => 0.651;

        public override ReadOnlySpan<double> Position => _point.Position;

        public override double LogDensity => _point.LogDensity;

        public override double Evaluations => hamiltonian.Evaluations;

        public override ReadOnlySpan<double> DivergentPosition => _divergentPosition;

        public override bool MoveTo(ReadOnlySpan<double> position)
        {
            position.CopyTo(_point.Position);
            return hamiltonian.Evaluate(_point);
        }

        public double LogAcceptance(double stepSize, RandomKey key) => hamiltonian.LogAcceptance(_point, _proposal, options.Integrator, stepSize, key);

        public override DrawStatistics Draw(RandomKey key)
        {
            double u = key.Stream().NextDouble();
            _proposal.CopyFrom(_point);
            hamiltonian.DrawMomentum(_proposal, key.Fold("momentum"));
            double startEnergy = hamiltonian.Energy(_proposal), error = 0;
            int steps = (int)Math.Clamp(Math.Round(options.TrajectoryLength / _stepSize), 1, options.MaxSteps), taken = 0;
            double kept = Math.Exp(-0.5 * options.Friction * _stepSize);
            while (taken < steps && error <= options.MaxEnergyError)
            {
                RandomKey step = key.Fold(taken++);
                Refresh(kept, step.Fold("before"));
                double before = hamiltonian.Energy(_proposal);
                error += options.Integrator.Step(hamiltonian, _proposal, _stepSize) ? hamiltonian.Energy(_proposal) - before : double.PositiveInfinity;
                Refresh(kept, step.Fold("after"));
            }

            bool divergent = !(error <= options.MaxEnergyError);
            double accept = divergent ? 0 : Math.Min(1, Math.Exp(-error)), energy = startEnergy;
            if (divergent)
                _proposal.Position.CopyTo(_divergentPosition);
            if (u < accept)
            {
                (_point, _proposal) = (_proposal, _point);
                energy = hamiltonian.Energy(_point);
            }

            return new DrawStatistics(_point.LogDensity, accept, _stepSize, 0, taken, divergent, energy);
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer(ref _stepSize);
            archive.Transfer(_point);
            archive.Transfer<double>(_divergentPosition);
            archive.Transfer(hamiltonian.Metric);
            double evaluations = hamiltonian.Evaluations;
            archive.Transfer(ref evaluations);
            hamiltonian.Evaluations = evaluations;
        }

        private void Refresh(double kept, RandomKey key)
        {
            if (kept == 1)
                return;
            Metric.DrawMomentum(key, _noise);
            double added = Math.Sqrt((1 - kept) * (1 + kept));
            Span<double> momentum = _proposal.Momentum;
            for (int i = 0; i < momentum.Length; i++)
                momentum[i] = (kept * momentum[i]) + (added * _noise[i]);
            Metric.Velocity(momentum, _proposal.Velocity);
        }
    }
}
