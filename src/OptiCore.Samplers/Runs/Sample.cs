namespace OptiCore.Samplers;

/// <summary>
/// Draws from a target density:
/// <code>SamplingResult result = Sample.Run(new NoUTurn(), new EightSchoolsNonCentered());
/// Console.WriteLine(result.Summary());</code>
/// </summary>
public static class Sample
{
    /// <summary>Runs all chains to the end.</summary>
    /// <param name="sampler">The kernel, for example <see cref="NoUTurn"/>.</param>
    /// <param name="density">The log density with its gradient; an <see cref="ILogDensity"/> also names and constrains its parameters.</param>
    /// <param name="options">Chains, limits and reports; default: 4 chains of 1,000 draws after 1,000 of warm-up, in this thread.</param>
    /// <param name="cancellationToken">Ends the run with the draws so far; never throws.</param>
    /// <exception cref="ArgumentException">An initial point has the wrong length or an element that isn't finite.</exception>
    public static SamplingResult Run(
        ISampler sampler, IDifferentiableFunction<double> density, SamplingOptions? options = null, CancellationToken cancellationToken = default) =>
        SamplingRun.Start(sampler, density, options).Complete(cancellationToken);
}
