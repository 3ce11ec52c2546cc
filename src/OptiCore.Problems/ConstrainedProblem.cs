namespace OptiCore.Problems;

/// <summary>A function to minimise subject to constraints and bounds, with what is known of it.</summary>
/// <param name="Name">The name in the field.</param>
/// <param name="Source">Authors, year and title of the work that it is taken from.</param>
/// <param name="Function">The objective and its constraints, with exact derivatives of first order.</param>
/// <param name="Bounds">The bounds of the variables; null for none.</param>
/// <param name="Start">The standard starting point; coordinates outside their bounds are moved onto them.</param>
/// <param name="Minima">The known minima, the global ones first.</param>
public sealed record ConstrainedProblem(
    string Name, string Source, IDifferentiableConstrainedFunction<double> Function, Bounds? Bounds, double[] Start, IReadOnlyList<KnownMinimum> Minima);
