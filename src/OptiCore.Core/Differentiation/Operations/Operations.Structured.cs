namespace OptiCore.Differentiation;

/// <summary>What a step of a loop starts from.</summary>
/// <param name="Carry">What the step before carried on.</param>
/// <param name="Elements">One element of each sequence.</param>
/// <param name="Index">The number of the step, from 0, a scalar.</param>
public sealed record LoopStep(IReadOnlyList<Variable> Carry, IReadOnlyList<Variable> Elements, Variable Index);

public static partial class Operations
{
    /// <summary>
    /// A loop over a sequence: each step gets what the step before carried on and one element, and gives what it carries on and one result. The body is traced once, so that long loops stay
    /// small; it may use other variables.
    /// </summary>
    /// <param name="body">One step: (carry, element) to (carry, result).</param>
    /// <param name="initial">What the first step gets carried.</param>
    /// <param name="sequence">The sequence; its first axis are the steps.</param>
    /// <param name="reverse">True to go from the last element to the first.</param>
    /// <returns>What the last step carried on, and the results along a first axis, at the places of their elements.</returns>
    /// <exception cref="ArgumentException">A step carries on another shape than it gets.</exception>
    public static (Variable Carry, Variable Results) Scan(Func<Variable, Variable, (Variable Carry, Variable Result)> body, Variable initial, Variable sequence, bool reverse = false)
    {
        ArgumentNullException.ThrowIfNull(body);
        if (sequence.Rank == 0)
            throw new ArgumentException("scan over a scalar: a sequence has a first axis.", nameof(sequence));
        (Variable[] carry, Variable[] results) = Scan(
            step =>
            {
                (Variable next, Variable result) = body(step.Carry[0], step.Elements[0]);
                return ([next], [result]);
            },
            [initial],
            [sequence],
            sequence.Shape[0],
            reverse);
        return (carry[0], results[0]);
    }

    /// <summary>A loop over any number of sequences that carries any number of tensors.</summary>
    /// <param name="body">One step.</param>
    /// <param name="initial">What the first step gets carried.</param>
    /// <param name="sequences">The sequences; their first axes are the steps.</param>
    /// <param name="length">The number of steps.</param>
    /// <param name="reverse">True to go from the last step to the first.</param>
    /// <returns>What the last step carried on, and the results along first axes.</returns>
    /// <exception cref="ArgumentException">A step carries on another shape than it gets, or a sequence has another length.</exception>
    /// <remarks>
    /// The derivative is a loop backwards, with what it needs of each step kept: memory grows with the number of steps. To keep less, put a <see cref="Checkpoint(Func{Variable, Variable}, Variable)"/> around the
    /// body's expression.
    /// </remarks>
    public static (Variable[] Carry, Variable[] Results) Scan(
        Func<LoopStep, (Variable[] Carry, Variable[] Results)> body, ReadOnlySpan<Variable> initial, ReadOnlySpan<Variable> sequences, int length, bool reverse = false)
    {
        ArgumentNullException.ThrowIfNull(body);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        (Variable[] carry, Variable[] elements, Variable step) = Arguments(initial, sequences);
        (Variable[] next, Variable[] results) = body(new LoopStep(carry, elements, step));
        if (next.Length != carry.Length)
            throw new ArgumentException($"scan: a step gets {carry.Length} carried tensors and carries on {next.Length}.", nameof(body));
        var closed = new Body([.. carry, .. elements, step], [.. next, .. results], out Variable[] captured);
        Variable[] all = new ScanOperation(closed, carry.Length, elements.Length, length) { IsReverse = reverse }.Apply([.. initial, .. sequences, .. captured]);
        return (all[..carry.Length], all[carry.Length..]);
    }

    /// <summary>A loop as long as a condition holds, with a bound.</summary>
    /// <param name="condition">Computes a scalar, 0 to stop, from what is carried.</param>
    /// <param name="body">One step: from what is carried to what is carried on.</param>
    /// <param name="initial">What is carried first.</param>
    /// <param name="maxIterations">The bound on the number of steps; memory of derivatives grows with it.</param>
    /// <returns>What is carried when the condition doesn't hold, or after the last step that is allowed; and the number of steps.</returns>
    /// <exception cref="ArgumentException">The condition isn't a scalar, or a step carries on another shape than it gets.</exception>
    public static (Variable[] Carry, Variable Count) While(Func<IReadOnlyList<Variable>, Variable> condition, Func<IReadOnlyList<Variable>, Variable[]> body, ReadOnlySpan<Variable> initial, int maxIterations)
    {
        ArgumentNullException.ThrowIfNull(condition);
        ArgumentNullException.ThrowIfNull(body);
        ArgumentOutOfRangeException.ThrowIfNegative(maxIterations);
        (Variable[] carry, _, Variable step) = Arguments(initial, []);
        Variable holds = condition(carry);
        if (holds.Rank != 0)
            throw new ArgumentException($"while: the condition has the shape {holds.Shape}; it must be a scalar.", nameof(condition));
        Variable[] next = body(carry);
        if (next.Length != carry.Length)
            throw new ArgumentException($"while: a step gets {carry.Length} carried tensors and carries on {next.Length}.", nameof(body));
        var closed = new Body([.. carry, step], [holds, .. next], out Variable[] captured);
        Variable[] all = new ScanOperation(closed, carry.Length, 0, maxIterations) { IsConditional = true }.Apply([.. initial, .. captured]);
        return (all[..carry.Length], all[^1]);
    }

