using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>
/// A convolution of images, y[i, j, o] = b[o] + sum_{k, l, c} x[i stride + k dilation - padding, j stride + l dilation - padding, c] w[k, l, c, o]: Y. LeCun et al. (1998), "Gradient-based learning
/// applied to document recognition"; see <see cref="Operations.Convolve2D(Variable, Variable, int, int, int, int)"/>. Input: [.., height, width, channels]. Parameters: <c>weight</c> [rows, columns,
/// channels / groups, outputs], <c>bias</c> [outputs]. As many groups as channels are a depthwise convolution.
/// </summary>
/// <param name="Channels">The number of channels of the output.</param>
/// <param name="Rows">The rows of the window.</param>
/// <param name="Columns">The columns of the window.</param>
public sealed record Convolution2D(int Channels, int Rows, int Columns) : ConvolutionalModule(Channels)
{
    /// <summary>A convolution with a square window.</summary>
    /// <param name="channels">The number of channels of the output.</param>
    /// <param name="window">The rows and columns of the window.</param>
    public Convolution2D(int channels, int window)
        : this(channels, window, window)
    {
    }

    /// <summary>The rows of the window.</summary>
    public int Rows { get; init => field = Require.Positive(value); } = Require.Positive(Rows, nameof(Rows));

    /// <summary>The columns of the window.</summary>
    public int Columns { get; init => field = Require.Positive(value); } = Require.Positive(Columns, nameof(Columns));

    /// <summary>True to pad so that the output has ceil(length / stride) places along each axis, whatever <see cref="ConvolutionalModule.Padding"/> is.</summary>
    public bool IsSame { get; init; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The groups don't divide the channels, or the window is larger than the padded images.</exception>
    public override Variable Apply(Scope scope, Variable x)
    {
        ArgumentNullException.ThrowIfNull(scope);
        RequireGroups(x, 3);
        Variable weight = scope.Parameter("weight", [Rows, Columns, x.Shape[-1] / Groups, Channels], Weights);
        SlidingAxis down = IsSame ? SlidingAxis.Same(x.Shape[-3], Rows, Stride, Dilation) : Axis, across = IsSame ? SlidingAxis.Same(x.Shape[-2], Columns, Stride, Dilation) : Axis;
        return AddBias(scope, Operations.Convolve2D(x, weight, down, across, Groups));
    }
}
