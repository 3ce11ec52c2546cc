#:project ../../src/OptiCore.Dynamics/OptiCore.Dynamics.csproj
#:project ../../src/OptiCore.Problems/OptiCore.Problems.csproj
#:property PublishAot=false

// The chaotic flows of OptiCore.Problems: largest Lyapunov exponent by a tangent vector with its standard error, beside an independent computation (tests/reference/dysts) where there is one to compare
// with; the Kaplan-Yorke dimension; and the symmetric mean absolute percentage error of a fixed method of forecasting, next generation reservoir computing, over five periods. Gilpin (2021), Chaos as an
// interpretable benchmark for forecasting and data-driven modelling, finds that the error rises with the exponent; the last line says by how much here.
//
//   dotnet run -c Release samples/scorecards/dysts.cs
//
// Another flow is another row in src/OptiCore.Problems/Dynamics.

using System.Runtime.CompilerServices;
using System.Text.Json;
using OptiCore.Dynamics;
using OptiCore.LinearAlgebra;
using OptiCore.Problems;

JsonElement reference = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder(), "..", "..", "tests", "reference", "dysts", "systems.json"))).RootElement;

// Conservative flows, whose exponent depends on the start, and one with several attractors: the reference's README says not to compare them.
string[] notComparable = ["HenonHeiles", "NoseHoover", "SprottA", "Coullet"];
int compared = 0, close = 0;
var exponents = new List<double>();
var errors = new List<double>();

Console.WriteLine($"{"flow",-20} {"n",2} {"period",7} | {"exponent",9} {"+-",8} {"reference",9} {"+-",8} {"rel.diff.",9} | {"KY dim.",7} {"sum",9} | {"sMAPE",6}");
foreach (ChaoticFlow flow in ChaoticFlows.All.Values)
{
    IOdeSystem system = OdeSystem.From(flow.Dimension, flow.Derivative);
    var method = new LyapunovSpectrum
    {
        Interval = flow.Period / 2,
        Average = new() { Transient = 100, Intervals = 3000 },
        Method = new() { RelativeTolerance = 1e-7, AbsoluteTolerance = 1e-9, MaxSteps = long.MaxValue },
    };
    LyapunovResult spectrum = method.OfFlow(system, flow.Jacobian, flow.Start);
    JsonElement check = reference.GetProperty(flow.Name).GetProperty("independent_check");
    double expected = check.GetProperty("largest_exponent").GetDouble(), error = check.GetProperty("standard_error").GetDouble();
    double difference = (spectrum.Largest - expected) / expected, smape = Forecast.Error(flow);
    bool comparable = !notComparable.Contains(flow.Name), agrees = Math.Abs(spectrum.Largest - expected) <= (0.05 * expected) + (3 * error);
    if (comparable)
    {
        compared++;
        close += agrees ? 1 : 0;
        exponents.Add(expected * flow.Period);
        errors.Add(smape);
    }

    string relative = comparable ? FormattableString.Invariant($"{difference,8:p1}{(agrees ? " " : "!")}") : "        -";
    Console.WriteLine($"{flow.Name,-20} {flow.Dimension,2} {flow.Period,7:f3} | {spectrum.Largest,9:g4} {spectrum.StandardErrors[0],8:g2} {expected,9:g4} {error,8:g2} {relative} | {spectrum.KaplanYorkeDimension,7:f3} {spectrum.Sum,9:f4} | {smape,6:f1}");
}

Console.WriteLine();
Console.WriteLine($"Within 5% and three standard errors of the reference: {close} of {compared} flows. Not compared: {string.Join(", ", notComparable)}.");
Console.WriteLine($"Rank correlation of sMAPE with exponent times period: {RankCorrelation([.. exponents], [.. errors]):f2}.");

static double RankCorrelation(double[] x, double[] y)
{
    double[] a = Ranks(x), b = Ranks(y);
    double mean = a.Average();
    return a.Zip(b, (u, v) => (u - mean) * (v - mean)).Sum() / Math.Sqrt(a.Sum(u => (u - mean) * (u - mean)) * b.Sum(v => (v - mean) * (v - mean)));

    static double[] Ranks(double[] values) => [.. values.Select(v => values.Count(w => w < v) + (0.5 * (values.Count(w => w == v) - 1)))];
}

