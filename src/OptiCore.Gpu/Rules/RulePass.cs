using System.Numerics;
using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;
using OptiCore.Optimizers;
using OptiCore.Persistence;

namespace OptiCore.Gpu;

/// <summary>A rule, or a part of a chain of rules, that is one pass over memory.</summary>
internal abstract class RulePass<T> : IDisposable where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The passes of a rule: one, or those of both rules of a chain in which a norm is needed of what the first one makes.</summary>
    /// <exception cref="NotSupportedException">A rule isn't element-wise.</exception>
    public static void Collect(GpuDevice device, IUpdateRule rule, int length, List<RulePass<T>> passes)
    {
        foreach (Type face in rule.GetType().GetInterfaces())
        {
            if (!face.IsGenericType || face.GetGenericTypeDefinition() != typeof(ILaneSource<,>) || face.GetGenericArguments()[0] != typeof(T))
                continue;
            if (((ILaneRule)rule).CurvatureSlot >= 0)
                throw new NotSupportedException($"'{rule.GetType().Name}' wants to be told estimates of the Hessian, for which devices have no kernel; it steps on the processor: rule.Start(layout).");
            if (!((ILaneRule)rule).IsOnePass)
            {
                Collect(device, (IUpdateRule)rule.GetType().GetProperty("First")!.GetValue(rule)!, length, passes);
                Collect(device, (IUpdateRule)rule.GetType().GetProperty("Second")!.GetValue(rule)!, length, passes);
                return;
            }

            Type lanes = typeof(T) == typeof(float) ? typeof(Lane32x4) : typeof(Lane64x2);
            passes.Add((RulePass<T>)Activator.CreateInstance(typeof(RulePass<,,>).MakeGenericType(typeof(T), lanes, face.GetGenericArguments()[1]), device, rule, length)!);
            return;
        }

        throw new NotSupportedException($"'{rule.GetType().Name}' isn't element-wise and has no kernel for '{device.Name}'; it steps on the processor: rule.Start(layout).");
    }

    /// <summary>The part of the state at which the method's result is to be evaluated; null for the parameters.</summary>
    public abstract GpuBuffer<T>? EvaluationPoint { get; }

    /// <summary>A step with this pass as the last one.</summary>
    public abstract void Step(GpuBuffer<T> parameters, GpuBuffer<T> update, long steps, double rateScale, GpuStream stream);

    /// <summary>A pass whose result the next one takes.</summary>
    public abstract void Transform(GpuBuffer<T> update, GpuBuffer<T> parameters, long steps, double rateScale, GpuStream stream);

    /// <summary>Saves or loads scalars and slots.</summary>
    public abstract void Persist(StateArchive archive);

    public abstract void Dispose();
}

/// <inheritdoc cref="RulePass{T}"/>
internal sealed class RulePass<T, L, TLane> : RulePass<T>
    where T : unmanaged, IFloatingPointIeee754<T>
    where L : unmanaged, IDeviceLanes<L, T>
    where TLane : unmanaged, ILane<T>
{
    private readonly GpuDevice _device;
    private readonly ILaneSource<T, TLane> _rule;
    private readonly double[] _scalars;
    private readonly GpuBuffer<T> _slots;
    private readonly int _length;
    private readonly long _stride;
    private readonly Action<AcceleratorStream, KernelConfig, TLane, ArrayView<L>, ArrayView<L>, ArrayView<L>, long> _step, _transform;
    private readonly KernelConfig _shape;

    public RulePass(GpuDevice device, ILaneSource<T, TLane> rule, int length)
    {
        // Rows of slots begin on lines of 128 bytes.
        int line = 128 / Unsafe.SizeOf<T>(), width = Unsafe.SizeOf<L>() / Unsafe.SizeOf<T>();
        long row = ((long)length + line - 1) / line * line;
        (_device, _rule, _length, _stride) = (device, rule, length, row / width);
        _scalars = new double[rule.ScalarCount];
        _step = device.Kernel<Action<AcceleratorStream, KernelConfig, TLane, ArrayView<L>, ArrayView<L>, ArrayView<L>, long>>(RuleKernels.Step<T, L, TLane>);
        _transform = device.Kernel<Action<AcceleratorStream, KernelConfig, TLane, ArrayView<L>, ArrayView<L>, ArrayView<L>, long>>(RuleKernels.Transform<T, L, TLane>);
        _shape = device.Shape((length + width - 1) / width);
        _slots = device.Allocate<T>(Math.Max(1, row * rule.SlotCount));
        _slots.Clear();
        for (int slot = 0; slot < rule.SlotCount; slot++)
        {
            if (rule.InitialValue(slot) != 0)
                Fill(slot, T.CreateTruncating(rule.InitialValue(slot)));
        }
    }

    public override GpuBuffer<T>? EvaluationPoint => _rule.EvaluationSlot >= 0 ? Row(_rule.EvaluationSlot, _length) : null;

    public override void Step(GpuBuffer<T> parameters, GpuBuffer<T> update, long steps, double rateScale, GpuStream stream)
    {
        TLane lane = Prepare(update, steps, rateScale, stream);
        if (_length > 0)
            _step(stream.Native, _shape, lane, parameters.Registers<L>(), update.Registers<L>(), _slots.Registers<L>(), _stride);
    }

    public override void Transform(GpuBuffer<T> update, GpuBuffer<T> parameters, long steps, double rateScale, GpuStream stream)
    {
        TLane lane = Prepare(update, steps, rateScale, stream);
        if (_length > 0)
            _transform(stream.Native, _shape, lane, update.Registers<L>(), parameters.Registers<L>(), _slots.Registers<L>(), _stride);
    }

    public override void Persist(StateArchive archive)
    {
        archive.Expect(_rule.SlotCount, "slots");
        archive.Transfer<double>(_scalars);
        var numbers = new T[_length];
        for (int slot = 0; slot < _rule.SlotCount; slot++)
        {
            GpuBuffer<T> row = Row(slot, _length);
            row.CopyTo(numbers);
            archive.Transfer<T>(numbers);
            row.CopyFrom(numbers);
        }
    }

    public override void Dispose() => _slots.Dispose();

    private void Fill(int slot, T value)
    {
        // In pieces, because a row may be as large as the device's memory.
        var piece = new T[Math.Min(_length, 1 << 20)];
        piece.AsSpan().Fill(value);
        GpuBuffer<T> row = Row(slot, _length);
        for (int from = 0; from < _length; from += piece.Length)
            row.CopyFrom(piece.AsSpan(0, Math.Min(piece.Length, _length - from)), from);
    }

    private GpuBuffer<T> Row(int slot, long length) => _slots.Slice(slot * _stride * (Unsafe.SizeOf<L>() / Unsafe.SizeOf<T>()), length);

    private TLane Prepare(GpuBuffer<T> update, long steps, double rateScale, GpuStream stream)
    {
        T norm = T.NaN;
        if (_rule.NeedsUpdateNorm)
        {
            stream.Synchronize();
            norm = GpuReduce.Norm(_device, update);
        }

        return _rule.Prepare(new StepContext<T> { Step = steps, RateScale = rateScale, UpdateNorm = norm, Scalars = _scalars });
    }
}
