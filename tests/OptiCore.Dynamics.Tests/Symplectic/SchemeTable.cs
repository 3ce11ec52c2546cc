namespace OptiCore.Dynamics.Tests.Symplectic;

/// <summary>One row for each published scheme. Everything that holds for every scheme is tested for every row.</summary>
public static class SchemeTable
{
    private static readonly Dictionary<string, (Type Type, SplittingScheme Scheme)> Rows = new()
    {
        ["SymplecticEuler"] = (typeof(SymplecticEuler), SymplecticEuler.Scheme),
        ["SymplecticEuler, adjoint"] = (typeof(SymplecticEuler), SymplecticEuler.AdjointScheme),
        ["StormerVerlet"] = (typeof(StormerVerlet), StormerVerlet.Scheme),
        ["StormerVerlet, position"] = (typeof(StormerVerlet), StormerVerlet.PositionScheme),
        ["Ruth3"] = (typeof(Ruth3), Ruth3.Scheme),
        ["Yoshida4"] = (typeof(Yoshida4), Yoshida4.Scheme),
        ["Yoshida6"] = (typeof(Yoshida6), Yoshida6.Scheme),
        ["Yoshida8"] = (typeof(Yoshida8), Yoshida8.Scheme),
        ["McLachlanAtela4"] = (typeof(McLachlanAtela4), McLachlanAtela4.Scheme),
        ["BlanesMoan4"] = (typeof(BlanesMoan4), BlanesMoan4.Scheme),
        ["BlanesMoan6"] = (typeof(BlanesMoan6), BlanesMoan6.Scheme),
    };

    public static IEnumerable<Type> Types => Rows.Values.Select(row => row.Type).Distinct();

    public static TheoryData<string> All => [.. Rows.Keys];

    public static TheoryData<string> General => [.. Rows.Where(row => !row.Value.Scheme.NeedsLinearVelocity).Select(row => row.Key)];

    public static TheoryData<string> Symmetric => [.. Rows.Where(row => row.Value.Scheme.IsSymmetric).Select(row => row.Key)];

    public static SplittingScheme Of(string name) => Rows[name].Scheme;

    public static Type TypeOf(string name) => Rows[name].Type;
}

/// <summary>Hamiltonian systems of the literature.</summary>
internal static class Hamiltonians
{
    /// <summary>The Kepler problem in the plane with mass 1: orbits are ellipses.</summary>
    public static readonly IPartitionedOde Kepler = PartitionedOde.SecondOrder(2, static (_, q, dp) =>
    {
        double r2 = (q[0] * q[0]) + (q[1] * q[1]), r3 = r2 * Math.Sqrt(r2);
        (dp[0], dp[1]) = (-q[0] / r3, -q[1] / r3);
    });

    /// <summary>M. Hénon, C. Heiles (1964), The applicability of the third integral of motion.</summary>
    public static readonly IPartitionedOde HenonHeiles = PartitionedOde.SecondOrder(2, static (_, q, dp) =>
        (dp[0], dp[1]) = (-q[0] - (2 * q[0] * q[1]), -q[1] - (q[0] * q[0]) + (q[1] * q[1])));

    /// <summary>H = sqrt(1 + p^2) - cos q: a relativistic pendulum, whose velocity isn't linear.</summary>
    public static readonly IPartitionedOde Relativistic = PartitionedOde.Separable(
        1,
        static (p, dq) => dq[0] = p[0] / Math.Sqrt(1 + (p[0] * p[0])),
        static (_, q, dp) => dp[0] = -Math.Sin(q[0]));

    public static readonly double[] HenonHeilesStart = [0, 0.1, 0.35, 0.05];

    public static double KeplerEnergy(ReadOnlySpan<double> y) =>
        (0.5 * ((y[2] * y[2]) + (y[3] * y[3]))) - (1 / Math.Sqrt((y[0] * y[0]) + (y[1] * y[1])));

    public static double AngularMomentum(ReadOnlySpan<double> y) => (y[0] * y[3]) - (y[1] * y[2]);

    public static double HenonHeilesEnergy(ReadOnlySpan<double> y) =>
        (0.5 * ((y[0] * y[0]) + (y[1] * y[1]) + (y[2] * y[2]) + (y[3] * y[3]))) + (y[0] * y[0] * y[1]) - (y[1] * y[1] * y[1] / 3);

    /// <summary>The orbit with semi-major axis 1, from Kepler's equation u - e sin u = t; at t = 0 in the perihelion.</summary>
    public static double[] KeplerAt(double t, double e)
    {
        double u = t;
        for (int i = 0; i < 50; i++)
            u -= (u - (e * Math.Sin(u)) - t) / (1 - (e * Math.Cos(u)));
        double b = Math.Sqrt(1 - (e * e)), rate = 1 / (1 - (e * Math.Cos(u)));
        return [Math.Cos(u) - e, b * Math.Sin(u), -Math.Sin(u) * rate, b * Math.Cos(u) * rate];
    }
}
