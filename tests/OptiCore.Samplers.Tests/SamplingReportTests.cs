using System.Xml.Linq;
using OptiCore.Problems;
using OptiCore.Reporting;
using OptiCore.Solving;

namespace OptiCore.Samplers.Tests;

public class SamplingReportTests
{
    private static readonly SamplingOptions Options = new() { Chains = 4, WarmUp = 200, Draws = 200, Key = RandomKey.FromSeed(2) };

    [Fact]
    public void A_report_is_a_page_with_the_warnings_the_table_and_a_chart_for_each_question()
    {
        SamplingResult result = Sample.Run(new NoUTurn { Adaptation = new WindowedAdaptation { TargetAcceptance = 0.6 } }, new EightSchoolsCentered(), Options);
        string page = Text(result.ToReport("mu", "tau"));
        Assert.Contains("Warning: ", page, StringComparison.Ordinal);
        Assert.Contains("theta[8]", page, StringComparison.Ordinal);

        // A trace and ranks of each of the two, a pair, energies.
        List<XElement> charts = Charts(page);
        Assert.Equal(6, charts.Count);
        Assert.Contains(charts, c => c.Attribute("aria-label")!.Value == "Ranks of tau");
        Assert.Contains(charts, c => c.Attribute("aria-label")!.Value == "Energies and their changes");
        Assert.True(result.Divergences > 0);
        Assert.Contains("after a divergence", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_names_the_slowest_parameters_are_drawn()
    {
        SamplingResult result = Sample.Run(new EightSchoolsNonCentered(), Options);
        SamplingSummary summary = result.Summary();
        string slowest = summary.Parameters.MinBy(p => Math.Min(p.EssBulk, p.EssTail)).Name;
        Assert.Equal(slowest, Charts(Text(result.ToReport()))[0].Attribute("aria-label")!.Value);
        Assert.Throws<ArgumentException>(() => result.ToReport("no such parameter"));
    }

    [Fact]
    public void A_summary_begins_with_what_there_is_to_worry_about()
    {
        string good = Sample.Run(new StandardNormal(2), Options with { Draws = 500 }).Summary().ToString();
        Assert.StartsWith("Chains agree", good, StringComparison.Ordinal);
        SamplingSummary bad = Sample.Run(new NoUTurn { MaxDepth = 2, StepSize = 1e-3, Adaptation = null }, new StandardNormal(2), Options).Summary();
        Assert.StartsWith("! ", bad.ToString(), StringComparison.Ordinal);
        Assert.Contains(bad.Warnings, w => w.Contains("largest tree depth", StringComparison.Ordinal) && w.StartsWith("800 of 800", StringComparison.Ordinal));
        Assert.Contains(bad.Warnings, w => w.Contains("R-hat of 2 parameters", StringComparison.Ordinal));
        Assert.Contains(bad.Warnings, w => w.Contains("effective sample size of 2 parameters", StringComparison.Ordinal));
    }

    /// <summary>A density that doesn't fall off has no draws to be had, and the run says so instead of hanging.</summary>
    [Fact]
    public void An_improper_density_ends_and_is_warned_of()
    {
        IDifferentiableFunction<double> flat = Function.WithGradient<double>(1, (x, g) =>
        {
            g[0] = 0;
            return 0;
        });
        SamplingResult result = Sample.Run(new NoUTurn { MaxDepth = 5 }, flat, Options with { WarmUp = 50, Draws = 50 });
        Assert.Equal(RunStatus.Completed, result.Status);
        Assert.Contains(result.Summary().Warnings, w => w.Contains("improper", StringComparison.Ordinal) || w.Contains("proper", StringComparison.Ordinal));
    }

    [Fact]
    public void Progress_is_a_line_for_each_chain()
    {
        var plain = new StringWriter();
        Sample.Run(new StandardNormal(2), Options with { Chains = 2, Progress = new LiveProgress(plain, redraw: false), ProgressInterval = TimeSpan.Zero });
        string[] lines = plain.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, lines.Length);
        Assert.Contains("chain  2 ########################    400 / 400 sampling", lines[3], StringComparison.Ordinal);
        var drawn = new StringWriter();
        Sample.Run(new StandardNormal(2), Options with { Chains = 2, Progress = new LiveProgress(drawn, redraw: true), ProgressInterval = TimeSpan.FromDays(1) });
        Assert.Contains("\e[2A", drawn.ToString(), StringComparison.Ordinal);
    }

    private static string Text(HtmlReport report)
    {
        var writer = new StringWriter();
        report.Write(writer);
        return writer.ToString();
    }

    private static List<XElement> Charts(string page)
    {
        var charts = new List<XElement>();
        for (int at = page.IndexOf("<svg", StringComparison.Ordinal); at >= 0; at = page.IndexOf("<svg", at + 1, StringComparison.Ordinal))
            charts.Add(XElement.Parse(page[at..(page.IndexOf("</svg>", at, StringComparison.Ordinal) + 6)]));
        return charts;
    }
}
