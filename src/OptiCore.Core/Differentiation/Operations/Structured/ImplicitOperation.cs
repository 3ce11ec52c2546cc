namespace OptiCore.Differentiation;

/// <summary>A solution of F(x, theta) = 0, found by anything: its derivative comes from the equation, not from the way it was found.</summary>
internal sealed record ImplicitOperation(Body Equation, LinearSolver Solver) : Operation
{
    public override string Name => "implicit";

    public bool Equals(ImplicitOperation? other) => other is not null && ReferenceEquals(Equation, other.Equation) && Solver == other.Solver;

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(Equation);

    internal override bool TryView(Node node, out int offset)
    {
        offset = 0;
        return true;
    }

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => Equation.Results[0].Shape.ElementCount == inputs[0].ElementCount
        ? [inputs[0]]
        : throw Misfit($"the condition has the shape {Equation.Results[0].Shape}; there must be as many equations as unknowns.", inputs[0]);

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) => throw new System.Diagnostics.UnreachableException();

    internal override Variable?[] Cotangents(Node node, ReadOnlySpan<bool> wanted, ReadOnlySpan<Variable?> cotangents)
    {
        // dx/dtheta = -(dF/dx)^-1 dF/dtheta: the transposed system is solved once, for the cotangent of x.
        ReadOnlySpan<Variable> captured = node.Inputs.AsSpan(1);
        var u = Variable.Input("u", Equation.Results[0].Shape);
        Variable product = Pullback.Of(Equation.Results, [u], Equation.Arguments.AsSpan(0, 1))[0] ?? Operations.BroadcastTo(0, Equation.Arguments[0].Shape);
        var map = new Body([u, .. Equation.Arguments], [Operations.Reshape(product, u.Shape)]);
        var solution = new Variable(node, 0);
        Variable dual = new LinearSolveOperation(map, Solver).ApplyOne([Operations.Reshape(cotangents[0]!.Value, u.Shape), solution, .. captured]);
        var all = new Variable?[wanted.Length];

        // Partial derivatives: the solution is held, though it depends on the others.
        Pullback.Of(Equation.Inline([solution, .. captured]), [Operations.Reshape(-dual, u.Shape)], [.. captured, solution], stopAtArguments: true)
            .AsSpan(0, captured.Length).CopyTo(all.AsSpan(1));
        return all;
    }

    internal override Variable[] Batch(ReadOnlySpan<Variable> inputs, ReadOnlySpan<bool> batched, int size)
    {
        Variable[] own = inputs.ToArray();
        bool[] inside = batched.ToArray();
        if (!batched[0])
            own[0] = Operations.BroadcastTo(own[0], own[0].Shape.After([size]));
        inside[0] = true;
        return new ImplicitOperation(Batching.Of(Equation, inside, size), Solver).Apply(own);
    }

    internal override Kernel<T> Lower<T>(KernelSite site) => throw new System.Diagnostics.UnreachableException();
}
