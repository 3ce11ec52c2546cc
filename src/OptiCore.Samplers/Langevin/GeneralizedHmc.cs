using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>
/// Generalised Hamiltonian Monte Carlo: the momentum is refreshed only in part, p = a p + sqrt(1 - a^2) N(0, M), a short trajectory follows, and its end is accepted with
/// probability min(1, exp(H(start) - H(end))); when it is rejected the chain stays and the momentum is reversed. The Metropolised companion of <see cref="UnderdampedLangevin"/>.
/// </summary>
/// <remarks>
/// Horowitz (1991), A generalized guided Monte Carlo algorithm. With a = 0 it is <see cref="Hmc"/>, and with one step <see cref="Mala"/>. Momentum that persists suppresses the random walk of
/// single steps as long as nearly all are accepted, for a rejection turns the chain back: hence the high target acceptance of 0.95, which is a choice of this library. Costs
/// <see cref="Steps"/> gradients a draw.
/// </remarks>
[Algorithm("Generalised HMC", "Langevin", "Horowitz (1991), A generalized guided Monte Carlo algorithm")]
public sealed record GeneralizedHmc : ISampler<IDifferentiableFunction<double>>
{
    /// <summary>The part a of the momentum that stays, in [0, 1). Default: 0.9.</summary>
    public double Persistence { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.9;

    /// <summary>The number of integrator steps a draw. Default: 1.</summary>
    public int Steps { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The step size where it isn't tuned, and where tuning begins. Default: 1.</summary>
    public double StepSize { get; init => field = Require.Positive(value); } = 1;

    /// <summary>An energy error beyond this is a divergence. Default: 1,000.</summary>
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

    private sealed class State(GeneralizedHmc options, Hamiltonian hamiltonian) : SamplerState, ITunableKernel
    {
        private readonly double[] _refreshed = new double[hamiltonian.Dimension];
        private readonly double[] _divergentPosition = new double[hamiltonian.Dimension];
        private PhasePoint _point = new(hamiltonian.Dimension);
        private PhasePoint _proposal = new(hamiltonian.Dimension);
        private double _stepSize = options.StepSize;
        private bool _hasMomentum;

        public MetricState Metric => hamiltonian.Metric;

        public ReadOnlySpan<double> Gradient => _point.Gradient;

        public double StepSize { get => _stepSize; set => _stepSize = value; }

        public double TargetAcceptance => 0.95;

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
            Metric.DrawMomentum(key.Fold("momentum"), _refreshed);
            double kept = _hasMomentum ? options.Persistence : 0, added = Math.Sqrt((1 - kept) * (1 + kept));
            for (int i = 0; i < _refreshed.Length; i++)
                _refreshed[i] = (kept * _point.Momentum[i]) + (added * _refreshed[i]);
            _refreshed.CopyTo(_proposal.Momentum);
            Metric.Velocity(_proposal.Momentum, _proposal.Velocity);
            double startEnergy = hamiltonian.Energy(_proposal), energy = startEnergy;
            bool divergent = false;
            int taken = 0;
            while (taken < options.Steps && !divergent)
            {
                taken++;
                energy = options.Integrator.Step(hamiltonian, _proposal, _stepSize) ? hamiltonian.Energy(_proposal) : double.PositiveInfinity;
                divergent = energy - startEnergy > options.MaxEnergyError;
            }

            double accept = divergent ? 0 : Math.Min(1, Math.Exp(startEnergy - energy));
            if (divergent)
                _proposal.Position.CopyTo(_divergentPosition);
            if (u < accept)
            {
                (_point, _proposal) = (_proposal, _point);
            }
            else
            {
                energy = startEnergy;
                for (int i = 0; i < _refreshed.Length; i++)
                    _point.Momentum[i] = -_refreshed[i];
            }

            _hasMomentum = true;
            return new DrawStatistics(_point.LogDensity, accept, _stepSize, 0, taken, divergent, energy);
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer(ref _stepSize);
            archive.Transfer(ref _hasMomentum);
            archive.Transfer(_point);
            archive.Transfer<double>(_divergentPosition);
            archive.Transfer(hamiltonian.Metric);
            double evaluations = hamiltonian.Evaluations;
            archive.Transfer(ref evaluations);
            hamiltonian.Evaluations = evaluations;
        }
    }
}
