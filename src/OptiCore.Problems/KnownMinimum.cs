namespace OptiCore.Problems;

/// <summary>A published or closed-form minimum of a test problem.</summary>
/// <param name="Value">The value there, with as many digits as the source gives.</param>
/// <param name="Point">The point, or null where it isn't published or isn't unique.</param>
/// <param name="IsGlobal">False for a local minimum or another point where correct methods may end.</param>
public sealed record KnownMinimum(double Value, double[]? Point = null, bool IsGlobal = true);

/// <summary>A function to minimise, with what is known of it.</summary>
/// <typeparam name="TFunction">The capabilities of the function.</typeparam>
/// <param name="Name">The name in the field.</param>
/// <param name="Source">Authors, year and title of the work that it is taken from.</param>
/// <param name="Function">The function.</param>
/// <param name="Start">The standard starting point.</param>
/// <param name="Minima">The known minima, the global ones first; empty where none is known for this dimension.</param>
public sealed record TestFunction<TFunction>(string Name, string Source, TFunction Function, double[] Start, IReadOnlyList<KnownMinimum> Minima)
    where TFunction : IFunction<double>
{
    /// <summary>The box in which the function is usually searched, or null.</summary>
    public Bounds? Box { get; init; }
}

/// <summary>A nonlinear least-squares problem, with what is known of it.</summary>
/// <param name="Name">The name in the field.</param>
/// <param name="Source">Authors, year and title of the work that it is taken from.</param>
/// <param name="Residuals">The residuals r and their Jacobian, written by hand.</param>
/// <param name="Start">The standard starting point.</param>
/// <param name="Minima">The known minima of the sum of squares |r|^2, without a factor 1/2, the global ones first; empty where none is known for this dimension.</param>
public sealed record LeastSquaresProblem(
    string Name, string Source, IDifferentiableResidualFunction<double> Residuals, double[] Start, IReadOnlyList<KnownMinimum> Minima)
{
    /// <summary>The number n of variables.</summary>
    public int Dimension => Residuals.Dimension;

    /// <summary>The sum of squares |r(x)|^2 as a function, without a factor 1/2, as test collections publish it.</summary>
    public IDifferentiableFunction<double> SumOfSquares { get; } = new SumOfSquares(Residuals);
}
