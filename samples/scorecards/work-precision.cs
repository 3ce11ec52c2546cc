#:project ../../src/OptiCore.Dynamics/OptiCore.Dynamics.csproj
#:property PublishAot=false

// Work and precision of the integrators: evaluations of the right-hand side and error at the end for three tolerances, beside SciPy's method of the same kind on the same problem
// (tests/reference/golden/04_ode.json). Errors are the largest of a component over the largest element of the reference, as there.
//
//   dotnet run -c Release samples/scorecards/work-precision.cs                      the table
//   dotnet run -c Release samples/scorecards/work-precision.cs -- --html ode.html   and a page with a diagram for each problem and the Lorenz attractor

using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using OptiCore.Dynamics;
using OptiCore.Reporting;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
string? page = Array.IndexOf(args, "--html") is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : null;
(string Name, string? Peer, bool Stiff, Func<double, double, OdeMethod> Of)[] methods =
[
    ("Bogacki 3", "RK23", false, static (r, a) => new ExplicitRungeKutta { Tableau = BogackiShampine.Tableau, RelativeTolerance = r, AbsoluteTolerance = a, MaxSteps = 1_000_000 }),
    ("Dormand 5", "RK45", false, static (r, a) => new ExplicitRungeKutta { RelativeTolerance = r, AbsoluteTolerance = a }),
    ("Tsitouras 5", null, false, static (r, a) => new ExplicitRungeKutta { Tableau = Tsitouras.Tableau, RelativeTolerance = r, AbsoluteTolerance = a }),
    ("Verner 7", null, false, static (r, a) => new ExplicitRungeKutta { Tableau = Verner7.Tableau, RelativeTolerance = r, AbsoluteTolerance = a }),
    ("Dormand 8", "DOP853", false, static (r, a) => new ExplicitRungeKutta { Tableau = DormandPrince8.Tableau, RelativeTolerance = r, AbsoluteTolerance = a }),
    ("Verner 9", null, false, static (r, a) => new ExplicitRungeKutta { Tableau = Verner9.Tableau, RelativeTolerance = r, AbsoluteTolerance = a }),
    ("Adams", null, false, static (r, a) => new Adams { RelativeTolerance = r, AbsoluteTolerance = a }),
    ("Radau 5", "Radau", true, static (r, a) => new Radau { RelativeTolerance = r, AbsoluteTolerance = a }),
    ("BDF", "BDF", true, static (r, a) => new Bdf { RelativeTolerance = r, AbsoluteTolerance = a }),
    ("Rodas5P", null, true, static (r, a) => new RosenbrockWanner { RelativeTolerance = r, AbsoluteTolerance = a }),
    ("switching", "LSODA", true, static (r, a) => new AutoSwitch { RelativeTolerance = r, AbsoluteTolerance = a }),
];
var systems = new Dictionary<string, OdeDelegate>
{
    ["lorenz"] = static (_, y, dy) => (dy[0], dy[1], dy[2]) = (10 * (y[1] - y[0]), (y[0] * (28 - y[2])) - y[1], (y[0] * y[1]) - (8.0 / 3 * y[2])),
    ["van_der_pol_mu1"] = static (_, y, dy) => (dy[0], dy[1]) = (y[1], ((1 - (y[0] * y[0])) * y[1]) - y[0]),
    ["brusselator"] = static (_, y, dy) => (dy[0], dy[1]) = (1 + (y[0] * y[0] * y[1]) - (4 * y[0]), (3 * y[0]) - (y[0] * y[0] * y[1])),
    ["lotka_volterra"] = static (_, y, dy) => (dy[0], dy[1]) = ((1.5 * y[0]) - (y[0] * y[1]), (-3 * y[1]) + (y[0] * y[1])),
    ["two_body_e0.5"] = static (_, y, dy) =>
    {
        double r = Math.Sqrt((y[0] * y[0]) + (y[1] * y[1]));
        (dy[0], dy[1], dy[2], dy[3]) = (y[2], y[3], -y[0] / (r * r * r), -y[1] / (r * r * r));
    },
    ["hires"] = static (_, y, dy) =>
    {
        dy[0] = (-1.71 * y[0]) + (0.43 * y[1]) + (8.32 * y[2]) + 0.0007;
        dy[1] = (1.71 * y[0]) - (8.75 * y[1]);
        dy[2] = (-10.03 * y[2]) + (0.43 * y[3]) + (0.035 * y[4]);
        dy[3] = (8.32 * y[1]) + (1.71 * y[2]) - (1.12 * y[3]);
        dy[4] = (-1.745 * y[4]) + (0.43 * y[5]) + (0.43 * y[6]);
        dy[5] = (-280 * y[5] * y[7]) + (0.69 * y[3]) + (1.71 * y[4]) - (0.43 * y[5]) + (0.69 * y[6]);
        dy[6] = (280 * y[5] * y[7]) - (1.81 * y[6]);
        dy[7] = -dy[6];
    },
    ["robertson"] = static (_, y, dy) =>
    {
        dy[0] = (-0.04 * y[0]) + (1e4 * y[1] * y[2]);
        dy[2] = 3e7 * y[1] * y[1];
        dy[1] = -dy[0] - dy[2];
    },
    ["van_der_pol_mu1000"] = static (_, y, dy) => (dy[0], dy[1]) = (y[1], (1000 * (1 - (y[0] * y[0])) * y[1]) - y[0]),
    ["oregonator"] = static (_, y, dy) =>
    {
        dy[0] = 77.27 * (y[1] + (y[0] * (1 - (8.375e-6 * y[0]) - y[1])));
        dy[1] = (y[2] - ((1 + y[0]) * y[1])) / 77.27;
        dy[2] = 0.161 * (y[0] - y[2]);
    },
};

