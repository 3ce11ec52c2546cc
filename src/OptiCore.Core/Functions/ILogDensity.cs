namespace OptiCore;

/// <summary>
/// A log density, up to an additive constant, of unconstrained coordinates u in R^n, with the parameters that are reported for it.
/// </summary>
/// <remarks>
/// Samplers move in all of R^n. A density of constrained parameters (a positive scale, a probability, an ordered vector) is written in
/// coordinates without constraints: <see cref="IDifferentiableFunction{T}.ValueAndGradient"/> is the log density of u, log p(x(u)) + log |det dx/du|,
/// and <see cref="Constrain"/> computes x(u) and whatever else is derived from it.
/// A value or a gradient that isn't finite means zero density there; an exception ends the run and reaches the caller as it was thrown.
/// With more than one worker, the methods are called from several threads at once.
/// </remarks>
public interface ILogDensity : IDifferentiableFunction<double>
{
    /// <summary>
    /// The names of the reported parameters, in the order of <see cref="Constrain"/>. Elements of a vector or matrix are named as in Stan, with
    /// indices from 1: <c>theta[1]</c>, <c>omega[2,3]</c>.
    /// </summary>
    IReadOnlyList<string> ParameterNames { get; }

    /// <summary>The number m of reported parameters; it may differ from the number n of coordinates.</summary>
    int ParameterCount => ParameterNames.Count;

    /// <summary>Computes the reported parameters at a point.</summary>
    /// <param name="unconstrained">The point u, n elements.</param>
    /// <param name="parameters">Receives m elements; every one is written.</param>
    void Constrain(ReadOnlySpan<double> unconstrained, Span<double> parameters);
}
