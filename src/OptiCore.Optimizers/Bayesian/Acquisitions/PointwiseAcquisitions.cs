namespace OptiCore.Optimizers;

/// <summary>Expected improvement: E max(best - f, 0) = sigma h(z), h(z) = phi(z) + z Phi(z), z = (best - mu) / sigma.</summary>
/// <remarks>J. Močkus, V. Tiesis and A. Žilinskas (1978); D. R. Jones, M. Schonlau and W. J. Welch (1998), Efficient global optimization. Far from the best it underflows to 0 with
/// all derivatives: prefer <see cref="LogExpectedImprovement"/>.</remarks>
public sealed record ExpectedImprovement : PointwiseAcquisition
{
    /// <inheritdoc/>
    public override double Evaluate(double mean, double deviation, double best, out double byMean, out double byDeviation)
    {
        double z = (best - mean) / deviation, density = NormalPoint.Density(z), mass = SpecialFunctions.NormalCdf(z);
        byMean = -mass;
        byDeviation = density;
        return deviation * (density + (z * mass));
    }
}

/// <summary>The logarithm of the expected improvement, which is accurate and has useful gradients where the improvement itself underflows.</summary>
/// <remarks>S. Ament, S. Daulton, D. Eriksson, M. Balandat and E. Bakshy (2023), Unexpected improvements to expected improvement for Bayesian optimization, NeurIPS.
/// For z &lt; -1 log h(z) = log phi(z) + log(1 - |z| m(|z|)) with Mills' ratio m(t) = sqrt(pi/2) erfcx(t / sqrt 2), and 1 - t m(t) from its asymptotic series beyond t = 1e3.</remarks>
public sealed record LogExpectedImprovement : PointwiseAcquisition
{
    /// <inheritdoc/>
    public override double Evaluate(double mean, double deviation, double best, out double byMean, out double byDeviation)
    {
        double z = (best - mean) / deviation, log = NormalPoint.LogImprovement(z, out double slope);
        byMean = -slope / deviation;
        byDeviation = (1 - (z * slope)) / deviation;
        return Math.Log(deviation) + log;
    }
}

/// <summary>The logarithm of the probability of an improvement, log Phi((best - margin - mu) / sigma).</summary>
/// <remarks>H. J. Kushner (1964), A new method of locating the maximum point of an arbitrary multipeak curve in the presence of noise. Without a margin it hardly explores.</remarks>
public sealed record ProbabilityOfImprovement : PointwiseAcquisition
{
    /// <summary>How much smaller than the best a value must be, at least 0. Default: 0.01, for values scaled to unit variance.</summary>
    public double Margin { get; init => field = Require.NonNegative(value); } = 0.01;

    /// <inheritdoc/>
    public override double Evaluate(double mean, double deviation, double best, out double byMean, out double byDeviation)
    {
        double z = (best - Margin - mean) / deviation, log = SpecialFunctions.NormalLogCdf(z);
        double slope = Math.Exp(NormalPoint.LogDensity(z) - log);
        byMean = -slope / deviation;
        byDeviation = -slope * z / deviation;
        return log;
    }
}

/// <summary>The lower confidence bound, negated: -(mu - kappa sigma). For maximisation it's known as UCB.</summary>
/// <remarks>N. Srinivas, A. Krause, S. M. Kakade and M. Seeger (2010), Gaussian process optimization in the bandit setting, ICML.</remarks>
public sealed record LowerConfidenceBound : PointwiseAcquisition
{
    /// <summary>The weight kappa of the standard deviation, at least 0. Default: 2.</summary>
    public double Kappa { get; init => field = Require.NonNegative(value); } = 2;

    /// <inheritdoc/>
    public override double Evaluate(double mean, double deviation, double best, out double byMean, out double byDeviation)
    {
        byMean = -1;
        byDeviation = Kappa;
        return (Kappa * deviation) - mean;
    }
}

/// <summary>The standard normal law at a point.</summary>
internal static class NormalPoint
{
    private const double LogRootTwoPi = 0.91893853320467274178;
    private const double RootHalfPi = 1.2533141373155002512;

    public static double LogDensity(double z) => (-0.5 * z * z) - LogRootTwoPi;

    public static double Density(double z) => Math.Exp(LogDensity(z));

    /// <summary>log h(z), h(z) = phi(z) + z Phi(z), and its derivative Phi(z) / h(z).</summary>
    public static double LogImprovement(double z, out double slope)
    {
        if (z > -1)
        {
            double mass = SpecialFunctions.NormalCdf(z), h = Density(z) + (z * mass);
            slope = mass / h;
            return Math.Log(h);
        }

        // 1 - t m(t) = t^-2 - 3 t^-4 + ...; the difference loses t^2 eps, the series t^-4.
        double t = -z, mills = RootHalfPi * SpecialFunctions.Erfcx(t / Math.Sqrt(2)), rest = t < 1e3 ? 1 - (t * mills) : (1 - (3 / (t * t))) / (t * t);
        slope = mills / rest;
        return LogDensity(z) + Math.Log(rest);
    }
}
