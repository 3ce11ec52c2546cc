using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>
/// The No-U-Turn sampler: Hamiltonian trajectories that double, forwards or backwards at random, until they turn back on themselves, and a draw from
/// among their states by weight. No length to choose.
/// </summary>
/// <remarks>
/// Hoffman, Gelman (2014), The No-U-Turn sampler, with the refinements of Betancourt (2017), A conceptual introduction to Hamiltonian Monte
/// Carlo: states are drawn multinomially with weights exp(-H) inside a subtree and with a bias towards the newer half at the top; the generalised
/// criterion stops when rho . v &lt;= 0 at either end, where rho is the sum of the trajectory's momenta and v = M^-1 p; the criterion is also checked across each pair of joined subtrees,
/// from one end of a half to the nearest state of the other, which stops trajectories that fit a period exactly.
/// A draw costs 2^depth gradients at most; the default kernel for a differentiable density.
/// </remarks>
[Algorithm("NUTS", "Hamiltonian Monte Carlo", "Hoffman, Gelman (2014), The No-U-Turn sampler; Betancourt (2017), A conceptual introduction to Hamiltonian Monte Carlo")]
public sealed record NoUTurn : ISampler<IDifferentiableFunction<double>>
{
    /// <summary>The largest number of doublings, from 1 to 20: at most 2^depth - 1 steps per draw. Default: 10.</summary>
    public int MaxDepth
    {
        get;
        init => field = value is >= 1 and <= 20 ? value : throw new ArgumentOutOfRangeException(nameof(MaxDepth), value, $"{nameof(MaxDepth)} is {value} but must lie in [1, 20].");
    } = 10;

    /// <summary>The step size where it isn't tuned, and where tuning begins. Default: 1.</summary>
    public double StepSize { get; init => field = Require.Positive(value); } = 1;

    /// <summary>An energy error beyond this is a divergence and ends the trajectory. Default: 1,000.</summary>
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

    private sealed class State : SamplerState, ITunableKernel
    {
        private readonly NoUTurn _options;
        private readonly Hamiltonian _hamiltonian;
        private readonly PhasePoint _point;
        private readonly PhasePoint _backward;
        private readonly PhasePoint _forward;
        private readonly Tree _trajectory;
        private readonly Tree _extension;

        // The second half of a subtree of depth d + 1 is built in element d: one buffer for each level is enough.
        private readonly Tree[] _secondHalves;
        private readonly double[] _divergentPosition;
        private double _stepSize;

        // Of the current transition.
        private double _startEnergy;
        private double _acceptSum;
        private int _steps;
        private bool _divergent;

        public State(NoUTurn options, Hamiltonian hamiltonian)
        {
            int n = hamiltonian.Dimension;
            _options = options;
            _hamiltonian = hamiltonian;
            _stepSize = options.StepSize;
            _point = new PhasePoint(n);
            _backward = new PhasePoint(n);
            _forward = new PhasePoint(n);
            _trajectory = new Tree(n);
            _extension = new Tree(n);
            _secondHalves = new Tree[options.MaxDepth - 1];
            for (int i = 0; i < _secondHalves.Length; i++)
                _secondHalves[i] = new Tree(n);
            _divergentPosition = new double[n];
        }

        public MetricState Metric => _hamiltonian.Metric;

        public ReadOnlySpan<double> Gradient => _point.Gradient;

        public double StepSize { get => _stepSize; set => _stepSize = value; }

        public override ReadOnlySpan<double> Position => _point.Position;

        public override double LogDensity => _point.LogDensity;

        public override double Evaluations => _hamiltonian.Evaluations;

        public override int MaxTreeDepth => _options.MaxDepth;

        public override ReadOnlySpan<double> DivergentPosition => _divergentPosition;

        public override bool MoveTo(ReadOnlySpan<double> position)
        {
            position.CopyTo(_point.Position);
            return _hamiltonian.Evaluate(_point);
        }

        public double LogAcceptance(double stepSize, RandomKey key) => _hamiltonian.LogAcceptance(_point, _forward, _options.Integrator, stepSize, key);

