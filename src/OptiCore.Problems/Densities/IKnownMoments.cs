namespace OptiCore.Problems;

/// <summary>A target density whose means and variances are known in closed form.</summary>
public interface IKnownMoments : ILogDensity
{
    /// <summary>The exact mean of a reported parameter.</summary>
    /// <param name="parameter">The index into <see cref="IReportedParameters.ParameterNames"/>.</param>
    double Mean(int parameter);

    /// <summary>The exact variance of a reported parameter.</summary>
    /// <param name="parameter">The index into <see cref="IReportedParameters.ParameterNames"/>.</param>
    double Variance(int parameter);
}
