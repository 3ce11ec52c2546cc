namespace OptiCore.Bandits;

/// <summary>A contextual policy at work: see <see cref="PolicyState"/>. A context is one vector of d features that all arms share, or one of K d features, those of arm after arm.</summary>
public abstract class ContextualState : PolicyState
{
    /// <summary>Allocates what every policy keeps.</summary>
    /// <param name="policy">The configured policy.</param>
    /// <param name="arms">The number K of arms.</param>
    /// <param name="features">The number d of features.</param>
    /// <param name="hasActionFeatures">True if each arm has features of its own, false if all share one vector.</param>
    /// <param name="key">The randomness of the run.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is smaller than 1.</exception>
    protected ContextualState(IContextualPolicy policy, int arms, int features, bool hasActionFeatures, RandomKey key)
        : base(policy, arms, key)
    {
        Features = Require.Positive(features, nameof(features));
        HasActionFeatures = hasActionFeatures;
    }

    /// <summary>The number d of features.</summary>
    public int Features { get; }

    /// <summary>True if a context has features for each arm, K d numbers; false if all arms share one vector of d.</summary>
    public bool HasActionFeatures { get; }

    /// <inheritdoc/>
    public sealed override int ContextLength => HasActionFeatures ? checked(Arms * Features) : Features;

    /// <summary>The arm to play next, given one reward for each earlier choice.</summary>
    /// <param name="context">The context, finite numbers.</param>
    /// <exception cref="ArgumentException">The context has another length than <see cref="ContextLength"/>, or holds NaN, an infinity or numbers whose squares overflow.</exception>
    public int Choose(ReadOnlySpan<double> context) => Choose(context, Updates);

    /// <summary>The features of an arm in a context.</summary>
    /// <param name="context">The context.</param>
    /// <param name="arm">The arm, from 0.</param>
    protected ReadOnlySpan<double> FeaturesOf(ReadOnlySpan<double> context, int arm) => HasActionFeatures ? context.Slice(arm * Features, Features) : context;
}
