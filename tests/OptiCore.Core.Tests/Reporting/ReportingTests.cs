using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using OptiCore.Reporting;

namespace OptiCore.Core.Tests.Reporting;

public class ReportingTests
{
    [Fact]
    public void CsvQuotesWhatNeedsQuotesAndNumbersRoundTrip()
    {
        var table = new ReportTable("name, with comma", "x");
        table.Add("say \"hi\"\nthere", 0.1 + 0.2);
        table.Add("plain", double.NaN);
        var text = new StringWriter();
        table.WriteCsv(text);
        Assert.Equal("\"name, with comma\",x\n\"say \"\"hi\"\"\nthere\",0.30000000000000004\nplain,NaN\n", text.ToString());
    }

    [Fact]
    public void JsonLinesAreOneObjectARow()
    {
        var table = new ReportTable("t", "value", "ok", "note");
        table.Add(1, 0.5, true, null);
        table.Add(2L, double.PositiveInfinity, false, "end");
        using var stream = new MemoryStream();
        table.WriteJsonLines(stream);
        string[] lines = Encoding.UTF8.GetString(stream.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        using JsonDocument first = JsonDocument.Parse(lines[0]), second = JsonDocument.Parse(lines[1]);
        Assert.Equal(0.5, first.RootElement.GetProperty("value").GetDouble());
        Assert.Equal(JsonValueKind.Null, first.RootElement.GetProperty("note").ValueKind);
        Assert.Equal("Infinity", second.RootElement.GetProperty("value").GetString());
    }

    [Fact]
    public void ARowOfTheWrongLengthIsRefused()
    {
        var table = new ReportTable("a", "b");
        ArgumentException error = Assert.Throws<ArgumentException>(() => table.Add(1));
        Assert.Contains("1 elements, expected 2", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new ReportTable());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AChartIsWellFormedAndItsLineGoesThroughItsPoints(bool logarithmic)
    {
        double[] x = [1, 10, 100], y = [1, 10, 1000];
        string svg = new Chart { Title = "a < b & c", LogX = logarithmic, LogY = logarithmic }.Band(x, [0.5, 5, 500], [2, 20, 2000]).Line("line", x, y).Points("dots", x, y).ToSvg();
        XElement root = XElement.Parse(svg);
        XNamespace ns = "http://www.w3.org/2000/svg";
        string path = root.Descendants(ns + "path").Single().Attribute("d")!.Value;
        XElement[] circles = [.. root.Descendants(ns + "circle")];
        Assert.Equal(3, circles.Length);
        foreach (XElement circle in circles)
            Assert.Contains($"{circle.Attribute("cx")!.Value} {circle.Attribute("cy")!.Value}", path, StringComparison.Ordinal);
        double[] cx = [.. circles.Select(c => double.Parse(c.Attribute("cx")!.Value, CultureInfo.InvariantCulture))];
        if (logarithmic)
            Assert.Equal(cx[1] - cx[0], cx[2] - cx[1], 0.2);
        else
            Assert.True(cx[2] - cx[1] > 5 * (cx[1] - cx[0]));
        Assert.Contains(root.Descendants(ns + "text"), t => t.Value == "a < b & c");
    }

    [Fact]
    public void PointsThatCannotBeShownLeaveAGap()
    {
        string svg = new Chart { LogY = true }.Line("", [1, 2, 3, 4, 5], [1, 10, -1, 10, double.NaN]).ToSvg();
        string path = XElement.Parse(svg).Descendants(XName.Get("path", "http://www.w3.org/2000/svg")).Single().Attribute("d")!.Value;
        Assert.Equal(2, path.Count(c => c == 'M'));
        Assert.Equal(1, path.Count(c => c == 'L'));
    }

    [Fact]
    public void AnEmptyChartAndAConstantOneAreDrawn()
    {
        XElement.Parse(new Chart().ToSvg());
        string svg = new Chart().Line("c", [1, 2], [3, 3]).Bars("b", [1, 2], [3, 3]).Horizontal("h", 3).ToSvg();
        Assert.DoesNotContain("NaN", svg, StringComparison.Ordinal);
        Assert.DoesNotContain("∞", svg, StringComparison.Ordinal);
    }

    [Fact]
    public void AReportIsSelfContained()
    {
        var table = new ReportTable("<b>", "n");
        table.Add("<script>", 1.5);
        var text = new StringWriter();
        new HtmlReport("T & T").Heading("h").Paragraph("1 < 2").Table(table).Chart(new Chart().Line("", [1], [1])).Write(text);
        string html = text.ToString();
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        Assert.DoesNotContain("src=", html, StringComparison.Ordinal);
        Assert.DoesNotContain("href=", html, StringComparison.Ordinal);
        Assert.Contains("1 &lt; 2", html, StringComparison.Ordinal);
    }
}
