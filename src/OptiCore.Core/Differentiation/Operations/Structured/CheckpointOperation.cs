using System.Numerics;

namespace OptiCore.Differentiation;

/// <summary>An expression of which nothing but the results is kept: its derivative computes it again.</summary>
internal sealed record CheckpointOperation(Body Body) : Operation
{
    public override string Name => "checkpoint";

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => Array.ConvertAll(Body.Results, result => result.Shape);

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) => throw new System.Diagnostics.UnreachableException();

    internal override Variable?[] Cotangents(Node node, ReadOnlySpan<bool> wanted, ReadOnlySpan<Variable?> cotangents)
    {
        var own = new List<Variable>();
        var places = new List<int>();
        for (int i = 0; i < wanted.Length; i++)
        {
            if (!wanted[i])
                continue;
            own.Add(node.Inputs[i]);
            places.Add(i);
        }

        Variable?[] parts = Pullback.Of(Body.Inline(node.Inputs), cotangents, [.. own], stopAtArguments: true);
        var all = new Variable?[wanted.Length];
        for (int i = 0; i < parts.Length; i++)
            all[places[i]] = parts[i];
        return all;
    }

    internal override Variable[] Batch(ReadOnlySpan<Variable> inputs, ReadOnlySpan<bool> batched, int size)
    {
        Body mapped = Batching.Of(Body, batched, size);
        return new CheckpointOperation(mapped).Apply(inputs);
    }

    internal override Kernel<T> Lower<T>(KernelSite site) => new CheckpointKernel<T>(site, Body);

    private sealed unsafe class CheckpointKernel<T>(KernelSite site, Body body) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly Nested<T> _nested = new(body, site);

        public override object? NewState(Frame<T> frame) => _nested.Start(frame);

        public override void Run(Frame<T> frame)
        {
            var replay = (Replay<T>)frame.States[site.Index]!;
            _nested.PassKeys(frame, replay.Frame);
            for (int i = 0; i < site.Inputs.Length; i++)
                replay.Frame.Bind(Plan<T>.FirstInput + i, frame.At(site.Inputs[i]));
            replay.Run();
            for (int i = 0; i < site.Outputs.Length; i++)
                replay.Output(i).CopyTo(frame.Span(site.Outputs[i]));
        }
    }
}
