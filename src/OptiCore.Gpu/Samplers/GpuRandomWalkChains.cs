using ILGPU;
using ILGPU.Runtime;
using OptiCore.Persistence;
using OptiCore.Samplers;

namespace OptiCore.Gpu;

/// <summary>The chains of <see cref="RandomWalk"/> on a device, with one step size and one metric for all. A transition is five launches and an evaluation.</summary>
internal sealed class GpuRandomWalkChains : GpuChains
{
    private static readonly ulong Proposal = RandomKey.Index("proposal");

    private readonly DeviceMetric _metric;
    private readonly PooledVariances _pool;
    private readonly Trajectories _launches;
    private readonly Action<AcceleratorStream, KernelConfig, ChainShape, double, ArrayView<RandomKey>, ArrayView<double>, ArrayView<double>, ArrayView<double>> _propose;
    private readonly Action<AcceleratorStream, KernelConfig, ArrayView<double>, ArrayView<double>, ArrayView<int>, ArrayView<double>, ArrayView<double>> _potentials;
    private readonly GpuBuffer<double> _totals;
    private readonly double[] _hostTotals = new double[2];
    private readonly AdaptationState? _adaptation;
    private double _stepSize;
    private bool _tunes;

    /// <exception cref="ArgumentException">The metric or the adaptation is of a form that chains on a device don't share.</exception>
    public GpuRandomWalkChains(GpuDevice device, RandomWalk options, IGpuLogDensity density, int chains, int warmUp)
        : base(device, density, chains, usesGradients: false)
    {
        try
        {
            if (options.Metric is not (DiagonalMetric or UnitMetric))
                throw new ArgumentException($"On a device the metric must be diagonal or the identity, not {options.Metric.GetType().Name}.", nameof(options));
            if (options.Adaptation is not (null or WindowedAdaptation))
                throw new ArgumentException($"On a device chains are tuned together by {nameof(WindowedAdaptation)} or not at all, not by {options.Adaptation.GetType().Name}.", nameof(options));
            int n = Shape.Dimension;
            _launches = new Trajectories(device);
            _metric = new DeviceMetric(options.Metric.Start(n), New<double>(n), New<double>(n));
            _pool = new PooledVariances(_launches, New<double>(n), New<double>(n));
            _propose = device.Kernel<Action<AcceleratorStream, KernelConfig, ChainShape, double, ArrayView<RandomKey>, ArrayView<double>, ArrayView<double>, ArrayView<double>>>(ChainKernels.Propose);
            _potentials = device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<double>, ArrayView<double>, ArrayView<int>, ArrayView<double>, ArrayView<double>>>(ChainKernels.Potentials);
            _totals = New<double>(_hostTotals.Length);
            _stepSize = options.StepSize;
            _tunes = warmUp > 0 && options.Adaptation is not null;
            if (_tunes)
                _adaptation = options.Adaptation!.Start(new AllChains(this), warmUp);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public override bool HasEnergies => false;

    public override double StepSize => _stepSize;

    public override int Steps => 1;

    public override double[] InverseMetric => _metric.Metric.Inverse.ToArray();

    public override void Draw(RandomKey root, int iteration, bool isWarmUp)
    {
        if (_tunes)
            _adaptation!.BeforeDraw(root.Fold("adaptation").Fold(iteration));
        double stepSize = _stepSize;
        Propose(new ChainKeys(root, (ulong)iteration, Proposal, 1, 1), stepSize);
        _launches.Accept(
            Stream, PerChain, Uniforms.View, UnderWay.View, StartEnergies.View, Energies.View, NewLogDensities.View, LogDensities.View, Acceptances.View, Moved.View, Divergences.View, 0);
        _launches.Commit(Stream, PerElement, Shape, Moved.View, NewPositions.View, NewGradients.View, Positions.View, Gradients.View);
        if (_tunes)
            _adaptation!.AfterDraw(iteration, new DrawStatistics(double.NaN, MeanAcceptance(), stepSize, 0, 1, false, double.NaN));
    }

    public override void FinishTuning()
    {
        if (_tunes)
            _adaptation!.Finish();
        _tunes = false;
    }

    public override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        archive.Transfer(_metric.Metric);
        if (_adaptation is not null)
            archive.Transfer(_adaptation);
        archive.Transfer(ref _stepSize);
        archive.Transfer(ref _tunes);
        if (archive.IsLoading)
            _metric.Upload();
    }

    private void Propose(in ChainKeys keys, double stepSize)
    {
        DrawKeys(keys);
        _propose(Stream, Device.Shape((long)((Shape.Dimension + 1) / 2) * Shape.Chains), Shape, stepSize, Keys.View, _metric.Roots.View, Positions.View, NewPositions.View);
        EvaluateProposals();
        _potentials(Stream, PerChain, LogDensities.View, NewLogDensities.View, UnderWay.View, StartEnergies.View, Energies.View);
    }

    private double MeanAcceptance()
    {
        _launches.Acceptance(Stream, OneGroup, Acceptances.View, _totals.View);
        _totals.CopyTo(_hostTotals);
        return _hostTotals[0] / Shape.Chains;
    }

    /// <summary>All chains as one kernel, to those who tune it.</summary>
    private sealed class AllChains(GpuRandomWalkChains chains) : SamplerState, ITunableKernel
    {
        private readonly SharedMetric _metric = new(chains);

        public double StepSize { get => chains._stepSize; set => chains._stepSize = value; }

        public MetricState Metric => _metric;

        public ReadOnlySpan<double> Gradient => [];

        public double TargetAcceptance => chains.Shape.Dimension == 1 ? 0.44 : 0.234;

        public override ReadOnlySpan<double> Position => [];

        public override double LogDensity => double.NaN;

        public override double Evaluations => chains.Evaluations;

        /// <summary>Of the mean acceptance probability of all chains.</summary>
        public double LogAcceptance(double stepSize, RandomKey key)
        {
            chains.Propose(new ChainKeys(key, 0, 0, 0, 0), stepSize);
            chains._launches.Probabilities(chains.Stream, chains.PerChain, chains.UnderWay.View, chains.StartEnergies.View, chains.Energies.View, chains.Acceptances.View);
            return Math.Log(chains.MeanAcceptance());
        }

        public override bool MoveTo(ReadOnlySpan<double> position) => throw new NotSupportedException("Chains of a device are moved together.");

        public override DrawStatistics Draw(RandomKey key) => throw new NotSupportedException("Chains of a device are moved together.");

        public override void Persist(StateArchive archive)
        {
        }
    }

    /// <summary>The metric of all chains, whose estimator sees the positions of all of them where they lie.</summary>
    private sealed class SharedMetric(GpuRandomWalkChains chains) : MetricState
    {
        private readonly MetricState _inner = chains._metric.Metric;

        public override ReadOnlySpan<double> Inverse => _inner.Inverse;

        public override void Velocity(ReadOnlySpan<double> momentum, Span<double> velocity) => _inner.Velocity(momentum, velocity);

        public override void DrawMomentum(RandomKey key, Span<double> momentum) => _inner.DrawMomentum(key, momentum);

        public override void Scale(ReadOnlySpan<double> z, Span<double> x) => _inner.Scale(z, x);

        public override void ScaleTransposed(ReadOnlySpan<double> gradient, Span<double> scaled) => _inner.ScaleTransposed(gradient, scaled);

        public override MetricEstimator? StartEstimator() => _inner.StartEstimator() is null ? null : new SharedEstimator(chains, this);

        public override void SetInverse(ReadOnlySpan<double> inverse)
        {
            _inner.SetInverse(inverse);
            chains._metric.Upload();
        }

        public override void Persist(StateArchive archive) => _inner.Persist(archive);
    }

    private sealed class SharedEstimator(GpuRandomWalkChains chains, SharedMetric metric) : MetricEstimator
    {
        private readonly VarianceEstimator _variances = new(metric.Inverse.Length);
        private readonly double[] _estimate = new double[metric.Inverse.Length];

        public override long Count => chains._pool.Count;

        public override void Add(ReadOnlySpan<double> position, ReadOnlySpan<double> gradient) => chains._pool.Add(chains.Stream, chains.Rows, chains.Shape, chains.Positions);

        public override void Update()
        {
            chains._pool.MoveTo(_variances);
            _variances.Estimate(_estimate);
            metric.SetInverse(_estimate);
        }

        public override void Reset()
        {
            chains._pool.Reset();
            _variances.Reset();
        }

        public override void Persist(StateArchive archive) => archive.Transfer(chains._pool);
    }
}
