using System.Text.Json;
using OptiCore.Optimizers;
using OptiCore.Problems;
using OptiCore.Solving;

namespace OptiCore.Peers.Cases;

/// <summary>
/// Levenberg-Marquardt on the regression sets of NIST from both official starting points, against MINPACK behind SciPy's <c>least_squares</c>: the same models, Jacobians by hand on
/// both sides, the same tolerances, the same scaling by columns.
/// </summary>
internal static class LeastSquaresCases
{
    public static IEnumerable<PeerCase> All => NistStrd.Names.Select(name => new PeerCase($"Levenberg-Marquardt NIST {name}, both starts", "SciPy", () => Contest(name)));

    private static Contest Contest(string name)
    {
        NistProblem problem = NistStrd.Load(name);
        var solver = new LevenbergMarquardt();
        using Stream stream = typeof(NistStrd).Assembly.GetManifestResourceStream($"OptiCore.Problems.Nist.{name}.json")!;
        using var reader = new StreamReader(stream);
        return new Contest(
            () =>
            {
                Minimize.Run(solver, problem.Residuals, problem.Start1);
                Minimize.Run(solver, problem.Residuals, problem.Start2);
            },
            new Python(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "nist.py")) + $"\nproblem = load({JsonSerializer.Serialize(reader.ReadToEnd())})\n", "fit(problem)", []));
    }
}
