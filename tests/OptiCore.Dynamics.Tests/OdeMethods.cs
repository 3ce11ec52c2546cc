using System.Reflection;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests;

/// <summary>The conformance table of integrators: one row for each published method. Everything that holds for every method is tested for every row.</summary>
public static class OdeMethods
{
    private static readonly string[] Families = ["Explicit Runge-Kutta", "Implicit Runge-Kutta", "Rosenbrock", "Multistep", "Automatic"];

    private static readonly Dictionary<string, OdeMethod> Rows = new()
    {
        [nameof(Radau)] = new Radau(),
        [nameof(Bdf)] = new Bdf(),
        [nameof(Adams)] = new Adams(),
        [nameof(TrBdf2)] = new DiagonallyImplicitRungeKutta { Tableau = TrBdf2.Tableau },
        [nameof(KenCarp4)] = new DiagonallyImplicitRungeKutta { Tableau = KenCarp4.Tableau },
        [nameof(AutoSwitch)] = new AutoSwitch(),
        [nameof(Rodas5P)] = new RosenbrockWanner { Tableau = Rodas5P.Tableau },
        [nameof(Rodas4)] = new RosenbrockWanner { Tableau = Rodas4.Tableau },
        [nameof(Rodas3)] = new RosenbrockWanner { Tableau = Rodas3.Tableau },
        [nameof(Ros34Pw2)] = new RosenbrockWanner { Tableau = Ros34Pw2.Tableau },
    };

    static OdeMethods()
    {
        foreach (Type type in Tableaux.Types)
        {
            ButcherTableau tableau = Tableaux.Of(type.Name);
            Rows[type.Name] = new ExplicitRungeKutta { Tableau = tableau, FixedStep = tableau.ErrorWeights.IsEmpty ? 0.01 : null };
        }

        foreach (string name in Rows.Keys)
            Rows[name] = Rows[name] with { RelativeTolerance = 1e-5 };
    }

    public static TheoryData<string> All => [.. Rows.Keys];

    public static TheoryData<string> Adaptive => [.. Rows.Where(r => r.Value.StepSize is null).Select(r => r.Key)];

    /// <summary>Those for stiff problems.</summary>
    public static TheoryData<string> Stiff => [.. Rows.Where(r => r.Value is not (ExplicitRungeKutta or Adams)).Select(r => r.Key)];

    /// <summary>Those for differential-algebraic problems.</summary>
    public static TheoryData<string> Algebraic => [.. Rows.Where(r => r.Value.TakesMass).Select(r => r.Key)];

    public static IEnumerable<string> Names => Rows.Keys;

    public static IEnumerable<Type> Published => typeof(Ode).Assembly.GetTypes().Where(t => Families.Contains(t.GetCustomAttribute<AlgorithmAttribute>()?.Family));

    public static OdeMethod Of(string name) => Rows[name];
}
