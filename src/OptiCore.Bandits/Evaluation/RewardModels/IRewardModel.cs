namespace OptiCore.Bandits;

/// <summary>A way to predict rewards, learnt from logged decisions: an immutable record of its options.</summary>
public interface IRewardModel
{
    /// <summary>Fits the model.</summary>
    /// <param name="log">The decisions to learn from, at least one.</param>
    /// <param name="target">The policy that is to be evaluated, made for this log; most models don't look at it.</param>
    /// <exception cref="ArgumentException">The log is empty, or of a shape or with rewards that the model doesn't take.</exception>
    IRewardPredictor Fit(DecisionLog log, TargetPolicy target);
}

/// <summary>A fitted reward model.</summary>
public interface IRewardPredictor
{
    /// <summary>Predicts the reward of every action of every decision.</summary>
    /// <param name="log">Decisions of the shape that the model was fitted to; their rewards aren't read.</param>
    /// <param name="predictions">Receives n L K numbers.</param>
    /// <exception cref="ArgumentException">The shape or length is wrong.</exception>
    void Predict(DecisionLog log, Span<double> predictions);
}
