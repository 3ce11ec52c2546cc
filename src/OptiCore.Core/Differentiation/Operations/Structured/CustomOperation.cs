using System.Numerics;

namespace OptiCore.Differentiation;

/// <summary>
/// An operation of one's own: shapes, numbers and the rule of the derivative. Derive a sealed record from it whose members are its settings, and apply it by <see cref="Of"/>.
/// </summary>
/// <remarks>Two operations that are equal as records and have the same arguments are computed once. In a batch it is computed for one element after the other.</remarks>
public abstract record CustomOperation : Operation
{
    /// <summary>The shape of the result.</summary>
    /// <param name="inputs">The shapes of the arguments.</param>
    /// <exception cref="ArgumentException">The arguments don't fit.</exception>
    public abstract Shape ResultShape(IReadOnlyList<Shape> inputs);

    /// <summary>Computes the result. Must not allocate, and must give the same result for the same arguments.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="arguments">The arguments and the place for the result.</param>
    public abstract void Compute<T>(CustomArguments<T> arguments) where T : unmanaged, IFloatingPointIeee754<T>;

    /// <summary>What the cotangent of the result adds to that of an argument, as an expression; null for nothing.</summary>
    /// <param name="inputs">The arguments.</param>
    /// <param name="result">The result.</param>
    /// <param name="cotangent">The cotangent of the result.</param>
    /// <param name="input">Which argument is meant.</param>
    public abstract Variable? Derivative(IReadOnlyList<Variable> inputs, Variable result, Variable cotangent, int input);

    /// <summary>The operation's result for arguments.</summary>
    /// <param name="inputs">The arguments.</param>
    public Variable Of(params ReadOnlySpan<Variable> inputs) => ApplyOne(inputs);

    internal sealed override Shape[] Infer(ReadOnlySpan<Shape> inputs) => [ResultShape(inputs.ToArray())];

    internal sealed override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) =>
        Derivative(node.Inputs, new Variable(node, 0), cotangents[0]!.Value, input);

    internal sealed override Variable[] Batch(ReadOnlySpan<Variable> inputs, ReadOnlySpan<bool> batched, int size)
    {
        var arguments = inputs.ToArray();
        var sequences = new List<Variable>();
        bool[] isSequence = batched.ToArray();
        for (int i = 0; i < arguments.Length; i++)
        {
            if (isSequence[i])
                sequences.Add(arguments[i]);
        }

        (_, Variable[] results) = Operations.Scan(
            step =>
            {
                var own = (Variable[])arguments.Clone();
                for (int i = 0, next = 0; i < own.Length; i++)
                {
                    if (isSequence[i])
                        own[i] = step.Elements[next++];
                }

                return ([], [Of(own)]);
            },
            [],
            [.. sequences],
            size);
        return results;
    }

    internal sealed override Kernel<T> Lower<T>(KernelSite site) => new CustomKernel<T>(site, this);

    private sealed class CustomKernel<T>(KernelSite site, CustomOperation operation) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public override void Run(Frame<T> frame) => operation.Compute(new CustomArguments<T>(site, frame));
    }
}

/// <summary>The arguments of a custom operation and the place for its result.</summary>
/// <typeparam name="T">The element type.</typeparam>
public readonly ref struct CustomArguments<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly KernelSite _site;
    private readonly Frame<T> _frame;

    internal CustomArguments(KernelSite site, Frame<T> frame)
    {
        _site = site;
        _frame = frame;
    }

    /// <summary>The number of arguments.</summary>
    public int Count => _site.Inputs.Length;

    /// <summary>Where the result's elements are to be written, all of them.</summary>
    public Span<T> Result => _frame.Span(_site.Outputs[0]);

    /// <summary>The shape of the result.</summary>
    public Shape ResultShape => _site.Outputs[0].Shape;

    /// <summary>The elements of an argument.</summary>
    /// <param name="index">Which.</param>
    public ReadOnlySpan<T> Input(int index) => _frame.Span(_site.Inputs[index]);

    /// <summary>The shape of an argument.</summary>
    /// <param name="index">Which.</param>
    public Shape InputShape(int index) => _site.Inputs[index].Shape;
}
