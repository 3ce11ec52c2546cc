using System.Numerics;
using OptiCore.Devices;

namespace OptiCore.Differentiation;

/// <summary>A device that runs traced programs.</summary>
public interface IProgramDevice : IDevice
{
    /// <summary>Allocates the memory of replays of a computation on the device and makes its kernels. Called by <see cref="Computation{T}.Start(IDevice)"/>.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="computation">The computation.</param>
    /// <exception cref="NotSupportedException">An operation has no kernel on the device.</exception>
    DeviceReplay<T> Start<T>(Computation<T> computation) where T : unmanaged, IFloatingPointIeee754<T>;
}

/// <summary>
/// The memory of one computation in progress on a device: copy the inputs, run, copy the outputs, as often as wanted. Runs allocate nothing, and they return when their work has been put on the
/// stream; the copies wait for it.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
public abstract class DeviceReplay<T> : IDisposable where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The device.</summary>
    public abstract IDevice Device { get; }

    /// <summary>The numbers of an input, a part of the replay's memory: to be written before a run; they stay until they are overwritten. An update rule can change them in place.</summary>
    /// <param name="index">Its place among the inputs.</param>
    public abstract DeviceBuffer<T> Input(int index);

    /// <summary>The numbers of an output, a part of the replay's memory, as the last run leaves them.</summary>
    /// <param name="index">Its place among the outputs.</param>
    public abstract DeviceBuffer<T> Output(int index);

    /// <summary>Sets a key of random draws; until then it is all zeros.</summary>
    /// <param name="key">The key in the expression, made by <see cref="KeyVariable.Input"/>.</param>
    /// <param name="value">Its value.</param>
    /// <exception cref="ArgumentException">The computation doesn't draw from this key.</exception>
    public abstract void SetKey(KeyVariable key, RandomKey value);

    /// <summary>Puts the computation of all outputs on a stream.</summary>
    /// <param name="stream">The stream; the device's own where none is named.</param>
    public abstract void Run(DeviceStream? stream = null);

    /// <summary>Waits for the runs on a stream and throws if an index pointed outside of its axis, which the processor would have refused at once.</summary>
    /// <param name="stream">The stream; the device's own where none is named.</param>
    /// <exception cref="DeviceException">An index wasn't an integer within its axis.</exception>
    public abstract void Check(DeviceStream? stream = null);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the memory back.</summary>
    /// <param name="disposing">True, as replays have no finalizer.</param>
    protected abstract void Dispose(bool disposing);
}

/// <summary>A replay on this processor.</summary>
internal sealed class HostReplay<T> : DeviceReplay<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly CpuDevice _device;
    private readonly Replay<T> _replay;
    private readonly Memory[] _inputs, _outputs;

    public HostReplay(CpuDevice device, Computation<T> computation)
    {
        _device = device;
        _replay = computation.Start(device.Workers);
        _inputs = new Memory[computation.InputCount];
        _outputs = new Memory[computation.OutputCount];
        for (int i = 0; i < _inputs.Length; i++)
            _inputs[i] = new Memory(device, _replay, i, isInput: true);
        for (int i = 0; i < _outputs.Length; i++)
            _outputs[i] = new Memory(device, _replay, i, isInput: false);
    }

    public override IDevice Device => _device;

    public override DeviceBuffer<T> Input(int index) => _inputs[index];

    public override DeviceBuffer<T> Output(int index) => _outputs[index];

    public override void SetKey(KeyVariable key, RandomKey value) => _replay.SetKey(key, value);

    public override void Run(DeviceStream? stream = null) => _replay.Run();

    public override void Check(DeviceStream? stream = null)
    {
    }

    protected override void Dispose(bool disposing)
    {
    }

    /// <summary>A part of the replay's memory.</summary>
    private sealed class Memory(CpuDevice device, Replay<T> replay, int index, bool isInput) : CpuDevice.HostMemory<T>(device)
    {
        public override Span<T> Span => isInput ? replay.Input(index) : replay.Frame.Span(replay.OutputOperand(index));

        protected override void Dispose(bool disposing)
        {
        }
    }
}
