using System.Text.Json;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Smooth;

/// <summary>
/// Every problem of golden/04_minimize.json that the peer solves, by the method of the same name with the same tolerances: the same minimum, and evaluations that are at most 1.2 times the peer's in
/// the median. An evaluation is a point where value and gradient are computed, as the peer counts.
/// </summary>
public class SciPyCountTests
{
    // Bounds of Hock and Schittkowski's problems 1, 3 and 5.
    private static readonly Dictionary<string, GradientDelegate<double>> Bounded = new()
    {
        ["hs1"] = (x, g) =>
        {
            double a = x[1] - (x[0] * x[0]), b = 1 - x[0];
            g[0] = (-400 * x[0] * a) - (2 * b);
            g[1] = 200 * a;
            return (100 * a * a) + (b * b);
        },
        ["hs3"] = (x, g) =>
        {
            double a = x[1] - x[0];
            g[0] = -2e-5 * a;
            g[1] = 1 + (2e-5 * a);
            return x[1] + (1e-5 * a * a);
        },
        ["hs5"] = (x, g) =>
        {
            double a = x[0] - x[1], cosine = Math.Cos(x[0] + x[1]);
            g[0] = cosine + (2 * a) - 1.5;
            g[1] = cosine - (2 * a) + 2.5;
            return Math.Sin(x[0] + x[1]) + (a * a) - (1.5 * x[0]) + (2.5 * x[1]) + 1;
        },
    };

    // The other local minima that the file names.
    private static readonly Dictionary<string, double> Others = new() { ["rosenbrock_5"] = 3.930839434, ["rosenbrock_10"] = 3.986579, ["freudenstein_roth"] = 48.98425368 };

    private static readonly Dictionary<string, Func<IDifferentiableFunction<double>, double[], Bounds?, SolverResult<double>>> Methods = new()
    {
        ["CG"] = (f, x, _) => Minimize.Run(new NonlinearConjugateGradient { Stopping = Gradient(1e-6) }, f, x),
        ["BFGS"] = (f, x, _) => Minimize.Run(new Bfgs { Stopping = Gradient(1e-7) }, f, x),
        ["L-BFGS-B"] = (f, x, bounds) => Minimize.Run(new LbfgsB { Bounds = bounds, Stopping = new() { GradientTolerance = 1e-10, ValueTolerance = 1e-15 } }, f, x),
        ["Newton-CG"] = (f, x, _) => Minimize.Run(new TruncatedNewton { Stopping = new() { StepTolerance = 1e-12 } }, f.WithHessianByDifferences(), x),
        ["trust-ncg"] = (f, x, _) => Minimize.Run(new TrustRegion { Stopping = Gradient(1e-8) }, f.WithHessianByDifferences(), x),
        ["trust-exact"] = (f, x, _) => Minimize.Run(new TrustRegion { Subproblem = new MoreSorensen(), Stopping = Gradient(1e-8) }, f.WithHessianByDifferences(), x),
        ["trust-krylov"] = (f, x, _) => Minimize.Run(new TrustRegion { Subproblem = new GeneralizedLanczos(), Stopping = Gradient(1e-7) }, f.WithHessianByDifferences(), x),
        ["TNC"] = (f, x, bounds) => bounds is null ? Minimize.Run(new TruncatedNewton { Stopping = new() { GradientTolerance = 1e-10, ValueTolerance = 1e-15 } }, f.WithHessianByDifferences(), x) : null!,
    };

    public static TheoryData<string> Names => [.. Methods.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void FindsTheSameMinimaWithNoMoreEvaluations(string method)
    {
        List<double> ratios = [];
        List<string> lines = [], wrong = [];
        foreach ((string id, JsonElement peer) in Reference.Cases("golden/04_minimize.json"))
        {
            string name = peer.GetProperty("problem").GetString()!;
            JsonElement problem = GoldenFunctions.Problem(name);
            if (peer.GetProperty("method").GetString() != method || peer.GetProperty("meets_f_star").ValueKind == JsonValueKind.False || problem.GetProperty("kind").GetString() == "constrained")
                continue;
            bool isBounded = Bounded.TryGetValue(name, out GradientDelegate<double>? formula);
            double[] start = problem.Numbers("x0");
            IDifferentiableFunction<double> f = isBounded ? Function.WithGradient(2, formula!) : GoldenFunctions.Function(name);
            Bounds? bounds = isBounded ? new Bounds(Side(problem, "lower", double.NegativeInfinity), Side(problem, "upper", double.PositiveInfinity)) : null;
            SolverResult<double>? result = Methods[method](f, start, bounds);
            if (result is null)
                continue;
            double target = peer.Number("fun");
            bool isOther = Others.TryGetValue(name, out double other) && Math.Abs(result.Value - other) <= 1e-6 * other;
            if (!(result.Value <= target + (1e-6 * Math.Abs(target)) + 1e-9) && !isOther)
                wrong.Add($"{id}: {result.Value:r}, the peer finds {target:r}; {result}");

            // TNC multiplies with the Hessian by differences of gradients, which it counts.
            long count = result.Evaluations.Gradients + (method == "TNC" ? result.Evaluations.HessianProducts : 0);
            ratios.Add(count / peer.Number("nfev"));
            lines.Add($"{id} {count} / {peer.Number("nfev")} ({result.Reason})");
        }

        ratios.Sort();
        string report = $"{method}: median ratio {ratios[ratios.Count / 2]:f2} of {ratios.Count}.\n{string.Join('\n', wrong)}\n{string.Join('\n', lines)}";
        if (Environment.GetEnvironmentVariable("OPTICORE_REPORT") is { } file)
            File.AppendAllText(file, report + "\n\n");
        Assert.True(ratios.Count >= 20, report);
        Assert.True(wrong.Count == 0, report);
        Assert.True(ratios[ratios.Count / 2] <= 1.2, report);
    }

    private static StoppingRules Gradient(double tolerance) => new() { GradientTolerance = tolerance };

    private static double[] Side(JsonElement problem, string name, double otherwise) =>
        [.. problem.GetProperty(name).EnumerateArray().Select(v => v.ValueKind == JsonValueKind.Null ? otherwise : v.Number())];
}
