using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests;

/// <summary>The conformance table: one row for each method of the package. Everything that holds for every method is tested for every row.</summary>
public static class Tableaux
{
    private static readonly Dictionary<Type, ButcherTableau> Rows = new()
    {
        [typeof(Euler)] = Euler.Tableau,
        [typeof(Midpoint)] = Midpoint.Tableau,
        [typeof(Heun)] = Heun.Tableau,
        [typeof(BogackiShampine)] = BogackiShampine.Tableau,
        [typeof(RungeKutta4)] = RungeKutta4.Tableau,
        [typeof(DormandPrince)] = DormandPrince.Tableau,
        [typeof(Tsitouras)] = Tsitouras.Tableau,
        [typeof(Verner6)] = Verner6.Tableau,
        [typeof(Verner7)] = Verner7.Tableau,
        [typeof(Verner8)] = Verner8.Tableau,
        [typeof(Verner9)] = Verner9.Tableau,
        [typeof(DormandPrince8)] = DormandPrince8.Tableau,
    };

    public static IEnumerable<Type> Types => Rows.Keys;

    public static TheoryData<string> All => [.. Rows.Keys.Select(t => t.Name)];

    public static TheoryData<string> Adaptive => [.. Rows.Where(r => !r.Value.ErrorWeights.IsEmpty).Select(r => r.Key.Name)];

    public static ButcherTableau Of(string name) => Rows.Single(r => r.Key.Name == name).Value;
}

/// <summary>Problems with known solutions.</summary>
internal static class Problems
{
    /// <summary>y1 = 1 / (1 + t^2), y2 = exp(sin t): nonlinear and not autonomous.</summary>
    public static readonly OdeDelegate Smooth = static (t, y, dy) =>
    {
        dy[0] = -2 * t * y[0] * y[0];
        dy[1] = Math.Cos(t) * y[1];
    };

    public static readonly OdeDelegate Lorenz = static (_, y, dy) =>
    {
        dy[0] = 10 * (y[1] - y[0]);
        dy[1] = (y[0] * (28 - y[2])) - y[1];
        dy[2] = (y[0] * y[1]) - (8.0 / 3 * y[2]);
    };

    public static double SmoothError(double t, ReadOnlySpan<double> y) =>
        Math.Max(Math.Abs(y[0] - (1 / (1 + (t * t)))), Math.Abs(y[1] - Math.Exp(Math.Sin(t))));

    public static double[] SmoothAt(double t) => [1 / (1 + (t * t)), Math.Exp(Math.Sin(t))];
}
