using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>
/// Layers that keep for their derivative a few bits of each activation instead of the activation: the forward pass is exact, the backward pass sees unbiased roundings. Gradients of maps that
/// are linear in their input (matrix products, convolutions) stay unbiased; their variance grows by what the rounding adds.
/// </summary>
/// <remarks>
/// <para>J. Chen, L. Zheng, Z. Yao et al. (2021), "ActNN: reducing training memory footprint via 2-bit activation compressed training". Groups of neighbouring activations are rounded
/// stochastically to b bits between their least and largest, x' = min + floor((x - min) / s + u) s with s = range / (2^b - 1) and u uniform, so that E x' = x and
/// Var x' = s^2 f (1 - f), f the fractional part. Mixed precision spends the same number of bits in all where sensitivity times range^2 is large: see <see cref="BitAllocation"/>; it is
/// decided anew in each run, from the ranges of that run.</para>
/// <para>Form taken: bits are allocated to groups within one tensor, from 1 to 8 for each; least, step and bits of a group are stored with it as three numbers, which cost
/// 3 elements for each <see cref="GroupSize"/>. For a batch x of rows with output gradients g, the variance of a weight's gradient is sum_n g_n^2 Var x'_n: a row's sensitivity is |g_n|^2.</para>
/// </remarks>
[Algorithm("Activation compressed training", "Compression", "Chen et al. (2021), ActNN: reducing training memory footprint via 2-bit activation compressed training")]
public sealed record ActivationCompression
{
    /// <summary>The average number of bits of an activation.</summary>
    public double Bits { get; init => field = Require.InClosed(value, 1, BitAllocation.MaxBits); } = 2;

    /// <summary>How many neighbouring activations of a row share a range.</summary>
    public int GroupSize { get; init => field = Require.Positive(value); } = 256;

    /// <summary>True for bits by sensitivity and range; false for the same, whole, number for all.</summary>
    public bool IsMixed { get; init; } = true;

    /// <summary>A function whose derivative sees roundings of the argument.</summary>
    /// <param name="function">Writes the function, best one that is linear in its argument; it may use other variables, which are kept as they are.</param>
    /// <param name="x">The argument; its first axis are the rows, within which groups lie.</param>
    /// <param name="key">The key of the roundings.</param>
    /// <param name="sensitivity">A nonnegative number for each row, such as the squared norm of its gradient in an earlier pass; null for equal ones.</param>
    /// <exception cref="ArgumentException">The sensitivities don't fit the rows.</exception>
    public Variable Apply(Func<Variable, Variable> function, Variable x, KeyVariable key, Variable? sensitivity = null)
    {
        ArgumentNullException.ThrowIfNull(function);
        var argument = Variable.Input("x", x.Shape);
        var body = new Body([argument], [function(argument)], out Variable[] captured);
        Variable packed = Pack(x, key, sensitivity);
        return new CompressedOperation(body, Layout(x.Shape)).ApplyOne([Operations.StopGradient(body.Inline([x, .. captured])[0]), x, packed, .. captured]);
    }

    /// <summary>A rectifier that keeps one bit of each activation, whether it is positive: exact.</summary>
    /// <param name="x">The argument.</param>
    public static Variable Relu(Variable x)
    {
        var layout = new PackedLayout(x.Shape, 1, 1, false);
        return new CompressedReluOperation(layout).ApplyOne(Operations.StopGradient(Operations.Relu(x)), x, new PackSignsOperation(layout).ApplyOne(x));
    }

    /// <summary>The roundings that the derivative sees.</summary>
    /// <param name="x">The activations.</param>
    /// <param name="key">The key of the roundings.</param>
    /// <param name="sensitivity">A number for each row; null for equal ones.</param>
    /// <exception cref="ArgumentException">The sensitivities don't fit the rows.</exception>
    public Variable Round(Variable x, KeyVariable key, Variable? sensitivity = null) => new UnpackOperation(Layout(x.Shape)).ApplyOne(Pack(x, key, sensitivity));

    /// <summary>How many floats are stored in place of a tensor's; for doubles as many elements, though a double has room for twice as much.</summary>
    /// <param name="shape">The tensor's shape.</param>
    public int StoredElements(Shape shape) => Layout(shape).Elements;

    private PackedLayout Layout(Shape shape) => new(shape, GroupSize, Bits, IsMixed);

    private Variable Pack(Variable x, KeyVariable key, Variable? sensitivity)
    {
        PackedLayout layout = Layout(x.Shape);
        Variable weights = sensitivity ?? Operations.BroadcastTo(1, [layout.Rows]);
        return new PackOperation(layout).ApplyOne(Operations.StopGradient(x), Operations.RandomUniform(key, x.Shape), Operations.StopGradient(weights));
    }
}
