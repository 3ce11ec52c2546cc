using System.Globalization;
using OptiCore.Reporting;

namespace OptiCore.Bandits;

/// <summary>
/// Simulated regret as a page:
/// <code>
/// BanditSimulator.Run(policies, bandit, options).ToReport("Headlines").Save("regret.html");
/// </code>
/// </summary>
public static class RegretPage
{
    // As many colours as a chart tells apart.
    private const int LinesInChart = 8;

    /// <summary>A page with the mean regret of each policy over rounds, the band of its outer quantiles, a chart on logarithmic rounds (where regret of order log t is straight) and a table of the last checkpoint.</summary>
    /// <param name="report">The simulation.</param>
    /// <param name="title">The title of the page.</param>
    /// <returns>A page of its own, to be written by <see cref="HtmlReport.Save"/>.</returns>
    public static HtmlReport ToReport(this RegretReport report, string title)
    {
        ArgumentNullException.ThrowIfNull(report);
        var page = new HtmlReport(Require.NotNull(title));
        page.Paragraph(report.Message);
        double[] rounds = [.. report.Checkpoints];
        for (int first = 0; first < report.Policies.Count; first += LinesInChart)
        {
            int end = Math.Min(first + LinesInChart, report.Policies.Count);
            page.Chart(Draw(report, rounds, first, end, isLogarithmic: false));
            if (rounds.Length > 2)
                page.Chart(Draw(report, rounds, first, end, isLogarithmic: true));
        }

        var table = new ReportTable(["policy", "mean regret", "standard error", .. Columns(report.Quantiles)]);
        foreach (PolicyRegret policy in report.Policies)
        {
            var cells = new List<object?> { policy.Name, policy.MeanRegret[^1], policy.StandardErrors[^1] };
            for (int q = 0; q < report.Quantiles.Count; q++)
                cells.Add(policy.Quantile(rounds.Length - 1, q));
            table.Add([.. cells]);
        }

        return page.Heading(string.Create(CultureInfo.InvariantCulture, $"After {report.Checkpoints[^1]} rounds")).Table(table);
    }

    private static Chart Draw(RegretReport report, double[] rounds, int first, int end, bool isLogarithmic)
    {
        int last = report.Quantiles.Count - 1;
        string bands = last > 0 ? string.Create(CultureInfo.InvariantCulture, $", bands from the {100 * report.Quantiles[0]:g3} to the {100 * report.Quantiles[last]:g3} % quantile of replications") : "";
        var chart = new Chart { Title = "Mean regret" + bands, XLabel = "rounds", YLabel = "regret", LogX = isLogarithmic };
        double[] low = new double[rounds.Length], high = new double[rounds.Length];
        for (int i = first; i < end; i++)
        {
            PolicyRegret policy = report.Policies[i];
            for (int c = 0; c < rounds.Length && last > 0; c++)
                (low[c], high[c]) = (policy.Quantile(c, 0), policy.Quantile(c, last));
            if (last > 0)
                chart.Band(rounds, low, high);
            chart.Line(policy.Name, rounds, policy.MeanRegret);
        }

        return chart;
    }

    private static List<string> Columns(IReadOnlyList<double> quantiles)
    {
        var names = new List<string>();
        foreach (double quantile in quantiles)
            names.Add(string.Create(CultureInfo.InvariantCulture, $"{100 * quantile:g3} %"));
        return names;
    }
}
