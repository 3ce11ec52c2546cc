using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>
/// A convolution of sequences, y[i, o] = b[o] + sum_{k, c} x[i stride + k dilation - padding, c] w[k, c, o]: see <see cref="Operations.Convolve1D(Variable, Variable, int, int, int, int)"/>. Input:
/// [.., length, channels]. Parameters: <c>weight</c> [window, channels / groups, outputs], <c>bias</c> [outputs].
/// </summary>
/// <param name="Channels">The number of channels of the output.</param>
/// <param name="Window">The elements of the window.</param>
public sealed record Convolution1D(int Channels, int Window) : ConvolutionalModule(Channels)
{
    /// <summary>The elements of the window.</summary>
    public int Window { get; init => field = Require.Positive(value); } = Require.Positive(Window, nameof(Window));

    /// <summary>True to pad so that the output has ceil(length / stride) places, whatever <see cref="ConvolutionalModule.Padding"/> is.</summary>
    public bool IsSame { get; init; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The groups don't divide the channels, or the window is longer than the padded sequences.</exception>
    public override Variable Apply(Scope scope, Variable x)
    {
        ArgumentNullException.ThrowIfNull(scope);
        RequireGroups(x, 2);
        Variable weight = scope.Parameter("weight", [Window, x.Shape[-1] / Groups, Channels], Weights);
        return AddBias(scope, Operations.Convolve1D(x, weight, IsSame ? SlidingAxis.Same(x.Shape[-2], Window, Stride, Dilation) : Axis, Groups));
    }
}
