using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>
/// Group normalization: channels, the last axis, are divided into groups, and each group of each example is standardized by its moments over the group and all places, then
/// y = x gain + bias by channel. Parameters: <c>gain</c>, <c>bias</c>, both [channels].
/// </summary>
/// <remarks>Y. Wu, K. He (2018), "Group normalization". One group is layer normalization over channels and places; as many groups as channels are instance normalization.</remarks>
/// <param name="Groups">The number of groups, a divisor of the number of channels.</param>
public sealed record GroupNorm(int Groups) : Module
{
    /// <summary>The number of groups.</summary>
    public int Groups { get; init => field = Require.Positive(value); } = Require.Positive(Groups, nameof(Groups));

    /// <summary>How many axes before the channels are places of one example, such as 2 for images [..., height, width, channels]. Default: 0.</summary>
    public int PlaceAxes { get; init => field = Require.NonNegative(value); }

    /// <summary>Added to the variance. Default: 1e-5.</summary>
    public double Epsilon { get; init => field = Require.Positive(value); } = 1e-5;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The groups don't divide the channels, or there are fewer axes.</exception>
    public override Variable Apply(Scope scope, Variable x)
    {
        ArgumentNullException.ThrowIfNull(scope);
        if (x.Rank <= PlaceAxes || x.Shape[-1] % Groups != 0)
            throw new ArgumentException($"{Groups} groups of the last axis and {PlaceAxes} axes of places don't fit the shape {x.Shape}.", nameof(x));
        int channels = x.Shape[-1], width = channels / Groups;
        int examples = x.Shape.Leading(x.Rank - 1 - PlaceAxes).ElementCount, places = examples == 0 ? 0 : x.Shape.ElementCount / (examples * channels);

        // [examples, groups, places x width], so that what is standardized together lies together.
        Variable grouped = Operations.Transpose(Operations.Reshape(x, [examples, places, Groups, width]), 0, 2, 1, 3);
        Variable standard = Moments.Standardize(Operations.Reshape(grouped, [examples, Groups, places * width]), Epsilon);
        Variable back = Operations.Transpose(Operations.Reshape(standard, [examples, Groups, places, width]), 0, 2, 1, 3);
        return Moments.Rescale(scope, Operations.Reshape(back, x.Shape), hasGain: true, hasBias: true);
    }
}
