namespace OptiCore.Bandits;

/// <summary>Writes the features of an action in a context.</summary>
/// <param name="context">The context.</param>
/// <param name="action">The action, from 0.</param>
/// <param name="features">Receives the features; is 0 everywhere before.</param>
public delegate void ActionFeatures(ReadOnlySpan<double> context, int action, Span<double> features);

/// <summary>What linear models see of an action in a context: p numbers phi(x, a).</summary>
/// <param name="length">The number p of features, at least 1.</param>
/// <param name="features">Writes them.</param>
public sealed class FeatureMap(int length, ActionFeatures features)
{
    private readonly ActionFeatures _features = Require.NotNull(features);

    /// <summary>The number p of features.</summary>
    public int Length { get; } = Require.Positive(length, nameof(length));

    /// <summary>A constant and the context for each action alone: p = K (d + 1), the usual choice when actions are few.</summary>
    /// <param name="shape">The shape of the log's decisions.</param>
    public static FeatureMap PerAction(DecisionShape shape)
    {
        int width = shape.ContextLength + 1;
        return new FeatureMap(checked(shape.Actions * width), (context, action, features) =>
        {
            features[action * width] = 1;
            context.CopyTo(features.Slice((action * width) + 1, width - 1));
        });
    }

    /// <summary>A constant, what all actions share of the context, and the features of the action: p = 1 + d - K f + f, whatever the number of actions. For logs whose actions have features of their own.</summary>
    /// <param name="shape">The shape of the log's decisions.</param>
    /// <exception cref="ArgumentException">The actions have no features.</exception>
    public static FeatureMap OfActions(DecisionShape shape)
    {
        if (shape.ActionFeatureCount == 0)
            throw new ArgumentException("shape has no features of actions.", nameof(shape));
        return new FeatureMap(1 + shape.SharedLength + shape.ActionFeatureCount, (context, action, features) =>
        {
            features[0] = 1;
            shape.SharedContext(context).CopyTo(features[1..]);
            shape.FeaturesOf(context, action).CopyTo(features[(1 + shape.SharedLength)..]);
        });
    }

    /// <summary><see cref="OfActions"/> where actions have features of their own, else <see cref="PerAction"/>.</summary>
    /// <param name="shape">The shape of the log's decisions.</param>
    public static FeatureMap For(DecisionShape shape) => shape.ActionFeatureCount > 0 ? OfActions(shape) : PerAction(shape);

    /// <summary>Writes the features of an action.</summary>
    /// <param name="context">The context.</param>
    /// <param name="action">The action.</param>
    /// <param name="destination">Receives p numbers.</param>
    /// <exception cref="ArgumentException">The span has another length, or a feature isn't finite.</exception>
    public void Write(ReadOnlySpan<double> context, int action, Span<double> destination)
    {
        Require.Length(destination.Length, Length, nameof(destination));
        destination.Clear();
        _features(context, action, destination);
        Require.AllFinite<double>(destination, nameof(destination));
    }
}
