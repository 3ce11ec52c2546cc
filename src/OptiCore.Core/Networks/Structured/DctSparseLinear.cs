using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>
/// An affine map of the last axis that is dense for the price of sparse, y = x (alpha C + S) + b: a cosine transform C without parameters, one scale alpha, and a sparse matrix S with fixed
/// places. Parameters: <c>scale</c> [], <c>weight</c> [places], <c>bias</c> [outputs].
/// </summary>
/// <param name="Support">The places of S: <see cref="SparseSupport.Uniform"/> or <see cref="SparseSupport.EqualPerLayer"/>.</param>
/// <remarks>
/// <para>I. Price, J. Tanner (2021), "Dense for the price of sparse: improved performance of sparsely initialized networks via a subspace offset". A sparse matrix of few elements neither keeps
/// the variance of what passes through it nor its rank; the transform does both, in O(n log n) operations a row, n the larger of the numbers of inputs and outputs.</para>
/// <para>Form taken: C is the leading inputs x outputs block of the transpose of the orthonormal DCT-II matrix of order n (inputs are filled up with zeros, results are cut off). At first
/// S = 0, as in the paper, and alpha = sqrt(gain n / inputs), so that the layer keeps the variance as a dense one of variance gain / inputs would; where a normalization follows, the paper's
/// alpha = 1 does as well. Of a convolution this is the map of patches: [..., rows x columns x channels] to channels.</para>
/// </remarks>
[Algorithm("DCT plus sparse layer", "Structured layers", "Price and Tanner (2021), Dense for the price of sparse")]
public sealed record DctSparseLinear(SparseSupport Support) : Module
{
    /// <summary>The places of S.</summary>
    public SparseSupport Support { get; init => field = Require.NotNull(value); } = Require.NotNull(Support);

    /// <summary>True for a bias.</summary>
    public bool HasBias { get; init; } = true;

    /// <summary>The mean square of an output at first, relative to that of the inputs: 2 before rectifiers, 1 else.</summary>
    public double Gain { get; init => field = Require.Positive(value); } = 2;

    /// <summary>What the elements of S are at first.</summary>
    public Initializer Weights { get; init => field = Require.NotNull(value); } = Initializer.Zeros;

    /// <inheritdoc/>
    public override Variable Apply(Scope scope, Variable x)
    {
        ArgumentNullException.ThrowIfNull(scope);
        int inputs = Support.Inputs, outputs = Support.Outputs, n = Math.Max(inputs, outputs);
        if (x.Rank == 0 || x.Shape[-1] != inputs)
            throw new ArgumentException($"The input has the shape {x.Shape}; its last axis must have {inputs} elements.", nameof(x));
        Variable dense = Operations.Slice(Operations.CosineTransform(Operations.Pad(x, -1, 0, n - inputs)), -1, 0, outputs);
        Variable y = (scope.Parameter("scale", [], Initializer.Value(Math.Sqrt(Gain * n / inputs))) * dense)
            + new SparseLinear(Support) { HasBias = false, Weights = Weights }.Apply(scope, x);
        return HasBias ? y + scope.Parameter("bias", [outputs], Initializer.Zeros) : y;
    }
}
