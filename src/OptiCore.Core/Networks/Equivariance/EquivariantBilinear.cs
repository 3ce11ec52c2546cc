using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>
/// Products of tensors, which no linear map and no gate has: where a tensor of the input has the type of linear maps between two others, it is applied to the one to give the other. With all
/// pairs and learned coefficients, y_b = sum_(a, w) theta_(b, a, w) w x_a.
/// </summary>
/// <remarks>
/// Parameters: <c>product_i_j_k</c> [tensors of the output, tensors of the input x maps] for each pair of types and their maps. A scalar is a map of any type to itself; the inner product of two
/// vectors of an orthogonal group is that of a vector, taken for a map to scalars. Cost: for each pair of types the product of the numbers of tensors times that of their elements.
/// Source: M. Finzi, M. Welling, A. G. Wilson (2021), section 6, with all products instead of a random choice.
/// </remarks>
public sealed record EquivariantBilinear : Module
{
    /// <summary>The group.</summary>
    public required MatrixGroup Group { get; init => field = Require.NotNull(value); }

    /// <summary>How the input transforms.</summary>
    public required TensorRepresentation Input { get; init => field = Require.NotNull(value); }

    /// <summary>How the output transforms.</summary>
    public required TensorRepresentation Output { get; init => field = Require.NotNull(value); }

    /// <summary>The factor of the deviation of coefficients at first, small beside a linear map's.</summary>
    public double Gain { get; init => field = Require.Positive(value); } = 0.1;

    /// <summary>Writes the output.</summary>
    /// <param name="scope">Where the parameters are.</param>
    /// <param name="x">The input, [.., size of the input].</param>
    /// <returns>The output, [.., size of the output].</returns>
    /// <exception cref="ArgumentException">The last axis hasn't the input's size.</exception>
    public override Variable Apply(Scope scope, Variable x)
    {
        ArgumentNullException.ThrowIfNull(scope);
        int d = Group.Dimension, batch = x.Shape.ElementCount / Math.Max(1, Equivariance.RequireFeatures(x, Input.Size(d)));
        IReadOnlyList<(TensorRank Rank, int Count)> inputs = Input.For(Group).Terms, outputs = Output.For(Group).Terms;
        Variable[] tensors = Equivariance.Split(Operations.Reshape(x, [batch, x.Shape[-1]]), d, inputs);
        var parts = new Variable[outputs.Count];
        for (int i = 0; i < parts.Length; i++)
        {
            (TensorRank rank, int count) = outputs[i];
            int size = rank.Size(d);
            Variable sum = Operations.BroadcastTo(0, [batch, count, size]);
            for (int j = 0; j < inputs.Count; j++)
            {
                TensorRank maps = MapsBetween(inputs[j].Rank, rank);
                for (int k = 0; k < inputs.Count; k++)
                {
                    if (inputs[k].Rank != maps)
                        continue;

                    // All products of maps and tensors, [batch, tensors x maps, elements of the output].
                    int terms = inputs[j].Count * inputs[k].Count, width = inputs[j].Rank.Size(d);
                    Variable map = Operations.Reshape(AsMaps(tensors[k], batch, inputs[k].Count, inputs[j].Rank, rank), [batch, inputs[k].Count * size, width]);
                    Variable products = Operations.Reshape(Operations.MatMul(tensors[j], Operations.Transpose(map)), [batch, terms, size]);
                    Variable theta = scope.Parameter($"product_{i}_{j}_{k}", [count, terms], Initializer.Normal(Gain / Math.Sqrt(terms * (double)width)));
                    sum += Operations.MatMul(theta, products);
                }
            }

            parts[i] = Operations.Reshape(sum, [batch, count * size]);
        }

        return Operations.Reshape(Operations.Concatenate(1, parts), Shape.Create([.. x.Shape.Lengths[..^1], Output.Size(d)]));
    }

    /// <summary>The type of maps from one type to another.</summary>
    private TensorRank MapsBetween(TensorRank from, TensorRank to) =>
        Group.IsOrthogonal ? new TensorRank(to.Order + from.Order, 0) : new TensorRank(to.Vectors + from.Duals, to.Duals + from.Vectors);

    /// <summary>Tensors whose axes are [vectors of the output, duals of the input, duals of the output, vectors of the input] with the output's axes first and then the input's, vectors before duals.</summary>
    private Variable AsMaps(Variable tensors, int batch, int count, TensorRank from, TensorRank to)
    {
        int d = Group.Dimension;
        if (Group.IsOrthogonal)
            return tensors;
        int outVectors = new TensorRank(to.Vectors, 0).Size(d), inDuals = new TensorRank(from.Duals, 0).Size(d);
        int outDuals = new TensorRank(to.Duals, 0).Size(d), inVectors = new TensorRank(from.Vectors, 0).Size(d);
        return Operations.Transpose(Operations.Reshape(tensors, [batch, count, outVectors, inDuals, outDuals, inVectors]), 0, 1, 2, 4, 5, 3);
    }
}
