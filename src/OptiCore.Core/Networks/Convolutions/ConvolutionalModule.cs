using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>What the layers of convolutions share: channels, how the window slides, weights and biases.</summary>
/// <param name="Channels">The number of channels of the output.</param>
public abstract record ConvolutionalModule(int Channels) : Module
{
    /// <summary>The number of channels of the output.</summary>
    public int Channels { get; init => field = Require.Positive(value); } = Require.Positive(Channels, nameof(Channels));

    /// <summary>The step from one window to the next. Default: 1.</summary>
    public int Stride { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The zeros before and after each axis. Default: 0.</summary>
    public int Padding { get; init => field = Require.NonNegative(value); }

    /// <summary>The step between the elements of a window. Default: 1.</summary>
    public int Dilation { get; init => field = Require.Positive(value); } = 1;

    /// <summary>In how many groups channels are divided: those of one group see those of the same group only. Default: 1.</summary>
    public int Groups { get; init => field = Require.Positive(value); } = 1;

    /// <summary>True for a bias for each channel.</summary>
    public bool HasBias { get; init; } = true;

    /// <summary>What the weights are at first.</summary>
    public Initializer Weights { get; init => field = Require.NotNull(value); } = Initializer.GlorotUniform;

    /// <summary>What the biases are at first.</summary>
    public Initializer Biases { get; init => field = Require.NotNull(value); } = Initializer.Zeros;

    private protected SlidingAxis Axis => new(Stride, Padding, Padding, Dilation);

    private protected void RequireGroups(Variable x, int axes)
    {
        if (x.Rank < axes || x.Shape[-1] % Groups != 0 || Channels % Groups != 0)
            throw new ArgumentException($"{Groups} groups and {Channels} channels of the output don't fit the shape {x.Shape}: at least {axes} axes, channels last, both numbers of channels divisible by the groups.", nameof(x));
    }

    private protected Variable AddBias(Scope scope, Variable y) => HasBias ? y + scope.Parameter("bias", [Channels], Biases) : y;
}
