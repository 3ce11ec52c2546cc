namespace OptiCore;

/// <summary>
/// A log density, up to an additive constant, of unconstrained coordinates u in R^n, with the parameters that are reported for it.
/// </summary>
/// <remarks>
/// Samplers move in all of R^n. A density of constrained parameters (a positive scale, a probability, an ordered vector) is written in
/// coordinates without constraints: <see cref="IDifferentiableFunction{T}.ValueAndGradient"/> is the log density of u, log p(x(u)) + log |det dx/du|,
/// and <see cref="IReportedParameters.Constrain"/> computes x(u) and whatever else is derived from it.
/// A value or a gradient that isn't finite means zero density there; an exception ends the run and reaches the caller as it was thrown.
/// With more than one worker, the methods are called from several threads at once.
/// </remarks>
public interface ILogDensity : IDifferentiableFunction<double>, IReportedParameters;
