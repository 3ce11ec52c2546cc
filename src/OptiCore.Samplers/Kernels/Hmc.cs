using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>
/// Hamiltonian Monte Carlo with trajectories of a fixed length: a fresh momentum, an integrated trajectory, and acceptance of its end with probability
/// min(1, exp(H(start) - H(end))).
/// </summary>
/// <remarks>
/// Duane, Kennedy, Pendleton, Roweth (1987), Hybrid Monte Carlo; Neal (2011), MCMC using Hamiltonian dynamics. Each draw costs <see cref="Steps"/>
/// (or <see cref="TrajectoryLength"/> / step size) gradients. Cheaper per draw than <see cref="NoUTurn"/> where a good length is known and the same
/// everywhere; otherwise take that.
/// </remarks>
[Algorithm("HMC", "Hamiltonian Monte Carlo", "Duane, Kennedy, Pendleton, Roweth (1987), Hybrid Monte Carlo")]
public sealed record Hmc : ISampler<IDifferentiableFunction<double>>
{
    /// <summary>
    /// The length T of a trajectory in time; the number of steps is T / step size, rounded. Default: pi / 2, a quarter of the period of a
    /// standard normal target, whose draws are then independent. Not used where <see cref="Steps"/> is set.
    /// </summary>
    public double TrajectoryLength { get; init => field = Require.Positive(value); } = Math.PI / 2;

    /// <summary>A fixed number of steps instead of a fixed length; 0, the default, for a fixed length.</summary>
    public int Steps { get; init => field = Require.NonNegative(value); }

    /// <summary>The largest number of steps that <see cref="TrajectoryLength"/> may lead to while the step size is tiny. Default: 1,000.</summary>
    public int MaxSteps { get; init => field = Require.Positive(value); } = 1000;

    /// <summary>
    /// Each transition multiplies the step size by a uniform number of [1 - j, 1 + j], which keeps trajectories from running through
    /// whole periods of the target (Neal 2011, section 5.4.2.2). In [0, 1). Default: 0.2.
    /// </summary>
    public double Jitter { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.2;

    /// <summary>The step size where it isn't tuned, and where tuning begins. Default: 1.</summary>
    public double StepSize { get; init => field = Require.Positive(value); } = 1;

    /// <summary>An energy error beyond this is a divergence. Default: 1,000, as in Stan.</summary>
    public double MaxEnergyError { get; init => field = Require.Positive(value); } = 1000;

    /// <summary>The form of the mass matrix. Default: diagonal.</summary>
    public IMetric Metric { get; init => field = Require.NotNull(value); } = new DiagonalMetric();

    /// <summary>The method that advances along the flow. Default: leapfrog.</summary>
    public IIntegrator Integrator { get; init => field = Require.NotNull(value); } = SplittingIntegrator.Leapfrog;

    /// <summary>How step size and metric are tuned during warm-up; null leaves them as configured. Default: as in Stan.</summary>
    public IAdaptation? Adaptation { get; init; } = new WindowedAdaptation();

    /// <inheritdoc/>
    public SamplerState Start(IDifferentiableFunction<double> target)
    {
        ArgumentNullException.ThrowIfNull(target);
        return new State(this, new Hamiltonian(target, Metric.Start(target.Dimension)));
    }

    private sealed class State(Hmc options, Hamiltonian hamiltonian) : SamplerState, ITunableKernel
    {
        private readonly double[] _divergentPosition = new double[hamiltonian.Dimension];
        private PhasePoint _point = new(hamiltonian.Dimension);
        private PhasePoint _proposal = new(hamiltonian.Dimension);
        private double _stepSize = options.StepSize;

        public MetricState Metric => hamiltonian.Metric;

        public ReadOnlySpan<double> Gradient => _point.Gradient;

        public double StepSize { get => _stepSize; set => _stepSize = value; }

        // A single step is a Langevin proposal.
        public double TargetAcceptance => options.Steps == 1 ? Mala.OptimalAcceptance : 0.8;

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
            RandomStream stream = key.Stream();
            _proposal.CopyFrom(_point);
            hamiltonian.DrawMomentum(_proposal, key.Fold("momentum"));
            double jitter = 1 + (options.Jitter * ((2 * stream.NextDouble()) - 1));
            double u = stream.NextDouble();
            double startEnergy = hamiltonian.Energy(_proposal);

            // The number of steps follows from the unjittered size, so that the length varies with the jitter.
            int steps = options.Steps > 0 ? options.Steps : (int)Math.Clamp(Math.Round(options.TrajectoryLength / _stepSize), 1, options.MaxSteps);
            double stepSize = jitter * _stepSize;
            double energy = startEnergy;
            bool divergent = false;
            int taken = 0;
            while (taken < steps && !divergent)
            {
                taken++;
                energy = options.Integrator.Step(hamiltonian, _proposal, stepSize) ? hamiltonian.Energy(_proposal) : double.PositiveInfinity;
                divergent = energy - startEnergy > options.MaxEnergyError;
            }

            double accept = divergent ? 0 : Math.Min(1, Math.Exp(startEnergy - energy));
            if (divergent)
                _proposal.Position.CopyTo(_divergentPosition);
            if (u < accept)
                (_point, _proposal) = (_proposal, _point);
            else
                energy = startEnergy;
            return new DrawStatistics(_point.LogDensity, accept, stepSize, 0, taken, divergent, energy);
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
    }
}
