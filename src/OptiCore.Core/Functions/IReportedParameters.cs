namespace OptiCore;

/// <summary>
/// The parameters that are reported at a point of unconstrained coordinates: what a user reads, where an algorithm moves in all of R^n. A function that
/// has them is asked for them by samplers; whether it has a gradient, as <see cref="ILogDensity"/> has, is another matter.
/// </summary>
public interface IReportedParameters
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
