using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptiCore.Differentiation;

/// <summary>
/// The memory of one computation in progress: write the inputs, run, read the outputs, as often as wanted. Nothing is allocated. For one thread at a time.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
public sealed unsafe class Replay<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Plan<T> _plan;
    private readonly Frame<T> _frame;
    private readonly Block<T> _arena;
    private readonly Block<T>[] _inputs;

    internal Replay(Plan<T> plan, IWorkers? workers, bool ownsInputs = true)
    {
        _plan = plan;
        _arena = new Block<T>(plan.ArenaLength);
        _frame = new Frame<T>(plan, workers);
        _frame.Bind(Plan<T>.Arena, _arena.Pointer);
        _frame.Bind(Plan<T>.Constants, plan.ConstantBlock.Pointer);
        _inputs = new Block<T>[plan.InputShapes.Length];
        for (int i = 0; i < _inputs.Length && ownsInputs; i++)
            Bind(i, new Block<T>(plan.InputShapes[i].ElementCount));
        for (int i = 0; i < plan.Kernels.Length; i++)
            _frame.States[i] = plan.Kernels[i].NewState(_frame);
    }

    internal Frame<T> Frame => _frame;

    internal Operand OutputOperand(int index) => _plan.Outputs[index];

    /// <summary>The numbers of an input, to be written before a run; they stay until they are overwritten.</summary>
    /// <param name="index">Its place among the inputs.</param>
    public Span<T> Input(int index) => _inputs[index].Span;

    /// <summary>The numbers of an output, as the last run left them.</summary>
    /// <param name="index">Its place among the outputs.</param>
    public ReadOnlySpan<T> Output(int index) => _frame.Span(_plan.Outputs[index]);

    /// <summary>Uses a block of memory as an input, in place of the replay's own: several replays and an optimizer can share parameters.</summary>
    /// <param name="index">The input's place.</param>
    /// <param name="block">The block.</param>
    /// <exception cref="ArgumentException">The block's length isn't that of the input.</exception>
    public void Bind(int index, Block<T> block)
    {
        ArgumentNullException.ThrowIfNull(block);
        Require.Length(block.Length, _plan.InputShapes[index].ElementCount, nameof(block));
        _inputs[index] = block;
        _frame.Bind(Plan<T>.FirstInput + index, block.Pointer);
    }

    /// <summary>Sets a key of random draws; until then it is all zeros.</summary>
    /// <param name="key">The key in the expression, made by <see cref="KeyVariable.Input"/>.</param>
    /// <param name="value">Its value.</param>
    /// <exception cref="ArgumentException">The computation doesn't draw from this key.</exception>
    public void SetKey(KeyVariable key, RandomKey value)
    {
        ArgumentNullException.ThrowIfNull(key);
        int index = _plan.Keys.IndexOf(key.Root);
        if (index < 0)
            throw new ArgumentException($"The computation doesn't draw from the key '{key.Name}'.", nameof(key));
        _frame.Keys[index] = value;
    }

    /// <summary>Computes all outputs.</summary>
    public void Run()
    {
        foreach (Kernel<T> kernel in _plan.Kernels)
            kernel.Run(_frame);
    }

    /// <summary>Copies one input, computes, and copies the first output.</summary>
    /// <param name="x">The first input's numbers.</param>
    /// <param name="y">Receives the first output's.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Run(ReadOnlySpan<T> x, Span<T> y)
    {
        x.CopyTo(Input(0));
        Run();
        Output(0).CopyTo(y);
    }
}