        public override DrawStatistics Draw(RandomKey key)
        {
            RandomStream stream = key.Stream();
            _forward.CopyFrom(_point);
            _hamiltonian.DrawMomentum(_forward, key.Fold("momentum"));
            _backward.CopyFrom(_forward);
            _startEnergy = _hamiltonian.Energy(_forward);
            _acceptSum = 0;
            _steps = 0;
            _divergent = false;
            _trajectory.SetState(_forward, _startEnergy, logWeight: 0);

            int depth = 0;
            while (depth < _options.MaxDepth)
            {
                bool forward = (stream.NextUInt32() & 1) == 0;
                PhasePoint end = forward ? _forward : _backward;
                if (!Build(depth, _extension, end, forward ? _stepSize : -_stepSize, ref stream))
                    break;
                depth++;

                // Biased progressive sampling: the newer half is taken with probability min(1, w_new / w_old).
                double preference = _extension.LogWeight - _trajectory.LogWeight;
                if (preference > 0 || stream.NextDouble() < Math.Exp(preference))
                    _trajectory.TakeProposal(_extension);

                // A subtree built backwards begins next to the trajectory: turned round, both are in the order of time.
                if (!forward)
                    _extension.TurnRound();
                Tree first = forward ? _trajectory : _extension, second = forward ? _extension : _trajectory;
                bool turned = TurnsBack(first, second);
                _trajectory.Extend(_extension, forward);
                if (turned)
                    break;
            }

            _trajectory.Proposal.CopyTo(_point.Position);
            _trajectory.ProposalGradient.CopyTo(_point.Gradient);
            _point.LogDensity = _trajectory.ProposalLogDensity;
            return new DrawStatistics(_point.LogDensity, _acceptSum / _steps, _stepSize, depth, _steps, _divergent, _trajectory.ProposalEnergy);
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer(ref _stepSize);
            archive.Transfer(_point);
            archive.Transfer<double>(_divergentPosition);
            archive.Transfer(_hamiltonian.Metric);
            double evaluations = _hamiltonian.Evaluations;
            archive.Transfer(ref evaluations);
            _hamiltonian.Evaluations = evaluations;
        }

        /// <summary>Builds the subtree of 2^depth states beyond an end of the trajectory.</summary>
        /// <returns>False when it diverged or turned back inside: the draw can't come from it.</returns>
        private bool Build(int depth, Tree tree, PhasePoint end, double stepSize, ref RandomStream stream)
        {
            if (depth == 0)
                return Leaf(tree, end, stepSize);

            Tree second = _secondHalves[depth - 1];
            if (!Build(depth - 1, tree, end, stepSize, ref stream) || !Build(depth - 1, second, end, stepSize, ref stream) || TurnsBack(tree, second))
                return false;

            // Multinomial: each state of the subtree in proportion to its weight.
            double logWeight = LogSumExp(tree.LogWeight, second.LogWeight);
            if (stream.NextDouble() < Math.Exp(second.LogWeight - logWeight))
                tree.TakeProposal(second);
            tree.Extend(second, forward: true);
            return true;
        }

        private bool Leaf(Tree tree, PhasePoint end, double stepSize)
        {
            _steps++;
            bool finite = _options.Integrator.Step(_hamiltonian, end, stepSize);
            double energy = finite ? _hamiltonian.Energy(end) : double.PositiveInfinity;
            double logWeight = _startEnergy - energy;
            _acceptSum += logWeight > 0 ? 1 : Math.Exp(logWeight);
            if (-logWeight > _options.MaxEnergyError)
            {
                _divergent = true;
                end.Position.CopyTo(_divergentPosition);
                return false;
            }

            tree.SetState(end, energy, logWeight);
            return true;
        }

        /// <summary>The generalised U-turn criterion over two neighbouring subtrees, and over each with the nearest state of the other.</summary>
        private static bool TurnsBack(Tree first, Tree second) =>
            !GoesOn(first.FirstVelocity, second.LastVelocity, first.MomentumSum, second.MomentumSum)
            || !GoesOn(first.FirstVelocity, second.FirstVelocity, first.MomentumSum, second.FirstMomentum)
            || !GoesOn(first.LastVelocity, second.LastVelocity, first.LastMomentum, second.MomentumSum);

