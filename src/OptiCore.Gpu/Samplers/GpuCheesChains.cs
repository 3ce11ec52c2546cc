using ILGPU;
using ILGPU.Runtime;
using OptiCore.Persistence;
using OptiCore.Samplers;

namespace OptiCore.Gpu;

/// <summary>The chains of <see cref="CheesHmc"/> on a device. A transition of s steps is 2 s launches and s evaluations, and five more launches; in warm-up three numbers come to the host after each.</summary>
internal sealed class GpuCheesChains : GpuChains, ITrialSteps
{
    private static readonly ulong Momentum = RandomKey.Index("momentum");

    private readonly CheesHmc _options;
    private readonly SplittingIntegrator _integrator;
    private readonly CheesTuning _tuning;
    private readonly DeviceMetric _metric;
    private readonly VarianceEstimator _estimator;
    private readonly PooledVariances? _pool;
    private readonly Trajectories _launches;
    private readonly Action<AcceleratorStream, KernelConfig, ChainShape, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>> _means;
    private readonly Action<AcceleratorStream, KernelConfig, ChainShape, double, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>> _criterion;
    private readonly Action<AcceleratorStream, KernelConfig, ArrayView<double>, ArrayView<double>, int> _sum;
    private readonly GpuBuffer<double> _momenta;
    private readonly GpuBuffer<double> _meanPositions;
    private readonly GpuBuffer<double> _newMeanPositions;
    private readonly GpuBuffer<double> _terms;
    private readonly GpuBuffer<double> _totals;
    private readonly double[] _hostTotals = new double[3];
    private int _steps;

    public GpuCheesChains(GpuDevice device, CheesHmc options, IGpuLogDensity density, int chains, int warmUp)
        : base(device, density, chains, usesGradients: true)
    {
        try
        {
            _options = options;
            _integrator = options.Integrator as SplittingIntegrator
                ?? throw new ArgumentException($"On a device the integrator must be a {nameof(SplittingIntegrator)}, not {options.Integrator.GetType().Name}.", nameof(options));
            int n = Shape.Dimension;
            _metric = new DeviceMetric(new DiagonalMetric().Start(n), New<double>(n), New<double>(n));
            _tuning = new CheesTuning(options, _metric.Metric, n, warmUp);
            _launches = new Trajectories(device);
            _estimator = new VarianceEstimator(n);
            if (warmUp > 0 && options.TunesMetric)
                _pool = new PooledVariances(_launches, New<double>(n), New<double>(n));
            _means = device.Kernel<Action<AcceleratorStream, KernelConfig, ChainShape, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>>>(ChainStatistics.Means);
            _criterion = device.Kernel<Action<AcceleratorStream, KernelConfig, ChainShape, double, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>>>(
                ChainStatistics.Criterion);
            _sum = device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<double>, ArrayView<double>, int>>(ChainStatistics.Sum);
            _momenta = New<double>((long)n * chains);
            _meanPositions = New<double>(n);
            _newMeanPositions = New<double>(n);
            _terms = New<double>(chains);
            _totals = New<double>(_hostTotals.Length);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public override double StepSize => _tuning.StepSize;

    public override int Steps => _steps;

    public override double[] InverseMetric => _metric.Metric.Inverse.ToArray();

    public override void Draw(RandomKey root, int iteration, bool isWarmUp)
    {
        RandomKey key = root.Fold("ensemble").Fold(iteration);
        if (_tuning.NeedsSearch)
            _tuning.Search(this, key.Fold("step size"));
        double stepSize = _tuning.StepSize;
        _steps = _tuning.NextSteps();
        Integrate(new ChainKeys(key, 0, Momentum, 0, 1), _steps, stepSize, _options.MaxEnergyError);
        _launches.Accept(
            Stream, PerChain, Uniforms.View, UnderWay.View, StartEnergies.View, Energies.View, NewLogDensities.View, LogDensities.View, Acceptances.View, Moved.View, Divergences.View, isWarmUp ? 0 : 1);
        if (_tuning.Tunes)
        {
            _launches.Acceptance(Stream, OneGroup, Acceptances.View, _totals.View);
            _means(Stream, Rows, Shape, Acceptances.View, _totals.View, Positions.View, NewPositions.View, _meanPositions.View, _newMeanPositions.View);
            _criterion(
                Stream, Columns, Shape, _steps * stepSize, Acceptances.View, _metric.Inverse.View, _meanPositions.View, _newMeanPositions.View, Positions.View, NewPositions.View, _momenta.View, _terms.View);
            _sum(Stream, OneGroup, _terms.View, _totals.View, 2);
        }

        _launches.Commit(Stream, PerElement, Shape, Moved.View, NewPositions.View, NewGradients.View, Positions.View, Gradients.View);
        _tuning.Advance();
        if (_tuning.Tunes)
            Tune(iteration);
    }

    public override void FinishTuning() => _tuning.Finish();

    public double HarmonicAcceptance(double stepSize, RandomKey key)
    {
        Integrate(new ChainKeys(key, 0, 0, 0, 0), 1, stepSize, double.PositiveInfinity);
        _launches.Probabilities(Stream, PerChain, UnderWay.View, StartEnergies.View, Energies.View, Acceptances.View);
        _launches.Acceptance(Stream, OneGroup, Acceptances.View, _totals.View);
        _totals.CopyTo(_hostTotals);
        return Shape.Chains / _hostTotals[1];
    }

    public override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        archive.Transfer(_metric.Metric);
        archive.Transfer(_tuning);
        if (_pool is not null)
            archive.Transfer(_pool);
        if (archive.IsLoading)
            _metric.Upload();
    }

    /// <summary>Trajectories of all chains from where they are; a chain that diverges stays where it did.</summary>
    private void Integrate(in ChainKeys keys, int steps, double stepSize, double maxError)
    {
        DrawKeys(keys);
        _launches.Begin(Stream, Device.Shape((long)((Shape.Dimension + 1) / 2) * Shape.Chains), Shape, Keys.View, _metric.Roots.View, Positions.View, Gradients.View, NewPositions.View, _momenta.View, NewGradients.View);
        _launches.Kick(
            Stream, Columns, Shape, 0, maxError, 1, UnderWay.View, _metric.Inverse.View, _momenta.View, NewGradients.View, LogDensities.View, StartEnergies.View, Energies.View);
        ReadOnlySpan<double> kicks = _integrator.Kicks, drifts = _integrator.Drifts;
        for (int step = 0; step < steps; step++)
        {
            for (int i = 0; i < drifts.Length; i++)
            {
                _launches.Drift(Stream, PerElement, Shape, kicks[i] * stepSize, drifts[i] * stepSize, UnderWay.View, _metric.Inverse.View, NewPositions.View, _momenta.View, NewGradients.View);
                EvaluateProposals();
            }

            _launches.Kick(
                Stream, Columns, Shape, kicks[^1] * stepSize, maxError, 0, UnderWay.View, _metric.Inverse.View, _momenta.View, NewGradients.View, NewLogDensities.View, StartEnergies.View, Energies.View);
        }
    }

    private void Tune(int iteration)
    {
        _totals.CopyTo(_hostTotals);
        double weight = _hostTotals[0];
        _tuning.Update(Shape.Chains / _hostTotals[1], weight > 0 ? _hostTotals[2] / weight : 0);
        if (_pool is null || !_tuning.Absorbs(iteration))
            return;
        _pool.Add(Stream, Rows, Shape, Positions);
        if (!_tuning.EndsWindow(iteration))
            return;
        _pool.MoveTo(_estimator);
        _tuning.EndWindow(_estimator);
        _metric.Upload();
    }
}
