using OptiCore.Differentiation;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Networks;

/// <summary>
/// A recurrent cell along the steps of sequences, in one layer or several: <c>new Recurrent(new Lstm(64)) { Layers = 2 }</c>. [..., steps, features] to [..., steps, hidden], or to
/// [..., hidden] of the last step. Parts: <c>layer0</c>, <c>layer1</c>, ...
/// </summary>
/// <remarks>
/// A layer's input is projected for all steps in one matrix product; the loop over steps is written out, so that the size of the compiled computation grows with their number.
/// </remarks>
/// <param name="Cell">The cell of each layer.</param>
public sealed record Recurrent(RecurrentCell Cell) : Module
{
    /// <summary>The cell of each layer.</summary>
    public RecurrentCell Cell { get; init => field = Require.NotNull(value); } = Require.NotNull(Cell);

    /// <summary>The number of layers; each has the outputs of the one before as its inputs. Default: 1.</summary>
    public int Layers { get; init => field = Require.Positive(value); } = 1;

    /// <summary>True for the output of the last step alone. Default: false.</summary>
    public bool IsLastOnly { get; init; }

    /// <summary>The number of tensors in the states of all layers.</summary>
    public int StateCount => Layers * Cell.StateCount;

    /// <inheritdoc/>
    public override Variable Apply(Scope scope, Variable x)
    {
        RequireSteps(x);
        var zeros = new Variable[StateCount];
        Array.Fill(zeros, BroadcastTo(0, Shape.Create([.. x.Shape.Lengths[..^2], Cell.Hidden])));
        return Apply(scope, x, zeros).Output;
    }

    /// <summary>The output and the states after the last step, from given states: for a sequence in pieces, or a step at a time.</summary>
    /// <param name="scope">Where the parameters are.</param>
    /// <param name="x">The inputs [..., steps, features].</param>
    /// <param name="states"><see cref="StateCount"/> tensors [..., hidden], layer by layer.</param>
    /// <exception cref="ArgumentException">There is no step, or the number of states is another.</exception>
    public (Variable Output, Variable[] States) Apply(Scope scope, Variable x, ReadOnlySpan<Variable> states)
    {
        ArgumentNullException.ThrowIfNull(scope);
        RequireSteps(x);
        Require.Length(states.Length, StateCount, nameof(states));
        // Steps first: then those of what a layer computes for all steps lie one after the other in memory, and taking one or putting them together moves nothing.
        x = StepsFirst(x);
        var after = new List<Variable>();
        for (int layer = 0; layer < Layers; layer++)
        {
            Scope part = scope.Part($"layer{layer}");
            Variable projected = Cell.Project(part, x);
            Variable[] state = states.Slice(layer * Cell.StateCount, Cell.StateCount).ToArray();
            var outputs = new Variable[x.Shape[0]];
            for (int step = 0; step < outputs.Length; step++)
            {
                state = Cell.Step(part, projected[step], state);
                outputs[step] = state[0];
            }

            after.AddRange(state);
            x = IsLastOnly && layer == Layers - 1 ? state[0] : Stack(0, outputs);
        }

        return (IsLastOnly ? x : StepsBeforeFeatures(x), [.. after]);
    }

    /// <summary>[..., steps, features] to [steps, ..., features].</summary>
    private static Variable StepsFirst(Variable x)
    {
        var order = new int[x.Rank];
        order[0] = x.Rank - 2;
        for (int i = 1; i < x.Rank - 1; i++)
            order[i] = i - 1;
        order[^1] = x.Rank - 1;
        return Transpose(x, order);
    }

    /// <summary>[steps, ..., features] to [..., steps, features].</summary>
    private static Variable StepsBeforeFeatures(Variable x)
    {
        var order = new int[x.Rank];
        for (int i = 0; i < x.Rank - 2; i++)
            order[i] = i + 1;
        order[^2] = 0;
        order[^1] = x.Rank - 1;
        return Transpose(x, order);
    }

    private static void RequireSteps(Variable x)
    {
        if (x.Rank < 2 || x.Shape[-2] == 0)
            throw new ArgumentException($"A recurrent network needs sequences [..., steps, features], not {x.Shape}.", nameof(x));
    }
}