        /// <summary>Whether a . (x + y) and b . (x + y) are positive. Four lanes on any hardware, so that the bits are the same everywhere.</summary>
        private static bool GoesOn(double[] a, double[] b, double[] x, double[] y)
        {
            Vector256<double> sumA = Vector256<double>.Zero, sumB = Vector256<double>.Zero;
            int i = 0;
            for (; i <= x.Length - 4; i += 4)
            {
                Vector256<double> rho = Vector256.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(x), (nuint)i) + Vector256.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(y), (nuint)i);
                sumA += Vector256.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(a), (nuint)i) * rho;
                sumB += Vector256.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(b), (nuint)i) * rho;
            }

            double alongA = sumA[0] + sumA[1] + (sumA[2] + sumA[3]), alongB = sumB[0] + sumB[1] + (sumB[2] + sumB[3]);
            for (; i < x.Length; i++)
            {
                double rho = x[i] + y[i];
                alongA += a[i] * rho;
                alongB += b[i] * rho;
            }

            return alongA > 0 && alongB > 0;
        }
    }

    /// <summary>
    /// A stretch of a trajectory as the recursion sees it: the sum of its momenta, its two ends, its weight and a state drawn from it. Buffers
    /// change hands by reference, so that joining two subtrees copies nothing.
    /// </summary>
    private sealed class Tree(int dimension)
    {
        private double[] _firstMomentum = new double[dimension];
        private double[] _firstVelocity = new double[dimension];
        private double[] _lastMomentum = new double[dimension];
        private double[] _lastVelocity = new double[dimension];
        private double[] _proposal = new double[dimension];
        private double[] _proposalGradient = new double[dimension];

        public double[] MomentumSum { get; } = new double[dimension];

        public double[] FirstMomentum => _firstMomentum;

        public double[] FirstVelocity => _firstVelocity;

        public double[] LastMomentum => _lastMomentum;

        public double[] LastVelocity => _lastVelocity;

        public double[] Proposal => _proposal;

        public double[] ProposalGradient => _proposalGradient;

        public double ProposalLogDensity { get; private set; }

        public double ProposalEnergy { get; private set; }

        public double LogWeight { get; private set; }

        public void SetState(PhasePoint point, double energy, double logWeight)
        {
            point.Momentum.CopyTo(MomentumSum);
            point.Momentum.CopyTo(_firstMomentum);
            point.Momentum.CopyTo(_lastMomentum);
            point.Velocity.CopyTo(_firstVelocity);
            point.Velocity.CopyTo(_lastVelocity);
            point.Position.CopyTo(_proposal);
            point.Gradient.CopyTo(_proposalGradient);
            ProposalLogDensity = point.LogDensity;
            ProposalEnergy = energy;
            LogWeight = logWeight;
        }

        public void TakeProposal(Tree other)
        {
            (_proposal, other._proposal) = (other._proposal, _proposal);
            (_proposalGradient, other._proposalGradient) = (other._proposalGradient, _proposalGradient);
            ProposalLogDensity = other.ProposalLogDensity;
            ProposalEnergy = other.ProposalEnergy;
        }

        public void TurnRound()
        {
            (_firstMomentum, _lastMomentum) = (_lastMomentum, _firstMomentum);
            (_firstVelocity, _lastVelocity) = (_lastVelocity, _firstVelocity);
        }

        /// <summary>Appends a subtree that comes after this one in time (or before it), apart from its proposal.</summary>
        public void Extend(Tree other, bool forward)
        {
            TensorPrimitives.Add(MomentumSum, other.MomentumSum, MomentumSum);
            LogWeight = LogSumExp(LogWeight, other.LogWeight);
            if (forward)
            {
                (_lastMomentum, other._lastMomentum) = (other._lastMomentum, _lastMomentum);
                (_lastVelocity, other._lastVelocity) = (other._lastVelocity, _lastVelocity);
            }
            else
            {
                (_firstMomentum, other._firstMomentum) = (other._firstMomentum, _firstMomentum);
                (_firstVelocity, other._firstVelocity) = (other._firstVelocity, _firstVelocity);
            }
        }
    }

    private static double LogSumExp(double a, double b)
    {
        double larger = Math.Max(a, b);
        return larger + Math.Log(1 + Math.Exp(Math.Min(a, b) - larger));
    }
}
