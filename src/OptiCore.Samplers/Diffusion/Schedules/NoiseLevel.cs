namespace OptiCore.Samplers;

/// <summary>
/// How much of a sample is data and how much is noise: x = alpha x0 + sigma z with z ~ N(0, I), and what the model is told of it.
/// </summary>
/// <param name="Time">The time that the model is told, in the units of its schedule.</param>
/// <param name="Alpha">The coefficient of the data.</param>
/// <param name="Sigma">The standard deviation of the noise; 0 for a sample without noise.</param>
public readonly record struct NoiseLevel(double Time, double Alpha, double Sigma)
{
    /// <summary>A sample without noise: alpha = 1, sigma = 0, at time 0.</summary>
    public static NoiseLevel Clean => new(0, 1, 0);

    /// <summary>Half the logarithm of the signal-to-noise ratio, lambda = log(alpha / sigma); positive infinity without noise.</summary>
    public double Lambda => Math.Log(Alpha / Sigma);

    /// <summary>The noise of the sample divided by alpha, sigma / alpha: the "sigma" of variance-exploding coordinates.</summary>
    public double Ratio => Sigma / Alpha;

    /// <summary>The same sample divided by alpha: alpha = 1 and sigma = <see cref="Ratio"/>.</summary>
    public NoiseLevel ToExploding() => new(Time, 1, Ratio);
}
