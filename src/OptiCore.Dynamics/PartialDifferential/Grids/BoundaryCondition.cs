namespace OptiCore.Dynamics;

/// <summary>A linear condition at an end: ValueWeight u + SlopeWeight du/dx = Target.</summary>
/// <param name="ValueWeight">The factor of the value.</param>
/// <param name="SlopeWeight">The factor of the slope in the direction of rising x.</param>
/// <param name="Target">The right-hand side.</param>
public readonly record struct BoundaryCondition(double ValueWeight, double SlopeWeight, double Target)
{
    /// <summary>Dirichlet's condition: the value is given.</summary>
    /// <param name="value">The value.</param>
    public static BoundaryCondition Dirichlet(double value) => new(1, 0, value);

    /// <summary>Neumann's condition: the slope in the direction of rising x is given.</summary>
    /// <param name="slope">The slope.</param>
    public static BoundaryCondition Neumann(double slope) => new(0, 1, slope);

    /// <summary>Solves for the two ends: row and column 0 belong to the left one, index n - 1 to the right one.</summary>
    internal static void Solve(Span<double> u, BoundaryCondition left, BoundaryCondition right, ReadOnlySpan<double> leftSlope, ReadOnlySpan<double> rightSlope, int first, int last)
    {
        double a = left.ValueWeight + (left.SlopeWeight * leftSlope[first]), b = left.SlopeWeight * leftSlope[last];
        double c = right.SlopeWeight * rightSlope[first], d = right.ValueWeight + (right.SlopeWeight * rightSlope[last]);
        double e = left.Target, f = right.Target;
        for (int i = Math.Min(first, last) + 1; i < Math.Max(first, last); i++)
        {
            e -= left.SlopeWeight * leftSlope[i] * u[i];
            f -= right.SlopeWeight * rightSlope[i] * u[i];
        }

        double determinant = (a * d) - (b * c);
        if (determinant == 0)
            throw new ArgumentException($"The conditions {left} and {right} don't determine the values at the ends.", nameof(left));
        (u[first], u[last]) = (((e * d) - (b * f)) / determinant, ((a * f) - (e * c)) / determinant);
    }
}