    /// <summary>
    /// An expression of which only the results are kept for derivatives, which compute the rest again: less memory for one evaluation more. A. Griewank, A. Walther (2000), "Algorithm 799:
    /// revolve".
    /// </summary>
    /// <param name="function">The expression.</param>
    /// <param name="arguments">Its arguments; other variables that it uses are kept anyway.</param>
    public static Variable[] Checkpoint(Func<IReadOnlyList<Variable>, Variable[]> function, params ReadOnlySpan<Variable> arguments)
    {
        ArgumentNullException.ThrowIfNull(function);
        (Variable[] own, _, _) = Arguments(arguments, []);
        var closed = new Body(own, function(own), out Variable[] captured);
        return new CheckpointOperation(closed).Apply([.. arguments, .. captured]);
    }

    /// <summary>As <see cref="Checkpoint(Func{IReadOnlyList{Variable}, Variable[]}, ReadOnlySpan{Variable})"/>, of one argument.</summary>
    /// <param name="function">The expression.</param>
    /// <param name="x">Its argument.</param>
    public static Variable Checkpoint(Func<Variable, Variable> function, Variable x)
    {
        ArgumentNullException.ThrowIfNull(function);
        return Checkpoint(own => [function(own[0])], x)[0];
    }

    /// <summary>The solution x of A x = b for a linear map given as an expression, matrix-free. Derivatives solve with the transposed map and don't look into the iterations.</summary>
    /// <param name="map">Computes A v, linear in v; it may use other variables, by which the solution has derivatives.</param>
    /// <param name="b">The right side, of any shape.</param>
    /// <param name="solver">The method; null for GMRES. Conjugate gradients take the map as symmetric positive definite.</param>
    /// <exception cref="ArgumentException">The map's result hasn't the shape of its argument.</exception>
    /// <remarks>M. Blondel et al. (2022), "Efficient and modular implicit differentiation".</remarks>
    public static Variable SolveLinear(Func<Variable, Variable> map, Variable b, LinearSolver? solver = null)
    {
        ArgumentNullException.ThrowIfNull(map);
        var v = Variable.Input("v", b.Shape);
        var closed = new Body([v], [map(v)], out Variable[] captured);
        return new LinearSolveOperation(closed, solver ?? new LinearSolver()).ApplyOne([b, .. captured]);
    }

    /// <summary>
    /// A solution with the derivatives that its equation F(x, theta) = 0 implies, dx/dtheta = -(dF/dx)^-1 dF/dtheta, however the solution was found: by a loop of this library, by
    /// a solver outside whose result is an input. Memory doesn't grow with the iterations of that.
    /// </summary>
    /// <param name="solution">The solution. No derivative passes through the way in which it was computed.</param>
    /// <param name="condition">Computes F(x), of as many elements as x; the variables that it uses are theta. A stationary point has its gradient as condition, a constrained one its
    /// Karush-Kuhn-Tucker residual.</param>
    /// <param name="solver">Solves the linear system; null for GMRES.</param>
    /// <exception cref="ArgumentException">There are more or fewer equations than unknowns.</exception>
    /// <remarks>
    /// Derivatives of any order; their error is proportional to that of the solution. M. Blondel et al. (2022), "Efficient and modular implicit differentiation".
    /// </remarks>
    public static Variable Implicit(Variable solution, Func<Variable, Variable> condition, LinearSolver? solver = null)
    {
        ArgumentNullException.ThrowIfNull(condition);
        var x = Variable.Input("x", solution.Shape);
        var closed = new Body([x], [condition(x)], out Variable[] captured);
        return new ImplicitOperation(closed, solver ?? new LinearSolver()).ApplyOne([StopGradient(solution), .. captured]);
    }

    /// <summary>A fixed point z = T(z, theta) with the derivatives that this equation implies.</summary>
    /// <param name="fixedPoint">The fixed point, found by anything.</param>
    /// <param name="map">Computes T(z); the variables that it uses are theta.</param>
    /// <param name="solver">Solves the linear system; null for GMRES.</param>
    public static Variable ImplicitFixedPoint(Variable fixedPoint, Func<Variable, Variable> map, LinearSolver? solver = null) => Implicit(fixedPoint, z => z - map(z), solver);

    private static (Variable[] Carry, Variable[] Elements, Variable Step) Arguments(ReadOnlySpan<Variable> initial, ReadOnlySpan<Variable> sequences)
    {
        var carry = new Variable[initial.Length];
        for (int i = 0; i < carry.Length; i++)
            carry[i] = Variable.Input("carry", initial[i].Shape);
        var elements = new Variable[sequences.Length];
        for (int i = 0; i < elements.Length; i++)
        {
            elements[i] = sequences[i].Rank > 0
                ? Variable.Input("element", sequences[i].Shape.Without(0, 1))
                : throw new ArgumentException("scan over a scalar: a sequence has a first axis.", nameof(sequences));
        }

        return (carry, elements, Variable.Input("step", Shape.Scalar));
    }
}
