namespace OptiCore.Bandits;

/// <summary>Estimate +- z standard errors, z being the quantile of the normal law: right for many decisions whose terms aren't dominated by a few.</summary>
/// <remarks>O(n). With heavy weights the true coverage is below the stated one; <see cref="BootstrapInterval"/> is then somewhat better, <see cref="EmpiricalBernsteinInterval"/> safe but wide.</remarks>
public sealed record NormalInterval : IConfidenceInterval
{
    /// <inheritdoc/>
    public ConfidenceInterval Around(EstimatorTerms terms, double confidence)
    {
        ArgumentNullException.ThrowIfNull(terms);
        double half = -SpecialFunctions.NormalQuantile((1 - Require.InOpen(confidence, 0, 1, nameof(confidence))) / 2) * terms.StandardError();
        double estimate = terms.Estimate();
        return new ConfidenceInterval(estimate - half, estimate + half);
    }
}
