using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>
/// A perceptron that is equivariant to a matrix group, f(rho_in(g) x) = rho_out(g) f(x): equivariant linear maps, products of tensors, and gated activations; a linear map at the end.
/// </summary>
/// <remarks>
/// A hidden layer computes z = linear(x) with one scalar more for each tensor that isn't a scalar, z + bilinear(z), and then scalars s sigmoid(s) and tensors times the sigmoid of their scalar. Parts:
/// <c>linear0</c>, <c>bilinear0</c>, <c>linear1</c>, ... For functions of few samples whose symmetry is known; where it is only approximate, an ordinary <see cref="Mlp"/> is better.
/// </remarks>
[Algorithm(
    "EMLP", "Equivariant networks", "M. Finzi, M. Welling, A. G. Wilson (2021), A Practical Method for Constructing Equivariant Multilayer Perceptrons for Arbitrary Matrix Groups",
    Capabilities = "any matrix group; tensors; linear, bilinear and gated layers")]
public sealed record EquivariantMlp : Module
{
    /// <summary>The group.</summary>
    public required MatrixGroup Group { get; init => field = Require.NotNull(value); }

    /// <summary>How the input transforms.</summary>
    public required TensorRepresentation Input { get; init => field = Require.NotNull(value); }

    /// <summary>How the hidden layers transform.</summary>
    public required IReadOnlyList<TensorRepresentation> Hidden { get; init => field = Require.NotNull(value); }

    /// <summary>How the output transforms.</summary>
    public required TensorRepresentation Output { get; init => field = Require.NotNull(value); }

    /// <summary>Writes the output.</summary>
    /// <param name="scope">Where the parameters are.</param>
    /// <param name="x">The input, [.., size of the input].</param>
    /// <returns>The output, [.., size of the output].</returns>
    /// <exception cref="ArgumentException">The last axis hasn't the input's size.</exception>
    public override Variable Apply(Scope scope, Variable x)
    {
        ArgumentNullException.ThrowIfNull(scope);
        TensorRepresentation current = Input;
        for (int i = 0; i < Hidden.Count; i++)
        {
            // Scalars first, then the tensors; the gates are scalars too.
            TensorRepresentation hidden = Hidden[i].For(Group), tensors = 0 * hidden;
            int scalars = 0, gates = 0;
            foreach ((TensorRank rank, int count) in hidden.Terms)
            {
                if (rank.Order == 0)
                {
                    scalars += count;
                    continue;
                }

                gates += count;
                tensors += count * TensorRepresentation.Tensor(rank.Vectors, rank.Duals);
            }

            TensorRepresentation gated = ((scalars + gates) * TensorRepresentation.Scalar) + tensors;
            x = new EquivariantLinear { Group = Group, Input = current, Output = gated }.Apply(scope.Part($"linear{i}"), x);
            x += new EquivariantBilinear { Group = Group, Input = gated, Output = gated }.Apply(scope.Part($"bilinear{i}"), x);
            x = Gate(x, scalars, gates, tensors);
            current = (scalars * TensorRepresentation.Scalar) + tensors;
        }

        return new EquivariantLinear { Group = Group, Input = current, Output = Output }.Apply(scope.Part($"linear{Hidden.Count}"), x);
    }

    private Variable Gate(Variable x, int scalars, int gates, TensorRepresentation tensors)
    {
        var parts = new List<Variable>();
        if (scalars > 0)
            parts.Add(Operations.Silu(Operations.Slice(x, -1, 0, scalars)));
        int gate = scalars, offset = scalars + gates;
        foreach ((TensorRank rank, int count) in tensors.Terms)
        {
            int size = rank.Size(Group.Dimension);
            Variable values = Operations.Reshape(Operations.Slice(x, -1, offset, count * size), Shape.Create([.. x.Shape.Lengths[..^1], count, size]));
            Variable open = Operations.ExpandAxis(Operations.Sigmoid(Operations.Slice(x, -1, gate, count)), -1);
            parts.Add(Operations.Reshape(values * open, Shape.Create([.. x.Shape.Lengths[..^1], count * size])));
            gate += count;
            offset += count * size;
        }

        return Operations.Concatenate(-1, [.. parts]);
    }
}

/// <summary>What equivariant layers share.</summary>
internal static class Equivariance
{
    /// <summary>The number of features, if it is the expected one.</summary>
    public static int RequireFeatures(Variable x, int expected) => x.Rank > 0 && x.Shape[-1] == expected
        ? expected
        : throw new ArgumentException($"An input of the shape {x.Shape} for a representation of {expected} features.", nameof(x));

    /// <summary>The tensors of each type, [batch, number, elements], of features [batch, features].</summary>
    public static Variable[] Split(Variable x, int dimension, IReadOnlyList<(TensorRank Rank, int Count)> terms)
    {
        var parts = new Variable[terms.Count];
        int offset = 0;
        for (int i = 0; i < parts.Length; i++)
        {
            int size = terms[i].Rank.Size(dimension), length = terms[i].Count * size;
            parts[i] = Operations.Reshape(Operations.Slice(x, -1, offset, length), [x.Shape[0], terms[i].Count, size]);
            offset += length;
        }

        return parts;
    }
}
