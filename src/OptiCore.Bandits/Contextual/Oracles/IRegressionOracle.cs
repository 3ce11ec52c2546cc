namespace OptiCore.Bandits;

/// <summary>
/// A configured method of online regression, for policies that explore on top of any: SquareCB, FALCON, bagging. What it learns lives in numbers that the policy keeps, a fixed count for each model.
/// </summary>
/// <remarks>A new oracle is an immutable record that implements this interface without allocation in <see cref="Predict"/> and <see cref="Learn"/>.</remarks>
public interface IRegressionOracle
{
    /// <summary>What the arms have in common.</summary>
    ModelSharing Sharing { get; }

    /// <summary>The rewards that can be learnt.</summary>
    RewardRange Rewards { get; }

    /// <summary>The count of numbers that a model keeps.</summary>
    /// <param name="features">The number d of features.</param>
    int Length(int features);

    /// <summary>A model without observations.</summary>
    /// <param name="model">The model's numbers.</param>
    /// <param name="features">The number d of features.</param>
    void Reset(Span<double> model, int features);

    /// <summary>The estimated reward.</summary>
    /// <param name="model">The model's numbers.</param>
    /// <param name="x">The features.</param>
    double Predict(ReadOnlySpan<double> model, ReadOnlySpan<double> x);

    /// <summary>Learns from a reward.</summary>
    /// <param name="model">The model's numbers.</param>
    /// <param name="x">The features.</param>
    /// <param name="reward">The reward.</param>
    /// <param name="weight">How often it counts, positive.</param>
    void Learn(Span<double> model, ReadOnlySpan<double> x, double reward, double weight);

    /// <summary>Whether two models can be joined, as if one had learnt from all rewards.</summary>
    bool CanMerge { get; }

    /// <summary>Joins another model's experience.</summary>
    /// <param name="model">The model's numbers.</param>
    /// <param name="other">The other model's numbers.</param>
    /// <param name="features">The number d of features.</param>
    /// <exception cref="NotSupportedException">Models can't be joined.</exception>
    void Absorb(Span<double> model, ReadOnlySpan<double> other, int features);
}