var report = new HtmlReport("Work and precision");
var ratios = new List<double>();
foreach (JsonElement item in JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder(), "..", "..", "tests", "reference", "golden", "04_ode.json"))).RootElement.GetProperty("cases").EnumerateArray())
{
    string id = item.GetProperty("id").GetString()!;
    if (!systems.TryGetValue(id, out OdeDelegate? system))
        continue;
    double[] start = Numbers(item.GetProperty("y0")), times = Numbers(item.GetProperty("t"));
    double[][] points = [.. item.GetProperty("y").EnumerateArray().Select(Numbers)];
    double[] end = item.TryGetProperty("y_exact", out JsonElement exact) ? Numbers(exact[exact.GetArrayLength() - 1])
        : item.TryGetProperty("published_final", out JsonElement published) ? Numbers(published) : points[^1];
    double largest = points.Max(p => p.Max(Math.Abs));
    bool stiff = item.GetProperty("stiff").GetBoolean();
    Console.WriteLine($"\n{id}{(stiff ? " (stiff)" : "")}");
    Console.WriteLine($"{"method",-20} {"tolerance",9} {"evaluations",11} {"steps",7} {"LU",5} {"error",9} | {"SciPy",-7} {"evaluations",11} {"error",9}");
    var chart = new Chart { Title = id, XLabel = "error at the end", YLabel = "evaluations", LogX = true, LogY = true };
    foreach ((string name, string? peer, bool isStiff, Func<double, double, OdeMethod> of) in methods.Where(m => m.Stiff || !stiff))
    {
        JsonElement[] rows = [.. item.GetProperty("work").EnumerateArray().Where(w => w.GetProperty("method").GetString() == (peer ?? (stiff ? "Radau" : "RK45")))];
        var ours = new List<(double Error, double Work)>();
        foreach (JsonElement row in rows)
        {
            double relative = row.GetProperty("rtol").GetDouble(), theirs = row.GetProperty("nfev").GetDouble(), theirError = row.GetProperty("max_error_at_end_scaled").GetDouble();
            OdeResult result = Ode.Solve(of(relative, row.GetProperty("atol").GetDouble()), system, (times[0], times[^1]), start);
            double error = 0;
            for (int i = 0; i < end.Length; i++)
                error = Math.Max(error, Math.Abs(result.FinalState[i] - end[i]) / largest);
            string beside = peer is null ? "" : $"{peer,-7} {theirs,11:f0} {theirError,9:e1}";
            Console.WriteLine($"{name,-20} {relative,9:e0} {result.Counts.Evaluations,11} {result.Counts.AcceptedSteps,7} {result.Counts.Factorizations,5} {error,9:e1} | {beside}{(result.Status == OptiCore.Solving.RunStatus.Completed ? "" : "  " + result.Message)}");
            ours.Add((error, result.Counts.Evaluations));
            if (peer is not null)
                ratios.Add(result.Counts.Evaluations / theirs);
        }

        // As many lines as a diagram bears: the methods that are made for the problem, and SciPy's where they are few.
        if (isStiff == stiff)
            chart.Line(name, [.. ours.Select(o => Math.Max(o.Error, 1e-17))], [.. ours.Select(o => o.Work)]);
        if (stiff && peer is not null)
            chart.Points("SciPy " + peer, [.. rows.Select(r => r.GetProperty("max_error_at_end_scaled").GetDouble())], [.. rows.Select(r => r.GetProperty("nfev").GetDouble())]);
    }

    report.Heading(id).Chart(chart);
}

ratios.Sort();
Console.WriteLine($"\nevaluations, ours over SciPy's at the same tolerance: median {ratios[ratios.Count / 2]:f2}, from {ratios[0]:f2} to {ratios[^1]:f2}");
if (page is not null)
{
    OdeResult butterfly = Ode.Solve(new ExplicitRungeKutta { RelativeTolerance = 1e-9 }, systems["lorenz"], (0, 60), [1, 1, 1], [.. Enumerable.Range(0, 6001).Select(i => 0.01 * i)]);
    report.Heading("The Lorenz attractor").Chart(butterfly.PhasePortrait(0, 2, "x", "y", "z")).Save(page);
    Console.WriteLine($"written: {page}");
}

static double[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(x => x.GetDouble())];

static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
