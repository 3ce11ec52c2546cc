namespace OptiCore.Problems;

/// <summary>
/// The correlated normal law in the plane, low_dim_corr_gauss: means 0 and 3, standard deviations 1 and 2, correlation 1/2. Reports z and three quantities whose means are 0: the errors of both
/// variances, delta_var1 = z[1]^2 - 1 and delta_var2 = (z[2] - 3)^2 - 4, and of the correlation, delta_corr = z[1] (z[2] - 3) / 2 - 1/2.
/// </summary>
public sealed class CorrelatedNormalPosterior : ConstrainedLogDensity
{
    private const double Mean2 = 3, Scale2 = 2, Correlation = 0.5;

    /// <summary>Creates the density.</summary>
    public CorrelatedNormalPosterior()
        : base(new ParameterSpace().Vector("z", 2), new ParameterSpace().Real("delta_var1").Real("delta_var2").Real("delta_corr"))
    {
    }

    /// <inheritdoc/>
    protected override double Evaluate(ReadOnlySpan<double> x, Span<double> gradient)
    {
        const double Free = 1 - (Correlation * Correlation);
        double a = x[0], b = (x[1] - Mean2) / Scale2;
        gradient[0] = ((Correlation * b) - a) / Free;
        gradient[1] = ((Correlation * a) - b) / (Free * Scale2);
        return -0.5 * ((a * a) - (2 * Correlation * a * b) + (b * b)) / Free;
    }

    /// <inheritdoc/>
    protected override void Generate(ReadOnlySpan<double> x, Span<double> generated)
    {
        double rest = x[1] - Mean2;
        generated[0] = (x[0] * x[0]) - 1;
        generated[1] = (rest * rest) - (Scale2 * Scale2);
        generated[2] = (x[0] * rest / Scale2) - Correlation;
    }
}
