namespace OptiCore.Samplers;

/// <summary>
/// Draws from a target density:
/// <code>SamplingResult result = Sample.Run(new NoUTurn(), new EightSchoolsNonCentered());
/// Console.WriteLine(result.Summary());</code>
/// </summary>
public static class Sample
{
    /// <summary>Runs all chains to the end.</summary>
    /// <typeparam name="TTarget">What the kernel needs of the target.</typeparam>
    /// <param name="sampler">The kernel, for example <see cref="NoUTurn"/>.</param>
    /// <param name="target">The log density; one that is <see cref="IReportedParameters"/> too names and constrains its parameters.</param>
    /// <param name="options">Chains, limits and reports; default: 4 chains of 1,000 draws after 1,000 of warm-up, in this thread.</param>
    /// <param name="cancellationToken">Ends the run with the draws so far; never throws.</param>
    /// <exception cref="ArgumentException">An initial point has the wrong length or an element that isn't finite.</exception>
    public static SamplingResult Run<TTarget>(
        ISampler<TTarget> sampler, TTarget target, SamplingOptions? options = null, CancellationToken cancellationToken = default) where TTarget : IProblem<double> =>
        SamplingRun.Start(sampler, target, options).Complete(cancellationToken);

    /// <summary>Runs chains that move together to the end.</summary>
    /// <typeparam name="TTarget">What the rule needs of the target.</typeparam>
    /// <param name="sampler">The rule, for example <c>new StretchMove()</c>.</param>
    /// <param name="target">The log density; one that is <see cref="IReportedParameters"/> too names and constrains its parameters.</param>
    /// <param name="options">The number of chains (walkers), limits and reports.</param>
    /// <param name="cancellationToken">Ends the run with the draws so far; never throws.</param>
    /// <exception cref="ArgumentException">An initial point has the wrong length or an element that isn't finite, or the rule needs more chains.</exception>
    public static SamplingResult Run<TTarget>(
        IEnsembleSampler<TTarget> sampler, TTarget target, SamplingOptions? options = null, CancellationToken cancellationToken = default) where TTarget : IProblem<double> =>
        SamplingRun.Start(sampler, target, options).Complete(cancellationToken);

    /// <summary>Runs <see cref="NoUTurn"/> with its defaults.</summary>
    /// <param name="target">The log density with its gradient; one that is <see cref="ILogDensity"/> names and constrains its parameters.</param>
    /// <param name="options">Chains, limits and reports; default: 4 chains of 1,000 draws after 1,000 of warm-up, in this thread.</param>
    /// <param name="cancellationToken">Ends the run with the draws so far; never throws.</param>
    /// <exception cref="ArgumentException">An initial point has the wrong length or an element that isn't finite.</exception>
    public static SamplingResult Run(IDifferentiableFunction<double> target, SamplingOptions? options = null, CancellationToken cancellationToken = default) =>
        Run(new NoUTurn(), target, options, cancellationToken);
}
