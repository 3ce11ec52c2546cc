using OptiCore.Samplers;

namespace OptiCore.Gpu;

/// <summary>A diagonal metric of the host and its numbers on a device: M^-1 and the square roots of M.</summary>
internal sealed class DeviceMetric
{
    private readonly double[] _roots;

    public DeviceMetric(MetricState metric, GpuBuffer<double> inverse, GpuBuffer<double> roots)
    {
        Metric = metric;
        Inverse = inverse;
        Roots = roots;
        _roots = new double[metric.Inverse.Length];
        Upload();
    }

    public MetricState Metric { get; }

    public GpuBuffer<double> Inverse { get; }

    public GpuBuffer<double> Roots { get; }

    /// <summary>Copies the host's numbers after they changed.</summary>
    public void Upload()
    {
        for (int i = 0; i < _roots.Length; i++)
            _roots[i] = 1 / Math.Sqrt(Metric.Inverse[i]);
        Inverse.CopyFrom(Metric.Inverse);
        Roots.CopyFrom(_roots);
    }
}
