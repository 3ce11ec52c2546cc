namespace OptiCore.Samplers;

/// <summary>
/// The Gaussian paths x_t = alpha(t) x0 + sigma(t) z between data and noise, with lambda(t) = log(alpha(t) / sigma(t)) strictly decreasing in t.
/// </summary>
/// <remarks>A schedule is plain data: a formula (<see cref="LinearVariancePreserving"/>, <see cref="CosineVariancePreserving"/>, <see cref="VarianceExploding"/>, <see cref="SigmaSchedule"/>,
/// <see cref="FlowMatchingSchedule"/>) or a table (<see cref="TabulatedSchedule"/>). Solvers see only the levels of a <see cref="TimeGrid"/>.</remarks>
public interface INoiseSchedule
{
    /// <summary>The time at which sampling begins, unless a grid says otherwise.</summary>
    double Noisiest { get; }

    /// <summary>The time at which sampling ends, unless a grid says otherwise.</summary>
    double Cleanest { get; }

    /// <summary>The level at a time.</summary>
    /// <param name="time">The time.</param>
    NoiseLevel At(double time);

    /// <summary>The level with a given lambda = log(alpha / sigma), the inverse of lambda(t).</summary>
    /// <param name="lambda">Half the logarithm of the signal-to-noise ratio.</param>
    NoiseLevel AtLambda(double lambda);

    /// <summary>The derivatives of alpha and sigma by time.</summary>
    /// <param name="time">The time.</param>
    (double Alpha, double Sigma) Rates(double time);
}
