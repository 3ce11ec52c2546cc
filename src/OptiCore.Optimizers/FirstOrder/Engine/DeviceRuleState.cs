using System.Numerics;
using OptiCore.Devices;
using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>A device that steps with update rules.</summary>
public interface IRuleDevice : IDevice
{
    /// <summary>Allocates the state of a rule on the device. Called by <see cref="UpdateRules.Start{T}(IUpdateRule, ParameterLayout, IDevice)"/>.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="rule">The rule.</param>
    /// <param name="layout">The number of parameters, or their shapes.</param>
    /// <exception cref="NotSupportedException">The device has no kernel for the rule, which isn't element-wise.</exception>
    DeviceRuleState<T> Start<T>(IUpdateRule rule, ParameterLayout layout) where T : unmanaged, IFloatingPointIeee754<T>;
}

/// <summary>The state of an update rule whose parameters and gradients lie on a device: what <see cref="RuleState{T}"/> is in the processor's memory, with the same bits.</summary>
/// <typeparam name="T">The element type: <see cref="float"/> or <see cref="double"/>.</typeparam>
/// <param name="layout">The number of parameters, and their shapes.</param>
public abstract class DeviceRuleState<T>(ParameterLayout layout) : IPersistent, IDisposable where T : unmanaged, IFloatingPointIeee754<T>
{
    private long _steps;
    private double _rateScale = 1;

    /// <summary>The device.</summary>
    public abstract IDevice Device { get; }

    /// <summary>The number of parameters, and their shapes.</summary>
    public ParameterLayout Layout { get; } = Require.NotNull(layout);

    /// <summary>The number of steps taken so far.</summary>
    public long Steps => _steps;

    /// <inheritdoc cref="RuleState{T}.RateScale"/>
    public double RateScale
    {
        get => _rateScale;
        set => _rateScale = Require.NonNegative(value);
    }

    /// <summary>Puts a step on a stream: x := x - u, where u is what the rule makes of the gradient.</summary>
    /// <param name="parameters">The parameters x; changed in place.</param>
    /// <param name="gradient">The gradient at x.</param>
    /// <param name="stream">The stream; the device's own where none is named.</param>
    /// <exception cref="ArgumentException">A length isn't the layout's, or a buffer lies on another device; nothing was changed.</exception>
    public void Step(DeviceBuffer<T> parameters, DeviceBuffer<T> gradient, DeviceStream? stream = null)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(gradient);
        if (parameters.Length != Layout.Length)
            throw new ArgumentException($"{parameters.Length} elements, but the state was started for {Layout.Length} parameters.", nameof(parameters));
        if (gradient.Length != Layout.Length)
            throw new ArgumentException($"{gradient.Length} elements, but the state was started for {Layout.Length} parameters.", nameof(gradient));
        StepCore(parameters, gradient, stream);
        _steps++;
    }

    /// <summary>The point at which the method's result is to be evaluated: the parameters, or for methods that average, the average.</summary>
    /// <param name="parameters">The parameters after the last step.</param>
    /// <returns>The parameters or a part of the state; valid until the next step.</returns>
    public abstract DeviceBuffer<T> EvaluationPoint(DeviceBuffer<T> parameters);

    /// <summary>Saves the state, in the form of <see cref="RuleState{T}"/>: what was begun on one device can be continued on another.</summary>
    /// <param name="archive">Reads the fields when it saves, replaces them when it loads.</param>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Expect(Layout.Length, "parameters");
        archive.Transfer(ref _steps);
        archive.Transfer(ref _rateScale);
        PersistCore(archive);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Does what <see cref="Step"/> promises.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="gradient">The gradient.</param>
    /// <param name="stream">The stream.</param>
    protected abstract void StepCore(DeviceBuffer<T> parameters, DeviceBuffer<T> gradient, DeviceStream? stream);

    /// <summary>Hands the rule's own state to the archive, in the order of the state in the processor's memory.</summary>
    /// <param name="archive">The archive.</param>
    protected abstract void PersistCore(StateArchive archive);

    /// <summary>Gives the state's memory back.</summary>
    /// <param name="disposing">True, as states have no finalizer.</param>
    protected abstract void Dispose(bool disposing);
}

/// <summary>A state in the processor's memory.</summary>
internal sealed class HostRuleState<T>(CpuDevice device, RuleState<T> state) : DeviceRuleState<T>(state.Layout) where T : unmanaged, IFloatingPointIeee754<T>
{
    private DeviceBuffer<T>? _evaluation;

    public override IDevice Device => device;

    public override DeviceBuffer<T> EvaluationPoint(DeviceBuffer<T> parameters)
    {
        Span<T> own = CpuDevice.Span(parameters);
        ReadOnlySpan<T> point = state.EvaluationPoint(own);
        if (point == own)
            return parameters;
        _evaluation ??= device.Allocate<T>(Layout.Length);
        _evaluation.CopyFrom(point);
        return _evaluation;
    }

    protected override void StepCore(DeviceBuffer<T> parameters, DeviceBuffer<T> gradient, DeviceStream? stream)
    {
        state.RateScale = RateScale;
        state.Step(CpuDevice.Span(parameters), CpuDevice.Span(gradient), device.Workers);
    }

    protected override void PersistCore(StateArchive archive) => state.PersistInner(archive, Steps);

    protected override void Dispose(bool disposing) => _evaluation?.Dispose();
}
