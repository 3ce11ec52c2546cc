using System.Numerics;
using System.Runtime.CompilerServices;
using OptiCore.Differentiation;

namespace OptiCore.Gpu;

/// <summary>
/// Makes the type and the numbers of a run of element-wise operations. Every argument is loaded once, results that only the run needs stay in registers. Runs of the same operations over arguments of the
/// same kinds have the same type, whatever their lengths, and share one kernel.
/// </summary>
internal sealed class RunBuilder(int count)
{
    private readonly List<Step> _steps = [];
    private readonly Dictionary<(int Offset, Axes Axes), Value> _loads = [];
    private RunPlaces _numbers;
    private int _used;

    private enum Kind
    {
        Load,
        Store,
        Function,
        Choose,
    }

    /// <summary>An argument: the elements of a tensor at a place in memory, repeated to a shape.</summary>
    public Value Load(int offset, Shape own, Shape target) => Load(offset, Axes.Repeated(own, target));

    /// <summary>An argument along axes.</summary>
    public Value Load(int offset, Axes axes)
    {
        if (_loads.TryGetValue((offset, axes), out Value? known))
            return known;
        var value = new Value();
        _steps.Add(new Step(Kind.Load, null, value, [], offset, axes));
        _loads.Add((offset, axes), value);
        return value;
    }

    /// <summary>A function of values, a row of the tables of element-wise operations.</summary>
    public Value Apply(Type function, params Value[] arguments)
    {
        var value = new Value();
        _steps.Add(new Step(Kind.Function, function, value, arguments, 0, default));
        return value;
    }

    /// <summary>The second value where the first isn't 0, else the third.</summary>
    public Value Choose(Value mask, Value first, Value second)
    {
        var value = new Value();
        _steps.Add(new Step(Kind.Choose, null, value, [mask, first, second], 0, default));
        return value;
    }

    /// <summary>Writes a value to memory.</summary>
    public void Store(Value value, int offset, Axes axes) => _steps.Add(new Step(Kind.Store, null, value, [value], offset, axes));

    /// <summary>The finished run.</summary>
    /// <param name="device">The device.</param>
    /// <exception cref="NotSupportedException">It needs more registers or numbers than there are.</exception>
    public ElementwiseStep<T> Build<T>(GpuDevice device) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int width = 16 / Unsafe.SizeOf<T>();
        foreach (Step step in _steps)
        {
            if (step.Kind is Kind.Load or Kind.Store && !step.Axes.Fits(step.Offset, count, width))
                width = 1;
        }

        Allocate();
        var types = new List<Type>(_steps.Count);
        foreach (Step step in _steps)
            types.Add(Instruction(step, width));
        Type run = GpuInstructions.Sequence(types.ToArray());
        return ElementwiseStep<T>.Create(device, run, width, in _numbers, (count + width - 1) / width);
    }

    private static Type Slot(Value value) => GpuInstructions.Slot(value.Slot);

    /// <summary>Registers for the values: one is free again after its value's last use.</summary>
    private void Allocate()
    {
        for (int i = 0; i < _steps.Count; i++)
        {
            foreach (Value argument in _steps[i].Arguments)
                argument.LastUse = i;
        }

        var free = new PriorityQueue<int, int>();
        int next = 0;
        for (int i = 0; i < _steps.Count; i++)
        {
            foreach (Value argument in _steps[i].Arguments)
            {
                if (argument.LastUse == i && !argument.IsFree)
                {
                    argument.IsFree = true;
                    free.Enqueue(argument.Slot, argument.Slot);
                }
            }

            if (_steps[i].Kind == Kind.Store)
                continue;
            Value result = _steps[i].Result;
            result.Slot = free.TryDequeue(out int slot, out _) ? slot : next++;
            if (result.Slot >= GpuInstructions.SlotCount)
                throw new NotSupportedException($"A run of element-wise operations needs more than {GpuInstructions.SlotCount} intermediate results at a time; write some of them as outputs.");
            if (result.LastUse < 0)
                free.Enqueue(result.Slot, result.Slot);
        }
    }

    private Type Instruction(Step step, int width)
    {
        switch (step.Kind)
        {
            case Kind.Function:
                var slots = new Type[step.Arguments.Length + 1];
                slots[0] = Slot(step.Result);
                for (int i = 0; i < step.Arguments.Length; i++)
                    slots[i + 1] = Slot(step.Arguments[i]);
                return GpuInstructions.Of(step.Function!, slots);
            case Kind.Choose:
                return typeof(Choose<,,,>).MakeGenericType(Slot(step.Result), Slot(step.Arguments[0]), Slot(step.Arguments[1]), Slot(step.Arguments[2]));
            default:
                return Transfer(step, width);
        }
    }

    private Type Transfer(Step step, int width)
    {
        Type slot = Slot(step.Result);
        if (step.Axes.IsNumber)
            return typeof(LoadNumber<,>).MakeGenericType(slot, Number(step.Offset));
        bool isSpread = step.Axes.IsSpread && width > 1;
        Type place = Number(isSpread ? step.Offset : step.Offset / width);
        if (step.Axes.IsContiguous(count))
            return (step.Kind == Kind.Store ? typeof(Store<,>) : typeof(Load<,>)).MakeGenericType(slot, place);

        // From the outermost axis inwards, because a type names what lies outside of it.
        Type? axes = null;
        (int Length, int Stride)[] list = step.Axes.List;
        for (int i = list.Length - 1; i >= 0; i--)
        {
            int length = i == 0 ? list[i].Length / width : list[i].Length;
            int stride = isSpread || i == 0 ? list[i].Stride : list[i].Stride / width;
            axes = axes is null ? typeof(LastAxis<>).MakeGenericType(Number(stride)) : typeof(Axis<,,>).MakeGenericType(Number(length), Number(stride), axes);
        }

        Type kind = step.Kind == Kind.Store ? typeof(StoreAlong<,,>) : isSpread ? typeof(LoadSpread<,,>) : typeof(LoadRepeated<,,>);
        return kind.MakeGenericType(slot, place, axes!);
    }

    private Type Number(int value)
    {
        if (_used >= GpuInstructions.PlaceCount)
            throw new NotSupportedException($"A run of element-wise operations has more than {GpuInstructions.PlaceCount} offsets, lengths and strides; write some of its intermediate results as outputs.");
        _numbers.Set(_used, value);
        return GpuInstructions.Place(_used++);
    }

    /// <summary>What an operation of the run makes.</summary>
    public sealed class Value
    {
        public int Slot { get; set; }

        public int LastUse { get; set; } = -1;

        public bool IsFree { get; set; }
    }

    private readonly record struct Step(Kind Kind, Type? Function, Value Result, Value[] Arguments, int Offset, Axes Axes);
}
