using ILGPU;
using ILGPU.Runtime;
using OptiCore.Persistence;

namespace OptiCore.Gpu;

/// <summary>
/// Chains that move together on a device. Matrices are [dimension, chains]; everything is allocated once. Transitions are put on the device's stream and wait for nothing unless something is tuned on the host.
/// </summary>
internal abstract class GpuChains : IPersistent, IDisposable
{
    private readonly List<IDisposable> _owned = [];
    private readonly Action<AcceleratorStream, KernelConfig, ChainKeys, ArrayView<RandomKey>, ArrayView<double>> _drawKeys;
    private readonly Action<AcceleratorStream, KernelConfig, ChainShape, ArrayView<double>, ArrayView<double>, ArrayView<int>> _findUnusable;
    private double _evaluations;

    protected GpuChains(GpuDevice device, IGpuLogDensity density, int chains, bool usesGradients)
    {
        Device = device;
        Shape = new ChainShape(Require.Positive(density.Dimension), chains);
        long size = (long)density.Dimension * chains;
        if (size > int.MaxValue)
            throw new ArgumentException($"{chains} chains of {density.Dimension} coordinates are {size} numbers, but a matrix on the device has at most {int.MaxValue}; run fewer chains at a time.", nameof(chains));
        try
        {
            Density = Own(density.Start(device, chains));
            Positions = New<double>(size);
            NewPositions = New<double>(size);
            Gradients = New<double>(usesGradients ? size : 0);
            NewGradients = New<double>(usesGradients ? size : 0);
            LogDensities = New<double>(chains);
            NewLogDensities = New<double>(chains);
            Keys = New<RandomKey>(chains);
            Uniforms = New<double>(chains);
            Acceptances = New<double>(chains);
            StartEnergies = New<double>(chains);
            Energies = New<double>(chains);
            UnderWay = New<int>(chains);
            Moved = New<int>(chains);
            Divergences = New<int>(chains);
            _drawKeys = device.Kernel<Action<AcceleratorStream, KernelConfig, ChainKeys, ArrayView<RandomKey>, ArrayView<double>>>(ChainKernels.Keys);
            _findUnusable = device.Kernel<Action<AcceleratorStream, KernelConfig, ChainShape, ArrayView<double>, ArrayView<double>, ArrayView<int>>>(ChainKernels.FindUnusable);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public ChainShape Shape { get; }

    public GpuBuffer<double> Positions { get; }

    public GpuBuffer<double> LogDensities { get; }

    /// <summary>The acceptance probabilities of the last transition.</summary>
    public GpuBuffer<double> Acceptances { get; }

    /// <summary>The energies after the last transition.</summary>
    public GpuBuffer<double> Energies { get; }

    /// <summary>Whether each chain's last trajectory reached its end: 0 after a divergence.</summary>
    public GpuBuffer<int> UnderWay { get; }

    /// <summary>The divergences of each chain after warm-up.</summary>
    public GpuBuffer<int> Divergences { get; }

    /// <summary>How often the density was evaluated at all chains.</summary>
    public double Evaluations => _evaluations;

    /// <summary>True for methods with momenta.</summary>
    public virtual bool HasEnergies => true;

    public abstract double StepSize { get; }

    public abstract int Steps { get; }

    public abstract double[] InverseMetric { get; }

    protected GpuDevice Device { get; }

    protected GpuLogDensityState Density { get; }

    protected GpuBuffer<double> NewPositions { get; }

    protected GpuBuffer<double> Gradients { get; }

    protected GpuBuffer<double> NewGradients { get; }

    protected GpuBuffer<double> NewLogDensities { get; }

    protected GpuBuffer<RandomKey> Keys { get; }

    protected GpuBuffer<double> Uniforms { get; }

    protected GpuBuffer<double> StartEnergies { get; }

    protected GpuBuffer<int> Moved { get; }

    protected AcceleratorStream Stream => Device.Native(null);

    /// <summary>The launch of a kernel that goes down columns.</summary>
    protected KernelConfig Columns => new(Math.Min((Shape.Chains + ChainColumns.Width - 1) / ChainColumns.Width, 1 << 16), Device.GroupSize);

    /// <summary>The launch of a kernel with one group a coordinate.</summary>
    protected KernelConfig Rows => new(Math.Min(Shape.Dimension, 1 << 16), Device.GroupSize);

    protected KernelConfig OneGroup => new(1, Device.GroupSize);

    protected KernelConfig PerChain => Device.Shape(Shape.Chains);

    protected KernelConfig PerElement => Device.Shape((long)Shape.Dimension * Shape.Chains);

    /// <summary>Makes one transition of every chain.</summary>
    /// <param name="root">The run's key.</param>
    /// <param name="iteration">The transition's number.</param>
    /// <param name="isWarmUp">True while the method is tuned.</param>
    public abstract void Draw(RandomKey root, int iteration, bool isWarmUp);

    /// <summary>Called once after warm-up.</summary>
    public abstract void FinishTuning();

    /// <summary>Evaluates the chains where they are and marks those of density zero.</summary>
    public void EvaluateStart(Span<int> isUnusable)
    {
        _evaluations++;
        Density.Evaluate(Positions.View, LogDensities.View, Gradients.View);
        _findUnusable(Stream, PerChain, Shape, LogDensities.View, Gradients.View, UnderWay.View);
        UnderWay.CopyTo(isUnusable);
    }

    /// <summary>Called before <see cref="Transition"/> is asked about the chains.</summary>
    public virtual void BeforeStatistics()
    {
    }

    /// <summary>The step size and the number of steps of a chain's last transition.</summary>
    public virtual (double StepSize, int Steps) Transition(int chain) => (StepSize, Steps);

    public virtual void Persist(StateArchive archive)
    {
        Transfer(archive, Positions);
        Transfer(archive, Gradients);
        Transfer(archive, LogDensities);
        Transfer(archive, Energies);
        Transfer(archive, Divergences);
        archive.Transfer(ref _evaluations);
    }

    public void Dispose()
    {
        foreach (IDisposable owned in _owned)
            owned.Dispose();
        _owned.Clear();
    }

    /// <summary>The numbers of a buffer to or from an archive.</summary>
    internal static void Transfer<T>(StateArchive archive, GpuBuffer<T> buffer) where T : unmanaged
    {
        T[] values = buffer.ToArray();
        archive.Transfer<T>(values.AsSpan());
        if (archive.IsLoading)
            buffer.CopyFrom(values);
    }

    protected void EvaluateProposals()
    {
        _evaluations++;
        Density.Evaluate(NewPositions.View, NewLogDensities.View, NewGradients.View);
    }

    protected void DrawKeys(in ChainKeys keys) => _drawKeys(Stream, PerChain, keys, Keys.View, Uniforms.View);

    protected GpuBuffer<T> New<T>(long length) where T : unmanaged
    {
        GpuBuffer<T> buffer = Own(Device.Allocate<T>(length));
        buffer.Clear();
        return buffer;
    }

    protected TOwned Own<TOwned>(TOwned owned) where TOwned : IDisposable
    {
        _owned.Add(owned);
        return owned;
    }
}
