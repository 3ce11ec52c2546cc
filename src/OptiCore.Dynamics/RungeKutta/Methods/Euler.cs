namespace OptiCore.Dynamics;

/// <summary>Euler's method, order 1: y + h f(t, y). Fixed steps only.</summary>
/// <remarks>Cost: one derivative a step. For teaching, and for right-hand sides so rough that higher order doesn't pay.</remarks>
[Algorithm("Euler", "Explicit Runge-Kutta", "L. Euler (1768), Institutionum calculi integralis", Capabilities = "order 1, fixed step")]
public static class Euler
{
    /// <summary>The coefficients.</summary>
    public static ButcherTableau Tableau { get; } = new([[]], [1], [0]) { Name = "Euler", Order = 1 };
}
