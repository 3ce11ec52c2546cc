using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>
/// A transposed convolution of images, which enlarges them by the stride: each element is written out as a window of weights, and windows add up. M. D. Zeiler et al. (2010), "Deconvolutional
/// networks"; see <see cref="Operations.ConvolveTransposed2D"/>. Input: [.., height, width, channels]; output: (height - 1) stride + (rows - 1) dilation + 1 - 2 padding + extra high. Parameters:
/// <c>weight</c> [rows, columns, outputs / groups, channels], <c>bias</c> [outputs].
/// </summary>
/// <param name="Channels">The number of channels of the output.</param>
/// <param name="Rows">The rows of the window.</param>
/// <param name="Columns">The columns of the window.</param>
public sealed record TransposedConvolution2D(int Channels, int Rows, int Columns) : ConvolutionalModule(Channels)
{
    /// <summary>A transposed convolution with a square window.</summary>
    /// <param name="channels">The number of channels of the output.</param>
    /// <param name="window">The rows and columns of the window.</param>
    public TransposedConvolution2D(int channels, int window)
        : this(channels, window, window)
    {
    }

    /// <summary>The rows of the window.</summary>
    public int Rows { get; init => field = Require.Positive(value); } = Require.Positive(Rows, nameof(Rows));

    /// <summary>The columns of the window.</summary>
    public int Columns { get; init => field = Require.Positive(value); } = Require.Positive(Columns, nameof(Columns));

    /// <summary>Rows and columns after the smallest size, fewer than the stride. Default: 0.</summary>
    public int Extra { get; init => field = Require.NonNegative(value); }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The groups don't divide the channels, or nothing is left but padding.</exception>
    public override Variable Apply(Scope scope, Variable x)
    {
        ArgumentNullException.ThrowIfNull(scope);
        RequireGroups(x, 3);
        Variable weight = scope.Parameter("weight", [Rows, Columns, Channels / Groups, x.Shape[-1]], Weights);
        return AddBias(scope, Operations.ConvolveTransposed2D(x, weight, Axis, Axis, Groups, Extra, Extra));
    }
}
