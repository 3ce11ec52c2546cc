using ILGPU;
using ILGPU.Runtime;
using OptiCore.Persistence;
using OptiCore.Randomness;
using OptiCore.Samplers;

namespace OptiCore.Gpu;

/// <summary>
/// The chains of <see cref="Meads"/> on a device: a transition is eighteen launches, two of them batches of matrix products, and an evaluation, also of the fold that stands still. Nothing comes to the host; every K transitions the chains'
/// order goes to the device.
/// </summary>
internal sealed class GpuMeadsChains : GpuChains
{
    private static readonly ulong Momentum = RandomKey.Index("momentum");
    private static readonly ulong Beginning = RandomKey.Index("start");

    private readonly Meads _options;
    private readonly MatrixProducts _products;
    private readonly Launches _launches;
    private readonly int _size;
    private readonly int _smaller;
    private readonly GpuBuffer<int> _order;
    private readonly GpuBuffer<int> _foldOf;
    private readonly GpuBuffer<double> _means;
    private readonly GpuBuffer<double> _scales;
    private readonly GpuBuffer<double> _scaledGradients;
    private readonly GpuBuffer<double> _standardised;
    private readonly GpuBuffer<double> _squares;
    private readonly GpuBuffer<double> _productsOfColumns;
    private readonly GpuBuffer<double> _ofGradients;
    private readonly GpuBuffer<double> _ofPositions;
    private readonly GpuBuffer<double> _stepSizes;
    private readonly GpuBuffer<double> _refreshments;
    private readonly GpuBuffer<double> _momenta;
    private readonly GpuBuffer<double> _refreshed;
    private readonly GpuBuffer<double> _newMomenta;
    private readonly GpuBuffer<double> _newEnergies;
    private readonly GpuBuffer<double> _slices;
    private readonly GpuBuffer<double> _ones;
    private readonly int[] _hostOrder;
    private readonly int[] _hostFoldOf;
    private readonly double[] _hostStepSizes;
    private long _transitions;

