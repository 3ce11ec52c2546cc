using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>
/// The most general linear map, with a bias, that is equivariant to a matrix group: y(rho_in(g) x) = rho_out(g) y(x) for all elements g. Each block of the weights between two tensors is
/// a combination of the basis of equivariant maps between them, and the bias one of invariant tensors; the coefficients are learned.
/// </summary>
/// <remarks>
/// Parameters: <c>block_i_j</c> [output tensors x input tensors of the types, maps] for each pair of types between which there are maps, and <c>bias_i</c>. Coefficients are normal at first, with such a deviation
/// that |y| / |x| is about sqrt(outputs / inputs). The first layer that is made with a group pays for its bases: O(n^3) for blocks of n weights up to 700, and products with generators beyond.
/// Source: M. Finzi, M. Welling, A. G. Wilson (2021).
/// </remarks>
public sealed record EquivariantLinear : Module
{
    /// <summary>The group.</summary>
    public required MatrixGroup Group { get; init => field = Require.NotNull(value); }

    /// <summary>How the input transforms.</summary>
    public required TensorRepresentation Input { get; init => field = Require.NotNull(value); }

    /// <summary>How the output transforms.</summary>
    public required TensorRepresentation Output { get; init => field = Require.NotNull(value); }

    /// <summary>True for y = x W + b, false for y = x W.</summary>
    public bool HasBias { get; init; } = true;

    /// <summary>Writes the output.</summary>
    /// <param name="scope">Where the parameters are.</param>
    /// <param name="x">The input, [.., size of the input].</param>
    /// <returns>The output, [.., size of the output].</returns>
    /// <exception cref="ArgumentException">The last axis hasn't the input's size.</exception>
    public override Variable Apply(Scope scope, Variable x)
    {
        ArgumentNullException.ThrowIfNull(scope);
        Equivariance.RequireFeatures(x, Input.Size(Group.Dimension));
        IReadOnlyList<(TensorRank Rank, int Count)> inputs = Input.For(Group).Terms, outputs = Output.For(Group).Terms;
        int coefficients = 0;
        foreach ((TensorRank rank, int count) in inputs)
        {
            foreach ((TensorRank other, int otherCount) in outputs)
                coefficients += count * otherCount * Group.BasisOf(rank, other).Count;
        }

        // An orthonormal basis makes the sum of squared weights that of squared coefficients.
        Initializer normal = Initializer.Normal(Math.Sqrt((double)Output.Size(Group.Dimension) / Math.Max(1, coefficients)));
        var rows = new Variable[inputs.Count];
        for (int i = 0; i < rows.Length; i++)
        {
            var blocks = new Variable[outputs.Count];
            for (int j = 0; j < blocks.Length; j++)
                blocks[j] = Block(scope, $"block_{j}_{i}", inputs[i], outputs[j], normal);
            rows[i] = Operations.Concatenate(1, blocks);
        }

        Variable y = Operations.MatMul(x, Operations.Concatenate(0, rows));
        return HasBias ? y + Bias(scope, outputs) : y;
    }

    /// <summary>The weights [inputs, outputs] between tensors of two types.</summary>
    private Variable Block(Scope scope, string name, (TensorRank Rank, int Count) input, (TensorRank Rank, int Count) output, Initializer normal)
    {
        EquivariantBasis basis = Group.BasisOf(input.Rank, output.Rank);
        if (basis.Count == 0)
            return Operations.BroadcastTo(0, [input.Count * basis.InputSize, output.Count * basis.OutputSize]);
        Variable coefficients = scope.Parameter(name, [output.Count * input.Count, basis.Count], normal);
        Variable maps = Operations.MatMul(coefficients, Variable.Constant<double>(basis.Rows.Span, [basis.Count, basis.OutputSize * basis.InputSize]));

        // [output tensor, input tensor, output element, input element] to [input tensor, input element, output tensor, output element].
        Variable ordered = Operations.Transpose(Operations.Reshape(maps, [output.Count, input.Count, basis.OutputSize, basis.InputSize]), 1, 3, 0, 2);
        return Operations.Reshape(ordered, [input.Count * basis.InputSize, output.Count * basis.OutputSize]);
    }

    private Variable Bias(Scope scope, IReadOnlyList<(TensorRank Rank, int Count)> outputs)
    {
        var parts = new Variable[outputs.Count];
        for (int i = 0; i < parts.Length; i++)
        {
            EquivariantBasis basis = Group.BasisOf(default, outputs[i].Rank);
            int size = outputs[i].Count * basis.OutputSize;
            parts[i] = basis.Count == 0
                ? Operations.BroadcastTo(0, [size])
                : Operations.Reshape(
                    Operations.MatMul(
                        scope.Parameter($"bias_{i}", [outputs[i].Count, basis.Count], Initializer.Zeros), Variable.Constant<double>(basis.Rows.Span, [basis.Count, basis.OutputSize])),
                    [size]);
        }

        return Operations.Concatenate(0, parts);
    }
}
