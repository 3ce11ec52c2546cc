namespace OptiCore.Problems;

/// <summary>
/// The data of the eight schools: effects y[j] of coaching on test scores, with known standard errors s[j]. The posterior has
/// mu ~ N(0, sd 5), tau ~ half-Cauchy(0, 5), theta[j] ~ N(mu, sd tau), y[j] ~ N(theta[j], sd s[j]).
/// </summary>
/// <remarks>
/// Rubin (1981), Estimation in parallel randomized experiments; Gelman et al. (2013), Bayesian Data Analysis, section 5.5; priors as in
/// posteriordb, which has gold-standard draws. Two densities of the same posterior: <see cref="EightSchoolsNonCentered"/>, which samples well, and
/// <see cref="EightSchoolsCentered"/>, whose funnel is hard.
/// </remarks>
public static class EightSchools
{
    private static readonly double[] EffectData = [28, 8, -3, 7, -1, 1, 18, 12];
    private static readonly double[] ErrorData = [15, 10, 16, 11, 9, 11, 10, 18];

    /// <summary>The observed effects y[j].</summary>
    public static ReadOnlySpan<double> Effects => EffectData;

    /// <summary>The standard errors s[j].</summary>
    public static ReadOnlySpan<double> StandardErrors => ErrorData;

    /// <summary>Adds the log priors of mu and of u = log tau, Jacobian included, and their derivatives.</summary>
    internal static double Priors(double mu, double logTau, double tau, out double dMu, out double dLogTau)
    {
        // -mu^2/50 - log(1 + (tau/5)^2) + log tau, where the last term is the Jacobian of tau = exp(u).
        double r = tau / 5;
        dMu = -mu / 25;
        dLogTau = 1 - (2 * r * r / (1 + (r * r)));
        return (-mu * mu / 50) - Math.Log(1 + (r * r)) + logTau;
    }
}

/// <summary>
/// The posterior of the eight schools in coordinates (z[1..8], mu, log tau) with theta[j] = mu + tau z[j] and z[j] ~ N(0, 1). Reports z, mu, tau
/// and theta.
/// </summary>
public sealed class EightSchoolsNonCentered : ILogDensity
{
    private const int Schools = 8;

    /// <inheritdoc/>
    public int Dimension => Schools + 2;

    /// <inheritdoc/>
    public IReadOnlyList<string> ParameterNames { get; } = [.. ParameterName.Vector("z", Schools), "mu", "tau", .. ParameterName.Vector("theta", Schools)];

    /// <inheritdoc/>
    public double Value(ReadOnlySpan<double> x)
    {
        Span<double> gradient = stackalloc double[Schools + 2];
        return ValueAndGradient(x, gradient);
    }

    /// <inheritdoc/>
    public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient)
    {
        double mu = x[Schools], logTau = x[Schools + 1], tau = Math.Exp(logTau);
        double value = EightSchools.Priors(mu, logTau, tau, out double dMu, out double dLogTau);
        ReadOnlySpan<double> y = EightSchools.Effects, s = EightSchools.StandardErrors;
        for (int j = 0; j < Schools; j++)
        {
            double z = x[j];
            double rest = (y[j] - mu - (tau * z)) / s[j];
            double pull = rest / s[j];
            value -= 0.5 * ((z * z) + (rest * rest));
            gradient[j] = (tau * pull) - z;
            dMu += pull;
            dLogTau += tau * z * pull;
        }

        gradient[Schools] = dMu;
        gradient[Schools + 1] = dLogTau;
        return value;
    }

    /// <inheritdoc/>
    public void Constrain(ReadOnlySpan<double> unconstrained, Span<double> parameters)
    {
        unconstrained.CopyTo(parameters);
        double mu = unconstrained[Schools], tau = Math.Exp(unconstrained[Schools + 1]);
        parameters[Schools + 1] = tau;
        for (int j = 0; j < Schools; j++)
            parameters[Schools + 2 + j] = mu + (tau * unconstrained[j]);
    }
}

/// <summary>
/// The posterior of the eight schools in coordinates (theta[1..8], mu, log tau): a funnel in log tau, where a sampler with a fixed step size shows
/// divergences. Reports theta, mu and tau.
/// </summary>
public sealed class EightSchoolsCentered : ILogDensity
{
    private const int Schools = 8;

    /// <inheritdoc/>
    public int Dimension => Schools + 2;

    /// <inheritdoc/>
    public IReadOnlyList<string> ParameterNames { get; } = [.. ParameterName.Vector("theta", Schools), "mu", "tau"];

    /// <inheritdoc/>
    public double Value(ReadOnlySpan<double> x)
    {
        Span<double> gradient = stackalloc double[Schools + 2];
        return ValueAndGradient(x, gradient);
    }

    /// <inheritdoc/>
    public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient)
    {
        double mu = x[Schools], logTau = x[Schools + 1], tau = Math.Exp(logTau);
        double value = EightSchools.Priors(mu, logTau, tau, out double dMu, out double dLogTau);
        ReadOnlySpan<double> y = EightSchools.Effects, s = EightSchools.StandardErrors;
        for (int j = 0; j < Schools; j++)
        {
            double z = (x[j] - mu) / tau;
            double rest = (y[j] - x[j]) / s[j];
            value -= 0.5 * ((z * z) + (rest * rest));
            gradient[j] = (rest / s[j]) - (z / tau);
            dMu += z / tau;
            dLogTau += z * z;
        }

        gradient[Schools] = dMu;
        gradient[Schools + 1] = dLogTau - Schools;
        return value - (Schools * logTau);
    }

    /// <inheritdoc/>
    public void Constrain(ReadOnlySpan<double> unconstrained, Span<double> parameters)
    {
        unconstrained.CopyTo(parameters);
        parameters[Schools + 1] = Math.Exp(unconstrained[Schools + 1]);
    }
}
