using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>
/// Underdamped Langevin dynamics, dq = M^-1 p dt, dp = grad log p(q) dt - gamma p dt + sqrt(2 gamma) M^(1/2) dW, by the splitting BAOAB: half a kick (B), half a
/// drift (A), the exact Ornstein-Uhlenbeck step p = c p + sqrt(1 - c^2) N(0, M) with c = exp(-gamma h) (O), half a drift, half a kick. Not Metropolised: every step is taken.
/// </summary>
/// <remarks>
/// Leimkuhler, Matthews (2013), Rational construction of stochastic numerical methods for molecular sampling. The bias of averages is of order h^2, of order h^4
/// in the limit of high friction, and zero for Gaussian targets at every stable step (h &lt; 2 / largest frequency). One gradient a step. The acceptance statistic is min(1, exp(-W)), W the
/// energy error of the deterministic parts: what a Metropolised chain would have accepted, and so a measure of the bias. For exact draws
/// take <see cref="GeneralizedHmc"/> or <see cref="NoUTurn"/>. A step into zero density is undone and the momentum reversed, as at a wall.
/// </remarks>
[Algorithm("Underdamped Langevin (BAOAB)", "Langevin", "Leimkuhler, Matthews (2013), Rational construction of stochastic numerical methods for molecular sampling")]
public sealed record UnderdampedLangevin : ISampler<IDifferentiableFunction<double>>
{
    /// <summary>The step size h, a time. Default: 0.1.</summary>
    public double StepSize { get; init => field = Require.Positive(value); } = 0.1;

    /// <summary>The friction gamma, an inverse time. Near to the slowest frequency of the target it mixes best; 1 where the metric is right. Default: 1.</summary>
    public double Friction { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The number of steps for each draw. Default: 1.</summary>
    public int Steps { get; init => field = Require.Positive(value); } = 1;

    /// <summary>An energy error of a draw's deterministic parts beyond this is a divergence. Default: 1,000.</summary>
    public double MaxEnergyError { get; init => field = Require.Positive(value); } = 1000;

    /// <summary>The form of the mass matrix. Default: diagonal.</summary>
    public IMetric Metric { get; init => field = Require.NotNull(value); } = new DiagonalMetric();

    /// <summary>
    /// How step size and metric are tuned during warm-up. Default: null, which leaves them as configured. A <see cref="WindowedAdaptation"/> aims at the acceptance statistic; near to 1,
    /// as 0.99, it keeps the bias small.
    /// </summary>
    public IAdaptation? Adaptation { get; init; }

    /// <inheritdoc/>
    public SamplerState Start(IDifferentiableFunction<double> target)
    {
        ArgumentNullException.ThrowIfNull(target);
        return new State(this, new Hamiltonian(target, Metric.Start(target.Dimension)));
    }

    private sealed class State(UnderdampedLangevin options, Hamiltonian hamiltonian) : SamplerState, ITunableKernel
    {
        private readonly double[] _noise = new double[hamiltonian.Dimension];
        private readonly double[] _divergentPosition = new double[hamiltonian.Dimension];
        private PhasePoint _point = new(hamiltonian.Dimension);
        private PhasePoint _next = new(hamiltonian.Dimension);
        private double _stepSize = options.StepSize;
        private bool _hasMomentum;

        public MetricState Metric => hamiltonian.Metric;

        public ReadOnlySpan<double> Gradient => _point.Gradient;

        public double StepSize { get => _stepSize; set => _stepSize = value; }

        public double TargetAcceptance => 0.99;

        public override ReadOnlySpan<double> Position => _point.Position;

        public override double LogDensity => _point.LogDensity;

        public override double Evaluations => hamiltonian.Evaluations;

        public override ReadOnlySpan<double> DivergentPosition => _divergentPosition;

        public override bool MoveTo(ReadOnlySpan<double> position)
        {
            position.CopyTo(_point.Position);
            return hamiltonian.Evaluate(_point);
        }

        public double LogAcceptance(double stepSize, RandomKey key)
        {
            _next.CopyFrom(_point);
            hamiltonian.DrawMomentum(_next, key.Fold("momentum"));
            return -Step(_next, stepSize, key);
        }

        public override DrawStatistics Draw(RandomKey key)
        {
            _next.CopyFrom(_point);
            if (_hasMomentum)
                Metric.Velocity(_next.Momentum, _next.Velocity);
            else
                hamiltonian.DrawMomentum(_next, key.Fold("momentum"));
            double error = 0;
            int taken = 0;
            while (taken < options.Steps && error <= options.MaxEnergyError)
                error += Step(_next, _stepSize, key.Fold(taken++));

            bool divergent = error > options.MaxEnergyError;
            if (divergent)
            {
                _next.Position.CopyTo(_divergentPosition);
                for (int i = 0; i < _noise.Length; i++)
                    _point.Momentum[i] = -_point.Momentum[i];
            }
            else
            {
                (_point, _next) = (_next, _point);
                _hasMomentum = true;
            }

            double energy = _hasMomentum ? hamiltonian.Energy(_point) : -_point.LogDensity;
            return new DrawStatistics(_point.LogDensity, Math.Min(1, Math.Exp(-error)), _stepSize, 0, taken, divergent, energy);
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

        /// <summary>Makes a step and returns the energy error of its deterministic parts; infinity where the density vanished.</summary>
        private double Step(PhasePoint point, double stepSize, RandomKey key)
        {
            double before = hamiltonian.Energy(point);
            hamiltonian.Kick(point, 0.5 * stepSize);
            point.Drift(0.5 * stepSize);

            double heat = -Metric.KineticEnergy(point.Momentum, point.Velocity);
            Refresh(point.Momentum, Math.Exp(-options.Friction * stepSize), key);
            Metric.Velocity(point.Momentum, point.Velocity);
            heat += Metric.KineticEnergy(point.Momentum, point.Velocity);

            point.Drift(0.5 * stepSize);
            if (!hamiltonian.Evaluate(point))
                return double.PositiveInfinity;
            hamiltonian.Kick(point, 0.5 * stepSize);
            double error = hamiltonian.Energy(point) - before - heat;
            return double.IsNaN(error) ? double.PositiveInfinity : error;
        }

        private void Refresh(Span<double> momentum, double kept, RandomKey key)
        {
            Metric.DrawMomentum(key.Fold("noise"), _noise);
            double added = Math.Sqrt((1 - kept) * (1 + kept));
            for (int i = 0; i < momentum.Length; i++)
                momentum[i] = (kept * momentum[i]) + (added * _noise[i]);
        }
    }
}
