using System.Numerics;
using OptiCore.LinearAlgebra;

namespace OptiCore.Differentiation;

/// <summary>
/// The solution x of A x = b for a linear map that is an expression, by a matrix-free iteration. The derivative is another solution, with the transposed map; the iterations themselves aren't
/// differentiated.
/// </summary>
internal sealed record LinearSolveOperation(Body Map, LinearSolver Solver) : Operation
{
    public override string Name => "linear-solve";

    public bool Equals(LinearSolveOperation? other) => other is not null && ReferenceEquals(Map, other.Map) && Solver == other.Solver;

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(Map);

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => Map.Results[0].Shape == inputs[0]
        ? [inputs[0]]
        : throw Misfit($"the map takes {Map.Arguments[0].Shape} to {Map.Results[0].Shape}; it must be square.", inputs[0]);

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) => throw new System.Diagnostics.UnreachableException();

    internal override Variable?[] Cotangents(Node node, ReadOnlySpan<bool> wanted, ReadOnlySpan<Variable?> cotangents)
    {
        Body transposed = Map;
        if (!Solver.IsSymmetric)
        {
            var u = Variable.Input("u", Map.Results[0].Shape);
            Variable product = Pullback.Of(Map.Results, [u], Map.Arguments.AsSpan(0, 1))[0] ?? Operations.BroadcastTo(0, Map.Arguments[0].Shape);
            transposed = new Body([u, .. Map.Arguments.AsSpan(1)], [product]);
        }

        ReadOnlySpan<Variable> captured = node.Inputs.AsSpan(1);
        Variable dual = new LinearSolveOperation(transposed, Solver).ApplyOne([cotangents[0]!.Value, .. captured]);
        var all = new Variable?[wanted.Length];
        all[0] = dual;
        var solution = new Variable(node, 0);

        // Partial derivatives: the solution is held, though it depends on the others.
        Pullback.Of(Map.Inline([solution, .. captured]), [-dual], [.. captured, solution], stopAtArguments: true).AsSpan(0, captured.Length).CopyTo(all.AsSpan(1));
        return all;
    }

    internal override Variable[] Batch(ReadOnlySpan<Variable> inputs, ReadOnlySpan<bool> batched, int size)
    {
        // The systems of a batch are the blocks of one system.
        Variable[] own = inputs.ToArray();
        bool[] inside = batched.ToArray();
        if (!batched[0])
            own[0] = Operations.BroadcastTo(own[0], own[0].Shape.After([size]));
        inside[0] = true;
        return new LinearSolveOperation(Batching.Of(Map, inside, size), Solver).Apply(own);
    }

    internal override Kernel<T> Lower<T>(KernelSite site) => new LinearSolveKernel<T>(site, this);

    private sealed class LinearSolveKernel<T>(KernelSite site, LinearSolveOperation operation) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly Nested<T> _nested = new(operation.Map, site);

        public override object? NewState(Frame<T> frame) => new State(_nested.Start(frame), site.Inputs[0].Count, operation.Solver.Start<T>());

        public override unsafe void Run(Frame<T> frame)
        {
            var state = (State)frame.States[site.Index]!;
            _nested.PassKeys(frame, state.Replay.Frame);
            for (int i = 1; i < site.Inputs.Length; i++)
                state.Replay.Frame.Bind(Plan<T>.FirstInput + i, frame.At(site.Inputs[i]));
            ReadOnlySpan<T> right = frame.Span(site.Inputs[0]);
            Span<T> x = frame.Span(site.Outputs[0]);
            x.Clear();
            foreach (T element in right)
            {
                if (T.IsFinite(element))
                    continue;
                x.Fill(T.NaN);
                return;
            }

            state.Solve(state.Operator, right, x);
        }

        private sealed class State
        {
            public State(Replay<T> replay, int order, LinearSolve<T> solve)
            {
                Replay = replay;
                Solve = solve;
                replay.Bind(0, new Block<T>(order));
                Operator = LinearOperator.From<T>(order, order, Apply);
            }

            public Replay<T> Replay { get; }

            public ILinearOperator<T> Operator { get; }

            public LinearSolve<T> Solve { get; }

            private void Apply(ReadOnlySpan<T> v, Span<T> product) => Replay.Run(v, product);
        }
    }
}
