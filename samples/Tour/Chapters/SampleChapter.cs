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

        SamplingSummary summary = result.Summary();
        Dictionary<string, JsonElement> reference = ReadReference();
        var table = new ReportTable("parameter", "mean", "reference", "z", "sd", "reference ", "R-hat", "ESS bulk", "ESS tail");
        var quantiles = new ReportTable("parameter", "5 %", "reference", "50 %", "reference ", "95 %", "reference  ");
        double worst = 0;
        foreach (ParameterSummary row in summary.Parameters)
        {
            if (!reference.TryGetValue(row.Name, out JsonElement known))
                continue;
            double mean = known.GetProperty("mean").GetDouble(), error = known.GetProperty("mcse_mean").GetDouble();
            double z = (row.Mean - mean) / Math.Sqrt((row.McseMean * row.McseMean) + (error * error));
            worst = Math.Max(worst, Math.Abs(z));
            table.Add(row.Name, row.Mean.ToString("f3"), mean.ToString("f3"), z.ToString("f1"), row.Sd.ToString("f3"), known.GetProperty("sd").GetDouble().ToString("f3"),
                row.RHat.ToString("f4"), Math.Round(row.EssBulk), Math.Round(row.EssTail));
            quantiles.Add(row.Name, row.Q05.ToString("f2"), known.GetProperty("q05").GetDouble().ToString("f2"), row.Median.ToString("f2"), known.GetProperty("q50").GetDouble().ToString("f2"),
                row.Q95.ToString("f2"), known.GetProperty("q95").GetDouble().ToString("f2"));
        }

        tour.Show(table);
        tour.Show(quantiles);
        tour.SaveCsv("eight-schools.csv", table);
        for (int chain = 0; chain < result.Chains.Count; chain++)
        {
            int c = chain;
            tour.Save($"chain-{chain + 1}.csv", stream => StanCsv.Write(stream, result, c));
        }

        foreach (string warning in summary.Warnings)
            tour.Say(warning);
        double gradients = result.Chains.Sum(c => (double)c.Gradients);
        tour.Say($"{result.Message} {gradients:n0} gradients in {result.Elapsed.TotalSeconds:f1} s, {result.Divergences} divergent transitions. The largest distance of a mean from the reference is {worst:f1} standard errors of both; about {Math.Sqrt(2 * Math.Log(table.Rows.Count)):f1} is expected of {table.Rows.Count} right ones.");
        tour.Show(Histogram("tau: how much the schools differ", result.Values("tau"), 0, 20));
        tour.Show(Histogram("theta[1]: the effect of the first school's coaching", result.Values("theta[1]"), -15, 30));
    }

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
