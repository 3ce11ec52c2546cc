using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using OptiCore.Problems;
using OptiCore.Samplers;

namespace OptiCore.Peers;

/// <summary>
/// NUTS beside Stan's (Debian's r-cran-rstan) on posteriors: the same model and data, four chains of 1,000 draws after 1,000 of warm-up one after the other on one core,
/// both sides in turn with new seeds. An effective draw is the least bulk effective size of any parameter, by the same estimator for both; the time is that
/// of warm-up and sampling without compilation, as each side reports it. Sums over the rounds.
/// </summary>
internal static class StanTable
{
    private const int Chains = 4, Draws = 1000;

    private static readonly Posterior[] Table =
    [
        new("eight schools, non-centred", "eight-schools", "eight_schools-eight_schools_noncentered", EightSchools),
        new("logistic regression, 1,000 x 25", "logistic-regression", "german_credit_numeric-logistic_regression", GermanCredit),
        new("Gaussian process", "gaussian-process", "gp_pois_regr-gp_regr", GaussianProcess),
        new("Lotka-Volterra equations", "lotka-volterra", "hudson_lynx_hare-lotka_volterra", LynxAndHare),
        new("autoregression of order 5", "autoregression", "arK-arK", Autoregression),
        new("mixture of two normals", "mixture", "low_dim_gauss_mix-low_dim_gauss_mix", Mixture),
        new("item response, 144 coordinates", "item-response", "irt_2pl", ItemResponse),
    ];

    private sealed record Posterior(string Name, string Model, string Key, Func<string> Data);

    public static string Write(string filter, int rounds)
    {
        var text = new StringBuilder("| posterior | effective draws per second, ours / theirs | ours | theirs | effective draws per 1,000 leapfrog steps, ours | theirs | µs per leapfrog step, ours | theirs |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n");
        foreach (Posterior row in Table.Where(p => p.Name.Contains(filter, StringComparison.OrdinalIgnoreCase)))
        {
            var ours = new Side();
            var theirs = new Side();
            using var stan = new Stan(row.Model, row.Data());
            ILogDensity density = PosteriorDb.Load(row.Key);

            // Compilation is left out on both sides: ours goes on, while the program runs, until the code that runs often is optimised.
            for (long started = System.Diagnostics.Stopwatch.GetTimestamp(); System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds < 3;)
                Ours(density, 0);
            for (int seed = 1; seed <= rounds; seed++)
            {
                ours.Add(Ours(density, (ulong)seed));
                theirs.Add(stan.Run(seed));
            }

            string line = string.Create(CultureInfo.InvariantCulture, $"| {row.Name} | {ours.Rate / theirs.Rate:f1} | {ours.Rate:f0} | {theirs.Rate:f0} | {1000 * ours.Ess / ours.Steps:f1} | {1000 * theirs.Ess / theirs.Steps:f1} | {1e6 * ours.Seconds / ours.Steps:f2} | {1e6 * theirs.Seconds / theirs.Steps:f2} |");
            Console.WriteLine(line);
            text.AppendLine(line);
        }

        return text.ToString();
    }

    private static Outcome Ours(ILogDensity density, ulong seed)
    {
        SamplingResult result = Sample.Run(new NoUTurn(), density, new SamplingOptions { Chains = Chains, WarmUp = Draws, Draws = Draws, Key = RandomKey.FromSeed(seed) });
        double seconds = 0, steps = 0, least = double.PositiveInfinity;
        foreach (ChainResult chain in result.Chains)
        {
            seconds += (chain.WarmUpTime + chain.SamplingTime).TotalSeconds;
            steps += chain.Evaluations;
        }

        for (int p = 0; p < result.ParameterNames.Count; p++)
            least = Math.Min(least, Diagnostics.EssBulk(result.Values(p), Chains));
        return new Outcome(seconds, least, steps);
    }

    private static string EightSchools() => Dump(("J", [8]), ("y", [28, 8, -3, 7, -1, 1, 18, 12]), ("sigma", [15, 10, 16, 11, 9, 11, 10, 18]));

    private static string GermanCredit()
    {
        const int Columns = 25;
        JsonElement data = Embedded("german_credit_numeric");
        double[][] rows = [.. Numbers(data.GetProperty("X")).Chunk(Columns - 1)];
        double[] x = new double[rows.Length * Columns];
        for (int k = 0; k < Columns - 1; k++)
        {
            double mean = rows.Average(r => r[k]), sd = Math.Sqrt(rows.Average(r => (r[k] - mean) * (r[k] - mean)));
            for (int i = 0; i < rows.Length; i++)
                x[(i * Columns) + k] = (rows[i][k] - mean) / sd;
        }

        for (int i = 0; i < rows.Length; i++)
            x[(i * Columns) + Columns - 1] = 1;
        return Dump(("n", [rows.Length]), ("p", [Columns]), ("y", [.. Numbers(data.GetProperty("class")).Select(c => c - 1)])) + Matrix("x", x, rows.Length, Columns);
    }

    private static string GaussianProcess()
    {
        JsonElement data = Embedded("gp_pois_regr");
        double[] x = Numbers(data.GetProperty("x"));
        return Dump(("n", [x.Length]), ("x", x), ("y", Numbers(data.GetProperty("y"))));
    }

