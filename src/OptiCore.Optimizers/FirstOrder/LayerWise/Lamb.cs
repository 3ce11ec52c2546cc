namespace OptiCore.Optimizers;

/// <summary>
/// LAMB: Adam's direction with decoupled decay, given the length of the parameters tensor by tensor. With r = (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon) + lambda x,
/// <code>
/// u := rate phi(|x|) / |r| r        phi(z) = min(z, largest)
/// </code>
/// </summary>
/// <remarks>
/// Two slots (m, v), the moments of <see cref="Adam"/>. For large batches. Give the layout of the tensors (<see cref="ParameterLayout"/>); biases and normalisation weights are better left to <see cref="AdamW"/>
/// (<see cref="ParameterGroups"/>), as in the paper. Two passes over memory and the norms. It is <see cref="ScaleByAdam"/>, <see cref="AddDecayedWeights"/> and <see cref="ScaleByTrustRatio"/> in a chain.
/// </remarks>
[Algorithm("LAMB", "First-order", "You, Li, Reddi, Hseu, Kumar, Bhojanapalli, Song, Demmel, Keutzer, Hsieh (2020), Large batch optimization for deep learning: training BERT in 76 minutes")]
public sealed record Lamb : IUpdateRule
{
    /// <summary>The step size. Default: 0.001.</summary>
    public Schedule LearningRate { get; init => field = Schedule.Valid(value); } = 1e-3;

    /// <summary>The memory of the mean of gradients. Default: 0.9.</summary>
    public double Beta1 { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.9;

    /// <summary>The memory of the mean of squared gradients. Default: 0.999.</summary>
    public double Beta2 { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.999;

    /// <summary>Added to the root. Default: 1e-6.</summary>
    public double Epsilon { get; init => field = Require.Positive(value); } = 1e-6;

    /// <summary>The decoupled decay lambda. Default: 0.01.</summary>
    public double WeightDecay { get; init => field = Require.NonNegative(value); } = 0.01;

    /// <summary>The largest length of a tensor that counts; may be infinite. Default: 10, as in the authors' code.</summary>
    public double Largest { get; init => field = Require.InOpenClosed(value, 0, double.PositiveInfinity); } = 10;

    /// <inheritdoc/>
    public RuleState<double> StartDouble(ParameterLayout layout) => Parts().StartDouble(layout);

    /// <inheritdoc/>
    public RuleState<float> StartSingle(ParameterLayout layout) => Parts().StartSingle(layout);

    private Sequence Parts() => new ScaleByAdam { Beta1 = Beta1, Beta2 = Beta2, Epsilon = Epsilon }
        .Then(new AddDecayedWeights(WeightDecay))
        .Then(new ScaleByTrustRatio { LearningRate = LearningRate, Largest = Largest });
}
