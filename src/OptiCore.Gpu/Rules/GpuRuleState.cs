using System.Numerics;
using OptiCore.Devices;
using OptiCore.Optimizers;
using OptiCore.Persistence;

namespace OptiCore.Gpu;

/// <summary>The state of an update rule on a device: passes over memory, each one launch.</summary>
internal sealed class GpuRuleState<T> : DeviceRuleState<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly GpuDevice _device;
    private readonly RulePass<T>[] _passes;
    private readonly GpuBuffer<T>? _update;

    public GpuRuleState(GpuDevice device, IUpdateRule rule, ParameterLayout layout)
        : base(layout)
    {
        _device = device;
        var passes = new List<RulePass<T>>();
        RulePass<T>.Collect(device, rule, layout.Length, passes);
        _passes = [.. passes];
        if (_passes.Length > 1)
            _update = device.Allocate<T>(layout.Length);
    }

    public override IDevice Device => _device;

    public override DeviceBuffer<T> EvaluationPoint(DeviceBuffer<T> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        DeviceBuffer<T>? point = null;
        foreach (RulePass<T> pass in _passes)
            point = pass.EvaluationPoint ?? point;
        return Steps > 0 && point is not null ? point : parameters;
    }

    protected override void StepCore(DeviceBuffer<T> parameters, DeviceBuffer<T> gradient, DeviceStream? stream)
    {
        GpuStream on = _device.Own(stream);
        (GpuBuffer<T> x, GpuBuffer<T> update) = (_device.Own(parameters), _device.Own(gradient));
        if (_update is not null)
        {
            _update.CopyFrom(gradient, on);
            update = _update;
        }

        for (int i = 0; i < _passes.Length - 1; i++)
            _passes[i].Transform(update, x, Steps, RateScale, on);
        _passes[^1].Step(x, update, Steps, RateScale, on);
    }

    protected override void PersistCore(StateArchive archive)
    {
        foreach (RulePass<T> pass in _passes)
            pass.Persist(archive);
    }

    protected override void Dispose(bool disposing)
    {
        foreach (RulePass<T> pass in _passes)
            pass.Dispose();
        _update?.Dispose();
    }
}

public sealed partial class GpuDevice : IRuleDevice
{
    /// <inheritdoc/>
    DeviceRuleState<T> IRuleDevice.Start<T>(IUpdateRule rule, ParameterLayout layout)
    {
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(layout);
        Guard();
        return new GpuRuleState<T>(this, rule, layout);
    }
}
