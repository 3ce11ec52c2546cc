using OptiCore.Persistence;
using OptiCore.Samplers;

namespace OptiCore.Gpu;

/// <summary>Means and sums of squared deviations of the positions of all chains over some transitions, kept on the device until they are asked for.</summary>
internal sealed class PooledVariances(Trajectories launches, GpuBuffer<double> means, GpuBuffer<double> squares) : IPersistent
{
    private readonly double[] _means = new double[means.Length];
    private readonly double[] _squares = new double[means.Length];
    private long _count;

    public long Count => _count;

    /// <summary>Absorbs the positions of all chains.</summary>
    public void Add(ILGPU.Runtime.AcceleratorStream stream, ILGPU.KernelConfig rows, ChainShape shape, GpuBuffer<double> positions)
    {
        launches.Absorb(stream, rows, shape, _count, positions.View, means.View, squares.View);
        _count += shape.Chains;
    }

    /// <summary>Hands what was absorbed to an estimator of the host and begins anew.</summary>
    public void MoveTo(VarianceEstimator estimator)
    {
        means.CopyTo(_means);
        squares.CopyTo(_squares);
        estimator.AddMany(_count, _means, _squares);
        Reset();
    }

    public void Reset()
    {
        means.Clear();
        squares.Clear();
        _count = 0;
    }

    public void Persist(StateArchive archive)
    {
        archive.Transfer(ref _count);
        GpuChains.Transfer(archive, means);
        GpuChains.Transfer(archive, squares);
    }
}
