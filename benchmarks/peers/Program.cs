using System.Globalization;
using System.Text;
using OptiCore.Peers;
using OptiCore.Peers.Cases;

// Every file of Cases adds its rows here: one file per topic and one line.
IEnumerable<PeerCase> cases =
[
    .. AgentCases.All,
    .. AnalysisCases.All,
    .. BanditCases.All,
    .. BatchedCases.All,
    .. BlasCases.All,
    .. EnsembleCases.All,
    .. EnvironmentCases.All,
    .. EvolutionCases.All,
    .. FactorizationCases.All,
    .. FilterCases.All,
    .. FourierCases.All,
    .. GaussianProcessCases.All,
    .. GemmCases.All,
    .. LeastSquaresCases.All,
    .. NetworkCases.All,
    .. OdeCases.All,
    .. OptimizerCases.All,
    .. QuasiNewtonCases.All,
    .. RandomCases.All,
    .. SparseCases.All,
    .. SpecialFunctionCases.All,
    .. SpectralCases.All,
    .. VectorMathCases.All,
];

if (args.Contains("--mathnet"))
{
    Console.Write(MathNetTable.Write());
    return 0;
}

string filter = Option("--filter") ?? "";
int rounds = int.Parse(Option("--rounds") ?? "7", CultureInfo.InvariantCulture);
if (args.Contains("--stan"))
{
    Console.Write(StanTable.Write(filter, rounds));
    return 0;
}

var table = new StringBuilder("| task | threads | peer | time ours / theirs | ours | theirs |\n| --- | --- | --- | --- | --- | --- |\n");
Console.WriteLine($"{"task",-44} {"peer",-10} {"ratio",7}  {"ours",10} {"theirs",10}");
foreach (PeerCase row in cases.Where(c => c.Name.Contains(filter, StringComparison.OrdinalIgnoreCase)))
{
    if (row.Missing is { } missing)
    {
        Console.WriteLine($"{row.Name,-44} {row.Peer,-10} skipped: {missing}");
        continue;
    }

    Contest contest = row.Prepare();
    using ITheirs theirs = contest.Theirs;
    (double ratio, double ours, double other) = Measure(contest, rounds);
    Console.WriteLine($"{row.Name + (row.Threads > 1 ? $" x{row.Threads}" : ""),-44} {row.Peer,-10} {Share(ratio),7}  {Show(ours),10} {Show(other),10}");
    table.Append(CultureInfo.InvariantCulture, $"| {row.Name} | {row.Threads} | {row.Peer} | {Share(ratio)} | {Show(ours)} | {Show(other)} |\n");
}

if (Option("--markdown") is { } file)
    File.WriteAllText(file, table.ToString());
return 0;

string? Option(string name) => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : null;

// Both sides in turn (ours, theirs, theirs, ours), so that both see the same machine; the best time of each, and their ratio. The best, because what a
// shared machine adds to a time is never negative.
static (double Ratio, double Ours, double Theirs) Measure(Contest contest, int rounds)
{
    const double Sample = 0.03;
    Stopwatch.Seconds(contest.Ours, 1);
    int ours = Repeats(n => Stopwatch.Seconds(contest.Ours, n)), theirs = Repeats(contest.Theirs.Time);
    double bestOurs = double.PositiveInfinity, bestTheirs = double.PositiveInfinity;
    for (int round = 0; round < rounds; round++)
    {
        bestOurs = Math.Min(bestOurs, Stopwatch.Seconds(contest.Ours, ours) / ours);
        bestTheirs = Math.Min(bestTheirs, contest.Theirs.Time(theirs) / theirs);
        bestTheirs = Math.Min(bestTheirs, contest.Theirs.Time(theirs) / theirs);
        bestOurs = Math.Min(bestOurs, Stopwatch.Seconds(contest.Ours, ours) / ours);
    }

    return (bestOurs / bestTheirs, bestOurs, bestTheirs);

    // Also the warm-up: the runtime compiles a method anew after thirty calls and a pause, in another thread, up to two times.
    static int Repeats(Func<int, double> time)
    {
        long started = System.Diagnostics.Stopwatch.GetTimestamp();
        int n = 1;
        for (int calls = 0; ;)
        {
            double seconds = time(n);
            calls += n;
            double elapsed = System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds;
            if (elapsed > 6 || (elapsed > 1 && calls > 100 && seconds > Sample / 2))
                return n;
            if (seconds > 4 * Sample && calls <= 100)
                Thread.Sleep(1);
            n = Math.Max(1, (int)Math.Min(n * 2.0, n * Sample / Math.Max(seconds, 1e-9)));
        }
    }
}

// Two digits of a ratio, however small it is.
static string Share(double ratio) => ratio >= 0.095 ? FormattableString.Invariant($"{ratio:f2}") : FormattableString.Invariant($"{ratio:g2}");

static string Show(double seconds) => seconds switch
{
    >= 1 => FormattableString.Invariant($"{seconds:f2} s"),
    >= 1e-3 => FormattableString.Invariant($"{seconds * 1e3:f2} ms"),
    >= 1e-6 => FormattableString.Invariant($"{seconds * 1e6:f2} us"),
    _ => FormattableString.Invariant($"{seconds * 1e9:f1} ns"),
};
