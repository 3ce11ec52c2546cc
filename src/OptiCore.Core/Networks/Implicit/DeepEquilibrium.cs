using OptiCore.Differentiation;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Networks;

/// <summary>Where a deep equilibrium model's Jacobian is estimated.</summary>
public enum JacobianPoint
{
    /// <summary>At the equilibrium.</summary>
    Equilibrium,

    /// <summary>At one of the iterates that led to it, each with the same probability.</summary>
    RandomIterate,
}

/// <summary>
/// A layer of infinite depth: the state z = f(z, x) that one cell leaves as it is, found from 0 by Anderson acceleration and differentiated by the implicit function theorem, in memory that
/// doesn't grow with the iterations.
/// </summary>
/// <remarks>
/// <para>S. Bai, J. Z. Kolter, V. Koltun (2019), "Deep equilibrium models"; the penalty on the cell's Jacobian that keeps such models stable and fast is of S. Bai, V. Koltun, J. Z. Kolter (2021),
/// "Stabilizing equilibrium models by Jacobian regularization". Form taken: the equilibrium is held in the penalty, as in the authors' experiments, so that its derivative needs no linear solve.</para>
/// <para>While training, the layer reports states: <c>jacobian</c>, the estimate of |df/dz|_F^2 / n (add gamma times <see cref="JacobianPenalty"/> to the loss; gamma between 0.1 and 10),
/// <c>iterations</c>, the evaluations of the cell in the forward pass, and <c>residual</c>. A training pass needs a key. Random draws in the cell, such as of dropout, are the same in all iterations.</para>
/// </remarks>
[Algorithm("Deep equilibrium model", "Implicit networks", "Bai, Koltun and Kolter (2021), Stabilizing equilibrium models by Jacobian regularization")]
public sealed record DeepEquilibrium : Module
{
    /// <summary>Writes f(z, x) from the scope of its parameters, the state and the layer's input; of the shape of the state.</summary>
    public required Func<Scope, Variable, Variable, Variable> Cell { get; init; }

    /// <summary>The shape of one state, such as [64]; its axes take the place of the input's last ones.</summary>
    public required Shape State { get; init; }

    /// <summary>The forward pass.</summary>
    public Anderson Forward { get; init; } = new();

    /// <summary>The linear system of the backward pass.</summary>
    public LinearSolver Backward { get; init; } = new() { Tolerance = 1e-6, MaxIterations = 100 };

    /// <summary>The number of vectors in the estimate of the Jacobian's norm; 0 for no estimate.</summary>
    public int JacobianSamples { get; init => field = Require.NonNegative(value); } = 1;

    /// <summary>The probability with which a training pass computes the estimate; it is 0 otherwise.</summary>
    public double JacobianProbability { get; init => field = Require.InClosed(value, 0, 1); } = 1;

    /// <summary>Where the Jacobian is estimated.</summary>
    public JacobianPoint JacobianPoint { get; init => field = Require.Defined(value); }

    /// <summary>The sum of the Jacobian estimates of a network's equilibrium layers, from the states that its training pass gives.</summary>
    /// <param name="network">The network.</param>
    /// <param name="states">Its next states.</param>
    /// <exception cref="ArgumentException">The network has no such layer.</exception>
    public static Variable JacobianPenalty(Network network, Variable states) => Reported(network, states, "jacobian");

    /// <summary>The sum of the evaluations of cells in a network's forward pass, from the states that it gives.</summary>
    /// <param name="network">The network.</param>
    /// <param name="states">Its next states.</param>
    /// <exception cref="ArgumentException">The network has no such layer.</exception>
    public static Variable Iterations(Network network, Variable states) => Reported(network, states, "iterations");

    /// <inheritdoc/>
    public override Variable Apply(Scope scope, Variable x)
    {
        ArgumentNullException.ThrowIfNull(scope);
        Scope cell = scope.Part("cell");
        Variable Map(Variable z) => Cell(cell, z, x);
        if (x.Rank < State.Rank)
            throw new ArgumentException($"The input has the shape {x.Shape}; a state, {State}, has more axes.", nameof(x));
        Variable start = BroadcastTo(0, State.After(x.Shape.Leading(x.Rank - State.Rank).Lengths));
        bool estimates = JacobianSamples > 0, isRandom = estimates && scope.IsTraining && JacobianPoint == JacobianPoint.RandomIterate;
        FixedPoint found = (Forward with { StateAxes = State.Rank }).Solve(Map, start, isRandom ? scope.Key("iterate") : null);
        Variable z = ImplicitFixedPoint(found.Solution, Map, Backward);
        foreach (string name in (ReadOnlySpan<string>)["iterations", "residual"])
            scope.State(name, [], Initializer.Zeros);
        if (estimates)
            scope.State("jacobian", [], Initializer.Zeros);
        if (!scope.IsTraining)
            return z;
        scope.Update("iterations", found.Iterations);
        scope.Update("residual", found.Residual);
        if (estimates)
            scope.Update("jacobian", JacobianRegularization.Estimate(Map, isRandom ? found.RandomIterate : found.Solution, scope.Key("jacobian"), JacobianSamples, JacobianProbability));
        return z;
    }

    private static Variable Reported(Network network, Variable states, string name)
    {
        Variable? total = null;
        foreach (NamedTensor tensor in Require.NotNull(network).States)
        {
            if (tensor.Name != name && !tensor.Name.EndsWith("." + name, StringComparison.Ordinal))
                continue;
            Variable own = Reshape(Slice(states, 0, tensor.Offset, 1), []);
            total = total is { } sum ? sum + own : own;
        }

        return total ?? throw new ArgumentException($"No layer of the network reports '{name}'.", nameof(network));
    }
}
