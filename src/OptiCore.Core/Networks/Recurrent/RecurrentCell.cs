using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>
/// One step of a recurrent network, apart from the loop: <see cref="Project"/> is what depends on the inputs alone and is done for all steps at once, <see cref="Step"/> is what depends on
/// the state. <see cref="Recurrent"/> makes the loop.
/// </summary>
/// <param name="Hidden">The number of hidden units.</param>
public abstract record RecurrentCell(int Hidden)
{
    /// <summary>The number of hidden units, which is the length of the output and of each tensor of the state.</summary>
    public int Hidden { get; init => field = Require.Positive(value); } = Require.Positive(Hidden, nameof(Hidden));

    /// <summary>What the weights by which inputs are multiplied are at first. Default: <see cref="Initializer.GlorotUniform"/>.</summary>
    public Initializer Weights { get; init => field = Require.NotNull(value); } = Initializer.GlorotUniform;

    /// <summary>What the weights by which the state is multiplied are at first. Default: <see cref="Initializer.Orthogonal"/>.</summary>
    public Initializer RecurrentWeights { get; init => field = Require.NotNull(value); } = Initializer.Orthogonal();

    /// <summary>The number of tensors [..., hidden] of which a state consists; the first is the output.</summary>
    public virtual int StateCount => 1;

    /// <summary>The number of gates, which <c>weight</c> and <c>recurrent</c> have beside each other in their last axis.</summary>
    internal abstract int GateCount { get; }

    /// <summary>What the inputs add to the gates, x W + b, of any number of steps at once.</summary>
    /// <param name="scope">Where the cell's parameters are.</param>
    /// <param name="x">The inputs [..., features].</param>
    /// <returns>[..., gates x hidden].</returns>
    public virtual Variable Project(Scope scope, Variable x)
    {
        ArgumentNullException.ThrowIfNull(scope);
        int width = GateCount * Hidden;
        return Operations.MatMul(x, scope.Parameter("weight", [x.Shape[-1], width], Weights)) + scope.Parameter("bias", [width], Biases);
    }

    /// <summary>The state after one step.</summary>
    /// <param name="scope">Where the cell's parameters are.</param>
    /// <param name="projected">What <see cref="Project"/> gives for this step.</param>
    /// <param name="state">The state before.</param>
    public abstract Variable[] Step(Scope scope, Variable projected, ReadOnlySpan<Variable> state);

    /// <summary>What <c>bias</c> is at first.</summary>
    private protected virtual Initializer Biases => Initializer.Zeros;

    /// <summary>h U.</summary>
    private protected Variable Recur(Scope scope, Variable hidden) =>
        Operations.MatMul(hidden, Require.NotNull(scope).Parameter("recurrent", [Hidden, GateCount * Hidden], new EachGate(RecurrentWeights, GateCount)));

    /// <summary>One gate of several beside each other.</summary>
    private protected Variable Gate(Variable gates, int index) => Operations.Slice(gates, -1, index * Hidden, Hidden);

    /// <summary>An initializer for each gate by itself: that a matrix is orthogonal is meant of one gate.</summary>
    private sealed record EachGate(Initializer Gate, int Count) : Initializer
    {
        public override double Deviation(Shape shape) => Gate.Deviation(shape.With(-1, shape[-1] / Count));

        public override void Fill(RandomKey key, Shape shape, Span<double> values)
        {
            int width = shape[-1] / Count, rows = shape[0];
            var gate = new double[rows * width];
            for (int g = 0; g < Count; g++)
            {
                Gate.Fill(key.Fold(g), [rows, width], gate);
                for (int i = 0; i < rows; i++)
                    gate.AsSpan(i * width, width).CopyTo(values[((i * Count * width) + (g * width))..]);
            }
        }
    }
}
