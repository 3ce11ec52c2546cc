using System.Numerics;
using OptiCore.Devices;

namespace OptiCore.Differentiation;

/// <summary>Compiles expressions.</summary>
public static class Computation
{
    /// <summary>Compiles expressions into a computation that can be replayed for other inputs as often as wanted.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="inputs">The inputs whose numbers are given for each replay, made by <see cref="Variable.Input"/>.</param>
    /// <param name="outputs">The expressions to compute.</param>
    /// <exception cref="ArgumentException">A variable among the inputs isn't one, or an expression needs an input that isn't among them.</exception>
    /// <exception cref="NotSupportedException">The element type is another one.</exception>
    public static Computation<T> Compile<T>(ReadOnlySpan<Variable> inputs, params ReadOnlySpan<Variable> outputs) where T : unmanaged, IFloatingPointIeee754<T> => new(inputs, outputs);

    /// <summary>Compiles a function of one tensor.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="function">Writes the expression; it is called once.</param>
    /// <param name="x">The argument's shape.</param>
    public static Computation<T> Compile<T>(Func<Variable, Variable> function, Shape x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var input = Variable.Input("x", x);
        return Compile<T>([input], Require.NotNull(function)(input));
    }

    /// <summary>Compiles a function of two tensors.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="function">Writes the expression; it is called once.</param>
    /// <param name="x">The first argument's shape.</param>
    /// <param name="y">The second argument's shape.</param>
    public static Computation<T> Compile<T>(Func<Variable, Variable, Variable> function, Shape x, Shape y) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Variable first = Variable.Input("x", x), second = Variable.Input("y", y);
        return Compile<T>([first, second], Require.NotNull(function)(first, second));
    }
}

/// <summary>
/// A compiled expression: an order of kernels and a plan of memory. It holds no numbers but constants, never changes, and serves any number of threads, each with its own
/// <see cref="Replay{T}"/>.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
/// <remarks>
/// Equal operations are computed once, unused ones not at all; constants are folded; element-wise runs are computed in tiles that stay in the cache; a value's memory is used again
/// after its last use; products read and write moved axes where they lie; and a sum of products that nothing else needs, such as the gradient of a weight that every step of a sequence uses, is one
/// product, whose last bits are not those of the sum. The bits depend on neither the number of threads nor the hardware, as far as those of the operations don't.
/// </remarks>
public sealed class Computation<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Plan<T> _plan;

    internal Computation(ReadOnlySpan<Variable> inputs, ReadOnlySpan<Variable> outputs)
    {
        if (typeof(T) != typeof(float) && typeof(T) != typeof(double))
            throw new NotSupportedException($"Computations are of float or double, not {typeof(T).Name}.");
        _plan = new Plan<T>(inputs, outputs);
    }

    /// <summary>The number of inputs.</summary>
    public int InputCount => _plan.InputShapes.Length;

    /// <summary>The number of outputs.</summary>
    public int OutputCount => _plan.Outputs.Length;

    /// <summary>How many elements one replay's memory has, inputs and outputs included.</summary>
    public long MemoryElements
    {
        get
        {
            long count = _plan.ArenaLength;
            foreach (Shape shape in _plan.InputShapes)
                count += shape.ElementCount;
            return count;
        }
    }

    /// <summary>How many kernels one replay runs.</summary>
    public int KernelCount => _plan.Kernels.Length;

    internal Plan<T> Plan => _plan;

    /// <summary>The shape of an input.</summary>
    /// <param name="index">Its place among the inputs.</param>
    public Shape InputShape(int index) => _plan.InputShapes[index];

    /// <summary>The shape of an output.</summary>
    /// <param name="index">Its place among the outputs.</param>
    public Shape OutputShape(int index) => _plan.Outputs[index].Shape;

    /// <summary>Allocates the memory of replays: the only allocation there is.</summary>
    /// <param name="workers">Who does the pieces of large kernels; null for the calling thread alone. The bits are the same.</param>
    public Replay<T> Start(IWorkers? workers = null) => new(_plan, workers);

    /// <summary>Allocates the memory of replays on a device and makes its kernels.</summary>
    /// <param name="device">The device: a <see cref="CpuDevice"/>, or one of another package that is an <see cref="IProgramDevice"/>.</param>
    /// <exception cref="NotSupportedException">The device runs no traced programs, or lacks a kernel of an operation; the message names it.</exception>
    /// <exception cref="DeviceOutOfMemoryException">The device hasn't enough memory.</exception>
    public DeviceReplay<T> Start(IDevice device) => Require.NotNull(device) switch
    {
        IProgramDevice able => able.Start(this),
        CpuDevice cpu => new HostReplay<T>(cpu, this),
        _ => throw new NotSupportedException($"'{device.Name}' runs no traced programs."),
    };
}
