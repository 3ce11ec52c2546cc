using System.Text.Json;
using OptiCore.Problems;
using OptiCore.Reporting;
using OptiCore.Samplers;

namespace OptiCore.Tour.Chapters;

/// <summary>The eight schools by NUTS, beside the published reference draws.</summary>
internal sealed class SampleChapter : IChapter
{
    public int Number => 2;

    public string Title => "Sample: the eight-schools posterior with NUTS on four chains";

    public void Run(TourContext tour)
    {
        var options = new SamplingOptions
        {
            Chains = 4,
            WarmUp = tour.Quick ? 300 : 1000,
            Draws = tour.Quick ? 500 : 10_000,
            Key = tour.Key.Fold("samples"),
            Workers = Workers.AllCores,
        };
        tour.Say($"Eight schools measured the effect of coaching on test scores; a hierarchical model shares what they have in common. Non-centred parametrisation, {options.Chains} chains of {options.WarmUp} warm-up iterations and {options.Draws} draws.");

        int total = options.Chains * (options.WarmUp + options.Draws);
        int[] reached = new int[options.Chains];
        SamplingResult result = TourContext.WithProgress("NUTS", progress => Sample.Run(
            new NoUTurn(),
            new EightSchoolsNonCentered(),
            options with
            {
                Progress = new Immediate<SamplingProgress>(p =>
                {
                    Volatile.Write(ref reached[p.Chain], p.Iteration);
                    progress(reached.Sum() / (double)total);
                }),
            },
            tour.Token));

        if (result.Draws < 10)
        {
            tour.Say($"{result.Message} There are too few draws to summarise.");
            return;
        }

        SamplingSummary summary = result.Summary();
        Dictionary<string, JsonElement> reference = ReadReference();
        var screen = new ReportTable("parameter", "mean (ref.)", "z", "R-hat", "ESS bulk", "ESS tail");
        var spread = new ReportTable("parameter", "sd (ref.)", "5 % (ref.)", "50 % (ref.)", "95 % (ref.)");
        var file = new ReportTable("parameter", "mean", "mcse_mean", "sd", "q05", "q50", "q95", "r_hat", "ess_bulk", "ess_tail", "ref_mean", "ref_mcse_mean", "ref_sd", "ref_q05", "ref_q50", "ref_q95");
        double worst = 0;
        foreach (ParameterSummary row in summary.Parameters)
        {
            if (!reference.TryGetValue(row.Name, out JsonElement known))
                continue;
            double Known(string name) => known.GetProperty(name).GetDouble();
            double z = (row.Mean - Known("mean")) / Math.Sqrt((row.McseMean * row.McseMean) + (Known("mcse_mean") * Known("mcse_mean")));
            worst = Math.Max(worst, Math.Abs(z));
            screen.Add(row.Name, Beside(row.Mean, Known("mean")), z.ToString("f1"), row.RHat.ToString("f4"), Math.Round(row.EssBulk), Math.Round(row.EssTail));
            spread.Add(row.Name, Beside(row.Sd, Known("sd")), Beside(row.Q05, Known("q05")), Beside(row.Median, Known("q50")), Beside(row.Q95, Known("q95")));
            file.Add(row.Name, row.Mean, row.McseMean, row.Sd, row.Q05, row.Median, row.Q95, row.RHat, row.EssBulk, row.EssTail,
                Known("mean"), Known("mcse_mean"), Known("sd"), Known("q05"), Known("q50"), Known("q95"));
        }

        tour.Show(screen);
        tour.Show(spread);
        tour.SaveCsv("eight-schools.csv", file);
        for (int chain = 0; chain < result.Chains.Count; chain++)
        {
            int c = chain;
            tour.Save($"chain-{chain + 1}.csv", stream => StanCsv.Write(stream, result, c));
        }

        foreach (string warning in summary.Warnings)
            tour.Say(warning);
        double gradients = result.Chains.Sum(c => c.Evaluations);
        tour.Say($"{result.Message} {gradients:n0} gradients in {result.Elapsed.TotalSeconds:f1} s, {result.Divergences} divergent transitions. The largest distance of a mean from the reference is {worst:f1} standard errors of both; about {Math.Sqrt(2 * Math.Log(file.Rows.Count)):f1} is expected of {file.Rows.Count} right ones.");
        tour.Show(Histogram("tau: how much the schools differ", result.Values("tau"), 0, 20));
        tour.Show(Histogram("theta[1]: the effect of the first school's coaching", result.Values("theta[1]"), -15, 30));
    }

    private static string Beside(double ours, double reference) => $"{ours:f2} ({reference:f2})";

    private static Dictionary<string, JsonElement> ReadReference()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(TourContext.DataFile("eight-schools", "reference.json")));
        return document.RootElement.GetProperty("summary").EnumerateObject().ToDictionary(p => p.Name, p => p.Value.Clone());
    }

    private static Chart Histogram(string title, double[] values, double low, double high)
    {
        const int Bins = 50;
        double width = (high - low) / Bins;
        double[] x = [.. Enumerable.Range(0, Bins).Select(i => low + ((i + 0.5) * width))];
        double[] y = new double[Bins];
        foreach (double value in values)
        {
            int bin = (int)Math.Floor((value - low) / width);
            if (bin is >= 0 and < Bins)
                y[bin] += 1 / (values.Length * width);
        }

        return new Chart { Title = title, XLabel = "points", YLabel = "posterior density" }.Bars("", x, y);
    }
}