    public GpuMeadsChains(GpuDevice device, Meads options, IGpuLogDensity density, int chains)
        : base(device, density, chains, usesGradients: true)
    {
        try
        {
            int n = Shape.Dimension, folds = options.Folds;
            long elements = (long)n * chains;
            _options = options;
            _products = Own(new MatrixProducts(device));
            _launches = new Launches(device);
            _size = chains / folds;
            _smaller = Math.Min(n, _size);
            _order = New<int>(chains);
            _foldOf = New<int>(chains);
            _means = New<double>((long)folds * n);
            _scales = New<double>((long)folds * n);
            _scaledGradients = New<double>(elements);
            _standardised = New<double>(elements);
            _squares = New<double>(chains);
            _productsOfColumns = New<double>(checked((long)folds * _smaller * _smaller));
            _ofGradients = New<double>(folds);
            _ofPositions = New<double>(folds);
            _stepSizes = New<double>(folds);
            _refreshments = New<double>(folds);
            _momenta = New<double>(elements);
            _refreshed = New<double>(elements);
            _newMomenta = New<double>(elements);
            _newEnergies = New<double>(chains);
            _slices = New<double>(chains);
            _ones = New<double>(n);
            double[] ones = new double[n];
            ones.AsSpan().Fill(1);
            _ones.CopyFrom(ones);
            _hostOrder = new int[chains];
            _hostFoldOf = new int[chains];
            _hostStepSizes = new double[folds];

            // Products take memory for pieces of long sums when they first need it: that shall not be in a run.
            Eigenvalues(new FoldShape(folds, _size, 0), _standardised, _ofPositions);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Of the first fold.</summary>
    public override double StepSize
    {
        get
        {
            _stepSizes.CopyTo(_hostStepSizes);
            return _hostStepSizes[0];
        }
    }

    public override int Steps => 1;

    public override double[] InverseMetric => [];

    public override void Draw(RandomKey root, int iteration, bool isWarmUp)
    {
        RandomKey key = root.Fold("ensemble").Fold(iteration);
        var folds = new FoldShape(_options.Folds, _size, (int)(_transitions % _options.Folds));
        if (folds.Still == 0)
            Deal(key.Fold("folds"));
        Measure(folds);
        KernelConfig perPair = Device.Shape((long)((Shape.Dimension + 1) / 2) * Shape.Chains);
        if (_transitions == 0)
        {
            DrawKeys(new ChainKeys(key, 0, Beginning, 0, 1));
            _launches.Start(Stream, perPair, Shape, Keys.View, Uniforms.View, _momenta.View, _slices.View);
        }

        DrawKeys(new ChainKeys(key, 0, Momentum, 0, 1));
        _launches.Refresh(
            Stream, perPair, Shape, folds, _foldOf.View, _refreshments.View, Keys.View, Positions.View, Gradients.View, _momenta.View, _refreshed.View, NewPositions.View, NewGradients.View, _newMomenta.View);
        Energy(LogDensities, StartEnergies);
        _launches.Drift(Stream, PerElement, Shape, folds, _foldOf.View, _stepSizes.View, _scales.View, NewPositions.View, _newMomenta.View, NewGradients.View);
        EvaluateProposals();
        _launches.Kick(Stream, PerElement, Shape, folds, _foldOf.View, _stepSizes.View, _scales.View, _newMomenta.View, NewGradients.View);
        Energy(NewLogDensities, _newEnergies);
        _launches.Accept(
            Stream, PerChain, folds, _options.MaxEnergyError, _foldOf.View, _refreshments.View, StartEnergies.View, _newEnergies.View, NewLogDensities.View, LogDensities.View, Energies.View, Acceptances.View, _slices.View, Moved.View,
            UnderWay.View);
        if (!isWarmUp)
            _launches.CountDivergences(Stream, PerChain, UnderWay.View, Divergences.View);
        _launches.Commit(
            Stream, PerElement, Shape, folds, _foldOf.View, Moved.View, _refreshed.View, NewPositions.View, NewGradients.View, _newMomenta.View, Positions.View, Gradients.View, _momenta.View);
        _transitions++;
    }

    public override void FinishTuning()
    {
    }

    public override void BeforeStatistics() => _stepSizes.CopyTo(_hostStepSizes);

    public override (double StepSize, int Steps) Transition(int chain)
    {
        int fold = _hostFoldOf[chain];
        return (_hostStepSizes[fold == 0 ? _options.Folds - 1 : fold - 1], fold == (int)((_transitions - 1) % _options.Folds) ? 0 : 1);
    }

    public override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        Transfer(archive, _momenta);
        Transfer(archive, _slices);
        Transfer(archive, _stepSizes);
        archive.Transfer<int>(_hostOrder);
        archive.Transfer(ref _transitions);
        if (archive.IsLoading && _transitions > 0)
            UploadOrder();
    }

    private void Deal(RandomKey key)
    {
        RandomOrder.Permutation(key, _hostOrder);
        UploadOrder();
    }

    private void UploadOrder()
    {
        for (int j = 0; j < _hostOrder.Length; j++)
            _hostFoldOf[_hostOrder[j]] = j / _size;
        _order.CopyFrom(_hostOrder);
        _foldOf.CopyFrom(_hostFoldOf);
    }

    /// <summary>The parameters that each fold gives to the next one.</summary>
    private void Measure(in FoldShape folds)
    {
        int n = Shape.Dimension;
        _launches.Scales(Stream, new KernelConfig(Math.Min(folds.Folds * n, 1 << 16), Device.GroupSize), Shape, folds, _order.View, Positions.View, _means.View, _scales.View);
        _launches.Standardise(
            Stream, PerElement, Shape, folds, _order.View, _means.View, _scales.View, Positions.View, Gradients.View, _scaledGradients.View, _standardised.View);
        Eigenvalues(folds, _scaledGradients, _ofGradients);
        Eigenvalues(folds, _standardised, _ofPositions);
        _launches.Parameters(
            Stream, OneGroup, _options.StepSizeMultiplier, _options.DampingSlowdown, _transitions, _ofGradients.View, _ofPositions.View, _stepSizes.View, _refreshments.View);
    }

    private void Eigenvalues(in FoldShape folds, GpuBuffer<double> matrix, GpuBuffer<double> eigenvalues)
    {
        int n = Shape.Dimension, chains = Shape.Chains;
        bool points = _size < n;
        _launches.SquareNorms(Stream, Columns, Shape, matrix.View, _squares.View);
        _products.GemmBatched(
            folds.Folds, points, !points, _smaller, _smaller, points ? n : _size, 1.0, matrix.View, chains, _size, matrix.View, chains, _size, 0.0, _productsOfColumns.View, _smaller, (long)_smaller * _smaller);
        _launches.Eigenvalues(Stream, new KernelConfig(folds.Folds, Device.GroupSize), folds, _squares.View, _productsOfColumns.View, eigenvalues.View);
    }

    private void Energy(GpuBuffer<double> logDensities, GpuBuffer<double> energies) => _launches.Trajectories.Kick(
        Stream, Columns, Shape, 0, double.PositiveInfinity, 1, UnderWay.View, _ones.View, _newMomenta.View, NewGradients.View, logDensities.View, energies.View, energies.View);

    private sealed class Launches(GpuDevice device)
    {
        public Trajectories Trajectories { get; } = new(device);

        public Action<AcceleratorStream, KernelConfig, ChainShape, FoldShape, ArrayView<int>, ArrayView<double>, ArrayView<double>, ArrayView<double>> Scales { get; } =
            device.Kernel<Action<AcceleratorStream, KernelConfig, ChainShape, FoldShape, ArrayView<int>, ArrayView<double>, ArrayView<double>, ArrayView<double>>>(MeadsKernels.Scales);

        public Action<AcceleratorStream, KernelConfig, ChainShape, FoldShape, ArrayView<int>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>> Standardise { get; } =
            device.Kernel<Action<AcceleratorStream, KernelConfig, ChainShape, FoldShape, ArrayView<int>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>>>(
                MeadsKernels.Standardise);

        public Action<AcceleratorStream, KernelConfig, ChainShape, ArrayView<double>, ArrayView<double>> SquareNorms { get; } =
            device.Kernel<Action<AcceleratorStream, KernelConfig, ChainShape, ArrayView<double>, ArrayView<double>>>(MeadsKernels.SquareNorms);

        public Action<AcceleratorStream, KernelConfig, FoldShape, ArrayView<double>, ArrayView<double>, ArrayView<double>> Eigenvalues { get; } =
            device.Kernel<Action<AcceleratorStream, KernelConfig, FoldShape, ArrayView<double>, ArrayView<double>, ArrayView<double>>>(MeadsKernels.Eigenvalues);

        public Action<AcceleratorStream, KernelConfig, double, double, double, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>> Parameters { get; } =
            device.Kernel<Action<AcceleratorStream, KernelConfig, double, double, double, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>>>(MeadsKernels.Parameters);

        public Action<AcceleratorStream, KernelConfig, ChainShape, ArrayView<RandomKey>, ArrayView<double>, ArrayView<double>, ArrayView<double>> Start { get; } =
            device.Kernel<Action<AcceleratorStream, KernelConfig, ChainShape, ArrayView<RandomKey>, ArrayView<double>, ArrayView<double>, ArrayView<double>>>(MeadsKernels.Start);

        public Action<AcceleratorStream, KernelConfig, ChainShape, FoldShape, ArrayView<int>, ArrayView<double>, ArrayView<RandomKey>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>> Refresh { get; } =
            device.Kernel<Action<AcceleratorStream, KernelConfig, ChainShape, FoldShape, ArrayView<int>, ArrayView<double>, ArrayView<RandomKey>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>>>(
                MeadsKernels.Refresh);

        public Action<AcceleratorStream, KernelConfig, ChainShape, FoldShape, ArrayView<int>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>> Drift { get; } =
            device.Kernel<Action<AcceleratorStream, KernelConfig, ChainShape, FoldShape, ArrayView<int>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>>>(MeadsKernels.Drift);

        public Action<AcceleratorStream, KernelConfig, ChainShape, FoldShape, ArrayView<int>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>> Kick { get; } =
            device.Kernel<Action<AcceleratorStream, KernelConfig, ChainShape, FoldShape, ArrayView<int>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>>>(MeadsKernels.Kick);

        public Action<AcceleratorStream, KernelConfig, FoldShape, double, ArrayView<int>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<int>, ArrayView<int>> Accept { get; } =
            device.Kernel<Action<AcceleratorStream, KernelConfig, FoldShape, double, ArrayView<int>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<int>, ArrayView<int>>>(
                MeadsKernels.Accept);

        public Action<AcceleratorStream, KernelConfig, ArrayView<int>, ArrayView<int>> CountDivergences { get; } =
            device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<int>, ArrayView<int>>>(MeadsKernels.CountDivergences);

        public Action<AcceleratorStream, KernelConfig, ChainShape, FoldShape, ArrayView<int>, ArrayView<int>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>> Commit { get; } =
            device.Kernel<Action<AcceleratorStream, KernelConfig, ChainShape, FoldShape, ArrayView<int>, ArrayView<int>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>>>(
                MeadsKernels.Commit);
    }
}