static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

/// <summary>Ridge regression of the increments on the monomials of the state up to the third degree: Gauthier, Bollt, Griffith and Barbosa (2021), Next generation reservoir computing.</summary>
internal static class Forecast
{
    private const int PerPeriod = 30, Periods = 40, Horizon = 5 * PerPeriod, Starts = 5;

    public static double Error(ChaoticFlow flow)
    {
        int n = flow.Dimension, train = PerPeriod * Periods, length = train + (Starts * Horizon);
        double[] times = [.. Enumerable.Range(0, length).Select(i => flow.Period * (5 + ((double)i / PerPeriod)))];
        var method = new ExplicitRungeKutta { RelativeTolerance = 1e-8, AbsoluteTolerance = 1e-10, MaxSteps = 1_000_000 };
        double[] states = Ode.Solve(method, flow.Derivative, (0, times[^1]), flow.Start, times).EnsureCompleted().States;
        for (int j = 0; j < n; j++)
        {
            double[] column = [.. Enumerable.Range(0, train).Select(i => states[(i * n) + j])];
            double mean = column.Average(), deviation = Math.Sqrt(column.Average(v => (v - mean) * (v - mean)));
            for (int i = 0; i < length; i++)
                states[(i * n) + j] = (states[(i * n) + j] - mean) / deviation;
        }

        double[] weights = Train(states.AsSpan(0, train * n), n), features = new double[Features(n)];
        double[] low = [.. Enumerable.Range(0, n).Select(j => Enumerable.Range(0, train).Min(i => states[(i * n) + j]))];
        double[] high = [.. Enumerable.Range(0, n).Select(j => Enumerable.Range(0, train).Max(i => states[(i * n) + j]))];
        double sum = 0;
        for (int start = 0; start < Starts; start++)
        {
            int first = train + (start * Horizon);
            double[] current = states[((first - 1) * n)..(first * n)];
            for (int step = 0; step < Horizon; step++)
            {
                Write(current, features);
                double[] next = [.. current];
                for (int j = 0; j < n; j++)
                {
                    for (int f = 0; f < features.Length; f++)
                        next[j] += features[f] * weights[(f * n) + j];

                    // A forecast that leaves the range of what was seen stays at its border.
                    next[j] = Math.Clamp(next[j], low[j], high[j]);
                    double truth = states[((first + step) * n) + j];
                    sum += 200 * Math.Abs(next[j] - truth) / (Math.Abs(next[j]) + Math.Abs(truth));
                }

                current = next;
            }
        }

        return sum / (Starts * Horizon * n);
    }

    private static double[] Train(ReadOnlySpan<double> states, int n)
    {
        int count = Features(n), rows = (states.Length / n) - 1;
        double[] gram = new double[count * count], weights = new double[count * n], features = new double[count];
        for (int i = 0; i < rows; i++)
        {
            ReadOnlySpan<double> current = states.Slice(i * n, n), next = states.Slice((i + 1) * n, n);
            Write(current, features);
            for (int a = 0; a < count; a++)
            {
                for (int b = 0; b < count; b++)
                    gram[(a * count) + b] += features[a] * features[b];
                for (int j = 0; j < n; j++)
                    weights[(a * n) + j] += features[a] * (next[j] - current[j]);
            }
        }

        for (int a = 0; a < count; a++)
            gram[(a * count) + a] += 1e-6 * rows;
        if (!Cholesky.TryFactor<double>(gram, count))
            throw new InvalidOperationException("The regularised Gram matrix isn't positive definite.");
        Cholesky.Solve<double>(gram, count, count, weights, n, n);
        return weights;
    }

    private static int Features(int n) => (n + 1) * (n + 2) * (n + 3) / 6;

    private static void Write(ReadOnlySpan<double> state, Span<double> features)
    {
        int n = state.Length, at = 0;
        for (int a = -1; a < n; a++)
        {
            for (int b = -1; b <= a; b++)
            {
                for (int c = -1; c <= b; c++)
                    features[at++] = (a < 0 ? 1 : state[a]) * (b < 0 ? 1 : state[b]) * (c < 0 ? 1 : state[c]);
            }
        }
    }
}
