using System.Numerics;
using ILGPU;
using ILGPU.Runtime;
using OptiCore.Devices;
using OptiCore.Differentiation;

namespace OptiCore.Gpu;

/// <summary>A traced program on a device: one piece of memory with constants, inputs and everything that is computed, and one launch for each kernel.</summary>
internal sealed class GpuProgram<T> : DeviceReplay<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    // As the plan of memory aligns: registers of 16 bytes begin where values do.
    private const int Alignment = 16;

    private readonly GpuDevice _device;
    private readonly Plan<T> _plan;
    private readonly int[] _bases;
    private readonly GpuBuffer<T>[] _inputs, _outputs;
    private readonly GpuBuffer<int> _fault;
    private readonly RandomKey[] _keys;
    private readonly ProgramStep<T>[] _steps;
    private readonly Dictionary<GpuStream, MatrixProducts> _products = [];

    public GpuProgram(GpuDevice device, Computation<T> computation)
    {
        _device = device;
        _plan = computation.Plan;
        _bases = new int[_plan.BufferCount];
        int length = Aligned(_plan.ArenaLength);
        _bases[Plan<T>.Constants] = length;
        length = checked(length + Aligned(_plan.ConstantBlock.Length));
        for (int i = 0; i < _plan.InputShapes.Length; i++)
        {
            _bases[Plan<T>.FirstInput + i] = length;
            length = checked(length + Aligned(_plan.InputShapes[i].ElementCount));
        }

        _inputs = new GpuBuffer<T>[_plan.InputShapes.Length];
        _outputs = new GpuBuffer<T>[_plan.Outputs.Length];
        Memory = device.Allocate<T>(length);
        _fault = device.Allocate<int>(1);
        try
        {
            Memory.Clear();
            _fault.Clear();
            if (_plan.ConstantBlock.Length > 0)
                Memory.CopyFrom(_plan.ConstantBlock.Span, _bases[Plan<T>.Constants]);
            for (int i = 0; i < _inputs.Length; i++)
                _inputs[i] = Memory.Slice(_bases[Plan<T>.FirstInput + i], _plan.InputShapes[i].ElementCount);
            for (int i = 0; i < _outputs.Length; i++)
                _outputs[i] = Memory.Slice(Offset(_plan.Outputs[i]), _plan.Outputs[i].Count);
            var lowering = new Lowering<T>(device, _plan, Memory, Offset);
            _steps = lowering.Steps();
            _keys = new RandomKey[_plan.Keys.Count];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>All numbers.</summary>
    public GpuBuffer<T> Memory { get; }

    /// <summary>Where a kernel says that an index lay outside of its axis.</summary>
    public ArrayView<int> Fault => _fault.View;

    public override IDevice Device => _device;

    /// <summary>The number of launches of a run.</summary>
    public int LaunchCount => _steps.Length;

    public override DeviceBuffer<T> Input(int index) => _inputs[index];

    public override DeviceBuffer<T> Output(int index) => _outputs[index];

    public override void SetKey(KeyVariable key, RandomKey value)
    {
        ArgumentNullException.ThrowIfNull(key);
        int index = _plan.Keys.IndexOf(key.Root);
        if (index < 0)
            throw new ArgumentException($"The computation doesn't draw from the key '{key.Name}'.", nameof(key));
        _keys[index] = value;
    }

    public override void Run(DeviceStream? stream = null)
    {
        GpuStream on = _device.Own(stream);
        try
        {
            foreach (ProgramStep<T> step in _steps)
                step.Launch(this, on);
        }
        catch (AcceleratorException e)
        {
            throw _device.Translate(e);
        }
    }

    public override void Check(DeviceStream? stream = null)
    {
        Span<int> fault = [0];
        _fault.CopyTo(fault, stream: stream);
        if (fault[0] == 0)
            return;
        _fault.Clear(stream);
        throw new DeviceException($"An index of '{_plan.KernelNodes[fault[0] - 1][0].Operation.Name}' isn't an integer within its axis; the results of this run are of no use.");
    }

    /// <summary>The products of matrices on a stream.</summary>
    public MatrixProducts Products(GpuStream stream)
    {
        if (!_products.TryGetValue(stream, out MatrixProducts? products))
            _products.Add(stream, products = new MatrixProducts(_device, stream, _device.MatrixMethod));
        return products;
    }

    /// <summary>The value of a key.</summary>
    public RandomKey Key(int index) => _keys[index];

    protected override void Dispose(bool disposing)
    {
        foreach (MatrixProducts products in _products.Values)
            products.Dispose();
        _products.Clear();
        foreach (ProgramStep<T> step in _steps ?? [])
            step.Dispose();
        Memory.Dispose();
        _fault.Dispose();
    }

    private static int Aligned(int length) => checked((length + Alignment - 1) / Alignment * Alignment);

    private int Offset(Operand operand) => _bases[operand.Buffer] + operand.Offset;
}