    private static string LynxAndHare()
    {
        JsonElement data = Embedded("hudson_lynx_hare");
        double[] times = Numbers(data.GetProperty("ts"));
        return Dump(("n", [times.Length]), ("ts", times), ("y_init", Numbers(data.GetProperty("y_init")))) + Matrix("y", Numbers(data.GetProperty("y")), times.Length, 2);
    }

    private static string Autoregression()
    {
        double[] y = Numbers(Embedded("arK").GetProperty("y"));
        return Dump(("k", [5]), ("n", [y.Length]), ("y", y));
    }

    private static string Mixture()
    {
        double[] y = Numbers(Embedded("low_dim_gauss_mix").GetProperty("y"));
        return Dump(("n", [y.Length]), ("y", y));
    }

    private static string ItemResponse()
    {
        double[] y = Numbers(Embedded("irt_2pl").GetProperty("y"));
        return Dump(("items", [20]), ("persons", [y.Length / 20])) + Matrix("y", y, 20, y.Length / 20);
    }

    /// <summary>Data in the form that R reads: one assignment each, a matrix with its shape, column by column.</summary>
    private static string Dump(params (string Name, double[] Values)[] data)
    {
        var text = new StringBuilder();
        foreach ((string name, double[] values) in data)
            text.AppendLine(values.Length == 1 ? $"{name} <- {Show(values[0])}" : $"{name} <- c({string.Join(", ", values.Select(Show))})");
        return text.ToString();
    }

    private static string Matrix(string name, double[] values, int rows, int columns)
    {
        IEnumerable<string> byColumns = from j in Enumerable.Range(0, columns) from i in Enumerable.Range(0, rows) select Show(values[(i * columns) + j]);
        return string.Create(CultureInfo.InvariantCulture, $"{name} <- structure(c({string.Join(", ", byColumns)}), .Dim = c({rows}, {columns}))\n");
    }

    private static string Show(double value) => value.ToString("r", CultureInfo.InvariantCulture);

    /// <summary>The data set of a posterior, as the problems embed it.</summary>
    private static JsonElement Embedded(string name)
    {
        using Stream stream = typeof(EightSchoolsNonCentered).Assembly.GetManifestResourceStream($"OptiCore.Problems.Posteriors.{name}.json.gz")
            ?? throw new ArgumentException($"There is no data set '{name}'.", nameof(name));
        using var plain = new GZipStream(stream, CompressionMode.Decompress);
        using JsonDocument document = JsonDocument.Parse(plain);
        return document.RootElement.Clone();
    }

    private static double[] Numbers(JsonElement element) => element.ValueKind == JsonValueKind.Array ? [.. element.EnumerateArray().SelectMany(Numbers)] : [element.GetDouble()];

    private readonly record struct Outcome(double Seconds, double Ess, double Steps);

    private sealed class Side
    {
        public double Seconds { get; private set; }

        public double Ess { get; private set; }

        public double Steps { get; private set; }

        public double Rate => Ess / Seconds;

        public void Add(Outcome outcome)
        {
            Seconds += outcome.Seconds;
            Ess += outcome.Ess;
            Steps += outcome.Steps;
        }
    }

    /// <summary>An R process that holds a compiled model and its data. Compiled models are kept in the folder for temporary files.</summary>
    private sealed class Stan : IDisposable
    {
        private readonly Process _process;
        private readonly string _data = Path.GetTempFileName();
        private readonly string _draws = Path.GetTempFileName();

        public Stan(string model, string data)
        {
            string folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "opticore-stan")).FullName;
            File.WriteAllText(_data, data);
            var start = new ProcessStartInfo("Rscript") { RedirectStandardInput = true, RedirectStandardOutput = true };
            string here = Path.Combine(AppContext.BaseDirectory, "Stan");
            foreach (string argument in (string[])["--vanilla", Path.Combine(here, "stan.R"), Path.Combine(here, model + ".stan"), _data, folder])
                start.ArgumentList.Add(argument);
            _process = Process.Start(start) ?? throw new InvalidOperationException("R didn't start.");
            Line("ready");
        }

        public Outcome Run(int seed)
        {
            _process.StandardInput.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{seed} {_draws}"));
            _process.StandardInput.Flush();
            double[] answer = [.. Line("").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(s => double.Parse(s, CultureInfo.InvariantCulture))];
            ReadOnlySpan<double> draws = MemoryMarshal.Cast<byte, double>(File.ReadAllBytes(_draws));
            double least = double.PositiveInfinity;
            for (int p = 0; p < (int)answer[1]; p++)
                least = Math.Min(least, Diagnostics.EssBulk(draws.Slice(p * Chains * Draws, Chains * Draws), Chains));
            return new Outcome(answer[0], least, answer[2]);
        }

        public void Dispose()
        {
            _process.StandardInput.Close();
            _process.WaitForExit();
            _process.Dispose();
            File.Delete(_data);
            File.Delete(_draws);
        }

        /// <summary>The next line of numbers, or the line that is waited for; what R says besides is passed on.</summary>
        private string Line(string expected)
        {
            while (_process.StandardOutput.ReadLine() is { } line)
            {
                if (expected.Length > 0 ? line == expected : line.Length > 0 && char.IsAsciiDigit(line[0]))
                    return line;
                Console.Error.WriteLine(line);
            }

            throw new InvalidOperationException("R ended; its message is above.");
        }
    }
}
