using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>
/// Batch normalization: each feature, of the last axis, is standardized by its moments over all other axes while training and by running moments in evaluation, then y = x gain + bias.
/// Parameters: <c>gain</c>, <c>bias</c>; states: <c>mean</c>, <c>variance</c>; all [features].
/// </summary>
/// <remarks>
/// S. Ioffe, C. Szegedy (2015), "Batch normalization: accelerating deep network training by reducing internal covariate shift". While training, running := (1 - momentum) running + momentum
/// batch, where the running variance takes the unbiased estimate (divided by n - 1) and the standardization the biased one.
/// </remarks>
public sealed record BatchNorm : Module
{
    /// <summary>The share of a batch's moments in the running ones. Default: 0.1.</summary>
    public double Momentum { get; init => field = Require.InClosed(value, 0, 1); } = 0.1;

    /// <summary>Added to the variance. Default: 1e-5.</summary>
    public double Epsilon { get; init => field = Require.Positive(value); } = 1e-5;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">While training, there is one example only, which has no variance.</exception>
    public override Variable Apply(Scope scope, Variable x)
    {
        ArgumentNullException.ThrowIfNull(scope);
        Shape shape = [x.Shape[-1]];
        Variable mean = scope.State("mean", shape, Initializer.Zeros), variance = scope.State("variance", shape, Initializer.Ones);
        if (scope.IsTraining && !scope.IsLayout)
        {
            int count = x.Shape.ElementCount / x.Shape[-1];
            if (count < 2)
                throw new ArgumentException($"Batch normalization needs at least two examples to learn from, not {x.Shape}.", nameof(x));
            Variable rows = Operations.Reshape(x, [count, x.Shape[-1]]);
            Variable batchMean = Operations.Mean(rows, 0), batchVariance = Operations.Mean(Operations.Square(rows - batchMean), 0);
            scope.Update("mean", ((1 - Momentum) * mean) + (Momentum * batchMean));
            scope.Update("variance", ((1 - Momentum) * variance) + (Momentum * count / (count - 1.0) * batchVariance));
            (mean, variance) = (batchMean, batchVariance);
        }

        return Moments.Rescale(scope, (x - mean) / Operations.Sqrt(variance + Epsilon), hasGain: true, hasBias: true);
    }
}
