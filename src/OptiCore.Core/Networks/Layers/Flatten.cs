using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>The last axes as one, such as the three of images before a linear layer: [.., height, width, channels] becomes [.., height width channels]. No parameters.</summary>
/// <param name="Axes">How many axes become one.</param>
public sealed record Flatten(int Axes = 3) : Module
{
    /// <summary>How many axes become one.</summary>
    public int Axes { get; init => field = Require.Positive(value); } = Require.Positive(Axes, nameof(Axes));

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There are fewer axes.</exception>
    public override Variable Apply(Scope scope, Variable x)
    {
        if (x.Rank < Axes)
            throw new ArgumentException($"{Axes} axes can't be joined in the shape {x.Shape}.", nameof(x));
        Shape leading = x.Shape.Leading(x.Rank - Axes);
        return Operations.Reshape(x, Shape.Create([.. leading.Lengths, x.Shape.Trailing(Axes).ElementCount]));
    }
}
